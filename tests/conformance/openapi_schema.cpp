// The OpenAPI Initiative's own documents, good and bad, judged by its own schemas: 3.0 is written in draft 4, 3.1 and 3.2 in 2020-12 with
// dynamic references through five documents. It judges the schema engine and the reading of YAML at once.
#include <deque>

#include "engines/schema/schema.hpp"
#include "ground/yaml/yaml.hpp"
#include "suite.hpp"

namespace {
namespace schema = gatehouse::schema;
using schema::Dialect;

/// The schemas of one version, known by their `$id`, and the metaschemas that they stand on.
class Rules {
 public:
  Rules(conform::Suite& suite, const std::string& version) : metaschemas_(suite.json("../json-schema-test-suite/metaschemas.json.gz")) {
    for (const auto [url, root] : metaschemas_.root().members()) (void)documents_.add(url, root);
    const bool old = version == "3.0";
    for (const auto* part : {"schema", "schema-base", "dialect", "meta"}) {
      if (old && std::string_view(part) != "schema") continue;
      auto tree = gatehouse::yaml::read(suite.read("oas-" + version + "-" + part + ".yaml"));
      if (!tree) {
        suite.fail("oas-" + version + "-" + part, "line " + std::to_string(tree.error().line) + ": " + tree.error().what);
        return;
      }
      trees_.push_back(std::move(*tree));
      const auto root = trees_.back().root();
      (void)documents_.add(*root.string(old ? "id" : "$id"), root);
    }
    const std::string url = "https://spec.openapis.org/oas/" + version + (old ? "/schema" : "/schema-base") + "/WORK-IN-PROGRESS";
    schema::Compiler compiler(documents_, {.dialect = old ? Dialect::draft4 : Dialect::draft2020_12, .assert_formats = false});
    const auto entry = compiler.add(url);
    auto program = std::move(compiler).finish();
    if (!entry || !program) suite.fail("oas-" + version, (entry ? program.error() : entry.error()).told);
    else schema_.emplace(std::move(*program), *entry);
  }
  [[nodiscard]] const schema::Schema* get() const { return schema_ ? &*schema_ : nullptr; }

 private:
  gatehouse::json::Document metaschemas_;
  std::deque<gatehouse::yaml::Tree> trees_;
  schema::Documents documents_;
  std::optional<schema::Schema> schema_;
};
}  // namespace

CONFORM_SUITE("openapi-schema-tests", [](conform::Suite& suite) {
  std::map<std::string, Rules, std::less<>> rules;
  for (const auto* version : {"3.0", "3.1", "3.2"}) rules.try_emplace(version, suite, version);
  for (const auto& line : suite.lines("documents.jsonl.gz")) {
    const auto test = conform::Suite::parse(line);
    const auto id = *test.root().string("id");
    const auto* const judge = rules.at(std::string(*test.root().string("version"))).get();
    const auto document = gatehouse::yaml::read(*test.root().string("yaml"));
    if (judge == nullptr || !document) {
      suite.fail(id, judge == nullptr ? "its schema does not compile" : document.error().what);
      continue;
    }
    const auto report = judge->check(document->root());
    const bool agree = judge->valid(document->root()) == report.valid();
    suite.check(id, agree && report.valid() == (test.root().string("expect") == "valid"),
                !agree           ? "the report and the flag disagree"
                : report.valid() ? "was valid"
                                 : "was invalid: " + report.violations.front().instance + " " + report.violations.front().keyword_location + " " +
                                       report.violations.front().message);
  }
});
