// Counters: the port behind which all rate limits are kept, in this process or in a shared store. Losing them forgets how much was
// used, never who may do what.
#pragma once
#include "services/limits/counter_key.hpp"
#include "services/limits/limit.hpp"

namespace gatehouse::limits {

class Counters {
 public:
  virtual ~Counters() = default;
  /// Takes `cost` from the counter, or nothing if the limit does not allow it. A cost of zero only asks. Total and thread-safe;
  /// whatever goes wrong inside comes out as a refusal. `now` never runs back by more than the threads' clocks differ.
  virtual Tally take(const CounterKey& key, const Limit& limit, std::uint32_t cost, Ticks now) noexcept = 0;
};

}  // namespace gatehouse::limits
