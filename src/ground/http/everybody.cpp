#include "ground/http/everybody.hpp"

#include <algorithm>
#include <vector>

namespace gatehouse::http {

namespace everybody {
namespace {
struct Range {
  Address first, last;  // both in it
};

Range range_of(const AddressBlock& block) noexcept {
  Range range{block.first, block.first};
  for (unsigned bit = block.prefix; bit < 128; ++bit) range.last.bytes[bit / 8] |= static_cast<std::uint8_t>(0x80U >> bit % 8);
  return range;
}

constexpr Address v4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d) noexcept {
  return {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, a, b, c, d}};
}

/// The address behind it; behind the last one comes the first again.
Address after(Address address) noexcept {
  for (auto byte = address.bytes.rbegin(); byte != address.bytes.rend(); ++byte)
    if (++*byte != 0) break;
  return address;
}

/// Whether no address of `all` is outside of the ranges, which are sorted by their first.
bool cover(const std::vector<Range>& ranges, const Range& all) {
  auto missing = all.first;  // the first address that none so far holds
  for (const auto& range : ranges) {
    if (range.first > missing) return false;
    if (range.last >= all.last) return true;
    if (range.last >= missing) missing = after(range.last);
  }
  return false;
}
}  // namespace
}  // namespace everybody

bool hold_everybody(std::span<const AddressBlock> blocks) {
  using namespace everybody;
  std::vector<Range> ranges;
  ranges.reserve(blocks.size());
  for (const auto& block : blocks) ranges.push_back(range_of(block));
  std::ranges::sort(ranges, {}, &Range::first);
  const Range of_v4{v4(1, 0, 0, 0), v4(223, 255, 255, 255)}, of_v6 = range_of({.first = {{0x20}}, .prefix = 3});
  return cover(ranges, of_v4) || cover(ranges, of_v6);
}

}  // namespace gatehouse::http
