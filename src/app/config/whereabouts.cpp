#include "app/config/whereabouts.hpp"

#include <algorithm>

#include "app/config/load.hpp"
#include "app/config/yaml.hpp"
#include "ground/base/text.hpp"
#include "ground/settings/block.hpp"

namespace gatehouse::config {

namespace {

/// A block with those of its entries alone.
settings::Node only(settings::Node block, std::initializer_list<std::string_view> names) {
  std::erase_if(block.entries, [&](const settings::Node::Entry& entry) { return std::ranges::find(names, entry.name) == names.end(); });
  return block;
}

/// Whether the text has that word as a name, behind which a ':' comes, wherever and however it is written.
bool may_name(std::string_view text, std::string_view name) {
  for (auto at = text.find(name); at != text.npos; at = text.find(name, at + 1)) {
    const auto behind = text.find_first_not_of("\"' \t", at + name.size());
    if (behind != text.npos && text[behind] == ':') return true;
  }
  return false;
}

/// Of a document that is no YAML what stands in it under `data` and `admin`, each at the beginning of a line, with the lines that are indented below it;
/// nothing when that leaves a doubt: without `data`, with a name twice, or where one of the two stands elsewhere, too.
std::optional<settings::Node> read_around_slip(std::string_view text, const settings::Surroundings& surroundings) {
  std::string kept, rest;
  bool keeps = false;
  for (const auto line : text::split(text, '\n')) {
    const auto first = line.find_first_not_of(" \t\r");
    if (first == line.npos || line[first] == '#') continue;
    if (first == 0) keeps = line.starts_with("data:") || line.starts_with("admin:");
    ((keeps ? kept : rest) += line) += '\n';
  }
  if (may_name(rest, "data") || may_name(rest, "admin")) return std::nullopt;
  settings::Reader strict(surroundings, kept);
  auto root = parse_yaml(kept, strict);
  if (!root || !strict.problems().empty() || root->get("data") == nullptr) return std::nullopt;
  return root;
}

/// As configuration_settings() has them.
settings::TypeOf<Configuration> whereabouts_settings() {
  return settings::Block<Configuration>("", "")
      .field("data", &Configuration::data, settings::file_path(), "", "./gatehouse-data")
      .field("admin", &Configuration::admin, gateway::admin_settings(), "", "{ socket: admin.sock }");
}

}  // namespace

Result<Whereabouts> find_whereabouts(const std::string& path) {
  auto text = read_document(path);
  if (!text) return refuse(Fault::invalid, path + ' ' + text.error());
  settings::Reader anything({.file = path, .folder = folder_of(path), .environment = {}}, *text);  // what is wrong elsewhere is no matter here
  auto root = parse_yaml(*text, anything);
  if (!root) root = read_around_slip(*text, anything.surroundings());
  if (!root) return refuse(Fault::invalid, path + " cannot be read as a configuration; `gatehouse check -c " + path + "` tells where");
  auto document = only(std::move(*root), {"data", "admin"});
  for (auto& entry : document.entries)
    if (entry.name == "admin") entry.value = only(std::move(entry.value), {"socket"});
  settings::Reader reader({.file = path, .folder = folder_of(path), .environment = {}}, *text);
  Configuration configuration;
  if (!whereabouts_settings().read(reader, document, configuration) || !reader.problems().empty())
    return refuse(Fault::invalid, path + ": `data` or `admin.socket` is wrong; `gatehouse check -c " + path + "` tells where");
  configuration.data = reader.resolve(configuration.data);
  auto socket = configuration.state_path(configuration.admin.socket);
  return Whereabouts{std::move(configuration.data), std::move(socket)};
}

}  // namespace gatehouse::config
