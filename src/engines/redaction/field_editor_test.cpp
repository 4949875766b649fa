#include "engines/redaction/field_editor.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace gatehouse;
using namespace gatehouse::redaction;

namespace {
FieldRules rules_of(std::vector<FieldPattern> patterns) {
  auto made = compile(patterns);
  REQUIRE(made.has_value());
  return std::move(*made);
}

/// What leaves when the text comes in pieces of that size; "!" behind what had left when it ended.
std::string edited(const FieldRules& rules, std::string_view text, std::size_t piece = 1'000'000,
                   FieldEditor::Values values = FieldEditor::Values::one) {
  FieldEditor editor(rules, compiled_root, Caller(rules), values);
  std::string out;
  for (std::size_t at = 0; at < text.size(); at += piece)
    if (!editor.take(text.substr(at, piece), false, out)) return out + '!';
  return editor.take({}, true, out) ? out : out + '!';
}
std::string removed(std::string_view path, std::string_view text) { return edited(rules_of({{std::string(path), Action::remove}}), text); }
std::string masked(std::string_view path, std::string_view text, Action action = Action::mask) {
  return edited(rules_of({{std::string(path), action}}), text);
}
}  // namespace

TEST_CASE("fields: a member is taken out with one of its commas, and what stays is the same byte for byte") {
  CHECK(removed("ssn", R"({"a":1,"ssn":2,"b":3})") == R"({"a":1,"b":3})");
  CHECK(removed("ssn", R"({"ssn":2,"b":3})") == R"({"b":3})");
  CHECK(removed("ssn", R"({"a":1,"ssn":2})") == R"({"a":1})");
  CHECK(removed("ssn", R"({"ssn":2})") == "{}");
  CHECK(removed("ssn", R"({"ssn":1,"ssn":2,"a":3,"ssn":4})") == R"({"a":3})");
  CHECK(removed("ssn", "{ \"a\" : 1.0 ,\n  \"ssn\" : { \"x\" : [ 1, {} ] } ,\n  \"b\" : 1e2 }\n") == "{ \"a\" : 1.0  ,\n  \"b\" : 1e2 }\n");
  CHECK(removed("ssn", R"({"a":{"ssn":"x"},"l":[{"ssn":"}"},{"ssn":"\"]","n":null}]})") == R"({"a":{},"l":[{},{"n":null}]})");
  CHECK(removed("ssn", R"({"a":[{ "ssn" : true }]})") == R"({"a":[{ }]})");
}

TEST_CASE("fields: what is not named stays, whatever it looks like") {
  for (const std::string_view text : {R"({"a":"ssn"})", R"({"ssn2":1,"xssn":2,"SSN":3})", R"(["ssn",{"a":{"b":"ssn\":1"}}])", "\"ssn\"", "17", "null",
                                      R"({"":1,"a":"é\\"})", " {} ", "[ ]", "{ }", "[[],[ ],{\"a\":[]}]", "\xEF\xBB\xBF{\"a\":1}", ""})
    CHECK(removed("ssn", text) == text);
}

TEST_CASE("fields: a name is the same in whatever way it is written") {
  CHECK(removed("ssn", R"({"s\u0073\u006E":1,"a":2})") == R"({"a":2})");
  const auto odd = rules_of({{"/a~1b\"~0", Action::remove}});
  CHECK(edited(odd, R"({"a\/b\"~":1,"a":2})") == R"({"a":2})");
  CHECK(edited(rules_of({{"\xF0\x9F\x94\x91", Action::remove}}), R"({"\uD83D\uDD11":1,"\uD83D\uDD10":2})") == R"({"\uD83D\uDD10":2})");
  CHECK(removed("ssn", R"({"s\u0073m":1,"\u0073\u0073\u006Ex":2})") == R"({"s\u0073m":1,"\u0073\u0073\u006Ex":2})");
}

TEST_CASE("fields: a path names one place, a star any member or element there") {
  const std::string_view text = R"({"patients":[{"ssn":1,"n":{"ssn":2}},{"ssn":3}],"ssn":4})";
  CHECK(removed("/ssn", text) == R"({"patients":[{"ssn":1,"n":{"ssn":2}},{"ssn":3}]})");
  CHECK(removed("/patients/*/ssn", text) == R"({"patients":[{"n":{"ssn":2}},{}],"ssn":4})");
  CHECK(removed("/patients/*/*/ssn", text) == R"({"patients":[{"ssn":1,"n":{}},{"ssn":3}],"ssn":4})");
  CHECK(removed("/patients/0/ssn", text) == text);
  CHECK(removed("/patients/*", text) == R"({"patients":[],"ssn":4})");
  CHECK(removed("/*", text) == "{}");
  CHECK(edited(rules_of({{"/patients/*/ssn", Action::mask}, {"ssn", Action::remove}}), text) == R"({"patients":[{"n":{}},{}]})");
  CHECK(removed("/*/x", R"([{"x":1},{"y":2},[3]])") == R"([{},{"y":2},[3]])");
}

TEST_CASE("fields: elements are taken out with one of their commas") {
  const auto rules = rules_of({{"/l/*", Action::remove}});
  CHECK(edited(rules, R"({"l":[1, 2,{"a":[3]}],"m":[4]})") == R"({"l":[],"m":[4]})");
  FieldRules odd;  // elements of an array of which one place is marked through its member
  CHECK(removed("/l/*/a", R"({"l":[ {"a":1} , {"a":2,"b":3} ]})") == R"({"l":[ {} , {"b":3} ]})");
}

TEST_CASE("fields: a mask has the type of what it stands for") {
  CHECK(masked("x", R"({"x":"secret","y":1})") == R"({"x":"***","y":1})");
  CHECK(masked("x", R"({"x":-12.5e3})") == R"({"x":0})");
  CHECK(masked("x", R"({"x":true,"a":[{"x":false}]})") == R"({"x":false,"a":[{"x":false}]})");
  CHECK(masked("x", R"({"x":null})") == R"({"x":null})");
  CHECK(masked("x", R"({"x":{"a":["secret"]},"y":[{"x":["secret",2]}]})") == R"({"x":{},"y":[{"x":[]}]})");
  CHECK(masked("x", R"({ "x" : "a\"b" , "y":1 })") == R"({ "x" : "***" , "y":1 })");
}

TEST_CASE("fields: the last four characters stay only of a text that has eight") {
  const auto last = [](std::string_view text) { return masked("x", "{\"x\":" + std::string(text) + "}", Action::last_four); };
  CHECK(last(R"("4111111111111111")") == R"({"x":"***1111"})");
  CHECK(last(R"("12345678")") == R"({"x":"***5678"})");
  CHECK(last(R"("1234567")") == R"({"x":"***"})");
  CHECK(last(R"("")") == R"({"x":"***"})");
  CHECK(last("123456789") == R"({"x":0})");
  CHECK(last(R"("abcdefg\"\\\né")") == R"({"x":"***\"\\\né"})");
  CHECK(last(R"("abcdefgh\u00e9\uD83D\uDD11")") == R"({"x":"***gh\u00e9\uD83D\uDD11"})");
  CHECK(last("\"\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\"") == R"({"x":"***"})");  // four characters of eight bytes
}

TEST_CASE("fields: what is no JSON is not decided, and nothing more of it leaves") {
  const auto rules = rules_of({{"ssn", Action::remove}});
  for (const std::string_view text : {"<html>", "{",          "[1",  "{\"a\"", "{\"a\":",    "{\"a\":1",   "{\"a\":1]", "[1}",     "{a:1}", "{'a':1}",
                                      "[1,]",   "{\"a\":1,}", "{,}", "[,1]",   "{\"a\" 1}",  "{\"a\"::1}", "[1 2]",     "{} {}",   "nul",   "nulll",
                                      "tru]",   "+1",         "]",   "\"a",    "\xEF\xBB{}", "{\"a\":1}x", "// {}",     "\xFE\xFF"})
    CHECK_MESSAGE(edited(rules, text).ends_with('!'), std::string(text));
  CHECK(edited(rules, R"({"a":1,"ssn":"secret" "b"})").find("secret") == std::string::npos);
  CHECK(edited(rules, std::string(512, '[') + std::string(512, ']')) == std::string(512, '[') + std::string(512, ']'));
  CHECK(edited(rules, std::string(513, '[') + std::string(513, ']')).ends_with('!'));
}

TEST_CASE("fields: values that come one after the other are each edited") {
  const auto rules = rules_of({{"/ssn", Action::remove}});
  const std::string_view lines = "{\"ssn\":1,\"a\":2}\n\n{\"ssn\":3}\n7\n\"ssn\"\n";
  CHECK(edited(rules, lines, 7, FieldEditor::Values::several) == "{\"a\":2}\n\n{}\n7\n\"ssn\"\n");
  CHECK(edited(rules, "\x1E{\"ssn\":1}\n\x1E{}\n", 3, FieldEditor::Values::several) == "\x1E{}\n\x1E{}\n");
  CHECK(edited(rules, lines).ends_with('!'));
}

TEST_CASE("fields: who holds the scopes gets what others do not") {
  FieldRules rules;
  rules.guards = {{"ssn:read"}, {"a", "b"}};
  rules.places.resize(5);
  rules.places[1].members = {{"both", 2}, {"none", 4}, {"ssn", 3}};
  rules.places[2].marks = {{Action::remove, 2}};
  rules.places[3].marks = {{Action::remove, 1}, {Action::mask, everybody}};
  const std::string_view text = R"({"ssn":"x","both":1,"none":2})";
  const auto seen_by = [&](std::vector<std::string_view> scopes) {
    const Caller caller(rules, [&](std::string_view scope) { return std::ranges::find(scopes, scope) != scopes.end(); });
    FieldEditor editor(rules, 1, caller);
    std::string out;
    REQUIRE(editor.take(text, true, out));
    return out;
  };
  CHECK(seen_by({}) == R"({"none":2})");
  CHECK(seen_by({"ssn:read"}) == R"({"ssn":"***","none":2})");
  CHECK(seen_by({"a"}) == R"({"none":2})");
  CHECK(seen_by({"a", "b", "ssn:read"}) == R"({"ssn":"***","both":1,"none":2})");
  const auto all = Caller(rules, [](const auto&) { return true; });
  CHECK_FALSE(withholds(rules, all));
  rules.for_everybody = true;
  CHECK(withholds(rules, all));
  rules.for_everybody = false;
  CHECK(withholds(rules, Caller(rules)));
  CHECK(withholds(rules, Caller(rules, [](std::string_view scope) { return scope != "b"; })));
}

TEST_CASE("fields: what was taken is counted, and the first place told in the words of the rules alone") {
  const auto rules = rules_of({{"/patients/*/ssn", Action::remove}, {"pin", Action::mask}});
  FieldEditor editor(rules, compiled_root, Caller(rules));
  std::string out;
  REQUIRE(editor.take(R"({"patients":{"Ada Lovelace":{"ssn":1,"x":{"pin":2}},"b":{"ssn":3}}})", true, out));
  CHECK(editor.removed() == 2);
  CHECK(editor.masked() == 1);
  CHECK(editor.first() == "/patients/*/ssn");
}

TEST_CASE("fields: rules below which nothing is marked are given up") {
  auto rules = rules_of({{"/a/b", Action::remove}});
  CHECK(rules.pruned(compiled_root) == compiled_root);
  FieldRules none;
  none.places.resize(3);
  none.places[1].members = {{"a", 2}};
  none.places[1].others = 1;
  CHECK(none.pruned(1) == unmarked);
  CHECK(none.places[1].others == unmarked);
  CHECK(none.places[1].members.empty());
  // A name that is free stays where others are not.
  FieldRules some;
  some.places.resize(4);
  some.places[1].members = {{"free", 2}};
  some.places[1].others = 3;
  some.places[3].marks = {{Action::remove, everybody}};
  CHECK(some.pruned(1) == 1);
  CHECK(some.places[1].members.size() == 1);
}

TEST_CASE("fields: paths that name nothing are refused, and such as come to too much") {
  for (const std::string_view path : {"", "/", "*", "a/b", "/a~2", "/a~"}) CHECK_FALSE(wrong_path(path).empty());
  for (const std::string_view path : {"a", "/a", "/*", "/a/*/b", "/a~0~1", "a b", "/a//b"}) CHECK(wrong_path(path).empty());
  std::string deep;
  for (std::size_t i = 0; i <= pattern_steps_max; ++i) deep += "/a";
  CHECK_FALSE(wrong_path(deep).empty());
  CHECK(compile({{"a/b", Action::mask}}).error().fault == Fault::invalid);
  std::vector<FieldPattern> bomb;  // each star doubles what may still come
  for (int i = 0; i < 40; ++i) {
    std::string path;
    for (int k = 0; k < 40; ++k) path += k == i ? "/a" : "/*";
    bomb.push_back({path, Action::mask});
  }
  CHECK(compile(bomb).error().fault == Fault::exhausted);
}

TEST_CASE("fields: wherever the text is cut, the same leaves") {
  const auto rules = rules_of({{"/a/*/ssn", Action::remove}, {"pin", Action::mask}, {"card", Action::last_four}, {"/l/*", Action::remove}});
  const std::vector<std::string_view> texts{
      R"( {"a" : [ {"ssn" : "1\"2", "pin":{"x":[1,2]}} , {"\u0073sn":3,"b":null} ] ,"card":"4111-1111\u00e9\\1", "l":[1,"2",[3]],"z":-1.5e7} )",
      R"({"l":[],"a":{"k":{"ssn":1}},"pin":true,"card":12,"longer than any name that a rule knows and than six times that":{"pin":"p"}})",
      R"({"a":[{"ssn":1},2}]})", R"({"card":"\uD83D\uDD11\uD83D\uDD11\uD83D\uDD11\uD83D\uDD11\uD83D\uDD11\uD83D\uDD11\uD83D\uDD11\uD83D\uDD11"})"};
  for (const auto text : texts) {
    const auto whole = edited(rules, text);
    for (std::size_t piece = 1; piece <= text.size(); ++piece) CHECK(edited(rules, text, piece) == whole);
  }
}
