#include "app/config/contract/routes.hpp"
#include "app/config/contract/told.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "app/config/contract/folder_files.hpp"
#include "app/config/contract/operation_validator.hpp"
#include "doors/gateway/router.hpp"
#include "ground/base/random.hpp"
#include "ground/base/siphash.hpp"
#include "ground/base/text.hpp"
#include "ground/http/path.hpp"

namespace gatehouse::config {

namespace contract_routes {
namespace {

using contract::OperationRules, contract::SecurityScheme;
using gateway::Credential;

/// What an operation asks of who calls it.
struct Access {
  std::vector<Credential> authenticate;  // empty: it stays refused
  std::vector<std::string> scopes;
  bool operator==(const Access&) const = default;
};

void add_each(std::vector<Credential>& to, const std::vector<Credential>& from) {
  for (const auto kind : from)
    if (std::ranges::find(to, kind) == to.end()) to.push_back(kind);
}

bool is_scope(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7F' && c != '"' && c != '\\'; });
}

/// The path as a route of the gateway has it. A segment that is more than a name becomes one: the contract tells what it may be.
Result<gateway::PathTemplate> gate_path(const std::string& base, const contract::PathTemplate& path) {
  using Kind = gateway::PathTemplate::Kind;
  constexpr std::size_t name_max = 64;
  Arena arena;
  std::vector<gateway::PathTemplate::Part> parts;
  if (!base.empty())
    for (const auto segment : text::split(std::string_view(base).substr(1), '/'))
      parts.push_back({Kind::literal, http::NormalPath::encode(http::NormalPath::decode(segment, arena))});
  std::set<std::string> names;
  for (const auto& segment : path.segments()) {
    if (segment.is_literal()) {
      parts.push_back({Kind::literal, segment.pieces.empty() ? std::string{} : segment.pieces[0].literal});
      continue;
    }
    std::string name;
    if (segment.pieces.size() == 1)
      for (const char c : path.names()[*segment.pieces[0].name_index]) name += text::is_alnum(c) || c == '-' || c == '_' ? c : '_';
    name.resize(std::min(name.size(), name_max));
    while (name.empty() || !names.insert(name).second) name = "part" + std::to_string(names.size() + 1);
    parts.push_back({Kind::variable, std::move(name)});
  }
  return gateway::PathTemplate::of(std::move(parts));
}

/// What somebody may have meant as a pattern, and stands in the document for itself.
std::string meant_as_pattern(const gateway::PathTemplate& path) {
  Arena arena;
  for (const auto& part : path.parts) {
    if (part.kind != gateway::PathTemplate::Kind::literal) continue;
    const auto plain = http::NormalPath::decode(part.text, arena);
    if (!gateway::wildcard_hint(plain).empty() || !gateway::regex_hint(plain).empty()) return std::string(plain);
  }
  return {};
}

class Maker {
 public:
  Maker(const std::string& name, const ContractOptions& options, bool has_issuers, contract::Contract made)
      : name_(name), options_(options), has_issuers_(has_issuers), contract_(std::make_shared<const contract::Contract>(std::move(made))) {
    // `[{}]` asks for nothing: it does not show that its author thought of who may call the others.
    const auto asks = [](const auto& operation) {
      return std::ranges::any_of(operation.security(), [](const auto& one) { return !one.uses.empty(); });
    };
    asks_somewhere_ = std::ranges::any_of(contract_->operations(), asks);
  }

  ContractRoutes make() {
    check_schemes();
    check_operations();
    for (const auto& operation : contract_->operations()) add(operation);
    for (auto& [key, group] : groups_) finish(group);
    check_prefix();
    std::ranges::sort(out_.routes, {}, &gateway::RouteOptions::path);
    return std::move(out_);
  }

 private:
  /// What the configuration says of an operation beside what it says of all; the contract's own where that says nothing.
  struct Rules {
    ValidateOptions validate;
    std::uint64_t body_bytes_max, answer_bytes_max;
    gateway::RouteTimeouts timeouts;
    std::optional<audit::Level> audit;
    std::vector<http::AddressBlock> addresses;
    gateway::RedactOptions redact;
    bool closed = false;
    std::optional<limits::LimitOptions> limits = {};
    std::vector<std::string> issuers = {}, features = {};
    settings::Named<std::vector<token::ClaimValue>> claims = {};
    bool operator==(const Rules&) const = default;
  };
  struct Group {
    gateway::PathTemplate path;
    std::size_t base_segments = 0;
    Access access;
    Rules rules;
    std::vector<const OperationRules*> operations;
  };

  void problem(std::string setting, std::string what, std::string example = {}) {
    out_.problems.push_back({{}, {}, "contracts." + name_ + '.' + std::move(setting), std::move(what), {}, std::move(example), {}});
  }
  void refuse_operation(const OperationRules& operation, const std::string& what) {
    problem("file", operation.method_token() + ' ' + operation.path() + ' ' + what + " (" + operation.place() + ')');
  }
  void note(std::string what) { out_.notes.push_back({{}, {}, "contracts." + name_ + ".file", std::move(what), {}, {}, {}}); }

  /// Of a path that does not begin so nothing could be taken off, and the API would get it whole.
  void check_prefix() {
    const auto& prefix = options_.strip_prefix;
    for (const auto& route : out_.routes)
      if (!prefix.empty() && route.path != prefix && !route.path.starts_with(prefix + '/'))
        return problem("strip_prefix", "is not the beginning of the path " + route.path);
  }
  void check_schemes() {
    for (const auto& [name, kinds] : options_.schemes)
      if (scheme_of(name) == nullptr) problem("schemes." + name, "the document has no security scheme of that name");
  }
  static bool is_named(const OperationRules& operation, std::string_view name) {
    return operation.id() == name || operation.method_token() + ' ' + operation.path() == name;
  }
  void check_operations() {
    for (const auto& [name, options] : options_.operations) {
      const auto count = std::ranges::count_if(contract_->operations(), [&](const auto& operation) { return is_named(operation, name); });
      if (count == 0) problem("operations." + name, "the document has no operation of that name: its operationId, or `GET /path` as it writes it");
    }
  }
  [[nodiscard]] Rules rules_of(const OperationRules& operation) const {
    Rules out{.validate = options_.validate,
              .body_bytes_max = options_.body_bytes_max,
              .answer_bytes_max = options_.answer_bytes_max,
              .timeouts = options_.timeouts,
              .audit = options_.audit,
              .addresses = options_.addresses,
              .redact = options_.redact};
    for (const auto& [name, options] : options_.operations) {
      if (!is_named(operation, name)) continue;
      if (options.validate) out.validate = *options.validate;
      if (options.body_bytes_max) out.body_bytes_max = *options.body_bytes_max;
      if (options.answer_bytes_max) out.answer_bytes_max = *options.answer_bytes_max;
      if (options.timeouts) out.timeouts = *options.timeouts;
      if (options.audit) out.audit = options.audit;
      if (options.addresses) out.addresses = *options.addresses;
      if (options.limits) out.limits = options.limits;
      if (!options.issuers.empty()) out.issuers = options.issuers;
      if (!options.features.empty()) out.features = options.features;
      if (!options.claims.empty()) out.claims = options.claims;
      out.closed = out.closed || options.closed;
      if (options.redact) out.redact = *options.redact;
    }
    return out;
  }
  [[nodiscard]] const SecurityScheme* scheme_of(std::string_view name) const {
    const auto& all = contract_->security_schemes();
    const auto found = std::ranges::find(all, name, &SecurityScheme::name);
    return found == all.end() ? nullptr : &*found;
  }

  /// The credentials that stand for a scheme; none: nothing does, and it was said.
  std::vector<Credential> bound(const std::string& name) {
    if (const auto said = options_.schemes.find(name); said != options_.schemes.end()) return said->second;
    const auto* const scheme = scheme_of(name);
    std::vector<Credential> kinds;
    std::string what = "is of a kind that the gate does not check";
    if (scheme != nullptr) {
      using Type = SecurityScheme::Type;
      const bool bearer = scheme->type == Type::http && scheme->http_scheme == "bearer";
      if (scheme->type == Type::api_key && scheme->in == contract::In::header && scheme->parameter_name == "x-api-key") kinds = {Credential::api_key};
      else if (scheme->type == Type::api_key) what = "is an API key in another place than the header X-Api-Key, where this gate has them";
      if (bearer) kinds = {Credential::api_key};
      if ((bearer || scheme->type == Type::oauth2 || scheme->type == Type::open_id_connect) && has_issuers_) kinds.push_back(Credential::jwt);
      else if (scheme->type == Type::oauth2 || scheme->type == Type::open_id_connect)
        what = "asks for tokens, and no issuer is configured (`issuers`)";
    }
    if (kinds.empty() && told_.insert(name).second)
      problem("schemes", "the security scheme '" + name + "' " + what + "; say which credential stands for it",
              "schemes: { " + name + ": [api_key] }");
    return kinds;
  }

  /// What the requirements come to. Nothing: they cannot be kept, and it was said.
  std::optional<Access> access_of(const OperationRules& operation) {
    const auto& alternatives = operation.security();
    const bool anybody = alternatives.empty() || std::ranges::any_of(alternatives, [](const auto& one) { return one.uses.empty(); });
    if (anybody) {
      if (operation.method() == http::Method::delete_) {
        note("DELETE " + operation.path() + " stays refused: its operation has no security requirement (" + operation.place() + ')');
        return Access{};
      }
      if (options_.unsecured) return Access{*options_.unsecured, {}};
      if (asks_somewhere_) return Access{{Credential::none}, {}};
      return Access{has_issuers_ ? std::vector{Credential::api_key, Credential::jwt} : std::vector{Credential::api_key}, {}};
    }
    Access access;
    std::map<std::string, std::vector<std::string>> scopes_of;
    bool sound = true;
    for (const auto& alternative : alternatives) {
      if (alternative.uses.size() > 1) {
        refuse_operation(operation, "asks for several credentials at once, and the gate takes one to a request");
        return std::nullopt;
      }
      const auto& use = alternative.uses.front();
      const auto kinds = bound(use.scheme);
      sound = sound && !kinds.empty();
      add_each(access.authenticate, kinds);
      const auto [seen, fresh] = scopes_of.emplace(use.scheme, use.scopes);
      if (!fresh && seen->second != use.scopes) {
        refuse_operation(operation, "takes one scheme with either of two lists of scopes; the gate asks for all that are named");
        return std::nullopt;
      }
      for (const auto& scope : use.scopes) {
        if (!is_scope(scope)) return refuse_operation(operation, "names something as a scope that is none"), std::nullopt;
        if (std::ranges::find(access.scopes, scope) == access.scopes.end()) access.scopes.push_back(scope);
      }
    }
    return sound ? std::optional(std::move(access)) : std::nullopt;
  }

  /// As of routes: what is asked of a caller goes with the credentials that are taken.
  void check_credentials(const OperationRules& operation, const Rules& rules, const Access& access) {
    const auto takes = [&](Credential kind) { return std::ranges::find(access.authenticate, kind) != access.authenticate.end(); };
    const auto wrong = [&](std::string_view setting, std::string_view what) {
      for (const auto& [name, options] : options_.operations)
        if (is_named(operation, name)) return problem("operations." + name + '.' + std::string(setting), std::string(what));
    };
    if (!takes(Credential::api_key) && !rules.features.empty())
      wrong("features", "are granted by the plan of an API key, which this operation does not take");
    if (!takes(Credential::jwt) && !rules.issuers.empty()) wrong("issuers", "give tokens, and this operation does not take them");
    if (!takes(Credential::jwt) && !rules.claims.empty()) wrong("claims", "stand in tokens, and this operation does not take them");
  }

  void add(const OperationRules& operation) {
    const auto rules = rules_of(operation);
    if (rules.closed) return;
    if (operation.method() == http::Method::trace || operation.method() == http::Method::connect)
      return note(operation.method_token() + ' ' + operation.path() + " stays refused: it is never forwarded");
    const auto access = access_of(operation);
    if (!access || access->authenticate.empty()) return;
    check_credentials(operation, rules, *access);
    for (const auto& base : operation.base_paths().empty() ? contract_->base_paths() : operation.base_paths()) {
      auto path = gate_path(base, operation.path_template());
      if (!path) return refuse_operation(operation, path.error().told);
      const auto base_segments = static_cast<std::size_t>(std::ranges::count(base, '/'));
      if (const auto literal = meant_as_pattern(*path); !literal.empty())
        note(operation.method_token() + ' ' + operation.path() + " is open at that very path and no other: '" + literal +
             "' is no pattern in OpenAPI, which writes {name} for one segment (" + operation.place() + ')');
      const auto key = operation.method_token() + ' ' + path->shape();
      auto [at, fresh] = groups_.try_emplace(key, Group{*std::move(path), base_segments, *access, rules, {}});
      auto& group = at->second;
      if (!fresh && !(group.access == *access))
        return refuse_operation(
            operation, "has the same path as " + group.operations.front()->path() + " but for names, and asks for other credentials or scopes");
      if (!fresh && !(group.rules == rules))
        return refuse_operation(
            operation, "has the same path as " + group.operations.front()->path() + " but for names, and `operations` says other things of it");
      group.operations.push_back(&operation);
    }
  }

  [[nodiscard]] std::string route_name(const OperationRules& operation) {
    constexpr std::size_t name_max = 60;  // and room for a number
    std::string name;
    for (const char c : operation.id().empty() ? operation.method_token() + operation.path() : operation.id())
      if (text::is_alnum(c) || c == '_' || c == '-') name += c;
      else if (!name.empty() && name.back() != '-') name += '-';
    name.resize(std::min(name.size(), name_max));
    auto free = name;
    for (int i = 2; free.empty() || !names_.insert(free).second; ++i) free = name + '-' + std::to_string(i);
    return free;
  }

  void finish(Group& group) {
    const auto& first = *group.operations.front();
    gateway::RouteOptions route;
    route.name = route_name(first);
    route.path = group.path.to_text();
    route.methods = {first.method_token()};
    route.upstream = options_.upstream;
    route.contract = name_;
    route.strip_prefix = options_.strip_prefix;
    route.authenticate = group.access.authenticate;
    const bool open = route.authenticate == std::vector{Credential::none};
    if (open) note(first.method_token() + ' ' + first.path() + " is open: anybody may call it, without a credential (" + first.place() + ')');
    else route.scopes = group.access.scopes;
    auto& rules = group.rules;
    route.timeouts = rules.timeouts;
    route.audit = rules.audit;
    route.addresses = std::move(rules.addresses);
    route.limits = rules.limits;
    route.issuers = std::move(rules.issuers);
    route.features = std::move(rules.features);
    route.claims = std::move(rules.claims);
    if (first.responses().empty() && rules.validate.of_answers() != gateway::ValidateAnswers::off)
      note(first.method_token() + ' ' + first.path() + " describes no answers, so that none keeps it (" + first.place() + ')');
    route.validate = rules.validate.requests;
    route.validate_answers = rules.validate.of_answers();
    route.large_answers = rules.validate.large_answers;
    route.body_bytes_max = rules.body_bytes_max;
    route.answer_bytes_max = rules.answer_bytes_max;
    route.redact = rules.redact;
    route.validator = std::make_shared<const OperationValidator>(
        contract_, std::move(group.operations), group.base_segments,
        OperationValidator::Limits{.body_bytes_max = rules.body_bytes_max, .answer_bytes_max = rules.answer_bytes_max});
    out_.routes.push_back(std::move(route));
  }

  const std::string& name_;
  const ContractOptions& options_;
  bool has_issuers_, asks_somewhere_ = false;
  std::shared_ptr<const contract::Contract> contract_;
  std::map<std::string, Group> groups_;  // by method and shape
  std::set<std::string> names_, told_;
  ContractRoutes out_;
};

bool strips(const ContractOptions& options) {
  constexpr auto strip = gateway::ValidateAnswers::strip;
  return options.validate.of_answers() == strip || std::ranges::any_of(options.operations, [](const auto& each) {
           return each.second.validate && each.second.validate->of_answers() == strip;
         });
}

}  // namespace
}  // namespace contract_routes

ContractRoutes routes_of_contract(const std::string& name, const ContractOptions& options, bool has_issuers) {
  const std::filesystem::path file(options.file);
  FolderFiles files(file.parent_path().string());
  SystemRandom random;  // what strangers send is looked up in tables: where it falls nobody can know beforehand
  auto made =
      contract::compile(file.filename().string(), files, {.strips_responses = contract_routes::strips(options), .seed = siphash::Seed::from(random)});
  ContractRoutes out;
  if (const auto root = made ? Result<std::string>() : files.read(file.filename().string()); !root) {
    out.problems.push_back({{}, {}, "contracts." + name + ".file", options.file + ": " + to_text(root.error()), {}, {}, {}});
    return out;
  }
  const auto warnings = made ? made->warnings() : made.error();
  if (made) out = contract_routes::Maker(name, options, has_issuers, std::move(*made)).make();
  for (const auto& complaint : warnings.all())
    (complaint.gravity == contract::Gravity::error ? out.problems : out.notes).push_back(told(complaint, file.parent_path()));
  return out;
}

}  // namespace gatehouse::config
