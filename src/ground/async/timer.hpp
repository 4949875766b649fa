// A hierarchical timer wheel (Varghese and Lauck 1987): arming and disarming cost a few instructions whatever the number
// of timers. Three levels of slots; a timer of an outer level is moved inwards when its slot comes up.
//
//   level 0: 256 slots of 8 ms (2 s)   level 1: 64 slots of 2 s (131 s)   level 2: 64 slots of 131 s (2.3 h)
//
// Invariant: a timer never fires early; it fires at most one slot of level 0 (8 ms) and one loop turn late.
#pragma once
#include <array>
#include <cstdint>

#include "ground/base/time.hpp"

namespace gatehouse::async {

class Wheel;

/// An intrusive timer: a member of the thing that it wakes. Disarms itself when destroyed.
class Timer {
 public:
  Timer() noexcept : next_(this), previous_(this) {}
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  virtual ~Timer() { unlink(); }

  [[nodiscard]] bool armed() const noexcept { return next_ != this; }
  void disarm() noexcept { unlink(); }

 protected:
  virtual void expired() = 0;

 private:
  friend class Wheel;
  void unlink() noexcept {
    next_->previous_ = previous_;
    previous_->next_ = next_;
    next_ = previous_ = this;
  }
  Timer* next_;
  Timer* previous_;
  std::uint64_t due_ = 0;  // in slots of level 0
};

/// A timer that calls a member function of its owner.
template <class Owner, void (Owner::*Expired)()>
class MemberTimer final : public Timer {
 public:
  explicit MemberTimer(Owner& owner) noexcept : owner_(owner) {}

 protected:
  void expired() override { (owner_.*Expired)(); }

 private:
  Owner& owner_;
};

class Wheel {
 public:
  static constexpr auto slot = std::chrono::milliseconds(8);

  explicit Wheel(Ticks now);
  /// Fires `after` from `now` or later; a longest time of 2 h 15 min is kept (longer ones are cut to it).
  void arm(Timer& timer, Ticks now, Duration after) noexcept;
  /// Fires all that are due.
  void turn(Ticks now);
  /// How long the loop may sleep: until the next slot of level 0 that holds a timer, at most one second.
  [[nodiscard]] Duration sleep(Ticks now) const noexcept;

 private:
  class Anchor final : public Timer {
    void expired() override {}
  };
  static constexpr std::size_t inner = 256, outer = 64;
  [[nodiscard]] std::uint64_t position(Ticks at) const noexcept { return static_cast<std::uint64_t>((at - start_) / slot); }
  void place(Timer& timer) noexcept;
  void cascade(Anchor& anchor) noexcept;
  static void link(Timer& anchor, Timer& timer) noexcept;

  Ticks start_;
  std::uint64_t at_ = 0;  // slots of level 0 that are done
  std::array<Anchor, inner> level0_;
  std::array<Anchor, outer> level1_, level2_;
};

}  // namespace gatehouse::async
