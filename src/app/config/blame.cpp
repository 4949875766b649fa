#include "app/config/blame.hpp"

#include <algorithm>

#include "app/config/yaml.hpp"
#include "ground/base/text.hpp"
#include "ground/settings/describe.hpp"

namespace gatehouse::config {

namespace blame {

using settings::Node, settings::Shape;

namespace {

/// The item of a list that has that name among its settings.
std::optional<std::size_t> index_of(const Node* list, std::string_view name) {
  if (list == nullptr) return std::nullopt;
  for (std::size_t i = 0; i < list->items.size(); ++i)
    if (const auto* own = list->items[i].get("name"); own != nullptr && own->text == name) return i;
  return std::nullopt;
}

/// One step of a path into what its shape says is there; false: there is no such setting.
bool step(const Shape*& shape, const Node*& node, std::string_view part, std::string& path) {
  if (shape->kind == Shape::Kind::list) {
    const auto index = part.starts_with('[') ? text::parse_number<std::size_t>(part.substr(1, part.size() - 2)) : index_of(node, part);
    if (!index) return false;
    path += '[' + std::to_string(*index) + ']';
    node = node != nullptr && *index < node->items.size() ? &node->items[*index] : nullptr;
    shape = &shape->items->shape();
    return true;
  }
  (path += path.empty() ? "" : ".") += part;
  node = node != nullptr ? node->get(part) : nullptr;
  if (shape->kind == Shape::Kind::map) {
    shape = &shape->items->shape();
    return true;
  }
  const auto field = std::ranges::find(shape->fields, part, &settings::Field::name);
  if (field == shape->fields.end()) return false;
  shape = &field->type->shape();
  return true;
}

/// "routes.patient.limits" as "routes[2].limits"; nothing: that is no path of a setting.
std::optional<std::string> path_in(const Node& root, std::string_view said) {
  const Shape* shape = &configuration_settings().shape();
  const Node* node = &root;
  std::string path;
  while (!said.empty()) {
    if (said.front() == '.') said.remove_prefix(1);
    const bool index = said.starts_with('[');
    const auto end = std::min(index ? said.find(']') : said.find_first_of(".["), said.size());
    const auto part = said.substr(0, index && end < said.size() ? end + 1 : end);
    if (part.empty() || !step(shape, node, part, path)) return std::nullopt;
    said.remove_prefix(part.size());
  }
  return path.empty() ? std::nullopt : std::optional(path);
}

}  // namespace
}  // namespace blame

Problems problems_of(const Error& error, const std::shared_ptr<const Source>& source) {
  const auto said = gatehouse::to_text(error);
  const auto colon = said.find(": ");
  if (source == nullptr || colon == said.npos) return {};
  settings::Reader reader({.file = source->file, .folder = {}, .environment = {}}, source->text);
  const auto root = parse_yaml(source->text, reader);
  if (!root) return {};
  const auto path = blame::path_in(*root, std::string_view(said).substr(0, colon));
  if (!path) return {};
  // A setting that the document leaves out has no line. Its form is right, so that no example of it would help: what was told says what would.
  const auto& nearest = root->nearest(*path);
  reader.note_at(*path, &nearest == &*root ? settings::whole_document : nearest.at, said.substr(colon + 2));
  return reader.take_problems();
}

}  // namespace gatehouse::config
