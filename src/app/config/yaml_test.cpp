#include <doctest/doctest.h>

#include "app/config/trial_document.hpp"
#include "app/config/yaml.hpp"

using namespace gatehouse;
using namespace gatehouse::config;
using namespace gatehouse::config::trial;

TEST_CASE("of YAML only plain documents are taken") {
  CHECK(told("") == "0:0 : is empty; `gatehouse init URL` writes a configuration to begin with\n");
  CHECK(told("# nothing\n") == "0:0 : holds no setting; `gatehouse init URL` writes a configuration to begin with\n");
  CHECK(told("- a\n").contains("must be a block of names, not a list"));
  CHECK(told(document("a: [\n")).contains("cannot be read as YAML"));
  CHECK(told(document("---\nx: 1\n")).contains("second document"));
  CHECK(told("---\n" + document()).empty());
  CHECK(told(document("plans: { free: &a { rate: 1/s } }\n")).contains("has an anchor"));
  CHECK(told("a: &x [1]\nb: *x\n").contains("is an alias"));
  CHECK(told(document("workers: !!int 3\n")).contains("has a tag"));
  CHECK(told(document("workers: 3\nworkers: 4\n")).contains("6:1 workers: the name 'workers' stands here for the second time"));
  CHECK(told(document("plans:\n\tfree: {}\n")).contains("6:1 : is a tab"));
  CHECK(told(document("plans: {} \t# fine\n")).empty());
  CHECK(told(document("plans: \"a\x01\"\n")).contains("is a control character"));
  CHECK(told("\xef\xbb\xbf" + document()).contains("byte order mark"));
  CHECK(told("\xff\xfe" + document()) == "0:0 : is UTF-16; save it as UTF-8\n");
  CHECK(told("\xfe\xff" + document()) == "0:0 : is UTF-16; save it as UTF-8\n");
  CHECK(told("\x7f"
             "ELF\xb1" +
             document()) == "0:0 : is not UTF-8: is it the file that was meant?\n");
  CHECK(told("\x7f"
             "ELF" +
             std::string(9, '\0') + document()) == "0:0 : holds NUL bytes and is no text: is it the file that was meant?\n");
  CHECK(told(document("? [a]\n: b\n")).contains("must be a name, not a list"));
  std::string windows = document();
  for (std::size_t at = 0; (at = windows.find('\n', at)) != windows.npos; at += 2) windows.replace(at, 1, "\r\n");
  CHECK(told(windows).empty());
}

TEST_CASE("a document that would grow or nest without end is refused") {
  CHECK(told(std::string(yaml_bytes_max + 1, '#')).contains("larger than 1MiB"));
  CHECK(told(document("plans: " + std::string(40, '[') + std::string(40, ']') + "\n")).contains("is nested deeper than 32 levels"));
  CHECK(told(document("plans: " + std::string(100'000, '[') + "\n")).contains("cannot be read as YAML"));
  std::string many = "plans: [";
  for (std::size_t i = 0; i < yaml_nodes_max; ++i) many += "1,";
  CHECK(told(document(many + "]\n")).contains("is one value too many"));
  std::string laughs = "a: &a [x,x,x,x,x,x,x,x,x]\n";
  for (char c = 'b'; c <= 'i'; ++c) laughs += std::string(1, c) + ": &" + c + " [*" + char(c - 1) + ",*" + char(c - 1) + ",*" + char(c - 1) + "]\n";
  CHECK(told(laughs).contains("is an alias"));
}

namespace {
/// A document whose last line is the path of a route, line 8, column 11.
std::string with_path(std::string_view value) {
  return std::string(listeners) + std::string(upstreams) +
         "routes:\n  - name: all\n    methods: [GET]\n    upstream: clinic\n    authenticate: [api_key]\n    path: " + std::string(value) + "\n";
}
}  // namespace

TEST_CASE("a value that YAML reads as something else is refused with what makes it one") {
  struct Case {
    std::string_view value, place, what, example;
  };
  for (const auto& [value, place, what, example] : {
           Case{"{rest...}", "8:11", "must be a path template, not a block of names; a text that begins with '{' stands in quotes",
                "\"/patients/{id}\""},
           Case{"[/a]", "8:11", "must be a path template, not a list; a text that begins with '[' stands in quotes", "\"/patients/{id}\""},
           Case{"/a: b", "8:13", "a value that holds ': ' stands in quotes", "path: \"/a: b\""},
           Case{"@a", "8:11", "a value that begins with '@' stands in quotes", "path: \"@a\""},
           Case{"`a", "8:11", "a value that begins with '`' stands in quotes", "path: \"`a\""},
           Case{"%2Aa", "8:11", "a value that begins with '%' stands in quotes", "path: \"%2Aa\""},
           Case{"*", "8:11", "a value that begins with '*' stands in quotes", "path: \"*\""},
           Case{"*/x", "8:11", "a value that begins with '*' stands in quotes", "path: \"*/x\""},
           Case{"& x", "8:11", "a value that begins with '&' stands in quotes", "path: \"& x\""},
           Case{"&x", "8:11", "begins with '&', which makes it an anchor", "\"/patients/{id}\""},
           Case{"!x", "8:11", "has a tag; tags are not taken, and a text that begins with '!' stands in quotes", "\"/patients/{id}\""},
           Case{"|x", "8:11", "a value that begins with '|' stands in quotes", "path: \"|x\""},
           Case{">x", "8:11", "a value that begins with '>' stands in quotes", "path: \">x\""},
           Case{"- a", "8:11", "a value that begins with '-' stands in quotes", "path: \"- a\""},
           Case{"? a", "8:11", "a value that begins with '?' stands in quotes", "path: \"? a\""},
           Case{", a", "8:11", "a value that begins with ',' stands in quotes", "path: \", a\""},
           Case{"]", "8:11", "a value that begins with ']' stands in quotes", ""},
           Case{"}", "8:11", "a value that begins with '}' stands in quotes", ""},
           Case{"[a", "8:11", "the '[' here is never closed", ""},
           Case{"{a: 1", "8:11", "the '{' here is never closed", ""},
           Case{"[{a: 1]", "8:12", "the '{' here is never closed, and a ']' comes", ""},
           Case{"{ a: /b #c }", "8:11", "the '{' here is never closed; ' #' begins a comment, unless it stands in quotes", ""},
           Case{"\"/a", "8:11", "begins with a quotation mark that has no other one", ""},
           Case{"'/a", "8:11", "begins with a quotation mark that has no other one", ""},
           Case{"\"/a\\d\"", "8:14", "within \"...\" a '\\' begins an escape", ""},
           Case{"|\n      /a", "8:11", "goes over several lines", "\"/patients/{id}\""},
           Case{"~", "8:11", "has no value; give a path template", "\"/patients/{id}\""},
           Case{"404", "8:11", "'404' is a number", "\"/patients/{id}\""},
       }) {
    CAPTURE(value);
    const auto problems = problems_of(with_path(value));
    REQUIRE(problems.size() == 1);  // the value that was none has no consequences
    const auto& problem = problems.front();
    CHECK(std::to_string(problem.at.line) + ":" + std::to_string(problem.at.column) == place);
    CAPTURE(problem.what);
    CHECK(problem.what.contains(what));
    CAPTURE(problem.example);
    CHECK(problem.example.contains(example));
    CHECK_FALSE(problem.example.empty());
  }
}

TEST_CASE("a path template within brackets is told to stand in quotes, and is shown as it would be right") {
  const auto routes = [](std::string_view path) {
    return std::string(listeners) + std::string(upstreams) + "routes:\n  - { path: " + std::string(path) +
           ", name: one, methods: [GET], upstream: clinic, authenticate: [api_key] }\n";
  };
  struct Case {
    std::string_view path, what, example;
  };
  for (const auto& [path, what, example] : {Case{"/patients/{id}", "holds a '{' stands in quotes", "\"/patients/{id}\""},
                                            Case{"/{rest...}", "holds a '{' stands in quotes", "\"/{rest...}\""},
                                            Case{"/a/{id}/b/{number}", "holds a '{' stands in quotes", "\"/a/{id}/b/{number}\""},
                                            Case{"/a[1]", "holds a '[' stands in quotes", "\"/a[1]\""},
                                            Case{"/a/{id", "holds a '{' stands in quotes", ""}}) {  // nobody knows where it was to end
    CAPTURE(path);
    const auto problems = problems_of(routes(path));
    REQUIRE(problems.size() == 1);
    CHECK(problems[0].at.line == 4);
    CHECK(problems[0].at.column == 13);
    CAPTURE(problems[0].what);
    CHECK(problems[0].what.contains(what));
    if (!example.empty()) CHECK(problems[0].example == example);
    else CHECK_FALSE(problems[0].example.contains("id"));
  }
  for (const auto path : {"\"/patients/{id}\"", "'/patients/{id}'", "/patients"}) CHECK(problems_of(routes(path)).empty());
  const auto in_list = problems_of(document("identity: { issuer: gate }\nextension_methods: [A, /b/{c}, D]\n"));
  REQUIRE(in_list.size() == 1);
  CHECK(in_list[0].example == "\"/b/{c}\"");

  const auto no_comma = problems_of(document("extension_methods: [{ a: b } { c: d }]\n"));
  REQUIRE(no_comma.size() == 1);
  CHECK(no_comma[0].what.contains("before the '{' here a ',' or a ': ' is missing"));
}

TEST_CASE("what YAML reads as it is meant is left alone") {
  const auto path_of = [](std::string_view value) {
    const auto loaded = load_text(with_path(value));
    return loaded ? loaded->routes.front().path : std::string("refused");
  };
  CHECK(path_of("/{rest...}") == "/{rest...}");
  CHECK(path_of("\"/{rest...}\"") == "/{rest...}");
  CHECK(path_of("'/a'") == "/a");
  CHECK(path_of("\"/a\\u00e4\"") == "/a\xc3\xa4");
  CHECK(path_of("/a #b") == "/a");  // a comment
  CHECK(path_of("/a:b") == "/a:b");
  CHECK(path_of("/@a/!b/&c") == "/@a/!b/&c");
  // Booleans and numbers of YAML 1.1 are names and texts like others.
  const auto plans = load_text(document("plans: { no: {}, on: {}, yes: {}, off: {}, y: {}, 1: {}, 1_0: {} }\n"));
  REQUIRE(plans);
  CHECK(plans->plans.size() == 7);
  CHECK(plans->plans.contains("no"));
  CHECK(load_text(document("trusted_proxies: [::1, fd00::/8]\n"))->trusted_proxies.size() == 2);
  CHECK(load_text(document("identity:\n  issuer: a gate\n    of two lines\n"))->identity.issuer == "a gate of two lines");
}

TEST_CASE("the traps of YAML are named where they are") {
  struct Case {
    std::string_view lines, told;
  };
  for (const auto& [lines, wanted] : {
           Case{"drain: 1:30\n", "5:8 drain: '1:30' is not a duration"},
           Case{"workers: 1:30\n", "5:10 workers: must be 'auto', or a whole number"},
           Case{"workers: 010\n", "5:10 workers: '010' begins with a zero, which others read as octal; write it without (10)"},
           Case{"workers:4\n", "5:1 workers: needs a space behind its ':' (workers: 4)"},
           Case{"plans: {a:{rate: 1/s}}\n", "5:10 : cannot be read as YAML: behind the ':' of a name stands a space"},
           Case{"plans: { a: {rate:1/s} }\n", "5:14 plans.a.rate: needs a space behind its ':' (rate: 1/s)"},
           Case{"plans:\n\ta: {}\n", "6:1 : is a tab; indentation is made of spaces"},
           Case{"plans:\n  a:\n  \trate: 1/s\n", "7:3 : is a tab; indentation is made of spaces"},
           Case{"plans:\n  a:\n    rate: 1/s\n   burst: 3\n", "8:4 : cannot be read as YAML: this line is indented as no line is"},
           Case{"drain: 5s\n  workers: 3\n", "6:3 : cannot be read as YAML: this line is indented as no line is"},
           Case{"workers: 2\nworkers: 3\n", "6:1 workers: the name 'workers' stands here for the second time, after line 5"},
           Case{"plans: { a: {}, a: {} }\n", "5:17 plans.a: the name 'a' stands here for the second time, after line 5"},
           Case{"workers:4\nworkers: 3\n", "5:1 : cannot be read as YAML: behind the ':' of a name stands a space"},
           Case{"workers 4\ndrain: 3s\n", "5:1 : cannot be read as YAML: a name stands before ': '"},
           Case{"plans: { ~: {} }\n", "5:10 plans: must be a name, not nothing; a name that looks so stands in quotes"},
           Case{"identity: { issuer: 12 }\n", "5:21 identity.issuer: must be a text, and '12' is a number; write it in quotes"},
           Case{"identity: { issuer: true }\n", "5:21 identity.issuer: must be a text, and 'true' is a boolean; write it in quotes"},
           Case{"identity: { issuer: \xe2\x80\x9cgate\xe2\x80\x9d }\n", "5:21 identity.issuer: begins with a typographic quotation mark"},
           Case{"workers: 2,\n", "5:10 workers: must be 'auto', or a whole number"},
           Case{"workers = 2\n", "5:1 workers = 2: is not a name that this block knows (workers)"},
           Case{"...\nworkers: 2\n", "6:1 : the file has a second document"},
           Case{"plans: { a: &b { rate: 1/s }, c: { <<: *b } }\n", "5:40 plans.c.<<: begins with '*' and so is an alias"},
       }) {
    CAPTURE(lines);
    const auto text = told(document(lines));
    CAPTURE(text);
    CHECK(text.contains(wanted));
  }
  CHECK(told(document("workers:4\n")) == "5:1 workers: needs a space behind its ':' (workers: 4)\n");
  CHECK(told(document("workers:400\n")).contains("workers: '400' is not a whole number"));  // and is judged as it was meant
}

TEST_CASE("a secret in a line that cannot be read is not shown, and its neighbour is") {
  for (const auto* line : {"secret: @hunter2\n", "secret:hunter2\n", "issuers: { i: { issuer: 1, secret: hunter2 } }\n", "secret: hunter2: x\n"}) {
    CAPTURE(line);
    const auto text = render_errors(problems_of(document(line)));
    CHECK(text.contains("error: "));
    CHECK_FALSE(text.contains("hunter2"));
  }
  CHECK(render_errors(problems_of(document("issuers: { i: { issuer: 1, secret: { env: NAME } } }\n"))).contains("env: NAME"));
}
