// For tests of this room only: documents that are right but for what a test puts into them, and what is said of one.
#pragma once
#include <sys/stat.h>
#include <fstream>

#include "app/config/load.hpp"
#include "ground/base/testing.hpp"

namespace gatehouse::config::trial {

inline constexpr std::string_view listeners = "listeners: [{ address: 127.0.0.1:0, tls: local }]\n";
inline constexpr std::string_view upstreams = "upstreams: { clinic: { servers: [\"http://127.0.0.1:3000\"] } }\n";
inline constexpr std::string_view routes =
    "routes:\n  - { name: all, path: \"/{path...}\", methods: [GET], upstream: clinic, authenticate: [api_key] }\n";

inline std::string document(std::string_view more = "") {
  return std::string(listeners) + std::string(upstreams) + std::string(routes) + std::string(more);
}

/// `folder`: where relative paths in the document start.
inline std::expected<Configuration, Problems> load_text(std::string_view text, const std::string& folder = "/") {
  return load(text, {.file = "gatehouse.yaml", .folder = folder, .environment = [](const std::string&) { return std::nullopt; }});
}
inline Problems problems_of(std::string_view text, const std::string& folder = "/") {
  auto loaded = load_text(text, folder);
  return loaded ? Problems{} : std::move(loaded.error());
}
/// "3:5 path: what", a line each.
inline std::string told(std::string_view text, const std::string& folder = "/") {
  std::string out;
  for (const auto& problem : problems_of(text, folder))
    out += std::to_string(problem.at.line) + ":" + std::to_string(problem.at.column) + " " + problem.path + ": " + problem.what +
           (problem.nearest.empty() ? "" : " (" + problem.nearest + ")") + "\n";
  return out;
}
inline std::string route(std::string_view settings) {
  return std::string(listeners) + std::string(upstreams) + "routes:\n  - { name: r, methods: [GET], upstream: clinic, " + std::string(settings) +
         " }\n";
}

struct Folder : gatehouse::testing::TemporaryFolder {
  std::string write(const std::string& name, std::string_view text, mode_t mode = 0600) const {
    std::ofstream(file(name)) << text;
    ::chmod(file(name).c_str(), mode);
    return file(name);
  }
};

}  // namespace gatehouse::config::trial
