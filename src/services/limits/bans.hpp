// Addresses and keys that are shut out for a time. Asking is one look-up without a lock (and one load while nobody is banned); banning
// is rare and takes a mutex, which nobody holds for longer than one entry takes. Who is banned again soon after is banned for twice as long.
#pragma once
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "ground/base/time.hpp"
#include "services/limits/cells.hpp"
#include "services/limits/counter_key.hpp"

namespace gatehouse::limits {

/// One address (by customer) or one key; other scopes cannot be banned.
struct Suspect {
  Scope scope = Scope::address;
  Who who;
  [[nodiscard]] static Suspect address(const http::Address& address) noexcept { return {Scope::address, Who::of(address)}; }
  [[nodiscard]] static Suspect key(Who who) noexcept { return {Scope::key, who}; }
};

struct Ban {
  Suspect suspect;
  Ticks since{}, until{};
  std::uint32_t strikes = 0;  ///< how often in a row, this time included
};

class Bans {
 public:
  struct Options {
    Duration first = 1min;        ///< length of a first ban
    Duration longest = 1h;        ///< doubling ends here
    std::size_t entries = 16384;  ///< 16 bytes each, and 64 more while banned; full buckets forget the ban that ends first
  };
  [[nodiscard]] static Result<std::unique_ptr<Bans>> create(Options options, Random& random);
  /// Whether bans can be so long.
  [[nodiscard]] static Result<> check(const Options& options);
  /// Bans from now on last as `options` say, which were checked; those that run stay as they are, and so does the number of entries.
  void configure(const Options& options) noexcept;

  /// Whether no ban can be in force: one load.
  [[nodiscard]] bool nobody(Ticks now) const noexcept {
    return latest_.load(std::memory_order_relaxed) <= static_cast<std::uint64_t>(now.time_since_epoch().count());
  }
  /// When the ban ends, if there is one.
  [[nodiscard]] std::optional<Ticks> until(const Suspect& suspect, Ticks now) const noexcept;
  /// Bans, or bans again: 2^(strikes - 1) times the first length, up to the longest. A strike is forgotten when the longest ban's time has
  /// passed since the last one ended. Nothing: is banned already.
  std::optional<Ban> ban(const Suspect& suspect, Ticks now) noexcept;
  /// As if it had never been: no strike is left, and amnesty() changes. False: was not banned.
  bool lift(const Suspect& suspect, Ticks now);
  /// When a ban of this suspect was last lifted, in nanoseconds; 0: never, or more than a thousand lifts ago. What had led to that ban is counted under
  /// another number than this one, hence no more: a counter itself cannot be set back, or it would forgive others too (MemoryCounters).
  [[nodiscard]] std::uint64_t amnesty(const Suspect& suspect) const noexcept;
  /// All that are banned now, longest first. For an administrator: reads the whole table.
  [[nodiscard]] std::vector<Ban> list(Ticks now) const;
  /// How many are. Reads the whole table, without the mutex.
  [[nodiscard]] std::size_t count(Ticks now) const noexcept;

 private:
  Bans(Options options, CellTable table, LazyPages details, CellTable lifted, Seed seed) noexcept
      : options_(options), table_(std::move(table)), details_(std::move(details)), lifted_(std::move(lifted)), seed_(seed) {}
  [[nodiscard]] Ban& detail(const Cell& cell) const noexcept { return static_cast<Ban*>(details_.data())[&cell - table_.cells()]; }
  [[nodiscard]] Cell* find(std::uint64_t tag, std::uint64_t hash) const noexcept;
  void forgive(Hash hash, Ticks now) noexcept;

  Options options_;    // under the mutex
  CellTable table_;    // value: end of the ban, in nanoseconds; kept after the end, so that a next strike is known
  LazyPages details_;  // a Ban for each cell, under the mutex
  CellTable lifted_;   // value: when a ban was lifted; the earliest gives way
  Seed seed_;
  std::atomic<std::uint64_t> latest_{0};  // no ban ends after this
  std::atomic<bool> any_lifted_{false};
  mutable std::mutex changing_;
};

}  // namespace gatehouse::limits
