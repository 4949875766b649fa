#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "engines/schema/class_sequence.hpp"
#include "engines/schema/ecma_regex.hpp"
#include "engines/schema/pattern.hpp"

using namespace gatehouse;
using schema::ClassSequence;
using schema::Pattern;

namespace {
std::unique_ptr<const Pattern> pattern_of(std::string_view source) {
  auto pattern = Pattern::compile(source, 4U << 20U);
  if (!pattern) MESSAGE(std::string(source), " ", pattern.error().told);
  REQUIRE(pattern.has_value());
  return std::move(*pattern);
}
bool is_found(std::string_view source, std::string_view text) { return pattern_of(source)->search(text) == Pattern::Match::yes; }
std::string why_no_pattern(std::string_view source) {
  const auto pattern = Pattern::compile(source, 4U << 20U);
  return pattern ? "compiled" : pattern.error().told;
}
}  // namespace

TEST_CASE("escapes mean what ECMA-262 says, whichever engine searches") {
  CHECK(is_found("^\\d+$", "42"));
  CHECK_FALSE(is_found("^\\d+$", "\u09EA"));  // Bengali 4
  CHECK(is_found("^\\w$", "_"));
  CHECK_FALSE(is_found("^\\w$", "é"));
  CHECK(is_found("^\\s\\S$", "\uFEFFx"));
  CHECK(is_found("^[\\s]$", "\u2003"));
  CHECK_FALSE(is_found("^[^\\S]$", "x"));
  CHECK(is_found("^\\cJ\\x41\\u00e9\\u{1F600}\\ud83d\\ude00\\0$", std::string("\nAé😀😀\0", 13)));
  CHECK(is_found("^.$", "😀"));
  CHECK_FALSE(is_found("^.$", "\u2028"));
  CHECK(is_found("^[^]$", "\n"));
  CHECK_FALSE(is_found("[]", "x"));
  CHECK_FALSE(is_found("^a$", "a\n"));  // the end is the end
  CHECK(is_found("^[\\b]$", "\b"));
  CHECK(is_found("\\p{Lu}\\p{Script=Greek}", "Éλ"));
  CHECK(is_found("^\\P{L}$", "1"));
  CHECK(is_found("^[\\w-.]+$", "a-b.c"));
  CHECK(is_found("^(?<year>\\d{4})-\\d\\d$", "2026-11"));
  CHECK(is_found("^[[a]$", "["));
  CHECK(is_found("^\\/\\-\\_$", "/-_"));
}

TEST_CASE("look-around and back-references are searched by an engine that gives up at a limit") {
  const auto ahead = pattern_of("^(?=.*[0-9])(?!.*x).+$");
  CHECK(ahead->backtracks());
  CHECK(ahead->search("ab1") == Pattern::Match::yes);
  CHECK(ahead->search("ab") == Pattern::Match::no);
  CHECK(ahead->search("a1x") == Pattern::Match::no);
  CHECK(is_found("^(?<q>['\"])a\\k<q>$", "'a'"));
  CHECK_FALSE(is_found("^(['\"])a\\1$", "'a\""));
  CHECK(is_found("^(?:(a)|b)\\1$", "b"));  // what did not take part is empty
  CHECK_FALSE(pattern_of("^a+$")->backtracks());

  const auto evil = pattern_of("^(?=a)(a+)+$");
  CHECK(evil->search("aaaa") == Pattern::Match::yes);
  CHECK(evil->search(std::string(200, 'a') + "b") == Pattern::Match::exhausted);
  CHECK(pattern_of("^(a+)+$")->search(std::string(200, 'a') + "b") == Pattern::Match::no);  // in linear time
}

TEST_CASE("what a search takes is taken off one budget, and a text whose time grows with its square is given up") {
  const auto password = pattern_of("(?=.*\\d)(?=.*[a-z])(?=.*[A-Z]).{8,}");
  CHECK(password->search("Passw0rd") == Pattern::Match::yes);
  CHECK(password->search(std::string(60, 'a') + "A1") == Pattern::Match::yes);
  CHECK(password->search(std::string(64, 'a')) == Pattern::Match::no);
  CHECK(password->search(std::string(4000, 'a')) == Pattern::Match::exhausted);
  CHECK(password->search(std::string(16000, 'a')) == Pattern::Match::exhausted);
  const auto anchored = pattern_of("^(?!.*<).*$");
  CHECK(anchored->search(std::string(10'000, 'a')) == Pattern::Match::yes);
  CHECK(anchored->search(std::string(20'000, 'a')) == Pattern::Match::exhausted);

  std::uint64_t steps = 10'000;
  CHECK(password->search("Passw0rd", steps) == Pattern::Match::yes);
  CHECK(steps < 10'000);
  CHECK(steps > 9000);
  const auto evil = pattern_of("^(?=a)(a+)+$");
  CHECK(evil->search(std::string(200, 'a') + "b", steps) == Pattern::Match::exhausted);
  CHECK(steps == 0);
  CHECK(evil->search("a", steps) == Pattern::Match::exhausted);
  steps = 100;
  CHECK(pattern_of("^a+b?c+$")->search(std::string(16, 'a') + "c", steps) == Pattern::Match::yes);
  CHECK(steps == 99);
  CHECK(pattern_of("^a+b?c+$")->search(std::string(4000, 'a') + "c", steps) == Pattern::Match::exhausted);
}

TEST_CASE("what is no regular expression of ECMA-262 is refused") {
  for (const auto* text : {"(",       ")",           "[",        "a**",    "*a",      "a{2,1}",         "\\",
                           "\\a",     "\\8",         "(?P<n>x)", "(?#c)a", "(?i)a",   "(?<n>a)(?<n>b)", "\\k<n>",
                           "\\u12",   "\\u{110000}", "\\x1",     "\\c1",   "[b-a]",   "\\p{Nonsense}",  "\\pL",
                           "(?<1>a)", "\\00",        "(?=a)*",   "\\2(a)", "x{99999}"})
    CHECK_MESSAGE(why_no_pattern(text) != "compiled", text);
  CHECK(why_no_pattern("ab[").contains("at character 4"));
  CHECK(why_no_pattern(std::string(300, '(') + std::string(300, ')')).contains("nested too deep"));
  CHECK(why_no_pattern("a{1,3}b{c}]") == "compiled");
  CHECK(schema::is_ecma_regex("(?<=a+)b"));  // good grammar, though no engine here searches for it
  CHECK(why_no_pattern("(?<=a+)b") != "compiled");
  CHECK(why_no_pattern("\\p{Alphabetic}") != "compiled");
}

TEST_CASE("a count that the linear engine refuses goes to the other one") {
  const auto many = pattern_of("^(?:ab){0,2000}$");
  CHECK(many->backtracks());
  std::string text;
  for (int i = 0; i < 2000; ++i) text += "ab";
  CHECK(many->search(text) == Pattern::Match::yes);
  CHECK(many->search(text + "ab") == Pattern::Match::no);
}

TEST_CASE("plain patterns say the same in the short way and in an engine") {
  const std::vector<std::string> sources{"^abc$",
                                         "^abc",
                                         "abc$",
                                         "abc",
                                         "^[a-c]+$",
                                         "^[a-c]*[0-9]?$",
                                         "^\\d{2,3}-\\w+$",
                                         "^a*a$",
                                         "^[A-Z]{3}-[0-9]{4}$",
                                         "^a?b?$",
                                         "^[a-z]{2}",
                                         "^x{0}a$",
                                         "^[a-z0-9._-]+$",
                                         "^\\.[\\]a-]+$",
                                         "^a{2,}b$",
                                         "^[+-]?\\d+$",
                                         "^",
                                         "$",
                                         "^$",
                                         "^[a-c]+c$",
                                         "^[^a]$",
                                         "^a+?$",
                                         "^é$",
                                         "^a|b$",
                                         "^[a\\-z]+$",
                                         "^\\w*$",
                                         "^(ab)+$"};
  const std::vector<std::string> texts{"",        "a",        "ab",        "abc",      "abca", "xabc", "b", "c",   "cc",  "12-ab",
                                       "123-x_1", "ABC-1234", "ABC-12345", "AbC-1234", "0",    "+12",  "-", "aa",  "aab", "a]-",
                                       ".]a-",    "é",        "aé",        "a\n",      "\n",   "z",    "_", "abab"};
  std::size_t sequences = 0;
  for (const auto& source : sources) {
    sequences += ClassSequence::from(source) ? 1 : 0;
    const auto brief = pattern_of(source), general = pattern_of("(?:" + source + ")");
    for (const auto& text : texts) CHECK_MESSAGE(brief->search(text) == general->search(text), source, " on ", text);
  }
  CHECK(sequences >= 15);
  for (const auto* source :
       {"^a*a$", "^[a-c]+c$", "^[^a]$", "^a+?$", "^a|b$", "^(ab)+$", "abc", "^\\s$", "^.$", "^[\\s]$", "^é$", "^\\bx$", "^a{x}$"})
    CHECK_MESSAGE(!ClassSequence::from(source), source);
}
