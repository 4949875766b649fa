// For the .cpp files of this room only: the object behind PublicKey and PrivateKey.
#pragma once
#include <atomic>
#include <span>

#include "ground/crypto/key.hpp"
#include "ground/crypto/openssl.hpp"
#include "ground/crypto/p256_table.hpp"

namespace gatehouse::crypto::internal {

struct KeyObject {
  KeyObject(openssl::Key pkey, KeyType type_of_key) : key(std::move(pkey)), type(type_of_key), id(next_id()) {}

  ~KeyObject() { delete table.load(std::memory_order_acquire); }
  KeyObject(const KeyObject&) = delete;
  KeyObject& operator=(const KeyObject&) = delete;

  openssl::Key key;
  KeyType type;
  std::uint64_t id;
  std::atomic<const P256Table*> table = nullptr;  // set once, by prepare(); owned

 private:
  static std::uint64_t next_id() noexcept {
    static std::atomic<std::uint64_t> last = 0;
    return ++last;
  }
};

enum class Part : std::uint8_t { public_only, both };

/// The one way from a library key to ours: refuses every type and strength that key.hpp does not promise.
[[nodiscard]] Result<std::shared_ptr<KeyObject>> checked(openssl::Key key, Part part);

/// One part of a key by the library's name: a big-endian number, octets or a UTF-8 text.
struct Parameter {
  enum class Form : std::uint8_t { number, octets, text };
  const char* name;
  Form form;
  Bytes bytes;
};
/// A checked key from its parts; `algorithm` is "EC" or "RSA".
[[nodiscard]] Result<std::shared_ptr<KeyObject>> make_key(const char* algorithm, Part part, std::span<const Parameter> parameters);

[[nodiscard]] const char* curve_name(KeyType curve) noexcept;

}  // namespace gatehouse::crypto::internal
