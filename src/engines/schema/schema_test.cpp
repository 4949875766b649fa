#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <vector>

#include "engines/schema/schema.hpp"
#include "ground/base/counted_heap.hpp"

using namespace gatehouse;
using schema::Direction;

namespace {
json::Document document_of(std::string_view text) {
  auto document = json::parse(text, {.bytes = 8U << 20U, .depth = json::depth_max, .wide_integers = true});
  if (!document) MESSAGE(std::string(text.substr(0, 200)), " ", document.error().told);
  REQUIRE(document.has_value());
  return std::move(*document);
}

schema::Schema schema_of(std::string_view text, const schema::Options& options = {}) {
  const auto document = document_of(text);
  auto compiled = schema::compile(document.root(), options);  // keeps nothing of the document, which ends here
  if (!compiled) MESSAGE(std::string(text.substr(0, 200)), " ", compiled.error().told);
  REQUIRE(compiled.has_value());
  return std::move(*compiled);
}

bool takes(const schema::Schema& schema, std::string_view instance, Direction direction = Direction::any) {
  const auto document = document_of(instance);
  const bool valid = schema.valid(document.root(), direction);
  CHECK(schema.check(document.root(), direction).valid() == valid);
  return valid;
}

std::string why_no_schema(std::string_view text, const schema::Options& options = {}) {
  const auto document = document_of(text);
  const auto compiled = schema::compile(document.root(), options);
  return compiled ? "compiled" : compiled.error().told;
}

/// "/pointer keyword: message" of each violation.
std::vector<std::string> violations_of(const schema::Schema& schema, std::string_view instance, Direction direction = Direction::any) {
  std::vector<std::string> out;
  const auto report = schema.check(document_of(instance).root(), direction);
  for (const auto& violation : report.violations) out.push_back(violation.instance + " " + violation.keyword_location + ": " + violation.message);
  return out;
}
using Lines = std::vector<std::string>;
}  // namespace

TEST_CASE("a violation tells its place in the instance and in the schema, and what was expected") {
  const auto order = schema_of(R"({"$id":"https://api.example/order","type":"object","required":["id","lines"],"additionalProperties":false,
    "properties":{"id":{"type":"integer","minimum":1},"lines":{"type":"array","minItems":1,"items":{"$ref":"#/$defs/line"}}},
    "$defs":{"line":{"type":"object","properties":{"sku":{"type":"string","pattern":"^[A-Z]{3}$","maxLength":3},"count":{"exclusiveMinimum":0,"multipleOf":0.5}}}}})");
  CHECK(takes(order, R"({"id":7,"lines":[{"sku":"ABC","count":1.5}]})"));
  CHECK(violations_of(order, R"({"id":0,"x":1,"lines":[{"sku":"abcd","count":1},{"count":-0.25}]})") ==
        Lines{"/id /properties/id/minimum: must be at least 1", "/x /additionalProperties: nothing is allowed here",
              "/lines/0/sku /properties/lines/items/$ref/properties/sku/maxLength: must have at most 3 characters",
              "/lines/0/sku /properties/lines/items/$ref/properties/sku/pattern: must match the regular expression ^[A-Z]{3}$",
              "/lines/1/count /properties/lines/items/$ref/properties/count/exclusiveMinimum: must be greater than 0",
              "/lines/1/count /properties/lines/items/$ref/properties/count/multipleOf: must be a multiple of 0.5"});
  CHECK(violations_of(order, R"({"lines":[]})") ==
        Lines{"/lines /properties/lines/minItems: must have at least 1 element", " /required: must have the member \"id\""});
  CHECK(violations_of(order, "[]") == Lines{" /type: must be an object"});
  const auto report = order.check(document_of(R"({"id":1,"lines":[{"sku":5}]})").root());
  REQUIRE(report.violations.size() == 1);
  CHECK(report.violations[0].absolute_location == "https://api.example/order#/$defs/line/properties/sku/type");
  CHECK(report.violations[0].keyword == "type");
}

TEST_CASE("the reasons why no alternative fits belong to the violation that none does") {
  const auto pet = schema_of(R"({"properties":{"pet":{"anyOf":[{"required":["bark"]},{"type":"array"}]}}})");
  CHECK(takes(pet, R"({"pet":{"bark":1}})"));
  const auto report = pet.check(document_of(R"({"pet":{"meow":1}})").root());
  REQUIRE(report.violations.size() == 3);
  CHECK(report.violations[0].message == "must fit at least one of 2 alternatives");
  CHECK(report.violations[0].parent == schema::Violation::none);
  CHECK(report.violations[1].parent == 0);
  CHECK(report.violations[2].parent == 0);
  CHECK(to_json(report, schema::Output::flag) == R"({"valid":false})");
  const auto detailed = document_of(to_json(report, schema::Output::detailed));
  CHECK(detailed.root().get("errors")->size() == 1);
  CHECK((*detailed.root().get("errors")->elements().begin()).get("errors")->size() == 2);
  CHECK(document_of(to_json(report, schema::Output::basic)).root().get("errors")->size() == 3);
}

TEST_CASE("numbers are compared exactly") {
  CHECK(takes(schema_of(R"({"multipleOf":0.01})"), "19.99"));
  CHECK_FALSE(takes(schema_of(R"({"multipleOf":0.01})"), "19.995"));
  CHECK(takes(schema_of(R"({"multipleOf":0.1})"), "1e300"));
  CHECK_FALSE(takes(schema_of(R"({"multipleOf":3})"), "1e300"));
  CHECK(takes(schema_of(R"({"multipleOf":3})"), "-9223372036854775808") == false);
  CHECK(takes(schema_of(R"({"multipleOf":2})"), "-9223372036854775808"));
  const auto most = schema_of(R"({"maximum":9007199254740992})");
  CHECK(takes(most, "9007199254740992"));
  CHECK_FALSE(takes(most, "9007199254740993"));
  CHECK_FALSE(takes(most, "9007199254740992.5"));  // one double with the bound, but a larger number
  CHECK(takes(schema_of(R"({"const":1})"), "1.0"));
  CHECK_FALSE(takes(schema_of(R"({"const":1})"), "1.00000000000000000001"));
  CHECK(takes(schema_of(R"({"type":"integer"})"), "1.0"));
  CHECK_FALSE(takes(schema_of(R"({"type":"integer"})"), "1.00000000000000000001"));
  CHECK(takes(schema_of(R"({"enum":[18446744073709551616]})"), "18446744073709551616.0"));
  CHECK_FALSE(takes(schema_of(R"({"enum":[18446744073709551616]})"), "18446744073709551617"));
  CHECK_FALSE(takes(schema_of(R"({"exclusiveMaximum":9223372036854775807})"), "9223372036854775807"));
  CHECK(takes(schema_of(R"({"exclusiveMaximum":9223372036854775807})"), "9223372036854775806"));
  CHECK_FALSE(takes(schema_of(R"({"minimum":1e19})"), "9223372036854775807"));
  CHECK(takes(schema_of(R"({"minimum":1e19})"), "18446744073709551615"));
  CHECK(takes(schema_of(R"({"minimum":-0.5})"), "0"));
  CHECK_FALSE(takes(schema_of(R"({"minimum":0.5})"), "0"));
}

TEST_CASE("a schema that is none is refused with the place of the mistake") {
  CHECK(why_no_schema(R"({"$id":"https://a.example/s","properties":{"a/b":{"type":"strnig"}}})")
            .starts_with("https://a.example/s#/properties/a~1b/type: must be"));
  for (const auto* text : {R"({"minLength":-1})",
                           R"({"minLength":1.5})",
                           R"({"minItems":"1"})",
                           R"({"required":"a"})",
                           R"({"required":[1]})",
                           R"({"multipleOf":0})",
                           R"({"multipleOf":-2})",
                           R"({"pattern":"("})",
                           R"({"pattern":5})",
                           R"({"enum":1})",
                           R"({"properties":[]})",
                           R"({"properties":{"a":1}})",
                           R"({"allOf":[]})",
                           R"({"allOf":{}})",
                           R"({"items":[]})",
                           R"({"not":"x"})",
                           R"({"uniqueItems":1})",
                           R"({"type":[]})",
                           R"({"type":["x"]})",
                           R"({"maximum":"1"})",
                           R"({"$ref":1})",
                           R"({"$ref":"#/nowhere"})",
                           R"({"$ref":"#anchor"})",
                           R"({"$ref":"https://other.example/x"})",
                           R"({"dependentRequired":{"a":"b"}})",
                           R"({"patternProperties":{"[":{}}})",
                           R"({"format":1})",
                           R"([])",
                           R"("x")",
                           "null",
                           R"({"$schema":"https://unknown.example/dialect"})",
                           R"({"$defs":{"a":{"$id":"x"},"b":{"$id":"x"}}})",
                           R"({"$defs":{"a":{"$anchor":"x"},"b":{"$anchor":"x"}}})"})
    CHECK_MESSAGE(why_no_schema(text) != "compiled", text);
  CHECK(why_no_schema(R"({"minLength":1.0,"required":[],"enum":[],"$defs":{"a":{"$id":"x","$anchor":"y"},"b":{"$anchor":"y"}}})") == "compiled");
}

TEST_CASE("references that never step into the instance are refused, those that do may circle") {
  CHECK(why_no_schema(R"({"$ref":"#"})").contains("refers to itself"));
  CHECK(why_no_schema(R"({"allOf":[{"$ref":"#/$defs/a"}],"$defs":{"a":{"anyOf":[{"$ref":"#/$defs/b"}]},"b":{"not":{"$ref":"#/$defs/a"}}}})")
            .contains("refers to itself"));
  CHECK(why_no_schema(R"({"if":true,"then":{"$ref":"#"}})").contains("refers to itself"));
  const auto tree = schema_of(R"({"properties":{"left":{"$ref":"#"},"right":{"$ref":"#"}},"additionalProperties":false})");
  CHECK(takes(tree, R"({"left":{"right":{}}})"));
  CHECK_FALSE(takes(tree, R"({"left":{"right":{"middle":{}}}})"));
}

TEST_CASE("a bomb of alternatives is stopped at the limit of steps, and counts as refused even under not") {
  std::string defs;
  for (int i = 0; i < 40; ++i) {
    const auto next = std::to_string(i + 1);
    defs += "\"d" + std::to_string(i) + R"(":{"anyOf":[{"$ref":"#/$defs/d)" + next + R"("},{"$ref":"#/$defs/d)" + next + R"("}]},)";
  }
  const auto bomb = R"({"$defs":{)" + defs + R"("d40":{"type":"null"}},"not":{"$ref":"#/$defs/d0"}})";
  const auto compiled = schema_of(bomb);
  const auto instance = document_of("1");
  CHECK_FALSE(compiled.valid(instance.root(), Direction::any, {.steps = 100'000}));
  const auto report = compiled.check(instance.root(), Direction::any, {.steps = 100'000});
  CHECK(report.verdict == schema::Verdict::undecided);
  CHECK_FALSE(report.violations.empty());
}

TEST_CASE("what a request must not bring and a response must not show is told by the direction") {
  const auto user = schema_of(R"({"required":["id","password","name"],"properties":{"id":{"type":"integer","readOnly":true},
    "password":{"$ref":"#/$defs/secret"},"name":{"type":"string"}},"$defs":{"secret":{"type":"string","writeOnly":true}}})");
  CHECK(takes(user, R"({"password":"x","name":"n"})", Direction::request));
  CHECK_FALSE(takes(user, R"({"id":1,"password":"x","name":"n"})", Direction::request));
  CHECK(violations_of(user, R"({"id":1,"password":"x","name":"n"})", Direction::request) ==
        Lines{"/id /properties/id: is read-only: a request must not bring it"});
  CHECK(takes(user, R"({"id":1,"name":"n"})", Direction::response));
  CHECK_FALSE(takes(user, R"({"id":1,"password":"x","name":"n"})", Direction::response));
  CHECK_FALSE(takes(user, R"({"password":"x"})", Direction::request));  // its name is still due
  CHECK(takes(user, R"({"id":1,"password":"x","name":"n"})"));
  CHECK_FALSE(takes(user, R"({"password":"x","name":"n"})"));
}

TEST_CASE("readOnly and writeOnly hold for members whatever names them: a pattern, or that nothing else does") {
  const auto labels = schema_of(R"({"properties":{"id":{"type":"integer"}},"patternProperties":{"^x_":{"readOnly":true},"^s_":{"writeOnly":true}},
    "additionalProperties":{"$ref":"#/$defs/made"},"$defs":{"made":{"type":"string","readOnly":true}}})");
  CHECK(takes(labels, R"({"id":1,"s_a":1})", Direction::request));
  CHECK(violations_of(labels, R"({"x_a":1})", Direction::request) == Lines{"/x_a /patternProperties/^x_: is read-only: a request must not bring it"});
  CHECK(violations_of(labels, R"({"other":"a"})", Direction::request) ==
        Lines{"/other /additionalProperties: is read-only: a request must not bring it"});
  CHECK_FALSE(takes(labels, R"({"x_a":1})", Direction::request));
  CHECK_FALSE(takes(labels, R"({"other":"a"})", Direction::request));
  CHECK(takes(labels, R"({"x_a":1,"other":"a"})", Direction::response));
  CHECK_FALSE(takes(labels, R"({"s_a":1})", Direction::response));
  CHECK(takes(labels, R"({"s_a":1,"x_a":1,"other":"a"})"));
  const auto both = schema_of(R"({"properties":{"x_a":{"type":"integer"}},"patternProperties":{"^x_":{"readOnly":true}}})");
  CHECK_FALSE(takes(both, R"({"x_a":1})", Direction::request));
  CHECK(takes(both, R"({"x_a":1})", Direction::response));
}

TEST_CASE("a long text is not searched by backtracking when it is known to be too long, by a cheap expression it is") {
  const auto password = schema_of(R"({"type":"string","maxLength":64,"pattern":"^(?=.*\\d)(?=.*[a-z]).{8,}$"})");
  const auto long_one = '"' + std::string(5000, 'a') + '"';
  CHECK(violations_of(password, long_one) == Lines{" /maxLength: must have at most 64 characters"});
  CHECK(violations_of(password, "\"aaaaaaaa\"").size() == 1);
  CHECK(takes(password, "\"aaaaaaa1\""));
}

TEST_CASE("alternatives that fit leave no words, and where their words are too many one that says it remains") {
  const auto lists = schema_of(R"({"additionalProperties":{"type":"array","items":{"anyOf":[{"type":"number"},{"type":"null"}]}}})");
  const std::string name(3000, 'n');
  std::string many = "{\"" + name + "\":[";
  for (int i = 0; i < 20'000; ++i) many += "0,";
  CHECK(takes(lists, many + "null]}"));
  const auto told = violations_of(lists, many + "\"x\"]}");
  REQUIRE(told.size() == 3);
  CHECK(told[0].starts_with("/nnnn"));
  CHECK(told[0].substr(2000).starts_with("... /additionalProperties/items/anyOf: must fit at least one of 2 alternatives"));
  std::string nulls = "{\"a\":[";
  for (int i = 0; i < 20'000; ++i) nulls += "null,";
  const auto document = document_of(nulls + "\"x\"]}");
  const auto report = lists.check(document.root());
  CHECK(report.verdict == schema::Verdict::invalid);
  REQUIRE_FALSE(report.violations.empty());
  CHECK(report.cut);
}

TEST_CASE("a silent verdict tells what it left of its steps") {
  const auto list = schema_of(R"({"items":{"minimum":1}})");
  const auto document = document_of("[1,2,3]");
  const auto judged = list.judge(document.root(), Direction::any, {.steps = 100});
  CHECK(judged.verdict == schema::Verdict::valid);
  CHECK(judged.steps_left == 99);
  CHECK(list.judge(document.root(), Direction::any, {.steps = 0}).verdict == schema::Verdict::undecided);
}

TEST_CASE("readOnly is seen behind allOf and references, however they are nested, and allOf may hold itself") {
  const auto user =
      schema_of(R"({"properties":{"id":{"allOf":[{"$ref":"#/$defs/Id"}]},"of":{"description":"d","allOf":[{},{"allOf":[{"$ref":"#/$defs/Id"}]}]},
    "tree":{"$ref":"#/$defs/Tree"},"name":{"allOf":[{"type":"string"}]}},"required":["id"],
    "$defs":{"Id":{"type":"integer","readOnly":true},"Tree":{"properties":{"left":{"allOf":[{"$ref":"#/$defs/Tree"}]}}}}})");
  CHECK(takes(user, R"({"name":"n","tree":{"left":{}}})", Direction::request));
  CHECK_FALSE(takes(user, R"({"id":1})", Direction::request));
  CHECK_FALSE(takes(user, R"({"of":1})", Direction::request));
  CHECK(takes(user, R"({"id":1,"of":1})", Direction::response));
}

TEST_CASE("uniqueItems looks at many elements by their hash and finds the one pair") {
  const auto unique = schema_of(R"({"uniqueItems":true})");
  std::string many = "[";
  for (int i = 0; i < 5000; ++i) many += R"({"n":)" + std::to_string(i) + R"(,"t":["x",)" + std::to_string(i % 7) + "]},";
  CHECK(takes(unique, many + "0]"));
  CHECK_FALSE(takes(unique, many + R"({"t":["x",3],"n":3.0}])"));  // the order of members says nothing, nor how 3 is written
  CHECK(takes(unique, "[1,true,\"1\",[1],{\"a\":1},null,false,0]"));
  CHECK_FALSE(takes(unique, "[1,2,3,4,5,6,7,8,1.0]"));
  CHECK(takes(unique, "[4611686018427387904,4611686018427387905,4611686018427387906,1,2,3,4]"));  // one double, three numbers
}

TEST_CASE("schemas of one document are compiled once and share a program") {
  const auto api = document_of(R"({"openapi":"3.0.3","components":{"schemas":{
    "Pet":{"type":"object","required":["name"],"properties":{"name":{"type":"string"},"owner":{"$ref":"#/components/schemas/Owner"},"tag":{"type":"string","nullable":true}}},
    "Owner":{"type":"object","properties":{"pets":{"type":"array","items":{"$ref":"#/components/schemas/Pet"}}}},
    "Broken":{"type":"object","properties":{"x":{"$ref":"#/components/schemas/Missing"}}}}}})");
  schema::Documents documents;
  REQUIRE(documents.add("file:///api.json", api.root(), schema::Documents::Holds::other, schema::Dialect::openapi_3_0));
  CHECK_FALSE(documents.add("file:///api.json#x", api.root()));
  schema::Compiler compiler(documents);
  const auto pet = compiler.add("file:///api.json#/components/schemas/Pet"), owner = compiler.add("file:///api.json#/components/schemas/Owner");
  REQUIRE(pet.has_value());
  REQUIRE(owner.has_value());
  auto program = std::move(compiler).finish();
  REQUIRE(program.has_value());
  const schema::Schema pets(*program, *pet), owners(*program, *owner);
  CHECK(takes(pets, R"({"name":"Rex","tag":null,"owner":{"pets":[{"name":"Max"}]}})"));
  CHECK_FALSE(takes(pets, R"({"name":null})"));
  CHECK_FALSE(takes(owners, R"({"pets":[{"name":"Rex"},{}]})"));

  schema::Compiler second(documents);
  CHECK_FALSE(second.add("file:///api.json#/components/schemas/None"));
  const auto broken = second.add("file:///api.json#/components/schemas/Broken");
  REQUIRE_FALSE(broken.has_value());
  CHECK(broken.error().told.starts_with("file:///api.json#/components/schemas/Broken/properties/x/$ref: "));
  CHECK(second.errors().size() == 2);
  CHECK_FALSE(std::move(second).finish());
}

TEST_CASE("the author is told what does nothing and what needs an engine that backtracks") {
  const auto document =
      document_of(R"({"nullable":true,"format":"postcode","pattern":"^(?!x).*$","properties":{"a":{"pattern":"^[a-z]+$","format":"date"}}})");
  schema::Documents documents;
  REQUIRE(documents.add("https://a.example/s", document.root()));
  schema::Compiler compiler(documents);
  REQUIRE(compiler.add("https://a.example/s").has_value());
  Lines kinds;
  for (const auto& notice : compiler.notices()) kinds.push_back(std::to_string(static_cast<int>(notice.kind)) + " " + notice.location);
  CHECK(kinds == Lines{"2 https://a.example/s#/nullable", "1 https://a.example/s#/format", "0 https://a.example/s#/pattern"});
}

TEST_CASE("limits of compiling name the place that is one too many") {
  CHECK(why_no_schema(R"({"properties":{"a":{"type":"null"},"b":{"type":"null"}}})", {.limits = {.schemas = 3}}).contains("more schemas"));
  CHECK(why_no_schema(R"({"properties":{"a":{"type":"null"},"b":{"type":"null"}}})", {.limits = {.schemas = 4}}) == "compiled");
  CHECK(why_no_schema(R"({"pattern":"abc"})", {.limits = {.pattern_bytes = 2}}).starts_with("#/pattern: "));
  CHECK(why_no_schema(R"({"allOf":[{"pattern":"a"},{"pattern":"b"}]})", {.limits = {.patterns = 1}}).contains("more regular expressions"));
  std::string deep = "true";
  for (int i = 0; i < 300; ++i) deep = R"({"not":)" + deep + "}";
  CHECK(why_no_schema(deep, {.limits = {.depth = 200}}).contains("nested too deep"));
  CHECK(why_no_schema(deep) == "compiled");
}

TEST_CASE("schemas within schemas as deep as the limit end in a verdict, not in the stack") {
  std::string defs;
  for (int i = 0; i < 990; ++i) defs += "\"d" + std::to_string(i) + R"(":{"allOf":[{"$ref":"#/$defs/d)" + std::to_string(i + 1) + "\"}]},";
  const auto chain = schema_of(R"({"$ref":"#/$defs/d0","$defs":{)" + defs + R"("d990":{"type":"string"}}})");
  CHECK(takes(chain, "\"x\""));
  CHECK_FALSE(takes(chain, "1"));
  const auto tree = schema_of(R"({"allOf":[{"properties":{"a":{"$ref":"#"}}},{"items":{"$ref":"#"}}]})");
  std::string deep = "1";
  for (int i = 0; i < 250; ++i) deep = R"({"a":[)" + deep + "]}";
  CHECK(takes(tree, deep));
  const auto instance = document_of(deep);
  CHECK_FALSE(tree.valid(instance.root(), Direction::any, {.depth = 300}));
  CHECK(tree.check(instance.root(), Direction::any, {.depth = 300}).verdict == schema::Verdict::undecided);
}

TEST_CASE("a pattern and a text that are too much together count as refused") {
  const auto linear = schema_of(R"({"pattern":"^(?:[a-z]|[b-y0-9]x){1,900}!$"})");
  CHECK(takes(linear, "\"abc!\""));
  CHECK_FALSE(takes(linear, "\"" + std::string(900'000, 'a') + "!\""));
  const auto backtracking = schema_of(R"({"pattern":"(?!x)[^,]*,y"})");
  CHECK(takes(backtracking, "\"aaa,y\""));
  CHECK_FALSE(takes(backtracking, "\"" + std::string(900'000, 'a') + "\""));
  CHECK_FALSE(takes(schema_of(R"({"not":{"pattern":"(?!x)[^,]*,y"}})"), "\"" + std::string(900'000, 'a') + "\""));
}

TEST_CASE("more violations than are asked for are told to be more, and none of them makes words") {
  const auto numbers = schema_of(R"({"items":{"type":"string"}})");
  std::string many = "[1";
  for (int i = 0; i < 5000; ++i) many += ",1";
  const auto document = document_of(many + "]");
  const auto report = numbers.check(document.root(), Direction::any, {.violations = 3});
  CHECK(report.violations.size() == 3);
  CHECK(report.cut);
  CHECK_FALSE(numbers.check(document_of("[1,1]").root(), Direction::any, {.violations = 3}).cut);
  const auto long_name = numbers.check(document_of("[1]").root(), Direction::any, {.violations = 0});
  CHECK(long_name.violations.size() == 1);  // a no has a reason
  const auto members = schema_of(R"({"additionalProperties":false})");
  const auto cut = members.check(document_of(R"({")" + std::string(5000, 'n') + R"(":1})").root());
  REQUIRE(cut.violations.size() == 1);
  CHECK(cut.violations[0].instance.size() == 2003);
}

TEST_CASE("a place is the fragment of a URI, a pointer is none") {
  const auto strange = schema_of(R"({"$id":"https://api.example/s","properties":{"{id}":{"properties":{"50% \"é\" a/b~c":{"type":"null"}}}}})");
  const auto report = strange.check(document_of(R"({"{id}":{"50% \"é\" a/b~c":1}})").root());
  REQUIRE(report.violations.size() == 1);
  const auto& violation = report.violations.front();
  CHECK(violation.absolute_location == "https://api.example/s#/properties/%7Bid%7D/properties/50%25%20%22%C3%A9%22%20a~1b~0c/type");
  CHECK(violation.keyword_location == "/properties/{id}/properties/50% \"é\" a~1b~0c/type");
  CHECK(violation.instance == "/{id}/50% \"é\" a~1b~0c");
}

TEST_CASE("a reference to a metaschema of the standard needs no document of it") {
  for (const auto* url :
       {"http://json-schema.org/draft-04/schema#", "http://json-schema.org/draft-06/schema", "http://json-schema.org/draft-07/schema#",
        "https://json-schema.org/draft/2019-09/schema", "https://json-schema.org/draft/2020-12/schema"}) {
    CAPTURE(url);
    const auto schemas = schema_of(R"({"properties":{"schema":{"$ref":")" + std::string(url) + R"("}}})");
    CHECK(takes(schemas, R"({"schema":{"type":"string","properties":{"a":{"minLength":3}},"title":"t","unknown":5}})"));
    CHECK_FALSE(takes(schemas, R"({"schema":{"type":"text"}})"));
    CHECK_FALSE(takes(schemas, R"({"schema":{"properties":{"a":{"properties":{"b":{"minLength":-3}}}}}})"));
    CHECK_FALSE(takes(schemas, R"({"schema":{"required":["a","a"]}})"));
    // It also may be what a schema says that it is of.
    CHECK_FALSE(takes(schema_of(R"({"$schema":")" + std::string(url) + R"(","type":"integer"})"), "\"x\""));
  }
  CHECK(takes(schema_of(R"({"$ref":"https://json-schema.org/draft/2020-12/meta/validation"})"), R"({"minLength":1})"));
  CHECK(takes(schema_of(R"({"$ref":"http://json-schema.org/draft-07/schema#/definitions/nonNegativeInteger"})"), "1"));
  CHECK_FALSE(takes(schema_of(R"({"$ref":"http://json-schema.org/draft-07/schema#/definitions/nonNegativeInteger"})"), "-1"));
  CHECK(why_no_schema(R"({"$ref":"https://json-schema.org/draft/2020-12/schemas"})").contains("there is no document"));
}

TEST_CASE("who brings a metaschema of his own under the URL of the standard's is given his own") {
  const auto mine = document_of(R"({"$id":"https://json-schema.org/draft/2020-12/meta/content","const":1})");
  const auto root = document_of(R"({"$ref":"https://json-schema.org/draft/2020-12/meta/content"})");
  schema::Documents documents;
  REQUIRE(documents.add("https://json-schema.org/draft/2020-12/meta/content", mine.root()));
  const auto compiled = schema::compile(root.root(), {}, documents);
  REQUIRE(compiled);
  CHECK(takes(*compiled, "1"));
  CHECK_FALSE(takes(*compiled, "{}"));
}

TEST_CASE("alternatives that a word of theirs tells apart take as many steps as the value is long, not as there are ways through it") {
  const auto alternative = [](std::string_view op) {
    return R"({"type":"object","additionalProperties":false,"properties":{"args":{"type":"array","items":{"$ref":"#"}},"op":{"enum":[")" +
           std::string(op) + R"("]}}})";
  };
  const auto filter = schema_of(R"({"oneOf":[)" + alternative("and") + ',' + alternative("or") + ',' + alternative("not") +
                                R"(,{"type":"object","additionalProperties":false,"properties":{"field":{"type":"string"}},"required":["field"]}]})");
  const auto steps = [&](int depth, std::string_view leaf) {
    std::string text(leaf);
    for (int i = 0; i < depth; ++i) text = R"({"args":[)" + text + R"(],"op":"not"})";
    const auto document = json::parse(text);
    REQUIRE(document.has_value());
    const auto judged = filter.judge(document->root(), Direction::any, {.steps = 1'000'000});
    CHECK(judged.verdict == (leaf.contains('1') ? Verdict::invalid : Verdict::valid));
    return 1'000'000 - judged.steps_left;
  };
  const auto seven = steps(7, R"({"field":"x"})"), fourteen = steps(14, R"({"field":"x"})");
  CHECK(fourteen <= 2 * seven);
  CHECK(steps(14, R"({"field":1})") <= 2 * seven);
  CHECK(fourteen < 300);
}

TEST_CASE("every alternative for one value is a step, also one that is only a type") {
  std::string text = R"({"items":{"anyOf":[)";
  for (int i = 0; i < 100; ++i) text += i % 2 == 0 ? R"({"type":"null"},)" : R"({"minLength":50,"type":"string"},)";
  const auto schema = schema_of(text + R"({"type":"integer"}]}})");
  std::string instance = "[1";
  for (int i = 0; i < 99; ++i) instance += ",1";
  const auto document = document_of(instance + "]");
  CHECK(schema.judge(document.root(), Direction::any, {.steps = 20'000}).verdict == schema::Verdict::valid);
  CHECK(schema.judge(document.root(), Direction::any, {.steps = 9'000}).verdict == schema::Verdict::undecided);
  const auto left = schema.judge(document.root(), Direction::any, {.steps = 20'000}).steps_left;
  CHECK(left < 10'000);
}

TEST_CASE("a type that stands before other words, or before a reference, is judged with them") {
  const auto chain = schema_of(
      R"({"$ref":"#/$defs/a","$defs":{"a":{"$ref":"#/$defs/b"},"b":{"type":"object","properties":{"n":{"$ref":"#/$defs/n"}},"minProperties":1},
    "n":{"type":["integer","null"],"minimum":2}}})");
  CHECK(takes(chain, R"({"n":2})"));
  CHECK(takes(chain, R"({"n":2.0})"));
  CHECK(takes(chain, R"({"n":null,"x":[]})"));
  for (const auto* bad : {R"({"n":1})", R"({"n":1.0})", R"({"n":2.5})", R"({"n":"2"})", "{}", "[]", "null"}) {
    CAPTURE(bad);
    CHECK_FALSE(takes(chain, bad));
  }
  // Draft 4 asks how an integer is written; one of many digits is a real to the reader.
  const auto old = schema_of(R"({"$schema":"http://json-schema.org/draft-04/schema#","items":{"type":"integer"}})");
  CHECK(takes(old, "[1,123456789012345678901234567890]"));
  CHECK_FALSE(takes(old, "[1.0]"));
  const auto lists = schema_of(R"({"items":{"items":{"type":"string"}},"unevaluatedItems":false})");
  CHECK(takes(lists, R"([["a"],5,[]])"));
  CHECK_FALSE(takes(lists, R"([["a"],[5]])"));
}

TEST_CASE("dynamic references go to the outermost scope that has their anchor") {
  const auto list = schema_of(R"({"$id":"https://a.example/strings","$ref":"list","$defs":{"item":{"$dynamicAnchor":"T","type":"string"},
    "list":{"$id":"list","type":"array","items":{"$dynamicRef":"#T"},"$defs":{"any":{"$dynamicAnchor":"T"}}}}})");
  CHECK(takes(list, R"(["a"])"));
  CHECK(violations_of(list, "[1]") == Lines{"/0 /$ref/items/$dynamicRef/type: must be a string"});
  const auto tree = schema_of(
      R"({"$schema":"https://json-schema.org/draft/2019-09/schema","$id":"https://a.example/strict","$recursiveAnchor":true,"$ref":"tree","unevaluatedProperties":false,
    "$defs":{"tree":{"$id":"tree","$recursiveAnchor":true,"properties":{"child":{"$recursiveRef":"#"},"v":true}}}})");
  CHECK(takes(tree, R"({"child":{"child":{"v":1}}})"));
  CHECK_FALSE(takes(tree, R"({"child":{"child":{"w":1}}})"));
}

TEST_CASE("what was evaluated is known through every way of combining schemas, and forgotten with a branch that fails") {
  const auto closed =
      schema_of(R"({"allOf":[{"properties":{"a":true}}],"anyOf":[{"required":["k"],"properties":{"b":{"type":"string"}}},{"properties":{"c":true}}],
    "if":{"properties":{"t":{"const":1}},"required":["t"]},"then":{"properties":{"d":true}},"not":{"properties":{"n":{"type":"null"}},"required":["n"]},"unevaluatedProperties":false})");
  CHECK(takes(closed, R"({"a":1,"c":1})"));
  CHECK(takes(closed, R"({"k":1})") == false);  // required, yet spoken of by nobody
  CHECK(takes(closed, R"({"t":1,"d":1})"));
  CHECK_FALSE(takes(closed, R"({"t":2,"d":1})"));
  CHECK_FALSE(takes(closed, R"({"b":1})"));  // its branch fails
  CHECK(violations_of(closed, R"({"a":1,"x":2})") == Lines{"/x /unevaluatedProperties: nothing is allowed here"});
  const auto items = schema_of(R"({"prefixItems":[true],"contains":{"type":"string"},"minContains":0,"unevaluatedItems":{"type":"null"}})");
  CHECK(takes(items, R"([1,null,"a",null])"));
  CHECK_FALSE(takes(items, "[1,2]"));
}

TEST_CASE("a discriminator chooses the alternative that must fit, if that is asked for") {
  const auto api = document_of(R"({"components":{"schemas":{
    "Pet":{"oneOf":[{"$ref":"#/components/schemas/Cat"},{"$ref":"#/components/schemas/Dog"}],"discriminator":{"propertyName":"kind","mapping":{"hound":"Dog","tiger":"#/components/schemas/Cat"}}},
    "Cat":{"type":"object","properties":{"kind":{"type":"string"},"lives":{"type":"integer"}}},
    "Dog":{"type":"object","required":["bark"],"properties":{"kind":{"type":"string"}}},
    "Loose":{"anyOf":[{"$ref":"#/components/schemas/Cat"},{"type":"object"}],"discriminator":{"propertyName":"kind"}},
    "Astray":{"oneOf":[{"$ref":"#/components/schemas/Cat"}],"discriminator":{"propertyName":"kind","mapping":{"x":"Dog"}}},
    "Nameless":{"oneOf":[{"$ref":"#/components/schemas/Cat"}],"discriminator":{}}}}})");
  schema::Documents documents;
  REQUIRE(documents.add("file:///a.json", api.root(), schema::Documents::Holds::other, schema::Dialect::openapi_3_0));
  const auto compiled = [&](std::string_view name, bool discriminators) {
    schema::Compiler compiler(documents, {.discriminators = discriminators});
    const auto entry = compiler.add("file:///a.json#/components/schemas/" + std::string(name));
    REQUIRE(entry.has_value());
    auto program = std::move(compiler).finish();
    REQUIRE(program.has_value());
    return schema::Schema(std::move(*program), *entry);
  };
  const auto pet = compiled("Pet", true);
  CHECK(takes(pet, R"({"kind":"Cat","bark":1})"));  // a dog might fit too, and it is called a cat
  CHECK(takes(pet, R"({"kind":"tiger","lives":9})"));
  CHECK(takes(pet, R"({"kind":"hound","bark":1})"));
  CHECK(violations_of(pet, R"({"kind":"Dog","lives":1})") == Lines{" /oneOf/1/$ref/required: must have the member \"bark\""});
  CHECK(violations_of(pet, R"({"kind":"Horse"})") == Lines{"/kind /oneOf: must be one of \"Cat\", \"Dog\", \"hound\", \"tiger\""});
  CHECK(violations_of(pet, R"({"bark":1})") == Lines{" /oneOf: must have the member \"kind\", which says what it is"});
  CHECK_FALSE(takes(pet, R"({"kind":5})"));
  CHECK_FALSE(takes(pet, "null"));
  const auto plain = compiled("Pet", false);
  CHECK_FALSE(takes(plain, R"({"kind":"Cat","bark":1})"));  // fits both
  CHECK(takes(plain, R"({"kind":"Horse"})"));
  CHECK(takes(compiled("Loose", true), R"({"kind":"Horse"})"));  // an alternative without a name: nothing is chosen
  for (const auto* name : {"Astray", "Nameless"}) {
    schema::Compiler compiler(documents, {.discriminators = true});
    CHECK_FALSE(compiler.add("file:///a.json#/components/schemas/" + std::string(name)));
  }
}
