#include <doctest/doctest.h>

#include "ground/http/structured_field.hpp"

namespace sf = gatehouse::http::structured;

TEST_CASE("a structured field reads back as the canonical text of what it says") {
  CHECK(sf::serialise(sf::parse_item(" 2; foo=\"a\\\"b\"; b=?1;b=?0 ").value()).value() == "2;foo=\"a\\\"b\";b=?0");
  CHECK(sf::serialise(sf::parse_list("a ,\t(b  1.50 );q=:AQI=:,@-1, %\"f%c3%bc\"").value()).value() == "a, (b 1.5);q=:AQI=:, @-1, %\"f%c3%bc\"");
  CHECK(sf::serialise(sf::parse_dictionary("a=1,b;x=*t,a=?1").value()).value() == "a, b;x=*t");
  CHECK(sf::parse_list("")->empty());
}

TEST_CASE("a structured field with one fault is refused whole") {
  for (const auto* value : {"",    "a b",    "1.",     "1.2345", "1234567890123456", "-",        "?2", "\"a", "\"\\n\"",
                            ":a:", ":AB==:", ":A-8=:", "@1.5",   "%\"%C3%bc\"",      "%\"%ff\"", "%a", "(1)", "1;A=1",
                            "1;",  "1 ;a",   "é"}) {
    CAPTURE(value);
    CHECK_FALSE(sf::parse_item(value));
  }
  for (const auto* value : {"a,", ",a", "a b", "(a", "(a,b)", "(a\tb)", "()a"}) {
    CAPTURE(value);
    CHECK_FALSE(sf::parse_list(value));
  }
  CHECK_FALSE(sf::parse_dictionary("A=1"));
  CHECK_FALSE(sf::parse_dictionary("a=1,,b=2"));
  std::string many = "a";
  for (int i = 1; i < 1024; ++i) many += ",a";
  CHECK(sf::parse_list(many)->size() == 1024);
  CHECK_FALSE(sf::parse_list(many + ",a"));
}

TEST_CASE("what has no text is not serialised") {
  CHECK_FALSE(sf::serialise(sf::Item{sf::integer_max + 1, {}}));
  CHECK_FALSE(sf::serialise(sf::Item{sf::String{"a\n"}, {}}));
  CHECK_FALSE(sf::serialise(sf::Item{sf::Token{"1a"}, {}}));
  CHECK_FALSE(sf::serialise(sf::Item{sf::DisplayString{"\xff"}, {}}));
  CHECK_FALSE(sf::serialise(sf::Dictionary{{"A", sf::Item{true, {}}}}));
  CHECK_FALSE(sf::Decimal::from(1e12));
  CHECK_FALSE(sf::Decimal::from(0.0 / 0.0));
  CHECK(sf::Decimal::from(-0.0025)->thousandths == -2);
}
