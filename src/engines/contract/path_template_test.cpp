#include "engines/contract/path_template.hpp"

#include <doctest/doctest.h>

#include "engines/contract/media_type.hpp"
#include "ground/base/text.hpp"

using namespace gatehouse;
using contract::MediaType;
using contract::PathTemplate;

namespace {
std::string matched(std::string_view text, std::string_view path) {
  const auto parsed = PathTemplate::parse(text);
  REQUIRE(parsed.has_value());
  const auto segments = text::split(path.substr(1), '/');
  std::vector<std::string_view> values(parsed->names().size());
  if (!parsed->match(segments, values)) return "no";
  std::string out = "yes";
  for (std::size_t i = 0; i < values.size(); ++i) out += ' ' + parsed->names()[i] + '=' + std::string(values[i]);
  return out;
}
std::size_t best(std::initializer_list<std::string_view> ranges, std::string_view of) {
  std::vector<MediaType> parsed;
  for (const auto range : ranges) parsed.push_back(MediaType::parse(range).value());
  return contract::best_fit(parsed, MediaType::parse(of).value()).value_or(99);
}
}  // namespace

TEST_CASE("a template takes the paths of its form and no others") {
  CHECK(matched("/", "/") == "yes");
  CHECK(matched("/a/{b}", "/a/x") == "yes b=x");
  CHECK(matched("/a/{b}", "/a/") == "no");
  CHECK(matched("/a/{b}", "/a/x/") == "no");
  CHECK(matched("/a/{b}/", "/a/x/") == "yes b=x");
  CHECK(matched("/a/{b}", "/A/x") == "no");
  CHECK(matched("/a b/{c}", "/a%20b/x") == "yes c=x");
  CHECK(matched("/a%20b/{c}", "/a%20b/x") == "yes c=x");
}

TEST_CASE("several names in one segment are told apart by what is between them") {
  CHECK(matched("/{name}.{type}", "/photo.old.jpg") == "yes name=photo type=old.jpg");
  CHECK(matched("/{id}:cancel", "/5:cancel") == "yes id=5");
  CHECK(matched("/{id}:cancel", "/a:cancel:cancel") == "yes id=a:cancel");
  CHECK(matched("/{id}:cancel", "/:cancel") == "no");
  CHECK(matched("/v{major}.{minor}-x", "/v1.2-x") == "yes major=1 minor=2");
  CHECK(matched("/({a},{b})", "/(1,2)") == "yes a=1 b=2");
  CHECK(matched("/({a},{b})", "/(1)") == "no");
}

TEST_CASE("templates that differ only in names have one shape, and what follows '#' or '?' is no part of it") {
  CHECK(PathTemplate::parse("/a/{x}")->shape() == PathTemplate::parse("/a/{y}")->shape());
  CHECK(PathTemplate::parse("/a/{x}")->shape() != PathTemplate::parse("/a/x")->shape());
  const auto suffixed = PathTemplate::parse("/a/{x}#find={y}");
  REQUIRE(suffixed.has_value());
  CHECK(suffixed->shape() == "/a/{}");
  CHECK(suffixed->suffix() == "#find={y}");
  CHECK(suffixed->names() == std::vector<std::string>{"x"});
  CHECK(PathTemplate::parse("/responses?beta=true")->suffix() == "?beta=true");
}

TEST_CASE("a media type is read whole or not at all") {
  const auto type = MediaType::parse(R"( Application/Problem+JSON ; charset="UTF-8"; v=1;)");
  REQUIRE(type.has_value());
  CHECK(type->is("application/problem+json"));
  CHECK(type->is_json());
  CHECK(type->parameters.size() == 2);
  CHECK_FALSE(MediaType::parse("text/jsonx")->is_json());
  for (const auto* bad : {"", "json", "a/b/c", "a/", "/b", "a b/c", "*/json", "a/b; c", "a/b; c=\"", "a/b; c=1; C=2", "a/b, c/d", "a/b; =1"}) {
    CAPTURE(bad);
    CHECK_FALSE(MediaType::parse(bad).has_value());
  }
}

TEST_CASE("the range that names most fits best") {
  CHECK(best({"*/*", "application/*", "application/json"}, "application/json") == 2);
  CHECK(best({"application/json", "application/json; v=2"}, "application/json;v=2") == 1);
  CHECK(best({"application/json; v=2"}, "application/json") == 99);
  CHECK(best({"application/json; charset=utf-8"}, "application/json") == 0);
  CHECK(best({"application/json; charset=utf-8"}, "application/json; charset=latin1") == 99);
  CHECK(best({"application/json"}, "application/json; charset=utf-8") == 0);
  CHECK(best({"text/*"}, "application/json") == 99);
  CHECK(best({"application/*+json", "*/*"}, "application/a+json") == 1);
}
