#include "ground/yaml/yaml.hpp"

#include <doctest/doctest.h>

#include "ground/json/writer.hpp"
#include "ground/yaml/characters.hpp"

using namespace gatehouse;

namespace {
std::string as_json(std::string_view text, const yaml::Limits& limits = {}) {
  const auto tree = yaml::read(text, limits);
  if (!tree) return std::to_string(tree.error().line) + ":" + std::to_string(tree.error().column) + " " + tree.error().what;
  return to_json(tree->root());
}
std::string slip_of(std::string_view text) {
  const auto tree = yaml::read(text);
  return tree ? "read" : tree.error().what;
}
}  // namespace

TEST_CASE("YAML 1.2's core schema is kept: what other versions read as booleans, octals and dates are strings and numbers") {
  CHECK(as_json("a: yes\nb: on\nc: 2024-01-02\nd: 012\ne: 0o17\nf: 0x1F\ng: ~\nh:\ni: NULL\nj: 12:30:45\nk: 1_000") ==
        R"({"a":"yes","b":"on","c":"2024-01-02","d":12,"e":15,"f":31,"g":null,"h":null,"i":null,"j":"12:30:45","k":"1_000"})");
  CHECK(as_json("[true, True, TRUE, tRue, false, n, +5, -0, .5, 1., -.5e3, 1e2, +, -, ., 1e, 0x, 0o8]") ==
        R"([true,true,true,"tRue",false,"n",5,0,0.5,1,-500.0,100.0,"+","-",".","1e","0x","0o8"])");
}

TEST_CASE("quoted and block scalars are strings whatever they look like") {
  CHECK(as_json("a: '5'\nb: \"true\"\nc: |\n  1\n  2\nd: >-\n  x\n  y\ne: ''") == R"({"a":"5","b":"true","c":"1\n2\n","d":"x y","e":""})");
}

TEST_CASE("names are the text that is written") {
  CHECK(as_json("200: ok\n4XX: wrong\n'404': gone\nyes: 1\ntrue: 2\n1.0: 3") ==
        R"({"200":"ok","4XX":"wrong","404":"gone","yes":1,"true":2,"1.0":3})");
}

TEST_CASE("integers keep all 64 bits, and what JSON has no number for is refused") {
  CHECK(as_json("[9223372036854775807, -9223372036854775808, 18446744073709551615]") ==
        "[9223372036854775807,-9223372036854775808,18446744073709551615]");
  CHECK(as_json("a: .inf").contains("1:4 '.inf' is a number that JSON has no word for"));
  CHECK(as_json("a: .NaN").contains("no word for"));
  CHECK(as_json("a: 0xFFFFFFFFFFFFFFFFF").contains("no word for"));
  CHECK(as_json("a: 1e999").contains("no word for"));
  CHECK(as_json("a: inf") == R"({"a":"inf"})");
}

TEST_CASE("a name twice in one map is refused with both lines, in two maps it is not") {
  CHECK(as_json("paths:\n  get: 1\n  put: 2\n  get: 3\n") == "4:3 the name 'get' stands here for the second time, after line 2");
  CHECK(as_json("200: a\n'200': b\n").contains("second time"));
  CHECK(as_json("a: {get: 1}\nb: {get: 2}") == R"({"a":{"get":1},"b":{"get":2}})");
  std::string many;
  for (int i = 0; i < 40; ++i) many += "k" + std::to_string(i) + ": 1\n";
  CHECK(as_json(many + "k7: 2").starts_with("41:1 the name 'k7'"));
  CHECK(as_json(many).starts_with("{"));
}

TEST_CASE("aliases stand for what they name") {
  CHECK(as_json("a: &x {b: [1, 2]}\nc: *x\nd: [*x, *x]") == R"({"a":{"b":[1,2]},"c":{"b":[1,2]},"d":[{"b":[1,2]},{"b":[1,2]}]})");
  CHECK(as_json("- &n name\n- *n : 1") == R"(["name",{"name":1}])");
  CHECK(as_json("- &e\n- *e") == "[null,null]");
  CHECK(as_json("- &a 1\n- &a 2\n- *a") == "[1,2,2]");
  CHECK(as_json("a: *nobody").contains("cannot be read"));
}

TEST_CASE("an alias within what it names is refused: it would never end") {
  CHECK(as_json("a: &x [1, *x]").contains("within what it names"));
  CHECK(as_json("&x a: *x") == R"({"a":"a"})");  // the anchor is the name's
}

TEST_CASE("a few lines of aliases that mean gigabytes are refused at the limit of values") {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 10; ++j) bomb += (j > 0 ? ", *a" : "*a") + std::to_string(i - 1);
    bomb += "]\n";
  }
  CHECK(as_json(bomb).contains("the aliases of this document stand for more than"));
  CHECK(as_json(bomb.substr(0, bomb.find("a3:"))).starts_with("{"));
  CHECK(as_json("[1, 2, 3, 4]", {.nodes = 4}).contains("one value too many"));
  CHECK(as_json("[1, 2, 3]", {.nodes = 4}) == "[1,2,3]");
}

TEST_CASE("depth is counted through aliases") {
  std::string nested = "a0: &a0 [[[[x]]]]\n";
  for (int i = 1; i < 60; ++i) nested += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [[[[*a" + std::to_string(i - 1) + "]]]]\n";
  CHECK(slip_of(nested).contains("nested deeper than 200 levels"));
  CHECK(slip_of(nested.substr(0, nested.find("a40:"))) == "read");
  CHECK(slip_of(std::string(250, '[') + std::string(250, ']')).contains("nested deeper"));
  CHECK(slip_of(std::string(5000, '[') + std::string(5000, ']')).contains("nested"));
  CHECK(slip_of(std::string(200, '[') + std::string(200, ']')) == "read");
}

TEST_CASE("a merge key brings the members of a map that the map has not itself") {
  CHECK(as_json("base: &b {x: 1, y: 2}\nother: &o {y: 3, z: 4}\na:\n  y: 9\n  <<: *b\nb:\n  <<: [*b, *o]\n  w: 0\n") ==
        R"({"base":{"x":1,"y":2},"other":{"y":3,"z":4},"a":{"y":9,"x":1},"b":{"w":0,"x":1,"y":2,"z":4}})");
  CHECK(as_json("'<<': 1") == R"({"<<":1})");
}

TEST_CASE("a merge key with anything else than an alias of a map behind it is refused") {
  CHECK(as_json("a:\n  <<: {x: 1}\n").contains("2:7 '<<' takes an alias"));
  CHECK(as_json("a:\n  <<: 5\n").contains("'<<' takes an alias"));
  CHECK(as_json("a: &a [1]\nb:\n  <<: *a\n").contains("'<<' takes an alias"));
  CHECK(as_json("a: &a {b: {<<: *a}}").contains("within what it names"));
  std::string wide = "m: &m {";
  for (int i = 0; i < 90; ++i) wide += "k" + std::to_string(i) + ": 1, ";
  wide += "}\nl:\n";
  for (int i = 0; i < 20; ++i) wide += "- <<: *m\n";
  CHECK(as_json(wide, {.nodes = 500}).contains("merges more than"));
}

TEST_CASE("tags of the core schema are kept, others refused") {
  CHECK(as_json("[!!str 5, !!int '7', !!float 1, !!bool 'true', !!null '', !!seq [], !!map {}, ! 12]") == R"(["5",7,1,true,null,[],{},"12"])");
  CHECK(as_json("a: !!int x").contains("is not what its tag says"));
  CHECK(as_json("a: !!python/object:os.system x").contains("has a tag that is not"));
  CHECK(as_json("a: !local {b: 1}").contains("1:4 has a tag"));
  CHECK(as_json("!local a: 1").contains("has a tag"));
}

TEST_CASE("what is no name is refused as one") {
  CHECK(as_json("? [a]\n: 1").contains("a name is a map or a list"));
  CHECK(as_json("{ {}: 1 }").contains("a name is a map or a list"));
  CHECK(as_json("~: 1").contains("a name is empty or null"));
  CHECK(as_json(": 1").contains("a name is empty or null"));
}

TEST_CASE("only one document, and none of another version") {
  CHECK(as_json("a: 1\n---\nb: 2\n") == "2:1 the file has a second document");
  CHECK(as_json("---\na: 1\n...\n") == R"({"a":1})");
  CHECK(as_json("").contains("empty"));
  CHECK(as_json("# nothing\n").contains("empty"));
  CHECK(as_json("%YAML 1.1\n---\na: yes\n").contains("another version"));
  CHECK(as_json("%YAML 1.2\n---\na: yes\n") == R"({"a":"yes"})");
}

TEST_CASE("a quotation without an end is refused at its beginning, since the rest of the file would be in it") {
  CHECK(as_json("a: 1\nb: \"x\nc: 2\n").starts_with("2:4 "));
  CHECK(as_json("a: 1\nb: 'it''s\nc: 2\n").starts_with("2:4 "));
  CHECK(as_json("a: &x 'x\nc: 2\n").starts_with("1:4 "));
  CHECK(as_json("a: 'it''s'\nb: \"a\\\"b\"") == R"({"a":"it's","b":"a\"b"})");
}

TEST_CASE("control characters and bytes that are no UTF-8 are refused where they stand") {
  CHECK(as_json("a: x\x04y\nb: 1").starts_with("1:5 is a control character"));  // the library would take it for the end of the file
  CHECK(as_json(std::string_view("a: x\0y", 6)).starts_with("1:5 "));
  CHECK(as_json("a: 1\rb: 2").starts_with("1:5 is a carriage return"));
  CHECK(as_json("a: 1\r\nb: 2\r\n") == R"({"a":1,"b":2})");
  CHECK(as_json("a: 1\nb: \xff").starts_with("2:4 begins what is not UTF-8"));
  CHECK(as_json("\xef\xbb\xbf"
                "a: ü") == "{\"a\":\"ü\"}");
}

TEST_CASE("errors name line and column in characters") {
  CHECK(as_json("ü: ü\nüü: {a: 1").starts_with("2:"));
  CHECK(as_json("aü: !x 1").starts_with("1:5 "));
  CHECK(as_json("a: 1\n b: 2\n").contains("cannot be read as YAML"));
  CHECK(as_json(std::string(2000, 'x'), {.bytes = 1000}).contains("larger than 1000 bytes"));
  CHECK(as_json("a: " + std::string(2000, 'x'), {.string_bytes = 1000}).contains("a text is too long"));
}

TEST_CASE("each value knows its line") {
  const auto tree = yaml::read("a: 1\nb:\n  - x\n  - &y\n    c: 2\nd: *y\n");
  REQUIRE(tree.has_value());
  const auto root = tree->root();
  CHECK(tree->line_of(*root.get("a")) == 1);
  CHECK(tree->line_of(*root.get("b")) == 3);
  CHECK(tree->line_of(*(++root.get("b")->elements().begin())) == 4);
  CHECK(tree->line_of(*root.get("d")->get("c")) == 6);
}
