// The exchanges of one worker. Who has ended is kept for the requests to come, so that a steady load takes nothing from the heap; what lay unused
// for a whole window is given back, so that the memory of a flood does not stay.
//
//   spares:  | ... `least_` ... | ......... |  <- taken and given at this end: the one whose memory is still in the cache
//              needed by nobody   needed by somebody within the window
#pragma once
#include <cstddef>
#include <memory>
#include <vector>

#include "ground/async/loop.hpp"

namespace gatehouse::gateway {

class Exchange;
class Worker;

class ExchangePool {
 public:
  static constexpr std::size_t kept = 32;         ///< spares that a gate at rest keeps, about 7 KiB each
  static constexpr Duration window = 10s;         ///< a flood's memory is given back after one to two of them
  static constexpr std::size_t freed_max = 256;   ///< in one turn of the loop: it has requests to serve
  static constexpr Duration between_turns = 8ms;  ///< as long as there is more to free

  explicit ExchangePool(Worker& worker) noexcept;
  ~ExchangePool();
  ExchangePool(const ExchangePool&) = delete;
  ExchangePool& operator=(const ExchangePool&) = delete;

  /// A spare one, or a new one if there is none.
  [[nodiscard]] Exchange& take();
  /// `exchange` has been reset. Work on the pool may still be about to come back to it: it is not freed before.
  void give(Exchange& exchange);

  [[nodiscard]] std::size_t spare() const noexcept { return spares_.size(); }
  [[nodiscard]] std::size_t taken() const noexcept { return all_.size() - spares_.size(); }

 private:
  void look();
  void free(Exchange& exchange) noexcept;

  Worker& worker_;
  std::vector<std::unique_ptr<Exchange>> all_;
  std::vector<Exchange*> spares_;
  std::size_t least_ = 0;  // spares at the worst moment of this window
  std::size_t freed_ = 0;  // in the turns that belong together
  async::MemberTimer<ExchangePool, &ExchangePool::look> timer_{*this};
};

}  // namespace gatehouse::gateway
