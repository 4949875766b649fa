#include <doctest/doctest.h>

#include <string>

#include "ground/http/authority.hpp"

TEST_CASE("a host has one form") {
  gatehouse::Arena arena;
  const auto form = [&](std::string_view raw, bool secure) {
    return std::string(gatehouse::http::Authority::parse(raw, secure, arena).value().text());
  };
  CHECK(form("Example.TEST", true) == "example.test");
  CHECK(form("example.test.", true) == "example.test");
  CHECK(form("example.test:443", true) == "example.test");
  CHECK(form("example.test:443", false) == "example.test:443");
  CHECK(form("example.test:0080", false) == "example.test");
  CHECK(form("my_service:8080", false) == "my_service:8080");
  CHECK(form("192.0.2.1:80", true) == "192.0.2.1:80");
  CHECK(form("[2001:DB8:0::1]", true) == "[2001:db8::1]");
  CHECK(form("[::1]:8443", true) == "[::1]:8443");
  CHECK(form("xn--mnchen-3ya.test", true) == "xn--mnchen-3ya.test");
  CHECK(gatehouse::http::Authority::parse("a.test", true, arena).value() == gatehouse::http::Authority::parse("A.TEST.:443", true, arena).value());
  CHECK_FALSE(gatehouse::http::Authority::parse("a.test", true, arena).value() ==
              gatehouse::http::Authority::parse("a.test:8443", true, arena).value());
}

TEST_CASE("what is not plainly one host is refused") {
  gatehouse::Arena arena;
  for (const auto* raw : {"",
                          ".",
                          ":80",
                          "a:",
                          "a:0",
                          "a:65536",
                          "a:+80",
                          "a:80:80",
                          "a:8x",
                          "user@a",
                          "a/path",
                          "a?b",
                          "a, b",
                          "a b",
                          "a..b",
                          ".a",
                          "a%2eb",
                          "m\xc3\xbcnchen.test",
                          "a\\b",
                          "[::1",
                          "[::1]x",
                          "[]",
                          "[1.2.3.4]",
                          "[::ffff:1.2.3.4]",
                          "[fe80::1%25eth0]",
                          "::1",
                          "1.2.3",
                          "127.1",
                          "0x7f.1",
                          "0x7f000001",
                          "2130706433",
                          "1.2.3.4.5",
                          "256.1.1.1",
                          "1.2.3.0x4",
                          "a.0x",
                          "*.a"}) {
    CAPTURE(raw);
    CHECK_FALSE(gatehouse::http::Authority::parse(raw, true, arena).has_value());
  }
  CHECK_FALSE(gatehouse::http::Authority::parse(std::string(64, 'a'), true, arena).has_value());
  CHECK(gatehouse::http::Authority::parse(std::string(63, 'a'), true, arena).has_value());
}
