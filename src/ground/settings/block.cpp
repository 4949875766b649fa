#include "ground/settings/block.hpp"

#include <algorithm>

namespace gatehouse::settings::detail {

bool BlockType::read(Reader& reader, const Node& node, void* options) const {
  if (node.kind != Node::Kind::map) return note_wrong_kind(reader, node, "a block of names");
  const auto read = read_fields(reader, node, options);
  if (read == Fields::wrong) return false;
  const auto before = reader.problems().size();
  for (const auto& check : checks_) check(reader, node, options);
  give_examples(reader, before);
  return read == Fields::right && reader.problems().size() == before;
}

/// What a rule over several fields finds at one of them is shown with the example of that one, not of the block.
void BlockType::give_examples(Reader& reader, std::size_t first) const {
  for (std::size_t i = first; i < reader.problems().size(); ++i) {
    std::string_view rest = reader.problems()[i].path;
    if (!rest.starts_with(reader.path())) continue;
    rest.remove_prefix(reader.path().size());
    if (rest.starts_with('.')) rest.remove_prefix(1);
    const auto found = std::ranges::find(shape().fields, rest, &Field::name);
    if (found != shape().fields.end()) reader.set_example(i, found->name + ": " + found->example);
  }
}

void BlockType::note_unknown(Reader& reader, const Node::Entry& entry, std::string nearest) const {
  std::string example = reader.example();  // of the block
  if (example.empty() && !shape().fields.empty()) {
    const auto meant = std::ranges::find(shape().fields, nearest, &Field::name);
    const auto& field = meant == shape().fields.end() ? shape().fields.front() : *meant;
    example = field.name + ": " + field.example;
  }
  const Reader::Inside inside(reader, entry.name);
  reader.note_at(reader.path(), entry.at,
                 "is not a name that " + (shape().name.empty() ? "this block" : "the block '" + shape().name + "'") + " knows", std::move(nearest),
                 std::move(example));
}

BlockType::Fields BlockType::read_fields(Reader& reader, const Node& node, void* options) const {
  const auto& fields = shape().fields;
  auto out = Fields::right;
  for (const auto& entry : node.entries) {
    if (reader.full()) return Fields::wrong;
    const auto found = std::ranges::find(fields, entry.name, &Field::name);
    if (found == fields.end()) {
      std::vector<std::string> names;
      names.reserve(fields.size());
      for (const auto& field : fields) names.push_back(field.name);
      auto nearest = nearest_name(entry.name, names);
      // A name too many says nothing of the others, unless one of them is meant by it and so only seems to be missing.
      const bool misspelt = !nearest.empty() && node.get(nearest) == nullptr;
      if (out == Fields::right || misspelt) out = misspelt ? Fields::wrong : Fields::unknown;
      note_unknown(reader, entry, std::move(nearest));
      continue;
    }
    const Reader::Inside inside(reader, entry.name, found->example);
    if (!found->type->read(reader, entry.value, members_[static_cast<std::size_t>(found - fields.begin())](options))) out = Fields::wrong;
  }
  for (const auto& field : fields) {
    if (!field.required || node.get(field.name) != nullptr) continue;
    const Reader::Inside inside(reader, field.name, field.example);
    reader.note(node.at, "is missing and has no default");
    out = Fields::wrong;
  }
  return out;
}

std::string BlockType::print(const void* options) const {
  std::string out = "{";
  for (std::size_t i = 0; i < members_.size(); ++i) {
    const auto& field = shape().fields[i];
    // The members are reached through a pointer to a changeable struct; printing changes nothing.
    const std::string value = field.type->print(members_[i](const_cast<void*>(options)));
    if (!value.empty() && (field.required || value != field.preset)) append_item(out, field.name + ": " + value);
  }
  return out + "}";
}

void add_field(BlockType::Parts& parts, Field field, BlockType::Member member) {
  parts.shape.fields.push_back(std::move(field));
  parts.members.push_back(std::move(member));
}

}  // namespace gatehouse::settings::detail
