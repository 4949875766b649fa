#include "ground/base/time.hpp"

namespace gatehouse {
Instant SystemClock::now() const noexcept { return std::chrono::time_point_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now()); }
Ticks SystemClock::ticks() const noexcept { return std::chrono::time_point_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now()); }
}  // namespace gatehouse
