// Every word of every dialect, with values that keep it and values that do not. Both ways of running are asked, so that no third-party suite is needed
// to see that a word still means what it says.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "engines/schema/schema.hpp"

using namespace gatehouse;
using schema::Dialect;

namespace {
struct KeywordCase {
  Dialect dialect;
  std::string schema;
  std::string good, bad;  // arrays of instances
};
constexpr auto d4 = Dialect::draft4, d6 = Dialect::draft6, d7 = Dialect::draft7, d2019 = Dialect::draft2019_09, d2020 = Dialect::draft2020_12,
               oas30 = Dialect::openapi_3_0, oas31 = Dialect::openapi_3_1;

json::Document read_json(std::string_view text) {
  auto document = json::parse(text, {.wide_integers = true});
  if (!document) MESSAGE(std::string(text), " ", document.error().told);
  REQUIRE(document.has_value());
  return std::move(*document);
}

void try_case(const KeywordCase& one, const schema::Options& options = {}) {
  const auto root = read_json(one.schema), good = read_json(one.good), bad = read_json(one.bad);
  auto own = options;
  own.dialect = one.dialect;
  const auto compiled = schema::compile(root.root(), own);
  if (!compiled) MESSAGE(one.schema, " ", compiled.error().told);
  REQUIRE(compiled.has_value());
  const auto judge = [&](json::Value instance, bool expected) {
    CHECK_MESSAGE(compiled->valid(instance) == expected, one.schema, " on an instance of ", expected ? one.good : one.bad);
    const auto report = compiled->check(instance);
    CHECK(report.valid() == expected);
    CHECK(report.violations.empty() == expected);
  };
  for (const auto instance : good.root().elements()) judge(instance, true);
  for (const auto instance : bad.root().elements()) judge(instance, false);
}
void try_cases(const std::vector<KeywordCase>& cases) {
  for (const auto& one : cases) try_case(one);
}
}  // namespace

TEST_CASE("words about any value") {
  try_cases({
      {d2020, R"({"type":"null"})", "[null]", "[0,false,\"\",[],{}]"},
      {d2020, R"({"type":["boolean","integer"]})", "[true,1,-0,2.0,1e3]", "[null,1.5,\"1\"]"},
      {d2020, R"({"type":"number"})", "[1,1.5,18446744073709551615]", "[\"1\",true]"},
      {d4, R"({"type":"integer"})", "[1,18446744073709551616]", "[1.0,1e3,1.5]"},
      {d2020, R"({"enum":["a",1,null,[1,{"b":2}],{"c":[]}]})", R"(["a",1.0,null,[1.0,{"b":2}],{"c":[]}])", R"(["b",2,false,[1],{"c":[0]},{},"1"])"},
      {d2020, R"({"enum":[]})", "[]", "[null,1,\"\"]"},
      {d6, R"({"const":{"a":1,"b":[false]}})", R"([{"b":[false],"a":1}])", R"([{"a":1},{"a":1,"b":[0]},{"a":true,"b":[false]}])"},
      {d6, R"({"const":0})", "[0,0.0,-0]", "[false,\"0\",null,1e-300]"},
      {d4, R"({"const":1})", "[2]", "[]"},  // no word of draft 4
      {d2020, "true", "[1,null]", "[]"},
      {d2020, "false", "[]", "[1,null]"},
      {d2020, "{}", "[1,{}]", "[]"},
  });
}

TEST_CASE("words about numbers and strings") {
  try_cases({
      {d2020, R"({"minimum":1.5,"maximum":3})", "[1.5,2,3,3.0,\"0\"]", "[1,1.4999,3.0001,4]"},
      {d2020, R"({"exclusiveMinimum":1,"minimum":2})", "[2]", "[1.5]"},
      {d2020, R"({"exclusiveMinimum":-1,"exclusiveMaximum":1})", "[0,0.999]", "[-1,1,1.0]"},
      {d4, R"({"minimum":1,"exclusiveMinimum":true,"maximum":5,"exclusiveMaximum":false})", "[1.1,5]", "[1,5.1]"},
      {oas30, R"({"maximum":1,"exclusiveMaximum":true})", "[0]", "[1]"},
      {d2020, R"({"multipleOf":0.25})", "[0,0.75,-1.5,1e10]", "[0.3]"},
      {d2020, R"({"multipleOf":7})", "[14,1400000000000000000000000.0,-7]", "[15,7.5,1e300]"},
      {d2020, R"({"minLength":2,"maxLength":3})", "[\"ab\",\"äöü\",\"😀😀\",1]", "[\"\",\"ä\",\"abcd\",\"😀😀😀😀\"]"},
      {d2020, R"({"pattern":"b+"})", "[\"abbc\",1]", "[\"\",\"ac\"]"},
      {d2020, R"({"format":"ipv4"})", "[\"192.0.2.1\",5]", "[\"192.0.2\"]"},
      {d4, R"({"format":"date"})", "[\"x\"]", "[]"},  // no format of draft 4
      {oas30, R"({"format":"date"})", "[\"2026-11-22\"]", "[\"x\"]"},
      {oas30, R"({"type":"integer","format":"int32"})", "[2147483647,-2147483648]", "[2147483648]"},
      {oas31, R"({"format":"int64"})", "[9223372036854775807,\"x\"]", "[9223372036854775808,1e19]"},
      {oas31, R"({"format":"float"})", "[3e38]", "[4e38]"},
      {oas30, R"({"format":"byte"})", "[\"YWI=\"]", "[\"YWI\"]"},
      {oas30, R"({"format":"password"})", "[\"x\"]", "[]"},
      {d2020, R"({"format":"int32"})", "[2147483648]", "[]"},  // a name that only OpenAPI gives a meaning
  });
  try_case({d2020, R"({"format":"ipv4"})", "[\"x\"]", "[]"}, {.assert_formats = false});
  try_case({d7, R"({"contentEncoding":"base64","contentMediaType":"application/json"})", "[\"e30=\",1]", "[\"e30\",\"ezp9Cg==\",\"{}\"]"},
           {.assert_content = true});
  try_case({d7, R"({"contentEncoding":"base64"})", "[\"%\"]", "[]"});
}

TEST_CASE("words about arrays") {
  try_cases({
      {d2020, R"({"minItems":1,"maxItems":2})", "[[1],[1,2],{}]", "[[],[1,2,3]]"},
      {d2020, R"({"prefixItems":[{"type":"string"},true],"items":{"type":"integer"}})", R"([["a",null,1],["a"],[]])", R"([[1],["a",null,"b"]])"},
      {d2019, R"({"items":[{"type":"string"},true],"additionalItems":{"type":"integer"}})", R"([["a",null,1],["a"],[]])", R"([[1],["a",null,"b"]])"},
      {d2019, R"({"items":{"type":"string"},"additionalItems":false})", R"([["a","b"]])", "[[1]]"},
      {d4, R"({"items":[true,false]})", "[[1]]", "[[1,2]]"},
      {d2020, R"({"contains":{"type":"string"}})", R"([[1,"a"]])", "[[],[1]]"},
      {d2020, R"({"contains":{"type":"string"},"minContains":2,"maxContains":3})", R"([["a",1,"b"]])", R"([["a"],["a","b","c","d"]])"},
      {d2020, R"({"contains":false,"minContains":0})", "[[],[1]]", "[]"},
      {d7, R"({"contains":{"type":"string"},"minContains":2})", R"([["a"]])", "[[]]"},  // minContains is no word of draft 7
      {d2020, R"({"uniqueItems":true})", R"([[],[1],[1,2],[1,true,"1"],[{"a":1},{"a":2}]])",
       R"([[1,1.0],["a","b","a"],[{"a":1,"b":2},{"b":2,"a":1}],[[1],[1]]])"},
      {d2020, R"({"uniqueItems":false})", "[[1,1]]", "[]"},
      {d2020, R"({"unevaluatedItems":false,"prefixItems":[true]})", "[[1]]", "[[1,2]]"},
      {d2020, R"({"contains":{"const":1},"unevaluatedItems":false})", "[[1,1]]", "[[1,2]]"},
      {d2019, R"({"contains":{"const":1},"unevaluatedItems":false})", "[{}]", "[[1,1]]"},  // contains evaluates since 2020-12
  });
  CHECK_FALSE(
      schema::compile(read_json(R"({"contains":{"const":1},"unevaluatedItems":false})").root(), {.dialect = d2019})->valid(read_json("[1]").root()));
}

TEST_CASE("words about objects") {
  try_cases({
      {d2020, R"({"minProperties":1,"maxProperties":2})", R"([{"a":1},{"a":1,"b":2},[]])", R"([{},{"a":1,"b":2,"c":3}])"},
      {d2020, R"({"required":["a","","b"]})", R"([{"b":1,"":2,"a":null},[]])", R"([{},{"a":1,"b":1},{"":1}])"},
      {d2020, R"({"properties":{"a":{"type":"integer"},"__proto__":{"type":"string"}}})", R"([{"a":1,"b":"x"},{"__proto__":"x"}])",
       R"([{"a":"x"},{"__proto__":1}])"},
      {d2020, R"({"patternProperties":{"^x-":{"type":"string"},"n$":{"minLength":2}}})", R"([{"x-a":"","y":1,"x-n":"ab"}])",
       R"([{"x-a":1},{"x-n":"a"},{"n":"a"}])"},
      {d2020, R"({"properties":{"a":true},"patternProperties":{"^b":true},"additionalProperties":{"type":"null"}})", R"([{"a":1,"b1":2,"c":null}])",
       R"([{"c":1}])"},
      {d2020, R"({"additionalProperties":false})", "[{},[]]", R"([{"a":1}])"},
      {d6, R"({"propertyNames":{"maxLength":2}})", R"([{"ab":1},{}])", R"([{"abc":1}])"},
      {d2019, R"({"dependentRequired":{"card":["cvc","name"]}})", R"([{"card":1,"cvc":2,"name":3},{"cvc":1},{}])",
       R"([{"card":1},{"card":1,"cvc":2}])"},
      {d2019, R"({"dependentSchemas":{"a":{"required":["b"]}}})", R"([{"b":1},{"a":1,"b":1}])", R"([{"a":1}])"},
      {d7, R"({"dependencies":{"a":["b"],"c":{"minProperties":3},"d":false}})", R"([{"a":1,"b":1},{"c":1,"x":1,"y":1},{}])",
       R"([{"a":1},{"c":1},{"d":1}])"},
      {d7, R"({"dependentRequired":{"a":["b"]}})", R"([{"a":1}])", "[]"},
      {oas30, R"({"patternProperties":{"a":false}})", R"([{"a":1}])", "[]"},  // OpenAPI 3.0 has no such word
      {d2020, R"({"properties":{"a":true},"unevaluatedProperties":{"type":"integer"}})", R"([{"a":"x","b":1}])", R"([{"b":"x"}])"},
      {d2020, R"({"anyOf":[{"additionalProperties":true},false],"unevaluatedProperties":false})", R"([{"a":1}])", "[]"},
      {d2020, R"({"dependentSchemas":{"a":{"properties":{"b":true}}},"properties":{"a":true},"unevaluatedProperties":false})", R"([{"a":1,"b":1}])",
       R"([{"b":1}])"},
      {d7, R"({"unevaluatedProperties":false})", R"([{"a":1}])", "[]"},
  });
}

TEST_CASE("words that combine schemas, and references") {
  try_cases({
      {d2020, R"({"allOf":[{"minimum":1},{"maximum":3}]})", "[2]", "[0,4]"},
      {d2020, R"({"anyOf":[{"type":"string"},{"minimum":3}]})", "[\"x\",3]", "[2]"},
      {d2020, R"({"oneOf":[{"multipleOf":2},{"multipleOf":3}]})", "[2,3]", "[1,6]"},
      {d2020, R"({"not":{"type":"string"}})", "[1]", "[\"x\"]"},
      {d7, R"({"if":{"minimum":10},"then":{"multipleOf":10},"else":{"multipleOf":2}})", "[20,4]", "[15,3]"},
      {d7, R"({"then":false,"else":false})", "[1]", "[]"},
      {d6, R"({"if":false,"else":false})", "[1]", "[]"},
      {d2020, R"({"$ref":"#/$defs/a~1b","maximum":5,"$defs":{"a/b":{"minimum":1}}})", "[1,5]", "[0,6]"},
      {d7, R"({"$ref":"#/definitions/a","maximum":5,"definitions":{"a":{"minimum":1}}})", "[1,6]", "[0]"},  // beside a reference nothing counts
      {oas30, R"({"$ref":"#/x","nullable":true,"x":{"type":"integer"}})", "[1]", "[null]"},
      {d2020, R"({"$id":"https://a.example/x","$ref":"y#k","$defs":{"d":{"$id":"y","$defs":{"e":{"$anchor":"k","type":"null"}}}}})", "[null]", "[1]"},
      {d7, R"({"allOf":[{"$ref":"#k"}],"definitions":{"d":{"$id":"#k","type":"null"}}})", "[null]", "[1]"},
      {d4, R"({"id":"http://a.example/x","allOf":[{"$ref":"y"}],"definitions":{"d":{"id":"y","type":"null"}}})", "[null]", "[1]"},
      {d2020,
       R"({"enum":[{"$id":"https://a.example/no"}],"$defs":{"d":{"$id":"https://a.example/no","type":"null"}},"not":{"$ref":"https://a.example/no"}})",
       R"([{"$id":"https://a.example/no"}])", "[null]"},
      {d2020, R"({"$ref":"#/not-a-word","not-a-word":{"type":"null"}})", "[null]", "[1]"},
      {oas30, R"({"type":"string","nullable":true,"enum":["a",null]})", R"(["a",null])", "[\"b\",1]"},
      {oas30, R"({"type":"string","nullable":true,"enum":["a"]})", R"(["a"])", "[null]"},
      {oas30, R"({"nullable":true,"allOf":[{"type":"string"}]})", R"(["a"])", "[null]"},
      {oas31, R"({"type":"string","nullable":true})", R"(["a"])", "[null]"},
  });
}

TEST_CASE("a schema may be of one dialect and refer to one of another") {
  const auto old = read_json(R"({"$schema":"http://json-schema.org/draft-07/schema#","items":[{"type":"string"}],"dependentRequired":{"a":["b"]}})");
  const auto plain = read_json(R"({"prefixItems":[{"type":"integer"}]})");
  schema::Documents documents;
  REQUIRE(documents.add("https://a.example/old", old.root()));
  REQUIRE(documents.add("https://a.example/plain", plain.root(), schema::Documents::Holds::schema, d2020));
  const auto root = read_json(R"({"anyOf":[{"$ref":"https://a.example/old"},{"$ref":"https://a.example/plain#"}],"prefixItems":[false]})");
  const auto compiled = schema::compile(root.root(), {.dialect = d2019}, documents);
  REQUIRE(compiled.has_value());
  CHECK(compiled->valid(read_json(R"(["a"])").root()));
  CHECK(compiled->valid(read_json("[1]").root()));
  CHECK_FALSE(compiled->valid(read_json("[null]").root()));
  CHECK(compiled->valid(read_json(R"({"a":1})").root()));
}

TEST_CASE("a metaschema says which vocabularies there are, and one that is required has to be known") {
  const auto lean = read_json(R"({"$id":"https://a.example/lean","$schema":"https://json-schema.org/draft/2020-12/schema",
    "$vocabulary":{"https://json-schema.org/draft/2020-12/vocab/core":true,"https://json-schema.org/draft/2020-12/vocab/applicator":true,"https://a.example/own":false}})");
  const auto strict = read_json(R"({"$id":"https://a.example/strict","$schema":"https://json-schema.org/draft/2020-12/schema",
    "$vocabulary":{"https://json-schema.org/draft/2020-12/vocab/format-assertion":true}})");
  const auto foreign = read_json(
      R"({"$id":"https://a.example/foreign","$schema":"https://json-schema.org/draft/2020-12/schema","$vocabulary":{"https://a.example/own":true}})");
  schema::Documents documents;
  REQUIRE(documents.add("https://a.example/lean", lean.root()));
  REQUIRE(documents.add("https://a.example/strict", strict.root()));
  REQUIRE(documents.add("https://a.example/foreign", foreign.root()));
  const auto compile = [&](std::string_view text, bool formats = false) {
    return schema::compile(read_json(text).root(), {.assert_formats = formats}, documents);
  };
  const auto judged = compile(R"({"$schema":"https://a.example/lean","properties":{"a":{"minimum":5},"b":false}})");
  REQUIRE(judged.has_value());
  CHECK(judged->valid(read_json(R"({"a":1})").root()));
  CHECK_FALSE(judged->valid(read_json(R"({"b":1})").root()));
  const auto asserted = compile(R"({"$schema":"https://a.example/strict","format":"ipv4"})");
  REQUIRE(asserted.has_value());
  CHECK_FALSE(asserted->valid(read_json("\"x\"").root()));
  CHECK(compile(R"({"format":"ipv4"})")->valid(read_json("\"x\"").root()));
  const auto refused = compile(R"({"$schema":"https://a.example/foreign"})");
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().told.contains("https://a.example/own"));
}

TEST_CASE("annotations are brought if asked for, of what is valid, from the branches that count") {
  const auto root = read_json(
      R"({"title":"T","properties":{"a":{"readOnly":true,"x-own":[1]},"b":{"anyOf":[{"type":"string","title":"S"},{"type":"integer","title":"I"}]}},
    "not":{"title":"N","required":["z"]}})");
  const auto with = schema::compile(root.root(), {.annotations = true}), without = schema::compile(root.root());
  REQUIRE(with.has_value());
  const auto instance = read_json(R"({"a":1,"b":2})");
  std::vector<std::string> found;
  const auto report = with->check(instance.root());
  for (const auto& annotation : report.annotations)
    found.push_back(annotation.instance + " " + annotation.keyword + " " + annotation.keyword_location);
  CHECK(found == std::vector<std::string>{"/a readOnly /properties/a/readOnly", "/a x-own /properties/a/x-own",
                                          "/b title /properties/b/anyOf/1/title", " title /title"});
  CHECK(without->check(instance.root()).annotations.empty());
  CHECK(with->check(read_json(R"({"b":null})").root()).annotations.empty());
  CHECK(to_json(report, schema::Output::basic).contains(R"("annotation":true)"));
}
