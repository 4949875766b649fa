#include "app/main/gate/rehearsal.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "app/main/gate/blueprint.hpp"
#include "app/main/gate/gate.hpp"
#include "app/main/place/data_directory.hpp"
#include "ground/crypto/key.hpp"
#include "ground/settings/setting_error.hpp"

namespace gatehouse::main {

namespace {
/// Made beside it under another name, and taken away: nothing else tells for every kind of file system. Whether the rights suffice tells only who
/// serves, but for root.
Result<> check_can_be_made(std::string folder) {
  while (folder.size() > 1 && folder.ends_with('/')) folder.pop_back();
  auto tried = folder + ".check-XXXXXX";
  if (::mkdtemp(tried.data()) != nullptr) {
    ::rmdir(tried.c_str());
    return {};
  }
  if ((errno == EACCES || errno == EPERM) && ::geteuid() != 0) return {};
  return system_error("cannot make the data directory " + folder);
}

/// Whose it is tells only who serves, who may be another user; that others cannot read it holds for everybody.
Result<> check_data_mode(const std::string& folder) {
  struct stat info{};
  if (::stat(folder.c_str(), &info) != 0) return errno == ENOENT || errno == ENOTDIR ? check_can_be_made(folder) : Result<>();
  return check_data_directory(folder, std::nullopt);
}

Result<std::vector<http::Address>> resolve_to_nobody(const std::string&) { return std::vector{*http::Address::parse("192.0.2.1")}; }
}  // namespace

Result<> rehearse(const config::Configuration& configuration, const Clock& clock) {
  CHECK_OK(settings::of_setting("data", check_data_mode(configuration.data)));
  CHECK_OK(settings::of_setting("limits.failures.ban", limits::Bans::check(bans_of(configuration))));
  if (const auto& failures = configuration.limits.failures)
    (void)TRY_OF_SETTING("limits.failures", limits::Limit::make(failures->count, failures->window, failures->count));
  auto identity_key = TRY(crypto::PrivateKey::generate(crypto::KeyType::p256));
  auto signer = TRY(token::Signer::create(std::move(identity_key), "gatehouse-identity+jwt"));
  auto blueprint = blueprint_of(configuration);  // without listeners: their certificates were tried when the configuration was read
  blueprint.signer = std::make_shared<const token::Signer>(std::move(signer));
  blueprint.resolve = resolve_to_nobody;
  blueprint.key_source = {[](const settings::Url&, const std::string&) -> Result<std::string> { return fail(Fault::unavailable, "not asked"); },
                          [](const std::string&, const std::string&) {}};
  blueprint.label_of = [](std::string_view) -> Result<keys::Label> { return keys::Label{}; };
  blueprint.number_of_route = [](std::string_view) { return 0U; };
  (void)TRY(gateway::compile(blueprint, clock));
  return {};
}

}  // namespace gatehouse::main
