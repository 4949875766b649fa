#include "app/config/process_options.hpp"

#include <algorithm>

#include "ground/settings/value.hpp"

namespace gatehouse::config {

namespace process_options {
namespace {

/// Whether there is such a user is asked by who becomes it: a configuration is checked on other machines, too.
settings::TypeOf<std::string> account_name() {
  constexpr std::size_t name_bytes_max = 32;  // useradd(8)
  return settings::text_of("name of an account", "^[A-Za-z_][A-Za-z0-9_.-]{0,31}$", [](std::string_view name) -> std::optional<std::string> {
    const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
    const auto other = [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '.' || c == '-'; };
    if (!name.empty() && name.size() <= name_bytes_max && letter(name.front()) && std::ranges::all_of(name, other)) return std::nullopt;
    return "is no name of an account";
  });
}

}  // namespace
}  // namespace process_options

settings::TypeOf<ProcessOptions> process_settings() {
  using namespace process_options;
  return settings::Block<ProcessOptions>("process", "As whom the process serves.")
      .field(
          "user", &ProcessOptions::user, account_name(),
          "The user that the process becomes for good when it was started as root and its listeners are bound. Certificates, keys, this file and the "
          "data directory must be readable for that user. Without it the process stays who it is.",
          "www-data")
      .field("group", &ProcessOptions::group, account_name(), "Its group, instead of the user's own. The user's further groups stay.", "www-data");
}

}  // namespace gatehouse::config
