#include "ground/async/timer.hpp"

#include <algorithm>

namespace gatehouse::async {

Wheel::Wheel(Ticks now) : start_(now) {}

void Wheel::link(Timer& anchor, Timer& timer) noexcept {
  timer.previous_ = anchor.previous_;
  timer.next_ = &anchor;
  anchor.previous_->next_ = &timer;
  anchor.previous_ = &timer;
}

void Wheel::place(Timer& timer) noexcept {
  const auto ahead = timer.due_ - at_;
  if (ahead < inner) link(level0_[timer.due_ % inner], timer);
  else if (ahead < inner * outer) link(level1_[timer.due_ / inner % outer], timer);
  else link(level2_[timer.due_ / (inner * outer) % outer], timer);
}

void Wheel::arm(Timer& timer, Ticks now, Duration after) noexcept {
  timer.unlink();
  constexpr std::uint64_t farthest = inner * outer * (outer - 1);
  const auto due = position(now + std::max<Duration>(after, Duration::zero()) + slot - 1ns);  // rounded up: never early
  timer.due_ = std::clamp(due, at_ + 1, at_ + farthest);
  place(timer);
}

void Wheel::cascade(Anchor& anchor) noexcept {
  Timer* timer = anchor.next_;
  anchor.next_ = anchor.previous_ = &anchor;
  while (timer != &anchor) {
    Timer* const next = timer->next_;
    timer->next_ = timer->previous_ = timer;
    place(*timer);
    timer = next;
  }
}

void Wheel::turn(Ticks now) {
  const auto until = position(now);
  while (at_ < until) {
    ++at_;
    if (at_ % inner == 0) {
      if (at_ / inner % outer == 0) cascade(level2_[at_ / (inner * outer) % outer]);
      cascade(level1_[at_ / inner % outer]);
    }
    Anchor& anchor = level0_[at_ % inner];
    while (anchor.next_ != &anchor) {  // a timer that fires may arm or disarm any other, so the list is read afresh each time
      Timer& timer = *anchor.next_;
      timer.unlink();
      timer.expired();
    }
  }
}

Duration Wheel::sleep(Ticks now) const noexcept {
  constexpr Duration longest = 1s;
  for (std::uint64_t ahead = 1; ahead <= static_cast<std::uint64_t>(longest / slot); ++ahead) {
    const auto at = at_ + ahead;
    if (level0_[at % inner].next_ != &level0_[at % inner] || at % inner == 0) return std::max<Duration>(start_ + at * slot - now, Duration::zero());
  }
  return longest;
}

}  // namespace gatehouse::async
