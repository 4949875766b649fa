// The scans of sixteen bytes at a time say the same as a look at each byte, at every length and position.
#include "engines/net/http1/scan.hpp"

#include <doctest/doctest.h>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "ground/base/random.hpp"
#include "ground/base/text.hpp"

using namespace gatehouse;

namespace {
/// Texts of all lengths up to 50 in memory that ends with them, so that a sanitizer sees a byte read too much.
template <class Look>
void scan_texts(std::string_view bytes, Look look) {
  SeededRandom random(7);
  for (std::size_t size = 0; size <= 50; ++size) {
    for (int round = 0; round < 40; ++round) {
      const auto text = std::make_unique<char[]>(size);
      std::vector<std::uint8_t> choice(size);
      random.fill(choice);
      for (std::size_t i = 0; i < size; ++i) text[i] = bytes[choice[i] % bytes.size()];
      look(text.get(), text.get() + size);
    }
  }
}
}  // namespace

TEST_CASE("the controls of a text are found one after the other, wherever they stand") {
  using namespace net::http1;
  scan_texts(std::string_view("abcdefghij\t\r\n\x7f\x00\xff-:", 18), [](const char* begin, const char* end) {
    Controls controls(begin, end);
    for (const char* at = begin; at != end; ++at)
      if (http::is_field_control(*at)) REQUIRE(controls.next() == at);
    CHECK(controls.next() == end);
    CHECK(controls.next() == end);
  });
}

TEST_CASE("a name is put into lower case up to its end, and the value behind it stays as it is") {
  using namespace net::http1;
  scan_texts("abzABZ019-:_ \x80@[`{", [](char* begin, char* end) {
    const std::string before(begin, end);
    const char* const stop = lower_name(begin, end);
    const auto in_name = [](char c) { return text::is_alnum(c) || c == '-'; };
    for (std::size_t i = 0; i < before.size(); ++i) {
      if (begin + i < stop) REQUIRE((in_name(before[i]) && begin[i] == text::lower(before[i])));
      else REQUIRE(begin[i] == before[i]);
    }
    // It stops for a byte of another kind, or leaves the last fifteen bytes to its caller.
    CHECK((end - stop < 16 || !in_name(*stop)));
  });
}
