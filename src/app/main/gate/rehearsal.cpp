#include "app/main/gate/rehearsal.hpp"

#include <unistd.h>

#include <filesystem>

#include "app/main/gate/blueprint.hpp"
#include "app/main/gate/gate.hpp"
#include "ground/crypto/key.hpp"

namespace gatehouse::main {

namespace {
/// The data directory is made, but not the folders above it.
Result<> check_data_place(const std::string& folder) {
  std::error_code unreadable;
  const auto above = std::filesystem::path(folder).parent_path();
  if (std::filesystem::exists(folder, unreadable) || above.empty()) return {};
  if (!std::filesystem::is_directory(above, unreadable))
    return refuse(Fault::invalid, "data: " + folder + " cannot be made, because there is no directory " + above.string());
  return {};
}

Result<std::vector<http::Address>> resolve_to_nobody(const std::string&) { return std::vector{*http::Address::parse("192.0.2.1")}; }
}  // namespace

Result<> rehearse(const config::Configuration& configuration, const Clock& clock) {
  CHECK_OK(check_data_place(configuration.data));
  CHECK_OK(limits::Bans::check(bans_of(configuration)));
  if (const auto& failures = configuration.limits.failures) (void)TRY(limits::Limit::make(failures->count, failures->window, failures->count));
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
