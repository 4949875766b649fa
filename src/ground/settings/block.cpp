#include "ground/settings/block.hpp"

#include <algorithm>

#include "ground/base/assert.hpp"

namespace gatehouse::settings::detail {

bool BlockType::read(Reader& reader, const Node& node, void* options) const {
  if (node.kind != Node::Kind::map) return note_wrong_kind(reader, node, "a block of names");
  const auto before = reader.problems().size();
  const auto known = read_fields(reader, node, options);
  if (reader.full()) return false;
  const auto first = reader.problems().size();
  for (const auto& check : checks_)
    if (can_judge(check, known)) check.rule(reader, node, options);
  give_examples(reader, first);
  return reader.problems().size() == before && !reader.full();
}

bool BlockType::can_judge(const Check& check, const std::vector<Known>& known) const {
  return std::ranges::all_of(check.needs.values, [&](std::string_view name) { return known[index_of(name)].value; }) &&
         std::ranges::all_of(check.needs.given, [&](std::string_view name) { return known[index_of(name)].given; });
}

std::size_t BlockType::index_of(std::string_view name) const {
  const auto& fields = shape().fields;
  return static_cast<std::size_t>(std::ranges::find(fields, name, &Field::name) - fields.begin());
}

/// What a rule over several fields finds at one of them is shown with the example of that one, not of the block.
void BlockType::give_examples(Reader& reader, std::size_t first) const {
  for (std::size_t i = first; i < reader.problems().size(); ++i) {
    std::string_view rest = reader.problems()[i].path;
    if (!rest.starts_with(reader.path())) continue;
    rest.remove_prefix(reader.path().size());
    if (rest.starts_with('.')) rest.remove_prefix(1);
    const auto found = std::ranges::find(shape().fields, rest.substr(0, rest.find_first_of(".[")), &Field::name);
    if (found != shape().fields.end() && reader.problems()[i].example == reader.example())  // else the rule made one of its own
      reader.set_example(i, found->name + ": " + found->example);
  }
}

void BlockType::note_unknown(Reader& reader, const Node::Entry& entry, std::string nearest) const {
  std::string example = reader.example();  // of the block
  if (example.empty() && !shape().fields.empty()) {
    const auto meant = std::ranges::find(shape().fields, nearest, &Field::name);
    const auto& field = meant == shape().fields.end() ? shape().fields.front() : *meant;
    example = field.name + ": " + field.example;
  }
  std::string all;  // nobody knows which one was meant: whoever wrote it will
  if (nearest.empty())
    for (const auto& field : shape().fields) all += (all.empty() ? ": " : ", ") + field.name;
  const Reader::Inside inside(reader, entry.name);
  reader.note_at(reader.path(), entry.at,
                 "is not a name that " + (shape().name.empty() ? "this block" : "the block '" + shape().name + "'") + " knows" + all,
                 std::move(nearest), std::move(example));
}

/// A name too many says nothing of the others, unless one of them is meant by it and so only seems to be missing.
void BlockType::read_unknown(Reader& reader, const Node& node, const Node::Entry& entry, std::vector<Known>& known) const {
  std::vector<std::string> names;
  names.reserve(shape().fields.size());
  for (const auto& field : shape().fields) names.push_back(field.name);
  auto nearest = nearest_name(entry.name, names);
  if (!nearest.empty() && node.get(nearest) == nullptr) known[index_of(nearest)] = {false, false};
  note_unknown(reader, entry, std::move(nearest));
}

std::vector<BlockType::Known> BlockType::read_fields(Reader& reader, const Node& node, void* options) const {
  const auto& fields = shape().fields;
  std::vector<Known> known(fields.size());
  for (const auto& entry : node.entries) {
    if (reader.full()) return known;
    const auto index = index_of(entry.name);
    if (index == fields.size()) {
      read_unknown(reader, node, entry, known);
      continue;
    }
    const Reader::Inside inside(reader, entry.name, fields[index].example);
    if (entry.value.refused || !fields[index].type->read(reader, entry.value, members_[index](options))) known[index].value = false;
  }
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (!fields[i].required || node.get(fields[i].name) != nullptr || !known[i].given) continue;
    known[i].value = false;
    const Reader::Inside inside(reader, fields[i].name, fields[i].example);
    reader.note(node.at, "is missing and has no default");
  }
  return known;
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

void add_check(BlockType::Parts& parts, BlockType::Check check) {
  const auto is_field = [&](std::string_view name) { return std::ranges::find(parts.shape.fields, name, &Field::name) != parts.shape.fields.end(); };
  GH_ASSERT(std::ranges::all_of(check.needs.values, is_field) && std::ranges::all_of(check.needs.given, is_field));
  parts.checks.push_back(std::move(check));
}

}  // namespace gatehouse::settings::detail
