// The range is cut where a pattern of digits can no longer say it: 17 to 345 is 17-19, 20-99, 100-299, 300-339, 340-345. From the low end the cuts are after
// 19 and 99 (its last digits become nines), from the high end after 339 and 299 (they become zeros, less one). Within a part each digit varies by itself.
#include "ground/settings/number_pattern.hpp"

#include <algorithm>
#include <set>

#include "ground/base/assert.hpp"

namespace gatehouse::settings {

namespace pattern {
namespace {

constexpr int digits_max = 19;  // of the powers of ten that fit

std::set<std::uint64_t> ends_of_parts(std::uint64_t low, std::uint64_t high) {
  std::set<std::uint64_t> ends{high};
  std::uint64_t power = 10;
  for (int i = 1; i < digits_max; ++i, power *= 10) {
    const auto nines = low - low % power + (power - 1);
    if (nines >= high) break;
    ends.insert(nines);
  }
  power = 10;
  for (int i = 1; i < digits_max; ++i, power *= 10) {
    const auto zeros = (high + 1) - (high + 1) % power;
    if (zeros <= low) break;
    ends.insert(zeros - 1);
  }
  return ends;
}

/// Of two numbers with as many digits, of which each varies by itself.
void append_part(std::string& out, std::uint64_t low, std::uint64_t high) {
  const auto first = std::to_string(low), last = std::to_string(high);
  GH_ASSERT(first.size() == last.size());
  std::size_t any = 0;
  for (std::size_t i = 0; i < first.size(); ++i) {
    if (first[i] == '0' && last[i] == '9') ++any;
    else if (first[i] == last[i]) out += first[i];
    else ((out += '[') += first[i]).append(last[i] == first[i] + 1 ? "" : "-").append({last[i], ']'});
  }
  if (any > 0) out += "[0-9]";
  if (any > 1) out += '{' + std::to_string(any) + '}';
}

}  // namespace
}  // namespace pattern

std::string number_pattern(std::uint64_t low, std::uint64_t high) {
  GH_ASSERT(low <= high);
  std::string out;
  auto begin = low;
  for (const auto end : pattern::ends_of_parts(low, high)) {
    if (!out.empty()) out += '|';
    pattern::append_part(out, begin, end);
    begin = end + 1;
  }
  return out;
}

std::string quantity_pattern(std::uint64_t low, std::uint64_t high, std::span<const PatternUnit> units) {
  std::string out;
  for (const auto& unit : units) {
    const auto least = low / unit.size + (low % unit.size != 0 ? 1 : 0), most = high / unit.size;
    if (least > most) continue;
    out.append(out.empty() ? "0*(?:(?:" : "|(?:").append(number_pattern(least, most)).append(")").append(unit.text);
  }
  GH_ASSERT(!out.empty());  // the smallest unit has a whole number of everything
  return out + ')';
}

}  // namespace gatehouse::settings
