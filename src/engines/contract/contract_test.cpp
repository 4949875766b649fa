// A contract as a whole: what compiles, what does not and where it says so, operations, responses and the places of rules.
#include "engines/contract/trial_contract.hpp"

using namespace gatehouse;
using namespace gatehouse::contract;
using namespace gatehouse::contract::trial;

TEST_CASE("every violation is told, up to the limit") {
  const auto contract = compiled(
      "openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths:\n  /a:\n    post:\n      parameters: [{name: n, in: query, schema: {type: integer}}, {name: m, in: query, required: true, schema: {}}]\n      requestBody: {content: "
      "{application/json: {schema: {type: array, items: {type: integer}}}}}\n");
  const Sent sent{.query = "n=x", .headers = {{"content-type", "application/json"}}, .body = R"([1,"a","b"])"};
  CHECK(checked(contract.operations()[0], sent) ==
        "400 query.n must be an integer\n400 query.m is required\n422 body#/1 must be an integer\n422 body#/2 must be an integer\n");
  CHECK(checked(contract.operations()[0], sent, {.violations = 2}) == "400 query.n must be an integer\n400 query.m is required\n");
}

TEST_CASE("a violation names the rule that it breaks") {
  const auto contract = compiled(
      "openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths:\n  /a:\n    get:\n      parameters: [{name: n, in: query, schema: {$ref: '#/components/schemas/n'}}]\ncomponents: {schemas: {n: {type: integer}}}\n");
  Arena arena;
  const http::Headers headers(arena);
  const std::vector<std::string_view> segments{"a"};
  const auto violations =
      contract.operations()[0].check_request({.segments = segments, .query = "n=x", .headers = headers, .cookies = {}, .body = {}}, arena);
  REQUIRE(violations.all().size() == 1);
  CHECK(violations.all()[0].rule == "api.yaml#/components/schemas/n/type");
  CHECK(violations.status() == 400);
}

TEST_CASE("the place of a rule is a reference that leads there") {
  constexpr auto* document = R"(openapi: 3.1.0
info: {title: t, version: '1'}
paths:
  /a/{id of it}:
    get:
      parameters:
      - {name: id of it, in: path, required: true, schema: {type: integer}}
      - {name: q, in: query, schema: {type: object, properties: {"50%": {type: integer}}}, style: deepObject}
      responses: {}
)";
  const auto contract = compiled(document);
  const auto& operation = contract.operations().front();
  CHECK(operation.place() == "api.yaml#/paths/~1a~1%7Bid%20of%20it%7D/get");
  Arena arena;
  const http::Headers headers(arena);
  const std::vector<std::string_view> segments{"a", "x"};
  const auto violations =
      operation.check_request({.segments = segments, .query = "q[50%25]=x&y=1", .headers = headers, .cookies = {}, .body = {}}, arena);
  REQUIRE(violations.all().size() == 3);
  CHECK(violations.all()[0].rule == "api.yaml#/paths/~1a~1%7Bid%20of%20it%7D/get/parameters/0/schema/type");
  CHECK(violations.all()[1].rule == "api.yaml#/paths/~1a~1%7Bid%20of%20it%7D/get/parameters/1/schema/properties/50%25/type");
  CHECK(violations.all()[2].rule == operation.place());
}

TEST_CASE("a fault of a schema whose place needs encoding is told by its pointer") {
  TextFiles files(
      "openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths:\n  /{a}:\n    get:\n      parameters:\n      - {name: a, in: path, required: true, schema: {type: 5}}\n");
  const auto contract = compile("api.yaml", files);
  REQUIRE_FALSE(contract);
  CHECK(to_text(contract.error().all().front()).starts_with("error: api.yaml:7: #/paths/~1{a}/get/parameters/0/schema/type: must be"));
}

TEST_CASE("a schema may refer to the metaschema of the standard: nothing is fetched") {
  constexpr auto* content = "application/json:\n  schema: {$ref: 'https://json-schema.org/draft/2020-12/schema'}";
  CHECK(posted(content, "application/json", R"({"type":"string"})").empty());
  CHECK(posted(content, "application/json", R"({"type":"text"})").starts_with("422 body#/type must"));
  TextFiles other(
      "openapi: 3.1.0\ninfo: {title: t, version: '1'}\ncomponents: {}\npaths:\n  /a:\n    get:\n      parameters:\n"
      "      - {name: a, in: query, schema: {$ref: 'https://json-schema.org/other'}}\n");
  CHECK_FALSE(compile("api.yaml", other));
}

TEST_CASE("operations of one path that only what follows '#' tells apart are alternatives") {
  const auto contract =
      compiled("openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths: {/a: {post: {}}, '/a#x': {post: {}}, '/a?b=1': {get: {}}}\n");
  CHECK(contract.alternatives(contract.operations()[0]).size() == 2);
  CHECK(contract.alternatives(contract.operations()[2]).size() == 1);
}

TEST_CASE("responses are found by status, class and default") {
  const auto contract = compiled(
      "openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths: {/a: {get: {responses: {200: {description: a}, 2XX: {description: b}, default: {description: c}}}, put: {responses: {200: {description: a}}}}}\n");
  CHECK(contract.operations()[0].response(200)->status == "200");
  CHECK(contract.operations()[0].response(204)->status == "2XX");
  CHECK(contract.operations()[0].response(404)->status == "default");
  CHECK(contract.operations()[1].response(404) == nullptr);
}

TEST_CASE("a response is judged by what its status promises") {
  const auto contract = compiled(R"(
openapi: 3.1.0
info: {title: t, version: '1'}
paths:
  /a:
    get:
      responses:
        200:
          description: ok
          headers: {X-Left: {required: true, schema: {type: integer}}}
          content: {application/json: {schema: {type: object, required: [id, secret], properties: {id: {type: integer}, secret: {writeOnly: true}}}}}
        204: {description: none}
)");
  const auto judged = [&](http::Status status, std::initializer_list<std::pair<std::string_view, std::string_view>> fields,
                          std::optional<std::string_view> body) {
    Arena arena;
    http::Headers headers(arena);
    for (const auto& [name, value] : fields) headers.add({name, value, http::header_id(name)});
    const auto violations = contract.operations()[0].check_response({.status = status, .headers = headers, .body = body}, arena);
    std::string out;
    for (const auto& violation : violations.all()) out += std::to_string(violation.status) + ' ' + violation.where + ' ' + violation.expected + '\n';
    return out;
  };
  const std::pair<std::string_view, std::string_view> json{"content-type", "application/json"}, left{"x-left", "5"};
  CHECK(judged(200, {json, left}, R"({"id":1})").empty());
  CHECK(judged(200, {json, left}, std::nullopt).empty());  // to HEAD
  CHECK(judged(200, {json}, R"({"id":1})") == "502 header.x-left is required\n");
  CHECK(judged(200, {json, {"x-left", "many"}}, R"({"id":1})") == "502 header.x-left must be an integer\n");
  CHECK(judged(200, {json, left}, R"({"id":"1"})") == "502 body#/id must be an integer\n");
  CHECK_FALSE(judged(200, {json, left}, R"({"id":1,"secret":"x"})").empty());
  CHECK(judged(200, {{"content-type", "text/html"}, left}, "<p>").starts_with("502 header.content-type"));
  CHECK(judged(204, {}, "").empty());
  CHECK(judged(204, {json}, "{}") == "502 body must not be there: none is described\n");
  CHECK(judged(500, {json}, "{}") == "502 status 500 is not described\n");
}

TEST_CASE("a dialect that is not known is refused, that of another draft is taken") {
  const auto with_dialect = [](std::string_view dialect) {
    TextFiles files("openapi: 3.1.0\ninfo: {title: t, version: '1'}\njsonSchemaDialect: '" + std::string(dialect) +
                    "'\npaths: {/a: {get: {parameters: [{name: n, in: query, schema: {type: integer}}]}}}\n");
    const auto contract = compile("api.yaml", files);
    return contract ? std::string("compiled") : to_text(contract.error().all().front());
  };
  CHECK(with_dialect("https://spec.openapis.org/oas/3.1/dialect/base") == "compiled");
  CHECK(with_dialect("https://json-schema.org/draft/2020-12/schema") == "compiled");
  CHECK(with_dialect("http://json-schema.org/draft-07/schema#") == "compiled");
  CHECK(with_dialect("https://example.com/mine").contains("'jsonSchemaDialect' that is not known: https://example.com/mine"));
}

TEST_CASE("schemas that cannot be compiled are told with their places") {
  const auto said = [](std::string_view schema) {
    TextFiles files(
        "openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths:\n  /a:\n    get:\n      parameters:\n      - {name: n, in: query, schema: " +
        std::string(schema) + "}\n");
    const auto contract = compile("api.yaml", files);
    return contract ? std::string("compiled") : to_text(contract.error().all().front());
  };
  CHECK(said("{pattern: '('}").starts_with("error: api.yaml:7: #/paths/~1a/get/parameters/0/schema/pattern: not a regular expression"));
  CHECK(said("{type: strin}").starts_with("error: api.yaml:7: #/paths/~1a/get/parameters/0/schema/type:"));
  CHECK(said("{$ref: '#/paths/~1a/get/parameters/0/schema'}").contains("refers to itself"));
  CHECK(said("{$ref: 'https://example.com/x'}").starts_with("error: "));
  CHECK(said("{$ref: '#x', $defs: {x: {$anchor: x, type: integer}}}") == "compiled");
  CHECK(said("{type: string, pattern: '^a+$'}") == "compiled");
}
