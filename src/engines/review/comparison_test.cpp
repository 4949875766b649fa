// Each change between two versions of a contract: the one that breaks or opens, and its harmless neighbour.
#include "engines/review/comparison.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <memory>

#include "engines/contract/contract.hpp"
#include "engines/contract/testing.hpp"
#include "engines/review/rules_document.hpp"

using namespace gatehouse;
using namespace gatehouse::review;

namespace {
struct Version {
  explicit Version(std::map<std::string, std::string, std::less<>> texts) {
    files.texts = std::move(texts);
    const auto contract = contract::compile("api.yaml", reading);
    if (!contract)
      for (const auto& complaint : contract.error().all()) MESSAGE(to_text(complaint));
    REQUIRE(contract.has_value());
  }
  contract::TextFiles files;
  contract::Reading reading{files};
};

Comparison between_files(std::map<std::string, std::string, std::less<>> old_texts, std::map<std::string, std::string, std::less<>> new_texts) {
  Version before(std::move(old_texts)), after(std::move(new_texts));
  return compare(before.reading, after.reading);
}

Comparison between(std::string before, std::string after) {
  return between_files({{"api.yaml", std::move(before)}}, {{"api.yaml", std::move(after)}});
}

/// "breaks type-narrowed; looser limit-loosened; "
std::string told(const Comparison& comparison) {
  std::string out;
  for (const auto& change : comparison.changes)
    CHECK_MESSAGE(std::ranges::count(change_kinds(), change.kind, &ChangeKind::kind) == 1, change.kind);  // the guide has it
  for (const auto& change : comparison.changes) out += std::string(to_text(change.effect)) + ' ' + std::string(change.kind) + "; ";
  return out;
}

constexpr std::string_view version_head = "openapi: 3.1.0\ninfo: {title: t, version: '1'}\n";
constexpr std::string_view version_keyed =
    "components: {securitySchemes: {key: {type: apiKey, in: header, name: X-Api-Key}, other: {type: http, scheme: bearer}, "
    "login: {type: oauth2, flows: {clientCredentials: {tokenUrl: 'https://login.example', scopes: {a: a, b: b}}}}}}\n";

std::string with_paths(std::string_view paths, std::string_view more = "") {
  return std::string(version_head) + std::string(version_keyed) + std::string(more) + "paths: " + std::string(paths) + "\n";
}
std::string with_operation(std::string_view operation, std::string_view method = "post") {
  return with_paths("{/a: {" + std::string(method) + ": {" + std::string(operation) + "responses: {'204': {description: ok}}}}}");
}
std::string operations(std::string_view before, std::string_view after) { return told(between(with_operation(before), with_operation(after))); }

/// The schema of a request's body.
std::string in_request(std::string_view before, std::string_view after) {
  const auto body = [](std::string_view schema) {
    return with_operation("requestBody: {content: {application/json: {schema: " + std::string(schema) + "}}}, ");
  };
  return told(between(body(before), body(after)));
}
/// The schema of an answer.
std::string in_answer(std::string_view before, std::string_view after) {
  const auto answer = [](std::string_view schema) {
    return with_paths("{/a: {get: {responses: {'200': {description: ok, content: {application/json: {schema: " + std::string(schema) + "}}}}}}}");
  };
  return told(between(answer(before), answer(after)));
}
std::string answer_lists(std::string_view before, std::string_view after) {
  const auto with = [](std::string_view responses) { return with_paths("{/a: {get: {responses: " + std::string(responses) + "}}}"); };
  return told(between(with(before), with(after)));
}
}  // namespace

TEST_CASE("a document compared with itself has no change, whatever is in it") {
  const auto text = with_paths(
      "{'/a/{id}': {parameters: [{in: path, name: id, required: true, schema: {type: integer, minimum: 1}}], post: {security: [{key: []}], requestBody: {content: {application/json: {schema: "
      "{type: object, if: {required: [a]}, then: {required: [b]}, not: {required: [c]}, patternProperties: {'^x': {type: string}}, unevaluatedProperties: false, "
      "properties: {a: {anyOf: [{type: string, pattern: '^a'}, {type: array, prefixItems: [{type: string}], items: {type: number, multipleOf: 0.1}, contains: {const: 1}}]}}}}}}, "
      "responses: {'204': {description: ok}}}}}");
  CHECK(told(between(text, text)) == "");
}

TEST_CASE("descriptions, examples, tags and the names of path parameters may change") {
  CHECK(
      told(between(
          with_paths(
              "{'/a/{id}': {get: {description: one, parameters: [{in: path, name: id, required: true, schema: {type: string, description: x}}], responses: {'204': {description: ok}}}}}"),
          with_paths(
              "{'/a/{key}': {get: {description: two, tags: [x], parameters: [{in: path, name: key, required: true, example: 4, schema: {type: string, title: y}}], responses: "
              "{'204': {description: done}}}}}"))) == "");
}

TEST_CASE("a change names both places, what it is about and what happened") {
  const auto comparison = between(
      with_operation("requestBody: {content: {application/json: {schema: {type: object,\n properties: {a: {type: string,\n  maxLength: 9}}}}}}, "),
      with_operation("requestBody: {content: {application/json: {schema: {type: object,\n\n properties: {a: {type: string,\n  maxLength: 5}}}}}}, "));
  REQUIRE(comparison.changes.size() == 1);
  const auto& change = comparison.changes.front();
  CHECK(change.subject == "POST /a: the body as application/json: 'a'");
  CHECK(change.what == "maxLength was 9, is 5");
  const std::string pointer = "/paths/~1a/post/requestBody/content/application~1json/schema/properties/a/maxLength";
  CHECK(change.before == Place{"api.yaml", 6, pointer});
  CHECK(change.after == Place{"api.yaml", 7, pointer});
  CHECK(comparison.count(Effect::breaks) == 1);
  CHECK(comparison.count(Effect::looser) == 0);
}

TEST_CASE("an operation that is gone breaks, a new one does not, and an open one is told") {
  const auto one = with_paths("{/a: {get: {security: [{key: []}], responses: {'204': {description: ok}}}}}");
  const auto two = with_paths(
      "{/a: {get: {security: [{key: []}], responses: {'204': {description: ok}}}, put: {security: [{key: []}], responses: {'204': {description: ok}}}}}");
  const auto open =
      with_paths("{/a: {get: {security: [{key: []}], responses: {'204': {description: ok}}}, put: {responses: {'204': {description: ok}}}}}");
  CHECK(told(between(two, one)) == "breaks operation-removed; ");
  CHECK(told(between(one, two)) == "harmless operation-added; ");
  CHECK(told(between(one, open)) == "looser open-operation-added; ");
  const auto removed = between(two, one);
  CHECK(removed.changes.front().before.pointer == "/paths/~1a/put");
  CHECK(removed.changes.front().after.pointer == "/paths/~1a");
}

TEST_CASE("the paths of servers stand before all others: one that is gone breaks") {
  const auto at = [](std::string_view servers) {
    return with_paths("{/a: {get: {responses: {'204': {description: ok}}}}}", "servers: " + std::string(servers) + "\n");
  };
  CHECK(told(between(at("[{url: /v1}]"), at("[{url: /v2}]"))) == "breaks server-removed; harmless server-added; ");
  CHECK(told(between(at("[{url: 'https://one.example/v1'}]"), at("[{url: 'https://two.example/v1'}]"))) == "");
}

TEST_CASE("parameters: required, gone, new, optional") {
  const auto change = [](std::string_view before, std::string_view after) {
    return operations("parameters: [" + std::string(before) + "], ", "parameters: [" + std::string(after) + "], ");
  };
  CHECK(change("{in: query, name: q, schema: {type: string}}", "{in: query, name: q, required: true, schema: {type: string}}") ==
        "breaks parameter-required; ");
  CHECK(change("{in: query, name: q, required: true, schema: {type: string}}", "{in: query, name: q, schema: {type: string}}") ==
        "looser parameter-optional; ");
  CHECK(change("", "{in: query, name: q, required: true, schema: {type: string}}") == "breaks parameter-required; ");
  CHECK(change("", "{in: query, name: q, schema: {type: string}}") == "harmless parameter-added; ");
  CHECK(change("{in: query, name: q, schema: {type: string}}", "") == "breaks parameter-removed; ");
  CHECK(change("{in: header, name: q, schema: {type: string}}", "") == "looser parameter-removed; ");
  CHECK(change("{in: header, name: X-Q, schema: {type: string}}", "{in: header, name: x-q, schema: {type: string}}") == "");
  CHECK(change("{in: query, name: q, schema: {type: array}}", "{in: query, name: q, explode: false, schema: {type: array}}") ==
        "breaks parameter-written-otherwise; ");
  CHECK(change("{in: query, name: q, schema: {type: string}}", "{in: query, name: q, schema: {type: integer}}") ==
        "breaks type-narrowed; looser type-widened; ");
}

TEST_CASE("bodies: required, gone, new, optional, and their media types") {
  const std::string_view optional = "requestBody: {content: {application/json: {schema: {type: string}}}}, ";
  const std::string_view required = "requestBody: {required: true, content: {application/json: {schema: {type: string}}}}, ";
  CHECK(operations(optional, required) == "breaks body-required; ");
  CHECK(operations(required, optional) == "looser body-optional; ");
  CHECK(operations("", required) == "breaks body-required; ");
  CHECK(operations("", optional) == "harmless body-added; ");
  CHECK(operations(optional, "") == "breaks body-removed; ");
  const std::string_view both = "requestBody: {content: {application/json: {schema: {type: string}}, text/plain: {schema: {type: string}}}}, ";
  CHECK(operations(both, optional) == "breaks media-type-removed; ");
  CHECK(operations(optional, both) == "harmless media-type-added; ");
  CHECK(operations(optional, "requestBody: {content: {application/*: {schema: {type: string}}}}, ") == "harmless media-type-added; ");
  CHECK(operations(optional, "requestBody: {content: {application/json: {}}}, ") == "looser schema-dropped; ");
  CHECK(operations("requestBody: {content: {application/json: {}}}, ", optional) == "breaks schema-added; ");
}

TEST_CASE("security: what more is asked breaks, what less is asked opens, and renaming a scheme does neither") {
  const auto change = [](std::string_view before, std::string_view after) {
    return operations("security: " + std::string(before) + ", ", "security: " + std::string(after) + ", ");
  };
  CHECK(change("[]", "[{key: []}]") == "breaks security-tightened; ");
  CHECK(change("[{key: []}]", "[]") == "looser security-dropped; ");
  CHECK(change("[{key: []}]", "[{key: []}, {}]") == "looser security-dropped; ");
  CHECK(change("[{key: []}]", "[{other: []}]") == "breaks security-tightened; looser security-loosened; ");
  CHECK(change("[{key: []}]", "[{key: []}, {other: []}]") == "looser security-loosened; ");
  CHECK(change("[{key: []}, {other: []}]", "[{key: []}]") == "breaks security-tightened; ");
  CHECK(change("[{key: []}]", "[{key: [], other: []}]") == "breaks security-tightened; ");
  CHECK(change("[{login: [a]}]", "[{login: [a, b]}]") == "breaks security-tightened; ");
  CHECK(change("[{login: [a, b]}]", "[{login: [b]}]") == "looser security-loosened; ");
  CHECK(change("[{login: [a]}, {key: []}]", "[{key: []}, {login: [a]}]") == "");
  const auto named = [](std::string_view name) {
    return std::string(version_head) + "components: {securitySchemes: {" + std::string(name) +
           ": {type: apiKey, in: header, name: X-Api-Key}}}\nsecurity: [{" + std::string(name) +
           ": []}]\npaths: {/a: {get: {responses: {'204': {description: ok}}}}}\n";
  };
  CHECK(told(between(named("one"), named("two"))) == "");
}

TEST_CASE("what a request may be: less of it breaks, more of it is looser") {
  CHECK(in_request("{type: string}", "{type: [string, 'null']}") == "looser type-widened; ");
  CHECK(in_request("{type: [string, 'null']}", "{type: string}") == "breaks type-narrowed; ");
  CHECK(in_request("{type: number}", "{type: integer}") == "breaks type-narrowed; ");
  CHECK(in_request("{type: integer}", "{type: number}") == "looser type-widened; ");
  CHECK(in_request("{enum: [a, b]}", "{enum: [a]}") == "breaks value-removed; ");
  CHECK(in_request("{enum: [a]}", "{enum: [a, b]}") == "looser value-added; ");
  CHECK(in_request("{enum: [a, b]}", "{enum: [b, a]}") == "");
  CHECK(in_request("{enum: [a]}", "{const: a}") == "");
  CHECK(in_request("{type: string}", "{type: string, enum: [a]}") == "breaks values-listed; ");
  CHECK(in_request("{type: string, enum: [a]}", "{type: string}") == "looser values-unlisted; ");
  CHECK(in_request("{enum: [a]}", "{type: string, enum: [a]}") == "");
}

TEST_CASE("what an answer may be: more of it breaks, less of it does not") {
  CHECK(in_answer("{type: string}", "{type: [string, 'null']}") == "breaks type-widened; ");
  CHECK(in_answer("{type: [string, 'null']}", "{type: string}") == "harmless type-narrowed; ");
  CHECK(in_answer("{enum: [a]}", "{enum: [a, b]}") == "breaks value-added; ");
  CHECK(in_answer("{enum: [a, b]}", "{enum: [a]}") == "harmless value-removed; ");
  CHECK(in_answer("{type: string, maxLength: 5}", "{type: string, maxLength: 9}") == "breaks limit-loosened; ");
  CHECK(in_answer("{type: string, maxLength: 9}", "{type: string, maxLength: 5}") == "harmless limit-tightened; ");
}

TEST_CASE("limits of every kind, set, dropped, moved") {
  for (const std::string_view word : {"maximum", "maxLength", "maxItems", "maxProperties", "exclusiveMaximum"}) {
    const auto with = [&](std::string_view value) { return "{" + std::string(word) + ": " + std::string(value) + "}"; };
    CHECK_MESSAGE(in_request(with("9"), with("5")) == "breaks limit-tightened; ", word);
    CHECK_MESSAGE(in_request(with("5"), with("9")) == "looser limit-loosened; ", word);
    CHECK_MESSAGE(in_request(with("5"), with("5.0")) == "", word);
    CHECK_MESSAGE(in_request("{minLength: 1}", "{minLength: 1, " + with("5").substr(1)) == "breaks limit-tightened; ", word);
    CHECK_MESSAGE(in_request("{minLength: 1, " + with("5").substr(1), "{minLength: 1}") == "looser limit-loosened; ", word);
  }
  for (const std::string_view word : {"minimum", "minItems", "minProperties", "minLength", "exclusiveMinimum"}) {
    const auto with = [&](std::string_view value) { return "{" + std::string(word) + ": " + std::string(value) + "}"; };
    CHECK_MESSAGE(in_request(with("5"), with("9")) == "breaks limit-tightened; ", word);
    CHECK_MESSAGE(in_request(with("9"), with("5")) == "looser limit-loosened; ", word);
  }
  CHECK(in_request("{type: string}", "{type: string, minLength: 0}") == "");
  CHECK(in_request("{type: integer, minimum: 1}", "{type: integer, exclusiveMinimum: 0}") == "");
  CHECK(in_request("{type: number, minimum: 1}", "{type: number, exclusiveMinimum: 1}") == "breaks limit-tightened; ");
  CHECK(in_request("{type: number, exclusiveMaximum: 5}", "{type: number, maximum: 5}") == "looser limit-loosened; ");
  CHECK(in_request("{type: array}", "{type: array, uniqueItems: true}") == "breaks limit-tightened; ");
  CHECK(in_request("{type: array, uniqueItems: true}", "{type: array, uniqueItems: false}") == "looser limit-loosened; ");
  CHECK(in_request("{type: integer, maximum: 12345678901234567890}", "{type: integer, maximum: 12345678901234567891}") ==
        "undecided limit-changed; ");
}

TEST_CASE("multiples: a multiple of the old breaks, a part of it is looser, others are undecided") {
  CHECK(in_request("{type: integer, multipleOf: 5}", "{type: integer, multipleOf: 10}") == "breaks multiple-changed; ");
  CHECK(in_request("{type: integer, multipleOf: 10}", "{type: integer, multipleOf: 5}") == "looser multiple-changed; ");
  CHECK(in_request("{type: integer, multipleOf: 10}", "{type: integer, multipleOf: 4}") == "undecided multiple-changed; ");
  CHECK(in_request("{type: integer}", "{type: integer, multipleOf: 4}") == "breaks multiple-changed; ");
  CHECK(in_request("{type: integer, multipleOf: 4}", "{type: integer}") == "looser multiple-changed; ");
}

TEST_CASE("patterns and formats: added breaks, dropped is looser, and two patterns nobody can compare") {
  CHECK(in_request("{type: string}", "{type: string, pattern: '^a'}") == "breaks pattern-added; ");
  CHECK(in_request("{type: string, pattern: '^a'}", "{type: string}") == "looser pattern-dropped; ");
  CHECK(in_request("{type: string, pattern: '^a'}", "{type: string, pattern: '^[a]'}") == "undecided pattern-changed; ");
  CHECK(in_request("{type: string}", "{type: string, format: date}") == "breaks format-added; ");
  CHECK(in_request("{type: string, format: date}", "{type: string}") == "looser format-dropped; ");
  CHECK(in_request("{type: integer, format: int64}", "{type: integer, format: int32}") == "breaks format-narrowed; ");
  CHECK(in_request("{type: integer, format: int32}", "{type: integer, format: int64}") == "looser format-widened; ");
  CHECK(in_answer("{type: integer, format: int32}", "{type: integer, format: int64}") == "breaks format-widened; ");
  CHECK(in_request("{type: string, format: date}", "{type: string, format: date-time}") == "breaks format-changed; ");
  CHECK(in_answer("{type: string, format: date}", "{type: string, format: date-time}") == "breaks format-changed; ");
  CHECK(in_request("{type: string, format: alpha}", "{type: string, format: beta}") == "undecided format-changed; ");
  CHECK(in_request("{type: string}", "{type: string, format: password}") == "");
}

TEST_CASE("members of a request: new ones that are required break, and those no longer taken") {
  const std::string_view open = "{type: object, properties: {a: {type: string}}}";
  const std::string_view closed = "{type: object, additionalProperties: false, properties: {a: {type: string}}}";
  CHECK(in_request(open, "{type: object, properties: {a: {type: string}, b: {type: string}}}") == "harmless member-added; ");
  CHECK(in_request(open, "{type: object, required: [a], properties: {a: {type: string}}}") == "breaks member-required; ");
  CHECK(in_request("{type: object, required: [a], properties: {a: {type: string}}}", open) == "looser member-optional; ");
  CHECK(in_request(open, "{type: object, required: [b], properties: {a: {type: string}, b: {type: string}}}") ==
        "breaks member-required; harmless member-added; ");
  CHECK(in_request(open, "{type: object, required: [b], properties: {a: {type: string}, b: {type: string, readOnly: true}}}") == "");
  CHECK(in_request(closed, "{type: object, additionalProperties: false}") == "breaks member-removed; ");
  CHECK(in_request(open, "{type: object}") == "looser member-removed; ");
  CHECK(in_request(open, "{type: object, additionalProperties: {type: string}}") == "breaks members-closed; ");
  CHECK(in_request(open, closed) == "breaks members-closed; ");
  CHECK(in_request(closed, open) == "looser members-opened; ");
  CHECK(in_request(open, "{type: object, properties: {a: {type: string, readOnly: true}}}") == "breaks became-read-only; ");
  CHECK(in_request("{type: object, properties: {a: {type: string, readOnly: true}}}", open) == "looser became-writable; ");
}

TEST_CASE("members of an answer: those that are gone or no longer sure break, new ones do not") {
  const std::string_view open = "{type: object, required: [a], properties: {a: {type: string}}}";
  CHECK(in_answer(open, "{type: object}") == "breaks member-removed; ");
  CHECK(in_answer("{type: object, properties: {a: {type: string}}}", "{type: object, additionalProperties: false}") ==
        "breaks member-removed; harmless members-closed; ");
  CHECK(in_answer(open, "{type: object, properties: {a: {type: string}}}") == "breaks member-optional; ");
  CHECK(in_answer("{type: object, properties: {a: {type: string}}}", open) == "harmless member-required; ");
  CHECK(in_answer(open, "{type: object, required: [a], properties: {a: {type: string}, b: {type: string}}}") == "harmless member-added; ");
  const std::string_view closed = "{type: object, additionalProperties: false, properties: {a: {type: string}}}";
  CHECK(in_answer(closed, "{type: object, additionalProperties: false, properties: {a: {type: string}, b: {type: string}}}") ==
        "breaks member-added; ");
  CHECK(in_answer(closed, "{type: object, properties: {a: {type: string}}}") == "looser members-opened; ");
  CHECK(in_answer(open, "{type: object, required: [a], properties: {a: {type: string, writeOnly: true}}}") == "breaks became-write-only; ");
}

TEST_CASE("items, maps and patterns of members") {
  CHECK(in_request("{type: array, items: {type: number}}", "{type: array, items: {type: integer}}") == "breaks type-narrowed; ");
  CHECK(in_request("{type: array}", "{type: array, items: {type: integer}}") == "breaks items-described; ");
  CHECK(in_request("{type: array, items: {type: integer}}", "{type: array}") == "looser items-undescribed; ");
  CHECK(in_request("{type: array, items: {}}", "{type: array}") == "");
  CHECK(in_request("{type: object, additionalProperties: {type: number}}", "{type: object, additionalProperties: {type: integer}}") ==
        "breaks type-narrowed; ");
  CHECK(in_request("{type: object, additionalProperties: {type: number}}", "{type: object}") == "looser members-opened; ");
  CHECK(in_request("{type: object, patternProperties: {'^a': {type: number}}}", "{type: object, patternProperties: {'^a': {type: integer}}}") ==
        "breaks type-narrowed; ");
  CHECK(in_request("{type: object, patternProperties: {'^a': {type: number}}}", "{type: object}") == "undecided member-pattern-changed; ");
}

TEST_CASE("alternatives: one less breaks in a request, one more in an answer, and their order does not count") {
  const std::string_view two = "{oneOf: [{type: string}, {type: integer}]}";
  const std::string_view one = "{oneOf: [{type: string}]}";
  CHECK(in_request(two, "{oneOf: [{type: integer}, {type: string, description: more}]}") == "");
  CHECK(in_request(two, one) == "breaks type-narrowed; breaks alternative-removed; ");
  CHECK(in_request(one, two) == "looser type-widened; looser alternative-added; ");
  CHECK(in_answer(one, two) == "breaks type-widened; breaks alternative-added; ");
  CHECK(in_answer(two, one) == "harmless type-narrowed; harmless alternative-removed; ");
  CHECK(in_request("{oneOf: [{type: string, maxLength: 9}, {type: integer}]}", "{oneOf: [{type: integer}, {type: string, maxLength: 5}]}") ==
        "breaks limit-tightened; ");
  CHECK(in_request("{anyOf: [{type: string}, {type: integer}]}", two) == "breaks alternatives-word; ");
}

TEST_CASE("what was one thing may become one of several, and the reverse") {
  CHECK(in_request("{type: string, maxLength: 5}", "{anyOf: [{type: string, maxLength: 5}, {type: 'null'}]}") ==
        "looser type-widened; looser limit-loosened; looser alternatives-added; ");
  CHECK(in_request("{type: string}", "{anyOf: [{type: string, maxLength: 5}, {type: 'null'}]}").contains("undecided alternatives-added; "));
  CHECK(in_request("{anyOf: [{type: string, maxLength: 5}, {type: integer}]}", "{type: [string, integer]}") == "looser alternatives-dropped; ");
  CHECK(in_request("{anyOf: [{type: string}, {type: string, maxLength: 3}]}", "{type: string, maxLength: 5}")
            .contains("undecided alternatives-dropped; "));
}

TEST_CASE("what cannot be compared is said to be undecided, and what is the same is not") {
  CHECK(in_request("{not: {type: string}}", "{not: {type: integer}}") == "undecided word-changed; ");
  CHECK(in_request("{not: {type: string}}", "{not: {type: string, description: no}}") == "");
  CHECK(in_request("{minLength: 1}", "{minLength: 1, not: {type: integer}}") == "breaks word-added; ");
  CHECK(in_request("{minLength: 1, not: {type: integer}}", "{minLength: 1}") == "looser word-dropped; ");
  CHECK(in_request("{if: {type: string}, then: {minLength: 1}}", "{if: {type: string}, then: {minLength: 2}}") == "undecided word-changed; ");
  CHECK(in_request("{type: array, contains: {type: string}}", "{type: array, contains: {type: integer}}") == "undecided word-changed; ");
  CHECK(in_request("{type: array, prefixItems: [{type: string}]}", "{type: array, prefixItems: [{type: integer}]}") == "undecided word-changed; ");
  CHECK(in_request("{type: object, properties: {description: {not: {type: string}}}}",
                   "{type: object, properties: {description: {not: {type: integer}}}}") == "undecided word-changed; ");
}

TEST_CASE("schemas through references, over files, and those that hold themselves") {
  const std::string api = with_paths(
      "{/a: {post: {requestBody: {content: {application/json: {schema: {$ref: 'tree.yaml#/Tree'}}}}, responses: {'204': {description: ok}}}}}");
  const std::string tree = "Tree:\n  type: object\n  properties:\n    name: {type: string, maxLength: 9}\n    next: {$ref: '#/Tree'}\n";
  const std::string shorter = "Tree:\n  type: object\n  properties:\n    name: {type: string, maxLength: 5}\n    next: {$ref: '#/Tree'}\n";
  CHECK(told(between_files({{"api.yaml", api}, {"tree.yaml", tree}}, {{"api.yaml", api}, {"tree.yaml", tree}})) == "");
  const auto changed = between_files({{"api.yaml", api}, {"tree.yaml", tree}}, {{"api.yaml", api}, {"tree.yaml", shorter}});
  REQUIRE(told(changed) == "breaks limit-tightened; ");
  CHECK(changed.changes.front().after == Place{"tree.yaml", 4, "/Tree/properties/name/maxLength"});
  // One level unrolled is the same tree.
  const std::string unrolled =
      "Tree:\n  type: object\n  properties:\n    name: {type: string, maxLength: 9}\n    next: {type: object, properties: {name: {type: string, maxLength: 9}, next: {$ref: '#/Tree'}}}\n";
  CHECK(told(between_files({{"api.yaml", api}, {"tree.yaml", tree}}, {{"api.yaml", api}, {"tree.yaml", unrolled}})) == "");
}

TEST_CASE("a component that many operations use is told once for requests and once for answers") {
  const auto with = [](std::string_view length) {
    return std::string(version_head) + "components: {schemas: {Name: {type: string, maxLength: " + std::string(length) +
           "}}}\npaths:\n"
           "  /a: {post: {requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Name'}}}}, responses: {'204': {description: ok}}}}\n"
           "  /b: {post: {requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Name'}}}}, responses: {'200': {description: ok, content: {application/json: "
           "{schema: {$ref: '#/components/schemas/Name'}}}}}}}\n";
  };
  CHECK(told(between(with("9"), with("5"))) == "breaks limit-tightened; harmless limit-tightened; ");
  CHECK(told(between(with("5"), with("9"))) == "breaks limit-loosened; looser limit-loosened; ");
}

TEST_CASE("allOf is taken together: a word may move from one part to another") {
  CHECK(in_request("{allOf: [{type: string}, {maxLength: 5}]}", "{type: string, maxLength: 5}") == "");
  CHECK(in_request("{allOf: [{type: string, maxLength: 5}, {maxLength: 9}]}", "{allOf: [{type: string}, {maxLength: 9}]}") ==
        "looser limit-loosened; ");
}

TEST_CASE("references by name are undecided where the documents differ, and nothing where they do not") {
  const auto with = [](std::string_view more) {
    return std::string(version_head) + "components: {schemas: {Name: {$anchor: name, type: string}}}\npaths: {/a: {post: {" + std::string(more) +
           "requestBody: {content: {application/json: {schema: {$ref: '#name'}}}}, responses: {'204': {description: ok}}}}}\n";
  };
  CHECK(told(between(with(""), with(""))) == "");
  CHECK(told(between(with(""), with("summary: other, "))) == "undecided named-reference; ");
}

TEST_CASE("nullable of 3.0 is a type of 3.1, and exclusiveMinimum changes its form") {
  const auto in_3_0 = [](std::string_view schema) {
    return "openapi: 3.0.3\ninfo: {title: t, version: '1'}\npaths: {/a: {post: {requestBody: {content: {application/json: {schema: " +
           std::string(schema) + "}}}, responses: {'204': {description: ok}}}}}\n";
  };
  const auto in_3_1 = [](std::string_view schema) {
    return "openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths: {/a: {post: {requestBody: {content: {application/json: {schema: " +
           std::string(schema) + "}}}, responses: {'204': {description: ok}}}}}\n";
  };
  CHECK(told(between(in_3_0("{type: string, nullable: true}"), in_3_1("{type: [string, 'null']}"))) == "");
  CHECK(told(between(in_3_0("{type: string, nullable: true}"), in_3_1("{type: string}"))) == "breaks type-narrowed; ");
  CHECK(told(between(in_3_0("{type: number, minimum: 0, exclusiveMinimum: true}"), in_3_1("{type: number, exclusiveMinimum: 0}"))) == "");
}

TEST_CASE("answers: a success that is gone or new breaks, errors may come and go") {
  const std::string_view one = "{'200': {description: ok}}";
  CHECK(answer_lists("{'200': {description: ok}, '202': {description: later}}", one) == "breaks status-removed; ");
  CHECK(answer_lists(one, "{'200': {description: ok}, '202': {description: later}}") == "breaks status-added; ");
  CHECK(answer_lists(one, "{'200': {description: ok}, '404': {description: none}}") == "harmless status-added; ");
  CHECK(answer_lists("{'200': {description: ok}, '404': {description: none}}", one) == "harmless status-removed; ");
  CHECK(answer_lists("{2XX: {description: ok}}", "{2XX: {description: ok}, '202': {description: later}}") == "");
}

TEST_CASE("answers: bodies, media types and headers") {
  const std::string_view json = "{'200': {description: ok, content: {application/json: {schema: {type: string}}}}}";
  const std::string_view both =
      "{'200': {description: ok, content: {application/json: {schema: {type: string}}, text/csv: {schema: {type: string}}}}}";
  CHECK(answer_lists(both, json) == "breaks media-type-removed; ");
  CHECK(answer_lists(json, both) == "harmless media-type-added; ");
  CHECK(answer_lists(json, "{'200': {description: ok}}") == "breaks media-type-removed; ");
  CHECK(answer_lists("{'200': {description: ok}}", json) == "harmless answer-body-added; ");
  CHECK(answer_lists(json, "{'200': {description: ok, content: {application/json: {}}}}") == "breaks schema-dropped; ");
  const std::string_view header = "{'200': {description: ok, headers: {X-Next: {required: true, schema: {type: string}}}}}";
  CHECK(answer_lists(header, "{'200': {description: ok}}") == "breaks header-removed; ");
  CHECK(answer_lists("{'200': {description: ok}}", header) == "harmless header-added; ");
  CHECK(answer_lists(header, "{'200': {description: ok, headers: {X-Next: {schema: {type: string}}}}}") == "breaks parameter-optional; ");
}

TEST_CASE("parts of a form that are written in another form are undecided") {
  const auto form = [](std::string_view encoding) {
    return with_operation("requestBody: {content: {multipart/form-data: {schema: {type: object, properties: {a: {type: array}}}, encoding: " +
                          std::string(encoding) + "}}}, ");
  };
  CHECK(told(between(form("{a: {contentType: text/plain}}"), form("{a: {contentType: application/json}}"))) == "undecided encoding-changed; ");
  CHECK(told(between(form("{a: {contentType: text/plain}}"), form("{a: {contentType: text/plain}}"))) == "");
}

TEST_CASE("webhooks, callbacks and deprecation are named and break nobody") {
  const auto plain = with_paths("{/a: {post: {responses: {'204': {description: ok}}}}}");
  CHECK(told(between(plain, with_paths("{/a: {post: {deprecated: true, responses: {'204': {description: ok}}}}}"))) ==
        "harmless operation-deprecated; ");
  CHECK(told(between(plain, with_paths("{/a: {post: {responses: {'204': {description: ok}}}}}",
                                       "webhooks: {w: {post: {responses: {'200': {description: ok}}}}}\n"))) == "harmless webhooks-not-compared; ");
  const auto hooked =
      with_paths("{/a: {post: {responses: {'204': {description: ok}}}}}", "webhooks: {w: {post: {responses: {'200': {description: ok}}}}}\n");
  CHECK(told(between(hooked, hooked)) == "");
  CHECK(told(between(plain, with_operation("callbacks: {done: {'{$request.query.u}': {post: {responses: {'200': {description: ok}}}}}}, "))) ==
        "harmless callbacks-not-compared; ");
}

TEST_CASE("two schemas with the same thousand alternatives in another order are the same, in bounded time") {
  const auto with = [](bool backwards) {
    std::string branches;
    for (int i = 0; i < 300; ++i) branches += "{type: object, properties: {a: {const: " + std::to_string(backwards ? 299 - i : i) + "}}}, ";
    return "{oneOf: [" + branches + "{type: 'null'}]}";
  };
  CHECK(in_request(with(false), with(true)) == "");
}

TEST_CASE("the page of rules has every rule and every change once, and no cell that breaks its table") {
  const auto page = rules_document();
  for (std::size_t i = 0; i < rule_count; ++i) CHECK(page.contains("| `" + std::string(rule(static_cast<RuleId>(i)).name) + "` | "));
  for (const auto& [kind, meaning] : change_kinds()) {
    CHECK(!kind.empty());
    CHECK(!meaning.empty());
    CHECK(page.contains("| `" + std::string(kind) + "` | "));
  }
}

TEST_CASE("hundreds of alternatives that all changed are undecided, and not compared each with each") {
  const auto with = [](std::string_view length) {
    std::string branches;
    for (int i = 0; i < 150; ++i)
      branches += "{type: object, properties: {a: {const: " + std::to_string(i) + "}, b: {type: string, maxLength: " + std::string(length) + "}}}, ";
    return "{oneOf: [" + branches + "{type: 'null'}]}";
  };
  CHECK(in_request(with("5"), with("9")) == "undecided alternatives-changed; ");
  CHECK(in_request(with("5"), with("5")) == "");
}

TEST_CASE("a schema that is made of more parts than are taken together is undecided, and the same is not silently one") {
  std::string parts;
  for (int i = 0; i < 400; ++i) parts += "{minLength: " + std::to_string(i) + "}, ";
  CHECK(in_request("{allOf: [" + parts + "{type: string}]}", "{allOf: [" + parts + "{type: integer}]}") == "undecided too-much-to-compare; ");
  CHECK(in_request("{allOf: [" + parts + "{type: string}]}", "{allOf: [" + parts + "{type: string, title: more}]}") == "");
}
