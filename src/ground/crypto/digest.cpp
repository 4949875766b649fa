#include "ground/crypto/digest.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/params.h>
#include <openssl/sha.h>

#include "ground/crypto/openssl.hpp"

namespace gatehouse::crypto {

namespace openssl {
const EVP_MD* algorithm(Hash hash) noexcept {
  static const std::array<EVP_MD*, 3> fetched = [] {
    std::array<EVP_MD*, 3> all{};
    for (const auto each : {Hash::sha256, Hash::sha384, Hash::sha512}) {
      all[static_cast<std::size_t>(each)] = EVP_MD_fetch(nullptr, name(each), nullptr);
      GH_ASSERT(all[static_cast<std::size_t>(each)] != nullptr);  // a libcrypto without SHA-2 is none to run on
    }
    return all;
  }();
  return fetched[static_cast<std::size_t>(hash)];
}

const char* name(Hash hash) noexcept {
  switch (hash) {
    case Hash::sha256: return "SHA256";
    case Hash::sha384: return "SHA384";
    case Hash::sha512: return "SHA512";
  }
  return "";
}

std::string taken_error() {
  std::string text;
  if (const auto code = ERR_peek_last_error(); code != 0) {
    std::array<char, 200> buffer{};
    ERR_error_string_n(code, buffer.data(), buffer.size());
    text = std::string(" (") + buffer.data() + ")";
  }
  ERR_clear_error();
  return text;
}
}  // namespace openssl

namespace {
void digest_into(Hash hash, Bytes data, std::uint8_t* out) noexcept {
  thread_local const std::array<openssl::DigestContext, 3> contexts{
      openssl::DigestContext(EVP_MD_CTX_new()), openssl::DigestContext(EVP_MD_CTX_new()), openssl::DigestContext(EVP_MD_CTX_new())};
  auto* const context = contexts[static_cast<std::size_t>(hash)].get();
  GH_ASSERT(EVP_DigestInit_ex(context, openssl::algorithm(hash), nullptr) == 1 && EVP_DigestUpdate(context, data.data(), data.size()) == 1 &&
            EVP_DigestFinal_ex(context, out, nullptr) == 1);
}

using MacContext = openssl::Owned<EVP_MAC_CTX, EVP_MAC_CTX_free>;

/// A context whose digest is set once: setting it is a fetch by name, which must not happen for each message.
MacContext mac_context(Hash hash) noexcept {
  static EVP_MAC* const algorithm = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  MacContext context(EVP_MAC_CTX_new(algorithm));
  std::string digest_name = openssl::name(hash);
  const std::array<OSSL_PARAM, 2> parameters{OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest_name.data(), 0),
                                             OSSL_PARAM_construct_end()};
  GH_ASSERT(context != nullptr && EVP_MAC_CTX_set_params(context.get(), parameters.data()) == 1);
  return context;
}

void hmac_into(Hash hash, Bytes key, Bytes message, std::uint8_t* out) noexcept {
  thread_local const std::array<MacContext, 3> contexts{mac_context(Hash::sha256), mac_context(Hash::sha384), mac_context(Hash::sha512)};
  auto* const context = contexts[static_cast<std::size_t>(hash)].get();
  static constexpr std::uint8_t nothing = 0;  // a null key would mean "the one before"
  std::size_t size = 0;
  GH_ASSERT(EVP_MAC_init(context, key.empty() ? &nothing : key.data(), key.size(), nullptr) == 1 &&
            EVP_MAC_update(context, message.data(), message.size()) == 1 && EVP_MAC_final(context, out, &size, digest_bytes(hash)) == 1 &&
            size == digest_bytes(hash));
}
}  // namespace

// One is made for each API key that is presented. The way through EVP costs three times as much as the digest of two blocks itself;
// these functions are deprecated in favour of it (OpenSSL 3.0) and compute the same with the same instructions.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
Digest256 sha256(Bytes data) noexcept {
  Digest256 out;
  SHA256_CTX context;
  GH_ASSERT(SHA256_Init(&context) == 1 && SHA256_Update(&context, data.data(), data.size()) == 1 && SHA256_Final(out.data(), &context) == 1);
  OPENSSL_cleanse(&context, sizeof context);  // the last block of a key is in it
  return out;
}
#pragma GCC diagnostic pop

Digest digest(Hash hash, Bytes data) noexcept {
  Digest out;
  out.size_ = digest_bytes(hash);
  digest_into(hash, data, out.bytes_.data());
  return out;
}

Digest hmac(Hash hash, Bytes key, Bytes message) noexcept {
  Digest out;
  out.size_ = digest_bytes(hash);
  hmac_into(hash, key, message, out.bytes_.data());
  return out;
}

}  // namespace gatehouse::crypto
