#include <doctest/doctest.h>

#include <set>
#include <string>

#include "ground/base/text.hpp"
#include "ground/http/problem.hpp"

namespace {
gatehouse::http::Problem problem_of(gatehouse::http::ProblemKind kind, std::string told) {
  return {.kind = kind, .told = std::move(told), .rule = "routes.secret-rule", .facts = "saw=internal", .headers = {}};
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
      render(problem, "d1", ProblemMedia::json) ==
      "{\"type\":\"urn:gatehouse:problem:rate-limited\",\"title\":\"Too many requests\",\"status\":429,\"detail\":\"Wait as long as Retry-After says.\","
      "\"instance\":\"urn:gatehouse:decision:d1\",\"decision\":\"d1\"}\n");
  CHECK(render(problem, "d1", ProblemMedia::xml).find("<status>429</status>") != std::string::npos);
  CHECK(render(problem, "", ProblemMedia::text).starts_with("type: urn:gatehouse:problem:rate-limited\ntitle: Too many requests\nstatus: 429\n"));
  for (const auto media : {ProblemMedia::json, ProblemMedia::text, ProblemMedia::xml}) {
    const auto body = render(problem, "d1", media);
    CHECK(body.find("secret-rule") == std::string::npos);
    CHECK(body.find("internal") == std::string::npos);
  }
}

TEST_CASE("hostile text in a problem stays text in every form") {
  using namespace gatehouse::http;
  const auto problem = problem_of(ProblemKind::bad_header, "a\"}<script>&\r\n\x01\xff\\\xc3\xa4");
  const auto json = render(problem, "d", ProblemMedia::json);
  CHECK(json.find("a\\\"}\\u003cscript>&\\u000d\\u000a\\u0001\xEF\xBF\xBD\\\\\xc3\xa4") != std::string::npos);
  const auto xml = render(problem, "d", ProblemMedia::xml);
  CHECK(xml.find("a\"}&lt;script&gt;&amp;\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\\\xc3\xa4") != std::string::npos);
  const auto plain = render(problem, "d", ProblemMedia::text);
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
