#include <doctest/doctest.h>

#include <filesystem>

#include "app/config/contract/routes.hpp"
#include "app/config/load.hpp"
#include "app/config/trial_document.hpp"
#include "doors/gateway/router.hpp"
#include "ground/base/arena.hpp"
#include "ground/http/canonical.hpp"

using namespace gatehouse;
using namespace gatehouse::config;
using namespace gatehouse::config::trial;

namespace {
using gateway::Credential;

constexpr std::string_view pets = R"(openapi: 3.1.0
info: { title: Pets, version: "1" }
servers: [{ url: "https://api.example/v1" }]
components:
  securitySchemes:
    key: { type: apiKey, in: header, name: X-API-Key }
    bearer: { type: http, scheme: bearer }
    elsewhere: { type: apiKey, in: query, name: key }
    basic: { type: http, scheme: basic }
    login: { type: oauth2, flows: {} }
paths:
  /prices:
    get: { operationId: listPrices, security: [], responses: { "200": { description: ok } } }
    delete: { operationId: dropPrices, security: [], responses: { "200": { description: ok } } }
  /pets/{id}:
    get:
      operationId: getPet
      security: [{ key: [pets:read] }, { bearer: [pets:read] }]
      parameters: [{ name: id, in: path, required: true, schema: { type: integer } }]
      responses: { "200": { description: ok } }
    delete:
      operationId: dropPet
      security: [{ key: [pets:delete] }]
      parameters: [{ name: id, in: path, required: true, schema: { type: integer } }]
      responses: { "200": { description: ok } }
)";

struct ContractFolder {
  ContractRoutes routes(std::string_view document, ContractOptions options = {}, bool has_issuers = false) {
    folder.write("pets.yaml", std::string(document));
    options.file = folder.path() + "/pets.yaml";
    options.upstream = "api";
    return routes_of_contract("pets", options, has_issuers);
  }
  Folder folder;
};

const gateway::RouteOptions* named(const ContractRoutes& made, std::string_view name) {
  const auto at = std::ranges::find(made.routes, name, &gateway::RouteOptions::name);
  return at == made.routes.end() ? nullptr : &*at;
}
std::string replaced(std::string_view document, std::string_view what, std::string_view with) {
  std::string out(document);
  const auto at = out.find(what);
  REQUIRE(at != out.npos);
  return out.replace(at, what.size(), with);
}
/// What the operation of that route says of a GET.
gateway::Validator::Findings asked(const gateway::RouteOptions& route, std::string_view target, Arena& memory) {
  http::RequestHead head(memory);
  head.method = http::Method::get;
  head.method_token = "GET";
  head.target = target;
  head.headers.add(http::HeaderId::host, "api.example");
  const auto request = http::canonical(head, {}, memory);
  REQUIRE(request.has_value());
  return route.validator->check_request(*request, std::nullopt, memory);
}
}  // namespace

TEST_CASE("contract: each operation is a route under the path of its server, with the credentials and scopes of its requirements") {
  ContractFolder trial;
  const auto made = trial.routes(pets);
  CHECK(made.problems.empty());
  REQUIRE(made.routes.size() == 3);
  const auto* const pet = named(made, "getPet");
  REQUIRE(pet != nullptr);
  CHECK(pet->path == "/v1/pets/{id}");
  CHECK(pet->methods == std::vector<std::string>{"GET"});
  CHECK(pet->upstream == "api");
  CHECK(pet->authenticate == std::vector{Credential::api_key});  // bearer, too; there is no issuer whose tokens could be believed
  CHECK(pet->scopes == std::vector<std::string>{"pets:read"});
  CHECK(named(made, "listPrices")->authenticate == std::vector{Credential::none});
  CHECK(named(trial.routes(pets, {}, true), "getPet")->authenticate == std::vector{Credential::api_key, Credential::jwt});
}

TEST_CASE("contract: a request is held to the operation, behind the path of the server") {
  ContractFolder trial;
  const auto made = trial.routes(pets);
  Arena memory;
  CHECK(asked(*named(made, "getPet"), "/v1/pets/7", memory).empty());
  const auto found = asked(*named(made, "getPet"), "/v1/pets/seven?x=1", memory);
  CHECK(found.kind == http::ProblemKind::parameter_invalid);
  REQUIRE(found.violations.size() == 2);
  CHECK(found.violations[0].in == http::Violation::In::path);
  CHECK(found.violations[0].at == "id");
  CHECK(found.violations[0].contract == "pets.yaml#/paths/~1pets~1%7Bid%7D/get/parameters/0/schema/type");
  CHECK(found.violations[1].in == http::Violation::In::query);
}

TEST_CASE("contract: DELETE without a security requirement stays refused and is told, with one it opens") {
  ContractFolder trial;
  const auto made = trial.routes(pets);
  CHECK(named(made, "dropPrices") == nullptr);
  CHECK(named(made, "dropPet") != nullptr);
  REQUIRE(made.notes.size() >= 1);
  CHECK(std::ranges::any_of(made.notes, [](const auto& note) { return note.what.starts_with("DELETE /prices stays refused"); }));
}

TEST_CASE("contract: a document without any requirement asks for a key, unless its owner says otherwise") {
  ContractFolder trial;
  const std::string document =
      R"({"openapi":"3.0.3","info":{"title":"t","version":"1"},"paths":{"/a":{"get":{"responses":{"200":{"description":"ok"}}}}}})";
  CHECK(trial.routes(document).routes.at(0).authenticate == std::vector{Credential::api_key});
  CHECK(trial.routes(document, {}, true).routes.at(0).authenticate == std::vector{Credential::api_key, Credential::jwt});
  ContractOptions options;
  options.unsecured = std::vector{Credential::none};
  CHECK(trial.routes(document, options).routes.at(0).authenticate == std::vector{Credential::none});
}

TEST_CASE("contract: one operation that is open on purpose does not open those that say nothing, and each that is open is told") {
  ContractFolder trial;
  const auto document = [](std::string_view health, std::string_view top = "") {
    return "openapi: 3.0.3\ninfo: { title: t, version: \"1\" }\n" + std::string(top) +
           "components: { securitySchemes: { key: { type: apiKey, in: header, name: X-API-Key } } }\npaths:\n"
           "  /health: { get: { operationId: health, security: " +
           std::string(health) +
           ", responses: { \"200\": { description: ok } } } }\n"
           "  /patients: { get: { operationId: patients, responses: { \"200\": { description: ok } } } }\n";
  };
  const auto open_ones = [](const ContractRoutes& made) {
    return std::ranges::count_if(made.notes, [](const auto& note) { return note.what.contains(" is open: anybody may call it"); });
  };
  for (const auto* nothing : {"[{}]", "[]", "[{}, {}]"}) {
    CAPTURE(nothing);
    const auto made = trial.routes(document(nothing));
    CHECK(made.problems.empty());
    CHECK(named(made, "patients")->authenticate == std::vector{Credential::api_key});
    CHECK(named(made, "health")->authenticate == std::vector{Credential::api_key});
    CHECK(open_ones(made) == 0);
  }
  // The neighbours: who asks somewhere has thought of it, and what is open then is told by its name.
  const auto asked = trial.routes(document("[{ key: [] }]"));
  CHECK(named(asked, "patients")->authenticate == std::vector{Credential::none});
  CHECK(named(asked, "health")->authenticate == std::vector{Credential::api_key});
  CHECK(open_ones(asked) == 1);
  CHECK(std::ranges::any_of(asked.notes, [](const auto& note) { return note.what.starts_with("GET /patients is open: anybody may call it"); }));
  const auto guarded = trial.routes(document("[{}]", "security: [{ key: [] }]\n"));
  CHECK(named(guarded, "patients")->authenticate == std::vector{Credential::api_key});
  CHECK(named(guarded, "health")->authenticate == std::vector{Credential::none});
  CHECK(open_ones(guarded) == 1);
  const auto either = trial.routes(document("[{ key: [] }, {}]"));
  CHECK(named(either, "health")->authenticate == std::vector{Credential::none});
  CHECK(open_ones(either) == 2);
}

TEST_CASE("contract: a scheme that nothing stands for refuses the contract and says what would bind it; one that is bound passes") {
  ContractFolder trial;
  for (const std::string scheme : {"elsewhere", "basic", "login"}) {
    CAPTURE(scheme);
    const auto document = replaced(pets, "[{ key: [pets:delete] }]", "[{ " + scheme + ": [] }]");
    const auto made = trial.routes(document);
    REQUIRE(made.problems.size() == 1);
    CHECK(made.problems[0].path == "contracts.pets.schemes");
    CHECK(made.problems[0].what.contains("'" + scheme + "'"));
    CHECK(made.problems[0].example == "schemes: { " + scheme + ": [api_key] }");
    ContractOptions options;
    options.schemes[scheme] = {Credential::api_key};
    CHECK(trial.routes(document, options).problems.empty());
  }
  ContractOptions misspelt;
  misspelt.schemes["beaver"] = {Credential::jwt};
  CHECK(trial.routes(pets, misspelt).problems.at(0).path == "contracts.pets.schemes.beaver");
}

TEST_CASE("contract: what the gate cannot ask for is refused, not weakened") {
  ContractFolder trial;
  const auto refused = [&](std::string_view requirement) {
    const auto made = trial.routes(replaced(pets, "[{ key: [pets:delete] }]", requirement));
    return made.problems.empty() ? std::string{} : made.problems.front().what;
  };
  CHECK(refused("[{ key: [], bearer: [] }]").contains("several credentials at once"));
  CHECK(refused("[{ key: [a] }, { key: [b] }]").contains("either of two lists of scopes"));
  CHECK(refused("[{ key: [\"a b\"] }]").contains("as a scope"));
  CHECK(refused("[{ key: [a] }, { bearer: [b] }]").empty());
}

TEST_CASE("contract: paths that a route cannot tell apart are one route, and a request has to keep one of the operations") {
  ContractFolder trial;
  const auto made = trial.routes(R"(openapi: 3.0.3
info: { title: t, version: "1" }
paths:
  /reports/{id}.json:
    get: { operationId: asJson, parameters: [{ name: id, in: path, required: true, schema: { type: integer } }], responses: { "200": { description: ok } } }
  /reports/{name}.txt:
    get: { operationId: asText, parameters: [{ name: name, in: path, required: true, schema: { type: string } }], responses: { "200": { description: ok } } }
)");
  CHECK(made.problems.empty());
  REQUIRE(made.routes.size() == 1);
  Arena memory;
  CHECK(asked(made.routes[0], "/reports/7.json", memory).empty());
  CHECK(asked(made.routes[0], "/reports/abc.txt", memory).empty());
  CHECK_FALSE(asked(made.routes[0], "/reports/abc.json", memory).empty());
  CHECK_FALSE(asked(made.routes[0], "/reports/7.pdf", memory).empty());
}

TEST_CASE("contract: faults of the document are told with its file, line and pointer") {
  ContractFolder trial;
  const auto made = trial.routes(replaced(pets, "operationId: dropPet", "operationId: getPet"));
  REQUIRE_FALSE(made.problems.empty());
  CHECK(made.problems[0].file.ends_with("/pets.yaml"));
  CHECK(made.problems[0].at.line > 1);
  CHECK(made.problems[0].path.starts_with("#/paths/"));
}

TEST_CASE("contract: a slip elsewhere in the configuration hides no fault of the document, and makes none up") {
  ContractFolder trial;
  trial.folder.write("right.yaml", std::string(pets));
  trial.folder.write("wrong.yaml",
                     replaced(replaced(pets, "operationId: dropPet", "operationId: getPet"), "[{ key: [pets:delete] }]", "[{ basic: [] }]"));
  const auto problems_of = [&](std::string_view contracts, std::string_view rest = "routes: []", std::string_view upstream = "upstreams") {
    const auto loaded =
        load("listeners: [{ address: 127.0.0.1:8443, tls: off }]\n" + std::string(upstream) +
                 ": { api: { servers: [\"http://127.0.0.1:3000\"] } }\ncontracts:\n" + std::string(contracts) + std::string(rest) + "\n",
             {.file = "gatehouse.yaml", .folder = trial.folder.path(), .environment = {}});
    std::vector<std::string> said;
    if (!loaded)
      for (const auto& problem : loaded.error())
        said.push_back(problem.file.substr(problem.file.rfind('/') + 1) + ':' + (problem.path.starts_with("#") ? "#" : problem.path));
    std::ranges::sort(said);
    return said;
  };
  using Said = std::vector<std::string>;
  const std::string right = "  pets: { file: right.yaml, upstream: api }\n", wrong = "  pets: { file: wrong.yaml, upstream: api }\n";
  CHECK(problems_of(right).empty());
  const std::string colour = "routes: [{ name: a, path: /a, methods: [GET], upstream: api, authenticate: none, colour: red }]";
  CHECK(problems_of(right, colour) == Said{"gatehouse.yaml:routes[0].colour"});
  CHECK(problems_of(wrong, colour) == Said{"gatehouse.yaml:routes[0].colour", "wrong.yaml:#"});
  CHECK(problems_of("  pets: { file: wrong.yaml, upstream: api, validate: enforced }\n") ==
        Said{"gatehouse.yaml:contracts.pets.validate", "wrong.yaml:#"});
  CHECK(problems_of(right, "routes: []\nissuers: { a: { issuer: 7 } }").size() < 6);  // and no complaint about schemes
  CHECK(problems_of("  a: { file: wrong.yaml, upstream: api }\n  b: { file: right.yaml, upstream: api, bodymax: 1MiB }\n") ==
        Said{"gatehouse.yaml:contracts.b.bodymax", "wrong.yaml:#"});
  CHECK(problems_of(right, "routes: []", "upstream") == Said{"gatehouse.yaml:upstream"});
  // What stands for its schemes is written where the slip is: nothing is said of them.
  const auto basic = replaced(pets, "[{ key: [pets:delete] }]", "[{ basic: [] }]");
  trial.folder.write("basic.yaml", basic);
  CHECK(problems_of("  pets: { file: basic.yaml, upstream: api }\n") == Said{"gatehouse.yaml:contracts.pets.schemes"});
  CHECK(problems_of("  pets: { file: basic.yaml, upstream: api, shemes: { basic: [api_key] } }\n") == Said{"gatehouse.yaml:contracts.pets.shemes"});
}

TEST_CASE("contract: a document that cannot be read is a problem of the setting that names it, one that it refers to of the place that does") {
  ContractFolder trial;
  ContractOptions gone;
  gone.file = trial.folder.path() + "/gone.yaml";
  const auto made = routes_of_contract("pets", gone, false);
  REQUIRE(made.problems.size() == 1);
  CHECK(made.problems[0].file.empty());
  CHECK(made.problems[0].path == "contracts.pets.file");
  CHECK(made.problems[0].what == gone.file + ": cannot be opened: No such file or directory");
  const auto inner = trial.routes(replaced(pets, "schema: { type: integer }", "schema: { $ref: \"gone.yaml\" }"));
  REQUIRE_FALSE(inner.problems.empty());
  CHECK(inner.problems[0].file.ends_with("/pets.yaml"));
  CHECK(inner.problems[0].path.starts_with("#/paths/"));
}

TEST_CASE("contract: a server's path is taken off for an API that does not know it, and nothing is taken off a path that does not begin so") {
  ContractFolder trial;
  ContractOptions options;
  options.strip_prefix = "/v1";
  options.timeouts.idle = 1h;
  options.audit = audit::Level::all;
  const auto made = trial.routes(pets, options);
  CHECK(made.problems.empty());
  for (const auto& route : made.routes) {
    CHECK(route.strip_prefix == "/v1");
    CHECK(route.timeouts.idle == 1h);
    CHECK(route.audit == audit::Level::all);
    CHECK(route.contract == "pets");
  }
  options.strip_prefix = "/v";
  const auto other = trial.routes(pets, options);
  REQUIRE(other.problems.size() == 1);
  CHECK(other.problems[0].path == "contracts.pets.strip_prefix");
  CHECK(other.problems[0].what.starts_with("is not the beginning of the path /v1/"));
}

TEST_CASE("contract: what other gateways read as a pattern stands for itself, is found so, and is told") {
  ContractFolder trial;
  const auto path = [&](std::string_view written, std::string_view server = "https://api.example/v1") {
    return trial.routes(replaced(replaced(pets, "/prices:", "\"" + std::string(written) + "\":"), "https://api.example/v1", server));
  };
  const auto told = [](const ContractRoutes& made) {
    return std::ranges::count_if(made.notes, [](const auto& note) { return note.what.contains("is no pattern in OpenAPI"); });
  };
  for (const auto& [written, as_route] : {std::pair{"/v1/*", "/v1/v1/%2A"}, {"/:id", "/v1/%3Aid"}, {"/x[1]", "/v1/x[1]"}, {"/a.+", "/v1/a.+"}}) {
    CAPTURE(written);
    const auto made = path(written);
    REQUIRE(made.problems.empty());
    CHECK(named(made, "listPrices")->path == as_route);
    CHECK(told(made) == 1);
    CHECK(gateway::PathTemplate::parse(as_route).has_value());
  }
  CHECK(told(path("/things:batch")) == 0);
  CHECK(told(path("/Users({id})")) == 0);
  const auto versioned = path("/prices", "https://api.example/:v1");
  CHECK(versioned.problems.empty());
  CHECK(named(versioned, "listPrices")->path == "/%3Av1/prices");
  // A path with the name of a variable longer than any that a route has.
  const std::string name(80, 'x');
  auto document = replaced(pets, "/pets/{id}", "/pets/{" + name + "}");
  for (int i = 0; i < 2; ++i) document = replaced(document, "name: id,", "name: " + name + ",");
  const auto longest = trial.routes(document);
  REQUIRE(longest.routes.size() == 3);
  CHECK(named(longest, "getPet")->path == "/v1/pets/{" + name.substr(0, 64) + "}");
}

TEST_CASE("contract: files outside of its folder are not read, by name or by link") {
  ContractFolder trial;
  const Folder outside;
  outside.write("secret.yaml", "type: string\n");
  std::filesystem::create_symlink(outside.path() + "/secret.yaml", trial.folder.path() + "/link.yaml");
  for (const std::string file : {"../secret.yaml", "link.yaml", "/etc/passwd", "gone.yaml"}) {
    CAPTURE(file);
    CHECK_FALSE(trial.routes(replaced(pets, "schema: { type: integer }", "schema: { $ref: \"" + file + "\" }")).problems.empty());
  }
  trial.folder.write("id.yaml", "type: integer\n");
  CHECK(trial.routes(replaced(pets, "schema: { type: integer }", "schema: { $ref: \"id.yaml\" }")).problems.empty());
}

TEST_CASE("contract: a document of the configuration that has contracts needs no routes of its own, and no two things answer one request") {
  ContractFolder trial;
  trial.folder.write("pets.yaml", std::string(pets));
  const auto loaded = [&](std::string_view routes, std::string_view upstream = "api") {
    return load("listeners: [{ address: 127.0.0.1:8443, tls: off }]\nupstreams: { api: { servers: [\"http://127.0.0.1:3000\"] } }\nroutes: " +
                    std::string(routes) + "\ncontracts: { pets: { file: pets.yaml, upstream: " + std::string(upstream) + " } }\n",
                {.file = "gatehouse.yaml", .folder = trial.folder.path(), .environment = {}});
  };
  const auto alone = loaded("[]");
  REQUIRE_MESSAGE(alone.has_value(), render_errors(alone ? Problems{} : alone.error()));
  CHECK(alone->routes.size() == 3);
  REQUIRE(alone->contract_notes.size() >= 1);
  CHECK(alone->contract_notes[0].file == "gatehouse.yaml");
  CHECK(alone->contract_notes[0].at.line == 4);
  const auto twice = loaded("[{ name: mine, path: \"/v1/pets/{number}\", methods: [GET], upstream: api, authenticate: none }]");
  REQUIRE_FALSE(twice.has_value());
  CHECK(twice.error()[0].what == "GET /v1/pets/{id} belongs to the route 'mine' already");
  CHECK(twice.error()[0].at.line == 4);
  const auto beside = loaded("[{ name: getPet, path: /other, methods: [GET], upstream: api, authenticate: none }]");
  REQUIRE(beside.has_value());
  CHECK(beside->routes.size() == 4);
  CHECK_FALSE(loaded("[]", "nobody").has_value());
  CHECK_FALSE(load("listeners: [{ address: 127.0.0.1:8443, tls: off }]\nupstreams: { api: { servers: [\"http://127.0.0.1:3000\"] } }\nroutes: []\n",
                   {.file = "gatehouse.yaml", .folder = trial.folder.path(), .environment = {}})
                  .has_value());
}

namespace {
constexpr std::string_view shop = R"(openapi: 3.1.0
info: { title: Shop, version: "1" }
paths:
  /items/{id}:
    parameters: [{ name: id, in: path, required: true, schema: { type: integer } }]
    get:
      operationId: getItem
      responses:
        "200":
          description: ok
          headers: { X-Left: { schema: { type: integer } } }
          content: { application/json: { schema: { type: object, required: [name], properties: { name: { type: string } } } } }
    put: { responses: { "204": { description: done }, "206": { description: a part } } }
)";

/// What the operation of that route says of an answer to GET.
gateway::Validator::Findings answered(const gateway::RouteOptions& route, http::Status status, std::string_view type,
                                      std::optional<std::string_view> body, Arena& memory, bool conditional = false) {
  http::RequestHead head(memory);
  head.method = http::Method::get;
  head.method_token = "GET";
  head.target = "/items/7";
  head.headers.add(http::HeaderId::host, "api.example");
  if (conditional) head.headers.add(http::HeaderId::if_none_match, "\"a\"");
  const auto request = http::canonical(head, {}, memory);
  REQUIRE(request.has_value());
  http::Headers headers(memory);
  if (!type.empty()) headers.add(http::HeaderId::content_type, type);
  return route.validator->check_answer({.request = *request, .status = status, .headers = headers, .has_body = !type.empty(), .body = body}, memory);
}
}  // namespace

TEST_CASE("contract: an answer is held to the operation, and a wrong one is the upstream's fault") {
  ContractFolder trial;
  const auto made = trial.routes(shop);
  REQUIRE_MESSAGE(made.problems.empty(), made.problems.front().what);
  const auto& route = *named(made, "getItem");
  Arena memory;
  CHECK(answered(route, 200, "application/json", R"({"name":"a"})", memory).empty());
  const auto wrong = answered(route, 200, "application/json", R"({"name":1})", memory);
  CHECK(wrong.kind == http::ProblemKind::answer_invalid);
  REQUIRE(wrong.violations.size() == 1);
  CHECK(wrong.violations[0].at == "/name");
  const auto oops = answered(route, 500, "text/plain", "a stack trace", memory);
  CHECK(oops.kind == http::ProblemKind::answer_invalid);
  REQUIRE(oops.violations.size() == 1);
  CHECK(oops.violations[0].in == http::Violation::In::status);
  CHECK(oops.violations[0].detail == "500 is not described");
  CHECK_FALSE(answered(route, 200, "text/html", std::nullopt, memory).empty());
  CHECK(answered(route, 304, "", std::nullopt, memory, true).empty());
  CHECK_FALSE(answered(route, 304, "", std::nullopt, memory).empty());
}

TEST_CASE("contract: what becomes of answers goes with what becomes of requests, unless it is said, of all operations or of one") {
  using gateway::Validate, gateway::ValidateAnswers, gateway::LargeAnswers;
  ContractFolder trial;
  trial.folder.write("shop.yaml", shop);
  const auto routes = [&](std::string_view more) {
    const auto loaded = load(
        "listeners: [{ address: 127.0.0.1:8443, tls: off }]\nupstreams: { api: { servers: [\"http://127.0.0.1:3000\"] } }\nroutes: []\n"
        "contracts: { shop: { file: shop.yaml, upstream: api" +
            std::string(more) + " } }\n",
        {.file = "gatehouse.yaml", .folder = trial.folder.path(), .environment = {}});
    REQUIRE_MESSAGE(loaded.has_value(), render_errors(loaded ? Problems{} : loaded.error()));
    return loaded->routes;
  };
  const auto get = [&](std::string_view more) {
    const auto all = routes(more);
    return *std::ranges::find(all, "getItem", &gateway::RouteOptions::name);
  };
  CHECK(get("").validate == Validate::enforce);
  CHECK(get("").validate_answers == ValidateAnswers::refuse);
  CHECK(get(", validate: enforce").validate_answers == ValidateAnswers::refuse);
  CHECK(get(", validate: shadow").validate_answers == ValidateAnswers::log);
  CHECK(get(", validate: off").validate_answers == ValidateAnswers::off);
  CHECK(get(", validate: { requests: shadow }").validate_answers == ValidateAnswers::log);
  CHECK(get(", validate: { answers: strip }").validate == Validate::enforce);
  CHECK(get(", validate: { answers: strip }").validate_answers == ValidateAnswers::strip);
  CHECK(get(", validate: { requests: off, answers: refuse, large_answers: pass }").large_answers == LargeAnswers::pass);
  CHECK(get(", answer_max: 1KiB").answer_bytes_max == 1024);
  const auto both = routes(
      R"(, validate: shadow, operations: { getItem: { validate: { answers: strip }, body_max: 2KiB }, "PUT /items/{id}": { answer_max: 3KiB } })");
  REQUIRE(both.size() == 2);
  const auto& item = *std::ranges::find(both, "getItem", &gateway::RouteOptions::name);
  const auto& other = *std::ranges::find_if(both, [](const auto& route) { return route.name != "getItem"; });
  CHECK(item.validate == Validate::enforce);
  CHECK(item.validate_answers == ValidateAnswers::strip);
  CHECK(item.body_bytes_max == 2048);
  CHECK(item.answer_bytes_max == 4 * 1024 * 1024);
  CHECK(other.validate == Validate::shadow);
  CHECK(other.answer_bytes_max == 3072);
  CHECK_FALSE(item.validator->describes(206));
  CHECK(other.validator->describes(206));
}

TEST_CASE("contract: who looks for injections is told what the contract proves harmless, for all operations that a request may be of") {
  ContractFolder trial;
  constexpr std::string_view two = R"(openapi: 3.1.0
info: { title: t, version: "1" }
security: [{ key: [] }]
components: { securitySchemes: { key: { type: apiKey, in: header, name: X-API-Key } } }
paths:
  /a#one:
    post:
      parameters: [{ name: n, in: query, schema: { type: integer } }, { name: m, in: query, schema: { type: integer } }]
      requestBody: { content: { application/json: { schema: { type: object, properties: { a: { type: integer }, b: { type: integer } } } } } }
      responses: { "200": { description: ok } }
  /a#two:
    post:
      parameters: [{ name: n, in: query, schema: { type: boolean } }, { name: m, in: query, schema: { type: string } }]
      requestBody: { content: { application/json: { schema: { type: object, properties: { a: { type: integer }, b: { type: string } } } } } }
      responses: { "200": { description: ok } }
)";
  const auto made = trial.routes(two);
  REQUIRE(made.routes.size() == 1);
  Arena memory;
  http::RequestHead head(memory);
  head.method = http::Method::post;
  head.method_token = "POST";
  head.target = "/a";
  head.headers.add(http::HeaderId::host, "api.example");
  head.headers.add(http::HeaderId::content_type, "application/json");
  const auto request = http::canonical(head, {}, memory);
  REQUIRE(request.has_value());
  const auto harmless = made.routes[0].validator->harmless(*request);
  REQUIRE(harmless != nullptr);
  using In = http::Violation::In;
  CHECK(harmless->parameter(In::query, "n"));
  CHECK_FALSE(harmless->parameter(In::query, "m"));
  CHECK_FALSE(harmless->parameter(In::path, "n"));
  CHECK_FALSE(harmless->parameter(In::body, "n"));
  CHECK(harmless->body("/a"));
  CHECK_FALSE(harmless->body("/b"));
  CHECK_FALSE(harmless->body(""));
}

TEST_CASE("contract: settings of an operation that the document does not have are refused") {
  ContractFolder trial;
  ContractOptions options;
  options.operations["getItems"] = {};
  const auto made = trial.routes(shop, options);
  REQUIRE(made.problems.size() == 1);
  CHECK(made.problems[0].path == "contracts.pets.operations.getItems");
  options.operations.clear();
  options.operations["GET /items/{id}"] = {};
  CHECK(trial.routes(shop, options).problems.empty());
}

TEST_CASE("contract: an operation takes what a route takes, and what is not said of it is as the contract says") {
  ContractFolder trial;
  ContractOptions options;
  options.timeouts.idle = std::chrono::minutes(7);
  options.audit = audit::Level::all;
  options.addresses = {*http::AddressBlock::parse("10.0.0.0/8")};
  auto& own = options.operations["getPet"];
  own.timeouts = gateway::RouteTimeouts{};
  own.limits.emplace().concurrency = 3;
  own.audit = audit::Level::refusals;
  own.addresses = {*http::AddressBlock::parse("192.0.2.0/24")};
  own.issuers = {"clinic"};
  own.features = {"export"};
  own.claims["role"] = {token::ClaimValue("doctor")};
  const auto made = trial.routes(pets, options, true);
  REQUIRE(made.problems.empty());
  const auto* const pet = named(made, "getPet");
  const auto* const other = named(made, "dropPet");
  REQUIRE((pet != nullptr && other != nullptr));
  CHECK(pet->timeouts == gateway::RouteTimeouts{});
  CHECK(pet->limits == own.limits);
  CHECK(pet->audit == audit::Level::refusals);
  CHECK(pet->addresses == *own.addresses);
  CHECK(pet->issuers == own.issuers);
  CHECK(pet->features == own.features);
  CHECK(pet->claims == own.claims);
  CHECK(other->timeouts == options.timeouts);
  CHECK_FALSE(other->limits);
  CHECK(other->audit == audit::Level::all);
  CHECK(other->addresses == options.addresses);
  CHECK(other->issuers.empty());
  CHECK(other->features.empty());
  CHECK(other->claims.empty());
}

TEST_CASE("contract: an operation that is closed stays refused, and its neighbour on the same path is open") {
  ContractFolder trial;
  ContractOptions options;
  options.operations["DELETE /pets/{id}"].closed = true;
  const auto made = trial.routes(pets, options);
  CHECK(made.problems.empty());
  CHECK(named(made, "dropPet") == nullptr);
  CHECK(named(made, "getPet") != nullptr);
}

TEST_CASE("contract: what is asked of a caller goes with the credentials that the operation takes") {
  ContractFolder trial;
  const auto told = [&](auto set, bool has_issuers) {
    ContractOptions options;
    set(options.operations["dropPet"]);  // takes keys alone
    const auto made = trial.routes(pets, options, has_issuers);
    return made.problems.empty() ? std::string() : made.problems.front().path;
  };
  CHECK(told([](OperationOptions& own) { own.claims["role"] = {token::ClaimValue("doctor")}; }, true) == "contracts.pets.operations.dropPet.claims");
  CHECK(told([](OperationOptions& own) { own.issuers = {"clinic"}; }, true) == "contracts.pets.operations.dropPet.issuers");
  CHECK(told([](OperationOptions& own) { own.features = {"export"}; }, true).empty());
  ContractOptions options;
  options.operations["listPrices"].features = {"export"};
  const auto open = trial.routes(pets, options);
  REQUIRE(open.problems.size() == 1);
  CHECK(open.problems[0].path == "contracts.pets.operations.listPrices.features");
}

TEST_CASE("contract: an answer loses what the contract does not declare where that is wished") {
  ContractFolder trial;
  ContractOptions options;
  options.validate.answers = gateway::ValidateAnswers::strip;
  Arena memory;
  http::RequestHead head(memory);
  head.method = http::Method::get;
  head.method_token = "GET";
  head.target = "/items/7";
  head.headers.add(http::HeaderId::host, "api.example");
  const auto request = http::canonical(head, {}, memory);
  REQUIRE(request.has_value());
  http::Headers headers(memory);
  headers.add(http::HeaderId::content_type, "application/json");
  const gateway::Validator::SeenAnswer seen{
      .request = *request, .status = 200, .headers = headers, .has_body = true, .body = R"({"name":"a","cost":1})"};
  const auto made = trial.routes(shop, options);
  const auto stripped = named(made, "getItem")->validator->stripped(seen);
  REQUIRE(stripped);
  CHECK(stripped->body == R"({"name":"a"})");
  CHECK(stripped->members == 1);
  CHECK(stripped->first == "/cost");
  const auto open = trial.routes(replaced(shop, "{ type: string } } } }", "{} } } }"), options);
  const auto& validator = *named(open, "getItem")->validator;
  // Nothing is so deep that it would keep the contract, and not be looked through.
  for (const std::size_t depth : {40, 60, 61, 62, 63, 64, 70}) {
    const std::string deep = R"({"cost":1,"name":)" + std::string(depth, '[') + std::string(depth, ']') + "}";
    const gateway::Validator::SeenAnswer nested{.request = *request, .status = 200, .headers = headers, .has_body = true, .body = deep};

    CHECK((validator.stripped(nested).has_value() || !validator.check_answer(nested, memory).empty()));
    CHECK(validator.stripped(nested).has_value() == (depth < 62));
  }
}

TEST_CASE("contract: what is redacted is said for all operations or for one, and marks of the document are the validator's") {
  ContractFolder trial;
  ContractOptions options;
  options.redact.fields.emplace("pin", redaction::Action::mask);
  options.operations["listPrices"].redact.emplace().numbers = {redaction::NumberKind::card};
  const auto described =
      replaced(pets, "operationId: getPet\n",
               "operationId: getPet\n      x-shown: &shown { properties: { ssn: { type: string, x-gatehouse-scopes: [\"ssn:read\"] } } }\n");
  const auto made = trial.routes(
      replaced(described, "schema: { type: integer } }]\n      responses: { \"200\": { description: ok } }",
               "schema: { type: integer } }]\n      responses: { \"200\": { description: ok, content: { application/json: { schema: *shown } } } }"),
      options);
  CHECK(made.problems.empty());
  const auto* const pet = named(made, "getPet");
  const auto* const prices = named(made, "listPrices");
  REQUIRE(pet);
  REQUIRE(prices);
  CHECK(pet->redact == options.redact);
  CHECK(prices->redact.fields.empty());
  CHECK(prices->redact.numbers.size() == 1);
  CHECK(pet->validator->marks());
  CHECK_FALSE(prices->validator->marks());
  Arena memory;
  http::Headers headers(memory);
  headers.add(http::HeaderId::content_type, "application/json");
  const auto marked = pet->validator->marked(200, headers);
  REQUIRE(marked.size() == 1);
  CHECK(marked[0].readable);
  CHECK(marked[0].rules->guards == std::vector<std::vector<std::string>>{{"ssn:read"}});
  headers.clear();
  headers.add(http::HeaderId::content_type, "text/html");
  REQUIRE(pet->validator->marked(200, headers).size() == 1);
  CHECK_FALSE(pet->validator->marked(200, headers)[0].readable);
}

TEST_CASE("redact: settings of a route are read and written, and paths that name nothing are refused") {
  const auto with = [](const std::string& redact) { return route("path: /a, authenticate: none, redact: " + redact); };
  const auto text = with("{ fields: { \"/a/*/ssn\": remove, pin: last_four }, numbers: [iban], leaks: { secrets: mask } }");
  const auto loaded = load_text(text);
  REQUIRE(loaded.has_value());
  const auto& redact = loaded->routes[0].redact;
  CHECK(redact.fields.at("/a/*/ssn") == redaction::Action::remove);
  CHECK(redact.fields.at("pin") == redaction::Action::last_four);
  CHECK(redact.numbers == std::vector{redaction::NumberKind::iban});
  CHECK(redact.leaks.secrets == redaction::LeakAction::mask);
  CHECK(redact.leaks.stack_traces == redaction::LeakAction::off);
  CHECK(load_text(to_text(*loaded))->routes[0].redact == redact);
  const auto all = load_text(with("{ leaks: refuse }"));
  REQUIRE(all.has_value());
  CHECK(all->routes[0].redact.leaks.has(redaction::LeakAction::refuse));
  CHECK(all->routes[0].redact.leaks.tokens == redaction::LeakAction::off);
  CHECK(told(with("{ fields: { \"a/b\": remove } }")).contains("a place begins with '/'"));
  CHECK(told(with("{ fields: { a: hide } }")).contains("hide"));
  CHECK(told(with("{ numbers: [] }")).contains("numbers"));
  CHECK(told(with("{ leaks: block }")).contains("leaks"));
}
