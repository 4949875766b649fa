#include <doctest/doctest.h>

#include <string>

#include "services/audit/mask.hpp"

using namespace gatehouse::audit;

namespace {

/// What copy_if_harmless promises, one byte after the other.
bool harmless_by_the_book(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c < 0x20 || c >= 0x7F || c == '"' || c == '\\') return false;
    if (i > 0 && ((c == '_' && text[i - 1] == 'k') || (c == 'J' && text[i - 1] == 'y'))) return false;
  }
  return true;
}

void check_copy(const std::string& text) {
  std::string out(text.size() + 1, '#');
  const bool harmless = copy_if_harmless(text, out.data());
  REQUIRE_MESSAGE(harmless == harmless_by_the_book(text), text);
  REQUIRE(out.back() == '#');  // not a byte beyond the text
  if (harmless) REQUIRE(std::string_view(out).substr(0, text.size()) == text);
}

}  // namespace

TEST_CASE("the public head of a key is nothing to mask, also where a bounded field cut it; with a secret behind it, it is") {
  using gatehouse::audit::credential_length;
  CHECK(credential_length("ghk_live_A1b2C3d4E5f6_") == 0);
  CHECK(credential_length("ghk_live_A1b2C3d4E5f") == 0);
  CHECK(credential_length("ghk_live_A1b2C3d4E5f6_s") != 0);
  CHECK(credential_length("ghk_prod_A1b2C3d4E5f") != 0);
}

TEST_CASE("a text is copied as harmless exactly if each byte is, wherever the others stand") {
  for (std::size_t size = 0; size <= 50; ++size) {
    const std::string plain(size, 'k');  // the letter before the mark of a key
    check_copy(plain);
    for (std::size_t at = 0; at < size; ++at)
      for (int byte = 0; byte < 256; ++byte) {
        auto text = plain;
        text[at] = static_cast<char>(byte);
        check_copy(text);
      }
  }
}

TEST_CASE("a credential anywhere in a text is never copied, an underscore or a capital J is") {
  for (std::size_t size = 0; size <= 40; ++size)
    for (std::size_t at = 0; at <= size; ++at)
      for (const std::string mark : {"ghk_live_4bf92f3577b3", "eyJhbGciOiJFUzI1NiJ9.e30.c2ln", "per_address", "JSON"}) {
        auto text = std::string(size, '.');
        text.insert(at, mark);
        check_copy(text);
        std::string out(text.size(), '#');
        CHECK(copy_if_harmless(text, out.data()) == (mark[0] == 'p' || mark[0] == 'J'));
      }
}
