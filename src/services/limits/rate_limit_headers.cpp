#include "services/limits/rate_limit_headers.hpp"

#include <algorithm>
#include <charconv>

namespace gatehouse::limits {

namespace {

constexpr std::int64_t nanoseconds_a_second = 1'000'000'000;
constexpr std::int64_t seconds_max = 365 * 24 * 3600;

std::int64_t seconds_up(Duration duration) noexcept {
  if (duration >= Duration(seconds_max * nanoseconds_a_second)) return seconds_max;
  return std::max<std::int64_t>(1, (duration.count() + nanoseconds_a_second - 1) / nanoseconds_a_second);
}

/// A structured field list (RFC 9651 section 3.1), one member after the other, whole or not at all.
class Members {
 public:
  explicit Members(std::span<char> buffer) noexcept : buffer_(buffer) {}

  void add(std::string_view name, char first, std::int64_t first_value, char second, std::int64_t second_value) noexcept {
    const auto start = at_;
    bool fits = (at_ == 0 || put(", ")) && put("\"") && put(name) && put("\"");
    fits = fits && parameter(first, first_value) && parameter(second, second_value);
    if (!fits) at_ = start;
  }
  [[nodiscard]] std::string_view text() const noexcept { return {buffer_.data(), at_}; }

 private:
  bool put(std::string_view text) noexcept {
    if (buffer_.size() - at_ < text.size()) return false;
    std::ranges::copy(text, buffer_.begin() + static_cast<std::ptrdiff_t>(at_));
    at_ += text.size();
    return true;
  }
  bool parameter(char name, std::int64_t value) noexcept {
    const char head[3] = {';', name, '='};
    if (!put({head, 3})) return false;
    const auto [end, error] = std::to_chars(buffer_.data() + at_, buffer_.data() + buffer_.size(), value);
    if (error != std::errc{}) return false;
    at_ = static_cast<std::size_t>(end - buffer_.data());
    return true;
  }
  std::span<char> buffer_;
  std::size_t at_ = 0;
};

}  // namespace

Duration until_next(const Reading& reading) noexcept {
  const auto& [rule, tally] = reading;
  if (tally.remaining > 0) return Duration::zero();
  if (tally.retry_after > Duration::zero()) return tally.retry_after;
  return std::max(Duration::zero(), tally.reset_after - (rule->limit.tolerance() - rule->limit.emission()));
}

bool is_nearest(const QuotaReading& quota, std::span<const Reading> readings) noexcept {
  return std::ranges::all_of(readings, [&](const Reading& reading) { return quota.remaining <= reading.tally.remaining; });
}

std::string_view rate_limit(std::span<const Reading> readings, std::span<char> buffer, const QuotaReading* quota) noexcept {
  Members members(buffer);
  if (quota != nullptr) members.add(quota->name, 'r', static_cast<std::int64_t>(quota->remaining), 't', seconds_up(quota->left));
  for (const auto& reading : readings) {
    const auto& [rule, tally] = reading;
    members.add(rule->name, 'r', tally.remaining, 't',
                seconds_up(tally.remaining > 0 ? rule->limit.emission() * tally.remaining : until_next(reading)));
  }
  return members.text();
}

std::string_view rate_limit_policy(std::span<const Reading> readings, std::span<char> buffer, const QuotaReading* quota) noexcept {
  Members members(buffer);
  if (quota != nullptr) members.add(quota->name, 'q', static_cast<std::int64_t>(quota->quota), 'w', quota->window_seconds);
  for (const auto& reading : readings) {
    const auto& limit = reading.rule->limit;
    members.add(reading.rule->name, 'q', static_cast<std::int64_t>(limit.quota()), 'w', limit.window_seconds());
  }
  return members.text();
}

std::string_view retry_after(Duration duration, std::span<char> buffer) noexcept {
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), seconds_up(duration));
  return error == std::errc{} ? std::string_view(buffer.data(), static_cast<std::size_t>(end - buffer.data())) : std::string_view();
}

}  // namespace gatehouse::limits
