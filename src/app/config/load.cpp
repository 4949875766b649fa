#include "app/config/load.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "app/config/account.hpp"
#include "app/config/yaml.hpp"
#include "ground/base/descriptor.hpp"
#include "ground/base/file.hpp"

namespace gatehouse::config {

namespace {

/// Why nothing is read from it, and what to do instead; empty for an ordinary file.
std::string wrong_kind(const std::string& path, mode_t mode) {
  if (S_ISREG(mode)) return {};
  if (S_ISDIR(mode)) return "is a directory; name the file in it, such as " + path + (path.ends_with('/') ? "" : "/") + "gatehouse.yaml";
  // What comes out of a pipe can be read once, and a reload reads it again; relative paths start at its folder.
  return std::string("is no ordinary file but ") +
         (S_ISFIFO(mode)   ? "a pipe"
          : S_ISSOCK(mode) ? "a socket"
                           : "a device") +
         "; write what it holds into a file and name that";
}

std::string wrong_with_opening(int error) {
  if (error != EACCES && error != EPERM) return "cannot be opened: " + system_text(error);
  return "cannot be opened by this user (" + system_text(error) + "); run as the user whose file it is, or let this one read it";
}

}  // namespace

std::expected<std::string, std::string> read_document(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.open()) return std::unexpected(wrong_with_opening(errno));
  struct stat info{};
  if (::fstat(file.get(), &info) != 0) return std::unexpected("cannot be read: " + system_text(errno));
  if (auto wrong = wrong_kind(path, info.st_mode); !wrong.empty()) return std::unexpected(std::move(wrong));
  auto text = read_descriptor(file.get(), yaml_bytes_max);
  if (text) return std::move(*text);
  return std::unexpected(text.error().fault == Fault::exhausted ? std::string(too_large) : std::move(text).error().detail);
}

std::string folder_of(const std::string& path) {
  std::error_code error;
  const auto absolute = std::filesystem::absolute(path, error);
  return error ? std::string{} : absolute.parent_path().string();
}

namespace {

std::expected<Configuration, Problems> load_once(const std::string& path) {
  auto text = read_document(path);
  if (!text) return std::unexpected(Problems{{path, settings::whole_document, {}, text.error(), {}, {}, {}}});
  return load(*text, {.file = path, .folder = folder_of(path), .environment = {}});
}

}  // namespace

std::expected<Configuration, Problems> load_file(const std::string& path) {
  auto loaded = load_once(path);
  if (!loaded || loaded->process.user.empty() || ::geteuid() != 0) return loaded;
  const auto problem = [&](std::string what) { return std::unexpected(Problems{{path, {}, "process.user", std::move(what), {}, {}, {}}}); };
  const auto account = find_account(loaded->process);
  if (!account) return problem(gatehouse::to_text(account.error()));
  const FilesAs as(*account);
  if (!as.active()) return problem("whether " + account->name + " can read all that is named here could not be tried: " + system_text(errno));
  auto again = load_once(path);
  if (again) return loaded;
  for (auto& each : again.error()) each.what += " (as " + account->name + ", whom process.user names)";
  return again;
}

std::expected<Configuration, Problems> load(std::string_view text, settings::Surroundings surroundings) {
  settings::Reader reader(std::move(surroundings), text);
  Configuration configuration;
  const auto root = parse_yaml(text, reader);
  if (root) {
    const bool right = configuration_settings().read(reader, *root, configuration);
    configuration.data = reader.resolve(configuration.data);  // the default, too, is relative to the document
    configuration.admin.socket = configuration.state_path(configuration.admin.socket);
    configuration.audit.file = configuration.state_path(configuration.audit.file);
    // What cannot be read keeps the rest from being loaded, not from being checked: whoever mends a file wants to hear all of it at once.
    // Only a reader that is full no longer knows what is broken.
    if (right || !reader.full()) {
      check_references(reader, *root, configuration);
      check_overlaps(reader, *root, configuration);
      check_files(reader, *root, configuration);
      check_account(reader, *root, configuration);
      add_contract_routes(reader, *root, configuration);
    }
  }
  if (reader.problems().empty()) {
    configuration.source = std::make_shared<const Source>(Source{reader.surroundings().file, std::string(text)});
    return configuration;
  }
  Problems problems = reader.take_problems();
  std::ranges::stable_sort(problems, {}, [](const settings::Problem& problem) { return std::pair(problem.at.line, problem.at.column); });
  return std::unexpected(std::move(problems));
}

}  // namespace gatehouse::config
