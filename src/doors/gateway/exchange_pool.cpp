#include "doors/gateway/exchange_pool.hpp"

#include <malloc.h>
#include <algorithm>

#include "doors/gateway/exchange.hpp"
#include "doors/gateway/worker.hpp"

namespace gatehouse::gateway {

ExchangePool::ExchangePool(Worker& worker) noexcept : worker_(worker) {}
ExchangePool::~ExchangePool() = default;

Exchange& ExchangePool::take() {
  if (spares_.empty()) {
    all_.push_back(std::make_unique<Exchange>(worker_));
    all_.back()->place_ = all_.size() - 1;
    return *all_.back();
  }
  auto* const exchange = spares_.back();
  spares_.pop_back();
  least_ = std::min(least_, spares_.size());
  return *exchange;
}

void ExchangePool::give(Exchange& exchange) {
  spares_.push_back(&exchange);
  if (spares_.size() <= kept || timer_.armed()) return;
  least_ = spares_.size();
  worker_.loop().arm(timer_, window);
}

void ExchangePool::look() {
  const auto unused = std::min(least_ > kept ? least_ - kept : 0, freed_max);
  const auto end = spares_.begin() + static_cast<std::ptrdiff_t>(unused);
  const auto done = std::partition(spares_.begin(), end, [](const Exchange* exchange) { return exchange->awaited_ != 0; });
  for (auto at = done; at != end; ++at) free(**at);
  freed_ += static_cast<std::size_t>(end - done);
  spares_.erase(done, end);
  least_ -= unused;
  if (least_ > kept) return worker_.loop().arm(timer_, between_turns);
  // What is left are the lists themselves.
  if (all_.capacity() > 4 * (all_.size() + kept)) all_.shrink_to_fit();
  if (spares_.capacity() > 4 * (spares_.size() + kept)) spares_.shrink_to_fit();
  // The heap keeps free pages that lie between used ones, which is nearly all of a flood's: 1 to 2 ms for 30 MiB, so never for a few.
  if (freed_ >= freed_max) (void)::malloc_trim(0);
  freed_ = 0;
  if (spares_.size() <= kept) return;
  least_ = spares_.size();
  worker_.loop().arm(timer_, window);
}

/// The last of all takes its place.
void ExchangePool::free(Exchange& exchange) noexcept {
  const auto place = exchange.place_;
  std::swap(all_[place], all_.back());
  all_[place]->place_ = place;
  all_.pop_back();
}

}  // namespace gatehouse::gateway
