#include "ground/json/builder.hpp"

#include <doctest/doctest.h>

#include "ground/json/writer.hpp"

using namespace gatehouse;
using json::Builder;

namespace {
std::string built(Builder&& builder) {
  const auto document = std::move(builder).finish();
  return document ? to_json(document->root()) : document.error().told;
}
std::string number_built(std::string_view text) {
  Builder builder;
  return builder.number(text) ? built(std::move(builder)) : "none";
}
}  // namespace

TEST_CASE("a document can be built without a text, and is what its text would have been") {
  Builder b;
  b.begin_object().key("ids").begin_array().integer(-1).string("x").null().boolean(true).real(0.5).natural(~0ULL).end();
  b.key("o").begin_object().end().key("").begin_array().end().end();
  constexpr auto* text = R"({"ids":[-1,"x",null,true,0.5,18446744073709551615],"o":{},"":[]})";
  CHECK(built(std::move(b)) == text);
}

TEST_CASE("a natural number that 63 bits hold is an integer, as in a text") {
  Builder b;
  b.natural(5);
  const auto document = std::move(b).finish();
  REQUIRE(document.has_value());
  CHECK(document->root().integer() == 5);
}

TEST_CASE("numbers by their text are JSON's and no others") {
  for (const auto* number : {"0", "-1", "18446744073709551615", "0.5", "-1.25"}) CHECK(number_built(number) == number);
  CHECK(number_built("1e2") == "100.0");
  for (const auto* none : {"", "-", "+1", "01", ".5", "1.", "1e", "1e+", "0x1", " 1", "1 ", "1,2", "NaN", "1e999", "1a"}) {
    CAPTURE(none);
    CHECK(number_built(none) == "none");
  }
}

TEST_CASE("numbers of more digits than a double has keep them, as in a text") {
  for (const auto* number : {"0.12345678901234567890", "-18446744073709551616", "123456789012345678901234567890"}) {
    CAPTURE(number);
    Builder b;
    CHECK(b.begin_array().number(number));
    const auto built_document = std::move(b.end()).finish();
    const auto parsed = json::parse(number, {.wide_integers = true});
    REQUIRE(built_document.has_value());
    REQUIRE(parsed.has_value());
    CHECK((*built_document->root().elements().begin()).digits() == parsed->root().digits());
    CHECK((*built_document->root().elements().begin()).number() == parsed->root().number());
  }
}

TEST_CASE("a name twice in one object is refused, in two objects it is not") {
  Builder twice;
  twice.begin_object().key("a").null().key("b").null().key("a").null().end();
  CHECK(twice.repeated() == 5);
  CHECK(built(std::move(twice)) == "a member name is there twice");
  Builder apart;
  apart.begin_array().begin_object().key("a").null().end().begin_object().key("a").null().end().end();
  CHECK(built(std::move(apart)) == R"([{"a":null},{"a":null}])");
  Builder many;
  many.begin_object();
  for (int i = 0; i < 30; ++i) many.key(std::to_string(i % 29)).null();
  many.end();
  CHECK(many.repeated() == 1 + 2 * 29);
}

TEST_CASE("what is there can be repeated, values and members") {
  Builder b;
  b.begin_array().begin_object().key("a").begin_array().integer(1).end().end();
  const auto end = b.position();
  b.repeat(1, end).begin_object().repeat(2, end).end().end();
  CHECK(built(std::move(b)) == R"([{"a":[1]},{"a":[1]},{"a":[1]}])");
}
