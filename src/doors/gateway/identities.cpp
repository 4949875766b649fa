#include "doors/gateway/identities.hpp"

#include <functional>

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

std::size_t Identities::slot_of(std::string_view key) noexcept { return std::hash<std::string_view>{}(key) % slots; }

std::string_view Identities::find(const std::string& key, Instant now) const noexcept {
  if (slots_.empty()) return {};
  const auto& slot = slots_[slot_of(key)];
  if (slot.key != key || now >= slot.good_until) return {};
  return slot.identity;
}

void Identities::put(const std::string& key, std::string identity, Instant good_until) {
  if (slots_.empty()) slots_.resize(slots);
  auto& slot = slots_[slot_of(key)];
  slot.key = key;
  slot.identity = std::move(identity);
  slot.good_until = good_until;
}

}  // namespace gatehouse::gateway
