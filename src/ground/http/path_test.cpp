#include <doctest/doctest.h>

#include <string>

#include "ground/http/path.hpp"

namespace {
/// The normal form, or the rule that refuses.
std::string normal_path(std::string_view raw) {
  gatehouse::Arena arena;
  const auto path = gatehouse::http::NormalPath::parse(raw, arena);
  return path ? std::string(path->text()) : std::string(path.error().rule.view().substr(std::string_view("http.path.").size()));
}
}  // namespace

TEST_CASE("a path has one normal form, and that is normal itself") {
  const std::pair<std::string_view, std::string_view> cases[] = {{"/", "/"},
                                                                 {"/a/b", "/a/b"},
                                                                 {"/a/", "/a/"},
                                                                 {"/a.b/..c/c..", "/a.b/..c/c.."},
                                                                 {"/...", "/..."},
                                                                 {"/%61%7E%2D", "/a~-"},
                                                                 {"/%c3%a4", "/%C3%A4"},
                                                                 {"/a%20b", "/a%20b"},
                                                                 {"/a%2fb", "/a%2Fb"},
                                                                 {"/%28%29", "/()"},
                                                                 {"/v1/x:run", "/v1/x:run"},
                                                                 {"/v1/x%3arun", "/v1/x:run"},
                                                                 {"/a;b=c", "/a%3Bb=c"},
                                                                 {"/a%3bb", "/a%3Bb"},
                                                                 {"/100%25", "/100%25"},
                                                                 {"/100%25zz", "/100%25zz"},
                                                                 {"/%3f%23", "/%3F%23"},
                                                                 {"/a\"b|c", "/a%22b%7Cc"},
                                                                 {"/%2f", "/%2F"},
                                                                 {"/http:%2F%2Fa", "/http:%2F%2Fa"}};
  for (const auto& [raw, expected] : cases) {
    CAPTURE(raw);
    CHECK(normal_path(raw) == expected);
    CHECK(normal_path(expected) == expected);
  }
}

TEST_CASE("each way to hide another path in a path is refused by its rule") {
  const std::pair<std::string_view, std::string_view> cases[] = {{"", "form"},
                                                                 {"a", "form"},
                                                                 {"*", "form"},
                                                                 {"//", "empty-segment"},
                                                                 {"//a", "empty-segment"},
                                                                 {"/a//b", "empty-segment"},
                                                                 {"/a%20//b", "empty-segment"},
                                                                 {"/.", "dot-segment"},
                                                                 {"/..", "dot-segment"},
                                                                 {"/a/../b", "dot-segment"},
                                                                 {"/a/./b", "dot-segment"},
                                                                 {"/a/%2e%2E/b", "dot-segment"},
                                                                 {"/a/.%2e", "dot-segment"},
                                                                 {"/a/..;x/b", "dot-segment"},
                                                                 {"/a/..%3Bx/b", "dot-segment"},
                                                                 {"/a%2f..%2fb", "dot-segment"},
                                                                 {"/a%2F.", "dot-segment"},
                                                                 {"/..%2fa", "dot-segment"},
                                                                 {"/a/.;/b", "dot-segment"},
                                                                 {"/a\\b", "backslash"},
                                                                 {"/a%5cb", "backslash"},
                                                                 {"/..%5Ca", "backslash"},
                                                                 {"/%2541", "double-encoding"},
                                                                 {"/%252e%252e", "double-encoding"},
                                                                 {"/%25%34%31", "double-encoding"},
                                                                 {"/%c0%af", "utf-8"},
                                                                 {"/%e0%80%af", "utf-8"},
                                                                 {"/%ff", "utf-8"},
                                                                 {"/%ed%a0%80", "utf-8"},
                                                                 {"/%c3", "utf-8"},
                                                                 {"/a%00", "control"},
                                                                 {"/%0d%0aX:%20y", "control"},
                                                                 {"/%7f", "control"},
                                                                 {"/%c2%85", "control"},
                                                                 {"/%", "percent"},
                                                                 {"/%4", "percent"},
                                                                 {"/%zz", "percent"},
                                                                 {"/%u0041", "percent"},
                                                                 {"/a#b", "fragment"},
                                                                 {"/\xc3\xa4", "character"},
                                                                 {"/a b", "character"},
                                                                 {"/a\tb", "character"}};
  for (const auto& [raw, rule] : cases) {
    CAPTURE(raw);
    CHECK(normal_path(raw) == rule);
  }
  CHECK(normal_path(std::string_view("/a\0b", 4)) == "character");
  std::string deep;
  for (int i = 0; i < 256; ++i) deep += "/a";
  CHECK(normal_path(deep) == deep);
  CHECK(normal_path(deep + "/a") == "segments");
}

TEST_CASE("segments are the texts between slashes, and decode to what the client meant") {
  gatehouse::Arena arena;
  using gatehouse::http::NormalPath;
  const auto path = NormalPath::parse("/a/b%2fc/%c3%a4/", arena).value();
  REQUIRE(path.segments().size() == 4);
  CHECK(path.has_encoded_slash());
  CHECK(path.segments()[1] == "b%2Fc");
  CHECK(NormalPath::decode(path.segments()[1], arena) == "b/c");
  CHECK(NormalPath::decode(path.segments()[2], arena) == "\xc3\xa4");
  CHECK(path.segments()[3].empty());
  CHECK_FALSE(NormalPath::parse("/a/b", arena)->has_encoded_slash());
  CHECK(NormalPath().text() == "/");
  CHECK(NormalPath().segments().size() == 1);
  CHECK(NormalPath::parse("/", arena)->segments().size() == 1);
}
