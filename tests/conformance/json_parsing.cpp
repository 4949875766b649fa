// nst/JSONTestSuite: texts that every parser must take, must refuse, or may do either with.
#include <algorithm>

#include "ground/base/encoding.hpp"
#include "suite.hpp"

namespace {
/// The suite is staged in plain base64, with padding.
std::string from_base64(std::string_view text) {
  std::string url(text.substr(0, text.find('=')));
  std::ranges::replace(url, '+', '-');
  std::ranges::replace(url, '/', '_');
  return gatehouse::encoding::from_base64url(url).value();
}

void judge(conform::Suite& suite, const gatehouse::json::Value& test) {
  const auto id = *test.string("id"), expect = *test.string("expect");
  const auto parsed = gatehouse::json::parse(from_base64(*test.string("b64")), {.depth = gatehouse::json::depth_max});
  if (expect == "accept") {
    if (!parsed && parsed.error().told.contains("twice"))
      return suite.stricter(id, "a member name that stands twice is refused (RFC 7493 section 2.3)");
    return suite.check(id, parsed.has_value(), parsed ? "" : parsed.error().told);
  }
  if (expect == "reject") return suite.check(id, !parsed, "was accepted");
  suite.check(id, expect == "either" || expect == "transform", "of no known kind");  // any outcome will do, a crash would not
}
}  // namespace

CONFORM_SUITE("json-parsing", [](conform::Suite& suite) {
  for (const auto& line : suite.lines("jsontestsuite.jsonl.gz")) judge(suite, conform::Suite::parse(line).root());
});
