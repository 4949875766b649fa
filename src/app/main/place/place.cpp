#include "app/main/place/place.hpp"

#include <fmt/format.h>
#include <unistd.h>

namespace gatehouse::main {
namespace {

constexpr const char* usual_file = "gatehouse.yaml";

}  // namespace

Result<Loaded> load_configuration(const Arguments& arguments) {
  std::string file(arguments.value("--config").value_or(usual_file));
  if (::access(file.c_str(), F_OK) != 0) {
    if (arguments.has("--config")) return refuse(Fault::not_found, fmt::format("there is no file {}", file));
    return refuse(Fault::not_found, fmt::format("there is no {} here; name one with -c FILE, or make one: gatehouse init URL", usual_file));
  }
  auto configuration = config::load_file(file);
  return Loaded{std::move(file), std::move(configuration)};
}

Result<Place> find_place(const Arguments& arguments) {
  Place place{.data = "gatehouse-data", .socket = {}, .configuration = {}};
  auto loaded = load_configuration(arguments);
  if (!loaded && (arguments.has("--config") || loaded.error().fault != Fault::not_found)) return loaded.error();
  if (loaded) {
    if (!loaded->configuration)
      return refuse(Fault::invalid, fmt::format("{} is wrong: `gatehouse check -c {}` tells where", loaded->file, loaded->file));
    place.data = loaded->configuration->data;
    place.socket = loaded->configuration->admin.socket;
    place.configuration = std::move(*loaded->configuration);
  }
  if (const auto data = arguments.value("--data")) {
    place.data = *data;
    place.socket.clear();
  }
  if (place.socket.empty()) place.socket = fmt::format("{}/admin.sock", place.data);
  return place;
}

}  // namespace gatehouse::main
