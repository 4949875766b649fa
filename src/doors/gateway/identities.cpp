#include "doors/gateway/identities.hpp"

#include <algorithm>
#include <functional>
#include <span>

namespace gatehouse::gateway {

const std::string& Identities::key_of(const Principal& principal, std::string_view route, std::string_view audience) {
  buffer_.clear();
  // Sizes before texts: no two lists of texts make the same key.
  const auto add = [this](std::string_view text) {
    const auto size = static_cast<std::uint32_t>(text.size());
    buffer_.append(reinterpret_cast<const char*>(&size), sizeof size).append(text);
  };
  add(route);
  add(audience);
  add(principal.issuer);
  add(principal.subject);
  add(principal.key_id);
  for (const auto scope : principal.scopes) add(scope);
  return buffer_;
}

std::string_view Identities::find(const std::string& key, Instant now) const noexcept {
  if (slots_.empty()) return {};
  const auto hash = std::hash<std::string_view>{}(key);
  const auto bucket = hash % (slots / ways) * ways;
  for (auto i = bucket; i < bucket + ways; ++i)
    if (hashes_[i] == hash && slots_[i].key == key && now < slots_[i].good_until) return slots_[i].identity;
  return {};
}

void Identities::put(const std::string& key, std::string identity, Instant good_until) {
  if (slots_.empty()) {
    hashes_.resize(slots);
    slots_.resize(slots);
  }
  const auto hash = std::hash<std::string_view>{}(key);
  const auto bucket = std::span(slots_).subspan(hash % (slots / ways) * ways, ways);
  auto& slot = *std::ranges::min_element(bucket, {}, &Slot::good_until);
  hashes_[static_cast<std::size_t>(&slot - slots_.data())] = hash;
  slot.good_until = good_until;
  slot.key = key;
  slot.identity = std::move(identity);
}

}  // namespace gatehouse::gateway
