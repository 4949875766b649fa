// One parameter of each kind and style: how its text is read, and what is wrong with it.
#include "engines/contract/trial_contract.hpp"

using namespace gatehouse;
using namespace gatehouse::contract;
using namespace gatehouse::contract::trial;

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
