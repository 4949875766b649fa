// What is bounded when messages are held to a contract: the last that is taken, and the first that is not.
#include "engines/contract/pairs.hpp"
#include "engines/contract/trial_contract.hpp"

using namespace gatehouse;
using namespace gatehouse::contract;
using namespace gatehouse::contract::trial;

namespace {
std::string pairs_of(std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += (i > 0 ? "&n" : "n") + std::to_string(i) + "=1";
  return out;
}
}  // namespace

TEST_CASE("a query and a form have so many pairs and no more") {
  const auto contract = compiled(
      "openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths:\n  /a:\n    post:\n      requestBody: {content: {application/x-www-form-urlencoded: {schema: {type: object}}}}\n");
  const auto& operation = contract.operations().front();
  const CheckOptions open{.refuse_unknown_query = false};
  const auto most = pairs_of(Pairs::pairs_max), more = pairs_of(Pairs::pairs_max + 1);
  CHECK(checked(operation, {.query = most}, open).empty());
  CHECK(checked(operation, {.query = more}, open) == "400 query must have names in percent-encoded UTF-8, and at most 2000 of them\n");
  const auto form = [&](std::string_view body) {
    return checked(operation, {.headers = {{"content-type", "application/x-www-form-urlencoded"}}, .body = body});
  };
  CHECK(form(most).empty());
  CHECK(form(more) == "400 body must be pairs of name=value in percent-encoded UTF-8, at most 2000\n");
}

TEST_CASE("a name that does not decode is no name") {
  for (const std::string_view query : {"%=1", "%4=1", "%zz=1", "%C3=1", "a%FF=1"})
    CHECK_MESSAGE(queried("{name: n, in: query, schema: {type: integer}}", query) ==
                      "400 query must have names in percent-encoded UTF-8, and at most 2000 of them\n",
                  query);
  CHECK(queried("{name: '\u00e4', in: query, schema: {type: integer}}", "%C3%A4=1").empty());
}

TEST_CASE("a text that is longer than any number is none") {
  const std::string number = "{name: n, in: query, schema: {type: number}}", most = "1." + std::string(398, '7');
  CHECK(queried(number, "n=" + most).empty());
  CHECK(queried(number, "n=" + most + "7") == "400 query.n must be a number\n");
  CHECK(queried("{name: n, in: query, schema: {type: [number, string]}}", "n=" + most + "7").empty());
}

TEST_CASE("a name that came is told in full up to a hundred bytes, and cut between characters") {
  const std::string long_name(99, 'x');
  CHECK(queried("{name: n, in: query, schema: {}}", long_name + "y=1") == "400 query." + long_name + "y is not described\n");
  CHECK(queried("{name: n, in: query, schema: {}}", long_name + "yz=1") == "400 query." + long_name + "y is not described\n");
  CHECK(queried("{name: n, in: query, schema: {}}", long_name + "%C3%A4=1") == "400 query." + long_name + " is not described\n");
}

TEST_CASE("of many media types eight are told") {
  const auto told = [](int count) {
    std::string content;
    for (int i = 0; i < count; ++i) content += "text/t" + std::to_string(i) + ": {}\n";
    return posted(content, "image/png", "x");
  };
  CHECK(told(8).ends_with("text/t6, text/t7\n"));
  CHECK(told(9).ends_with("text/t6, text/t7 ...\n"));
}

TEST_CASE("a header comes once unless it is a list, and then its fields are one") {
  const auto sent = [](std::string_view schema, std::vector<std::pair<std::string_view, std::string_view>> headers) {
    return with_parameter("{name: X-N, in: header, required: true, schema: " + std::string(schema) + "}", {.headers = std::move(headers)});
  };
  CHECK(sent("{type: integer}", {{"x-n", "1"}}).empty());
  CHECK(sent("{type: integer}", {{"x-n", "1"}, {"x-n", "1"}}) == "400 header.x-n must come only once\n");
  CHECK(sent("{type: integer}", {{"x-m", "1"}}) == "400 header.x-n is required\n");
  const std::string list = "{type: array, items: {type: integer}, minItems: 3, maxItems: 3}";
  CHECK(sent(list, {{"x-n", "1, 2"}, {"x-n", "3"}}).empty());
  CHECK(sent(list, {{"x-n", "1"}, {"x-n", "2"}}) == "400 header.x-n must have at least 3 elements\n");
  CHECK(sent(list, {{"x-n", "1"}, {"x-n", "2"}, {"x-n", "a"}}) == "400 header.x-n#/2 must be an integer\n");
}

TEST_CASE("what a parameter may take to judge is taken off one budget for all of them") {
  const auto contract = compiled(
      "openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths:\n  /a:\n    get:\n      parameters:\n"
      "        - {name: a, in: query, content: {application/json: {schema: {type: array, items: {anyOf: [{type: string, maxLength: 1}, {type: object}]}}}}}\n"
      "        - {name: b, in: query, content: {application/json: {schema: {type: array, items: {anyOf: [{type: string, maxLength: 1}, {type: object}]}}}}}\n");
  const auto& operation = contract.operations().front();
  std::string list = "[{}";
  for (int i = 0; i < 50; ++i) list += ",{}";
  list += ']';
  const auto told = [&](const std::string& query, std::uint64_t steps) {
    return checked(operation, {.query = query}, {.steps = {.least = steps, .a_byte = 0}});
  };
  const auto one = "a=" + list, both = one + "&b=" + list;
  std::uint64_t enough = 1;
  while (!told(one, enough).empty()) ++enough;
  CHECK(enough > 50);
  CHECK(told(one, enough - 1) == "400 query.a takes too long to judge\n");
  CHECK(told(both, enough) == "400 query.b takes too long to judge\n");
  CHECK(told(both, 2 * enough).empty());
}
