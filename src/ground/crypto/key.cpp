// Making, checking and printing keys. Using them is in signature.cpp.
#include "ground/crypto/key.hpp"

#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <array>
#include <vector>

#include "ground/crypto/key_object.hpp"
#include "ground/crypto/rsa_strength.hpp"

namespace gatehouse::crypto {

namespace internal {

const char* curve_name(KeyType curve) noexcept {
  switch (curve) {
    case KeyType::p256: return "prime256v1";
    case KeyType::p384: return "secp384r1";
    case KeyType::p521: return "secp521r1";
    case KeyType::rsa:
    case KeyType::ed25519:
    case KeyType::ed448: return nullptr;
  }
  return nullptr;
}

namespace {
Result<openssl::Key> build_key(const char* algorithm, Part part, std::span<const Parameter> parameters) {
  const openssl::Owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free> builder(OSSL_PARAM_BLD_new());
  std::vector<openssl::SecretNumber> numbers;
  for (const auto& [name, form, bytes] : parameters) {
    bool pushed = false;
    switch (form) {
      case Parameter::Form::number: {
        openssl::SecretNumber number(BN_secure_new());
        pushed = number != nullptr && BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), number.get()) != nullptr &&
                 OSSL_PARAM_BLD_push_BN(builder.get(), name, number.get()) == 1;
        numbers.push_back(std::move(number));
        break;
      }
      case Parameter::Form::octets: pushed = OSSL_PARAM_BLD_push_octet_string(builder.get(), name, bytes.data(), bytes.size()) == 1; break;
      case Parameter::Form::text:
        pushed = OSSL_PARAM_BLD_push_utf8_string(builder.get(), name, reinterpret_cast<const char*>(bytes.data()), bytes.size()) == 1;
        break;
    }
    if (!pushed) return openssl::failure(Fault::internal, "key parameter not taken");
  }
  const openssl::Owned<OSSL_PARAM, OSSL_PARAM_free> built(OSSL_PARAM_BLD_to_param(builder.get()));
  const openssl::KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, algorithm, nullptr));
  if (built == nullptr || context == nullptr || EVP_PKEY_fromdata_init(context.get()) != 1)
    return openssl::failure(Fault::internal, "no key context");
  EVP_PKEY* key = nullptr;
  const int selection = part == Part::both ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY;
  if (EVP_PKEY_fromdata(context.get(), &key, selection, built.get()) != 1)
    return openssl::failure(Fault::invalid, std::string("no valid ") + algorithm + " key");
  return openssl::Key(key);
}

openssl::Number number_of(const EVP_PKEY* key, const char* name) {
  BIGNUM* number = nullptr;
  if (EVP_PKEY_get_bn_param(key, name, &number) != 1) ERR_clear_error();
  return openssl::Number(number);
}

Result<KeyType> type_of(const EVP_PKEY* key) {
  if (EVP_PKEY_is_a(key, "RSA") == 1) return KeyType::rsa;
  if (EVP_PKEY_is_a(key, "ED25519") == 1) return KeyType::ed25519;
  if (EVP_PKEY_is_a(key, "ED448") == 1) return KeyType::ed448;
  if (EVP_PKEY_is_a(key, "EC") == 1) {
    std::array<char, 40> group{};
    if (EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, group.data(), group.size(), nullptr) == 1)
      for (const auto curve : {KeyType::p256, KeyType::p384, KeyType::p521})
        if (std::string_view(group.data()) == curve_name(curve)) return curve;
    ERR_clear_error();
    return fail(Fault::invalid, "elliptic curve other than P-256, P-384, P-521");
  }
  return fail(Fault::invalid, "key of a type other than RSA, EC, Ed25519, Ed448");
}
}  // namespace

Result<std::shared_ptr<KeyObject>> checked(openssl::Key key, Part part) {
  const auto type = TRY(type_of(key.get()));
  if (type == KeyType::rsa) {
    const auto modulus = number_of(key.get(), OSSL_PKEY_PARAM_RSA_N), exponent = number_of(key.get(), OSSL_PKEY_PARAM_RSA_E);
    if (modulus == nullptr || exponent == nullptr) return fail(Fault::invalid, "RSA key without modulus or exponent");
    CHECK_OK(check_rsa_strength(modulus.get(), exponent.get()));
  }
  // The library's own check: a point on the curve and of its order, a private part that fits the public one. Of a public RSA key it
  // knows nothing more than is checked above, and it takes milliseconds.
  const openssl::KeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr));
  if (context == nullptr) return openssl::failure(Fault::internal, "no key context");
  if (part == Part::both) {
    if (EVP_PKEY_pairwise_check(context.get()) != 1) return openssl::failure(Fault::invalid, "the private key does not fit its public key");
  } else if (type != KeyType::rsa && EVP_PKEY_public_check(context.get()) != 1) {
    return openssl::failure(Fault::invalid, "the public key is no valid point of its curve");
  }
  return std::make_shared<KeyObject>(std::move(key), type);
}

Result<std::shared_ptr<KeyObject>> make_key(const char* algorithm, Part part, std::span<const Parameter> parameters) {
  return checked(TRY(build_key(algorithm, part, parameters)), part);
}

}  // namespace internal

using internal::Parameter;
using internal::Part;
using Form = Parameter::Form;

std::string_view to_text(KeyType type) noexcept {
  switch (type) {
    case KeyType::p256: return "P-256";
    case KeyType::p384: return "P-384";
    case KeyType::p521: return "P-521";
    case KeyType::rsa: return "RSA";
    case KeyType::ed25519: return "Ed25519";
    case KeyType::ed448: return "Ed448";
  }
  return "";
}

namespace {
bool is_edwards(KeyType type) noexcept { return type == KeyType::ed25519 || type == KeyType::ed448; }

/// 0x04, x, y: the uncompressed form of SEC 1 section 2.3.3.
Result<std::string> uncompressed_point(KeyType curve, Bytes x, Bytes y) {
  const auto size = coordinate_bytes(curve);
  if (internal::curve_name(curve) == nullptr) return fail(Fault::internal, "not a NIST curve");
  if (x.size() != size || y.size() != size)
    return fail(Fault::invalid,
                "a coordinate of " + std::string(to_text(curve)) + " has exactly " + std::to_string(size) + " bytes (RFC 7518 section 6.2.1.2)");
  std::string point = "\x04";
  point += as_text(x);
  point += as_text(y);
  return point;
}

/// Never asks a terminal for the passphrase of an encrypted key.
int no_passphrase(char*, int, int, void*) { return -1; }

constexpr std::size_t pem_bytes_max = 64U << 10U;
}  // namespace

Result<PublicKey> PublicKey::from_ec(KeyType curve, Bytes x, Bytes y) {
  const auto point = TRY(uncompressed_point(curve, x, y));
  const std::array parameters{Parameter{OSSL_PKEY_PARAM_GROUP_NAME, Form::text, as_bytes(internal::curve_name(curve))},
                              Parameter{OSSL_PKEY_PARAM_PUB_KEY, Form::octets, as_bytes(point)}};
  return PublicKey(TRY(internal::make_key("EC", Part::public_only, parameters)));
}

Result<PublicKey> PublicKey::from_rsa(Bytes modulus, Bytes exponent) {
  if (modulus.size() > rsa_bits_max / 8 + 1 || exponent.size() > rsa_bits_max / 8 + 1) return fail(Fault::invalid, "RSA key too long");
  const std::array parameters{Parameter{OSSL_PKEY_PARAM_RSA_N, Form::number, modulus}, Parameter{OSSL_PKEY_PARAM_RSA_E, Form::number, exponent}};
  return PublicKey(TRY(internal::make_key("RSA", Part::public_only, parameters)));
}

Result<PublicKey> PublicKey::from_edwards(KeyType type, Bytes x) {
  if (!is_edwards(type)) return fail(Fault::internal, "not an Edwards curve");
  if (x.size() != coordinate_bytes(type)) return fail(Fault::invalid, "public key of a wrong length");
  openssl::Key key(EVP_PKEY_new_raw_public_key_ex(nullptr, type == KeyType::ed25519 ? "ED25519" : "ED448", nullptr, x.data(), x.size()));
  if (key == nullptr) return openssl::failure(Fault::invalid, "no valid EdDSA key");
  return PublicKey(TRY(internal::checked(std::move(key), Part::public_only)));
}

Result<PublicKey> PublicKey::from_pem(std::string_view pem) {
  if (pem.size() > pem_bytes_max) return fail(Fault::invalid, "PEM text too long");
  const auto bio = openssl::reader(pem);
  openssl::Key key(PEM_read_bio_PUBKEY(bio.get(), nullptr, no_passphrase, nullptr));
  if (key == nullptr) return openssl::failure(Fault::invalid, "no public key in PEM form");
  return PublicKey(TRY(internal::checked(std::move(key), Part::public_only)));
}

KeyType PublicKey::type() const noexcept { return object_->type; }
std::uint64_t PublicKey::id() const noexcept { return object_->id; }

PublicNumbers PublicKey::numbers() const {
  auto* const key = object_->key.get();
  if (is_edwards(type())) {
    std::string x(coordinate_bytes(type()), '\0');
    auto size = x.size();
    GH_ASSERT(EVP_PKEY_get_raw_public_key(key, reinterpret_cast<unsigned char*>(x.data()), &size) == 1 && size == x.size());
    return {std::move(x), {}};
  }
  const bool rsa = type() == KeyType::rsa;
  const auto bytes_of = [&](const char* name) {
    const auto number = internal::number_of(key, name);
    GH_ASSERT(number != nullptr);
    std::string bytes(rsa ? static_cast<std::size_t>(BN_num_bytes(number.get())) : coordinate_bytes(type()), '\0');
    GH_ASSERT(BN_bn2binpad(number.get(), reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size())) >= 0);
    return bytes;
  };
  if (rsa) return {bytes_of(OSSL_PKEY_PARAM_RSA_N), bytes_of(OSSL_PKEY_PARAM_RSA_E)};
  return {bytes_of(OSSL_PKEY_PARAM_EC_PUB_X), bytes_of(OSSL_PKEY_PARAM_EC_PUB_Y)};
}

std::string PublicKey::to_pem() const {
  const openssl::Bio bio(BIO_new(BIO_s_mem()));
  GH_ASSERT(bio != nullptr && PEM_write_bio_PUBKEY(bio.get(), object_->key.get()) == 1);
  return openssl::written(bio.get());
}

Result<PrivateKey> PrivateKey::generate(KeyType type) {
  constexpr std::size_t rsa_bits = 3072;  // 128 bits of strength (NIST SP 800-57 part 1, table 2)
  EVP_PKEY* key = nullptr;
  switch (type) {
    case KeyType::p256:
    case KeyType::p384:
    case KeyType::p521: key = EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", internal::curve_name(type)); break;
    case KeyType::rsa: key = EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", rsa_bits); break;
    case KeyType::ed25519: key = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"); break;
    case KeyType::ed448: key = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED448"); break;
  }
  if (key == nullptr) return openssl::failure(Fault::internal, "no key could be made");
  return PrivateKey(TRY(internal::checked(openssl::Key(key), Part::both)));
}

Result<PrivateKey> PrivateKey::from_ec(KeyType curve, Bytes x, Bytes y, Bytes d) {
  const auto point = TRY(uncompressed_point(curve, x, y));
  if (d.size() != coordinate_bytes(curve)) return fail(Fault::invalid, "private number of a wrong length (RFC 7518 section 6.2.2.1)");
  const std::array parameters{Parameter{OSSL_PKEY_PARAM_GROUP_NAME, Form::text, as_bytes(internal::curve_name(curve))},
                              Parameter{OSSL_PKEY_PARAM_PUB_KEY, Form::octets, as_bytes(point)},
                              Parameter{OSSL_PKEY_PARAM_PRIV_KEY, Form::number, d}};
  return PrivateKey(TRY(internal::make_key("EC", Part::both, parameters)));
}

Result<PrivateKey> PrivateKey::from_rsa(Bytes modulus, Bytes exponent, const RsaPrivateNumbers& numbers) {
  for (const auto number : {modulus, exponent, numbers.d, numbers.p, numbers.q, numbers.dp, numbers.dq, numbers.qi})
    if (number.empty() || number.size() > rsa_bits_max / 8 + 1) return fail(Fault::invalid, "RSA number missing or too long");
  const std::array parameters{Parameter{OSSL_PKEY_PARAM_RSA_N, Form::number, modulus},
                              Parameter{OSSL_PKEY_PARAM_RSA_E, Form::number, exponent},
                              Parameter{OSSL_PKEY_PARAM_RSA_D, Form::number, numbers.d},
                              Parameter{OSSL_PKEY_PARAM_RSA_FACTOR1, Form::number, numbers.p},
                              Parameter{OSSL_PKEY_PARAM_RSA_FACTOR2, Form::number, numbers.q},
                              Parameter{OSSL_PKEY_PARAM_RSA_EXPONENT1, Form::number, numbers.dp},
                              Parameter{OSSL_PKEY_PARAM_RSA_EXPONENT2, Form::number, numbers.dq},
                              Parameter{OSSL_PKEY_PARAM_RSA_COEFFICIENT1, Form::number, numbers.qi}};
  return PrivateKey(TRY(internal::make_key("RSA", Part::both, parameters)));
}

Result<PrivateKey> PrivateKey::from_edwards(KeyType type, Bytes d) {
  if (!is_edwards(type)) return fail(Fault::internal, "not an Edwards curve");
  if (d.size() != coordinate_bytes(type)) return fail(Fault::invalid, "private key of a wrong length");
  openssl::Key key(EVP_PKEY_new_raw_private_key_ex(nullptr, type == KeyType::ed25519 ? "ED25519" : "ED448", nullptr, d.data(), d.size()));
  if (key == nullptr) return openssl::failure(Fault::invalid, "no valid EdDSA key");
  return PrivateKey(TRY(internal::checked(std::move(key), Part::both)));
}

Result<PrivateKey> PrivateKey::from_pem(std::string_view pem) {
  if (pem.size() > pem_bytes_max) return fail(Fault::invalid, "PEM text too long");
  const auto bio = openssl::reader(pem);
  openssl::Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr));
  if (key == nullptr) return openssl::failure(Fault::invalid, "no private key in PEM form (an encrypted one is not taken)");
  return PrivateKey(TRY(internal::checked(std::move(key), Part::both)));
}

Secret PrivateKey::to_pem() const {
  const openssl::Bio bio(BIO_new(BIO_s_secmem()));
  GH_ASSERT(bio != nullptr && PEM_write_bio_PKCS8PrivateKey(bio.get(), public_.object_->key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
  return Secret(openssl::written(bio.get()));
}

}  // namespace gatehouse::crypto
