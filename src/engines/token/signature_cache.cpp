#include "engines/token/signature_cache.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace gatehouse::token {

namespace {
/// The end of a token is its signature, which is as good as random; only tokens that were proven are put in, so nobody can aim at a slot
/// without the key. Texts are compared whole in any case.
std::uint64_t hash_of(std::string_view compact) noexcept {
  constexpr std::size_t tail = 32;
  std::uint64_t words[tail / 8]{};
  const auto used = std::min(compact.size(), tail);
  std::memcpy(words, compact.data() + compact.size() - used, used);
  std::uint64_t hash = compact.size();
  for (const auto word : words) {
    hash = (hash ^ word) * 0x9E3779B97F4A7C15U;
    hash ^= hash >> 32;
  }
  return hash;
}
}  // namespace

SignatureCache::SignatureCache(Options options) noexcept : slot_count_(std::bit_ceil(std::max(options.slots, ways))), bytes_max_(options.bytes) {}

std::shared_ptr<const VerifiedSignature> SignatureCache::Hit::with(const KeySet& keys) const noexcept {
  return keys.holds(token_->key_thumbprint(), token_->header().key_id, token_->algorithm()) ? token_ : nullptr;
}

std::optional<SignatureCache::Hit> SignatureCache::find(std::string_view compact) noexcept {
  if (slots_.empty()) return std::nullopt;
  const auto hash = hash_of(compact);
  auto* const first = bucket(hash);
  for (auto* slot = first; slot != first + ways; ++slot) {
    if (slot->used == 0 || slot->hash != hash || slot->text != compact) continue;
    slot->used = ++uses_;
    return Hit(slot->token);
  }
  return std::nullopt;
}

std::size_t SignatureCache::cost(const Slot& slot) noexcept { return slot.text.capacity() + slot.token->bytes(); }

void SignatureCache::drop(Slot& slot) noexcept {
  if (slot.used == 0) return;
  bytes_ -= cost(slot);
  --size_;
  slot = {};
}

void SignatureCache::put(std::string_view compact, std::shared_ptr<const VerifiedSignature> token) {
  if (slots_.empty()) slots_.resize(slot_count_);
  const auto hash = hash_of(compact);
  auto* const first = bucket(hash);
  auto* chosen = first;
  for (auto* slot = first; slot != first + ways; ++slot) {
    if (slot->used != 0 && slot->hash == hash && slot->text == compact) {
      chosen = slot;
      break;
    }
    if (slot->used < chosen->used) chosen = slot;
  }
  drop(*chosen);
  Slot fresh{hash, ++uses_, std::string(compact), std::move(token)};
  const auto needed = cost(fresh);
  if (needed > bytes_max_ / ways) return;
  // Room is made by going round, some slots each time it is short: the bound holds always, its work is spread.
  for (std::size_t steps = 0; bytes_ + needed > bytes_max_ && steps < slot_count_; ++steps) drop(slots_[sweep_++ % slot_count_]);
  *chosen = std::move(fresh);
  bytes_ += needed;
  ++size_;
}

}  // namespace gatehouse::token
