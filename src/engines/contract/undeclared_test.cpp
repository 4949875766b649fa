#include "engines/contract/undeclared.hpp"

#include <doctest/doctest.h>

#include "engines/contract/testing.hpp"
#include "ground/base/text.hpp"

using namespace gatehouse;
using namespace gatehouse::contract;

namespace {
Contract answering(const std::string& content, bool strips = true) {
  TextFiles files("openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths: {/a: {get: {responses: {200: {description: ok, content: {" + content +
                  "}}, 204: {description: none}}}}}\ncomponents:\n  schemas:\n" +
                  "    Pet: {type: object, properties: {name: {type: string}, owner: {$ref: '#/components/schemas/Owner'}}}\n" +
                  "    Owner: {type: object, properties: {id: {type: integer}, pets: {type: array, items: {$ref: '#/components/schemas/Pet'}}}}\n");
  auto contract = compile("api.yaml", files, {.strips_responses = strips});
  if (!contract)
    for (const auto& complaint : contract.error().all()) MESSAGE(to_text(complaint));
  REQUIRE(contract.has_value());
  return std::move(*contract);
}

std::optional<Stripped> stripped_of(const Contract& contract, std::string_view body, std::string_view type = "application/json",
                                    http::Status status = 200) {
  Arena arena;
  http::Headers headers(arena);
  headers.add(http::HeaderId::content_type, type);
  return contract.operations()[0].stripped({.status = status, .headers = headers, .body = body}, {.json = {.wide_integers = true}});
}

/// What is left of the body under that schema; "" if nothing is to be taken out.
std::string left_of(std::string_view schema, std::string_view body) {
  const auto made = stripped_of(answering("application/json: {schema: " + std::string(schema) + "}"), body);
  return made ? made->body : "";
}
}  // namespace

TEST_CASE("members that no schema of their object names are taken out, and what is named stays") {
  constexpr auto* pet = "{$ref: '#/components/schemas/Pet'}";
  CHECK(left_of(pet, R"({"name":"Rex","password":"x"})") == R"({"name":"Rex"})");
  CHECK(left_of(pet, R"({"name":"Rex"})").empty());
  CHECK(left_of(pet, R"({"owner":{"id":1,"iban":"x","pets":[{"name":"Rex"},{"name":"Ivo","chip":7}]}})") ==
        R"({"owner":{"id":1,"pets":[{"name":"Rex"},{"name":"Ivo"}]}})");
  const auto told =
      stripped_of(answering("application/json: {schema: " + std::string(pet) + "}"), R"({"a/b":1,"owner":{"pets":[{"chip":7}]},"c":2})");
  REQUIRE(told);
  CHECK(told->members == 3);
  CHECK(told->first == "/a~1b");
  CHECK(stripped_of(answering("application/json: {schema: " + std::string(pet) + "}"), R"({"owner":{"pets":[{},{"chip":7}]},"c":2})")->first ==
        "/owner/pets/1/chip");
}

TEST_CASE("schemas that are combined name their members together") {
  CHECK(left_of("{allOf: [{$ref: '#/components/schemas/Pet'}, {type: object, properties: {age: {type: integer}}}]}",
                R"({"name":"R","age":3,"x":1})") == R"({"name":"R","age":3})");
  CHECK(left_of("{allOf: [{type: object}, {properties: {age: {}}}]}", R"({"age":3,"x":1})") == R"({"age":3})");
  CHECK(left_of("{oneOf: [{$ref: '#/components/schemas/Pet'}, {$ref: '#/components/schemas/Owner'}]}", R"({"id":3,"x":1})") == R"({"id":3})");
  CHECK(left_of("{oneOf: [{$ref: '#/components/schemas/Pet'}, {type: 'null'}]}", R"({"name":"R","x":1})") == R"({"name":"R"})");
}

TEST_CASE("an object whose members nobody names, or that may have others, is left as it is") {
  for (const auto* schema :
       {"{type: object}", "{}", "true", "{type: object, properties: {a: {}}, additionalProperties: true}",
        "{type: object, properties: {a: {}}, additionalProperties: {type: integer}}",
        "{type: object, properties: {a: {}}, patternProperties: {'^x': {}}}",
        "{properties: {a: {}}, if: {required: [a]}, then: {properties: {x: {}}}}",
        "{properties: {a: {}}, dependentSchemas: {a: {properties: {x: {}}}}}", "{properties: {a: {}}, unevaluatedProperties: {type: integer}}",
        "{anyOf: [{$ref: '#/components/schemas/Pet'}, {type: object}]}",
        "{oneOf: [{properties: {a: {properties: {b: {}}}}}, {properties: {a: {}}}]}"}) {
    CAPTURE(schema);
    const bool deep = std::string_view(schema).contains("b: {}");
    CHECK(left_of(schema, deep ? R"({"a":{"x":1}})" : R"({"a":1,"x":1})").empty());
  }
  CHECK(left_of("{properties: {a: {}}, unevaluatedProperties: false}", R"({"a":1,"x":1})") == R"({"a":1})");
  CHECK(left_of("{type: object, additionalProperties: false}", R"({"a":1})") == "{}");
  CHECK(left_of("{additionalProperties: {type: object, properties: {a: {}}}}", R"({"k":{"a":1,"x":1}})") == R"({"k":{"a":1}})");
}

TEST_CASE("what stays has the same values") {
  CHECK(left_of("{properties: {a: {}, b: {}}}", R"({ "a" : [1.50, 1e400e0] })").empty());  // no JSON: it is for the judge to say so
  const auto left = left_of("{properties: {a: {}, b: {}}}",
                            R"({"a":[123456789012345678901234567890,0.1,-0,true,null,"\u00e9\n\"\u2028"],"b":{"deep":{"er":[]}},"x":{}})");
  const auto document = json::parse(left, {.wide_integers = true});
  REQUIRE(document);
  CHECK(document->root().get("a")->size() == 6);
  CHECK(left.contains("123456789012345678901234567890"));
  CHECK(left.contains(R"("b":{"deep":{"er":[]}})"));
  CHECK_FALSE(left.contains("\"x\""));
  std::string text = "\xC3\xA9\n\"\xE2\x80\xA8";
  std::size_t at = 0;
  for (const auto& each : document->root().get("a")->elements())
    if (++at == 6) CHECK(each.string() == text);
}

TEST_CASE("a body as deep as may be is written again, one deeper is left to who judges it") {
  const auto nested = [](std::size_t depth) { return R"({"x":1,"name":)" + std::string(depth - 1, '[') + std::string(depth - 1, ']') + "}"; };
  const auto contract = answering("application/json: {schema: {properties: {name: {}}}}");
  Arena arena;
  http::Headers headers(arena);
  headers.add(http::HeaderId::content_type, "application/json");
  const auto at_depth = [&](std::size_t depth) {
    const auto body = nested(depth);
    return contract.operations()[0].stripped({.status = 200, .headers = headers, .body = body}, {.json = {.depth = 200}}).has_value();
  };
  CHECK(at_depth(written_depth_max));
  CHECK_FALSE(at_depth(written_depth_max + 1));
}

TEST_CASE("only JSON that is described has something taken out, and only where that was wished when the contract was compiled") {
  constexpr auto* content = "application/json: {schema: {$ref: '#/components/schemas/Pet'}}, text/plain: {schema: {type: string}}";
  constexpr auto* body = R"({"x":1})";
  CHECK(stripped_of(answering(content), body)->body == "{}");
  CHECK(stripped_of(answering("application/vnd.pet+json: {schema: {$ref: '#/components/schemas/Pet'}}"), body,
                    "application/vnd.pet+json; charset=utf-8"));
  CHECK_FALSE(stripped_of(answering(content), body, "text/plain"));
  CHECK_FALSE(stripped_of(answering(content), body, "application/problem+json"));
  CHECK_FALSE(stripped_of(answering(content), body, "application/json", 204));
  CHECK_FALSE(stripped_of(answering(content), body, "application/json", 500));
  CHECK_FALSE(stripped_of(answering(content), "{"));
  CHECK_FALSE(stripped_of(answering(content, false), body));
}

TEST_CASE("a body has to be there to be judged where something is said of its content, and only there") {
  const auto contract = answering(
      "application/json: {}, text/plain: {schema: {type: string}}, text/csv: {}, image/png: {}, application/pdf: {schema: {type: string, format: binary}}, "
      "text/event-stream: {schema: {type: string}}, application/x-www-form-urlencoded: {}");
  const auto reads = [&](std::string_view type, http::Status status = 200) {
    Arena arena;
    http::Headers headers(arena);
    if (!type.empty()) headers.add(http::HeaderId::content_type, type);
    return contract.operations()[0].reads_response(status, headers);
  };
  CHECK(reads("application/json"));
  CHECK(reads("text/plain; charset=utf-8"));
  CHECK(reads("application/x-www-form-urlencoded"));
  CHECK(reads("", 204));  // that there is none
  CHECK(reads(""));       // that there is none, either
  for (const auto* type : {"image/png", "application/pdf", "text/csv", "text/event-stream", "text/html", "nonsense"}) {
    CAPTURE(type);
    CHECK_FALSE(reads(type));
  }
  CHECK_FALSE(reads("application/json", 500));
}

TEST_CASE("of a body that is not there its type and coding are judged where the fields name them") {
  const auto contract = answering("application/json: {}");
  const auto judged = [&](std::initializer_list<std::pair<std::string_view, std::string_view>> fields, bool unread = false,
                          std::optional<std::string_view> body = {}) {
    Arena arena;
    http::Headers headers(arena);
    for (const auto& [name, value] : fields) headers.add({name, value, http::header_id(name)});
    const auto violations = contract.operations()[0].check_response({.status = 200, .headers = headers, .body = body, .typed = true, .unread = unread}, arena);
    return violations.none() ? std::string{} : violations.all()[0].where;
  };
  CHECK(judged({{"content-type", "application/json"}}).empty());
  CHECK(judged({}).empty());  // the head that answers HEAD
  CHECK(judged({}, true) == "header.content-type");
  CHECK(judged({}, false, R"({"amount":5,"password_hash":"x"})") == "header.content-type");
  CHECK(judged({}, false, "").empty());
  CHECK(judged({{"content-type", "application/json"}, {"content-type", "text/html"}}) == "header.content-type");
  CHECK(judged({{"content-type", "text/html"}}) == "header.content-type");
  CHECK(judged({{"content-type", "application/json"}, {"content-encoding", "gzip"}}) == "header.content-encoding");
}
