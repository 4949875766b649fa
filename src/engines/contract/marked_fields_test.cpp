#include "engines/contract/marked_fields.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <expected>

#include "engines/contract/contract.hpp"
#include "engines/contract/testing.hpp"
#include "engines/redaction/field_editor.hpp"

using namespace gatehouse;
using namespace gatehouse::contract;

namespace {
/// An operation whose answers are those; below `components` those schemas, each on a line of its own.
std::expected<Contract, Complaints> marking(const std::string& responses, const std::string& schemas, const std::string& version = "3.1.0",
                                            const std::string& operation = "") {
  TextFiles files("openapi: " + version + "\ninfo: {title: t, version: '1'}\npaths:\n  /a:\n    get: {" + operation + "responses: {" + responses +
                  "}}\ncomponents:\n  schemas:\n    Any: {}\n" + schemas);
  return compile("api.yaml", files);
}
std::string json_of(const std::string& schema) { return "200: {description: ok, content: {application/json: {schema: " + schema + "}}}"; }

Contract marked(const std::string& schema, const std::string& schemas = "", const std::string& version = "3.1.0") {
  auto made = marking(json_of(schema), schemas, version);
  if (!made)
    for (const auto& complaint : made.error().all()) MESSAGE(to_text(complaint));
  REQUIRE(made.has_value());
  return std::move(*made);
}

/// What a caller with those scopes gets; "refused": nothing; "untouched": it is not looked at.
std::string seen(const Contract& contract, std::string_view body, std::vector<std::string_view> scopes = {},
                 std::string_view type = "application/json", http::Status status = 200, std::string_view coding = "") {
  Arena arena;
  http::Headers headers(arena);
  if (!type.empty()) headers.add(http::HeaderId::content_type, type);
  if (!coding.empty()) headers.add(http::HeaderId::content_encoding, coding);
  const auto& operation = contract.operations()[0];
  const auto answer = operation.marked(status, headers);
  if (!answer) return "untouched";
  const auto& rules = *operation.marked_rules();
  const redaction::Caller caller(rules, [&](std::string_view scope) { return std::ranges::find(scopes, scope) != scopes.end(); });
  if (!redaction::withholds(rules, caller)) return "untouched";
  if (answer->form == MarkedAnswer::Form::unreadable) return "refused";
  using enum redaction::FieldEditor::Values;
  redaction::FieldEditor editor(rules, answer->root, caller, answer->form == MarkedAnswer::Form::sequence ? several : one);
  std::string out;
  return editor.take(body, true, out) ? out : "refused";
}

/// The first complaint of that gravity about the document.
std::string complaint_of(const std::string& responses, const std::string& schemas, Gravity gravity = Gravity::error,
                         const std::string& operation = "") {
  const auto made = marking(responses, schemas, "3.1.0", operation);
  const auto& all = made ? made->warnings() : made.error();
  CHECK(made.has_value() == (gravity == Gravity::warning));
  for (const auto& one : all.all())
    if (one.gravity == gravity) return one.pointer + ": " + one.what;
  return {};
}

constexpr std::string_view ssn = "{type: string, x-gatehouse-scopes: ['ssn:read']}";
const std::string patient = "{type: object, required: [name, ssn], properties: {name: {type: string}, ssn: " + std::string(ssn) + "}}";
}  // namespace

TEST_CASE("marks: who lacks a scope gets the value without the member, who holds it gets all of it") {
  const auto contract = marked(patient);
  const std::string_view body = R"({"name": "Ada", "ssn": "1"})";
  CHECK(seen(contract, body) == R"({"name": "Ada"})");
  CHECK(seen(contract, body, {"other"}) == R"({"name": "Ada"})");
  CHECK(seen(contract, body, {"ssn:read"}) == "untouched");
}

TEST_CASE("marks: of two scopes both are needed, and a mask may take the place of a gap") {
  const auto contract = marked(
      "{type: object, properties: {a: {type: string, x-gatehouse-scopes: [x, y]}, card: {type: string, x-gatehouse-scopes: [x], "
      "x-gatehouse-redact: last_four}, pin: {type: integer, x-gatehouse-redact: mask}}}");
  const std::string_view body = R"({"a":"1","card":"4111111111111111","pin":7})";
  CHECK(seen(contract, body) == R"({"card":"***1111","pin":0})");
  CHECK(seen(contract, body, {"x"}) == R"({"card":"4111111111111111","pin":0})");
  CHECK(seen(contract, body, {"x", "y"}) == R"({"a":"1","card":"4111111111111111","pin":0})");
}

TEST_CASE("marks: are found behind references, in combinations, arrays, maps and circles") {
  const std::string components =
      "    Ssn: " + std::string(ssn) + "\n    Patient: " + patient +
      "\n    Node: {type: object, properties: {ssn: {$ref: '#/components/schemas/Ssn'}, next: {$ref: '#/components/schemas/Node'}}}\n";
  const auto ref = [](std::string_view name) { return "{$ref: '#/components/schemas/" + std::string(name) + "'}"; };
  const std::vector<std::tuple<std::string, std::string, std::string>> cases{
      {"{properties: {x: " + ref("Ssn") + "}}", R"({"x":"1","y":2})", R"({"y":2})"},
      {"{type: array, items: " + ref("Patient") + "}", R"([{"name":"a","ssn":"1"},{"ssn":"2"}])", R"([{"name":"a"},{}])"},
      {"{allOf: [" + ref("Patient") + ", {properties: {age: {}}}]}", R"({"ssn":"1","age":3})", R"({"age":3})"},
      {"{oneOf: [{type: string}, {anyOf: [" + ref("Patient") + "]}]}", R"({"ssn":"1"})", "{}"},
      {"{properties: {x: {allOf: [{type: string}, " + ref("Ssn") + "]}}}", R"({"x":"1"})", "{}"},
      {"{additionalProperties: " + ref("Patient") + "}", R"({"k":{"ssn":"1"},"ssn":{"name":"n"}})", R"({"k":{},"ssn":{"name":"n"}})"},
      {"{patternProperties: {'^k': " + ref("Patient") + "}, additionalProperties: false}", R"({"k":{"ssn":"1"}})", R"({"k":{}})"},
      {"{if: {required: [a]}, then: " + ref("Patient") + "}", R"({"ssn":"1"})", "{}"},
      {"{dependentSchemas: {a: " + ref("Patient") + "}}", R"({"ssn":"1"})", "{}"},
      {"{prefixItems: [{type: string}, " + ref("Patient") + "]}", R"(["x",{"ssn":"1"}])", R"(["x",{}])"},
      {"{properties: {tags: {type: array, items: " + std::string(ssn) + "}}}", R"({"tags":["1","2"]})", R"({"tags":[]})"},
      {"{properties: {more: {additionalProperties: " + std::string(ssn) + "}}}", R"({"more":{"a":"1"}})", R"({"more":{}})"},
      {ref("Node"), R"({"next":{"next":{"ssn":"1","next":{"ssn":"2"}}}})", R"({"next":{"next":{"next":{}}}})"},
  };
  for (const auto& [schema, body, left] : cases) CHECK_MESSAGE(seen(marked(schema, components), body) == left, schema);
}

TEST_CASE("marks: in 3.0 one beside a reference holds as well, though other words there do not") {
  const auto contract = marked("{type: object, properties: {ssn: {$ref: '#/components/schemas/Text', x-gatehouse-scopes: [a]}}}",
                               "    Text: {type: string}\n", "3.0.3");
  CHECK(seen(contract, R"({"ssn":"1"})") == "{}");
}

TEST_CASE("marks: where one name is marked at one place only, the same name elsewhere stays") {
  const auto contract =
      marked("{properties: {patient: " + patient + ", ward: {properties: {ssn: {type: string}, of: {type: object, properties: {a: {}}}}}}}");
  CHECK(seen(contract, R"({"patient":{"ssn":"1"},"ward":{"ssn":"2"}})") == R"({"patient":{},"ward":{"ssn":"2"}})");
}

TEST_CASE("marks: what the document leaves open loses every member with the name of a marked one") {
  const auto contract = marked("{properties: {patient: " + patient + ", meta: {}, word: {type: string}}}");
  CHECK(seen(contract, R"({"data":{"patient":{"ssn":"1"}}})") == R"({"data":{"patient":{}}})");  // wrapped
  CHECK(seen(contract, R"([{"ssn":"1","x":2}])") == R"([{"x":2}])");                             // of another kind
  CHECK(seen(contract, R"({"ssn":"1","x":2})") == R"({"x":2})");                                 // elsewhere
  CHECK(seen(contract, R"({"meta":[{"ssn":"1"}],"word":{"ssn":"1"},"patient":{"name":{"ssn":3}}})") ==
        R"({"meta":[{}],"word":{},"patient":{"name":{}}})");
  CHECK(seen(contract, R"({"ssn":"1","x":2})", {}, "application/problem+json", 500) == R"({"x":2})");
  CHECK(seen(contract, R"({"ssn":"1"})", {"ssn:read"}, "application/problem+json", 500) == "untouched");
  // A value that is marked and has no name of its own makes all of it marked.
  CHECK(seen(marked("{type: object, additionalProperties: " + std::string(ssn) + "}"), R"([1,{"a":2}])") == "[]");
}

TEST_CASE("marks: an answer that nobody can take something out of is refused to those it is not for") {
  const auto contract = marked(patient);
  const std::string_view body = R"({"ssn":"1"})";
  for (const std::string_view type :
       {"text/html", "text/plain", "application/xml", "", "nonsense", "application/json; charset=utf-16", "text/event-stream"}) {
    CHECK_MESSAGE(seen(contract, body, {}, type) == "refused", std::string(type));
    CHECK_MESSAGE(seen(contract, body, {"ssn:read"}, type) == "untouched", std::string(type));
  }
  CHECK(seen(contract, body, {}, "application/json", 200, "gzip") == "refused");
  CHECK(seen(contract, body, {}, "application/json", 200, "identity") == "{}");
  CHECK(seen(contract, body, {}, "application/json", 206) == "refused");
  CHECK(seen(contract, "<p>", {}, "application/json") == "refused");
  CHECK(seen(contract, body, {}, "application/x-ndjson") == "{}");
  // Of two types nobody knows which a client goes by.
  Arena arena;
  http::Headers twice(arena);
  twice.add(http::HeaderId::content_type, "application/json");
  twice.add(http::HeaderId::content_type, "text/plain");
  REQUIRE(contract.operations()[0].marked(200, twice).has_value());
  CHECK(contract.operations()[0].marked(200, twice)->form == MarkedAnswer::Form::unreadable);
}

TEST_CASE("marks: answers that are described as something else stay as they are") {
  const auto made = marking(json_of(patient) + ", 404: {description: no, content: {text/plain: {schema: {type: string}}, image/png: {}}}", "");
  REQUIRE(made.has_value());
  CHECK(seen(*made, "not found", {}, "text/plain", 404) == "untouched");
  CHECK(seen(*made, "png", {}, "image/png", 404) == "untouched");
  CHECK(seen(*made, "<p>", {}, "text/html", 404) == "refused");
}

TEST_CASE("marks: values one after the other are each edited, as `itemSchema` and as `schema` describe them") {
  const auto lines = marking("200: {description: ok, content: {application/jsonl: {itemSchema: " + patient + "}}}", "", "3.2.0");
  REQUIRE(lines.has_value());
  CHECK(seen(*lines, "{\"ssn\":\"1\"}\n{\"name\":\"a\"}\n", {}, "application/jsonl") == "{}\n{\"name\":\"a\"}\n");
  const auto older = marking("200: {description: ok, content: {application/jsonl: {schema: {type: array, items: " + patient + "}}}}", "");
  REQUIRE(older.has_value());
  CHECK(seen(*older, "{\"ssn\":\"1\"}\n", {}, "application/jsonl") == "{}\n");
}

TEST_CASE("marks: an operation that shows nothing marked is not looked at") {
  const auto made = marking(json_of("{type: object, properties: {a: {}}}"), "    Unused: " + patient + "\n");
  REQUIRE(made.has_value());
  CHECK(made->operations()[0].marked_rules() == nullptr);
  CHECK(seen(*made, R"({"ssn":"1"})") == "untouched");
  CHECK(marked("{}").operations()[0].marked_rules() == nullptr);
}

TEST_CASE("marks: what only a discriminator or an anchor leads to is found by its name") {
  const std::string components =
      "    Base: {type: object, properties: {kind: {type: string}}, discriminator: {propertyName: kind}}\n"
      "    Sub: {allOf: [{$ref: '#/components/schemas/Base'}, " +
      patient + "]}\n    Far: {$anchor: far, properties: {pin: {type: string, x-gatehouse-redact: mask}}}\n";
  CHECK(seen(marked("{$ref: '#/components/schemas/Base'}", components), R"({"kind":"Sub","ssn":"1"})") == R"({"kind":"Sub"})");
  CHECK(seen(marked("{properties: {x: {$ref: '#far'}}}", components), R"({"x":{"pin":"1"}})") == R"({"x":{"pin":"***"}})");
}

TEST_CASE("marks: a document with one that could not hold is refused, or the author is told") {
  CHECK(complaint_of(json_of("{x-gatehouse-scopes: [a]}"), "").contains("withheld as a whole"));
  CHECK(complaint_of(json_of("{properties: {a: {x-gatehouse-scopes: []}}}"), "").contains("no list of scopes"));
  CHECK(complaint_of(json_of("{properties: {a: {x-gatehouse-scopes: a}}}"), "").contains("no list of scopes"));
  CHECK(complaint_of(json_of("{properties: {a: {x-gatehouse-scopes: ['a b']}}}"), "").contains("no list of scopes"));
  CHECK(complaint_of(json_of("{properties: {a: {x-gatehouse-redact: hide}}}"), "").contains("none of 'remove'"));
  CHECK(complaint_of(json_of("{properties: {a: {not: {properties: {b: " + std::string(ssn) + "}}}}}"), "").contains("below `not`"));
  CHECK(complaint_of(json_of("{patternProperties: {'^s': " + std::string(ssn) + "}}"), "").contains("a pattern names"));
  CHECK(complaint_of(json_of("{patternProperties: {'^s': {$ref: '#/components/schemas/S'}}}"), "    S: " + std::string(ssn) + "\n")
            .contains("a pattern names"));
  CHECK(complaint_of("200: {description: ok, headers: {X-Ssn: {schema: " + std::string(ssn) + "}}}", "").contains("a header of an answer"));
  CHECK(complaint_of("200: {description: ok}", "    Unused: " + patient + "\n", Gravity::warning).contains("marks nothing"));
  CHECK(complaint_of("200: {description: ok}, x-gatehouse-scopes: [a]", "", Gravity::warning).contains("marks nothing"));
  CHECK(complaint_of("200: {description: ok, content: {application/xml: {schema: " + patient + "}}}", "", Gravity::warning).contains("JSON only"));
}

TEST_CASE("marks: one in a request alone, and the words in an example, say nothing of answers") {
  const auto asked = marking("200: {description: ok}", "", "3.1.0", "parameters: [{name: q, in: query, schema: " + std::string(ssn) + "}], ");
  REQUIRE(asked.has_value());
  CHECK(asked->warnings().all().empty());
  const auto shown = marking(json_of("{type: object, example: {x-gatehouse-scopes: 7}, properties: {default: {type: string}}}"), "");
  REQUIRE(shown.has_value());
  CHECK(shown->operations()[0].marked_rules() == nullptr);
  CHECK(seen(marked("{properties: {example: " + std::string(ssn) + "}}"), R"({"example":"1"})") == "{}");
}
