#include "engines/net/unread_rest.hpp"

#include <doctest/doctest.h>

TEST_CASE("an unread rest gives each byte once and in order, however it comes and whatever is taken of it") {
  const std::string text = "the quick brown fox jumps over the lazy dog, and again";
  for (std::size_t piece = 1; piece <= text.size(); ++piece) {
    for (std::size_t taken = 1; taken <= 7; ++taken) {
      CAPTURE(piece);
      CAPTURE(taken);
      gatehouse::net::UnreadRest rest;
      std::string got;
      // Takes words of `taken` bytes only, as a parser that waits for the end of something.
      const auto consume = [&](std::string_view bytes) {
        if (bytes.size() < taken) return std::size_t{0};
        got += bytes.substr(0, taken);
        return taken;
      };
      for (std::size_t from = 0; from < text.size(); from += piece) {
        rest.feed(std::string_view(text).substr(from, piece), consume);
        REQUIRE(rest.size() < taken);
        REQUIRE(got + std::string(rest.bytes()) == text.substr(0, from + piece));
      }
      CHECK(rest.empty() == (text.size() % taken == 0));
      rest.drop();
      CHECK(rest.empty());
    }
  }
}

TEST_CASE("an unread rest that nobody takes is kept whole, and is offered again without new bytes") {
  gatehouse::net::UnreadRest rest;
  for (int i = 0; i < 3; ++i) rest.feed("abc", [](std::string_view) { return std::size_t{0}; });
  CHECK(rest.bytes() == "abcabcabc");
  std::string got;
  rest.feed({}, [&](std::string_view bytes) { return got += bytes, bytes.size(); });
  CHECK(got == "abcabcabc");
  CHECK(rest.empty());
}
