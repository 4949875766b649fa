#include "ground/crypto/aead.hpp"

#include "ground/crypto/openssl.hpp"

namespace gatehouse::crypto {

namespace {
const EVP_CIPHER* aes_256_gcm() noexcept {
  static EVP_CIPHER* const fetched = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  GH_ASSERT(fetched != nullptr);
  return fetched;
}
const unsigned char* bytes_of(std::string_view text) noexcept { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* bytes_of(std::string& text) noexcept { return reinterpret_cast<unsigned char*>(text.data()); }
constexpr std::size_t plain_bytes_max = 1U << 30U;  // the library counts in int
}  // namespace

Result<AeadKey> AeadKey::from(Secret key) {
  if (key.reveal().size() != key_bytes) return fail(Fault::invalid, "an AES-256 key has 32 bytes");
  return AeadKey(std::move(key));
}

std::string AeadKey::seal(Random& random, std::string_view context, std::string_view plain) const {
  GH_ASSERT(plain.size() <= plain_bytes_max && context.size() <= plain_bytes_max);
  std::string out(nonce_bytes + plain.size() + tag_bytes, '\0');
  random.fill({bytes_of(out), nonce_bytes});
  const openssl::CipherContext cipher(EVP_CIPHER_CTX_new());
  int size = 0;
  auto* const text = bytes_of(out) + nonce_bytes;
  GH_ASSERT(cipher != nullptr && EVP_EncryptInit_ex2(cipher.get(), aes_256_gcm(), bytes_of(key_.reveal()), bytes_of(out), nullptr) == 1 &&
            EVP_EncryptUpdate(cipher.get(), nullptr, &size, bytes_of(context), static_cast<int>(context.size())) == 1 &&
            EVP_EncryptUpdate(cipher.get(), text, &size, bytes_of(plain), static_cast<int>(plain.size())) == 1 &&
            EVP_EncryptFinal_ex(cipher.get(), text + plain.size(), &size) == 1 &&
            EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_AEAD_GET_TAG, tag_bytes, text + plain.size()) == 1);
  return out;
}

Result<Secret> AeadKey::open(std::string_view context, std::string_view sealed) const {
  if (sealed.size() < nonce_bytes + tag_bytes || sealed.size() > plain_bytes_max || context.size() > plain_bytes_max)
    return fail(Fault::invalid, "sealed data of an impossible length");
  const auto text = sealed.substr(nonce_bytes, sealed.size() - nonce_bytes - tag_bytes);
  std::string tag(sealed.substr(sealed.size() - tag_bytes));
  std::string plain(text.size(), '\0');
  const openssl::CipherContext cipher(EVP_CIPHER_CTX_new());
  int size = 0;
  std::array<unsigned char, 16> rest{};
  const bool good = cipher != nullptr && EVP_DecryptInit_ex2(cipher.get(), aes_256_gcm(), bytes_of(key_.reveal()), bytes_of(sealed), nullptr) == 1 &&
                    EVP_DecryptUpdate(cipher.get(), nullptr, &size, bytes_of(context), static_cast<int>(context.size())) == 1 &&
                    EVP_DecryptUpdate(cipher.get(), bytes_of(plain), &size, bytes_of(text), static_cast<int>(text.size())) == 1 &&
                    EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_AEAD_SET_TAG, tag_bytes, tag.data()) == 1 &&
                    EVP_DecryptFinal_ex(cipher.get(), rest.data(), &size) == 1;
  Secret secret(std::move(plain));  // wiped below if the tag is wrong: what was decrypted without proof is never seen
  if (!good) return openssl::failure(Fault::invalid, "sealed data was altered, or sealed with another key or for another place");
  return secret;
}

}  // namespace gatehouse::crypto
