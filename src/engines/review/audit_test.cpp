// Each rule of the audit: a document with the weakness, and its harmless neighbour without.
#include "engines/review/audit.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <memory>

#include "engines/contract/testing.hpp"
#include "engines/review/pattern_reading.hpp"
#include "ground/base/text.hpp"

using namespace gatehouse;
using namespace gatehouse::review;

namespace {
Report audited_files(contract::TextFiles& files) {
  contract::Reading reading(files);
  const auto contract = contract::compile("api.yaml", reading);
  if (!contract)
    for (const auto& complaint : contract.error().all()) MESSAGE(to_text(complaint));
  REQUIRE(contract.has_value());
  return audit(*contract, reading);
}

Report audited(std::string text) {
  contract::TextFiles files;
  files.texts.emplace("api.yaml", std::move(text));
  return audited_files(files);
}

std::string moved_in(std::string_view text, std::size_t by) {
  std::string out;
  for (const auto line : text::split(text, '\n'))
    if (!line.empty()) out += std::string(by, ' ') + std::string(line) + '\n';
  return out;
}

constexpr std::string_view head = "openapi: 3.1.0\ninfo: {title: t, version: '1'}\n";
constexpr std::string_view answers = "responses: {'204': {description: ok}, 4XX: {description: refused}}\n";
constexpr std::string_view keyed = "components: {securitySchemes: {key: {type: apiKey, in: header, name: X-Api-Key}}}\nsecurity: [{key: []}]\n";

/// A document of one operation, GET /a if nothing else is said, that asks for a key and describes its refusals.
Report of_operation(std::string_view operation, std::string_view method = "get", std::string_view path = "/a", std::string_view more = keyed) {
  return audited(std::string(head) + std::string(more) + "paths:\n  " + std::string(path) + ":\n    " + std::string(method) + ":\n" +
                 moved_in(std::string(answers) + std::string(operation), 6));
}

/// POST /a with a body of that schema, in the flow style of YAML.
Report of_body(std::string_view schema) {
  return of_operation("requestBody: {content: {application/json: {schema: " + std::string(schema) + "}}}\n", "post");
}
/// GET /a that answers with that schema.
Report of_answer(std::string_view schema) {
  return audited(std::string(head) + std::string(keyed) +
                 "paths: {/a: {get: {responses: {4XX: {description: refused}, '200': {description: ok, content: {application/json: {schema: " +
                 std::string(schema) + "}}}}}}}\n");
}
/// POST /a with a closed object of this one member.
Report of_member(std::string_view schema) {
  return of_body("{type: object, additionalProperties: false, properties: {a: " + std::string(schema) + "}}");
}

std::size_t times(const Report& report, RuleId id) { return report.counts[static_cast<std::size_t>(id)]; }

/// What broke, with how often: "open-write=1 unbounded-string=2".
std::string broken_rules(const Report& report) {
  std::string out;
  for (std::size_t i = 0; i < rule_count; ++i)
    if (report.counts[i] > 0) out += std::string(rule(static_cast<RuleId>(i)).name) + '=' + std::to_string(report.counts[i]) + ' ';
  return out;
}

Report of_scheme(std::string_view scheme, std::string_view scopes = "[]") {
  return of_operation("", "get", "/a",
                      "components: {securitySchemes: {one: " + std::string(scheme) + "}}\nsecurity: [{one: " + std::string(scopes) + "}]\n");
}
}  // namespace

TEST_CASE("a document that leaves nothing open has no finding at all") {
  CHECK(broken_rules(of_operation("")) == "");
  CHECK(broken_rules(of_member("{type: string, maxLength: 9, pattern: '^[a-z]+$'}")) == "");
  CHECK(broken_rules(of_answer("{type: object, additionalProperties: false, properties: {a: {type: string, format: uuid}}}")) == "");
}

TEST_CASE("every rule has a name of its own, a gain and a cure, and names are words with hyphens") {
  std::map<std::string_view, int> names;
  for (std::size_t i = 0; i < rule_count; ++i) {
    const auto& one = rule(static_cast<RuleId>(i));
    CHECK(one.id == static_cast<RuleId>(i));
    CHECK(++names[one.name] == 1);
    CHECK(!one.gain.empty());
    CHECK(!one.cure.empty());
    CHECK(std::ranges::all_of(one.name, [](char c) { return (c >= 'a' && c <= 'z') || text::is_digit(c) || c == '-'; }));
  }
}

TEST_CASE("a finding says where it stands: file, line and pointer") {
  const auto report = of_body("{type: string}");
  REQUIRE(report.findings.size() == 1);
  const auto& finding = report.findings.front();
  CHECK(finding.place == Place{"api.yaml", 9, "/paths/~1a/post/requestBody/content/application~1json/schema"});
  CHECK(to_text(finding.place) == "api.yaml:9: #/paths/~1a/post/requestBody/content/application~1json/schema");
  CHECK(finding.what == "the text the application/json body of POST /a");
}

TEST_CASE("an operation without a requirement is open: writing, deleting and reading are told apart") {
  const auto open = [](std::string_view method) { return broken_rules(of_operation("security: []\n", method)); };
  CHECK(open("post").contains("open-write=1"));
  CHECK(open("put").contains("open-write=1"));
  CHECK(open("patch").contains("open-write=1"));
  CHECK(open("delete").contains("open-delete=1"));
  CHECK(open("get").contains("open-read=1"));
  CHECK(open("head").contains("open-read=1"));
  for (const auto* const method : {"post", "put", "patch", "delete", "get", "head"}) CHECK(broken_rules(of_operation("", method)) == "");
}

TEST_CASE("an operation is open as well where the document has no requirement, or its only one is empty") {
  CHECK(times(of_operation("", "post", "/a", ""), RuleId::open_write) == 1);
  CHECK(times(of_operation("security: [{}]\n", "post"), RuleId::open_write) == 1);
}

TEST_CASE("an empty alternative lets everybody in beside those who have a key") {
  CHECK(broken_rules(of_operation("security: [{key: []}, {}]\n")) == "optional-security=1 ");
  CHECK(broken_rules(of_operation("security: [{key: []}]\n")) == "");
}

TEST_CASE("credentials that leak or do not expire are told where an operation asks for them") {
  CHECK(broken_rules(of_scheme("{type: apiKey, in: query, name: key}")) == "api-key-in-query=1 ");
  CHECK(broken_rules(of_scheme("{type: apiKey, in: cookie, name: key}")) == "api-key-in-cookie=1 ");
  CHECK(broken_rules(of_scheme("{type: apiKey, in: header, name: X-Key}")) == "");
  CHECK(broken_rules(of_scheme("{type: http, scheme: Basic}")) == "basic-auth=1 ");
  CHECK(broken_rules(of_scheme("{type: http, scheme: digest}")) == "weak-http-scheme=1 ");
  CHECK(broken_rules(of_scheme("{type: http, scheme: bearer}")) == "");
  CHECK(broken_rules(of_scheme("{type: mutualTLS}")) == "");
}

TEST_CASE("a scheme that no operation asks for is only told to be unused, however weak it is") {
  const auto report =
      of_operation("", "get", "/a",
                   "components: {securitySchemes: {key: {type: apiKey, in: header, name: X-Api-Key}, old: {type: http, scheme: basic}}}\n"
                   "security: [{key: []}]\n");
  CHECK(broken_rules(report) == "unused-scheme=1 ");
  CHECK(report.findings.front().place.pointer == "/components/securitySchemes/old");
}

TEST_CASE("flows of OAuth that show passwords or tokens are told, and the code flow is not") {
  const auto flow = [](std::string_view flows) {
    return broken_rules(of_scheme("{type: oauth2, flows: " + std::string(flows) + "}", "['orders:read']"));
  };
  CHECK(flow("{password: {tokenUrl: 'https://login.example/token', scopes: {'orders:read': r}}}") == "oauth-password-flow=1 ");
  CHECK(flow("{implicit: {authorizationUrl: 'https://login.example/auth', scopes: {'orders:read': r}}}") == "oauth-implicit-flow=1 ");
  CHECK(flow("{authorizationCode: {authorizationUrl: 'https://login.example/a', tokenUrl: 'https://login.example/t', scopes: {'orders:read': r}}}") ==
        "");
}

TEST_CASE("a login in clear text is told for each of its URLs, one on this machine is not") {
  CHECK(
      broken_rules(of_scheme(
          "{type: oauth2, flows: {clientCredentials: {tokenUrl: 'http://login.example/t', refreshUrl: 'HTTP://login.example/r', scopes: {'a:b': r}}}}",
          "['a:b']")) == "clear-text-login=2 ");
  CHECK(broken_rules(of_scheme("{type: openIdConnect, openIdConnectUrl: 'http://login.example/.well-known/x'}", "['a:b']")) == "clear-text-login=1 ");
  CHECK(broken_rules(of_scheme("{type: openIdConnect, openIdConnectUrl: 'https://login.example/.well-known/x'}", "['a:b']")) == "");
  CHECK(broken_rules(of_scheme("{type: openIdConnect, openIdConnectUrl: 'http://localhost:8080/x'}", "['a:b']")) == "");
}

TEST_CASE("scopes that stand for everything, that are missing, or that no flow gives are told") {
  const auto asks = [](std::string_view scopes) {
    return broken_rules(of_scheme(
        "{type: oauth2, flows: {clientCredentials: {tokenUrl: 'https://login.example/t', scopes: {admin: a, 'orders:*': b, 'orders:read': c}}}}",
        scopes));
  };
  CHECK(asks("[admin]") == "broad-scope=1 ");
  CHECK(asks("['orders:*']") == "broad-scope=1 ");
  CHECK(asks("[]") == "no-scope=1 ");
  CHECK(asks("['orders:raed']") == "undeclared-scope=1 ");
  CHECK(asks("['orders:read']") == "");
}

TEST_CASE("a server over http is told, also as one of two values, and this machine and https are not") {
  const auto with = [](std::string_view servers) {
    return broken_rules(of_operation("", "get", "/a", std::string(keyed) + "servers: " + std::string(servers) + "\n"));
  };
  CHECK(with("[{url: 'http://api.example/v1'}]") == "http-server=1 ");
  CHECK(with("[{url: 'HTTP://api.example'}, {url: 'https://api.example'}]") == "http-server=1 ");
  CHECK(with("[{url: '{s}://api.example', variables: {s: {enum: [https, http], default: https}}}]") == "http-server=1 ");
  CHECK(with("[{url: '{s}://api.example', variables: {s: {enum: [https], default: https}}}]") == "");
  CHECK(with("[{url: 'https://api.example/v1'}, {url: /v1}, {url: 'http://127.0.0.1:8080'}, {url: 'http://localhost'}]") == "");
  CHECK(times(of_operation("servers: [{url: 'http://other.example'}]\n"), RuleId::http_server) == 1);
}

TEST_CASE("a credential in the query or path is told, one in a header or a cursor is not") {
  const auto with = [](std::string_view in, std::string_view name) {
    return broken_rules(
        of_operation("parameters: [{in: " + std::string(in) + ", name: " + std::string(name) + ", schema: {type: string, format: uuid}}]\n"));
  };
  CHECK(with("query", "access_token") == "credential-in-url=1 ");
  CHECK(with("query", "Password") == "credential-in-url=1 ");
  CHECK(with("header", "access_token") == "");
  CHECK(with("query", "page_token") == "");
  CHECK(with("query", "tokens_used") == "");
}

TEST_CASE("a number in the path that names a record can be counted up; uuids and years cannot") {
  const auto with = [](std::string_view name, std::string_view schema) {
    return broken_rules(
        of_operation("parameters: [{in: path, required: true, name: " + std::string(name) + ", schema: " + std::string(schema) + "}]\n", "get",
                     "/a/{" + std::string(name) + "}"));
  };
  CHECK(with("orderId", "{type: integer, minimum: 1, maximum: 9999999}") == "sequential-id=1 ");
  CHECK(with("id", "{type: integer, format: int32}") == "sequential-id=1 ");
  CHECK(with("issue_number", "{type: integer, format: int32}") == "sequential-id=1 ");
  CHECK(with("id", "{type: string, format: uuid}") == "");
  CHECK(with("year", "{type: integer, minimum: 1900, maximum: 2100}") == "");
  CHECK(with("width", "{type: integer, minimum: 1, maximum: 4000}") == "");
  CHECK(with("grid", "{type: integer, minimum: 1, maximum: 4000}") == "");
}

TEST_CASE("TRACE, bodies of reading methods and deprecated operations are told") {
  CHECK(broken_rules(of_operation("", "trace")).contains("trace-method=1"));
  const std::string_view body = "requestBody: {content: {application/json: {schema: {type: boolean}}}}\n";
  CHECK(broken_rules(of_operation(body, "get")) == "body-on-read=1 ");
  CHECK(broken_rules(of_operation(body, "delete")) == "body-on-read=1 ");
  CHECK(broken_rules(of_operation(body, "post")) == "");
  CHECK(broken_rules(of_operation("deprecated: true\n")) == "deprecated-operation=1 ");
  CHECK(broken_rules(of_operation("deprecated: false\n")) == "");
}

TEST_CASE("a body without a schema, or of any media type, takes everything") {
  CHECK(broken_rules(of_operation("requestBody: {content: {application/json: {}}}\n", "post")) == "undescribed-body=1 ");
  CHECK(broken_rules(of_operation("requestBody: {content: {'*/*': {schema: {type: boolean}}}}\n", "post")) == "any-media-type=1 ");
  CHECK(broken_rules(of_operation("requestBody: {content: {application/json: {schema: {type: boolean}}}}\n", "post")) == "");
}

TEST_CASE("values without a type take anything, unless what they may be is listed") {
  CHECK(broken_rules(of_member("{}")) == "untyped-value=1 ");
  CHECK(broken_rules(of_member("{description: anything}")) == "untyped-value=1 ");
  CHECK(broken_rules(of_member("{minLength: 2}")) == "untyped-value=1 ");
  CHECK(broken_rules(of_member("{enum: [a, b]}")) == "");
  CHECK(broken_rules(of_member("{const: a}")) == "");
  CHECK(broken_rules(of_member("{type: boolean}")) == "");
  CHECK(broken_rules(of_body("{properties: {a: {type: boolean}}, additionalProperties: false}")) == "untyped-value=1 ");
  CHECK(broken_rules(of_member("{type: array, maxItems: 3}")) == "untyped-value=1 ");
  CHECK(broken_rules(of_member("{anyOf: [{}, {type: boolean}]}")) == "untyped-value=1 ");
  CHECK(broken_rules(of_member("{anyOf: [{minLength: 3}, {type: boolean}]}")) == "untyped-value=1 ");
  CHECK(broken_rules(of_member("{anyOf: [{type: 'null'}, {type: boolean}]}")) == "");
  CHECK(broken_rules(of_answer("{}")) == "untyped-answer=1 ");
  CHECK(broken_rules(of_answer("{type: boolean}")) == "");
}

TEST_CASE("an object that takes members nobody described is open, and closed by either word") {
  CHECK(broken_rules(of_body("{type: object, properties: {a: {type: boolean}}}")) == "open-object=1 ");
  CHECK(broken_rules(of_body("{type: object, additionalProperties: true, properties: {a: {type: boolean}}}")) == "open-object=1 ");
  CHECK(broken_rules(of_body("{type: object, additionalProperties: false, properties: {a: {type: boolean}}}")) == "");
  CHECK(broken_rules(of_body("{type: object, unevaluatedProperties: false, properties: {a: {type: boolean}}}")) == "");
  CHECK(broken_rules(of_body("{type: object}")) == "free-object=1 ");
  CHECK(broken_rules(of_body("{type: object, additionalProperties: false}")) == "");
  CHECK(broken_rules(of_body("{type: object, additionalProperties: {type: boolean}}")) == "unbounded-map=1 ");
  CHECK(broken_rules(of_body("{type: object, maxProperties: 5, additionalProperties: {type: boolean}}")) == "");
  CHECK(broken_rules(of_answer("{type: object, properties: {a: {type: boolean}}}")) == "open-answer=1 ");
}

TEST_CASE("what is combined by allOf counts together: bounds and the closing word may stand in another part") {
  CHECK(broken_rules(of_member("{allOf: [{type: string, format: uuid}, {maxLength: 36}]}")) == "");
  CHECK(broken_rules(of_member("{allOf: [{type: string}, {minLength: 3}]}")) == "unbounded-string=1 ");
  CHECK(broken_rules(of_body(
            "{unevaluatedProperties: false, allOf: [{type: object, properties: {a: {type: boolean}}}, {properties: {b: {type: boolean}}}]}")) == "");
  CHECK(broken_rules(of_body("{allOf: [{type: object, properties: {a: {type: boolean}}}, {properties: {b: {type: boolean}}}]}")) == "open-object=1 ");
}

TEST_CASE("alternatives are bounded one by one, and by what stands around them") {
  CHECK(broken_rules(of_member("{oneOf: [{type: string, format: date}, {type: string}]}")) == "unbounded-string=1 ");
  CHECK(broken_rules(of_member("{oneOf: [{type: string, format: date}, {type: string, format: uuid}]}")) == "");
  CHECK(broken_rules(of_member("{maxLength: 40, pattern: '^[0-9a-f-]+$', anyOf: [{type: string}, {type: 'null'}]}")) == "");
  CHECK(
      broken_rules(of_body(
          "{type: object, additionalProperties: false, properties: {a: {type: boolean}, b: {type: boolean}}, anyOf: [{required: [a]}, {required: [b]}]}")) ==
      "");
}

TEST_CASE("texts need an end: a length, a list, a format or a pattern that ends") {
  CHECK(broken_rules(of_member("{type: string}")) == "unbounded-string=1 ");
  CHECK(broken_rules(of_member("{type: [string, 'null']}")) == "unbounded-string=1 ");
  CHECK(broken_rules(of_member("{type: string, format: uri}")) == "unbounded-string=1 ");
  CHECK(broken_rules(of_member("{type: string, enum: [a]}")) == "");
  CHECK(broken_rules(of_member("{type: string, format: date-time}")) == "");
  CHECK(broken_rules(of_member("{type: string, pattern: '^[a-z]{1,20}$'}")) == "");
  CHECK(broken_rules(of_member("{type: string, pattern: '^[a-z]+$'}")) == "unbounded-string=1 ");
  CHECK(broken_rules(of_answer("{type: string}")) == "unbounded-answer-string=1 ");
  CHECK(broken_rules(of_answer("{type: string, maxLength: 9}")) == "");
}

TEST_CASE("a text with an end may still have any characters") {
  CHECK(broken_rules(of_member("{type: string, maxLength: 9}")) == "free-string=1 ");
  CHECK(broken_rules(of_member("{type: string, maxLength: 9, format: password}")) == "free-string=1 ");
  CHECK(broken_rules(of_member("{type: string, maxLength: 9, format: uri}")) == "");
}

TEST_CASE("files need a size") {
  CHECK(broken_rules(of_member("{type: string, format: binary}")) == "unbounded-upload=1 ");
  CHECK(broken_rules(of_member("{type: string, format: binary, maxLength: 4096}")) == "");
}

TEST_CASE("lists and numbers need an end") {
  CHECK(broken_rules(of_member("{type: array, items: {type: boolean}}")) == "unbounded-array=1 ");
  CHECK(broken_rules(of_member("{type: array, maxItems: 3, items: {type: boolean}}")) == "");
  CHECK(broken_rules(of_answer("{type: array, items: {type: boolean}}")) == "unbounded-answer-array=1 ");
  CHECK(broken_rules(of_member("{type: integer}")) == "unbounded-number=1 ");
  CHECK(broken_rules(of_member("{type: number, minimum: 0}")) == "unbounded-number=1 ");
  CHECK(broken_rules(of_member("{type: integer, format: int64}")) == "unbounded-number=1 ");
  CHECK(broken_rules(of_member("{type: integer, format: int32}")) == "");
  CHECK(broken_rules(of_member("{type: integer, exclusiveMinimum: 0, maximum: 5}")) == "");
  CHECK(broken_rules(of_answer("{type: integer}")) == "unbounded-answer-number=1 ");
}

TEST_CASE("a pattern that is sought anywhere guards nothing") {
  CHECK(broken_rules(of_member("{type: string, maxLength: 9, pattern: '[a-z]'}")) == "loose-pattern=1 ");
  CHECK(broken_rules(of_member("{type: string, maxLength: 9, pattern: '^a|b$'}")) == "loose-pattern=1 ");
  CHECK(broken_rules(of_member("{type: string, maxLength: 9, pattern: '^(a|b)$'}")) == "");
  CHECK(broken_rules(of_answer("{type: string, maxLength: 9, pattern: '[a-z]'}")) == "");
}

TEST_CASE("anchors and ends of patterns are read as a regular expression has them") {
  for (const auto* const good : {"^a$", "^(a|b)$", "^a$|^b$", "^[$^|]$", "^\\$$", "^a{2,5}$"}) CHECK_MESSAGE(is_anchored(good), good);
  for (const auto* const bad : {"", "a", "^a", "a$", "^a|b$", "^a\\$", "(^a$)|b", "^[a$]"}) CHECK_MESSAGE(!is_anchored(bad), bad);
  for (const auto* const good : {"^a$", "^a{2,5}$", "^[*+]$", "^\\*\\+$", "^a?$", "^a{3}$"}) CHECK_MESSAGE(is_bounded(good), good);
  for (const auto* const bad : {"^a*$", "^a+$", "^a{2,}$", "a{2}", "^(ab)+$"}) CHECK_MESSAGE(!is_bounded(bad), bad);
}

TEST_CASE("members that give rights or that the server sets are told where a caller may write them") {
  const auto writes = [](std::string_view name, std::string_view more = "") {
    return broken_rules(
        of_body("{type: object, additionalProperties: false, properties: {" + std::string(name) + ": {type: boolean" + std::string(more) + "}}}"));
  };
  CHECK(writes("isAdmin") == "privilege-field=1 ");
  CHECK(writes("role") == "privilege-field=1 ");
  CHECK(writes("id") == "writable-server-field=1 ");
  CHECK(writes("created_at") == "writable-server-field=1 ");
  CHECK(writes("id", ", readOnly: true") == "");
  CHECK(writes("isAdmin", ", readOnly: true") == "");
  CHECK(writes("name") == "");
  CHECK(broken_rules(of_answer("{type: object, additionalProperties: false, properties: {id: {type: boolean}, role: {type: boolean}}}")) == "");
}

TEST_CASE("a secret in an answer is told, one that is only written is not") {
  const auto answers_with = [](std::string_view name, std::string_view more = "") {
    return broken_rules(of_answer("{type: object, additionalProperties: false, properties: {" + std::string(name) + ": {type: string, format: uuid" +
                                  std::string(more) + "}}}"));
  };
  CHECK(answers_with("password") == "secret-in-answer=1 ");
  CHECK(answers_with("api_key") == "secret-in-answer=1 ");
  CHECK(answers_with("password", ", writeOnly: true") == "");
  CHECK(answers_with("page_token") == "");
}

TEST_CASE("answers without a schema or without success are told") {
  const auto with = [](std::string_view responses) {
    return broken_rules(audited(std::string(head) + std::string(keyed) + "paths: {/a: {get: {responses: " + std::string(responses) + "}}}\n"));
  };
  CHECK(with("{'200': {description: ok, content: {application/json: {}}}, 4XX: {description: no}}") == "undescribed-answer=1 ");
  CHECK(with("{4XX: {description: no}}") == "no-success-answer=1 ");
  CHECK(with("{default: {description: all}}") == "");
}

TEST_CASE("refusals that are not described are told, each for whom it concerns") {
  const auto with = [](std::string_view statuses, std::string_view more = "") {
    return broken_rules(audited(std::string(head) + std::string(keyed) + "paths: {/a: {get: {" + std::string(more) +
                                "responses: {'204': {description: ok}" + std::string(statuses) + "}}}}\n"));
  };
  CHECK(with("") == "missing-401=1 missing-403=1 missing-429=1 ");
  CHECK(with("", "security: [], ") == "open-read=1 unused-scheme=1 missing-429=1 ");
  CHECK(with(", '401': {description: a}, '403': {description: b}") == "missing-429=1 ");
  CHECK(with(", '401': {description: a}, '403': {description: b}, '429': {description: c}") == "");
  CHECK(with(", 4XX: {description: a}") == "");
  const std::string_view parameter = "parameters: [{in: query, name: q, schema: {type: boolean}}], ";
  CHECK(with(", '401': {description: a}, '403': {description: b}, '429': {description: c}", parameter) == "missing-400=1 ");
  CHECK(with(", '401': {description: a}, '403': {description: b}, '429': {description: c}, '422': {description: d}", parameter) == "");
}

TEST_CASE("what a gate cannot hold anybody to is told with its place") {
  CHECK(broken_rules(of_operation("requestBody: {content: {application/vnd.ms-excel: {schema: {type: object, additionalProperties: false}}}}\n",
                                  "post")) == "unjudged-body=1 ");
  CHECK(broken_rules(of_operation("requestBody: {content: {application/vnd.ms-excel: {schema: {type: string, format: binary, maxLength: 9}}}}\n",
                                  "post")) == "");
  CHECK(broken_rules(of_member("{type: string, maxLength: 9, pattern: '^(?=a).*$'}")) == "backtracking-pattern=1 ");
  CHECK(broken_rules(of_member("{type: string, maxLength: 9, format: postcode}")).contains("unknown-format=1"));
  CHECK(broken_rules(of_member("{type: boolean, nullable: true}")).contains("foreign-keyword=1"));
  CHECK(broken_rules(of_member("{type: string, maxLength: 9, pattern: '^a$', contentEncoding: base64}")) == "annotated-content=1 ");
}

TEST_CASE("webhooks, callbacks and links are named as what no gate sees") {
  CHECK(broken_rules(audited(std::string(head) + std::string(keyed) +
                             "webhooks: {w: {post: {responses: {'200': {description: ok}}}}}\npaths: {/a: {get: {" +
                             std::string("responses: {'204': {description: ok}, 4XX: {description: no}}}}}\n"))) == "unseen-webhooks=1 ");
  CHECK(broken_rules(of_operation("callbacks: {done: {'{$request.query.url}': {post: {responses: {'200': {description: ok}}}}}}\n")) ==
        "unseen-callbacks=1 ");
  CHECK(
      broken_rules(audited(
          std::string(head) + std::string(keyed) +
          "paths: {/a: {get: {responses: {'204': {description: ok, links: {self: {operationRef: '#/paths/~1a/get'}}}, 4XX: {description: no}}}}}\n")) ==
      "unseen-links=1 ");
}

TEST_CASE("a remark on the document is passed on with its place") {
  const auto report =
      audited("openapi: 3.1.0\n" + std::string(keyed) + "paths: {/a: {get: {responses: {'204': {description: ok}, 4XX: {description: no}}}}}\n");
  REQUIRE(broken_rules(report) == "document-remark=1 ");
  CHECK(report.findings.front().what.contains("'info'"));
}

TEST_CASE("a component that many operations use is found once, and as a request's where both use it") {
  const auto report = audited(
      std::string(head) +
      "components: {securitySchemes: {key: {type: apiKey, in: header, name: X-Api-Key}}, schemas: {Name: {type: string}}}\nsecurity: [{key: []}]\n"
      "paths:\n"
      "  /a: {post: {requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Name'}}}}, responses: {'204': {description: ok}, 4XX: {description: no}}}}\n"
      "  /b: {put: {requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Name'}}}}, responses: {'204': {description: ok}, 4XX: {description: no}}}}\n");
  CHECK(broken_rules(report) == "unbounded-string=1 ");
  CHECK(report.findings.front().place.pointer == "/components/schemas/Name");
}

TEST_CASE("a schema that holds itself is looked at once, and places in other files are named there") {
  contract::TextFiles files;
  files.texts.emplace("api.yaml", std::string(head) + std::string(keyed) +
                                      "paths: {/a: {post: {requestBody: {content: {application/json: {schema: {$ref: 'tree.yaml#/Tree'}}}}, "
                                      "responses: {'204': {description: ok}, 4XX: {description: no}}}}}\n");
  files.texts.emplace("tree.yaml",
                      "Tree:\n  type: object\n  additionalProperties: false\n  properties:\n    name: {type: string}\n    next: {$ref: '#/Tree'}\n");
  const auto report = audited_files(files);
  REQUIRE(broken_rules(report) == "unbounded-string=1 ");
  CHECK(report.findings.front().place == Place{"tree.yaml", 5, "/Tree/properties/name"});
}

TEST_CASE("the gravest come first, and severities are counted from the top") {
  const auto report = of_operation("security: []\nrequestBody: {content: {application/json: {schema: {type: string}}}}\n", "post");
  REQUIRE(broken_rules(report) == "open-write=1 unused-scheme=1 unbounded-string=1 ");
  CHECK(report.findings[0].rule == RuleId::open_write);
  CHECK(report.findings[1].rule == RuleId::unbounded_string);
  CHECK(report.findings[2].rule == RuleId::unused_scheme);
  CHECK(report.at_least(Severity::high) == 1);
  CHECK(report.at_least(Severity::medium) == 2);
  CHECK(report.at_least(Severity::info) == 3);
}

TEST_CASE("coverage tells what is enforced whole, in part and not at all") {
  const auto count = [](const Coverage::Count& one) {
    return std::to_string(one.whole) + '/' + std::to_string(one.part) + '/' + std::to_string(one.none);
  };
  const auto whole = of_member("{type: boolean}").coverage;
  CHECK(count(whole.operations) == "1/0/0");
  CHECK(count(whole.bodies) == "1/0/0");
  CHECK(count(whole.answers) == "2/0/0");
  const auto part = of_member("{}").coverage;
  CHECK(count(part.operations) == "0/1/0");
  CHECK(count(part.bodies) == "0/1/0");
  const auto format = of_member("{type: string, format: postcode}").coverage;
  CHECK(count(format.bodies) == "0/1/0");
  const auto none =
      of_operation("requestBody: {content: {application/json: {}, application/vnd.ms-excel: {schema: {type: object}}}}\n", "post").coverage;
  CHECK(count(none.bodies) == "0/0/2");
  CHECK(count(none.operations) == "0/1/0");
  const auto parameters = of_operation("parameters: [{in: query, name: a, schema: {type: boolean}}, {in: query, name: b, schema: {}}]\n").coverage;
  CHECK(count(parameters.parameters) == "1/0/1");
}
