#include "engines/contract/style.hpp"

#include <doctest/doctest.h>

#include "engines/contract/deep_object.hpp"
#include "ground/json/writer.hpp"

using namespace gatehouse;
using namespace gatehouse::contract;

namespace {
std::string read_scalar(std::string_view text, Style style, Escapes escapes = Escapes::percent) {
  Arena arena;
  const auto out = scalar_of(text, {.style = style, .explode = false, .escapes = escapes, .name = "color"}, arena);
  return out ? std::string(*out) : "(none)";
}
std::string read_items(std::string_view text, Style style, bool explode, Escapes escapes = Escapes::percent) {
  Arena arena;
  const auto items = items_of(text, {.style = style, .explode = explode, .escapes = escapes, .name = "color"}, arena);
  if (!items) return "(none)";
  std::string out;
  for (const auto item : *items) out += '[' + std::string(item) + ']';
  return out;
}
std::string read_members(std::string_view text, Style style, bool explode, Escapes escapes = Escapes::percent) {
  Arena arena;
  const auto members = members_of(text, {.style = style, .explode = explode, .escapes = escapes, .name = "color"}, arena);
  if (!members) return "(none)";
  std::string out;
  for (const auto& [name, value] : *members) out += '[' + std::string(name) + '=' + std::string(value) + ']';
  return out;
}
}  // namespace

// The table of OpenAPI 3.0.4 section 4.7.12.2.3, with its values "blue", ["blue", "black", "brown"] and {R: 100, G: 200, B: 150}.
TEST_CASE("every style of OpenAPI's table is read back: one text") {
  CHECK(read_scalar("", Style::simple) == "");
  CHECK(read_scalar("blue", Style::simple) == "blue");
  CHECK(read_scalar(".", Style::label) == "");
  CHECK(read_scalar(".blue", Style::label) == "blue");
  CHECK(read_scalar(";color", Style::matrix) == "");
  CHECK(read_scalar(";color=", Style::matrix) == "");
  CHECK(read_scalar(";color=blue", Style::matrix) == "blue");
  CHECK(read_scalar("%3Bcolor=blue", Style::matrix) == "blue");  // the normal form of a path encodes the semicolon
  CHECK(read_scalar("blue", Style::form, Escapes::form) == "blue");
}

TEST_CASE("every style of OpenAPI's table is read back: lists") {
  constexpr auto* all = "[blue][black][brown]";
  CHECK(read_items("blue,black,brown", Style::simple, false) == all);
  CHECK(read_items("blue,black,brown", Style::simple, true) == all);
  CHECK(read_items(".blue,black,brown", Style::label, false) == all);
  CHECK(read_items(".blue.black.brown", Style::label, true) == all);
  CHECK(read_items(";color=blue,black,brown", Style::matrix, false) == all);
  CHECK(read_items(";color=blue;color=black;color=brown", Style::matrix, true) == all);
  CHECK(read_items("%3Bcolor=blue%3Bcolor=black%3Bcolor=brown", Style::matrix, true) == all);
  CHECK(read_items("blue,black,brown", Style::form, false, Escapes::form) == all);
  CHECK(read_items("blue%20black%20brown", Style::space_delimited, false, Escapes::form) == all);
  CHECK(read_items("blue+black+brown", Style::space_delimited, false, Escapes::form) == all);
  CHECK(read_items("blue|black|brown", Style::pipe_delimited, false, Escapes::form) == all);
  CHECK(read_items("blue%7Cblack%7cbrown", Style::pipe_delimited, false, Escapes::form) == all);
}

TEST_CASE("every style of OpenAPI's table is read back: objects") {
  constexpr auto* all = "[R=100][G=200][B=150]";
  CHECK(read_members("R,100,G,200,B,150", Style::simple, false) == all);
  CHECK(read_members("R=100,G=200,B=150", Style::simple, true) == all);
  CHECK(read_members(".R,100,G,200,B,150", Style::label, false) == all);
  CHECK(read_members(".R=100.G=200.B=150", Style::label, true) == all);
  CHECK(read_members(";color=R,100,G,200,B,150", Style::matrix, false) == all);
  CHECK(read_members(";R=100;G=200;B=150", Style::matrix, true) == all);
  CHECK(read_members("R,100,G,200,B,150", Style::form, false, Escapes::form) == all);
  CHECK(read_members("R%20100%20G%20200%20B%20150", Style::space_delimited, false, Escapes::form) == all);
  CHECK(read_members("R|100|G|200|B|150", Style::pipe_delimited, false, Escapes::form) == all);
}

// RFC 6570 section 3.2, with its variables read back.
TEST_CASE("the examples of RFC 6570 are read back") {
  CHECK(read_scalar("Hello%20World%21", Style::simple) == "Hello World!");
  CHECK(read_scalar("50%25", Style::simple) == "50%");
  CHECK(read_scalar(".Hello%20World%21", Style::label) == "Hello World!");
  CHECK(read_items("red,green,blue", Style::simple, false) == "[red][green][blue]");
  CHECK(read_members("semi,%3B,dot,.,comma,%2C", Style::simple, false) == "[semi=;][dot=.][comma=,]");
  CHECK(read_members("semi=%3B,dot=.,comma=%2C", Style::simple, true) == "[semi=;][dot=.][comma=,]");
  CHECK(read_items(".red.green.blue", Style::label, true) == "[red][green][blue]");
  CHECK(read_members(".semi,%3B,dot,.,comma,%2C", Style::label, false) == "[semi=;][dot=.][comma=,]");
  CHECK(read_items(";color=red;color=green", Style::matrix, true) == "[red][green]");
  CHECK(read_items(";color=red;color", Style::matrix, true) == "[red][]");
}

TEST_CASE("an encoded delimiter is data, and everything is decoded exactly once") {
  CHECK(read_items("a%2Cb,c", Style::form, false, Escapes::form) == "[a,b][c]");
  CHECK(read_scalar("%2541", Style::form, Escapes::form) == "%41");
  CHECK(read_scalar("a+b%2Bc", Style::form, Escapes::form) == "a b+c");
  CHECK(read_scalar("a+b", Style::form, Escapes::percent) == "a+b");
  CHECK(read_scalar("a%41+b", Style::simple, Escapes::none) == "a%41+b");
}

TEST_CASE("what is not of its style, or does not decode, is nothing") {
  CHECK(read_scalar("blue", Style::label) == "(none)");
  CHECK(read_scalar("color=blue", Style::matrix) == "(none)");
  CHECK(read_scalar(";colors=blue", Style::matrix) == "(none)");
  CHECK(read_scalar(";size=blue", Style::matrix) == "(none)");
  CHECK(read_items(";color=a;size=b", Style::matrix, true) == "(none)");
  CHECK(read_members("R,100,G", Style::simple, false) == "(none)");
  CHECK(read_members("R=100,G", Style::simple, true) == "(none)");
  for (const auto* bad : {"%", "%4", "%zz", "%FF", "%C0%80", "%ED%A0%80"}) {
    CAPTURE(bad);
    CHECK(read_scalar(bad, Style::form, Escapes::form) == "(none)");
    CHECK(read_items("a," + std::string(bad), Style::form, false, Escapes::form) == "(none)");
  }
}

TEST_CASE("lists in headers may have spaces behind their commas") {
  CHECK(read_items("a, b ,c", Style::simple, false, Escapes::none) == "[a][b][c]");
  CHECK(read_members("R=1, G=2", Style::simple, true, Escapes::none) == "[R=1][G=2]");
}

TEST_CASE("keys in brackets are taken apart") {
  const auto keys = [](std::string_view name) {
    const auto found = bracketed_keys(name, "f");
    if (!found) return std::string("(none)");
    std::string out;
    for (const auto key : *found) out += '<' + std::string(key) + '>';
    return out;
  };
  CHECK(keys("f[a]") == "<a>");
  CHECK(keys("f[a][b c][]") == "<a><b c><>");
  for (const auto* none : {"f", "fa", "f[", "f[a", "f[a]b", "f[a[b]]", "g[a]", "f]"}) CHECK(keys(none) == "(none)");
}
