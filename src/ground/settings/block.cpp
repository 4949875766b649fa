#include "ground/settings/block.hpp"

#include <algorithm>

namespace gatehouse::settings::detail {

bool BlockType::read(Reader& reader, const Node& node, void* options) const {
  if (node.kind != Node::Kind::map) return note_wrong_kind(reader, node, "a block of names");
  if (!read_fields(reader, node, options)) return false;
  const auto before = reader.problems().size();
  for (const auto& check : checks_) check(reader, node, options);
  return reader.problems().size() == before;
}

bool BlockType::read_fields(Reader& reader, const Node& node, void* options) const {
  const auto& fields = shape().fields;
  bool right = true;
  for (const auto& entry : node.entries) {
    if (reader.full()) return false;
    const auto found = std::ranges::find(fields, entry.name, &Field::name);
    const Reader::Inside inside(reader, entry.name, found == fields.end() ? std::string_view{} : found->example);
    if (found == fields.end()) {
      std::vector<std::string> names;
      names.reserve(fields.size());
      for (const auto& field : fields) names.push_back(field.name);
      reader.note(entry.at, "is not a name that " + (shape().name.empty() ? "this block" : "the block '" + shape().name + "'") + " knows",
                  nearest_name(entry.name, names));
      right = false;
    } else if (!found->type->read(reader, entry.value, members_[static_cast<std::size_t>(found - fields.begin())](options))) {
      right = false;
    }
  }
  for (const auto& field : fields) {
    if (!field.required || node.get(field.name) != nullptr) continue;
    const Reader::Inside inside(reader, field.name, field.example);
    reader.note(node.at, "is missing and has no default");
    right = false;
  }
  return right;
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
