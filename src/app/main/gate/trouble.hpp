// A trouble that lasts, told to an operator: when it begins, again once a minute, and when it is over. Whatever comes and goes faster than that
// fills no log.
#pragma once
#include <cstdint>
#include <optional>

#include "ground/base/time.hpp"

namespace gatehouse::main {

class Trouble {
 public:
  enum class Say : std::uint8_t { nothing, that_it_is, that_it_is_over };

  /// What is to be said now. That it is: at most once in `every`, also when it was over in between; that it is over: whenever it was said to be.
  [[nodiscard]] Say look(bool is, Ticks now) noexcept {
    if (!is) {
      const bool was_told = told_;
      told_ = false;
      return was_told ? Say::that_it_is_over : Say::nothing;
    }
    if (last_ && now - *last_ < every) return Say::nothing;
    told_ = true;
    last_ = now;
    return Say::that_it_is;
  }

 private:
  static constexpr Duration every = 1min;
  bool told_ = false;
  std::optional<Ticks> last_;
};

}  // namespace gatehouse::main
