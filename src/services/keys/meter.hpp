// Metering: who used which route and feature how often, kept exactly: answered <= counted <= answered + in flight, whatever kills the process.
//
//   loop thread: bank.count(key, route, feature, now) before the answer leaves --> journal (shared memory, a file)
//   pool thread, each second: fold() --> store: usage by key, route, feature and day, and the marks, in one transaction
//   start: the journal that is there is folded, then a new one takes its place; what was used today and this month goes back to the quotas
#pragma once
#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "ground/base/published.hpp"
#include "services/keys/key_ring.hpp"
#include "services/keys/meter_journal.hpp"
#include "services/keys/usage_table.hpp"

namespace gatehouse::keys {

class Meter {
 public:
  struct Options {
    std::string folder;             ///< the data directory; usage.journal and usage.lock are made in it
    std::uint32_t slots = 131'072;  ///< different (key, route, feature) between two starts; 16 bytes each, and 16 more a bank
    std::uint32_t banks = 8;        ///< threads that count at the same time
  };

  /// Folds what a former process left and starts a new journal. `conflict`: another process counts in this folder. The tables must be there
  /// (Keys::open). `store` outlives the result.
  static Result<std::unique_ptr<Meter>> open(store::Store& store, Random& random, Options options);
  /// Gives up the lock. The journal stays as it is: what was not folded is folded by the next start.
  ~Meter();

  /// The right of one thread to count. It goes back when this ends. The Meter outlives it.
  class Bank {
   public:
    Bank(Bank&& other) noexcept : meter_(std::exchange(other.meter_, nullptr)), place_(other.place_) {}
    Bank& operator=(Bank&&) = delete;
    ~Bank();

    /// That a request of the key will be counted: what is far away in memory is fetched meanwhile.
    void expect(const KeyId& key, Label route, Label feature) const noexcept { meter_->journal_->expect({key, route, feature}); }
    /// One request of the key. No lock, no allocation; safe from kill -9 when it returns.
    void count(const KeyId& key, Label route, Label feature, Instant now) noexcept {
      meter_->journal_->count(place_, {key, route, feature}, day_number(now));
    }

   private:
    friend class Meter;
    Bank(Meter& meter, MeterJournal::Place place) noexcept : meter_(&meter), place_(place) {}
    Meter* meter_;
    MeterJournal::Place place_;
  };
  /// `exhausted`: all banks are taken.
  Result<Bank> bank();

  /// The number to count a route or feature under; the same name gives the same number. Not on the way of a request.
  Result<Label> label(std::string_view name);

  /// Brings what was counted since the last time into the store. Pool threads. Nothing is lost by an error or a crash at any point, nothing counted twice.
  Result<> fold();

  /// Requests that found no slot left: they are in the export under the key "-", not under their own. A metric.
  [[nodiscard]] std::uint64_t overflowed() const noexcept;
  [[nodiscard]] std::uint32_t slots_used() const noexcept { return journal_->slots_used(); }

 private:
  Meter(store::Store& store, Options options, int lock) noexcept;

  store::Store& store_;
  const Options options_;
  int lock_;  // descriptor of usage.lock
  std::unique_ptr<MeterJournal> journal_;
  std::mutex mutex_;                              // of the free places and of the labels
  std::vector<MeterJournal::Place> free_places_;  // guarded by mutex_
  std::mutex folding_;
  std::vector<std::uint64_t> marks_;  // guarded by folding_; slot * 2 + parity
};

/// Gives the quotas of the ring's keys what the store says was used this day and month: once, after Meter::open and before the first request.
Result<> restore_quotas(store::Store& store, const KeyRing& ring, Instant now);

}  // namespace gatehouse::keys
