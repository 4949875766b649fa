#include "engines/contract/contract.hpp"

#include <doctest/doctest.h>

#include <map>

#include "engines/contract/testing.hpp"
#include "ground/base/text.hpp"

using namespace gatehouse;
using namespace gatehouse::contract;

namespace {
std::string indented(std::string_view text, std::size_t by) {
  std::string out;
  for (const auto line : text::split(text, '\n'))
    if (!line.empty()) out += std::string(by, ' ') + std::string(line) + '\n';
  return out;
}

Contract compiled(const std::string& text) {
  TextFiles files(text);
  auto contract = compile("api.yaml", files);
  if (!contract)
    for (const auto& complaint : contract.error().all()) MESSAGE(to_text(complaint));
  REQUIRE(contract.has_value());
  return std::move(*contract);
}

struct Sent {
  std::string_view path = "/a", query = {}, cookies = {};
  std::vector<std::pair<std::string_view, std::string_view>> headers = {};
  std::optional<std::string_view> body = {};
};

std::string checked(const OperationRules& operation, const Sent& sent, const CheckOptions& options = {}) {
  Arena arena;
  http::Headers headers(arena);
  for (const auto& [name, value] : sent.headers) headers.add({name, value, http::header_id(name)});
  const auto segments = text::split(sent.path.substr(1), '/');
  const auto violations = operation.check_request(
      {.segments = segments, .query = sent.query, .headers = headers, .cookies = sent.cookies, .body = sent.body}, arena, options);
  std::string out;
  for (const auto& violation : violations.all()) out += std::to_string(violation.status) + ' ' + violation.where + ' ' + violation.expected + '\n';
  return out;
}

/// A request to the one operation of a document that describes only this parameter, in 3.2.
std::string with_parameter(std::string_view parameter, const Sent& sent) {
  std::string path = "/a";
  if (parameter.contains("in: path")) path += "/{p}";
  const auto contract = compiled("openapi: 3.2.0\ninfo: {title: t, version: '1'}\npaths:\n  " + path + ":\n    get:\n      parameters:\n      - " +
                                 std::string(parameter) + '\n');
  return checked(contract.operations().front(), sent);
}
std::string queried(std::string_view parameter, std::string_view query) { return with_parameter(parameter, {.query = query}); }

/// A POST with that body to an operation that takes this content.
std::string posted(std::string_view content, std::string_view type, std::string_view body, std::string_view version = "3.1.0") {
  const auto contract = compiled("openapi: " + std::string(version) +
                                 "\ninfo: {title: t, version: '1'}\npaths:\n  /a:\n    post:\n      requestBody:\n        content:\n" +
                                 indented(content, 10) + "      responses: {}\n");
  return checked(contract.operations().front(), {.headers = {{"content-type", type}}, .body = body});
}
}  // namespace

TEST_CASE("a text is an integer where the schema takes integers, else a text") {
  constexpr auto* integer = "{name: n, in: query, schema: {type: integer, maximum: 100}}";
  CHECK(queried(integer, "n=5").empty());
  CHECK(queried(integer, "n=-5").empty());
  CHECK(queried(integer, "n=500") == "400 query.n must be at most 100\n");
  for (const auto* bad : {"n=", "n=x", "n=5.5", "n=5.0", "n=05", "n=%2B5", "n=+5", "n=0x5", "n=5e1", "n= 5", "n=true", "n=\"5\""}) {
    CAPTURE(bad);
    CHECK(queried(integer, bad) == "400 query.n must be an integer\n");
  }
  CHECK(queried("{name: n, in: query, schema: {type: string, maxLength: 1}}", "n=5").empty());
  CHECK(queried("{name: n, in: query, schema: {type: string, maxLength: 1}}", "n=55").contains("400 query.n must"));
  CHECK(queried("{name: n, in: query, schema: {type: number}}", "n=5.25e1").empty());
  CHECK(queried("{name: n, in: query, schema: {type: boolean}}", "n=true").empty());
  CHECK_FALSE(queried("{name: n, in: query, schema: {type: boolean}}", "n=True").empty());
  CHECK(queried("{name: n, in: query, schema: {enum: [1, two]}}", "n=1").empty());
  CHECK(queried("{name: n, in: query, schema: {enum: [1, two]}}", "n=two").empty());
  CHECK_FALSE(queried("{name: n, in: query, schema: {enum: [1, two]}}", "n=2").empty());
}

TEST_CASE("where a number or a text would do, the one that keeps the schema is meant") {
  constexpr auto* both = "{name: n, in: query, schema: {anyOf: [{type: integer, maximum: 10}, {type: string, pattern: '^[0-9]{3}$'}]}}";
  CHECK(queried(both, "n=7").empty());
  CHECK(queried(both, "n=777").empty());
  CHECK_FALSE(queried(both, "n=77").empty());
  CHECK(queried("{name: n, in: query, schema: {type: ['null', integer]}}", "n=").empty());
  CHECK(queried("{name: n, in: query, schema: {oneOf: [{type: integer}, {type: array, items: {type: integer}}]}}", "n=1").empty());
  CHECK(queried("{name: n, in: query, schema: {oneOf: [{type: integer}, {type: array, items: {type: integer}}]}}", "n=1&n=2").empty());
}

TEST_CASE("a parameter that must be there and is not is told; one that comes twice, too") {
  CHECK(queried("{name: n, in: query, required: true, schema: {}}", "") == "400 query.n is required\n");
  CHECK(queried("{name: n, in: query, schema: {}}", "").empty());
  CHECK(queried("{name: n, in: query, schema: {type: string}}", "n=1&n=2") == "400 query.n must come only once\n");
  CHECK(with_parameter("{name: X-Trace, in: header, required: true, schema: {type: string}}", {}) == "400 header.x-trace is required\n");
  CHECK(with_parameter("{name: X-Trace, in: header, schema: {type: string}}", {.headers = {{"x-trace", "a"}, {"x-trace", "b"}}}) ==
        "400 header.x-trace must come only once\n");
  CHECK(with_parameter("{name: c, in: cookie, required: true, schema: {}}", {.cookies = "d=1"}) == "400 cookie.c is required\n");
}

TEST_CASE("query parameters that are not described are refused, credentials are known") {
  CHECK(queried("{name: n, in: query, schema: {}}", "n=1&m=2") == "400 query.m is not described\n");
  CHECK(queried("{name: n, in: query, schema: {}}", "%6E=1").empty());
  CHECK(queried("{name: n, in: query, schema: {}}", "N=1") == "400 query.N is not described\n");
  const auto contract = compiled(
      "openapi: 3.0.0\ninfo: {title: t, version: '1'}\ncomponents: {securitySchemes: {k: {type: apiKey, in: query, name: key}}}\npaths: {/a: {get: {responses: {}}}}\n");
  CHECK(checked(contract.operations()[0], {.query = "key=x"}).empty());
  CHECK(checked(contract.operations()[0], {.query = "x=1"}, {.refuse_unknown_query = false}).empty());
  const std::vector<std::string> refused{"x-debug"};
  CHECK(checked(contract.operations()[0], {.headers = {{"x-debug", "1"}}}, {.refused_headers = refused}) == "400 header.x-debug is not described\n");
}

TEST_CASE("lists in a query: each item is judged by its type") {
  constexpr auto* exploded = "{name: n, in: query, schema: {type: array, items: {type: integer}, maxItems: 3}}";
  CHECK(queried(exploded, "n=1&n=2").empty());
  CHECK(queried(exploded, "n=1").empty());
  CHECK(queried(exploded, "n=1&n=x") == "400 query.n#/1 must be an integer\n");
  CHECK(queried(exploded, "n=1&n=2&n=3&n=4").contains("400 query.n must"));
  CHECK(queried(exploded, "n=1,2") == "400 query.n#/0 must be an integer\n");
  constexpr auto* joined = "{name: n, in: query, explode: false, schema: {type: array, items: {type: string, maxLength: 3}}}";
  CHECK(queried(joined, "n=a,b%2Cc").empty());
  CHECK(queried(joined, "n=a%2Cb%2Cc") == "400 query.n#/0 must have at most 3 characters\n");
  CHECK(queried(joined, "n=a&n=b") == "400 query.n must come only once\n");
  CHECK(queried("{name: n, in: query, style: pipeDelimited, schema: {type: array, items: {type: integer}}}", "n=1|2").empty());
  CHECK(queried("{name: n, in: query, style: spaceDelimited, schema: {type: array, items: {type: integer}}}", "n=1%202+3").empty());
}

TEST_CASE("objects in a query: as pairs of their own, joined, and with keys in brackets") {
  constexpr auto* color = "schema: {type: object, properties: {R: {type: integer}, G: {type: integer}}, required: [R], additionalProperties: false}}";
  const auto exploded = "{name: color, in: query, " + std::string(color), joined = "{name: color, in: query, explode: false, " + std::string(color),
             deep = "{name: color, in: query, style: deepObject, explode: true, " + std::string(color);
  CHECK(queried(exploded, "R=1&G=2").empty());
  CHECK(queried(exploded, "G=2").contains("400 query.color must have the member \"R\""));
  CHECK(queried(exploded, "R=1&B=2") == "400 query.B is not described\n");
  CHECK(queried(exploded, "R=1&R=2") == "400 query.color must not name one member twice\n");
  CHECK(queried(joined, "color=R,1,G,2").empty());
  CHECK(queried(joined, "color=R,x") == "400 query.color#/R must be an integer\n");
  CHECK(queried(joined, "color=R") == "400 query.color must be names and values in turn\n");
  CHECK(queried(deep, "color[R]=1&color%5BG%5D=2").empty());
  CHECK(queried(deep, "color[R]=1&color[B]=2").contains("400 query.color"));
  CHECK(queried(deep, "color[R]=1&color[R]=2") == "400 query.color has a key several times\n");
  CHECK(queried(deep, "color[R]=1&color[R][x]=2") == "400 query.color has both a value and keys below it\n");
  CHECK(queried(deep, "color[R]=1&colour[R]=2") == "400 query.colour[R] is not described\n");
  CHECK(queried(deep, "color[R]=%zz").contains("must be percent-encoded UTF-8"));
}

TEST_CASE("where the schema takes an object or a number, the plain value stands beside keys in brackets") {
  constexpr auto* created =
      "{name: created, in: query, style: deepObject, explode: true, schema: {anyOf: [{type: integer}, {type: object, properties: {after: {type: integer}}}]}}";
  CHECK(queried(created, "created=5").empty());
  CHECK(queried(created, "created[after]=5").empty());
  CHECK_FALSE(queried(created, "created=x").empty());
  CHECK_FALSE(queried(created, "created=5&created=6").empty());
  CHECK_FALSE(queried(created, "created=5&created[after]=5").empty());
  constexpr auto* object = "{name: f, in: query, style: deepObject, required: true, schema: {type: object}}";
  CHECK(queried(object, "f=5") == "400 query.f is required\n400 query.f is not described\n");
}

TEST_CASE("keys in brackets may go deeper where the schema does") {
  constexpr auto* filter =
      "{name: f, in: query, style: deepObject, explode: true, schema: {type: object, properties: {a: {type: object, properties: {b: {type: integer}}}, l: {type: array, items: {type: integer}}}}}";
  CHECK(queried(filter, "f[a][b]=1&f[l][]=1&f[l][]=2").empty());
  CHECK(queried(filter, "f[l][0]=1&f[l][1]=2").empty());
  CHECK(queried(filter, "f[l]=1&f[l]=2").empty());
  CHECK(queried(filter, "f[a][b]=x") == "400 query.f#/a/b must be an integer\n");
  CHECK(queried(filter, "f[l][0]=1&f[l][2]=2") == "400 query.f#/l must be an array\n");
  std::string deep = "f";
  for (int i = 0; i < 100; ++i) deep += "[a]";
  CHECK(queried(filter, deep + "=1").contains("more than 16 deep"));
}

TEST_CASE("path parameters in every style") {
  const auto sent = [](std::string_view style, std::string_view schema, std::string_view segment) {
    const auto path = "/a/" + std::string(segment);
    return with_parameter("{name: p, in: path, required: true, style: " + std::string(style) + ", schema: " + std::string(schema) + "}",
                          {.path = path});
  };
  constexpr auto* integers = "{type: array, items: {type: integer}}";
  CHECK(sent("simple", "{type: integer}", "5").empty());
  CHECK(sent("simple", "{type: integer}", "x") == "400 path.p must be an integer\n");
  CHECK(sent("simple", integers, "1,2").empty());
  CHECK(sent("label", integers, ".1,2").empty());
  CHECK(sent("label", integers, "1,2") == "400 path.p must be written as .a,b,c\n");
  CHECK(sent("matrix, explode: true", integers, "%3Bp=1%3Bp=2").empty());
  CHECK(sent("matrix", "{type: integer}", "%3Bp=1").empty());
  CHECK(sent("simple", "{type: string, maxLength: 2}", "%C3%BC%20").empty());
  CHECK(with_parameter("{name: p, in: path, required: true, schema: {}}", {.path = "/b/x"}) == "400 path must be of the form /a/{p}\n");
}

TEST_CASE("headers and cookies are read by their styles") {
  CHECK(with_parameter("{name: X-Ids, in: header, schema: {type: array, items: {type: integer}}}", {.headers = {{"x-ids", "1, 2"}, {"x-ids", "3"}}})
            .empty());
  CHECK(with_parameter("{name: X-Ids, in: header, schema: {type: array, items: {type: integer}}}", {.headers = {{"x-ids", "1, x"}}}) ==
        "400 header.x-ids#/1 must be an integer\n");
  CHECK(with_parameter("{name: c, in: cookie, schema: {type: string, enum: ['a b']}}", {.cookies = "c=a%20b"}).empty());
  CHECK(with_parameter("{name: c, in: cookie, style: cookie, schema: {type: string, enum: ['a%20b']}}", {.cookies = "c=a%20b"}).empty());
  CHECK(with_parameter("{name: c, in: cookie, schema: {type: string}}", {.cookies = "c=1; d=5; c=2"}) == "400 cookie.c must come only once\n");
  CHECK(with_parameter("{name: c, in: cookie, schema: {type: string}}", {.cookies = "other=1"}).empty());
  CHECK(with_parameter("{name: Authorization, in: header, required: true, schema: {type: integer}}", {}).empty());
}

TEST_CASE("a parameter may be a text of a media type, and a query one value as a whole") {
  constexpr auto* json = "{name: j, in: query, content: {application/json: {schema: {type: object, required: [a]}}}}";
  CHECK(queried(json, "j=%7B%22a%22:1%7D").empty());
  CHECK(queried(json, "j=%7B%7D").contains("400 query.j must have the member \"a\""));
  CHECK(queried(json, "j=%7B").contains("400 query.j must be JSON"));
  constexpr auto* whole =
      "{name: q, in: querystring, content: {application/x-www-form-urlencoded: {schema: {type: object, properties: {n: {type: integer}}, additionalProperties: false}}}}";
  CHECK(queried(whole, "n=1").empty());
  CHECK(queried(whole, "n=x") == "400 query#/n must be an integer\n");
  CHECK_FALSE(queried(whole, "m=1").empty());
  CHECK(queried("{name: q, in: querystring, content: {application/json: {schema: {type: array}}}}", "%5B1%5D").empty());
}

TEST_CASE("an empty value is taken where it is allowed, whatever the schema says") {
  CHECK(queried("{name: n, in: query, allowEmptyValue: true, schema: {type: integer}}", "n").empty());
  CHECK(queried("{name: n, in: query, allowEmptyValue: true, schema: {type: integer}}", "n=").empty());
  CHECK(queried("{name: n, in: query, allowEmptyValue: true, schema: {type: integer}}", "n=x") == "400 query.n must be an integer\n");
  CHECK(queried("{name: n, in: query, schema: {type: integer}}", "n") == "400 query.n must be an integer\n");
}

TEST_CASE("a body is chosen by its media type and judged by its schema") {
  constexpr auto* json = "application/json: {schema: {type: object, required: [name], properties: {name: {type: string}}}}";
  CHECK(posted(json, "application/json", R"({"name":"x"})").empty());
  CHECK(posted(json, "Application/JSON; charset=UTF-8", R"({"name":"x"})").empty());
  CHECK(posted(json, "application/json", R"({"name":5})") == "422 body#/name must be a string\n");
  CHECK(posted(json, "application/json", "{}") == "422 body must have the member \"name\"\n");
  CHECK(posted(json, "application/json", R"({"name":"x","name":"y"})").contains("400 body must be JSON"));
  CHECK(posted(json, "application/json", R"({"name":)").contains("400 body must be JSON"));
  CHECK(posted(json, "application/json; charset=utf-16", "{}").starts_with("415 header.content-type"));
  CHECK(posted(json, "text/plain", "x") == "415 header.content-type must be one of application/json\n");
  CHECK(posted(json, "*/*", "{}").starts_with("415"));
  CHECK(posted(json, "nonsense", "{}").starts_with("415"));
  CHECK(posted("application/*: {schema: false}\n'*/*': {}\n", "text/csv", "a,b").empty());
  CHECK(posted("application/*: {schema: false}\n'*/*': {}\n", "application/x", "a").starts_with("415"));
  CHECK_FALSE(posted("application/*: {schema: false}\n'*/*': {}\n", "application/hal+json", "{}").empty());
  CHECK(posted("text/plain: {schema: {type: string, maxLength: 3}}", "text/plain", "four").contains("422 body must have at most 3"));
}

TEST_CASE("a body that is required, missing, not described or coded") {
  const auto contract = compiled(
      "openapi: 3.0.0\ninfo: {title: t, version: '1'}\npaths:\n  /a:\n    post: {requestBody: {required: true, content: {application/json: {}}}, responses: {}}\n    put: {requestBody: {content: "
      "{application/json: {}}}, responses: {}}\n    get: {responses: {}}\n");
  const auto& post = *contract.find("POST", "/a");
  CHECK(checked(post, {}) == "400 body is required\n");
  CHECK(checked(post, {.body = ""}) == "400 body is required\n");
  CHECK(checked(*contract.find("PUT", "/a"), {}).empty());
  CHECK(checked(*contract.find("GET", "/a"), {}).empty());
  CHECK(checked(*contract.find("GET", "/a"), {.body = "x"}) == "400 body must not be there: none is described\n");
  CHECK(checked(post, {.body = "{}"}).starts_with("415 header.content-type"));
  CHECK(checked(post, {.headers = {{"content-type", "application/json"}, {"content-encoding", "br"}}, .body = "x"})
            .starts_with("415 header.content-encoding"));
  CHECK(contract.find("PATCH", "/a") == nullptr);
  CHECK(contract.find("GET", "/b") == nullptr);
}

TEST_CASE("a form is judged as the object that it means") {
  constexpr auto* form = R"(application/x-www-form-urlencoded:
  schema: {type: object, required: [n], additionalProperties: false, properties: {n: {type: integer}, tags: {type: array, items: {type: string}}, o: {type: object, properties: {a: {type: integer}}}, j: {type: object, required: [k]}}}
  encoding: {o: {style: deepObject, explode: true}, tags: {style: form, explode: true}}
)";
  constexpr auto* type = "application/x-www-form-urlencoded";
  CHECK(posted(form, type, "n=5&tags=a&tags=b&o[a]=1&j=%7B%22k%22:1%7D").empty());
  CHECK(posted(form, type, "n=x") == "422 body#/n must be an integer\n");
  CHECK(posted(form, type, "tags=a") == "422 body must have the member \"n\"\n");
  CHECK(posted(form, type, "n=5&o[a]=x") == "422 body#/o/a must be an integer\n");
  CHECK(posted(form, type, "n=5&j=%7B%7D") == "422 body#/j must have the member \"k\"\n");
  CHECK(posted(form, type, "n=5&m=6").starts_with("422 body"));
  CHECK(posted(form, type, "n=5&n=6") == "422 body n must come only once\n");
  CHECK(posted(form, type, "n=%zz") == "422 body n must be percent-encoded UTF-8\n");
}

TEST_CASE("a body of parts is judged as the object that it means") {
  constexpr auto* parts = R"(multipart/form-data:
  schema: {type: object, required: [n], additionalProperties: false, properties: {n: {type: integer}, meta: {type: object, required: [k]}, file: {type: string, format: binary, maxLength: 5}, files: {type: array, maxItems: 2, items: {type: string}}}}
  encoding: {file: {contentType: 'image/png, image/*'}}
)";
  constexpr auto* type = "multipart/form-data; boundary=b";
  const auto body = [](std::initializer_list<std::pair<std::string_view, std::string_view>> fields) {
    std::string out;
    for (const auto& [head, content] : fields)
      out += "--b\r\nContent-Disposition: form-data; name=" + std::string(head) + "\r\n\r\n" + std::string(content) + "\r\n";
    return out + "--b--\r\n";
  };
  constexpr std::string_view png = "file; filename=a.png\r\nContent-Type: image/png";
  CHECK(posted(parts, type,
               body({{"n", "5"}, {"meta\r\nContent-Type: application/json", R"({"k":1})"}, {png, "\x89\xff"}, {"files", "1"}, {"files", "2"}}))
            .empty());
  CHECK(posted(parts, type, body({{"n", "x"}})) == "422 body#/n must be an integer\n");
  CHECK(posted(parts, type, body({{"n", "5"}, {"n", "6"}})) == "422 body n must come only once\n");
  CHECK(posted(parts, type, body({{"n", "5"}, {"meta", "{}"}})) == "422 body#/meta must have the member \"k\"\n");
  CHECK(posted(parts, type, body({{"n", "5"}, {"meta", "{"}})).contains("meta must be JSON"));
  CHECK(posted(parts, type, body({{"n", "5"}, {png, "\x89\xff\xff\xff\xff\xff"}})).contains("422 body#/file must have at most 5"));
  CHECK(posted(parts, type, body({{"n", "5"}, {"file; filename=a.exe\r\nContent-Type: application/x-msdownload", "MZ"}})) ==
        "422 body file must be of the media type that is described for it\n");
  CHECK(posted(parts, type, body({{"n", "5"}, {"files", "1"}, {"files", "2"}, {"files", "3"}})).contains("422 body#/files must"));
  CHECK(posted(parts, type, body({{"n", "5"}, {"other", "1"}})).starts_with("422 body"));
  CHECK(posted(parts, type, "--b\r\n").starts_with("400 body must"));
  CHECK(posted(parts, "multipart/form-data", "--b--").starts_with("400 header.content-type must name a boundary"));
}

TEST_CASE("a Content-Type that servers take different boundaries or charsets from is refused") {
  constexpr auto* parts = "multipart/form-data:\n  schema: {type: object, properties: {a: {type: string, pattern: '^[^<>]*$'}}}\n";
  constexpr std::string_view body = "--A\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n--A--\r\n";
  for (const auto* type :
       {"multipart/form-data; boundary=A; boundary*=UTF-8''B", "multipart/form-data; boundary=A; boundary*0=B",
        "multipart/form-data; boundary*=UTF-8''A", "multipart/form-data; boundary=\"\\A\"", "multipart/form-data; boundary=A; charset=utf-7",
        "multipart/form-data; boundary=A; charset*=utf-7", "multipart/form-data; xboundary=B; boundary=A",
        "multipart/form-data; note=\"boundary=B\"; boundary=A", "multipart/form-data; boundary=A; boundary=A"}) {
    CAPTURE(type);
    CHECK(posted(parts, type, body).starts_with("415 header.content-type must"));
  }
  for (const auto* type : {"multipart/form-data; boundary=A", "Multipart/Form-Data; Boundary=\"A\"; charset=UTF-8",
                           "multipart/form-data; charset=us-ascii; boundary=A"}) {
    CAPTURE(type);
    CHECK(posted(parts, type, body).empty());
  }
  constexpr auto* form = "application/x-www-form-urlencoded: {schema: {type: object, properties: {role: {enum: [user]}}}}\n";
  constexpr auto* plain = "application/x-www-form-urlencoded";
  CHECK(posted(form, "application/x-www-form-urlencoded; charset=utf-7", "%2BAHIAbwBsAGU-=admin")
            .starts_with("415 header.content-type must name no charset"));
  CHECK(posted(form, "application/x-www-form-urlencoded; charset=iso-8859-1", "a=%C3%BC").starts_with("415"));
  CHECK(posted(form, "application/x-www-form-urlencoded; charset=iso-8859-1", "role=user").empty());
  CHECK(posted(form, "application/x-www-form-urlencoded; charset=utf-8", "a=%C3%BC").empty());
  CHECK(posted(form, plain, "a=1;role=admin").starts_with("400 body must have every semicolon"));
  CHECK(posted(form, plain, "a=1%3Brole=admin").empty());
  CHECK(posted(form, plain, "role%00=admin").starts_with("400 body must have names without controls"));
  CHECK(posted(form, plain, "role%0a=admin").starts_with("400"));
  CHECK(posted(form, plain, "_charset_=utf-7&a=1").starts_with("400 body must be UTF-8"));
  CHECK(posted(form, plain, "_charset_=UTF-8&a=%0a").empty());
  constexpr auto* text = "text/plain: {schema: {type: string, pattern: '^[^<>]*$'}}\n";
  CHECK(posted(text, "text/plain; charset=utf-7", "+ADw-script+AD4-").starts_with("415"));
  CHECK(posted(text, "text/plain; charset=us-ascii", "fine").empty());
}

TEST_CASE("a part that is text is UTF-8, and one that is bytes is that by its schema") {
  constexpr auto* parts = R"(multipart/form-data:
  schema: {type: object, properties: {comment: {type: string, pattern: '^[^<>]*$'}, file: {type: string, format: binary}, files: {type: array, items: {type: string, format: binary}}, sheet: {type: string, contentMediaType: application/pdf}, photo: {type: string}, tags: {type: array, items: {type: string}}, any: {}}}
  encoding: {photo: {contentType: 'image/png, image/*'}}
)";
  const auto sent = [&](std::string_view head, std::string_view content) {
    return posted(parts, "multipart/form-data; boundary=b",
                  "--b\r\nContent-Disposition: form-data; name=" + std::string(head) + "\r\n\r\n" + std::string(content) + "\r\n--b--\r\n");
  };
  constexpr std::string_view hidden = "\xff<script>alert(1)</script>";
  CHECK(sent("comment", "<script>").starts_with("422 body#/comment"));
  CHECK(sent("comment", hidden) == "400 body comment must be UTF-8\n");
  CHECK(sent("comment; filename=c.txt", hidden) == "400 body comment must be UTF-8\n");
  CHECK(sent("tags", hidden) == "400 body tags must be UTF-8\n");
  CHECK(sent("comment\r\nContent-Type: text/plain; charset=utf-7", "+ADw-script+AD4-") == "415 body comment must name no charset other than utf-8\n");
  CHECK(sent("comment\r\nContent-Type: text/plain; charset=iso-8859-1", "\xc3\xbc").starts_with("415"));
  CHECK(sent("_charset_", "utf-7").starts_with("400 body must be UTF-8"));
  CHECK(sent("_charset_", "UTF-8").empty());
  CHECK(sent("comment\r\nContent-Type: text/plain; charset=ISO-8859-1", "plain").empty());
  CHECK(sent("comment\r\nContent-Type: text/plain; charset=utf-8", "\xc3\xbc").empty());
  for (const std::string name : {"file", "files", "sheet", "any", "photo; filename=a.png\r\nContent-Type: image/png"}) {
    CAPTURE(name);
    CHECK(sent(name, "\x89\xff").empty());
  }
}

TEST_CASE("of a text a schema without a type means the kinds that its words speak of") {
  const auto named = [](std::string_view schema, std::string_view query) {
    return queried("{name: name, in: query, schema: " + std::string(schema) + "}", query);
  };
  constexpr auto* pattern = "{pattern: '^[a-z]+$', maxLength: 5}";
  CHECK(named(pattern, "name=abc").empty());
  CHECK(named(pattern, "name=A%3Cb").starts_with("400 query.name"));
  CHECK(named(pattern, "name=abc&name=def") == "400 query.name must come only once\n");
  CHECK(named("{allOf: [{pattern: '^[a-z]+$'}]}", "name=A%3C").starts_with("400 query.name"));
  CHECK(named("{minimum: 3}", "name=5").empty());
  CHECK(named("{minimum: 3}", "name=2").starts_with("400 query.name"));
  CHECK(named("{minimum: 3}", "name=x") == "400 query.name must be of a kind that its schema describes\n");
  CHECK(named("{maxItems: 2}", "name=a&name=b").empty());
  CHECK(named("{maxItems: 2}", "name=a&name=b&name=c").starts_with("400 query.name"));
  CHECK(named("{anyOf: [{type: string}, {type: integer}], minimum: 3}", "name=x").empty());
  CHECK(named("{not: {pattern: '<'}}", "name=a").empty());
  CHECK(named("{not: {pattern: '<'}}", "name=%3C").starts_with("400 query.name"));
  CHECK(named("{not: {pattern: '<'}}", "name=%3C&name=x") == "400 query.name must come only once\n");
  CHECK(named("{}", "name=%3C&name=x").empty());
  CHECK(named("{description: whatever}", "name=1").empty());
  constexpr auto* plain = "application/x-www-form-urlencoded";
  constexpr auto* form = "application/x-www-form-urlencoded: {schema: {properties: {name: {pattern: '^[a-z]+$'}, of: {required: [a]}, any: {}}}}\n";
  CHECK(posted(form, plain, "name=abc&any=1&any=2").empty());
  CHECK(posted(form, plain, "name=%3CA").starts_with("422 body#/name"));
  CHECK(posted(form, plain, "name=%3CA&name=x") == "422 body name must come only once\n");
  CHECK(posted(form, plain, "of=%7B%22a%22:1%7D").empty());
  CHECK(posted(form, plain, "of=x") == "422 body must be of a kind that its schema describes\n");
  constexpr auto* other = "application/x-tree: {schema: {properties: {role: {enum: [user]}}, required: [role]}}\napplication/pdf: {schema: {}}\n";
  CHECK(posted(other, "application/x-tree", "<role>").starts_with("415"));
  CHECK(posted(other, "application/pdf", "\xff").empty());
  constexpr auto* deep = "{name: f, in: query, style: deepObject, explode: true, schema: {type: object, properties: {a: {pattern: '^[a-z]+$'}}}}";
  CHECK(queried(deep, "f[a]=x").empty());
  CHECK_FALSE(queried(deep, "f[a]=%3C").empty());
  CHECK_FALSE(queried(deep, "f[a][]=%3C").empty());
  CHECK_FALSE(queried(deep, "f[a]=x&f[a]=%3C").empty());
}

TEST_CASE("a list with encoded commas keeps its schema for who splits first and for who decodes first") {
  constexpr auto* ids = "{name: ids, in: query, explode: false, schema: {type: array, maxItems: 2, items: {type: string}}}";
  CHECK(queried(ids, "ids=a,b").empty());
  CHECK(queried(ids, "ids=a%2Cb").empty());
  CHECK(queried(ids, "ids=a,b,c").starts_with("400 query.ids"));
  CHECK(queried(ids, "ids=a%2Cb%2cc").starts_with("400 query.ids"));
  CHECK(queried("{name: q, in: query, schema: {type: string, maxLength: 5}}", "q=a%2Cb%2Cc").empty());
  constexpr auto* form = R"(application/x-www-form-urlencoded:
  schema: {type: object, properties: {ids: {type: array, maxItems: 2, items: {type: string}}}}
  encoding: {ids: {style: form, explode: false}}
)";
  constexpr auto* plain = "application/x-www-form-urlencoded";
  CHECK(posted(form, plain, "ids=a%2Cb").empty());
  CHECK(posted(form, plain, "ids=a%2Cb%2Cc").starts_with("422 body#/ids"));
}

TEST_CASE("the name of a cookie that is described comes as it is, not encoded") {
  constexpr auto* theme = "{name: theme, in: cookie, schema: {type: string, enum: [dark]}}";
  CHECK(with_parameter(theme, {.cookies = "theme=dark"}).empty());
  CHECK(with_parameter(theme, {.cookies = "other%40name=1; 100%=2"}).empty());
  CHECK(with_parameter(theme, {.cookies = "them%65=%3Cscript"}) == "400 cookie.theme must have its name as described, not encoded\n");
  CHECK(with_parameter(theme, {.cookies = "theme=dark; %74heme=light"}).starts_with("400 cookie.theme"));
}

TEST_CASE("a small body whose alternatives branch without end is refused once, without words for what was not decided") {
  const auto alternative = [](std::string_view op) {
    return "{type: object, additionalProperties: false, properties: {args: {type: array, items: {$ref: '#'}}, op: {enum: [" + std::string(op) +
           "]}}}";
  };
  const auto content = "application/json: {schema: {$id: 'https://api.example/tree', oneOf: [" + alternative("and") + ", " + alternative("or") +
                       ", " + alternative("not") +
                       ", {type: object, additionalProperties: false, properties: {field: {type: string}}, required: [field]}]}}";
  const auto nested = [](int depth, std::string out) {
    for (int i = 0; i < depth; ++i) out = R"({"args":[)" + out + R"(],"op":"not"})";
    return out;
  };
  const std::string leaf = R"({"field":"x"})";
  CHECK(posted(content, "application/json", nested(3, leaf)).empty());
  CHECK(posted(content, "application/json", nested(3, R"({"field":1})")).contains("must fit one of 4 alternatives"));
  CHECK(posted(content, "application/json", nested(12, leaf)) == "422 body takes too long to judge\n");
  CHECK(posted(content, "application/json", nested(12, R"({"field":1})")) == "422 body takes too long to judge\n");
}

TEST_CASE("what only answers show must not be sent, and need not be") {
  constexpr auto* json =
      "application/json: {schema: {type: object, required: [id, name], properties: {id: {type: integer, readOnly: true}, name: {type: string}}}}";
  CHECK(posted(json, "application/json", R"({"name":"x"})").empty());
  CHECK_FALSE(posted(json, "application/json", R"({"name":"x","id":5})").empty());
}

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

TEST_CASE("one text for one scalar: numbers and texts at the edges of the short way") {
  constexpr auto* number = "{name: n, in: query, schema: {type: integer}}";
  for (const auto* good : {"n=0", "n=-1", "n=999999999999999999", "n=-999999999999999999", "n=9223372036854775807", "n=18446744073709551615",
                           "n=123456789012345678901234567890", "n=-0"}) {
    CAPTURE(good);
    CHECK(queried(number, good).empty());
  }
  for (const auto* bad : {"n=-", "n=00", "n=-01", "n=1 ", "n=--1", "n=1e", "n=%31%00"}) {
    CAPTURE(bad);
    CHECK_FALSE(queried(number, bad).empty());
  }
  CHECK(queried("{name: n, in: query, schema: {type: [string, 'null'], const: ''}}", "n=").empty());
  CHECK(queried("{name: n, in: query, schema: {type: [string, integer], const: '7'}}", "n=7").empty());
  CHECK(queried("{name: n, in: query, schema: {type: [string, boolean], const: 'true'}}", "n=true").empty());
  CHECK_FALSE(queried("{name: n, in: query, schema: {type: [string, boolean], const: 'true'}}", "n=false").empty());
  CHECK(queried("{name: n, in: query, schema: {type: string, minLength: 2, maxLength: 2}}", "n=%C3%A4+").empty());
  CHECK_FALSE(queried("{name: n, in: query, schema: {type: string}}", "n=%C3").empty());
  CHECK(with_parameter("{name: x-n, in: header, schema: {type: integer, maximum: 5}}", {.headers = {{"x-n", "5"}}}).empty());
  CHECK_FALSE(with_parameter("{name: x-n, in: header, schema: {type: integer, maximum: 5}}", {.headers = {{"x-n", "5"}, {"x-n", "5"}}}).empty());
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

TEST_CASE("a body that nobody can hold to its schema is refused, unless that is wished") {
  constexpr auto* xml = "application/zip: {schema: {type: object}}\napplication/pdf: {schema: {type: string, format: binary}}\nimage/*: {}\n";
  CHECK(posted(xml, "application/zip", "PK").starts_with("415 header.content-type must be a media type whose content can be judged"));
  CHECK(posted(xml, "application/pdf", "\xff").empty());
  CHECK(posted(xml, "image/png", "\xff").empty());
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
