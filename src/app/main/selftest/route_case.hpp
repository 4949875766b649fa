// What `gatehouse selftest` sends to each route: who is let in by it, and each reason to be kept out.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "app/main/selftest/selftest_case.hpp"

namespace gatehouse::main {

/// A request line that the route takes, and credentials made for the test. A text that is empty: there is no such case for this route.
struct RouteTarget {
  std::string host, path, method;
  std::string refused_method;  ///< one that no route takes at this path
  bool open = false;           ///< everybody may come
  bool takes_keys = false, takes_tokens = false;
  bool asks_for_claims = false, asks_for_features = false;
  std::string key, revoked_key, key_without_scope, key_without_feature;
  std::string token, expired_token, token_for_others, token_without_scope, token_without_claim;
};

[[nodiscard]] std::vector<SelftestCase> route_cases(const RouteTarget& target);

}  // namespace gatehouse::main
