// Chance is handed in: whoever needs it takes a Random.
#pragma once
#include <cstdint>
#include <span>

namespace gatehouse {

class Random {
 public:
  virtual ~Random() = default;
  /// Fills `out` with unpredictable bytes. Total: a machine without entropy is no machine to start on (aborts).
  virtual void fill(std::span<std::uint8_t> out) noexcept = 0;
};

/// getrandom(2): fit for keys and secrets.
class SystemRandom final : public Random {
 public:
  void fill(std::span<std::uint8_t> out) noexcept override;
};

/// A fixed sequence from a seed (splitmix64): for tests only, never for a secret.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
  void fill(std::span<std::uint8_t> out) noexcept override;

 private:
  std::uint64_t state_;
};

}  // namespace gatehouse
