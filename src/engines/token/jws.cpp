#include "engines/token/jws.hpp"

#include <array>

#include "ground/base/text.hpp"

namespace gatehouse::token {

namespace {
Error malformed(std::string detail) { return refuse(Fault::unauthenticated, "The token is malformed.", std::move(detail)); }

constexpr json::Limits header_limits{.bytes = 4096, .depth = 6, .members = 64, .string_bytes = 4096};

Result<std::optional<std::string>> header_text(json::Value header, std::string_view name) {
  const auto member = header.get(name);
  if (!member) return std::optional<std::string>();
  const auto text = member->string();
  if (!text) return malformed("header '" + std::string(name) + "' is no string");
  return std::optional(std::string(*text));
}

Result<Header> read_header(std::string_view text) {
  const auto document = json::parse(text, header_limits);
  if (!document) return malformed("header: " + to_text(document.error()));
  const auto root = document->root();
  if (!root.is_object()) return malformed("header is no object");
  // RFC 7515 section 4.1.11: an extension that is not understood must be refused; none is. RFC 7797 section 6: b64 must be listed in crit.
  if (root.get("crit")) return malformed("header has 'crit', and no extension is understood");
  if (root.get("b64")) return malformed("header has 'b64': an unencoded payload is not taken");
  const auto name = root.string("alg");
  if (!name) return malformed("header has no 'alg'");
  const auto algorithm = algorithm_from(*name);
  if (!algorithm) return malformed("alg '" + std::string(name->substr(0, 40)) + "' is not taken");
  // Each on a line of its own: an early return inside the braces would leak what was made before it (base/result.hpp).
  auto key_id = TRY(header_text(root, "kid"));
  auto type = TRY(header_text(root, "typ")).value_or("");
  return Header{*algorithm, std::move(key_id), std::move(type)};
}

/// The three parts; the message for other counts names what it looks like.
Result<std::array<std::string_view, 3>> split_compact(std::string_view compact) {
  if (compact.starts_with('{')) return malformed("JWS JSON serialisation is not taken");
  std::array<std::string_view, 3> parts;
  std::size_t count = 0;
  for (std::size_t from = 0;;) {
    const auto dot = compact.find('.', from);
    if (count < parts.size()) parts[count] = compact.substr(from, dot == compact.npos ? dot : dot - from);
    ++count;
    if (dot == compact.npos) break;
    from = dot + 1;
  }
  if (count == 5) return malformed("five parts: an encrypted token (JWE) is not taken");
  if (count != 3) return malformed(std::to_string(count) + (count == 1 ? " part" : " parts") + " instead of three");
  return parts;
}
}  // namespace

Result<Jws> Jws::parse(std::string_view compact) {
  if (compact.size() > compact_bytes_max) return malformed(std::to_string(compact.size()) + " bytes are too many");
  const auto parts = TRY(split_compact(compact));
  const auto header = encoding::from_base64url(parts[0]);
  auto payload = encoding::from_base64url(parts[1]);
  auto signature = encoding::from_base64url(parts[2]);
  if (!header || !payload || !signature) return malformed("a part is not base64url in its canonical form");
  if (signature->empty()) return malformed("no signature");
  Jws jws;
  jws.header_ = TRY(read_header(*header));
  jws.signing_input_ = compact.substr(0, parts[0].size() + 1 + parts[1].size());
  jws.payload_ = std::move(*payload);
  jws.signature_ = std::move(*signature);
  return jws;
}

Result<> check_signature(const Jws& jws, const Jwk& key, AlgorithmSet allowed) {
  constexpr std::string_view told = "The token's signature does not hold.";
  const auto algorithm = jws.header().algorithm;
  if (!allowed.has(algorithm))
    return refuse(Fault::unauthenticated, std::string(told),
                  std::string(to_text(algorithm)) + " is not allowed here (allowed: " + allowed.names() + ")");
  if (!key.allows(algorithm)) return refuse(Fault::unauthenticated, std::string(told), "the key is not for " + std::string(to_text(algorithm)));
  if (!key.verify(algorithm, as_bytes(jws.signing_input_), as_bytes(jws.signature_)))
    return refuse(Fault::unauthenticated, std::string(told),
                  jws.payload_.empty() ? "signature does not verify (a detached payload is not taken)" : "signature does not verify");
  return {};
}

Result<std::string> sign_compact(const SigningKey& key, Algorithm algorithm, std::string_view header, std::string_view payload) {
  if (const auto read = read_header(header); !read || read->algorithm != algorithm)
    return fail(Fault::internal, "a header to be signed is not one for its algorithm");
  auto compact = encoding::to_base64url(as_bytes(header)) + '.' + encoding::to_base64url(as_bytes(payload));
  compact += '.' + encoding::to_base64url(as_bytes(TRY(key.sign(algorithm, as_bytes(compact)))));
  return compact;
}

}  // namespace gatehouse::token
