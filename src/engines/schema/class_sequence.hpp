// The patterns that most schemas have: tied to the beginning, a few classes of ASCII characters one after the other, each so many times.
//
//     ^[A-Z]{3}-[0-9]{4}$     ^\d+$     ^[a-z][a-z0-9-]*
//
// They are matched in one pass with neither automaton nor memory. Only those are taken where taking as many as there are can never be wrong: what
// may follow a class of open count is none of it. All others are for a general engine.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace gatehouse::schema {

class ClassSequence {
 public:
  /// Nothing: no pattern of that shape. `source` is a pattern of ECMA-262 that its grammar takes.
  [[nodiscard]] static std::optional<ClassSequence> from(std::string_view source);
  [[nodiscard]] bool matches(std::string_view text) const noexcept;

 private:
  struct Item {
    std::array<std::uint64_t, 2> members{};  // bits of ASCII characters
    std::uint32_t least = 1, most = 1;

    void add(unsigned char c) noexcept { members[c / 64] |= std::uint64_t{1} << (c % 64); }
    [[nodiscard]] bool has(unsigned char c) const noexcept { return c < 128 && (members[c / 64] >> (c % 64) & 1U) != 0; }
    [[nodiscard]] bool shares(const Item& other) const noexcept { return ((members[0] & other.members[0]) | (members[1] & other.members[1])) != 0; }
  };
  class Reader;

  [[nodiscard]] bool is_plain() const noexcept;

  std::vector<Item> items_;
  bool to_end_ = false;
};

}  // namespace gatehouse::schema
