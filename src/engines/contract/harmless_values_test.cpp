#include "engines/contract/harmless_values.hpp"

#include <array>
#include <fstream>
#include <iterator>

#include "engines/contract/trial_contract.hpp"
#include "engines/schema/pattern_extent.hpp"
#include "ground/base/random.hpp"

using namespace gatehouse;
using namespace gatehouse::contract;
using namespace gatehouse::contract::trial;

namespace {
constexpr std::string_view harmless_head = "openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths:\n";

std::string listed(const OperationRules& operation) {
  std::string out;
  for (const auto& value : operation.harmless_values())
    out += value.where + (value.media_type.empty() ? "" : ' ' + value.media_type) + (value.pointer.empty() ? "" : '#' + value.pointer) + ": " +
           schema::to_text(value.why) + '\n';
  return out;
}
/// What is proven of the one parameter `p` of a GET.
std::string proven_parameter(std::string_view parameter) {
  const std::string path = parameter.contains("in: path") ? "/a/{p}" : "/a";
  return listed(
      compiled(std::string(harmless_head) + "  " + path + ":\n    get: {parameters: [" + std::string(parameter) + "]}\n").operations().front());
}
/// And of a body of that content.
std::string proven_body(std::string_view content) {
  return listed(
      compiled(std::string(harmless_head) + "  /a:\n    post: {requestBody: {content: " + std::string(content) + "}}\n").operations().front());
}
}  // namespace

TEST_CASE("a parameter is harmless as a whole where it is a scalar that its schema proves to be") {
  CHECK(proven_parameter("{in: query, name: p, schema: {type: integer}}") == "query.p: an integer\n");
  CHECK(proven_parameter("{in: path, name: p, required: true, schema: {type: string, format: uuid}}") == "path.p: a UUID\n");
  CHECK(proven_parameter("{in: header, name: P-Q, schema: {type: string, pattern: '^[a-z]{3}$'}}") ==
        "header.p-q: a short text of plain characters by its pattern\n");
  CHECK(proven_parameter("{in: cookie, name: p, schema: {enum: [dark, light]}}") == "cookie.p: one of the values that the contract names\n");
  CHECK(proven_parameter("{in: query, name: p, schema: {type: string}}").empty());
  CHECK(proven_parameter("{in: query, name: p, schema: {}}").empty());
  CHECK(proven_parameter("{in: query, name: p, schema: {format: uuid}}").empty());
}

TEST_CASE("a list is harmless as a whole where nothing but commas joins its elements") {
  CHECK(proven_parameter("{in: query, name: p, schema: {type: array, items: {type: integer}}}") == "query.p: a list of an integer\n");
  CHECK(proven_parameter("{in: query, name: p, explode: false, schema: {type: array, items: {type: integer}}}") == "query.p: a list of an integer\n");
  CHECK(proven_parameter("{in: query, name: p, style: spaceDelimited, explode: false, schema: {type: array, items: {enum: [drop, table]}}}") ==
        "query.p#/*: one of the values that the contract names\n");
  CHECK(proven_parameter("{in: query, name: p, style: pipeDelimited, explode: false, schema: {type: array, items: {type: integer}}}") ==
        "query.p#/*: an integer\n");
  CHECK(proven_parameter("{in: query, name: p, schema: {type: array, items: {type: string}}}").empty());
  CHECK(proven_parameter("{in: query, name: p, schema: {type: array}}").empty());
}

TEST_CASE("an object in a parameter, and JSON in one, are harmless in their places alone") {
  CHECK(proven_parameter("{in: query, name: p, style: deepObject, schema: {type: object, properties: {min: {type: integer}, q: {type: string}}}}") ==
        "query.p#/min: an integer\n");
  CHECK(proven_parameter("{in: query, name: p, content: {application/json: {schema: {type: integer}}}}").empty());
  CHECK(proven_parameter("{in: query, name: p, content: {application/json: {schema: {type: object, properties: {a: {type: integer}}}}}}") ==
        "query.p#/a: an integer\n");
}

TEST_CASE("a body is harmless in its places where it is judged as the value that its schema means") {
  const std::string schema = "{schema: {type: object, properties: {a: {type: integer}, b: {type: string}}}}";
  CHECK(proven_body("{application/json: " + schema + "}") == "body application/json#/a: an integer\n");
  CHECK(proven_body("{application/x-www-form-urlencoded: " + schema + "}") == "body application/x-www-form-urlencoded#/a: an integer\n");
  CHECK(proven_body("{multipart/form-data: " + schema + "}") == "body multipart/form-data#/a: an integer\n");
  CHECK(proven_body("{application/xml: {schema: {type: object, xml: {name: x}, properties: {a: {type: integer}}}}}") ==
        "body application/xml#/a: an integer\n");
  CHECK(proven_body("{text/plain: {schema: {type: string, enum: [a, b]}}}") == "body text/plain: one of the values that the contract names\n");
  // What may be of another type, or is taken as bytes of any kind, nobody has judged.
  CHECK(proven_body("{application/*: " + schema + "}").empty());
  CHECK(proven_body("{'*/*': " + schema + "}").empty());
  CHECK(proven_body("{application/octet-stream: {schema: {type: string, pattern: '^[a-z]{3}$'}}}").empty());
  CHECK(proven_body("{application/x-ndjson: " + schema + "}").empty());
  CHECK(proven_body("{multipart/form-data: {schema: {type: object, properties: {a: {enum: ['?']}}}, encoding: {a: {contentType: image/png}}}}")
            .empty());
}

TEST_CASE("one value is asked for by its name, and a body by its media type and a pointer") {
  const auto contract = compiled(
      std::string(harmless_head) +
      "  /a:\n    post:\n      parameters: [{in: query, name: n, schema: {type: integer}}, {in: query, name: t, schema: {type: string}}]\n"
      "      requestBody: {content: {application/json: {schema: {type: object, properties: {items: {type: array, items: {type: integer}}}}}}}\n");
  const auto& operation = contract.operations().front();
  CHECK(operation.harmless_parameter(In::query, "n").proven());
  CHECK_FALSE(operation.harmless_parameter(In::query, "t").proven());
  CHECK_FALSE(operation.harmless_parameter(In::header, "n").proven());
  CHECK_FALSE(operation.harmless_parameter(In::query, "other").proven());
  Arena arena;
  const auto body_of = [&](std::string_view type) {
    http::Headers headers(arena);
    headers.add({"content-type", type, http::header_id("content-type")});
    return operation.harmless_body(headers);
  };
  CHECK(body_of("application/json").why("/items/4").proven());
  CHECK(body_of("application/json; charset=utf-8").why("/items/4").proven());
  CHECK_FALSE(body_of("application/json").why("/items").proven());
  CHECK_FALSE(body_of("application/json").why("/items/x").proven());
  CHECK_FALSE(body_of("application/json").why("").proven());
  CHECK_FALSE(body_of("text/plain").why("/items/4").proven());
  CHECK_FALSE(HarmlessBody().why("/items/4").proven());
}

TEST_CASE("schemas that refer to themselves are listed as far as one goes through them") {
  CHECK(
      proven_body(
          "{application/json: {schema: {$ref: '#/components/schemas/T'}}}}}\ncomponents: {schemas: {T: {type: object, properties: {v: {type: integer}, next: {$ref: "
          "'#/components/schemas/T'}}}}}\n#") == "body application/json#/next/v: an integer\nbody application/json#/v: an integer\n");
}

TEST_CASE("no text that the gate takes for a harmless parameter is anything but plain characters, with commas in lists") {
  constexpr std::array<std::string_view, 9> schemas{"{type: integer}",
                                                    "{type: number}",
                                                    "{type: [integer, boolean, 'null']}",
                                                    "{type: string, pattern: '^[a-z0-9-]{1,4}$'}",
                                                    "{type: string, pattern: '^[a-z]{1,4}(-[0-9]{1,2})?$'}",
                                                    "{anyOf: [{type: integer}, {type: string, pattern: '^[a-z]{2}$'}]}",
                                                    "{type: array, items: {type: integer}}",
                                                    "{type: string, maxLength: 4}",
                                                    "{anyOf: [{type: integer}, {type: array, items: {type: string, pattern: '^[a-z]{2}$'}}]}"};
  constexpr std::array<std::string_view, 6> places{
      "in: query", "in: query, explode: false", "in: path, required: true", "in: header", "in: cookie", "in: path, required: true, style: matrix"};
  constexpr std::array<std::string_view, 24> pieces{"1",   "7", "-",  "ab",   "q", "%27", "'", ",", "%2C", " ",  "%20",    "+",
                                                    "%2B", ".", "e5", "true", ";", "%3B", "=", "/", "%00", "--", "%C3%A4", "|"};
  SeededRandom random(7);
  const auto below = [&](std::size_t end) {
    std::array<std::uint8_t, 1> byte{};
    random.fill(byte);
    return byte[0] % end;
  };
  std::size_t harmless = 0, taken = 0;
  for (const auto schema : schemas)
    for (const auto place : places) {
      const bool in_path = place.contains("path"), in_query = place.contains("query");
      const auto contract = compiled(std::string(harmless_head) + (in_path ? "  /a/{p}" : "  /a") + ":\n    get: {parameters: [{name: p, " +
                                     std::string(place) + ", schema: " + std::string(schema) + "}]}\n");
      const auto& operation = contract.operations().front();
      const auto& rule = operation.parameters().front();
      if (!operation.harmless_parameter(rule.in, "p").proven()) continue;
      ++harmless;
      for (int i = 0; i < 3'000; ++i) {
        std::string text;
        for (auto left = 1 + below(3); left > 0; --left) text += pieces[below(pieces.size())];
        Arena arena;
        http::Headers headers(arena);
        if (place.contains("header")) headers.add({"p", text, http::header_id("p")});
        const auto segment = rule.style == Style::matrix ? "%3Bp=" + text : text;
        const std::vector<std::string_view> segments = in_path ? std::vector<std::string_view>{"a", segment} : std::vector<std::string_view>{"a"};
        const auto query = in_query ? "p=" + text : std::string(), cookies = place.contains("cookie") ? "p=" + text : std::string();
        if (!operation.check_request({.segments = segments, .query = query, .headers = headers, .cookies = cookies, .body = {}}, arena).none())
          continue;
        ++taken;
        auto meant =
            rule.in == In::cookie
                ? text.substr(0, text.find(';'))
                : text;  // of what was taken, every percent sign can only have stood before a letter, a digit, a hyphen, a dot, or a comma of a list
        for (std::size_t at = 0; (at = meant.find('%', at)) != meant.npos; ++at)
          meant.replace(at, 3, 1, static_cast<char>(std::stoi(meant.substr(at + 1, 2), nullptr, 16)));
        if (schema.contains("array")) std::erase(meant, ',');
        if (schema.contains("array") && rule.in == In::header) std::erase(meant, ' ');  // behind a comma
        if (!schema::is_plain_text(meant)) FAIL_CHECK(schema, " ", place, " takes ", text);
      }
    }
  CHECK(harmless > 30);
  CHECK(taken > 3'000);
}

TEST_CASE("what the clinic's contract proves harmless") {
  std::string project = __FILE__;
  project.resize(project.size() - std::string_view("src/engines/contract/harmless_values_test.cpp").size());
  std::ifstream file(project + "examples/clinic/openapi.yaml");
  const auto contract = compiled(std::string(std::istreambuf_iterator<char>(file), {}));
  std::string all;
  for (const auto& operation : contract.operations()) {
    const auto values = listed(operation);
    if (!values.empty()) all += operation.method_token() + ' ' + operation.path() + '\n' + values;
  }
  CHECK(all ==
        "GET /patients\n"
        "query.ward: one of the values that the contract names\n"
        "query.limit: an integer\n"
        "query.offset: an integer\n"
        "POST /patients\n"
        "body application/json#/blood_group: one of the values that the contract names, or null\n"
        "body application/json#/born: a date, or a short text of plain characters by its pattern\n"
        "body application/json#/doctor: a short text of plain characters by its pattern\n"
        "body application/json#/insurance_number: a short text of plain characters by its pattern\n"
        "body application/json#/ward: one of the values that the contract names\n"
        "GET /patients/{id}\n"
        "path.id: an integer\n"
        "PUT /patients/{id}\n"
        "path.id: an integer\n"
        "body application/json#/blood_group: one of the values that the contract names, or null\n"
        "body application/json#/born: a date, or a short text of plain characters by its pattern\n"
        "body application/json#/doctor: a short text of plain characters by its pattern\n"
        "body application/json#/insurance_number: a short text of plain characters by its pattern\n"
        "body application/json#/ward: one of the values that the contract names\n"
        "PATCH /patients/{id}\n"
        "path.id: an integer\n"
        "body application/merge-patch+json#/blood_group: one of the values that the contract names, or null\n"
        "body application/merge-patch+json#/born: a date, or a short text of plain characters by its pattern\n"
        "body application/merge-patch+json#/doctor: a short text of plain characters by its pattern\n"
        "body application/merge-patch+json#/insurance_number: a short text of plain characters by its pattern\n"
        "body application/merge-patch+json#/ward: one of the values that the contract names\n"
        "body application/json#/blood_group: one of the values that the contract names, or null\n"
        "body application/json#/born: a date, or a short text of plain characters by its pattern\n"
        "body application/json#/doctor: a short text of plain characters by its pattern\n"
        "body application/json#/insurance_number: a short text of plain characters by its pattern\n"
        "body application/json#/ward: one of the values that the contract names\n"
        "DELETE /patients/{id}\n"
        "path.id: an integer\n"
        "GET /patients/{id}/photo\n"
        "path.id: an integer\n"
        "GET /patients/{id}/report\n"
        "path.id: an integer\n"
        "GET /appointments\n"
        "query.patient: an integer\n"
        "query.doctor: a short text of plain characters by its pattern\n"
        "POST /appointments\n"
        "body application/json#/doctor: a short text of plain characters by its pattern\n"
        "body application/json#/minutes: an integer\n"
        "body application/json#/patient: an integer\n"
        "body application/json#/starts: a time of bounded length\n"
        "body application/json#/status: one of the values that the contract names\n"
        "GET /appointments/{id}\n"
        "path.id: an integer\n"
        "POST /lab-results\n"
        "body application/xml#/patient: an integer\n"
        "body application/xml#/taken: a time of bounded length\n"
        "body application/xml#/urgent: true or false\n"
        "body application/xml#/value: a number\n"
        "GET /export\n"
        "query.format: one of the values that the contract names\n"
        "GET /events\n"
        "query.count: an integer\n"
        "query.interval: an integer\n"
        "header.last-event-id: an integer\n");
}
