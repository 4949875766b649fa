#include "engines/review/security_audit.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "engines/contract/json_pointer.hpp"
#include "engines/review/names.hpp"
#include "ground/base/text.hpp"

namespace gatehouse::review {

using contract::In, contract::Node, contract::SecurityScheme;

namespace security {
namespace {
/// "http://" to somewhere else than this very machine.
bool is_clear_text(std::string_view url) {
  const auto lower = text::lower(url);
  if (!lower.starts_with("http://")) return false;
  const auto host = std::string_view(lower).substr(7, lower.find_first_of("/:?#", 7) == lower.npos ? lower.npos : lower.find_first_of("/:?#", 7) - 7);
  return host != "localhost" && !host.starts_with("127.") && !lower.substr(7).starts_with("[::1]");
}
}  // namespace
}  // namespace security

class SecurityAudit {
 public:
  SecurityAudit(contract::Reading& reading, Findings& findings) : reading_(reading), findings_(findings) {}

  void run() {
    read_schemes();
    for (const auto& operation : reading_.description.operations) look_at(operation);
    for (const auto& scheme : reading_.description.schemes) {
      if (used_.contains(scheme.name)) look_at(scheme);
      else add_at(scheme, RuleId::unused_scheme);
    }
    look_at_servers(Node{reading_.root, reading_.root->root(), {}});
  }

 private:
  struct Scheme {
    std::optional<Node> at;
    std::set<std::string, std::less<>> scopes;  // of all flows
    bool has_flows = false;
  };

  void read_schemes() {
    for (const auto& scheme : reading_.description.schemes) {
      auto& known = schemes_[scheme.name];
      const auto value = contract::follow(reading_.root->root(), scheme.pointer);
      if (!value) continue;
      known.at = reading_.sources.dereferenced({reading_.root, *value, scheme.pointer});
      if (!known.at) continue;
      for_each_flow(*known.at, [&](std::string_view, const Node& flow) {
        known.has_flows = true;
        if (const auto scopes = flow.value.get("scopes"))
          for (const auto& [name, meaning] : scopes->members()) known.scopes.emplace(name);
      });
    }
  }

  template <class Visit>
  static void for_each_flow(const Node& scheme, Visit visit) {
    const auto flows = scheme.value.get("flows");
    if (!flows) return;
    const auto holder = scheme.child("flows", *flows);
    for (const auto& [name, flow] : flows->members())
      if (flow.is_object() && !name.starts_with("x-")) visit(name, holder.child(name, flow));
  }

  void add_at(const SecurityScheme& scheme, RuleId rule) {
    const auto& at = schemes_[scheme.name].at;
    const auto what = "the security scheme '" + scheme.name + "'";
    if (at) findings_.add(rule, *at, what);
    else findings_.add(rule, {reading_.root->path(), reading_.root->line_at(scheme.pointer), scheme.pointer}, what);
  }

  void look_at(const contract::Operation& operation) {
    const auto own = operation.at.value.get("security");
    const Node at = own ? operation.at.child("security", *own) : operation.at;
    const auto name = operation.method_token + ' ' + operation.path;
    const auto servers = operation.at.value.get("servers");
    if (servers) look_at_servers(operation.at);
    const bool empty = std::ranges::any_of(operation.security, [](const auto& one) { return one.uses.empty(); });
    if (operation.security.empty() || (empty && operation.security.size() == 1)) findings_.add(rule_of_open(operation.method), at, name);
    else if (empty) findings_.add(RuleId::optional_security, at, name);
    for (const auto& alternative : operation.security)
      for (const auto& use : alternative.uses) look_at(use, at, name);
  }

  static RuleId rule_of_open(http::Method method) noexcept {
    using enum http::Method;
    if (method == delete_) return RuleId::open_delete;
    return method == get || method == head || method == options || method == trace ? RuleId::open_read : RuleId::open_write;
  }

  void look_at(const contract::SecurityRequirement::Use& use, const Node& at, const std::string& operation) {
    used_.insert(use.scheme);
    const auto& schemes = reading_.description.schemes;
    const auto scheme = std::ranges::find(schemes, use.scheme, &SecurityScheme::name);
    if (scheme == schemes.end()) return;
    using Type = SecurityScheme::Type;
    const bool has_scopes = scheme->type == Type::oauth2 || scheme->type == Type::open_id_connect;
    if (has_scopes && use.scopes.empty()) findings_.add(RuleId::no_scope, at, operation + " with '" + use.scheme + "'");
    const auto& known = schemes_[use.scheme];
    const auto with = [&](const std::string& scope) { return operation + " with the scope '" + scope + "'"; };
    for (const auto& scope : use.scopes) {
      if (is_broad_scope(scope)) findings_.add(RuleId::broad_scope, at, with(scope));
      if (scheme->type == Type::oauth2 && known.has_flows && !known.scopes.contains(scope)) findings_.add(RuleId::undeclared_scope, at, with(scope));
    }
  }

  void look_at(const SecurityScheme& scheme) {
    switch (scheme.type) {
      case SecurityScheme::Type::api_key:
        if (scheme.in == In::query) add_at(scheme, RuleId::api_key_in_query);
        if (scheme.in == In::cookie) add_at(scheme, RuleId::api_key_in_cookie);
        break;
      case SecurityScheme::Type::http:
        if (scheme.http_scheme == "basic") add_at(scheme, RuleId::basic_auth);
        else if (scheme.http_scheme != "bearer" && scheme.http_scheme != "dpop" && scheme.http_scheme != "mutual")
          add_at(scheme, RuleId::weak_http_scheme);
        break;
      case SecurityScheme::Type::oauth2:
        if (const auto& at = schemes_[scheme.name].at)
          for_each_flow(*at, [&](std::string_view name, const Node& flow) { look_at_flow(name, flow, scheme.name); });
        break;
      case SecurityScheme::Type::open_id_connect:
        if (security::is_clear_text(scheme.open_id_url)) add_at(scheme, RuleId::clear_text_login);
        break;
      case SecurityScheme::Type::mutual_tls: break;
    }
  }

  void look_at_flow(std::string_view name, const Node& flow, const std::string& scheme) {
    const auto what = "the flow '" + std::string(name) + "' of '" + scheme + "'";
    if (name == "password") findings_.add(RuleId::oauth_password, flow, what);
    if (name == "implicit") findings_.add(RuleId::oauth_implicit, flow, what);
    for (const std::string_view word : {"authorizationUrl", "tokenUrl", "refreshUrl", "deviceAuthorizationUrl"})
      if (const auto url = flow.value.get(word); url && security::is_clear_text(url->string().value_or("")))
        findings_.add(RuleId::clear_text_login, flow.child(word, *url), std::string(word) + " of " + what);
  }

  void look_at_servers(const Node& holder) {
    const auto servers = holder.value.get("servers");
    if (!servers) return;
    const auto list = holder.child("servers", *servers);
    std::size_t number = 0;
    for (const auto& server : servers->elements()) {
      const auto at = list.child(number++, server);
      const auto url = server.string("url").value_or("");
      if (security::is_clear_text(url)) findings_.add(RuleId::http_server, at, "the server " + std::string(url));
      // "{scheme}://..." may be http by one of its values.
      else if (url.starts_with('{')) look_at_scheme_variable(at, url);
    }
  }

  void look_at_scheme_variable(const Node& server, std::string_view url) {
    const auto end = url.find('}');
    if (end == url.npos || !url.substr(end).starts_with("}://")) return;
    const auto variables = server.value.get("variables");
    const auto variable = variables ? variables->get(url.substr(1, end - 1)) : std::nullopt;
    if (!variable) return;
    bool may_be = variable->string("default") == "http";
    if (const auto values = variable->get("enum"))
      for (const auto& value : values->elements()) may_be = may_be || value.string() == "http";
    if (may_be) findings_.add(RuleId::http_server, server, "the server " + std::string(url) + ", which may be http");
  }

  contract::Reading& reading_;
  Findings& findings_;
  std::map<std::string, Scheme, std::less<>> schemes_;
  std::set<std::string, std::less<>> used_;
};

void audit_security(contract::Reading& reading, Findings& findings) { SecurityAudit(reading, findings).run(); }

}  // namespace gatehouse::review
