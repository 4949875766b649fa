#include "engines/contract/reader.hpp"

namespace gatehouse::contract {

std::optional<Node> Reader::member(const Node& object, std::string_view name) const {
  const auto value = object.value.get(name);
  if (!value) return std::nullopt;
  return object.child(name, *value);
}

std::optional<Node> Reader::as_object(Node at) {
  auto target = sources_.dereferenced(std::move(at));
  if (!target || target->value.is_object()) return target;
  error(*target, "must be an object, and is of type " + std::string(to_text(target->value.kind())));
  return std::nullopt;
}

std::optional<Node> Reader::object(const Node& object, std::string_view name) {
  auto found = member(object, name);
  if (!found) return std::nullopt;
  return as_object(std::move(*found));
}

std::vector<Node> Reader::list(const Node& object, std::string_view name) {
  std::vector<Node> out;
  const auto found = member(object, name);
  if (!found) return out;
  if (!found->value.is_array()) {
    error(*found, "must be a list");
    return out;
  }
  for (const auto& element : found->value.elements()) out.push_back(found->child(out.size(), element));
  return out;
}

std::optional<std::string_view> Reader::text(const Node& object, std::string_view name) {
  const auto found = member(object, name);
  if (!found) return std::nullopt;
  const auto value = found->value.string();
  if (!value) error(*found, "must be a text");
  return value;
}

std::optional<bool> Reader::truth(const Node& object, std::string_view name) {
  const auto found = member(object, name);
  if (!found) return std::nullopt;
  const auto value = found->value.boolean();
  if (!value) error(*found, "must be true or false");
  return value;
}

std::vector<std::pair<std::string_view, Node>> Reader::members(const Node& object) const {
  std::vector<std::pair<std::string_view, Node>> out;
  for (const auto& [name, value] : object.value.members())
    if (!name.starts_with("x-")) out.emplace_back(name, object.child(name, value));
  return out;
}

}  // namespace gatehouse::contract
