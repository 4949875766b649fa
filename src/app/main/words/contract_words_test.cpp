// `gatehouse contract ...` from the command line to the exit code.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>

#include "app/main/command/run.hpp"
#include "ground/base/testing.hpp"
#include "ground/json/document.hpp"

using namespace gatehouse;
using namespace gatehouse::main;

namespace {
using ContractTexts = std::map<std::string, std::string>;

/// A folder with these files, gone afterwards.
class ContractFolder {
 public:
  explicit ContractFolder(const ContractTexts& files) {
    for (const auto& [file, text] : files) std::ofstream(folder_.file(file)) << text;
  }
  [[nodiscard]] std::string operator/(const std::string& file) const { return folder_.file(file); }

 private:
  gatehouse::testing::TemporaryFolder folder_;
};

struct ContractRun {
  int code = -1;
  std::string out, err;
};
ContractRun run_contract(const std::vector<std::string>& words) {
  const std::vector<std::string_view> arguments(words.begin(), words.end());
  char* texts[2];
  std::size_t sizes[2];
  std::FILE* const out = ::open_memstream(&texts[0], &sizes[0]);
  std::FILE* const err = ::open_memstream(&texts[1], &sizes[1]);
  ContractRun ran;
  {
    auto terminal = Terminal::plain(out, err);
    ran.code = static_cast<int>(run(arguments, terminal));
  }
  std::fclose(out);
  std::fclose(err);
  ran.out.assign(texts[0], sizes[0]);
  ran.err.assign(texts[1], sizes[1]);
  std::free(texts[0]);
  std::free(texts[1]);
  return ran;
}

constexpr const char* guarded =
    "openapi: 3.1.0\ninfo: {title: t, version: '1'}\n"
    "components: {securitySchemes: {key: {type: apiKey, in: header, name: X-Api-Key}}}\n"
    "security: [{key: []}]\n"
    "paths:\n"
    "  /a:\n"
    "    get:\n"
    "      parameters: [{in: query, name: q, schema: {type: integer, minimum: 1, maximum: 9}}]\n"
    "      responses: {'204': {description: ok}, 4XX: {description: refused}}\n";
constexpr const char* open_to_all =
    "openapi: 3.1.0\ninfo: {title: t, version: '1'}\n"
    "paths:\n"
    "  /a:\n"
    "    post:\n"
    "      requestBody: {content: {application/json: {schema: {type: string}}}}\n"
    "      responses: {'204': {description: ok}, 4XX: {description: refused}}\n";
constexpr const char* broken =
    "openapi: 3.1.0\ninfo: {title: t, version: '1'}\n"
    "paths:\n"
    "  /a:\n"
    "    get:\n"
    "      parameters: [{in: nowhere, name: q, schema: {}}]\n"
    "      responses: {'204': {description: ok}}\n";
}  // namespace

TEST_CASE("contract check: a document that leaves nothing open ends in 0, one with a grave weakness in 1") {
  const ContractFolder folder(ContractTexts{{"good.yaml", guarded}, {"bad.yaml", open_to_all}});
  const auto good = run_contract({"contract", "check", folder / "good.yaml"});
  CHECK(good.code == 0);
  CHECK(good.out.contains("compiles, OpenAPI 3.1, 1 operation\n"));
  CHECK(good.out.contains("0 high, 0 medium, 0 low, 0 info"));
  const auto bad = run_contract({"contract", "check", folder / "bad.yaml"});
  CHECK(bad.code == 1);
  CHECK(bad.out.contains("open-write"));
  CHECK(bad.out.contains("bad.yaml:6"));
  CHECK(bad.out.contains("gains: anybody on the network may change data"));
  CHECK(bad.out.contains("1 high, 1 medium, 0 low, 0 info; every place with --all"));
}

TEST_CASE("contract check --fail-on says from where on it is a failure") {
  const ContractFolder folder(ContractTexts{
      {"strings.yaml",
       std::string(guarded) +
           "    post: {requestBody: {content: {application/json: {schema: {type: string}}}}, responses: {'204': {description: ok}, 4XX: {description: no}}}\n"}});
  const auto code = [&](const std::string& on) { return run_contract({"contract", "check", folder / "strings.yaml", "--fail-on", on}).code; };
  CHECK(run_contract({"contract", "check", folder / "strings.yaml"}).code == 0);
  CHECK(code("high") == 0);
  CHECK(code("medium") == 1);
  CHECK(code("low") == 1);
  CHECK(code("none") == 0);
  CHECK(code("grave") == 2);
}

TEST_CASE("contract check --all names every place with its pointer") {
  const ContractFolder folder(ContractTexts{{"bad.yaml", open_to_all}});
  const auto ran = run_contract({"contract", "check", folder / "bad.yaml", "--all"});
  CHECK(ran.out.contains("high open-write bad.yaml:6: #/paths/~1a/post: POST /a\n"));
  CHECK(ran.out.contains(
      "medium unbounded-string bad.yaml:6: #/paths/~1a/post/requestBody/content/application~1json/schema: the text the application/json body of POST /a\n"));
}

TEST_CASE("contract check --json is one line of JSON with everything in it") {
  const ContractFolder folder(ContractTexts{{"bad.yaml", open_to_all}});
  const auto ran = run_contract({"contract", "check", folder / "bad.yaml", "--json"});
  CHECK(ran.code == 1);
  CHECK(std::ranges::count(ran.out, '\n') == 1);
  const auto document = json::parse(ran.out.substr(0, ran.out.size() - 1));
  REQUIRE(document);
  const auto root = document->root();
  CHECK(root.get("compiles")->boolean() == true);
  CHECK(root.get("counts")->get("high")->integer() == 1);
  CHECK(root.get("coverage")->get("operations")->get("whole")->integer() == 1);
  REQUIRE(root.get("findings")->size() == 2);
  const auto first = *root.get("findings")->elements().begin();
  CHECK(first.string("rule") == "open-write");
  CHECK(first.string("severity") == "high");
  CHECK(first.string("file") == "bad.yaml");
  CHECK(first.get("line")->integer() == 6);
  CHECK(first.string("pointer") == "/paths/~1a/post");
  CHECK((*root.get("rules")->elements().begin()).string("cure").value_or("").contains("security"));
}

TEST_CASE("contract check --harmless lists the values that no injection fits into, with their reasons") {
  const ContractFolder folder(ContractTexts{{"good.yaml", guarded}, {"bad.yaml", open_to_all}});
  CHECK_FALSE(run_contract({"contract", "check", folder / "good.yaml"}).out.contains("query.q"));
  const auto good = run_contract({"contract", "check", folder / "good.yaml", "--harmless"});
  CHECK(good.code == 0);
  CHECK(good.out.contains("GET /a     query.q   an integer\n"));
  CHECK(run_contract({"contract", "check", folder / "bad.yaml", "--harmless"})
            .out.ends_with("no value of a request is proven harmless by its schema\n"));
  const auto in_json = run_contract({"contract", "check", folder / "good.yaml", "--harmless", "--json"});
  const auto document = json::parse(in_json.out);
  REQUIRE(document);
  const auto listed = document->root().get("harmless");
  REQUIRE(listed);
  REQUIRE(listed->size() == 1);
  const auto first = *listed->elements().begin();
  CHECK(first.string("operation") == "GET /a");
  CHECK(first.string("where") == "query.q");
  CHECK(first.string("why") == "an integer");
  CHECK_FALSE(json::parse(run_contract({"contract", "check", folder / "good.yaml", "--json"}).out)->root().get("harmless"));
}

TEST_CASE("contract check: a document with faults is told all of them and ends in 3, one that is not there in 4") {
  const ContractFolder folder(ContractTexts{{"broken.yaml", broken}});
  const auto ran = run_contract({"contract", "check", folder / "broken.yaml"});
  CHECK(ran.code == 3);
  CHECK(ran.out.contains(std::string(folder / "broken.yaml") +
                         ":6:1: error: #/paths/~1a/get/parameters/0: is in 'nowhere'"));  // as `check` and `protect` say it
  CHECK(ran.out.contains("\n1 error\n"));
  CHECK(ran.out.contains("does not compile; nothing else was looked at"));
  const auto in_json = run_contract({"contract", "check", folder / "broken.yaml", "--json"});
  CHECK(in_json.code == 3);
  CHECK(in_json.out.contains("\"compiles\":false"));
  CHECK(in_json.out.contains("\"pointer\":\"/paths/~1a/get/parameters/0\""));
  const auto missing = run_contract({"contract", "check", folder / "other.yaml"});
  CHECK(missing.code == 4);
  CHECK(missing.err.contains("other.yaml"));
}

TEST_CASE("contract check: a name in a document cannot act on the terminal") {
  std::string text = open_to_all;
  text.replace(text.find("  /a:"), 5, "  \"/a\\e[31m\":");
  const ContractFolder folder(ContractTexts{{"bad.yaml", text}});
  const auto ran = run_contract({"contract", "check", folder / "bad.yaml", "--all"});
  CHECK(ran.code == 1);
  CHECK(!ran.out.contains('\x1b'));
  CHECK(ran.out.contains("\\x1b[31m"));
}

TEST_CASE("contract diff: the same document ends in 0, one that breaks in 1 with both places") {
  std::string tighter = guarded;
  tighter.replace(tighter.find("maximum: 9"), 10, "maximum: 5");
  const ContractFolder folder(ContractTexts{{"old.yaml", guarded}, {"new.yaml", tighter}});
  const auto same = run_contract({"contract", "diff", folder / "old.yaml", folder / "old.yaml"});
  CHECK(same.code == 0);
  CHECK(same.out == "0 breaks, 0 undecided, 0 looser, 0 harmless\n");
  const auto ran = run_contract({"contract", "diff", folder / "old.yaml", folder / "new.yaml"});
  CHECK(ran.code == 1);
  CHECK(ran.out.contains("breaks limit-tightened: GET /a: the query parameter 'q' maximum was 9, is 5\n"));
  CHECK(ran.out.contains("  old old.yaml:8: #/paths/~1a/get/parameters/0/schema/maximum\n"));
  CHECK(ran.out.contains("  new new.yaml:8: #/paths/~1a/get/parameters/0/schema/maximum\n"));
}

TEST_CASE("contract diff: what is looser fails only if asked, and what is harmless is shown only with --all") {
  std::string looser = guarded;
  looser.replace(looser.find("maximum: 9"), 10, "maximum: 99");
  std::string more = guarded;
  more.replace(more.find("4XX: {description: refused}"), 27, "4XX: {description: refused}, '500': {description: oh}");
  const ContractFolder folder(ContractTexts{{"old.yaml", guarded}, {"looser.yaml", looser}, {"more.yaml", more}});
  const auto to = [&](const std::string& file, const std::string& on) {
    return run_contract({"contract", "diff", folder / "old.yaml", folder / file, "--fail-on", on}).code;
  };
  CHECK(to("looser.yaml", "breaks") == 0);
  CHECK(to("looser.yaml", "looser") == 1);
  CHECK(to("more.yaml", "looser") == 0);
  CHECK(run_contract({"contract", "diff", folder / "looser.yaml", folder / "old.yaml"}).code == 1);
  CHECK(run_contract({"contract", "diff", folder / "looser.yaml", folder / "old.yaml", "--fail-on", "none"}).code == 0);
  const auto summary = run_contract({"contract", "diff", folder / "old.yaml", folder / "more.yaml"});
  CHECK(summary.out == "0 breaks, 0 undecided, 0 looser, 1 harmless; every change with --all\n");
  CHECK(run_contract({"contract", "diff", folder / "old.yaml", folder / "more.yaml", "--all"})
            .out.contains("harmless status-added: GET /a: the answer 500 is new\n"));
}

TEST_CASE("contract diff: what cannot be compared counts as if it broke") {
  const auto with = [](const std::string& pattern) {
    return std::string(guarded) + "    post: {requestBody: {content: {application/json: {schema: {type: string, pattern: '" + pattern +
           "'}}}}, responses: {'204': {description: ok}}}\n";
  };
  const ContractFolder folder(ContractTexts{{"old.yaml", with("^a+$")}, {"new.yaml", with("^a*$")}});
  const auto ran = run_contract({"contract", "diff", folder / "old.yaml", folder / "new.yaml"});
  CHECK(ran.code == 1);
  CHECK(ran.out.contains("undecided pattern-changed"));
}

TEST_CASE("contract diff --json has both places, and a document with faults is refused whichever it is") {
  std::string tighter = guarded;
  tighter.replace(tighter.find("maximum: 9"), 10, "maximum: 5");
  const ContractFolder folder(ContractTexts{{"old.yaml", guarded}, {"new.yaml", tighter}, {"broken.yaml", broken}});
  const auto ran = run_contract({"contract", "diff", folder / "old.yaml", folder / "new.yaml", "--json"});
  const auto document = json::parse(ran.out);
  REQUIRE(document);
  const auto change = *document->root().get("changes")->elements().begin();
  CHECK(change.string("change") == "limit-tightened");
  CHECK(change.string("effect") == "breaks");
  CHECK(change.get("old")->string("file") == "old.yaml");
  CHECK(change.get("new")->get("line")->integer() == 8);
  CHECK(document->root().get("counts")->get("breaks")->integer() == 1);
  for (const auto& files : {std::pair("old.yaml", "broken.yaml"), {"broken.yaml", "old.yaml"}}) {
    const auto refused = run_contract({"contract", "diff", folder / files.first, folder / files.second});
    CHECK(refused.code == 3);
    CHECK(refused.out.contains("broken.yaml: does not compile; nothing was compared"));
  }
  CHECK(run_contract({"contract", "diff", folder / "old.yaml", folder / "none.yaml"}).code == 4);
}

TEST_CASE("contract: its words are found, explained and guessed") {
  CHECK(run_contract({"contract", "--help"}).out.contains("contract diff"));
  const auto help = run_contract({"contract", "check", "--help"});
  CHECK(help.code == 0);
  CHECK(help.out.contains("gatehouse contract check openapi.yaml --fail-on medium"));
  CHECK(run_contract({"contract", "chek", "x"}).err.contains("did you mean 'contract check'?"));
  CHECK(run_contract({"contract", "check"}).code == 2);
}
