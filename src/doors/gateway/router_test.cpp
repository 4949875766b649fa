#include <doctest/doctest.h>

#include "doors/gateway/router.hpp"
#include "ground/base/text.hpp"
#include "ground/http/path.hpp"

using namespace gatehouse;
using namespace gatehouse::gateway;
using http::Method;

namespace {
RoutePattern pattern(std::string path, std::initializer_list<Method> methods, std::vector<std::string> hosts = {}) {
  return {std::move(hosts), std::move(path), {http::MethodSet(methods), {}}};
}

/// "3" for route 3, "404", or "405 <Allow>".
std::string take(const Router& router, std::string_view path, Method method = Method::get, std::string_view host = "api.example.com") {
  const auto segments = text::split(path.substr(1), '/');
  const auto match = router.match(host, segments, method, http::to_text(method));
  if (std::holds_alternative<NoRoute>(match)) return "404";
  if (const auto* const refused = std::get_if<MethodNotAllowed>(&match)) return "405 " + refused->allow;
  return std::to_string(std::get<std::uint32_t>(match));
}
}  // namespace

TEST_CASE("a literal segment wins over a variable, a variable over the rest") {
  const std::vector patterns{pattern("/{path...}", {Method::get}), pattern("/patients/{id}", {Method::get}),
                             pattern("/patients/export", {Method::get})};
  const auto router = Router::make(patterns).value();
  CHECK(take(router, "/patients/export") == "2");
  CHECK(take(router, "/patients/7") == "1");
  CHECK(take(router, "/patients/7/photo") == "0");
  CHECK(take(router, "/") == "0");
}

TEST_CASE("a path that begins like a literal route still finds the variable one") {
  const std::vector patterns{pattern("/a/b/d", {Method::get}), pattern("/a/{x}/c", {Method::get})};
  const auto router = Router::make(patterns).value();
  CHECK(take(router, "/a/b/c") == "1");
  CHECK(take(router, "/a/b/d") == "0");
  CHECK(take(router, "/a/b/e") == "404");
}

TEST_CASE("a variable takes exactly one segment, and never an empty one") {
  const std::vector patterns{pattern("/patients/{id}", {Method::get})};
  const auto router = Router::make(patterns).value();
  CHECK(take(router, "/patients/7") == "0");
  CHECK(take(router, "/patients/") == "404");
  CHECK(take(router, "/patients") == "404");
  CHECK(take(router, "/patients/7/") == "404");
}

TEST_CASE("the most specific path decides about the method, not a wider route") {
  const std::vector patterns{pattern("/{path...}", {Method::get, Method::delete_}), pattern("/patients/{id}", {Method::get, Method::head})};
  const auto router = Router::make(patterns).value();
  CHECK(take(router, "/patients/7", Method::delete_) == "405 GET, HEAD");
  CHECK(take(router, "/other", Method::delete_) == "0");
}

TEST_CASE("routes of one path share their Allow") {
  const std::vector patterns{pattern("/patients", {Method::get}), pattern("/patients", {Method::post})};
  const auto router = Router::make(patterns).value();
  CHECK(take(router, "/patients", Method::post) == "1");
  CHECK(take(router, "/patients", Method::put) == "405 GET, POST");
}

TEST_CASE("an exact host comes before a wildcard, a wildcard before any; a wildcard is one label") {
  const std::vector patterns{pattern("/x", {Method::get}), pattern("/x", {Method::get}, {"*.example.com"}),
                             pattern("/x", {Method::get}, {"api.example.com"})};
  const auto router = Router::make(patterns).value();
  CHECK(take(router, "/x", Method::get, "api.example.com") == "2");
  CHECK(take(router, "/x", Method::get, "www.example.com") == "1");
  CHECK(take(router, "/x", Method::get, "a.b.example.com") == "0");
  CHECK(take(router, "/x", Method::get, "example.com") == "0");
}

TEST_CASE("two routes that a request could match equally well are refused") {
  const std::vector same{pattern("/a/{x}", {Method::get}), pattern("/a/{y}", {Method::get, Method::post})};
  CHECK(Router::make(same).error().told.find("GET /a/{y}") != std::string::npos);
  const std::vector apart{pattern("/a/{x}", {Method::get}), pattern("/a/{y}", {Method::post})};
  CHECK(Router::make(apart).has_value());
}

TEST_CASE("a path template says what is wrong with it") {
  for (const auto* const bad : {"patients", "/a//b", "/a/{", "/a/{x", "/a/x{y}", "/a/{x}/{x}", "/{rest...}/a", "/{}", "/a/../b", "/a?b", "/{a b}"})
    CHECK_FALSE(PathTemplate::parse(bad).has_value());
  for (const auto* const good : {"/", "/a", "/a/", "/a/{x}", "/a/{x}/b/{y}", "/{rest...}", "/a.b/~c"}) CHECK(PathTemplate::parse(good).has_value());
}

TEST_CASE("a star or a colon is no pattern, and stands for itself when it is escaped") {
  for (const auto* const bad : {"/admin/*", "/*", "/a*b", "/users/:id", "/%2a", "/%2Fa", "/%"}) CHECK_FALSE(PathTemplate::parse(bad).has_value());
  const std::vector patterns{pattern("/{path...}", {Method::get}), pattern("/a/%2A", {Method::get}), pattern("/a/%3Aid", {Method::get}),
                             pattern("/jobs:run", {Method::get})};
  const auto router = Router::make(patterns).value();
  CHECK(take(router, "/a/" + http::NormalPath::encode("*")) == "1");
  CHECK(take(router, "/a/" + http::NormalPath::encode(":id")) == "2");
  CHECK(take(router, "/a/7") == "0");
  CHECK(take(router, "/" + http::NormalPath::encode("jobs:run")) == "3");
}

TEST_CASE("an unregistered method is allowed only by its own name") {
  std::vector patterns{pattern("/x", {Method::get})};
  patterns[0].methods.others = {"PURGE"};
  const auto router = Router::make(patterns).value();
  const std::vector<std::string_view> segments{"x"};
  CHECK(std::holds_alternative<std::uint32_t>(router.match("h", segments, Method::other, "PURGE")));
  CHECK(std::holds_alternative<MethodNotAllowed>(router.match("h", segments, Method::other, "purge")));
}

TEST_CASE("a trailing slash never leads to a wider route than the path without it") {
  const std::vector patterns{pattern("/{path...}", {Method::get}),
                             pattern("/patients/export", {Method::get}),
                             pattern("/patients/{id}", {Method::get}),
                             pattern("/patients/{id}/{more...}", {Method::get}),
                             pattern("/files", {Method::get}),
                             pattern("/files/{path...}", {Method::get}),
                             pattern("/own/", {Method::get}),
                             pattern("/own", {Method::get}),
                             pattern("/admin", {Method::get}, {"api.example.com"})};
  const auto router = Router::make(patterns).value();
  CHECK(take(router, "/patients/export") == "1");
  CHECK(take(router, "/patients/export/") == "404");  // neither by /patients/{id}/{more...} nor by /{path...}
  CHECK(take(router, "/patients/7/") == "3");         // the rest below it was given a route
  CHECK(take(router, "/admin/") == "404");            // also not by a tree for every host
  CHECK(take(router, "/admin/", Method::get, "other.example.com") == "0");
  CHECK(take(router, "/files/") == "5");
  CHECK(take(router, "/files/a/") == "5");
  CHECK(take(router, "/own/") == "6");
  CHECK(take(router, "/anything/") == "0");
  CHECK(take(router, "/") == "0");
}

TEST_CASE("a slash in the pattern with a variable does not take what a literal without one names") {
  const std::vector patterns{pattern("/{name}/", {Method::get}), pattern("/export", {Method::get})};
  const auto router = Router::make(patterns).value();
  CHECK(take(router, "/export") == "1");
  CHECK(take(router, "/export/") == "404");
  CHECK(take(router, "/other/") == "0");
}

TEST_CASE("a path without its trailing slash never leads to a wider route than the path with it") {
  const std::vector patterns{pattern("/{path...}", {Method::get}),
                             pattern("/private/{path...}", {Method::get}),
                             pattern("/closed/", {Method::get}),
                             pattern("/files", {Method::get}),
                             pattern("/files/{path...}", {Method::get}),
                             pattern("/a/b/{path...}", {Method::post}),
                             pattern("/patients/{id}", {Method::get}),
                             pattern("/patients/export/{path...}", {Method::get}),
                             pattern("/{tenant}/records/{path...}", {Method::get}),
                             pattern("/admin/{path...}", {Method::get}, {"api.example.com"})};
  const auto router = Router::make(patterns).value();
  CHECK(take(router, "/private/") == "1");
  CHECK(take(router, "/private/x") == "1");
  CHECK(take(router, "/private") == "404");
  CHECK(take(router, "/privat") == "0");
  CHECK(take(router, "/closed/") == "2");
  CHECK(take(router, "/closed") == "404");
  CHECK(take(router, "/closed/x") == "0");  // nobody else's: the narrow route is for "/closed/" alone
  CHECK(take(router, "/files") == "3");     // named as exactly as "/files/" is
  CHECK(take(router, "/files/") == "4");
  CHECK(take(router, "/a") == "0");
  CHECK(take(router, "/a/b") == "404");  // whatever the method: the narrowest path decides
  CHECK(take(router, "/a/b/") == "405 POST");
  CHECK(take(router, "/patients") == "0");  // "/patients/" is nobody's but the wide route's, too
  CHECK(take(router, "/patients/7") == "6");
  CHECK(take(router, "/patients/export") == "404");  // {id} is wider than the literal
  CHECK(take(router, "/patients/export/") == "7");
  CHECK(take(router, "/north/records") == "404");
  CHECK(take(router, "/north/records/1") == "8");
  CHECK(take(router, "/north") == "0");
  CHECK(take(router, "/admin") == "404");  // also not by a tree for every host
  CHECK(take(router, "/admin", Method::get, "other.example.com") == "0");
  CHECK(take(router, "/") == "0");
}

TEST_CASE("a variable before a slash does not close what a literal without one names") {
  const std::vector patterns{pattern("/{path...}", {Method::get}), pattern("/{name}/", {Method::get}), pattern("/export", {Method::get})};
  const auto router = Router::make(patterns).value();
  CHECK(take(router, "/export") == "2");
  CHECK(take(router, "/other/") == "1");
  CHECK(take(router, "/other") == "404");  // the wide route does not name it as exactly as "/{name}/" does
  CHECK(take(router, "/other/deep") == "0");
}

TEST_CASE("letters of another case never lead to a wider route than the literal that they spell") {
  const std::vector patterns{pattern("/{path...}", {Method::get}),
                             pattern("/patients/export", {Method::get}),
                             pattern("/patients/{id}", {Method::get, Method::delete_}),
                             pattern("/patients/{id}/Notes", {Method::get}),
                             pattern("/admin/{path...}", {Method::get}, {"api.example.com"}),
                             pattern("/\u00e4rzte/a b", {Method::get})};
  const auto router = Router::make(patterns).value();
  CHECK(take(router, "/patients/export") == "1");
  CHECK(take(router, "/patients/EXPORT") == "404");  // neither by /patients/{id} nor by /{path...}
  CHECK(take(router, "/patients/EXPORT", Method::delete_) == "404");
  CHECK(take(router, "/Patients/export") == "404");
  CHECK(take(router, "/PATIENTS/7") == "404");
  CHECK(take(router, "/patients/Export/") == "404");  // with the other slash, too
  CHECK(take(router, "/patients/7/notes") == "404");
  CHECK(take(router, "/Admin/users") == "404");
  CHECK(take(router, "/ADMIN") == "404");
  CHECK(take(router, "/%C3%A4rzte/A%20b") == "404");
  CHECK(take(router, "/patients/7") == "2");
  CHECK(take(router, "/patients/EXPORTS") == "2");
  CHECK(take(router, "/patients/expor") == "2");
  CHECK(take(router, "/patients/7/Notes") == "3");
  CHECK(take(router, "/patients/7/photo") == "0");
  CHECK(take(router, "/Admin/users", Method::get, "other.example.com") == "0");  // not guarded there
  CHECK(take(router, "/Patients") == "0");                                       // as "/patients" is: nobody's but the wide route's
}

TEST_CASE("routes that differ in the case of letters are each taken as they are written") {
  const std::vector patterns{pattern("/{path...}", {Method::get}), pattern("/Me", {Method::get}),  pattern("/me", {Method::get}),
                             pattern("/you/", {Method::get}),      pattern("/You", {Method::get}), pattern("/me/{x}", {Method::get}),
                             pattern("/ME/mail", {Method::get})};
  const auto router = Router::make(patterns).value();
  CHECK(take(router, "/Me") == "1");
  CHECK(take(router, "/me") == "2");
  CHECK(take(router, "/mE") == "404");
  CHECK(take(router, "/you/") == "3");
  CHECK(take(router, "/You") == "4");
  CHECK(take(router, "/YOU") == "404");
  CHECK(take(router, "/me/mail") == "5");
  CHECK(take(router, "/ME/mail") == "6");
  CHECK(take(router, "/Me/mail") == "404");
  CHECK(take(router, "/other") == "0");
}

TEST_CASE("a literal is written decoded and found in its normal form") {
  const std::vector patterns{pattern("/{path...}", {Method::get}), pattern("/\u00e4rzte", {Method::get}), pattern("/a[b]", {Method::get}),
                             pattern("/a b/c", {Method::get}), pattern("/~x:y@z", {Method::get})};
  const auto router = Router::make(patterns).value();
  CHECK(take(router, "/%C3%A4rzte") == "1");
  CHECK(take(router, "/a%5Bb%5D") == "2");
  CHECK(take(router, "/a%20b/c") == "3");
  CHECK(take(router, "/~x:y@z") == "4");
  CHECK_FALSE(PathTemplate::parse("/a%20b").has_value());
  CHECK_FALSE(PathTemplate::parse("/\xE4").has_value());
}

TEST_CASE("a path template is read back from its text, and parts that have no text are none") {
  using Kind = PathTemplate::Kind;
  for (const auto* const text : {"/", "/a/", "/patients/{id}/report", "/{rest...}", "/a%2Ab/%3Aid/x:y", "/\u00e4rzte/a b"}) {
    CAPTURE(text);
    const auto read = PathTemplate::parse(text).value();
    CHECK(read.to_text() == text);
    CHECK(PathTemplate::of(read.parts).value() == read);
  }
  CHECK(PathTemplate::parse("/a/{x}/{y...}")->shape() == PathTemplate::parse("/a/{u}/{v...}")->shape());
  CHECK(PathTemplate::parse("/a/%3Ax")->shape() != PathTemplate::parse("/a/{x}")->shape());
  for (const std::string literal : {"%7Bx%7D", "a%2Fb", "%252A", "100%25", "a?b", "..", "%5C"}) {
    CAPTURE(literal);
    CHECK_FALSE(PathTemplate::of({{Kind::literal, literal}}).has_value());
  }
  CHECK_FALSE(PathTemplate::of({{Kind::rest, "a"}, {Kind::literal, "b"}}).has_value());
  CHECK_FALSE(PathTemplate::of({{Kind::variable, "a"}, {Kind::variable, "a"}}).has_value());
  CHECK(PathTemplate::of({{Kind::literal, "*"}, {Kind::variable, "a"}})->to_text() == "/%2A/{a}");
}

TEST_CASE("a path template says which brace is not closed") {
  CHECK(PathTemplate::parse("/a/{id").error().told == "has a brace that is not closed: '{id'");
  CHECK(PathTemplate::parse("/a/x{id}").error().told == "has a parameter that is not a whole segment: /{name}/");
  CHECK(Router::make(std::vector{pattern("/a/{id", {Method::get})}).error().told.starts_with("the path template '/a/{id' has a brace"));
}
