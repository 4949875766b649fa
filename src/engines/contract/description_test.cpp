#include "engines/contract/description.hpp"

#include <doctest/doctest.h>

#include <map>

#include "engines/contract/json_lines.hpp"
#include "engines/contract/json_pointer.hpp"
#include "engines/contract/reference.hpp"
#include "engines/contract/schema_walk.hpp"
#include "engines/contract/shape.hpp"
#include "engines/contract/testing.hpp"
#include "ground/json/writer.hpp"

using namespace gatehouse;
using namespace gatehouse::contract;

namespace {
using Texts = TextFiles::Texts;

/// A document with everything that belongs to it.
struct Described {
  TextFiles files;
  Complaints complaints;
  Sources sources{files, complaints};
  Description description;

  explicit Described(Texts texts, std::string_view root = "api.yaml") : files(std::move(texts)) {
    if (const auto* const source = sources.load(root)) description = describe(*source, sources, complaints);
    SchemaWalk walk(sources, description.version);
    for (const auto& operation : description.operations)
      for (const auto& parameter : operation.parameters)
        if (parameter.schema) walk.walk(*parameter.schema);
  }
  [[nodiscard]] std::string said() const {
    std::string out;
    for (const auto& complaint : complaints.all()) out += to_text(complaint) + '\n';
    return out;
  }
};

constexpr std::string_view head = "openapi: 3.1.0\ninfo: {title: t, version: '1'}\n";
std::string said_of(std::string_view rest) { return Described(Texts{{"api.yaml", std::string(head) + std::string(rest)}}).said(); }
/// What is complained of in one operation at /a/{b} with these parameters.
std::string said_of_parameters(std::string_view parameters) {
  return said_of(
      "paths:\n  /a/{b}:\n    get:\n      responses: {200: {description: ok}}\n      parameters:\n      - {name: b, in: path, required: true, schema: {}}\n" +
      std::string(parameters));
}
}  // namespace

TEST_CASE("a small document is read into its operations") {
  const Described api(Texts{{"api.yaml", std::string(head) + R"(
servers: [{url: 'https://api.example.com/v1/'}, {url: '{base}/x', variables: {base: {default: /root}}}]
security: [{key: []}]
components:
  securitySchemes: {key: {type: apiKey, in: header, name: X-Key}, login: {type: oauth2, flows: {}}}
  parameters: {id: {name: id, in: path, required: true, schema: {type: integer}}}
paths:
  /pets/{id}:
    parameters: [{$ref: '#/components/parameters/id'}, {name: verbose, in: query, schema: {type: boolean}}]
    get:
      operationId: getPet
      parameters: [{name: verbose, in: query, style: pipeDelimited, schema: {type: array}}]
      responses: {200: {description: ok, content: {application/json: {schema: {}}}}}
    delete:
      security: [{login: [pets:delete]}, {}]
      responses: {204: {description: gone}}
    x-note: {any: thing}
)"}});
  CHECK(api.said().empty());
  const auto& description = api.description;
  CHECK(description.base_paths == std::vector<std::string>{"/v1", "/root/x"});
  REQUIRE(description.operations.size() == 2);
  const auto& get = description.operations[0];
  CHECK(get.id == "getPet");
  CHECK(get.method == http::Method::get);
  REQUIRE(get.parameters.size() == 2);
  CHECK(get.parameters[0].style == Style::pipe_delimited);  // its own goes before that of the path
  CHECK_FALSE(get.parameters[0].explode);
  CHECK(get.parameters[1].name == "id");
  CHECK(get.responses[0].status == "200");
  CHECK(get.security[0].uses[0].scheme == "key");
  CHECK(description.operations[1].security[0].uses[0].scopes == std::vector<std::string>{"pets:delete"});
  CHECK(description.operations[1].security[1].uses.empty());
}

TEST_CASE("a document over several files is read where it matters, and lines are those of the files") {
  const Described api(
      {{"api.yaml", std::string(head) + "paths:\n  /a/{id}:\n    $ref: ./paths/a.yaml#/item\n  /b:\n    get:\n      $ref: paths/b.json\n"},
       {"paths/a.yaml", "item:\n  get:\n    description: {$ref: nowhere.yml}\n    parameters:\n    - $ref: ../shared.yaml#/id\n"},
       {"paths/b.json", R"({"responses": {"2xx": {}}, "parameters": [{"$ref": "../shared.yaml#/page%20size"}]})"},
       {"shared.yaml",
        "id: {name: id, in: path, required: true, schema: {$ref: '#/text'}}\npage size: {name: p, in: query, schema: {}}\ntext: {type: string}\n"}});
  CHECK(api.said() == "error: paths/b.json:1: #/responses/2xx: is no status: '2xx' (as 200, 4XX or default)\n");
  REQUIRE(api.description.operations.size() == 2);
  CHECK(api.description.operations[1].parameters[0].name == "p");
}

TEST_CASE("all faults are told, each with its line and place") {
  CHECK(said_of("paths:\n  /a:\n    get: 5\n    put: {operationId: [x]}\n  b: {}\n") ==
        "error: api.yaml:5: #/paths/~1a/get: must be an object, and is of type integer\n"
        "error: api.yaml:6: #/paths/~1a/put/operationId: must be a text\n"
        "error: api.yaml:7: #/paths/b: must begin with a slash: 'b'\n");
  const Described json(
      {{"api.json",
        "{\"openapi\": \"3.0.3\",\n \"info\": {\"title\": \"\", \"version\": \"\"},\n \"paths\": {\"/a\":\n  {\"parameters\": [{}, 7]}}}"}},
      "api.json");
  CHECK(json.said() ==
        "error: api.json:4: #/paths/~1a/parameters/0: needs a 'name' and 'in', where the parameter is\n"
        "error: api.json:4: #/paths/~1a/parameters/1: must be an object, and is of type integer\n");
}

TEST_CASE("texts that are no document are told where they go wrong") {
  CHECK(Described(Texts{{"api.json", "{\"a\":\n1,}"}}, "api.json").said().starts_with("error: api.json:2: #: JSON refused"));
  CHECK(Described(Texts{{"api.yaml", "a: 1\na: 2\n"}}).said().contains("api.yaml:2: #: column 1: the name 'a'"));
  CHECK(Described(Texts{{"api.yaml", "[]"}}).said().contains("must be an object"));
  CHECK(Described(Texts{}).said().contains("cannot be read"));
  CHECK(Described(Texts{{"api.yaml", "swagger: '2.0'"}}).said().contains("Swagger 2.0"));
  CHECK(Described(Texts{{"api.yaml", "openapi: 3.3.0"}}).said().contains("other than 3.0, 3.1 and 3.2"));
  CHECK(Described(Texts{{"api.yaml", "openapi: 3.1"}}).said().contains("must be a text"));
  CHECK(Described(Texts{{"api.yaml", "{openapi: 3.2.0, info: {title: t, version: v}, paths: {}}"}}).said().empty());
}

TEST_CASE("references that lead nowhere, out of the folder or to the network are refused") {
  const auto said = [](std::string_view reference) { return said_of("paths:\n  /a:\n    $ref: '" + std::string(reference) + "'\n"); };
  CHECK(said("#/components/none").contains("api.yaml:5: #/paths/~1a: refers to '#/components/none', which is not there"));
  CHECK(said("other.yaml#/a").contains("the file 'other.yaml', which cannot be read"));
  CHECK(said("../secret.yaml").contains("outside the folder"));
  CHECK(said("a/../../secret.yaml").contains("outside the folder"));
  CHECK(said("%2e%2e/secret.yaml").contains("outside the folder"));
  CHECK(said("..\\\\secret.yaml").contains("backslash"));
  CHECK(said("/etc/passwd").contains("absolute path"));
  CHECK(said("https://example.com/a.yaml").contains("never the network"));
  CHECK(said("file:///etc/passwd").contains("never the network"));
  CHECK(said("//example.com/a").contains("never the network"));
  CHECK(said("#/a%2").contains("percent sign"));
  CHECK(said("#/a~2").contains("no JSON Pointer"));
  CHECK(said("#anchor").contains("no JSON Pointer"));
}

TEST_CASE("references in a circle without anything between them are refused, recursive schemas are not") {
  CHECK(said_of("paths:\n  /a: {$ref: '#/paths/~1b'}\n  /b: {$ref: '#/paths/~1a'}\n").contains("in the end refers to itself"));
  CHECK(said_of("paths:\n  /a: {$ref: '#/paths/~1a'}\n").contains("in the end refers to itself"));
  CHECK(
      said_of("components: {schemas: {n: {properties: {next: {$ref: '#/components/schemas/n'}}}}}\npaths:\n  /a:\n    get:\n      parameters:\n      "
              "- {name: n, in: query, schema: {$ref: '#/components/schemas/n'}}\n")
          .empty());
}

TEST_CASE("a `$ref` that leads nowhere within a schema is told, one in an example is data") {
  const auto said = [](std::string_view schema) { return said_of_parameters("      - {name: q, in: query, schema: " + std::string(schema) + "}\n"); };
  CHECK(said("{properties: {x: {anyOf: [{}, {$ref: '#/none'}]}}}").contains("anyOf/1: refers to '#/none'"));
  CHECK(said("{example: {$ref: '#/none'}, enum: [{$ref: '#/none'}], default: {$ref: '#/none'}, x-y: {$ref: '#/none'}, properties: {$ref: {}}}")
            .empty());
  CHECK(said("{properties: {example: {$ref: '#/none'}}}").contains("refers to '#/none'"));
  CHECK(said("{$ref: 'https://example.com/tree'}").empty());  // may be a schema's own name; nothing is fetched
}

TEST_CASE("a map of properties in another file is put in place, and its references stay right") {
  const Described api(
      Texts{{"api.yaml", std::string(head) + "paths:\n  /a: {get: {parameters: [{name: q, in: query, schema: {$ref: models/a.yaml}}]}}\n"},
            {"models/a.yaml", "type: object\nproperties:\n  own: {type: integer}\n  $ref: ../shared/maps.yaml#/m\n"},
            {"shared/maps.yaml",
             "m:\n  own: {type: string}\n  x: {$ref: 't.yaml#/t u'}\n  $ref: '#/n'\nn: {y: {$ref: '#/z'}}\nz: {properties: {$ref: '#/n'}}\n"},
            {"shared/t.yaml", "t u: {type: boolean}\n"}});
  CHECK(api.said().empty());
  const auto map = follow(api.sources.all().at("models/a.yaml")->root(), "/properties");
  REQUIRE(map.has_value());
  CHECK(to_json(*map) == R"({"own":{"type":"integer"},"x":{"$ref":"../shared/t.yaml#/t%20u"},"y":{"$ref":"../shared/maps.yaml#/z"}})");
}

TEST_CASE("maps of properties that refer to each other end, and one that is nowhere is left for the compiler") {
  const Described circle(Texts{
      {"api.yaml", std::string(head) + "paths:\n  /a: {get: {parameters: [{name: q, in: query, schema: {properties: {$ref: 'b.yaml#/p'}}}]}}\n"},
      {"b.yaml", "p: {x: {properties: {$ref: '#/p'}}, $ref: 'c.yaml#/p'}\n"},
      {"c.yaml", "p: {y: {}, $ref: 'b.yaml#/p'}\n"}});
  CHECK(circle.description.operations.size() == 1);
  const Described none(
      Texts{{"api.yaml", std::string(head) + "paths:\n  /a: {get: {parameters: [{name: q, in: query, schema: {properties: {$ref: '#/none'}}}]}}\n"}});
  CHECK(none.description.operations.size() == 1);
}

TEST_CASE("operations that nobody could tell apart are refused") {
  const auto said = [](std::string_view a, std::string_view b) {
    const auto item = [](std::string_view name) {
      return ":\n    parameters: [{name: " + std::string(name) + ", in: path, required: true, schema: {}}]\n";
    };
    return said_of("paths:\n  /a/{x}" + item("x") + std::string(a) + "  /a/{y}" + item("y") + std::string(b));
  };
  CHECK(said("    get: {}\n", "    get: {}\n").contains("takes the same requests as GET /a/{x}"));
  CHECK(said("    get: {}\n", "    put: {}\n").starts_with("warning: "));
  CHECK(said_of("paths:\n  /a: {get: {operationId: x}}\n  /b: {get: {operationId: x}}\n").contains("which #/paths/~1a/get has, too"));
  CHECK(said_of("paths:\n  /a: {get: {operationId: x}}\n  /b: {get: {operationId: y}}\n").empty());
  CHECK(said_of("paths:\n  /a: {post: {}}\n  '/a#x': {post: {}}\n").starts_with("warning: api.yaml:5: #/paths/~1a#x: '#x' is no part of a path"));
}

TEST_CASE("path parameters and the names in the path agree") {
  CHECK(said_of("paths: {'/a/{b}': {get: {}}}").contains("does not describe the path parameter 'b'"));
  CHECK(said_of_parameters("      - {name: c, in: path, required: true, schema: {}}\n").contains("'c', which is not in the path /a/{b}"));
  CHECK(said_of_parameters("      - {name: b, in: path, required: true, schema: {}}\n").contains("for the second time"));
  CHECK(said_of_parameters("      - {name: b, in: query, schema: {}}\n").empty());
  for (const auto* bad : {"/a/{b", "/a/b}", "/a/{}", "/a/{{b}}", "/{b}/{b}", "/a/{b}{c}", "/a/{b/c}"}) {
    CAPTURE(bad);
    CHECK(said_of("paths: {'" + std::string(bad) + "': {}}").starts_with("error: "));
  }
}

TEST_CASE("a parameter is what OpenAPI allows") {
  const auto said = [](std::string_view parameter) { return said_of_parameters("      - " + std::string(parameter) + "\n"); };
  CHECK(said("{name: q, in: body, schema: {}}").contains("is in 'body'"));
  CHECK(said("{name: q, in: query}").contains("needs a 'schema' or a 'content'"));
  CHECK(said("{name: q, in: query, schema: {}, content: {text/plain: {}}}").contains("both 'schema' and 'content'"));
  CHECK(said("{name: q, in: query, content: {text/plain: {}, application/json: {}}}").contains("exactly one media type"));
  CHECK(said("{name: q, in: query, schema: 5}").contains("must be a schema"));
  CHECK(said("{name: q, in: header, style: form, schema: {}}").contains("has the style 'form'"));
  CHECK(said("{name: q, in: query, style: deepobject, schema: {}}").contains("has the style 'deepobject'"));
  CHECK(said("{name: q, in: cookie, style: cookie, schema: {}}").contains("cannot have"));  // only from 3.2 on
  CHECK(said("{name: 'a b', in: header, schema: {}}").contains("names a header that is none"));
  CHECK(said("{name: '', in: header, schema: {}}").starts_with("warning: "));
  CHECK(said("{name: '', in: query, schema: {}}").starts_with("error: "));
  CHECK(said("{name: q, in: query, required: 'yes', schema: {}}").contains("must be true or false"));
  CHECK(said("{name: Authorization, in: header, schema: {}}").empty());
  CHECK(said("{name: q, in: query, schema: true}").empty());
}

TEST_CASE("security asks for schemes that there are") {
  CHECK(said_of("security: [{none: []}]\npaths: {}").contains("the security scheme 'none', which"));
  CHECK(said_of("components: {securitySchemes: {k: {type: apiKey, in: path, name: x}}}").contains("other than query, header and cookie"));
  CHECK(said_of("components: {securitySchemes: {k: {type: magic}}}").contains("has the type 'magic'"));
  CHECK(said_of("components: {securitySchemes: {k: {type: http, scheme: Bearer}}}\nsecurity: [{k: 7}]").contains("must be a list of scopes"));
  CHECK(said_of("components: {securitySchemes: {k: {type: mutualTLS}}}\nsecurity: [{k: []}]").empty());
}

TEST_CASE("a document with endless faults is read to its end, and not all are kept") {
  std::string many = "paths:\n";
  for (int i = 0; i < 1000; ++i) many += "  a" + std::to_string(i) + ": {}\n";
  const Described api(Texts{{"api.yaml", std::string(head) + many}});
  CHECK(api.complaints.all().size() == Complaints::kept_max);
}

TEST_CASE("a short document that uses a long list of shared parts at thousands of places is refused") {
  std::string text = std::string(head) + "components:\n  responses: {r: {description: r}}\n  pathItems:\n    i:\n      get:\n        responses:\n";
  for (int i = 100; i < 500; ++i) text += "          " + std::to_string(i) + ": {$ref: '#/components/responses/r'}\n";
  text += "paths:\n";
  for (int i = 0; i < 1000; ++i) text += "  /p" + std::to_string(i) + ": {$ref: '#/components/pathItems/i'}\n";
  const Described api(Texts{{"api.yaml", text}});
  CHECK(api.said().contains("brings more parameters, responses and media types than a contract may have"));
  CHECK(api.description.operations.size() == 750);
}

TEST_CASE("shapes of schemas that are combined a million times are found at once") {
  std::string text = std::string(head) + "components:\n  schemas:\n    s20: {type: integer, properties: {x: {type: string}}}\n";
  for (int i = 0; i < 20; ++i) {
    const auto next = "{$ref: '#/components/schemas/s" + std::to_string(i + 1) + "'}";
    text += "    s" + std::to_string(i) + ": {" + (i % 2 == 0 ? "allOf" : "anyOf") + ": [" + next + ", " + next + "]}\n";
  }
  Described api(Texts{{"api.yaml", text + "paths: {/a: {get: {parameters: [{name: q, in: query, schema: {$ref: '#/components/schemas/s0'}}]}}}\n"}});
  CHECK(api.said().empty());
  Shapes shapes;
  ShapeMaker maker(shapes, api.sources, api.description.version);
  const auto& shape = shapes[maker.shape_of(*api.description.operations[0].parameters[0].schema)];
  CHECK(shape.kinds == Kinds(Kinds::integer));
  CHECK(shapes[shape.member_or_other("x")].kinds == Kinds(Kinds::string));
}

TEST_CASE("a complaint is one clean line") {
  CHECK(to_text(Complaint{Gravity::error, "a\nb", 3, "/x\x1b[2J", "what\r\n"}) == "error: a b:3: #/x [2J: what  ");
  CHECK(to_text(Complaint{Gravity::warning, "a", 1, {}, std::string(5000, 'x')}).size() < 700);
}

TEST_CASE("pointers are followed by RFC 6901") {
  const auto document = json::parse(R"({"a/b": {"m~n": [10, {"": 1}]}, "": 0})");
  REQUIRE(document.has_value());
  const auto at = [&](std::string_view pointer) {
    const auto value = follow(document->root(), pointer);
    return value ? value->integer().value_or(-1) : -2;
  };
  CHECK(at("/a~1b/m~0n/0") == 10);
  CHECK(at("/a~1b/m~0n/1/") == 1);
  CHECK(at("/") == 0);
  CHECK(at("") == -1);
  for (const auto* none : {"a", "/a", "/a~1b/m~0n/2", "/a~1b/m~0n/00", "/a~1b/m~0n/-", "/~", "/~2", "/a~1b/m~0n/0/x"}) CHECK(at(none) == -2);
}

TEST_CASE("the lines of JSON are those of its names and values, whatever stands between them") {
  constexpr std::string_view text = "{\"x\\u0041\": [\"}\\\"\",\n {\"a\": [1,\n -2.5e3], \"t\":true}],\n\"b/c\": {\"d\": \"\",\n \"e\":null}}";
  CHECK(json_lines(text) == std::vector<std::uint32_t>{1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 4, 4, 4, 4, 5, 5});
  CHECK(json_lines("5") == std::vector<std::uint32_t>{1});
  CHECK(json_lines("\n\n[]\n") == std::vector<std::uint32_t>{3});
}

TEST_CASE("files have one name") {
  CHECK(normal_file("./a//b/../c.yaml").value() == "a/c.yaml");
  CHECK_FALSE(normal_file("a/../.."));
  CHECK_FALSE(normal_file(".."));
  CHECK_FALSE(normal_file("."));
  CHECK_FALSE(normal_file(std::string_view("a\0b", 3)));
  CHECK(url_of_file("a b/c?#.yaml") == "file:///a%20b/c%3F%23.yaml");
}
