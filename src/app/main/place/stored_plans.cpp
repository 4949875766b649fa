#include "app/main/place/stored_plans.hpp"

#include <algorithm>

#include "app/main/gate/notices.hpp"
#include "app/main/place/opened.hpp"
#include "engines/store/sqlite.hpp"

namespace gatehouse::main {

namespace {
Result<std::vector<std::pair<std::string, std::size_t>>> plans_in(const std::string& file, Instant now) {
  const auto store = TRY(store::look_at_sqlite(file));
  return keys::keys_by_plan(*store, now);
}
}  // namespace

std::vector<std::string> stored_plan_notices(const config::Configuration& configuration, Instant now) {
  const auto takes_keys = [](const auto& route) {
    return std::ranges::find(route.authenticate, gateway::Credential::api_key) != route.authenticate.end();
  };
  if (std::ranges::none_of(configuration.routes, takes_keys)) return {};
  const auto not_looked_at = [](const std::string& why) { return std::vector{"whether the plans of all keys are there was not looked at: " + why}; };
  auto used = plans_in(configuration.state_path("store.sqlite"), now);
  if (!used && used.error().fault == Fault::not_found) return {};  // no keys yet: none is of a plan that is missing
  if (!used) return not_looked_at(to_text(used.error()));
  const auto known = keys_options(configuration).plans;
  std::erase_if(*used, [&](const auto& each) { return std::ranges::find(known, each.first, &keys::Plan::name) != known.end(); });
  return plan_notices(*used);
}

}  // namespace gatehouse::main
