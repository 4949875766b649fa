#include "app/config/whereabouts.hpp"

#include <algorithm>

#include "app/config/load.hpp"
#include "app/config/yaml.hpp"
#include "ground/settings/block.hpp"

namespace gatehouse::config {

namespace {

/// A block with those of its entries alone.
settings::Node only(settings::Node block, std::initializer_list<std::string_view> names) {
  std::erase_if(block.entries, [&](const settings::Node::Entry& entry) { return std::ranges::find(names, entry.name) == names.end(); });
  return block;
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
