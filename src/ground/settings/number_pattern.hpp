// Bounds of numbers as regular expressions (ECMA 262), for schemas: JSON Schema can compare numbers, but not the number in "90s".
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace gatehouse::settings {

/// The decimal numbers from `low` to `high`, without leading zeros: `[1-9]|1[0-2]`. Not anchored, and an alternative without brackets around it.
/// `low` must not be greater.
[[nodiscard]] std::string number_pattern(std::uint64_t low, std::uint64_t high);

struct PatternUnit {
  std::string_view text;
  std::uint64_t size;
};

/// The numbers with one of the units that mean `low` to `high` of size 1, leading zeros allowed; in brackets, not anchored.
[[nodiscard]] std::string quantity_pattern(std::uint64_t low, std::uint64_t high, std::span<const PatternUnit> units);

}  // namespace gatehouse::settings
