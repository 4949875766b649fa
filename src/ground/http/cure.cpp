#include "ground/http/cure.hpp"

#include <array>

namespace gatehouse::http {

namespace cures {
namespace {
constexpr auto kinds = static_cast<std::size_t>(ProblemKind::count_);
constexpr std::string_view client_only = "Nothing of the gate takes it: the client must send it otherwise. `facts` says what is wrong.";
constexpr std::string_view contract_of_requests =
    "Have the client send what the contract says. If the contract is wrong, correct it; until then `validate: shadow` lets it pass and tells.";

using enum ProblemKind;
constexpr std::array table{
    Cure{malformed_request, "", client_only},
    Cure{ambiguous_framing, "", client_only},
    Cure{bad_host, "", client_only},
    Cure{bad_path, "", client_only},
    Cure{bad_query, "", client_only},
    Cure{bad_header, "", client_only},
    Cure{bad_cookie, "", client_only},
    Cure{unsupported_version, "", client_only},
    Cure{unsupported_coding, "", client_only},
    Cure{expectation_failed, "", client_only},
    Cure{uri_too_long, "", "More than 8192 bytes of path and query are not taken: the client must send the data in the body."},
    Cure{headers_too_large, "",
         "Raise `connections.head_max`, `connections.headers_max` or `connections.header_list_max`, if such requests are yours."},
    Cure{body_too_large, "", "Raise `body_max` of the route or the contract, if such bodies are yours."},
    Cure{request_timeout, "", "For slow clients raise `connections.head_time` or `connections.body_idle`, or lower `connections.body_rate_min`."},
    Cure{misdirected, "", "Give each host the certificate that it is asked for with: `hosts` of `tls.certificates`."},
    Cure{no_route, "", "Add a route, or the operation to the contract; `gatehouse routes --running` shows those that there are."},
    Cure{method_not_allowed, "", "Name the method in `methods` of the route, or describe it in the contract."},
    Cure{method_unsupported, "", "Name a method of your own in `extension_methods` and in `methods` of a route. CONNECT and TRACE are never taken."},
    Cure{parameter_invalid, "", contract_of_requests},
    Cure{media_type_unsupported, "", contract_of_requests},
    Cure{body_malformed, "", contract_of_requests},
    Cure{body_invalid, "", contract_of_requests},
    Cure{credential_missing, "", "Give the caller a key: `gatehouse keys create NAME`. For everybody: `authenticate: none` of the route."},
    Cure{credential_invalid, "",
         "Give the caller a key: `gatehouse keys create NAME`. For a token `facts` says what is wrong: compare it with `issuers`."},
    Cure{credential_ambiguous, "", "Nothing of the gate takes it: the client must send one credential only."},
    Cure{key_revoked, "", "A revoked key does not come back: `gatehouse keys create NAME` makes another."},
    Cure{key_expired, "", "`gatehouse keys set ID --expires 90d`, or `never`."},
    Cure{token_expired, "", "The client must get a new token. If clocks differ, `skew` of the issuer."},
    Cure{token_revoked, "", "`gatehouse tokens list` shows the revocation that `facts` names, `gatehouse tokens restore` with its id lifts it."},
    Cure{
        scope_missing, "",
        "`gatehouse keys set ID --scope SCOPE`, with all scopes that the key is to have; for a token the issuer must grant it. Or change `scopes` of the "
        "route."},
    Cure{claim_missing, "", "The issuer must put the claim into the token. Or change `claims` of the route."},
    Cure{feature_missing, "", "`gatehouse keys set ID --plan NAME` to a plan with the feature, or name it in `features` of the key's plan."},
    Cure{address_refused, "", "Change `addresses` of the document or of the route: `rule` says which."},
    Cure{address_banned, "",
         "`gatehouse bans list` shows it, `gatehouse bans lift ADDRESS` ends it; `limits.failures.exempt` names who is never banned."},
    Cure{rate_limited, "", "Raise the rate or the burst that `rule` names, or let requests wait: `over: delay`."},
    Cure{quota_exhausted, "", "Raise `quota` of the plan that `rule` names, or `gatehouse keys set ID --plan NAME`."},
    Cure{too_many_requests_at_once, "", "Raise `concurrency` where `rule` names it."},
    Cure{too_many_failures, "",
         "`gatehouse bans list` shows it, `gatehouse bans lift WHO` ends it. If honest callers fail so often, raise `limits.failures`."},
    Cure{upstream_unreachable, "",
         "`facts` says what failed: see that `servers` of the upstream are right and listen; for a certificate of a private authority name it in "
         "`ca_file`, for one of another name that in `server_name`."},
    Cure{upstream_timeout, "",
         "See why the API is slow. If it may be: `connect_timeout`, `response_head_timeout`, `idle_timeout` of the upstream, or `timeouts` of the "
         "route."},
    Cure{upstream_malformed, "", "Correct what the API sends: `facts` names the rule that its answer breaks. Nothing of the gate lets it pass."},
    Cure{
        answer_invalid, "",
        "Correct the API or the contract: `facts` says where they differ. Until then `validate: { requests: enforce, answers: log }` lets answers pass and "
        "tells; `answers: strip` takes out what is not described."},
    Cure{issuer_unavailable, "",
         "See that this machine reaches `jwks.url` of the issuer, or name a file: `jwks.file`. The log says why fetching fails."},
    Cure{plan_unavailable, "", "Write the plan that `facts` names into `plans` and send SIGHUP, or `gatehouse keys set ID --plan NAME`."},
    Cure{overloaded, "",
         "`rule` says what is full: `memory.bodies_max`, `connections_max` of the upstream, or threads of the pool; `facts` says more."},
    Cure{internal, "", "A fault of the gate or of its store: `facts` says which. Standard error of the server may say more; please report it."},
    // Rules that know better than their kind.
    Cure{credential_invalid, "authenticate.key-in-query",
         "The client must send the key in X-Api-Key. It stood in a URL, so have it replaced: `gatehouse keys rotate`."},
    Cure{credential_invalid, "authenticate.token-in-query", "The client must send the token in Authorization: Bearer."},
    Cure{credential_invalid, "keys.replaced",
         "The client still has the secret from before `gatehouse keys rotate`; `--overlap` lets both be good for a while."},
    Cure{credential_invalid, "keys.environment-refused", "Give the caller a key of the environment that `keys.environment` takes."},
    Cure{address_refused, "keys.address",
         "`gatehouse keys set ID --address BLOCK`, with all blocks that the key may come from; `--no-addresses` for everywhere."},
    Cure{misdirected, "http.target.connection",
         "A proxy of yours must name the scheme of its own connection. `insecure: true` of a listener is for clear text."},
    Cure{malformed_request, "http.clear-text", "The client must use https; a listener of its own with `tls: off` takes clear text."},
    Cure{bad_path, ".encoded_slash", "`encoded_slash: keep` of the route lets it pass."},
};
static_assert([] {
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (i < kinds && (table[i].kind != static_cast<ProblemKind>(i) || !table[i].rule.empty())) return false;
    if ((i >= kinds && table[i].rule.empty()) || table[i].words.empty()) return false;
  }
  return table.size() >= kinds;
}());
}  // namespace
}  // namespace cures

std::string_view cure(ProblemKind kind, std::string_view rule) noexcept {
  const auto rows = all_cures();
  for (const auto& row : rows.subspan(cures::kinds))
    if (row.kind == kind && (row.rule.starts_with('.') ? rule.ends_with(row.rule) : rule == row.rule)) return row.words;
  const auto at = static_cast<std::size_t>(kind);
  return rows[at < cures::kinds ? at : static_cast<std::size_t>(ProblemKind::internal)].words;
}

std::span<const Cure> all_cures() noexcept { return cures::table; }

}  // namespace gatehouse::http
