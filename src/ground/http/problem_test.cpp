#include <doctest/doctest.h>

#include <set>
#include <string>
#include <tuple>

#include "ground/base/text.hpp"
#include "ground/http/path.hpp"
#include "ground/http/problem.hpp"
#include "ground/http/query.hpp"

namespace {
gatehouse::http::Problem problem_of(gatehouse::http::ProblemKind kind, std::string told) {
  return {.kind = kind, .told = told, .rule = "routes.secret-rule", .facts = "saw=internal", .headers = {}};
}
std::string rendered(const gatehouse::http::Problem& problem, std::string_view id, gatehouse::http::ProblemMedia media) {
  gatehouse::Arena memory;
  return std::string(gatehouse::http::render(problem, id, media, memory));
}
}  // namespace

TEST_CASE("each kind of problem has its own name, an error status and words for the caller") {
  using namespace gatehouse::http;
  std::set<std::string_view> slugs;
  for (const auto& row : all_problems()) {
    CHECK(slugs.insert(row.slug).second);
    CHECK(row.status >= 400);
    CHECK(row.status <= 599);
    CHECK_FALSE(row.title.empty());
    CHECK(row.remedy.ends_with('.'));
  }
  CHECK(info(ProblemKind::count_).kind == ProblemKind::internal);
}

TEST_CASE("a rendered problem tells the caller what is wrong and the decision id, and never the rule or the facts") {
  using namespace gatehouse::http;
  const auto problem = problem_of(ProblemKind::rate_limited, "");
  CHECK(
      rendered(problem, "d1", ProblemMedia::json) ==
      "{\"type\":\"urn:gatehouse:problem:rate-limited\",\"title\":\"Too many requests\",\"status\":429,\"detail\":\"Wait as long as Retry-After says.\","
      "\"instance\":\"urn:gatehouse:decision:d1\",\"decision\":\"d1\"}\n");
  CHECK(rendered(problem, "d1", ProblemMedia::xml).find("<status>429</status>") != std::string::npos);
  CHECK(rendered(problem, "", ProblemMedia::text).starts_with("type: urn:gatehouse:problem:rate-limited\ntitle: Too many requests\nstatus: 429\n"));
  for (const auto media : {ProblemMedia::json, ProblemMedia::text, ProblemMedia::xml}) {
    const auto body = rendered(problem, "d1", media);
    CHECK(body.find("secret-rule") == std::string::npos);
    CHECK(body.find("internal") == std::string::npos);
  }
}

TEST_CASE("hostile text in a problem stays text in every form") {
  using namespace gatehouse::http;
  const auto problem = problem_of(ProblemKind::bad_header, "a\"}<script>&\r\n\x01\xff\\\xc3\xa4");
  const auto json = rendered(problem, "d", ProblemMedia::json);
  CHECK(json.find("a\\\"}\\u003cscript>&\\u000d\\u000a\\u0001\xEF\xBF\xBD\\\\\xc3\xa4") != std::string::npos);
  const auto xml = rendered(problem, "d", ProblemMedia::xml);
  CHECK(xml.find("a\"}&lt;script&gt;&amp;\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\\\xc3\xa4") != std::string::npos);
  const auto plain = rendered(problem, "d", ProblemMedia::text);
  CHECK(plain.find('\r') == std::string::npos);
  for (const auto& body : {json, xml, plain}) CHECK(gatehouse::text::is_utf8(body));
}

TEST_CASE("the form of a problem follows Accept, and is JSON where nothing fits") {
  using namespace gatehouse::http;
  CHECK(problem_media("") == ProblemMedia::json);
  CHECK(problem_media("*/*") == ProblemMedia::json);
  CHECK(problem_media("image/png") == ProblemMedia::json);
  CHECK(problem_media("application/xml") == ProblemMedia::xml);
  CHECK(problem_media("text/*") == ProblemMedia::text);
  CHECK(problem_media("application/json;q=0.5, application/problem+xml;q=0.9") == ProblemMedia::xml);
  CHECK(problem_media("application/json ; q=0, */*") == ProblemMedia::text);
  CHECK(problem_media("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8") == ProblemMedia::text);
  CHECK(problem_media("text/plain;q=2, application/json;q=0.1") == ProblemMedia::json);
  CHECK(problem_media(",,;;q=,") == ProblemMedia::json);
}

TEST_CASE("what is told comes before the remedy, in every kind and form, and the id is escaped like any text") {
  using namespace gatehouse::http;
  for (const auto& row : all_problems()) {
    const auto problem = problem_of(row.kind, "Told.");
    const auto json = rendered(problem, "d\"1", ProblemMedia::json);
    CHECK(json == "{\"type\":\"urn:gatehouse:problem:" + std::string(row.slug) + "\",\"title\":\"" + std::string(row.title) +
                      "\",\"status\":" + std::to_string(row.status) + ",\"detail\":\"Told. " + std::string(row.remedy) +
                      "\",\"instance\":\"urn:gatehouse:decision:d\\\"1\",\"decision\":\"d\\\"1\"}\n");
    CHECK(rendered(problem, "d<1", ProblemMedia::xml) ==
          "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<problem xmlns=\"urn:ietf:rfc:7807\"><type>urn:gatehouse:problem:" + std::string(row.slug) +
              "</type><title>" + std::string(row.title) + "</title><status>" + std::to_string(row.status) + "</status><detail>Told. " +
              std::string(row.remedy) + "</detail><instance>urn:gatehouse:decision:d&lt;1</instance><decision>d&lt;1</decision></problem>\n");
    CHECK(rendered(problem, "d1", ProblemMedia::text) ==
          "type: urn:gatehouse:problem:" + std::string(row.slug) + "\ntitle: " + std::string(row.title) + "\nstatus: " + std::to_string(row.status) +
              "\ndetail: Told. " + std::string(row.remedy) + "\ninstance: urn:gatehouse:decision:d1\ndecision: d1\n");
  }
}

TEST_CASE("a rule that knows better what the caller can do says it instead of its kind, and never beside it") {
  using namespace gatehouse::http;
  const auto said = [](ProblemKind kind, std::string rule) {
    return rendered({.kind = kind, .told = "Told.", .rule = rule, .facts = {}, .headers = {}}, "", ProblemMedia::text);
  };
  for (const auto& [kind, rule, words] :
       {std::tuple{ProblemKind::credential_invalid, "authenticate.key-in-query", "Told. Send it in X-Api-Key, "},
        std::tuple{ProblemKind::credential_invalid, "authenticate.token-in-query", "Told. Send it in Authorization"},
        std::tuple{ProblemKind::misdirected, "http.target.connection", "Told. Use TLS for https "},
        std::tuple{ProblemKind::malformed_request, "http.clear-text", "Told. Use https"},
        std::tuple{ProblemKind::bad_path, "routes.all.encoded_slash", "Told. Write a slash between segments"}}) {
    CHECK_MESSAGE(said(kind, rule).contains(words), said(kind, rule));
    CHECK_FALSE(said(kind, rule).contains(info(kind).remedy));
    CHECK(said(kind, rule).contains(remedy(kind, rule)));
  }
  for (const auto& [kind, rule] :
       {std::pair{ProblemKind::credential_invalid, "keys.unknown"}, std::pair{ProblemKind::misdirected, "admit.server-name"},
        std::pair{ProblemKind::bad_path, "http.path.dot-segment"}, std::pair{ProblemKind::internal, "authenticate.key-in-query"}})
    CHECK(said(kind, rule).contains("Told. " + std::string(info(kind).remedy)));
}

TEST_CASE("what a caller is told to do cures what was refused: the advice of one rule is not given for its neighbour") {
  using namespace gatehouse::http;
  const auto advice = [](ProblemKind kind, std::string_view rule) { return std::string(remedy(kind, rule)); };
  // Refused by the canonical form itself, so that rule, kind and advice are those that a caller gets.
  gatehouse::Arena arena;
  const auto of_path = [&](std::string_view path) {
    const auto refused = NormalPath::parse(path, arena).error();
    return advice(refused.kind, refused.rule);
  };
  const auto of_query = [&](std::string_view query) {
    const auto refused = Query::parse(query).error();
    return advice(refused.kind, refused.rule);
  };
  CHECK(of_query("_method=1").contains("with the method that is meant"));
  CHECK(of_query("a=1;%5fmethod=PUT").contains("with the method that is meant"));
  CHECK(of_query("q=%00").starts_with("Leave it out"));
  CHECK(of_query("q=%zz").contains("%25"));
  CHECK(of_query("q=#").contains("%23"));
  CHECK(of_query("q=\xc3\xa9").starts_with("Percent-encode it"));
  for (const auto* query : {"_method=1", "q=%00", "q=#"}) CHECK_FALSE(of_query(query).contains("%25"));
  CHECK(of_path("/a%00").starts_with("Leave it out"));
  CHECK(of_path("/%zz").contains("%25"));
  CHECK(of_path("/a#b").contains("%23"));
  CHECK(of_path("/%c0%ae").contains("shortest form"));
  CHECK(of_path("/\xc3\xa9").starts_with("Percent-encode it"));
  CHECK(of_path("a").contains("begins with a slash"));
  for (const auto* path : {"/a%00", "/%zz", "/a#b", "/%c0%ae", "a"}) CHECK_FALSE(of_path(path).contains("dot segments"));
  for (const auto* path : {"/a/../b", "/a//b", "/a\\b", "/a%5cb", "/a%252e"}) CHECK(of_path(path) == info(ProblemKind::bad_path).remedy);
  // The same rule in an upstream's answer is nothing that the caller can cure.
  CHECK(remedy(ProblemKind::upstream_malformed, "http.framing.length") == info(ProblemKind::upstream_malformed).remedy);
}

TEST_CASE("the forms that programs ask for most are told apart from those that look like them") {
  using namespace gatehouse::http;
  CHECK(problem_media("application/json") == ProblemMedia::json);
  CHECK(problem_media("application/json2, text/plain") == ProblemMedia::text);
  CHECK(problem_media("application/json;q=0") == ProblemMedia::json);  // nothing fits
  CHECK(problem_media("*/*;q=0.1, application/xml") == ProblemMedia::xml);
}

TEST_CASE("a problem lists every violation of the contract, in each form, with what was expected and where that stands") {
  using namespace gatehouse::http;
  auto problem = problem_of(ProblemKind::body_invalid, "");
  problem.violations = {{Violation::In::query, "limit", "must be a whole number from 1 to 100", "#/paths/~1patients/get/parameters/0"},
                        {Violation::In::body, "/name", "must have at most 80 characters", "#/components/schemas/Patient"}};
  const auto json = rendered(problem, "d1", ProblemMedia::json);
  CHECK(json.ends_with(
      "\"decision\":\"d1\",\"violations\":["
      "{\"in\":\"query\",\"name\":\"limit\",\"detail\":\"must be a whole number from 1 to 100\",\"contract\":\"#/paths/~1patients/get/parameters/0\"},"
      "{\"in\":\"body\",\"pointer\":\"/name\",\"detail\":\"must have at most 80 characters\",\"contract\":\"#/components/schemas/Patient\"}]}\n"));
  CHECK(rendered(problem, "d1", ProblemMedia::text)
            .ends_with("decision: d1\n"
                       "violation: query limit: must be a whole number from 1 to 100 (#/paths/~1patients/get/parameters/0)\n"
                       "violation: body /name: must have at most 80 characters (#/components/schemas/Patient)\n"));
  CHECK(rendered(problem, "d1", ProblemMedia::xml)
            .ends_with("</decision><violations><violation><in>query</in><name>limit</name><detail>must be a whole number from 1 to 100</detail>"
                       "<contract>#/paths/~1patients/get/parameters/0</contract></violation><violation><in>body</in><pointer>/name</pointer>"
                       "<detail>must have at most 80 characters</detail><contract>#/components/schemas/Patient</contract></violation>"
                       "</violations></problem>\n"));
  problem.violations.clear();
  CHECK(rendered(problem, "d1", ProblemMedia::json).find("violations\":") == std::string::npos);
}

TEST_CASE("a hostile name in a violation stays text in every form") {
  using namespace gatehouse::http;
  auto problem = problem_of(ProblemKind::body_invalid, "");
  problem.violations = {{Violation::In::body, "/a\"}]<b>&\n\xff", "must not be there", "#"}};
  CHECK(rendered(problem, "d", ProblemMedia::json).find("\"pointer\":\"/a\\\"}]\\u003cb>&\\u000a\xEF\xBF\xBD\"") != std::string::npos);
  CHECK(rendered(problem, "d", ProblemMedia::xml).find("<pointer>/a\"}]&lt;b&gt;&amp;\xEF\xBF\xBD\xEF\xBF\xBD</pointer>") != std::string::npos);
  CHECK(rendered(problem, "d", ProblemMedia::text).find("body /a\"}]<b>&\xEF\xBF\xBD\xEF\xBF\xBD: must") != std::string::npos);
}
