#include "engines/schema/pattern_extent.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>

#include "engines/schema/pattern.hpp"
#include "ground/base/random.hpp"

using namespace gatehouse;
using namespace gatehouse::schema;

namespace {
PatternExtent extent_of_source(std::string_view source) {
  const auto pattern = Pattern::compile(source, 4U << 20U);
  if (!pattern) MESSAGE(std::string(source), " ", pattern.error().told);
  REQUIRE(pattern.has_value());
  return (*pattern)->extent();
}
std::uint64_t most_of(std::string_view source) {
  const auto extent = extent_of_source(source);
  CHECK_MESSAGE(extent.plain, std::string(source));
  return extent.most;
}

/// An expression and a text that it was made for, each part by chance.
class MadePattern {
 public:
  explicit MadePattern(std::uint64_t seed) : random_(seed) { disjunction(0); }
  std::string source, text;

  std::size_t below(std::size_t end) {
    std::array<std::uint8_t, 2> bytes{};
    random_.fill(bytes);
    return (bytes[0] * 256U + bytes[1]) % end;
  }

 private:
  void disjunction(int depth) {
    const auto count = 1 + below(10) / 8;
    const auto begun = text;
    for (std::size_t i = 0; i < count; ++i) {
      if (i > 0) source += '|';
      if (i > 0 && below(2) == 0) text = begun;
      const auto kept = text;
      alternative(depth);
      if (i > 0 && text != kept && below(2) == 0) text = kept;
    }
  }
  void alternative(int depth) {
    if (below(8) != 0) source += '^';
    for (auto left = below(4); left > 0; --left) part(depth);
    if (below(8) != 0) source += '$';
  }
  void part(int depth) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 14> atoms{{{"a", "a"},
                                                                                   {"-", "-"},
                                                                                   {"\\.", "."},
                                                                                   {"[a-z]", "q"},
                                                                                   {"[0-9.-]", "-"},
                                                                                   {"[\\w-]", "-"},
                                                                                   {"\\d", "7"},
                                                                                   {"_", "_"},
                                                                                   {".", "'"},
                                                                                   {"[^a]", ";"},
                                                                                   {"\\s", " "},
                                                                                   {"'", "'"},
                                                                                   {"[+-.]", ","},
                                                                                   {"\\b", ""}}};
    const auto before = text.size();
    const bool is_group = depth < 3 && below(4) == 0;
    bool is_assertion = false;
    if (is_group) {
      source += '(';
      disjunction(depth + 1);
      source += ')';
    } else {
      const auto& [written, meant] = atoms[below(below(3) == 0 ? atoms.size() : 8)];
      source += written;
      text += meant;
      is_assertion = meant.empty();
    }
    if (is_assertion) return;
    constexpr std::array<std::string_view, 6> counts{"*", "+", "?", "{2}", "{1,3}", "{0,2}?"};
    if (below(3) != 0) return;
    source += counts[below(counts.size())];
    const auto one = text.substr(std::min(before, text.size()));
    for (auto more = below(3); more > 0; --more) text += one;
  }
  SeededRandom random_;
};
}  // namespace

TEST_CASE("an expression that is tied to both ends, and whose characters are all plain, says how long its texts are") {
  CHECK(most_of("^[a-z]{1,5}$") == 5);
  CHECK(most_of("^dr-[a-z]{1,30}$") == 33);
  CHECK(most_of("^(?:a|bc)$") == 2);
  CHECK(most_of("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$") == 36);
  CHECK(most_of("^\\d{4}\\.\\d{2}$") == 7);
  CHECK(most_of("^[a-z]{3}$|^[0-9]{2}$") == 3);
  CHECK(most_of("^(?:^[a-z]$)$") == 1);
  CHECK(most_of("^$") == 0);
  CHECK(most_of("^abc$") == 3);
  CHECK(most_of("^[\\w.]?$") == 1);
  CHECK(most_of("^[a-z0-9]+(?:-[a-z0-9]+)*$") >= PatternExtent::endless);
}

TEST_CASE("an expression that is tied to one end only, or lets through what means something elsewhere, proves nothing") {
  for (const std::string_view source : {
           "[a-z]{1,5}",
           "^[a-z]{1,5}",
           "[a-z]{1,5}$",
           "^a|b$",
           "^(a$|b)",
           "(?:^a$)?",
           "(^a$)*",
           "^(a|b$)",
           "a^b$",
           "^a$b",
           "^[^x]{3}$",
           "^.{3}$",
           "^[a-z ]{1,9}$",
           "^\\w{3}\\s$",
           "^[+-.]$",
           "^\\p{L}{3}$",
           "^(?=a)[a-z]$",
           "^[a-z']{3}$",
           "^[a-z-]{2}$",
           "^-?-$",
           "^a-{2}$",
           "^(?:a-|b)-c$",
           "^-(?:a?)-$",
           "^(-a?){2}$",
           "^[.]{2}$",
           "^[a.][.b]$",
           "^a\\.{1,2}b$",
           "^/a$",
           "^a:b$",
           "^%41$",
           "^[A-z]$",
           "^\\x27$",
           "^[\\x00-a]$",
           "^\u00e4$",
           "^(?!a)b$",
           "^(a)\\1$",
           "",
           "^",
           "$",
           ".*",
           "^.*$",
       })
    CHECK_FALSE_MESSAGE(extent_of_source(source).plain, std::string(source));
}

TEST_CASE("plain text: its characters, and no two hyphens or dots side by side") {
  CHECK(is_plain_text(""));
  CHECK(is_plain_text("dr-quillary_7.5"));
  CHECK(is_plain_text("-.-"));
  for (const std::string_view text : {"a--", "..", "a b", "a'b", "a\nb", "\u00e4", "a/b", "a%41", "a+b", "a:b", "a,b", "a=b"})
    CHECK_FALSE_MESSAGE(is_plain_text(text), std::string(text));
  CHECK_FALSE(is_plain_text(std::string_view("a\0", 2)));
}

TEST_CASE("whatever an expression that is said to be plain is found in is plain, and not longer than it says") {
  std::size_t plain = 0, found = 0;
  for (std::uint64_t seed = 0; seed < 40'000; ++seed) {
    MadePattern made(seed);
    const auto pattern = Pattern::compile(made.source, 4U << 20U);
    if (!pattern || !(*pattern)->extent().plain) continue;
    ++plain;
    std::vector<std::string> texts{made.text,       made.text + made.text, made.text + "'", "'" + made.text,
                                   made.text + "-", "-" + made.text,       made.text + "."};
    if (!made.text.empty()) texts.push_back(made.text.substr(1)), texts.push_back(made.text.substr(0, made.text.size() - 1));
    for (const auto& text : texts) {
      if ((*pattern)->search(text) != Pattern::Match::yes) continue;
      ++found;
      const bool good = is_plain_text(text) && text.size() <= (*pattern)->extent().most;
      if (!good) FAIL_CHECK(made.source, " is found in ", text);
    }
  }
  CHECK(plain > 1'000);
  CHECK(found > 1'000);
}
