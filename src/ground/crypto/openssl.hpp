// For the .cpp files of this room only: owners of OpenSSL's objects, and the algorithms fetched once. (An implicit fetch, as
// EVP_sha256() causes in OpenSSL 3.0, costs a lock and a look-up by name each time.)
#pragma once
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>

#include "ground/base/assert.hpp"
#include "ground/base/result.hpp"
#include "ground/crypto/digest.hpp"

namespace gatehouse::crypto::openssl {

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* object) const noexcept {
    Free(object);
  }
};
template <class T, auto Free>
using Owned = std::unique_ptr<T, Freed<Free>>;

using Key = Owned<EVP_PKEY, EVP_PKEY_free>;
using KeyContext = Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using DigestContext = Owned<EVP_MD_CTX, EVP_MD_CTX_free>;
using Number = Owned<BIGNUM, BN_free>;
using SecretNumber = Owned<BIGNUM, BN_clear_free>;
using Bio = Owned<BIO, BIO_free_all>;
using Certificate = Owned<X509, X509_free>;

/// The digest's algorithm, fetched on first use and kept until the process ends.
[[nodiscard]] const EVP_MD* algorithm(Hash hash) noexcept;
[[nodiscard]] const char* name(Hash hash) noexcept;

/// What a failed call left in this thread's error queue, taken out of it: TLS on the same thread would read it as its own failure.
[[nodiscard]] std::string taken_error();
[[nodiscard]] inline Error failure(Fault fault, const std::string& what, std::source_location where = std::source_location::current()) {
  return fail(fault, what + taken_error(), where);
}

/// A BIO that reads `text`, which must outlive it.
[[nodiscard]] inline Bio reader(std::string_view text) {
  GH_ASSERT(text.size() <= INT32_MAX);
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}
[[nodiscard]] inline std::string written(BIO* memory) {
  char* data = nullptr;
  const auto size = BIO_get_mem_data(memory, &data);
  return {data, static_cast<std::size_t>(size)};
}

}  // namespace gatehouse::crypto::openssl
