// The rate limits of one route, asked together. Limits of individuals (key, subject, address) are asked before shared ones (plan,
// route), and the first that refuses ends it: who is over a limit of their own never uses up what others share.
#pragma once
#include <array>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ground/base/assert.hpp"
#include "services/limits/counters.hpp"
#include "services/limits/delays.hpp"

namespace gatehouse::limits {

/// Who sends a request. What is not known is null: a rule for it then does not apply (the route decides whether a key is required).
struct Caller {
  http::Address address;
  const Who* key = nullptr;
  const Who* subject = nullptr;
  const Who* plan = nullptr;
  std::uint64_t route = 0;  ///< number_of its name
};

struct Rule {
  std::string name;  ///< letters, digits, '.', '_', '-'; at most 64; the policy's name in RateLimit
  Scope scope = Scope::address;
  bool per_route = false;  ///< count each route for itself; always so for Scope::route
  Limit limit;
  std::string setting{};  ///< where the operator has set it: "routes.export.limits.rate"; for the log, never told
};

/// What one rule said.
struct Reading {
  const Rule* rule = nullptr;
  Tally tally;
};

/// What all the rules said that one request was asked by: for the fields RateLimit and RateLimit-Policy of its answer.
class Readings {
 public:
  static constexpr std::size_t readings_max = 8;
  void add(const Reading& reading) noexcept {
    GH_ASSERT(count_ < readings_max);
    readings_[count_++] = reading;
  }
  void add(std::span<const Reading> readings) noexcept {
    for (const auto& reading : readings) add(reading);
  }
  void clear() noexcept { count_ = 0; }
  [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
  [[nodiscard]] std::span<const Reading> all() const noexcept { return {readings_.data(), count_}; }

 private:
  std::array<Reading, readings_max> readings_;
  std::size_t count_ = 0;
};

struct [[nodiscard]] Judgement {
  static constexpr std::size_t readings_max = Readings::readings_max;
  bool allowed = false;
  Duration wait{};  ///< allowed, after this time; `place` is held meanwhile
  Delays::Place place;
  const Rule* refused_by = nullptr;  ///< set if not allowed
  Duration retry_after{};            ///< of the rule that refused
  Readings readings;
  [[nodiscard]] std::span<const Reading> all() const noexcept { return readings.all(); }

  /// Asks one rule more of what is allowed so far; its counter is `key`. If it refuses, those before it keep what they have taken.
  void ask(Counters& counters, Delays& delays, const Rule& rule, const CounterKey& key, std::uint32_t cost, Ticks now) noexcept;
};

/// Immutable; shared by all threads.
class Rules {
 public:
  Rules() = default;
  /// Refuses more than Judgement::readings_max rules, a bad or repeated name, a limit that was never made.
  [[nodiscard]] static Result<Rules> make(std::vector<Rule> rules);

  [[nodiscard]] Judgement judge(Counters& counters, Delays& delays, const Caller& caller, std::uint32_t cost, Ticks now) const noexcept;
  [[nodiscard]] std::span<const Rule> all() const noexcept { return rules_; }
  /// Whether any rule is of that scope: a name that none asks for need not be made.
  [[nodiscard]] bool ask_for(Scope scope) const noexcept { return (scopes_ >> static_cast<unsigned>(scope) & 1U) != 0; }

 private:
  std::vector<Rule> rules_;
  std::vector<std::uint64_t> numbers_;
  std::uint32_t scopes_ = 0;  // a bit each
};

}  // namespace gatehouse::limits
