// What an operator can say about routes, the issuers that they trust, and the gate as a whole.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "doors/gateway/redact_options.hpp"
#include "doors/gateway/validator.hpp"
#include "engines/token/jwt.hpp"
#include "ground/settings/container.hpp"
#include "ground/settings/value.hpp"
#include "services/audit/options.hpp"
#include "services/limits/options.hpp"

namespace gatehouse::gateway {

/// A kind of credential that a route takes. `none` stands alone and means that everybody may come.
enum class Credential : std::uint8_t { none, api_key, jwt };

/// What becomes of %2F in a path, which the gate and the upstream might read differently.
enum class EncodedSlash : std::uint8_t { refuse, keep };

/// What becomes of a request that is not as the contract describes it.
enum class Validate : std::uint8_t {
  enforce,  ///< refused
  shadow,   ///< passed, counted and told in the log
  off,      ///< not looked at
};

/// What becomes of an answer that is not as the contract describes it.
enum class ValidateAnswers : std::uint8_t {
  refuse,  ///< the caller gets 502, and nothing of it
  strip,   ///< members that the contract does not declare are taken out; what then is wrong still is refused
  log,     ///< passed, counted and told in the log
  off,     ///< not looked at
};

/// What becomes of an answer whose body is larger than is held.
enum class LargeAnswers : std::uint8_t {
  refuse,
  pass,  ///< it streams, held to the contract by its head alone
};

/// Instead of the upstream's, for one route.
struct RouteTimeouts {
  std::optional<Duration> response_head;
  std::optional<Duration> idle;
  bool operator==(const RouteTimeouts&) const = default;
};

/// The two characters that a path template may escape, because other gateways read them as wildcards: '*' for a text that begins with
/// "%2A", ':' for "%3A", 0 for all others.
[[nodiscard]] char literal_escape(std::string_view text) noexcept;
/// A literal segment of a template as it is meant, without its escapes.
[[nodiscard]] std::string literal_of(std::string_view segment);
/// A template without the names of its variables: two of one shape match the same paths. "/patients/{id}" is "/patients/{}", "/a%3Ab" is "/a:b".
[[nodiscard]] std::string shape_of(std::string_view path);

/// Where the gate itself answers with the key set of Gatehouse-Identity: no route is asked there.
inline constexpr std::string_view identity_keys_path = "/.well-known/gatehouse/jwks.json";

struct RouteOptions {
  std::string name;                  ///< in logs, in decisions, in the identity given to the upstream
  std::vector<std::string> hosts;    ///< exact, or "*.example.org" for one label; empty: every host
  std::string path;                  ///< "/patients/{id}": {name} one segment, {name...} the rest
  std::vector<std::string> methods;  ///< tokens, as RFC 9110 has them; GET does not include HEAD
  std::string upstream;
  std::string strip_prefix;                                ///< taken off the path before the upstream sees it; empty: nothing
  std::vector<Credential> authenticate;                    ///< empty (only in a default-made one): nobody comes in
  std::vector<std::string> issuers;                        ///< whose tokens are taken; empty: of every issuer configured
  std::vector<std::string> scopes;                         ///< all of them must be held
  std::vector<std::string> features;                       ///< all of them must be in the plan
  settings::Named<std::vector<token::ClaimValue>> claims;  ///< claim of the token -> values of which it must be one, or hold one
  EncodedSlash encoded_slash = EncodedSlash::refuse;
  std::vector<std::string> allow_underscore_headers;  ///< names with '_' that reach the upstream, in lower case
  std::vector<std::string> trailers;                  ///< trailer fields that are handed on in both directions, in lower case
  std::uint64_t body_bytes_max = 1024 * 1024;
  std::string contract;                        ///< which one of the configuration it comes from; empty: it was written by hand. No setting
  std::shared_ptr<const Validator> validator;  ///< what a contract says of the route; null: there is none. No setting
  Validate validate = Validate::enforce;       ///< where there is a contract
  ValidateAnswers validate_answers = ValidateAnswers::off;
  LargeAnswers large_answers = LargeAnswers::refuse;
  std::uint64_t answer_bytes_max = 4 * 1024 * 1024;  ///< held until it is judged
  RedactOptions redact;                              ///< of answers
  RouteTimeouts timeouts;
  std::optional<limits::LimitOptions> limits;  ///< of the route, over all callers
  std::optional<audit::Level> audit;           ///< not set: as the audit block says
  std::optional<bool> learn;                   ///< watched for `contract learn`; not set: as the learn block says
  std::vector<http::AddressBlock> addresses;   ///< clients that may use it; empty: all
  bool operator==(const RouteOptions&) const = default;
};

/// What a route's requests are counted under: one text for all its features, in alphabetical order, each once, with `+` between them, which no name has. One
/// and not a row for each, so that what a key used is the sum of its rows.
[[nodiscard]] std::string usage_feature_of(std::vector<std::string> features);

/// Where an issuer's public keys are. One of the two.
struct JwksOptions {
  std::string file;
  std::optional<settings::Url> url;
  std::string ca_file;         ///< url: the only authorities that its server is believed by, PEM; empty: the system's
  Duration refresh = 10min;    ///< url: fetched again after that
  Duration unknown_key = 30s;  ///< url: a key id that is not there is looked for once in that time
  Duration keep = 24h;         ///< url: how long the last set is used while no other comes
  bool operator==(const JwksOptions&) const = default;
};

/// Whose tokens are believed, and how far.
struct IssuerOptions {
  std::string issuer;                 ///< `iss`, compared byte by byte
  std::vector<std::string> audience;  ///< `aud` must hold one of them
  std::optional<JwksOptions> jwks;
  std::optional<settings::SecretReference> secret;  ///< for HS256, HS384, HS512 only
  std::vector<std::string> algorithms{"ES256", "ES384", "RS256", "PS256", "EdDSA"};
  std::string typ;          ///< `typ` that the header must have; empty: "JWT", "at+jwt" or none
  Duration skew = 30s;      ///< between the clocks, at most 5 min
  std::string scope_claim;  ///< a text of scopes between spaces (RFC 8693 section 4.2), or a list of them; empty: `scope`, else `scp`
  std::string subject_claim = "sub";
};

/// The signed header that tells the upstream who is asking.
struct IdentityOptions {
  std::string issuer = "gatehouse";
  Duration lifetime = 60s;  ///< kept and used again for so long, good for at least as long after each use: `exp` is twice that after `iat`
  bool operator==(const IdentityOptions&) const = default;
};

/// Clients by address, before anything else about them is known. A denied one is denied even if it is allowed, too.
struct AddressOptions {
  std::vector<http::AddressBlock> allow;  ///< empty: all
  std::vector<http::AddressBlock> deny;
  bool operator==(const AddressOptions&) const = default;
};

/// How the command line reaches the running server.
struct AdminOptions {
  std::string socket = "admin.sock";  ///< in the data directory unless absolute; mode 0600
  std::string socket_group;           ///< whose members may reach it as well, with the admin credential: mode 0660; empty: nobody
  bool operator==(const AdminOptions&) const = default;
};

struct MemoryOptions {
  std::uint64_t bodies_bytes_max = 256ULL * 1024 * 1024;  ///< all buffered bodies of the process together
  bool operator==(const MemoryOptions&) const = default;
};

[[nodiscard]] settings::TypeOf<std::vector<Credential>> credential_settings();
[[nodiscard]] settings::TypeOf<RouteTimeouts> timeout_settings();
[[nodiscard]] settings::TypeOf<settings::Named<std::vector<token::ClaimValue>>> claim_settings();
/// What `strip_prefix` takes off a path.
[[nodiscard]] settings::TypeOf<std::string> prefix_settings();
[[nodiscard]] settings::TypeOf<RouteOptions> route_settings();
/// Methods of an API's own that no registry knows: without them a typing error in `methods` would be a method that nobody sends.
[[nodiscard]] settings::TypeOf<std::vector<std::string>> extension_method_settings();
[[nodiscard]] settings::TypeOf<IssuerOptions> issuer_settings();
[[nodiscard]] settings::TypeOf<IdentityOptions> identity_settings();
[[nodiscard]] settings::TypeOf<AddressOptions> address_settings();
[[nodiscard]] settings::TypeOf<AdminOptions> admin_settings();
[[nodiscard]] settings::TypeOf<MemoryOptions> memory_settings();

}  // namespace gatehouse::gateway
