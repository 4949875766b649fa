// OAI/OpenAPI-Specification: 118 documents that the official JSON Schemas of OpenAPI 3.0, 3.1 and 3.2 take or refuse. They judge the YAML reader and the schema engine, which
// here meets a dialect of its own with `$dynamicRef` between four documents.
#include <map>
#include <optional>

#include "engines/schema/schema.hpp"
#include "ground/yaml/yaml.hpp"
#include "suite.hpp"

namespace {
using namespace gatehouse;

yaml::Tree must_read(std::string_view text) {
  auto tree = yaml::read(text);
  if (!tree) std::printf("openapi-schema-tests: a staged schema is no YAML: %s\n", tree.error().what.c_str());
  return std::move(tree).value();
}

/// The schema that documents of a version are judged by.
class Judge {
 public:
  Judge(const conform::Suite& suite, const std::vector<std::string>& files) {
    for (const auto& file : files) trees_.push_back(must_read(suite.read(file)));
    schema::Documents documents;
    std::string first;
    for (const auto& tree : trees_) {
      const auto id = tree.root().string("$id").value_or(tree.root().string("id").value_or(""));
      if (first.empty()) first = id;
      if (!documents.add(id, tree.root())) std::printf("openapi-schema-tests: two schemas have the id %s\n", first.c_str());
    }
    schema::Compiler compiler(documents);
    const auto entry = compiler.add(first);
    auto program = std::move(compiler).finish();
    if (!entry || !program) std::printf("openapi-schema-tests: %s: %s\n", first.c_str(), to_text(entry ? program.error() : entry.error()).c_str());
    else schema_.emplace(std::move(*program), *entry);
  }

  [[nodiscard]] std::string judge(const json::Value& document) const {
    if (!schema_) return "the schema does not compile";
    if (schema_->valid(document)) return {};
    const auto report = schema_->check(document);
    return report.violations.empty() ? "undecided" : report.violations.front().instance + ' ' + report.violations.front().message;
  }

 private:
  std::vector<yaml::Tree> trees_;
  std::optional<schema::Schema> schema_;
};
}  // namespace

CONFORM_SUITE("openapi-schema-tests", [](conform::Suite& suite) {
  std::map<std::string, Judge, std::less<>> judges;
  judges.emplace("3.0", Judge(suite, {"oas-3.0-schema.yaml"}));
  for (const std::string version : {"3.1", "3.2"}) {
    std::vector<std::string> files;
    for (const auto* part : {"-schema-base.yaml", "-schema.yaml", "-dialect.yaml", "-meta.yaml"}) files.push_back("oas-" + version + part);
    judges.emplace(version, Judge(suite, files));
  }
  for (const auto& line : suite.lines("documents.jsonl.gz")) {
    const auto entry = conform::Suite::parse(line);
    const auto id = *entry.root().string("id");
    const auto tree = yaml::read(*entry.root().string("yaml"));
    if (!tree) {
      suite.fail(id, "is no YAML: " + tree.error().what);
      continue;
    }
    const auto wrong = judges.at(std::string(*entry.root().string("version"))).judge(tree->root());
    const bool expected = entry.root().string("expect") == "valid";
    suite.check(id, wrong.empty() == expected, expected ? wrong : "was taken");
  }
});
