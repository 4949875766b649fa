// Signatures that were checked already, for one thread. A hit costs a compare of the whole text and no cryptography; it proves the signature
// only, and only while the issuer's set still holds the key. Times, audience, claims and revocation are the caller's on every request.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engines/token/jwt.hpp"

namespace gatehouse::token {

class SignatureCache {
 public:
  struct Options {
    std::size_t slots = 4096;        ///< tokens kept at most; rounded up to a power of two
    std::size_t bytes = 16U << 20U;  ///< of texts and claims at most
  };
  explicit SignatureCache(Options options) noexcept;

  /// A token found. It proves nothing until with() has asked the keys that are in force now.
  class Hit {
   public:
    [[nodiscard]] std::string_view issuer() const noexcept { return token_->issuer(); }
    /// The proof, if `keys` (those of that issuer) still hold the key that it was made with; else nothing.
    [[nodiscard]] std::shared_ptr<const VerifiedSignature> with(const KeySet& keys) const noexcept;

   private:
    friend class SignatureCache;
    explicit Hit(std::shared_ptr<const VerifiedSignature> token) noexcept : token_(std::move(token)) {}
    std::shared_ptr<const VerifiedSignature> token_;
  };

  /// Nothing unless exactly this text was put in and not displaced since. Allocates nothing.
  [[nodiscard]] std::optional<Hit> find(std::string_view compact) noexcept;

  /// Keeps a token; displaces the one of its neighbours that was used least recently. A token too large for its share is not kept.
  void put(std::string_view compact, std::shared_ptr<const VerifiedSignature> token);

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

 private:
  struct Slot {
    std::uint64_t hash = 0;
    std::uint64_t used = 0;  // when, in uses of the cache; 0: empty
    std::string text;
    std::shared_ptr<const VerifiedSignature> token;
  };
  static constexpr std::size_t ways = 4;  // neighbours that one token may take

  [[nodiscard]] Slot* bucket(std::uint64_t hash) noexcept { return &slots_[(hash & (slot_count_ / ways - 1)) * ways]; }
  void drop(Slot& slot) noexcept;
  [[nodiscard]] static std::size_t cost(const Slot& slot) noexcept;

  std::size_t slot_count_, bytes_max_;
  std::vector<Slot> slots_;  // made at the first put: a thread that sees no token pays nothing
  std::size_t size_ = 0, bytes_ = 0, sweep_ = 0;
  std::uint64_t uses_ = 0;
};

}  // namespace gatehouse::token
