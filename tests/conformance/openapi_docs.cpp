// Real OpenAPI documents of 44 publishers: each loads, or is refused for a defect that known/openapi-docs.txt names; each operation compiles; each example that keeps
// its own schema passes. Cases are documents, operations and examples, counted apart and added.
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>

#include "ground/base/text.hpp"
#include "openapi_cases.hpp"
#include "suite.hpp"

namespace {
using namespace gatehouse;
using conform::rule_of, conform::Staged;

/// The files of a tar archive (POSIX.1-1988 with GNU's long names) below `folder`.
std::map<std::string, std::string, std::less<>> untarred(std::string_view archive, std::string_view folder) {
  std::map<std::string, std::string, std::less<>> files;
  constexpr std::size_t block = 512;
  std::string long_name;
  for (std::size_t at = 0; at + block <= archive.size() && archive[at] != '\0';) {
    const auto header = archive.substr(at, block);
    const auto field = [&](std::size_t begin, std::size_t size) {
      const auto text = header.substr(begin, size);
      return std::string(text.substr(0, text.find('\0')));
    };
    const auto size = static_cast<std::size_t>(std::strtoull(field(124, 12).c_str(), nullptr, 8));
    const auto content = archive.substr(at + block, size);
    const char kind = header[156];
    auto name = field(345, 155).empty() ? field(0, 100) : field(345, 155) + '/' + field(0, 100);
    if (!long_name.empty()) name = std::exchange(long_name, {});
    if (kind == 'L') long_name = std::string(content.substr(0, content.find('\0')));
    else if ((kind == '0' || kind == '\0') && name.starts_with(folder)) files.emplace(name.substr(folder.size()), content);
    at += block + (size + block - 1) / block * block;
  }
  return files;
}

/// Documents by name, compiled; those that were refused are not there.
using Contracts = std::map<std::string, contract::Contract, std::less<>>;

struct Count {
  std::size_t documents = 0, operations = 0, examples = 0;
};

void judge_document(conform::Suite& suite, const std::string& name, Staged& files, std::string_view root, std::size_t operations,
                    Contracts& contracts, Count& count) {
  auto compiled = contract::compile(root, files);
  const auto& complaints = compiled ? compiled->warnings() : compiled.error();
  if (std::getenv("GATEHOUSE_CONFORM_VERBOSE") != nullptr)
    for (const auto& complaint : complaints.all()) std::printf("%s: %s\n", name.c_str(), to_text(complaint).c_str());
  std::string why;
  for (const auto& complaint : complaints.all())
    if (why.empty() && complaint.gravity == contract::Gravity::error) why = to_text(complaint);
  suite.check(name, compiled.has_value(), why);
  ++count.documents;
  std::size_t found = 0;
  if (compiled) {
    for (const auto& operation : compiled->operations()) {
      ++found;
      ++count.operations;
      suite.check(name + ':' + operation.method_token() + ' ' + operation.path(),
                  compiled->find(operation.method_token(), operation.path()) == &operation, "is not found");
    }
  }
  for (; found < operations; ++found, ++count.operations) suite.follows(name + ":operation " + std::to_string(found), name);
  if (found > operations) suite.fail(name + ":operations", "more than the document has");
  if (compiled) contracts.emplace(name, std::move(*compiled));
}

void judge_example(conform::Suite& suite, const json::Value& example, const Contracts& contracts) {
  const auto id = *example.string("id");
  const auto contract = contracts.find(*example.string("doc"));
  if (contract == contracts.end()) return suite.follows(id, *example.string("doc"));
  const auto* const operation = contract->second.find(*example.string("method"), *example.string("path"));
  if (operation == nullptr) return suite.fail(id, "its operation is not there");
  const auto* const rule = rule_of(*operation, *example.string("where"), example.string("media"));
  if (rule == nullptr) return suite.fail(id, "nothing is described there");
  contract::Violations violations(8);
  const std::string place = "the contract";
  rule->judge(*example.get("value"), {422, "value", &place, schema::Direction::any}, violations);
  if (violations.none()) return suite.pass(id);
  const auto& first = violations.all().front();
  suite.fail(id, first.where + ' ' + first.expected + " (" + first.rule + ')');
}
}  // namespace

CONFORM_SUITE("openapi-docs", [](conform::Suite& suite) {
  Contracts contracts;
  Count count;
  const auto index = suite.json("index.json");
  for (const auto& entry : index.root().elements()) {
    if (entry.string("part") != "shared") continue;
    const std::string name(*entry.string("name"));
    Staged files;
    files.texts.emplace("openapi.json", suite.read(name + ".json.gz"));
    judge_document(suite, name, files, "openapi.json", *entry.get("operations")->natural(), contracts, count);
  }
  const auto archive = suite.read("../openapi-multifile/digitalocean-specification.tar.gz");
  Staged files;
  files.texts = untarred(archive, "specification/");
  judge_document(suite, "digitalocean-multifile", files, "DigitalOcean-public.v2.yaml", 659, contracts, count);
  for (const auto& line : suite.lines("../benign-api-examples/examples.jsonl.gz")) {
    ++count.examples;
    judge_example(suite, conform::Suite::parse(line).root(), contracts);
  }
  std::printf("openapi-docs: %zu documents, %zu operations, %zu examples\n", count.documents, count.operations, count.examples);
});
