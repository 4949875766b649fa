#include "app/main/selftest/route_case.hpp"

#include <fmt/format.h>

namespace gatehouse::main {

namespace route_case {
namespace {

/// The requests to one route.
class Cases {
 public:
  explicit Cases(const RouteTarget& target) : target_(target) {}
  void add(std::string name, std::string_view fields, std::vector<int> wanted) { add(std::move(name), target_.method, fields, std::move(wanted)); }
  void add(std::string name, std::string_view method, std::string_view fields, std::vector<int> wanted) {
    const std::string_view length = method == "GET" || method == "HEAD" ? "" : "Content-Length: 0\r\n";
    all_.push_back({std::move(name),
                    fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{}{}\r\n", method, target_.path, target_.host, length, fields),
                    std::move(wanted)});
  }
  void add_key(std::string name, const std::string& key, std::vector<int> wanted) {
    if (!key.empty()) add(std::move(name), fmt::format("X-Api-Key: {}\r\n", key), std::move(wanted));
  }
  void add_token(std::string name, const std::string& token, std::vector<int> wanted) {
    if (!token.empty()) add(std::move(name), bearer(token), std::move(wanted));
  }
  [[nodiscard]] static std::string bearer(std::string_view token) { return fmt::format("Authorization: Bearer {}\r\n", token); }
  [[nodiscard]] std::vector<SelftestCase> take() { return std::move(all_); }

 private:
  const RouteTarget& target_;
  std::vector<SelftestCase> all_;
};

/// The same claims under a signature that is not theirs.
std::string altered(std::string token) {
  if (!token.empty()) token[token.rfind('.') + 1] = token[token.rfind('.') + 1] == 'A' ? 'B' : 'A';
  return token;
}

}  // namespace
}  // namespace route_case

std::vector<SelftestCase> route_cases(const RouteTarget& target) {
  using namespace route_case;
  Cases cases(target);
  if (target.open) {
    cases.add("no credential", "", {});
  } else {
    cases.add("no credential", "", {401});
    cases.add("a token that says it needs no signature", Cases::bearer("eyJhbGciOiJub25lIn0.e30."), {401});
  }
  if (target.takes_keys) {
    // A key has no claims, hence never the right ones.
    if (target.asks_for_claims) cases.add_key("a good key, which has no claims", target.key, {403});
    else cases.add_key("a good key", target.key, {});
    cases.add_key("a key that was revoked", target.revoked_key, {401});
    cases.add_key("a key without the scopes", target.key_without_scope, {403});
    cases.add_key("a key whose plan lacks the features", target.key_without_feature, {403});
  } else if (!target.open) {
    cases.add_key("a good key, where only tokens are taken", target.key, {401});
  }
  if (target.takes_tokens) {
    if (target.asks_for_features) cases.add_token("a good token, which has no plan", target.token, {403});
    else cases.add_token("a good token", target.token, {});
    cases.add_token("a token that was altered", altered(target.token), {401});
    cases.add_token("a token that has expired", target.expired_token, {401});
    cases.add_token("a token for another audience", target.token_for_others, {401});
    cases.add_token("a token without the scopes", target.token_without_scope, {403});
    cases.add_token("a token without the claims", target.token_without_claim, {403});
  }
  if (!target.refused_method.empty()) cases.add(target.refused_method, target.refused_method, "", {405});
  return cases.take();
}

}  // namespace gatehouse::main
