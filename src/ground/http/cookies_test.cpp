#include <doctest/doctest.h>

#include <string>

#include "ground/http/cookies.hpp"

namespace {
/// The one field value, or the rule that refuses.
std::string normal_cookies(std::initializer_list<std::string_view> fields) {
  gatehouse::Arena arena;
  gatehouse::http::Headers headers(arena);
  for (const auto field : fields) headers.add(gatehouse::http::HeaderId::cookie, field);
  const auto cookies = gatehouse::http::Cookies::parse(headers, arena);
  return cookies ? std::string(cookies->text()) : std::string(cookies.error().rule);
}
}  // namespace

TEST_CASE("cookies are one field in the order sent") {
  CHECK(normal_cookies({"a=1; b=2"}) == "a=1; b=2");
  CHECK(normal_cookies({"a=1", "b=2"}) == "a=1; b=2");
  CHECK(normal_cookies({"b=1;a=2 ;  b=3;"}) == "b=1; a=2; b=3");
  CHECK(normal_cookies({""}) == "");
  CHECK(normal_cookies({"a=; b=x=y; c=hello world; d=\"q\"; e={\"j\":1}; f=\xc3\xa4"}) ==
        "a=; b=x=y; c=hello world; d=\"q\"; e={\"j\":1}; f=\xc3\xa4");
}

TEST_CASE("a cookie that servers read differently is refused") {
  CHECK(normal_cookies({"a"}) == "http.cookie.name");
  CHECK(normal_cookies({"===;;;"}) == "http.cookie.name");
  CHECK(normal_cookies({"=a"}) == "http.cookie.name");
  CHECK(normal_cookies({"a b=1"}) == "http.cookie.name");
  CHECK(normal_cookies({"a,b=1"}) == "http.cookie.name");
  CHECK(normal_cookies({"$Version=1; a=b"}) == "http.cookie.legacy");
  CHECK(normal_cookies({"a=\"b; session=x; c=d\""}) == "http.cookie.quote");
  CHECK(normal_cookies({"a=\""}) == "http.cookie.quote");
  CHECK(normal_cookies({"a=\xff"}) == "http.cookie.value");
  CHECK(normal_cookies({"a=b\tc"}) == "http.cookie.value");
  std::string many;
  for (int i = 0; i < 201; ++i) many += "a=b;";
  CHECK(normal_cookies({many}) == "http.cookie.count");
}

TEST_CASE("a cookie is found by its exact name") {
  gatehouse::Arena arena;
  gatehouse::http::Headers headers(arena);
  headers.add(gatehouse::http::HeaderId::cookie, "session=1; Session=2; session=3");
  const auto cookies = gatehouse::http::Cookies::parse(headers, arena).value();
  CHECK(cookies.find("session") == "1");
  CHECK(cookies.find("Session") == "2");
  CHECK(cookies.count("session") == 2);
  CHECK_FALSE(cookies.find("sess"));
}
