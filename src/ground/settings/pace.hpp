// The words on how fast somebody may come, as every block with a rate says them: `rate` and `burst` (value.hpp), `over` and `max_delay`.
#pragma once
#include <cstdint>

#include "ground/settings/value.hpp"

namespace gatehouse::settings {

/// What happens to a request that comes too early.
enum class Over : std::uint8_t { reject, delay };

inline constexpr std::string_view over_purpose = "What happens to a request above the rate.";
inline constexpr std::string_view max_delay_purpose = "The longest wait; who would have to wait longer is rejected.";
[[nodiscard]] TypeOf<Over> over();
/// 1 ms to 30 s: whoever waits holds memory of the gate.
[[nodiscard]] TypeOf<Duration> max_delay();

/// Notes what has no meaning in such a block. A burst without a rate:
void check_burst(Reader& reader, const Node& block);
/// `over: delay` without a rate:
void check_delay(Reader& reader, const Node& block, Over over);
/// `max_delay` without `over: delay`:
void check_max_delay(Reader& reader, const Node& block, Over over);

}  // namespace gatehouse::settings
