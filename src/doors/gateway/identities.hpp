// The signed identities that one worker keeps: bounded, found by the whole of what they say, so that two principals never
// share one by accident or by design of an attacker.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "doors/gateway/principal.hpp"
#include "ground/base/time.hpp"

namespace gatehouse::gateway {

class Identities {
 public:
  static constexpr std::size_t slots = 8192, ways = 4;

  /// The text by which an identity is found, made in a buffer that is used again at the next call.
  [[nodiscard]] const std::string& key_of(const Principal& principal, std::string_view route, std::string_view audience);
  /// Empty: none that is good at `now`. Valid until put().
  [[nodiscard]] std::string_view find(const std::string& key, Instant now) const noexcept;
  /// Takes the place of the one of its bucket that ends first.
  void put(const std::string& key, std::string identity, Instant good_until);

 private:
  struct Slot {
    Instant good_until{};
    std::string key, identity;
  };
  std::vector<std::size_t> hashes_;  // of the slots, apart from them: those of a bucket lie in one cache line
  std::vector<Slot> slots_;          // made at the first put
  std::string buffer_;
};

}  // namespace gatehouse::gateway
