#include "engines/redaction/numbers.hpp"

#include <doctest/doctest.h>

#include <array>
#include <vector>

#include "ground/base/random.hpp"
#include "ground/base/text.hpp"

using namespace gatehouse;
using namespace gatehouse::redaction;

namespace {
constexpr NumberMasker::Kinds both{.cards = true, .ibans = true};

std::string masked_numbers(std::string_view text, bool json = false, std::size_t piece = 1'000'000, NumberMasker::Kinds kinds = both) {
  NumberMasker masker(kinds, json);
  std::string out;
  for (std::size_t at = 0; at < text.size(); at += piece) masker.take(text.substr(at, piece), false, out);
  masker.take({}, true, out);
  CHECK(out.size() == text.size());
  return out;
}

/// The same by looking at the whole text at once, character by character, and at what stands before each.
std::string naive(std::string_view text, bool json) {
  std::vector<bool> in_string(text.size()), in_escape(text.size());
  bool quoted = false;
  for (std::size_t i = 0; json && i < text.size(); ++i) {
    in_string[i] = quoted;
    if (quoted && text[i] == '\\') {
      const std::size_t more = i + 1 < text.size() && text[i + 1] == 'u' ? 5 : 1;
      for (std::size_t k = i; k <= i + more && k < text.size(); ++k) in_string[k] = in_escape[k] = true;
      i += more;
    } else if (text[i] == '"') {
      quoted = !quoted;
    }
  }
  std::string out(text);
  for (std::size_t i = 0; i < text.size();) {
    const bool after_word = i > 0 && !in_escape[i - 1] && text::is_alnum(text[i - 1]);
    const bool after_point = i > 1 && !in_escape[i - 1] && text[i - 1] == '.' && !in_escape[i - 2] && text::is_digit(text[i - 2]);
    const bool bare = json && !in_string[i];
    const auto rest = text.substr(i);
    std::size_t size = 0;
    if (!after_word && !after_point && !in_escape[i]) {
      size = card_at(rest);
      if (bare && size > 0 && (rest.substr(0, size).find_first_of(" -") != rest.npos || (i > 0 && text[i - 1] == '-'))) size = 0;
      std::size_t keep = 0;
      if (size == 0 && !bare && (size = iban_at(rest)) != 0) keep = 2;
      int left = 0;
      for (std::size_t k = 0; k < size; ++k) left += text::is_alnum(rest[k]) ? 1 : 0;
      for (std::size_t k = 0; k < size; ++k) {
        if (!text::is_alnum(rest[k])) continue;
        if (bare) out[i + k] = k == 0 ? '1' : '0';
        else if (k >= keep && left > 4) out[i + k] = '*';
        --left;
      }
    }
    i += std::max<std::size_t>(size, 1);
  }
  return out;
}
}  // namespace

TEST_CASE("numbers: cards of the networks are masked but for their last four digits, however they are grouped") {
  CHECK(masked_numbers("card 4111111111111111.") == "card ************1111.");
  CHECK(masked_numbers("4111 1111 1111 1111") == "**** **** **** 1111");
  CHECK(masked_numbers("4111-1111-1111-1111,") == "****-****-****-1111,");
  for (const std::string_view number : {"4222222222222", "5555555555554444", "2223003122003222", "378282246310005", "6011111111111117",
                                        "30569309025904", "3530111333300000", "6200000000000005", "6304000000000000", "4111111111111111110"}) {
    CHECK_MESSAGE(card_at(number) == number.size(), std::string(number));
    auto wrong = std::string(number);  // one digit more, in the last place
    wrong.back() = wrong.back() == '9' ? '0' : static_cast<char>(wrong.back() + 1);
    CHECK_MESSAGE(card_at(wrong) == 0, wrong);
  }
  CHECK(masked_numbers("3782 822463 10005") == "**** ****** *0005");
  CHECK(masked_numbers("3056 930902 5904") == "**** ****** 5904");
}

TEST_CASE("numbers: what only looks like a card stays") {
  for (const std::string_view text : {"4111111111111112",                      // the digit at the end is wrong
                                      "9111111111111111", "1234567812345670",  // no network; the digit is right
                                      "41111111111111111", "x4111111111111111", "4111111111111111x", "0.4111111111111111", "4111111111111111.5",
                                      "4111 1111-1111 1111", "4111  1111 1111 1111", "41 11 11 11 11 11 11 11", "411111111111 1111",
                                      "4111 1111 1111 11111", "id: 4a11111111111111", "1700000000000", "550e8400-e29b-41d4-a716-446655440000"})
    CHECK_MESSAGE(masked_numbers(text) == text, std::string(text));
  CHECK(masked_numbers("12 4111 1111 1111 1111 99") == "12 **** **** **** 1111 99");
  CHECK(masked_numbers("4111111111111111 4111111111111111") == "************1111 ************1111");
}

TEST_CASE("numbers: accounts are masked but for their country and the last four characters") {
  CHECK(masked_numbers("DE89370400440532013000") == "DE****************3000");
  CHECK(masked_numbers("pay DE89 3704 0044 0532 0130 00, or else") == "pay DE** **** **** **** **30 00, or else");
  CHECK(masked_numbers("gb82west12345698765432") == "gb****************5432");
  CHECK(masked_numbers("FR14 2004 1010 0505 0001 3M02 606") == "FR** **** **** **** **** ***2 606");
  CHECK(masked_numbers("NO9386011117947") == "NO*********7947");
  CHECK(masked_numbers("MT84MALT011000012345MTLCAST001S") == "MT*************************001S");
  for (const std::string_view text :
       {"DE89370400440532013001", "XX89370400440532013000", "DE8937040044053201300", "DE893704004405320130000", "xDE89370400440532013000",
        "De89370400440532013000", "DE89 37040044 0532 0130 00", "DE89-3704 0044-0532-0130-00", "DE89370400440532013000Z"})
    CHECK_MESSAGE(masked_numbers(text) == text, std::string(text));
}

TEST_CASE("numbers: in JSON a number stays a number, and an escape is no part of a word") {
  CHECK(masked_numbers(R"({"a":4111111111111111,"b":"4111111111111111"})", true) == R"({"a":1000000000000000,"b":"************1111"})");
  CHECK(masked_numbers(R"(["\n4111111111111111\u00204111111111111111\"4111111111111111"])", true) ==
        R"(["\n************1111\u0020************1111\"************1111"])");
  CHECK(masked_numbers(R"(["DE89370400440532013000\\"])", true) == R"(["DE****************3000\\"])");
  for (const std::string_view text : {R"([-4111111111111111])", R"([4111111111111111.5])", R"([0.4111111111111111])", R"([4111111111111111e0])",
                                      R"(["\u4111111111111111"])", R"([1,4111])"})
    CHECK_MESSAGE(masked_numbers(text, true) == text, std::string(text));
  CHECK(masked_numbers(R"(["-4111111111111111"])", true) == R"(["-************1111"])");
  CHECK(card_at("1000000000000000") == 0);  // what stands for one is none
}

TEST_CASE("numbers: only the kinds that are asked for, and they are counted") {
  const std::string_view text = "4111111111111111 DE89370400440532013000";
  CHECK(masked_numbers(text, false, 7, {.cards = true}) == "************1111 DE89370400440532013000");
  CHECK(masked_numbers(text, false, 7, {.ibans = true}) == "4111111111111111 DE****************3000");
  NumberMasker masker(both, false);
  std::string out = "x";
  masker.take(text, true, out);
  CHECK(out == "x************1111 DE****************3000");
  CHECK(masker.cards() == 1);
  CHECK(masker.ibans() == 1);
}

TEST_CASE("numbers: only what may yet be one waits for what follows") {
  NumberMasker masker(both, true);
  std::string out;
  masker.take("{\"a\":[1,2],\"b\":\"text\"}", false, out);
  CHECK(out == "{\"a\":[1,2],\"b\":\"text\"}");
  masker.take("data: 41111111\n", false, out);
  CHECK(out.ends_with("41111111\n"));
  const auto before = out.size();
  masker.take(std::string(1000, 'a'), false, out);
  CHECK(out.size() == before + 1000 - NumberMasker::window_max);
}

TEST_CASE("numbers: wherever the text is cut, the same leaves as of the whole") {
  SeededRandom random(27);
  const std::vector<std::string_view> parts{"4111111111111111",
                                            "4111 1111 1111 1111",
                                            "3782-822463-10005",
                                            "DE89 3704 0044 0532 0130 00",
                                            "GB82WEST12345698765432",
                                            " ",
                                            "-",
                                            ".",
                                            "\"",
                                            "\\n",
                                            "\\u0041",
                                            "\\",
                                            "4",
                                            "1111",
                                            "x",
                                            ",",
                                            ":",
                                            "{",
                                            "\n",
                                            "4111 ",
                                            "DE",
                                            "0.",
                                            "6304000000000000",
                                            "e",
                                            "12 "};
  std::array<std::uint8_t, 12> chosen{};
  for (int round = 0; round < 400; ++round) {
    random.fill(chosen);
    std::string text;
    for (const auto byte : chosen) text += parts[byte % parts.size()];
    for (const bool json : {false, true}) {
      const auto whole = naive(text, json);
      for (std::size_t piece = 1; piece <= text.size(); piece += piece < 6 ? 1 : 5) CHECK_MESSAGE(masked_numbers(text, json, piece) == whole, text);
    }
  }
  const std::string text = R"({"a":"4111 1111 1111 1111","i":"DE89 3704 0044 0532 0130 00","n":4111111111111111})";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    NumberMasker masker(both, true);
    std::string out;
    masker.take(std::string_view(text).substr(0, cut), false, out);
    masker.take(std::string_view(text).substr(cut), true, out);
    CHECK(out == naive(text, true));
  }
}
