// Signing and verifying. Setting up an operation costs the library several look-ups by name and allocations, so each thread keeps the
// contexts of the keys that it used last and only feeds them digests.
#include <openssl/rsa.h>

#include "ground/crypto/ecdsa_form.hpp"
#include "ground/crypto/key_object.hpp"

namespace gatehouse::crypto {

namespace {
enum class Family : std::uint8_t { rsa_pkcs1, rsa_pss, ecdsa, eddsa };

struct SchemeInfo {
  KeyType key;
  Family family;
  Hash hash;  // of no meaning for EdDSA
};

SchemeInfo info(Scheme scheme) noexcept {
  switch (scheme) {
    case Scheme::rs256: return {KeyType::rsa, Family::rsa_pkcs1, Hash::sha256};
    case Scheme::rs384: return {KeyType::rsa, Family::rsa_pkcs1, Hash::sha384};
    case Scheme::rs512: return {KeyType::rsa, Family::rsa_pkcs1, Hash::sha512};
    case Scheme::ps256: return {KeyType::rsa, Family::rsa_pss, Hash::sha256};
    case Scheme::ps384: return {KeyType::rsa, Family::rsa_pss, Hash::sha384};
    case Scheme::ps512: return {KeyType::rsa, Family::rsa_pss, Hash::sha512};
    case Scheme::es256: return {KeyType::p256, Family::ecdsa, Hash::sha256};
    case Scheme::es384: return {KeyType::p384, Family::ecdsa, Hash::sha384};
    case Scheme::es512: return {KeyType::p521, Family::ecdsa, Hash::sha512};
    case Scheme::ed25519: return {KeyType::ed25519, Family::eddsa, Hash::sha512};
    case Scheme::ed448: return {KeyType::ed448, Family::eddsa, Hash::sha512};
  }
  GH_ASSERT(false);
  return {};
}

enum class Use : std::uint8_t { sign, verify };

openssl::KeyContext make_context(const internal::KeyObject& object, const SchemeInfo& scheme, Use use) {
  openssl::KeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, object.key.get(), nullptr));
  auto* const raw = context.get();
  if (raw == nullptr || (use == Use::sign ? EVP_PKEY_sign_init(raw) : EVP_PKEY_verify_init(raw)) != 1) return nullptr;
  const EVP_MD* const hash = openssl::algorithm(scheme.hash);
  if (scheme.family == Family::rsa_pkcs1 && EVP_PKEY_CTX_set_rsa_padding(raw, RSA_PKCS1_PADDING) != 1) return nullptr;
  if (scheme.family == Family::rsa_pss &&  // RFC 7518 section 3.5: MGF1 with the same hash, a salt as long as its digest
      (EVP_PKEY_CTX_set_rsa_padding(raw, RSA_PKCS1_PSS_PADDING) != 1 || EVP_PKEY_CTX_set_rsa_mgf1_md(raw, hash) != 1 ||
       EVP_PKEY_CTX_set_rsa_pss_saltlen(raw, static_cast<int>(digest_bytes(scheme.hash))) != 1))
    return nullptr;
  if (EVP_PKEY_CTX_set_signature_md(raw, hash) != 1) return nullptr;
  return context;
}

/// This thread's context for that key, scheme and use. It holds a reference on the key, so a key that is no longer used lives
/// until the slot is needed: at most `slots` keys a thread.
EVP_PKEY_CTX* kept_context(const internal::KeyObject& object, Scheme scheme, Use use) {
  struct Slot {
    std::uint64_t id = 0;
    Scheme scheme{};
    Use use{};
    openssl::KeyContext context;
  };
  constexpr std::size_t slots = 16;
  thread_local std::array<Slot, slots> kept;
  thread_local std::size_t next = 0;
  for (auto& slot : kept)
    if (slot.id == object.id && slot.scheme == scheme && slot.use == use) return slot.context.get();
  auto context = make_context(object, info(scheme), use);
  if (context == nullptr) return nullptr;
  auto& slot = kept[next++ % slots];
  slot = {object.id, scheme, use, std::move(context)};
  return slot.context.get();
}

bool verify_edwards(const internal::KeyObject& object, Bytes message, Bytes signature) {
  const openssl::DigestContext context(EVP_MD_CTX_new());
  return context != nullptr && EVP_DigestVerifyInit_ex(context.get(), nullptr, nullptr, nullptr, nullptr, object.key.get(), nullptr) == 1 &&
         EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(), message.size()) == 1;
}

bool verify_digest(const internal::KeyObject& object, Scheme scheme, Bytes message_digest, Bytes signature) {
  auto* const context = kept_context(object, scheme, Use::verify);
  return context != nullptr && EVP_PKEY_verify(context, signature.data(), signature.size(), message_digest.data(), message_digest.size()) == 1;
}

bool verified(const internal::KeyObject& object, Scheme scheme, Bytes message, Bytes signature) {
  const auto family = info(scheme).family;
  if (family == Family::eddsa) return verify_edwards(object, message, signature);
  const auto message_digest = digest(info(scheme).hash, message);
  if (family == Family::ecdsa) {
    if (const auto* table = object.table.load(std::memory_order_acquire)) return table->verify(message_digest.view(), signature);
    const auto der = ecdsa_to_der(signature, coordinate_bytes(object.type));
    return der && verify_digest(object, scheme, message_digest.view(), der->view());
  }
  // RFC 8017 sections 8.1.2 and 8.2.2, step 1.
  if (signature.size() != static_cast<std::size_t>(EVP_PKEY_get_size(object.key.get()))) return false;
  return verify_digest(object, scheme, message_digest.view(), signature);
}

Result<std::string> sign_edwards(const internal::KeyObject& object, Bytes message) {
  const openssl::DigestContext context(EVP_MD_CTX_new());
  std::string signature(static_cast<std::size_t>(EVP_PKEY_get_size(object.key.get())), '\0');
  auto size = signature.size();
  if (context == nullptr || EVP_DigestSignInit_ex(context.get(), nullptr, nullptr, nullptr, nullptr, object.key.get(), nullptr) != 1 ||
      EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, message.data(), message.size()) != 1)
    return openssl::failure(Fault::internal, "signing failed");
  signature.resize(size);
  return signature;
}
}  // namespace

KeyType key_type(Scheme scheme) noexcept { return info(scheme).key; }

bool PublicKey::verify(Scheme scheme, Bytes message, Bytes signature) const noexcept {
  if (key_type(scheme) != type()) return false;
  if (verified(*object_, scheme, message, signature)) return true;
  ERR_clear_error();  // else TLS on this thread would read it as its own failure
  return false;
}

void PublicKey::prepare() const {
  if (type() != KeyType::p256 || object_->table.load(std::memory_order_acquire) != nullptr) return;
  auto table = P256Table::make(object_->key.get());
  const P256Table* none = nullptr;  // another thread may have been faster
  if (table != nullptr && object_->table.compare_exchange_strong(none, table.get(), std::memory_order_acq_rel)) (void)table.release();
}

Result<std::string> PrivateKey::sign(Scheme scheme, Bytes message) const {
  const auto& object = *public_.object_;
  if (key_type(scheme) != object.type) return fail(Fault::internal, "the key is not of the type that the signature scheme needs");
  const auto family = info(scheme).family;
  if (family == Family::eddsa) return sign_edwards(object, message);
  auto* const context = kept_context(object, scheme, Use::sign);
  const auto message_digest = digest(info(scheme).hash, message);
  std::array<unsigned char, rsa_bits_max / 8> signature;
  auto size = signature.size();
  if (context == nullptr || EVP_PKEY_sign(context, signature.data(), &size, message_digest.view().data(), message_digest.view().size()) != 1)
    return openssl::failure(Fault::internal, "signing failed");
  if (family != Family::ecdsa) return std::string(as_text(Bytes(signature).first(size)));
  auto raw = ecdsa_from_der(Bytes(signature).first(size), coordinate_bytes(object.type));
  if (!raw) return fail(Fault::internal, "the library's signature is no DER");
  return std::move(*raw);
}

}  // namespace gatehouse::crypto
