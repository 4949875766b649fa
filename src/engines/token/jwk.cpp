#include "engines/token/jwk.hpp"

#include <algorithm>

#include "ground/json/writer.hpp"

namespace gatehouse::token {

namespace {
using crypto::KeyType;

constexpr std::size_t key_id_bytes_max = 512;

Error bad_key(const std::string& detail) { return fail(Fault::invalid, "JWK: " + detail); }

Result<std::string> text_member(json::Value jwk, std::string_view name) {
  const auto text = jwk.string(name);
  if (!text) return bad_key("'" + std::string(name) + "' is missing or no string");
  return std::string(*text);
}

/// A member that is base64url in its one canonical form and not empty.
Result<std::string> bytes_member(json::Value jwk, std::string_view name) {
  auto bytes = encoding::from_base64url(TRY(text_member(jwk, name)));
  if (!bytes || bytes->empty()) return bad_key("'" + std::string(name) + "' is not base64url in its canonical form");
  return std::move(*bytes);
}

/// A member that need not be there, but if it is, is a string.
Result<std::optional<std::string>> optional_text(json::Value jwk, std::string_view name) {
  if (!jwk.get(name)) return std::optional<std::string>();
  return std::optional(TRY(text_member(jwk, name)));
}

/// RFC 7517 sections 4.2 and 4.3: what the key says it is for.
Result<> check_use(json::Value jwk, std::string_view operation) {
  const auto use = TRY(optional_text(jwk, "use"));
  if (use && *use != "sig") return bad_key("its use is '" + *use + "', not 'sig'");
  const auto operations = jwk.get("key_ops");
  if (!operations) return {};
  if (!operations->is_array()) return bad_key("'key_ops' is no array");
  for (const auto each : operations->elements())
    if (each.string() == operation) return {};
  return bad_key("its key_ops do not hold '" + std::string(operation) + "'");
}

Result<std::optional<Algorithm>> algorithm_member(json::Value jwk) {
  const auto name = TRY(optional_text(jwk, "alg"));
  if (!name) return std::optional<Algorithm>();
  const auto algorithm = algorithm_from(*name);
  if (!algorithm) return bad_key("its alg '" + *name + "' is no signature algorithm of RFC 7518 or RFC 8037");
  return algorithm;
}

Result<KeyType> curve_member(json::Value jwk, bool edwards) {
  const auto name = TRY(text_member(jwk, "crv"));
  constexpr std::array of_points{KeyType::p256, KeyType::p384, KeyType::p521}, of_edwards{KeyType::ed25519, KeyType::ed448, KeyType::ed448};
  for (const auto type : edwards ? of_edwards : of_points)
    if (name == to_text(type)) return type;
  return bad_key("curve '" + name + "' is not taken for signatures");
}

/// What OpenSSL said stays in the detail; the prefix says that a JWK is meant.
template <class T>
Result<T> as_jwk(Result<T> key) {
  if (!key) return bad_key(key.error().detail);
  return key;
}

Result<crypto::PublicKey> public_key(json::Value jwk, std::string_view kty) {
  if (kty == "RSA") {
    const auto n = TRY(bytes_member(jwk, "n")), e = TRY(bytes_member(jwk, "e"));
    return as_jwk(crypto::PublicKey::from_rsa(as_bytes(n), as_bytes(e)));
  }
  const auto curve = TRY(curve_member(jwk, kty == "OKP"));
  const auto x = TRY(bytes_member(jwk, "x"));
  if (kty == "OKP") return as_jwk(crypto::PublicKey::from_edwards(curve, as_bytes(x)));
  const auto y = TRY(bytes_member(jwk, "y"));
  return as_jwk(crypto::PublicKey::from_ec(curve, as_bytes(x), as_bytes(y)));
}

Result<crypto::PrivateKey> private_key(json::Value jwk, std::string_view kty) {
  const auto d = Secret(TRY(bytes_member(jwk, "d")));
  if (kty == "RSA") {
    const auto n = TRY(bytes_member(jwk, "n")), e = TRY(bytes_member(jwk, "e"));
    const Secret p(TRY(bytes_member(jwk, "p"))), q(TRY(bytes_member(jwk, "q"))), dp(TRY(bytes_member(jwk, "dp")));
    const Secret dq(TRY(bytes_member(jwk, "dq"))), qi(TRY(bytes_member(jwk, "qi")));
    return as_jwk(crypto::PrivateKey::from_rsa(
        as_bytes(n), as_bytes(e),
        {as_bytes(d.reveal()), as_bytes(p.reveal()), as_bytes(q.reveal()), as_bytes(dp.reveal()), as_bytes(dq.reveal()), as_bytes(qi.reveal())}));
  }
  const auto curve = TRY(curve_member(jwk, kty == "OKP"));
  if (kty == "OKP") return as_jwk(crypto::PrivateKey::from_edwards(curve, as_bytes(d.reveal())));
  const auto x = TRY(bytes_member(jwk, "x")), y = TRY(bytes_member(jwk, "y"));
  return as_jwk(crypto::PrivateKey::from_ec(curve, as_bytes(x), as_bytes(y), as_bytes(d.reveal())));
}

bool is_key_pair(std::string_view kty) { return kty == "RSA" || kty == "EC" || kty == "OKP"; }

/// The members that a thumbprint digests, in lexicographic order (RFC 7638 section 3.2, RFC 8037 section 2).
void write_public_members(json::Writer& writer, const crypto::PublicKey& key) {
  const auto numbers = key.numbers();
  const auto first = encoding::to_base64url(as_bytes(numbers.first)), second = encoding::to_base64url(as_bytes(numbers.second));
  switch (key.type()) {
    case KeyType::rsa: writer.member("e", second).member("kty", "RSA").member("n", first); return;
    case KeyType::p256:
    case KeyType::p384:
    case KeyType::p521: writer.member("crv", to_text(key.type())).member("kty", "EC").member("x", first).member("y", second); return;
    case KeyType::ed25519:
    case KeyType::ed448: writer.member("crv", to_text(key.type())).member("kty", "OKP").member("x", first); return;
  }
}

std::string secret_thumbprint_input(const Secret& secret) {
  return R"({"k":")" + encoding::to_base64url(as_bytes(secret.reveal())) + R"(","kty":"oct"})";
}
}  // namespace

std::string thumbprint_input(const crypto::PublicKey& key) {
  std::string out;
  json::Writer writer(out);
  writer.begin_object();
  write_public_members(writer, key);
  writer.end();
  return out;
}

Jwk::Jwk(Material material, std::optional<std::string> key_id, std::optional<Algorithm> algorithm)
    : material_(std::move(material)), key_id_(std::move(key_id)), algorithm_(algorithm) {
  if (const auto* key = std::get_if<crypto::PublicKey>(&material_)) {
    thumbprint_ = crypto::sha256(thumbprint_input(*key));
  } else {
    const Secret input(secret_thumbprint_input(*std::get<std::shared_ptr<const Secret>>(material_)));
    thumbprint_ = crypto::sha256(input.reveal());
  }
}

Jwk Jwk::from_public(crypto::PublicKey key, std::optional<std::string> key_id, std::optional<Algorithm> algorithm) {
  return {std::move(key), std::move(key_id), algorithm};
}

Result<Jwk> Jwk::from_secret(Secret secret, std::optional<std::string> key_id, std::optional<Algorithm> algorithm) {
  const auto needed = digest_bytes(hmac_hash(algorithm.value_or(Algorithm::hs256)));
  if (secret.reveal().size() < needed)
    return bad_key("a secret for " + std::string(to_text(algorithm.value_or(Algorithm::hs256))) + " has at least " + std::to_string(needed) +
                   " bytes (RFC 7518 section 3.2)");
  return Jwk(std::make_shared<const Secret>(std::move(secret)), std::move(key_id), algorithm);
}

Result<Jwk> Jwk::parse(json::Value jwk) {
  if (!jwk.is_object()) return bad_key("no object");
  const auto kty = TRY(text_member(jwk, "kty"));
  auto key_id = TRY(optional_text(jwk, "kid"));
  if (key_id && key_id->size() > key_id_bytes_max) return bad_key("its kid is too long");
  CHECK_OK(check_use(jwk, "verify"));
  const auto algorithm = TRY(algorithm_member(jwk));
  if (kty == "oct") {
    if (algorithm && !is_hmac(*algorithm)) return bad_key("a shared secret is not for " + std::string(to_text(*algorithm)));
    return from_secret(Secret(TRY(bytes_member(jwk, "k"))), std::move(key_id), algorithm);
  }
  if (!is_key_pair(kty)) return bad_key("key type '" + kty + "' is not taken");
  for (const auto* name : {"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
    if (jwk.get(name)) return bad_key("it holds the private member '" + std::string(name) + "': whoever reads it can sign, so it proves nothing");
  auto key = TRY(public_key(jwk, kty));
  if (algorithm && !scheme_for(*algorithm, key.type()))
    return bad_key("its alg " + std::string(to_text(*algorithm)) + " does not fit its type " + std::string(to_text(key.type())));
  return from_public(std::move(key), std::move(key_id), algorithm);
}

bool Jwk::allows(Algorithm algorithm) const noexcept {
  if (algorithm_ && *algorithm_ != algorithm) return false;
  if (const auto* key = std::get_if<crypto::PublicKey>(&material_)) return scheme_for(algorithm, key->type()).has_value();
  return is_hmac(algorithm) && std::get<std::shared_ptr<const Secret>>(material_)->reveal().size() >= digest_bytes(hmac_hash(algorithm));
}

bool Jwk::verify(Algorithm algorithm, Bytes message, Bytes signature) const noexcept {
  if (!allows(algorithm)) return false;
  if (const auto* key = std::get_if<crypto::PublicKey>(&material_)) {
    const auto scheme = scheme_for(algorithm, key->type());
    return scheme && key->verify(*scheme, message, signature);
  }
  const auto& secret = *std::get<std::shared_ptr<const Secret>>(material_);
  return equal_constant_time(as_text(crypto::hmac(hmac_hash(algorithm), as_bytes(secret.reveal()), message).view()), as_text(signature));
}

void Jwk::prepare() const {
  if (const auto* key = std::get_if<crypto::PublicKey>(&material_)) key->prepare();
}

std::optional<std::string> Jwk::to_json() const {
  const auto* key = std::get_if<crypto::PublicKey>(&material_);
  if (key == nullptr) return std::nullopt;
  std::string out;
  json::Writer writer(out);
  writer.begin_object();
  write_public_members(writer, *key);
  if (key_id_) writer.member("kid", *key_id_);
  if (algorithm_) writer.member("alg", to_text(*algorithm_));
  writer.member("use", "sig").end();
  return out;
}

Result<SigningKey> SigningKey::parse(json::Value jwk) {
  if (!jwk.is_object()) return bad_key("no object");
  const auto kty = TRY(text_member(jwk, "kty"));
  CHECK_OK(check_use(jwk, "sign"));
  if (kty == "oct") return SigningKey(Secret(TRY(bytes_member(jwk, "k"))));
  if (!is_key_pair(kty)) return bad_key("key type '" + kty + "' is not taken");
  return SigningKey(TRY(private_key(jwk, kty)));
}

Result<std::string> SigningKey::sign(Algorithm algorithm, Bytes message) const {
  if (const auto* key = std::get_if<crypto::PrivateKey>(&material_)) {
    const auto scheme = scheme_for(algorithm, key->type());
    if (!scheme) return fail(Fault::internal, "the signing key is not of the type that " + std::string(to_text(algorithm)) + " needs");
    return key->sign(*scheme, message);
  }
  const auto secret = std::get<Secret>(material_).reveal();
  if (!is_hmac(algorithm) || secret.size() < digest_bytes(hmac_hash(algorithm)))
    return fail(Fault::internal, "the secret is not for " + std::string(to_text(algorithm)));
  return std::string(as_text(crypto::hmac(hmac_hash(algorithm), as_bytes(secret), message).view()));
}

}  // namespace gatehouse::token
