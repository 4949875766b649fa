#include "doors/gateway/options.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "doors/gateway/router.hpp"
#include "engines/net/http1/head.hpp"
#include "ground/base/text.hpp"
#include "ground/http/canonical.hpp"
#include "ground/http/method.hpp"
#include "ground/settings/block.hpp"
#include "services/keys/meter_journal.hpp"

namespace gatehouse::gateway {

char literal_escape(std::string_view text) noexcept { return text.starts_with("%2A") ? '*' : text.starts_with("%3A") ? ':' : '\0'; }

std::string literal_of(std::string_view segment) {
  std::string literal;
  while (!segment.empty()) {
    const char escaped = literal_escape(segment);
    literal += escaped != 0 ? escaped : segment.front();
    segment.remove_prefix(escaped != 0 ? 3 : 1);
  }
  return literal;
}

std::string shape_of(std::string_view path) {
  const auto read = PathTemplate::parse(path);
  return read ? read->shape() : std::string(path);
}

namespace options {  // the names below belong to this file

using settings::Block, settings::Node, settings::Reader, settings::TypeOf;
using Wrong = std::optional<std::string>;

namespace {

bool holds(const auto& range, const auto& value) noexcept { return std::ranges::find(range, value) != std::ranges::end(range); }

/// RFC 9110 section 5.6.2.
bool is_token(std::string_view word) noexcept {
  return !word.empty() && std::ranges::all_of(word, [](char c) { return text::is_alnum(c) || std::string_view("!#$%&'*+-.^_`|~").contains(c); });
}

settings::Guesses guess_method(std::string_view method) {
  std::string upper(method);
  for (char& c : upper)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
  return {upper};
}

Wrong wrong_method(std::string_view method) {
  // Elsewhere these mean every method; here they would be methods that nobody sends.
  if (method == "*" || method == "ANY" || method == "ALL") return "stands for no other methods: each one that is allowed is named";
  if (!is_token(method) || method.size() > 32) return "is not a method";
  if (method == "TRACE") return "TRACE sends a request back with all that was added to it on the way, and is never forwarded";
  if (method == "PRI") return "PRI opens a connection of HTTP/2 and is no method of a request";
  if (method != "CONNECT" && std::ranges::none_of(method, [](char c) { return c >= 'a' && c <= 'z'; })) return std::nullopt;
  if (method == "CONNECT") return "CONNECT asks for a tunnel, which the gate never makes";
  return "methods are case-sensitive; write " + guess_method(method).front();
}

Wrong wrong_extension(std::string_view method) {
  if (auto wrong = wrong_method(method)) return wrong;
  if (http::is_registered(method)) return "is a registered method and needs no permission";
  return std::nullopt;
}

constexpr std::string_view method_pattern = "^[!#$%&'*+.^_`|~0-9A-Z-]{1,32}$";

Wrong wrong_path(std::string_view path) {
  if (!path.starts_with('/')) return "must begin with '/'";
  if (path.contains("//")) return "has an empty segment ('//')";
  for (std::size_t i = 0; i < path.size(); ++i) {
    const char c = path[i];
    if (c == '%' && literal_escape(path.substr(i)) != 0) continue;
    if ((c >= 0 && c <= 0x20) || c == 0x7F || std::string_view("%?#\\;\"<>|^`").contains(c))
      return "is written decoded and without query: it cannot hold '" + std::string(1, c) + "'" +
             (c == '%' ? "; the only escapes that are taken are %2A for '*' and %3A for ':'" : "");
  }
  for (const auto segment : text::split(path.substr(1), '/'))
    if (auto hint = regex_hint(segment); !hint.empty() && !segment.contains('*')) return hint;
  auto read = PathTemplate::parse(path);
  return read ? std::nullopt : Wrong(std::move(read.error().told));
}

/// A segment as other gateways write a variable: ":id", "<id>", "{id:[0-9]+}", "*", "**".
std::string guess_segment(std::string_view segment, bool last) {
  const bool variable = segment.starts_with(':') || segment.starts_with('<') || (segment.starts_with('{') && segment.contains(':'));
  if (variable) return '{' + std::string(segment.substr(1, std::min(segment.find_first_of(":}>", 1), segment.size()) - 1)) + '}';
  if (segment == "**" || (segment == "*" && last)) return "{rest...}";
  return std::string(segment == "*" ? "{name}" : segment);
}

settings::Guesses guess_path(std::string_view path) {
  if (path.starts_with('^')) path.remove_prefix(1);
  if (path.ends_with('$')) path.remove_suffix(1);
  path = path.substr(0, path.find_first_of("?#"));
  if (path.starts_with('/')) path.remove_prefix(1);
  std::string out;
  const auto segments = text::split(path, '/');
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const bool last = i + 1 == segments.size();
    if (segments[i].empty() && !last) continue;
    out += '/' + (segments[i].empty() ? std::string{} : guess_segment(segments[i], last));
  }
  // What is left of a regular expression would be taken for plain text, and the route would guard nothing.
  if (out.find_first_of("[]()+|\\^") != out.npos) return {};
  return {out};
}

settings::Guesses guess_prefix(std::string_view prefix) {
  while (prefix.ends_with('/')) prefix.remove_suffix(1);
  return {(prefix.starts_with('/') ? "" : "/") + std::string(prefix)};
}

Wrong wrong_prefix(std::string_view prefix) {
  if (prefix.contains('{') || prefix.ends_with('/')) return "is a plain path without parameters and without '/' at its end";
  return wrong_path(prefix);
}

Wrong wrong_field_name(std::string_view name) {
  if (!is_token(name)) return "is not a header name";
  if (std::ranges::any_of(name, [](char c) { return c >= 'A' && c <= 'Z'; })) return "is written in lower case here";
  return std::nullopt;
}

// Names in lower case with a mark beside `-`, and without `_`: what might be read as another name is no trailer.
constexpr std::string_view underscore_name_pattern = "^[0-9a-z-]*[!#$%&'*+.^_`|~][!#$%&'*+.^_`|~0-9a-z-]*$";
constexpr std::string_view trailer_pattern = "^[!#$%&'*+.^`|~0-9a-z-]+$";

Wrong wrong_trailer(std::string_view name) {
  if (auto wrong = wrong_field_name(name)) return wrong;
  if (net::http1::may_be_trailer(http::header_id(name), name) && !http::resembles_used_name(name)) return std::nullopt;
  return "'" + std::string(name) + "' is no trailer: it frames, routes, authenticates or describes a message and comes before the body";
}

Wrong wrong_underscore_name(std::string_view name) {
  if (http::is_plain_name(name)) return "has letters, digits and '-' only and needs no permission";
  if (auto wrong = wrong_field_name(name)) return wrong;
  if (!http::resembles_used_name(name)) return std::nullopt;
  std::string read(name);
  std::ranges::replace_if(read, [](char c) { return !text::is_alnum(c); }, '-');
  return "reads as " + read +
         " to a server that takes '_' for '-', and that is a name which the gate uses: a request with it is refused (http.header.underscore), " +
         "whatever stands here; leave it out";
}

/// RFC 6749 section 3.3.
Wrong wrong_scope(std::string_view scope) {
  if (std::ranges::all_of(scope, [](char c) { return c > 0x20 && c < 0x7F && c != '"' && c != '\\'; })) return std::nullopt;
  return "is not a scope: visible ASCII without spaces, '\"' and '\\'";
}

constexpr std::array<std::string_view, 13> algorithms{"ES256", "ES384", "ES512", "RS256", "RS384", "RS512", "PS256",
                                                      "PS384", "PS512", "EdDSA", "HS256", "HS384", "HS512"};

Wrong wrong_algorithm(std::string_view name) {
  if (holds(algorithms, name)) return std::nullopt;
  if (text::lower(name) == "none") return "'none' means no signature, and is never taken";
  std::string all;
  for (const auto algorithm : algorithms) (all += all.empty() ? "" : ", ") += algorithm;
  return "'" + std::string(name) + "' is not one of " + all;
}

bool is_mac(std::string_view algorithm) noexcept { return algorithm.starts_with("HS"); }

/// Usage is counted under them all, by one label.
void check_features(Reader& reader, const Node& node, const RouteOptions& route) {
  if (usage_feature_of(route.features).size() > keys::MeterJournal::label_bytes_max)
    reader.note_in(node, "features",
                   "have more than " + std::to_string(keys::MeterJournal::label_bytes_max) + " bytes together, and usage is counted under them all");
}

/// What is asked of a caller goes with the credentials that are taken.
void check_credentials(Reader& reader, const Node& node, const RouteOptions& route) {
  const bool everybody = route.authenticate.front() == Credential::none;
  const bool tokens = holds(route.authenticate, Credential::jwt);
  const bool keys = holds(route.authenticate, Credential::api_key);
  if (everybody && !route.scopes.empty()) reader.note_in(node, "scopes", "cannot be asked of callers that need no credential (`authenticate: none`)");
  if (!keys && !route.features.empty()) reader.note_in(node, "features", "are granted by the plan of an API key, which this route does not take");
  if (!tokens && !route.issuers.empty()) reader.note_in(node, "issuers", "give tokens, and this route does not take `jwt`");
  if (!tokens && !route.claims.empty()) reader.note_in(node, "claims", "stand in tokens, and this route does not take `jwt`");
}

/// Twice the same host or method is two routes in one, of which neither would win.
void note_twice(Reader& reader, const Node& node, std::string_view name, const std::vector<std::string>& all) {
  for (std::size_t i = 1; i < all.size(); ++i)
    if (std::find(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(i), all[i]) != all.begin() + static_cast<std::ptrdiff_t>(i))
      reader.note_in(node, std::string(name) + '[' + std::to_string(i) + ']', "'" + all[i] + "' stands in the list for the second time");
}
void check_hosts(Reader& reader, const Node& node, const RouteOptions& route) { note_twice(reader, node, "hosts", route.hosts); }
void check_methods(Reader& reader, const Node& node, const RouteOptions& route) { note_twice(reader, node, "methods", route.methods); }

void check_prefix(Reader& reader, const Node& node, const RouteOptions& route) {
  if (!route.strip_prefix.empty() && route.path != route.strip_prefix && !route.path.starts_with(route.strip_prefix + "/"))
    reader.note_in(node, "strip_prefix", "is not the beginning of the path " + route.path);
}

/// Whoever gives a secret means HS*. What is missing is its name, which the default list does not have; with public keys beside it, one of the two is wrong.
void note_secret_without_macs(Reader& reader, const Node& node) {
  const bool keys = node.get("jwks") != nullptr;
  const settings::Reader::Inside inside(reader, keys ? "secret" : "algorithms");
  reader.note_at(reader.path(), node.nearest(keys ? "secret" : "algorithms").at,
                 keys ? "is for HS256, HS384 and HS512, none of which is in `algorithms`; leave out the secret, or `jwks`"
                      : "must name what the secret is for: one of HS256, HS384 and HS512, which are never taken by default",
                 {}, keys ? std::string{} : "algorithms: [HS256]");
}

void check_algorithms(Reader& reader, const Node& node, const IssuerOptions& issuer) {
  const auto macs = std::ranges::count_if(issuer.algorithms, is_mac);
  const bool mixed = macs != 0 && macs != std::ranges::ssize(issuer.algorithms);
  // One set of keys for both kinds invites the use of a public key as HMAC secret (RFC 8725 section 2.1).
  if (mixed) reader.note_in(node, "algorithms", "mixes HS* with signatures by public keys; an issuer signs in one way or the other");
  if (macs == 0 && issuer.secret) return note_secret_without_macs(reader, node);
  if (macs == 0 && !issuer.jwks) reader.note_in(node, "jwks", "is missing: the public keys of the issuer, by file or by URL");
  if (macs != 0 && !mixed && issuer.jwks) reader.note_in(node, "jwks", "holds public keys, and HS* needs a `secret`");
  if (macs != 0 && !mixed && !issuer.secret) reader.note_in(node, "secret", "is missing, and HS* needs it");
}

/// Bytes of the digest of an HS algorithm: HS512 has 64.
std::size_t digest_bytes(std::string_view mac) noexcept { return mac == "HS512" ? 64 : mac == "HS384" ? 48 : 32; }

/// The secret is measured as the text that is used: 64 hexadecimal digits are 64 bytes, though they hold 256 bits.
void check_secret(Reader& reader, const Node& node, const IssuerOptions& issuer) {
  if (!issuer.secret) return;
  std::string_view longest = "HS256";  // the least, whatever stands in the list
  for (const auto& name : issuer.algorithms)
    if (is_mac(name) && digest_bytes(name) > digest_bytes(longest)) longest = name;
  const auto least = digest_bytes(longest), size = issuer.secret->secret.reveal().size();
  if (size >= least) return;
  const auto bytes = std::to_string(least);
  reader.note_in(node, "secret",
                 "is " + (size == 0 ? std::string("empty") : "shorter than " + bytes + " bytes, the digest of " + std::string(longest)) +
                     "; RFC 7518 section 3.2 asks for at least " + bytes + ". Make one: openssl rand -hex " + bytes);
}

TypeOf<JwksOptions> jwks_settings() {
  return Block<JwksOptions>("jwks", "Where the public keys of an issuer are (JWK Set, RFC 7517). Either `file` or `url`.")
      .field("file", &JwksOptions::file, settings::file_path(), "A file, read when the configuration is.", "issuer.jwks")
      .field("url", &JwksOptions::url, settings::url(), "An https URL, fetched at start, by a reload and again.",
             "\"https://issuer.example/.well-known/jwks.json\"")
      .field("ca_file", &JwksOptions::ca_file, settings::file_path(),
             "The authorities (PEM) of which one must have signed the certificate of the URL's server. Default: those of the system.",
             "issuer-ca.pem")
      .field("refresh", &JwksOptions::refresh, settings::duration(10s, 24h),
             "How long what was fetched from the URL is used before it is fetched again.", "10m")
      .field("unknown_key", &JwksOptions::unknown_key, settings::duration(1s, 1h),
             "A token that names a key which is not there makes the set be fetched again, at most once in this time.", "30s")
      .field(
          "keep", &JwksOptions::keep, settings::duration(1min, 24h * 30),
          "How long the last set from the URL is used while no other can be fetched; after that the issuer's tokens are refused with 503. At least "
          "`refresh`.",
          "24h")
      .check({.given = {"file", "url"}},
             [](Reader& reader, const Node& node, const JwksOptions&) {
               if ((node.get("file") == nullptr) == (node.get("url") == nullptr)) reader.note(node.at, "needs either 'file' or 'url'");
             })
      .check({.values = {"url"}, .given = {"ca_file"}},
             [](Reader& reader, const Node& node, const JwksOptions& jwks) {
               if (node.get("ca_file") != nullptr && !(jwks.url && jwks.url->secure)) reader.note_in(node, "ca_file", "is for an https `url`");
             })
      .check({.values = {"refresh", "keep"}},
             [](Reader& reader, const Node& node, const JwksOptions& jwks) {
               if (jwks.keep < jwks.refresh) reader.note_in(node, "keep", "must not be shorter than 'refresh'");
             })
      .check({.values = {"url"}}, [](Reader& reader, const Node& node, const JwksOptions& jwks) {
        // Keys that arrive in clear text are anybody's keys. An address, not a name that begins like one: 127.example.org is somewhere else.
        if (jwks.url && !jwks.url->secure && !jwks.url->is_loopback()) reader.note_in(node, "url", "must be https, unless it is on this machine");
      });
}

}  // namespace
}  // namespace options

settings::TypeOf<RouteTimeouts> timeout_settings() {
  return settings::Block<RouteTimeouts>("timeouts", "Instead of the upstream's timeouts.")
      .field("response_head", &RouteTimeouts::response_head, settings::duration(1ms, 24h),
             "Time from the end of the request to the end of the response's head.", "5m")
      .field("idle", &RouteTimeouts::idle, settings::duration(1ms, 24h), "How long a response may pause, as server-sent events do.", "1h");
}

settings::TypeOf<std::string> prefix_settings() {
  return settings::text_of("path prefix", R"(^/([^%?#\\;{}*\[\]]|%2A|%3A)*$)", options::wrong_prefix, {}, options::guess_prefix);
}

std::string usage_feature_of(std::vector<std::string> features) {
  std::ranges::sort(features);
  const auto repeated = std::ranges::unique(features);
  features.erase(repeated.begin(), repeated.end());
  std::string all;
  for (const auto& feature : features) all += (all.empty() ? "" : "+") + feature;
  return all;
}

settings::TypeOf<std::vector<Credential>> credential_settings() {
  auto kinds = settings::words<Credential>({{"api_key", Credential::api_key, "X-Api-Key, or Authorization: Bearer ghk_..."},
                                            {"jwt", Credential::jwt, "Authorization: Bearer with a token of a configured issuer"}});
  return settings::or_word(settings::list_of(std::move(kinds), 1), "none", {Credential::none}, "everybody may come");
}

namespace options {
namespace {
settings::Shape claim_shape() {
  settings::Shape shape;
  shape.kind = settings::Shape::Kind::scalar;
  shape.name = "claim value";
  return shape;
}

/// As YAML and JSON both write it: "7", "-7".
std::optional<std::int64_t> whole_number(std::string_view text) noexcept {
  const bool negative = text.starts_with('-');
  const auto size = text::parse_number<std::uint64_t>(text.substr(negative ? 1 : 0));
  constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (!size || *size > most) return std::nullopt;
  return negative ? -static_cast<std::int64_t>(*size) : static_cast<std::int64_t>(*size);
}

/// One right value of a claim, of the kind that YAML says: `true` and 7 are no texts, "true" and "7" are.
class ClaimValueType final : public settings::Type {
 public:
  ClaimValueType() : Type(claim_shape()) {}
  bool read(Reader& reader, const Node& node, void* value) const override {
    auto& claim = *static_cast<token::ClaimValue*>(value);
    if (!node.looks_like_number_or_boolean()) {
      std::string text;
      const bool right = text_->read(reader, node, &text);
      if (right) claim = std::move(text);
      return right;
    }
    if (text::is_alpha(node.text.front())) {
      claim = text::lower(node.text) == "true";
      return true;
    }
    if (const auto number = whole_number(node.text)) {
      claim = *number;
      return true;
    }
    reader.note(
        node.at,
        "is a number that is not whole, or is written in another way than 7 and -7, and none like it is compared; quotes are right only if the "
        "token, too, has it in quotes");
    return false;
  }
  [[nodiscard]] std::string print(const void* value) const override {
    const auto& claim = *static_cast<const token::ClaimValue*>(value);
    if (const auto* const text = std::get_if<std::string>(&claim)) return text_->print(text);
    if (const auto* const boolean = std::get_if<bool>(&claim)) return *boolean ? "true" : "false";
    return std::to_string(std::get<std::int64_t>(claim));
  }

 private:
  std::shared_ptr<const settings::Type> text_ = settings::text().erased();
};

settings::TypeOf<token::ClaimValue> claim_value() { return settings::TypeOf<token::ClaimValue>(std::make_shared<ClaimValueType>()); }
}  // namespace
}  // namespace options

settings::TypeOf<settings::Named<std::vector<token::ClaimValue>>> claim_settings() {
  return settings::map_of(settings::list_of(options::claim_value(), 1), settings::Names::any);
}

settings::TypeOf<RouteOptions> route_settings() {
  using namespace options;
  using settings::list_of, settings::text_of;
  const auto scope = text_of("scope", "^[!#-\\[\\]-~]+$", wrong_scope);
  return Block<RouteOptions>("route", "Requests of one shape, who may make them, and who answers. A request that no route matches is refused.")
      .required("name", &RouteOptions::name, settings::name(), "How logs, decisions and the upstream know the route; each name once.", "patient")
      .required(
          "path", &RouteOptions::path, text_of("path template", R"(^/([^%?#\\;*\[\]]|%2A|%3A)*$)", wrong_path, {}, guess_path),
          "The path, decoded: {name} stands for one segment, {name...} at the end for all the rest; %2A and %3A are a literal '*' and a ':' that begins a segment.",
          "\"/patients/{id}\"")
      .required(
          "methods", &RouteOptions::methods, list_of(text_of("method", method_pattern, wrong_method, {}, guess_method), 1, 32),
          "The methods that are allowed; all others get 405. GET does not include HEAD. One that is not registered with IANA stands in `extension_methods`, too.",
          "[GET, HEAD]")
      .required("upstream", &RouteOptions::upstream, settings::name(), "The upstream that answers, by its name.", "clinic")
      .required("authenticate", &RouteOptions::authenticate, credential_settings(), "Which credentials are taken, one of them to a request.",
                "[api_key]")
      .field("hosts", &RouteOptions::hosts, list_of(settings::host_pattern(), 1),
             "Host names, \"*.example.org\" for any one label. Default: every host.", "[api.example.org]")
      .field("strip_prefix", &RouteOptions::strip_prefix, prefix_settings(), "Taken off the path before the upstream sees it.", "/api")
      .field("issuers", &RouteOptions::issuers, list_of(settings::name(), 1),
             "Whose tokens are taken, by the names of the issuers. Default: of all that are configured.", "[clinic]")
      .field("scopes", &RouteOptions::scopes, list_of(scope), "Scopes that the key or the token must hold, all of them.", "[\"patients:read\"]")
      .field("features", &RouteOptions::features, list_of(settings::name()), "Features that the key's plan must include, all of them.", "[export]")
      .field(
          "claims", &RouteOptions::claims, claim_settings(),
          "Claims that a token must have, with the values that are right: texts, true and false, whole numbers. The claim is one of them, of the same kind, or a "
          "list that holds one.",
          "{ role: [doctor, nurse] }")
      .field("encoded_slash", &RouteOptions::encoded_slash,
             settings::words<EncodedSlash>(
                 {{"refuse", EncodedSlash::refuse, "400"}, {"keep", EncodedSlash::keep, "it stays %2F, a part of its segment"}}),
             "What becomes of %2F in the path, which gate and upstream might read differently.", "keep")
      .field(
          "allow_underscore_headers", &RouteOptions::allow_underscore_headers,
          list_of(text_of("header name", underscore_name_pattern, wrong_underscore_name)),
          "Headers with '_' (or '.', or another mark than '-') in their name that reach the upstream; all others are dropped, because many servers read "
          "these as '-'. None that so reads as a "
          "name which the gate uses, such as x_api_key: a request with one is refused.",
          "[x_device_id]")
      .field("trailers", &RouteOptions::trailers, list_of(text_of("header name", trailer_pattern, wrong_trailer)),
             "Trailer fields that are handed on, of requests and of responses; all others are dropped.", "[x-checksum]")
      .field("body_max", &RouteOptions::body_bytes_max,
             settings::or_word(settings::byte_size(1, 64ULL << 30), "none", 0, "a request with a body is refused"),
             "Bytes of a request body; more is refused with 413.", "10MiB")
      .field("redact", &RouteOptions::redact, redact_settings(), "What of answers is taken out or masked.", "{ fields: { ssn: remove } }")
      .field("timeouts", &RouteOptions::timeouts, timeout_settings(), "Instead of the upstream's timeouts.", "{ response_head: 5m }")
      .field("limits", &RouteOptions::limits, limits::limit_settings(), "How much the route takes from all callers together.",
             "{ rate: 5/s, burst: 10 }")
      .field("audit", &RouteOptions::audit, audit::level_settings(), "What of this route is recorded. Default: as the audit block says.", "all")
      .field("learn", &RouteOptions::learn, settings::optional_of(settings::boolean()),
             "Whether what passes here is watched for `gatehouse contract learn`; needs the `learn` block. Default: as its `everywhere` says.",
             "true")
      .field("addresses", &RouteOptions::addresses, list_of(settings::address_block(), 1), "Client addresses that may use the route. Default: all.",
             "[10.0.0.0/8]")
      .check({.values = {"authenticate"}, .given = {"scopes", "features", "issuers", "claims"}}, check_credentials)
      .check({.values = {"features"}}, check_features)
      .check({.values = {"path", "strip_prefix"}}, check_prefix)
      .check({.values = {"hosts"}}, check_hosts)
      .check({.values = {"methods"}}, check_methods);
}

settings::TypeOf<std::vector<std::string>> extension_method_settings() {
  using namespace options;
  return settings::list_of(settings::text_of("extension method", method_pattern, wrong_extension, {}, guess_method), 0, 32);
}

settings::TypeOf<IssuerOptions> issuer_settings() {
  using namespace options;
  using settings::list_of;
  return Block<IssuerOptions>("issuer", "Whose tokens (JWT) are believed, and how far.")
      .required("issuer", &IssuerOptions::issuer, settings::text(), "The claim `iss` of its tokens, compared byte by byte.",
                "\"https://issuer.example\"")
      .required("audience", &IssuerOptions::audience, list_of(settings::text(), 1, 64), "Texts of which the claim `aud` must hold one.", "[clinic]")
      .field("jwks", &IssuerOptions::jwks, jwks_settings(), "Its public keys.", "{ file: issuer.jwks }")
      .field("secret", &IssuerOptions::secret, settings::secret(),
             "The shared secret; at least as long as the digest of each of its `algorithms`: 32 bytes for HS256, 48 for HS384, 64 for HS512.",
             "{ file: issuer.secret }")
      .field("algorithms", &IssuerOptions::algorithms,
             list_of(settings::text_of("algorithm", "^(ES|RS|PS|HS)(256|384|512)$|^EdDSA$", wrong_algorithm,
                                       std::vector<std::string>(algorithms.begin(), algorithms.end())),
                     1, 13),
             "The algorithms that are taken; a token never chooses.", "[ES256]")
      .field("typ", &IssuerOptions::typ, settings::text(64), "The header `typ` that its tokens must have. Default: JWT, at+jwt or none.", "at+jwt")
      .field("skew", &IssuerOptions::skew, settings::or_word(settings::duration(1s, 5min), "none", 0s, "clocks agree to the second"),
             "How far its clock and ours may be apart.", "30s")
      .field("scope_claim", &IssuerOptions::scope_claim, settings::text(256),
             "The claim with the scopes: a text with spaces between them, or a list. Default: scope, or scp in a token that has no scope.",
             "permissions")
      .field("subject_claim", &IssuerOptions::subject_claim, settings::text(256), "The claim that says who it is.", "client_id")
      .check({.values = {"algorithms"}, .given = {"jwks", "secret"}}, check_algorithms)
      .check({.values = {"secret", "algorithms"}}, check_secret);
}

settings::TypeOf<IdentityOptions> identity_settings() {
  using namespace options;
  return Block<IdentityOptions>("identity", "The signed header Gatehouse-Identity, by which the upstream knows who is asking.")
      .field("issuer", &IdentityOptions::issuer, settings::text(), "Its claim `iss`.", "gatehouse")
      .field(
          "lifetime", &IdentityOptions::lifetime, settings::duration(1s, 1h),
          "How long one is used again for the same caller on the same route; it expires after twice that time, so that it is always good for as long.",
          "60s");
}

settings::TypeOf<AddressOptions> address_settings() {
  using namespace options;
  // Of an empty list nobody knows whether it lets in nobody or, as a list that is left out, everybody.
  const auto allowed = settings::list_of(settings::address_block(), 1, 100'000);
  const auto denied = settings::list_of(settings::address_block(), 0, 100'000);
  return Block<AddressOptions>("addresses", "Clients by address, on all routes. A denied address is refused even if it is allowed, too.")
      .field("allow", &AddressOptions::allow, allowed, "Only these may come. Default: all.", "[10.0.0.0/8]")
      .field("deny", &AddressOptions::deny, denied, "These may not.", "[192.0.2.0/24]");
}

settings::TypeOf<AdminOptions> admin_settings() {
  using namespace options;
  return Block<AdminOptions>("admin", "How the command line reaches the running server: a socket in the file system, never the network.")
      .field("socket", &AdminOptions::socket, settings::state_path(),
             "In the data directory, unless the path is absolute; only its owner may use it (mode 0600).", "admin.sock")
      .field("socket_group", &AdminOptions::socket_group, settings::text(),
             "A group of the system whose members may reach the socket as well (mode 0660); each of them must show the admin credential. The user "
             "that serves must be a member. Needs an "
             "absolute `socket`: the data directory is closed to everybody else.",
             "gatehouse-admins")
      .check({.values = {"socket", "socket_group"}}, [](Reader& reader, const Node& node, const AdminOptions& admin) {
        if (!admin.socket_group.empty() && !admin.socket.starts_with('/'))
          reader.note_in(node, "socket_group",
                         "needs an absolute `socket` in a directory that the group can enter, such as /run/gatehouse/admin.sock");
      });
}

settings::TypeOf<MemoryOptions> memory_settings() {
  using namespace options;
  return Block<MemoryOptions>("memory", "Bounds of the whole process.")
      .field(
          "bodies_max", &MemoryOptions::bodies_bytes_max, settings::byte_size(1024 * 1024, 1ULL << 40),
          "What waits in memory at the same time for a client or an upstream to take it, and the HTTP/2 requests that are open. Above it requests with a body "
          "are refused with 503, and the connections are ended that leave most of their responses unread.",
          "256MiB");
}

}  // namespace gatehouse::gateway
