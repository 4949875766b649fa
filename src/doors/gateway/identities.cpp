#include "doors/gateway/identities.hpp"

#include <algorithm>
#include <functional>
#include <span>

namespace gatehouse::gateway {

const std::string& Identities::key_of(const Principal& principal, std::string_view route) {
  buffer_.clear();
  // Sizes before texts: no two lists of texts make the same key.
  const auto add = [this](std::string_view text) {
    const auto size = static_cast<std::uint32_t>(text.size());
    buffer_.append(reinterpret_cast<const char*>(&size), sizeof size).append(text);
  };
  add(route);
  add(principal.issuer);
  add(principal.subject);
  add(principal.key_id);
  for (const auto scope : principal.scopes) add(scope);
  return buffer_;
}

std::string_view Identities::find(const std::string& key, Instant now) const noexcept {
  if (slots_.empty()) return {};
  const auto hash = std::hash<std::string_view>{}(key);
  const auto* const bucket = &slots_[hash % (slots / ways) * ways];
  for (std::size_t i = 0; i < ways; ++i)
    if (bucket[i].hash == hash && bucket[i].key == key && now < bucket[i].good_until) return bucket[i].identity;
  return {};
}

void Identities::put(const std::string& key, std::string identity, Instant good_until) {
  if (slots_.empty()) slots_.resize(slots);
  const auto hash = std::hash<std::string_view>{}(key);
  const auto bucket = std::span(slots_).subspan(hash % (slots / ways) * ways, ways);
  auto& slot = *std::ranges::min_element(bucket, {}, &Slot::good_until);
  slot.hash = hash;
  slot.good_until = good_until;
  slot.key = key;
  slot.identity = std::move(identity);
}

}  // namespace gatehouse::gateway
