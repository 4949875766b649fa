#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "ground/http/query.hpp"

namespace {
std::string query_rule(std::string_view raw) {
  const auto query = gatehouse::http::Query::parse(raw);
  return query ? std::string("accepted") : std::string(query.error().rule);
}
}  // namespace

TEST_CASE("a query keeps order, duplicates and spelling, and is split at & only") {
  using gatehouse::http::Query;
  const std::string_view raw = "b=1&a=%20x;y=2&&b=2=3&c&=d";
  const auto query = Query::parse(raw).value();
  CHECK(query.present());
  CHECK(query.text() == raw);
  std::vector<std::pair<std::string_view, std::string_view>> seen;
  for (auto rest = query.text(); const auto parameter = Query::next(rest);) seen.emplace_back(parameter->name, parameter->value);
  const std::vector<std::pair<std::string_view, std::string_view>> expected{{"b", "1"}, {"a", "%20x;y=2"}, {"b", "2=3"}, {"c", ""}, {"", "d"}};
  CHECK(seen == expected);
  gatehouse::Arena arena;
  CHECK(Query::decode("a+b%2Bc", arena) == "a b+c");
  CHECK_FALSE(Query().present());
  CHECK(Query::parse("")->present());
}

TEST_CASE("a query that is not percent-encoded text is refused") {
  for (const auto* raw : {"a=%", "a=%1", "a=%gg", "%=1", "a=%u0041"}) {
    CAPTURE(raw);
    CHECK(query_rule(raw) == "http.query.percent");
  }
  CHECK(query_rule("a=%00") == "http.query.control");
  CHECK(query_rule("a=%1b") == "http.query.control");
  CHECK(query_rule("a=b#c") == "http.query.character");
  CHECK(query_rule("a=\xc3\xa4") == "http.query.character");
  CHECK(query_rule("text=line%0D%0Aline%09tab") == "accepted");
  CHECK(query_rule("filter[a]=\"b\"|c\\{}") == "accepted");
  CHECK(query_rule("a=100%25&b=%2541") == "accepted");
}

TEST_CASE("the method is not set by a parameter, however it is spelled") {
  for (const auto* raw : {"_method=DELETE", "a=b&_method=PUT", "%5fmethod=PUT", "_%6Dethod", "_METHOD=x", ".method=x", "+_method=x", "%20.method",
                          "_method[]=x", "[method=x", "x=1;_method=DELETE", ";_method=x", "a;b;%5Fmethod=x", "x=1;.method[]=x&y", "_method;x=1"}) {
    CAPTURE(raw);
    CHECK(query_rule(raw) == "http.query.method-override");
  }
  for (const auto* raw : {"method=DELETE", "a_method=x", "_methods=x", "a=_method", "_metho=d", "_meth_od=x", "_=1", "q=a;b", "q=;method=x",
                          "a=1;b=_method", "_=1;method=x", "q=%3B_method=x", "q=a_method;b"}) {
    CAPTURE(raw);
    CHECK(query_rule(raw) == "accepted");
  }
}
