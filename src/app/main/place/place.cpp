#include "app/main/place/place.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "app/config/whereabouts.hpp"

namespace gatehouse::main {
namespace {

constexpr const char* usual_file = "gatehouse.yaml";
constexpr const char* usual_data = "gatehouse-data";

/// Not there, as far as anybody can tell: one in a folder that is closed to us is there, and opening it says why it cannot be read.
bool is_absent(const std::string& file) { return ::access(file.c_str(), F_OK) != 0 && (errno == ENOENT || errno == ENOTDIR); }

/// Whether nobody but root and whoever asks has written that file.
bool is_ours(const std::string& file) {
  struct stat info{};
  return ::stat(file.c_str(), &info) == 0 && (info.st_uid == 0 || info.st_uid == ::geteuid()) && (info.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

std::optional<::uid_t> owner_of(const std::string& folder) {
  struct stat info{};
  if (::stat(folder.c_str(), &info) != 0) return std::nullopt;
  return info.st_uid;
}

}  // namespace

Result<Loaded> load_configuration(const Arguments& arguments) {
  std::string file(arguments.value("--config").value_or(usual_file));
  if (is_absent(file)) {
    if (arguments.has("--config")) return refuse(Fault::not_found, fmt::format("there is no file {}", file));
    return refuse(Fault::not_found, fmt::format("there is no {} here; name one with -c FILE, or make one: gatehouse init URL", usual_file));
  }
  auto configuration = config::load_file(file);
  return Loaded{std::move(file), std::move(configuration)};
}

Result<Place> find_place(const Arguments& arguments) {
  const bool named = arguments.has("--config");
  const std::string file(arguments.value("--config").value_or(usual_file));
  if (const auto data = arguments.value("--data"))
    return Place{.data = std::string(*data),
                 .socket = fmt::format("{}/admin.sock", *data),
                 .file = file,
                 .named = named,
                 .server = owner_of(std::string(*data))};
  if (is_absent(file)) {
    if (named) return refuse(Fault::not_found, fmt::format("there is no file {}", file));
    return Place{.data = usual_data, .socket = fmt::format("{}/admin.sock", usual_data), .file = {}, .named = false};
  }
  auto found = config::find_whereabouts(file);
  if (!found) return refuse(Fault::invalid, fmt::format("{}. With -d DATA the file is not needed", found.error().told));
  const auto server = named || is_ours(file) ? owner_of(found->data) : std::nullopt;
  return Place{.data = std::move(found->data), .socket = std::move(found->socket), .file = file, .named = true, .server = server};
}

Result<std::optional<config::Configuration>> configuration_of(const Place& place) {
  using None = std::optional<config::Configuration>;
  if (place.file.empty() || (!place.named && is_absent(place.file))) return None{};
  if (is_absent(place.file)) return refuse(Fault::not_found, fmt::format("there is no file {}", place.file));
  auto configuration = config::load_file(place.file);
  if (configuration) {
    std::error_code different;
    if (!place.named && !std::filesystem::equivalent(configuration->data, place.data, different)) return None{};
    return std::optional(std::move(*configuration));
  }
  if (!place.named) return None{};
  return refuse(Fault::invalid,
                fmt::format("no server answers at {}, and {} is wrong: `gatehouse check -c {}` tells where; with -d {} alone it is not needed",
                            place.socket, place.file, place.file, place.data));
}

}  // namespace gatehouse::main
