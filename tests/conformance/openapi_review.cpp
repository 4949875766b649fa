// Real OpenAPI documents looked at by `contract check` and `contract diff`: each finding stands at a place that is there, a document compared with itself has no change, one compared with
// itself but for a remark none that breaks, and an operation that is taken out is missed in one direction and new in the other.
#include <algorithm>

#include "engines/contract/json_pointer.hpp"
#include "engines/review/audit.hpp"
#include "engines/review/comparison.hpp"
#include "ground/json/builder.hpp"
#include "ground/json/writer.hpp"
#include "openapi_cases.hpp"
#include "suite.hpp"

namespace {
using namespace gatehouse;

/// A document that compiles, and what it was made from.
struct Read {
  explicit Read(std::string text) { files.texts.emplace("openapi.json", std::move(text)); }
  bool compile() {
    auto made = contract::compile("openapi.json", reading);
    if (made) contract.emplace(std::move(*made));
    return made.has_value();
  }
  conform::Staged files;
  contract::Reading reading{files};
  std::optional<contract::Contract> contract;
};

std::string without(const json::Value& root, const std::string& place) { return json::to_json(conform::changed_at(root, place).root()); }

std::string first_of(const review::Comparison& comparison) {
  if (comparison.changes.empty()) return "no change";
  const auto& change = comparison.changes.front();
  return std::string(to_text(change.effect)) + ' ' + std::string(change.kind) + ": " + change.subject + ' ' + change.what;
}

bool all_harmless(const review::Comparison& comparison) {
  using review::Effect;
  return comparison.count(Effect::breaks) + comparison.count(Effect::undecided) + comparison.count(Effect::looser) == 0;
}

void judge_check(conform::Suite& suite, const std::string& name, Read& document) {
  const auto report = review::audit(*document.contract, document.reading);
  std::string wrong;
  for (const auto& finding : report.findings) {
    const auto* const source = document.reading.sources.load(finding.place.file);
    if (source == nullptr || finding.place.line == 0) wrong = to_text(finding.place);
    else if (!contract::follow(source->root(), finding.place.pointer)) wrong = to_text(finding.place);
  }
  const auto& coverage = report.coverage;
  if (coverage.operations.all() != document.contract->operations().size()) wrong = "not every operation is counted";
  suite.check(name + ":check", wrong.empty(), wrong);
}

void judge_comparisons(conform::Suite& suite, const std::string& name, Read& document) {
  using review::Effect;
  const auto root = document.reading.root->root();
  Read again(document.files.texts.at("openapi.json"));
  if (!again.compile()) return suite.fail(name + ":same", "does not compile twice");
  const auto same = review::compare(document.reading, again.reading);
  suite.check(name + ":same", same.changes.empty(), first_of(same));

  auto text = document.files.texts.at("openapi.json");
  text.insert(text.find('{') + 1, "\"x-remark\": \"of no meaning\", ");
  Read remarked(std::move(text));
  if (!remarked.compile()) return suite.fail(name + ":remark", "does not compile with a remark");
  const auto remark = review::compare(document.reading, remarked.reading);
  suite.check(name + ":remark", all_harmless(remark), first_of(remark));

  // Both written anew, since a double is not always written as it was. Others may refer to an operation: then the next is taken out.
  Read whole(without(root, ""));
  if (!whole.compile()) return suite.fail(name + ":less", "does not compile when written anew");
  constexpr std::size_t tries_max = 8;
  const auto& operations = document.reading.description.operations;
  for (std::size_t i = 0; i < operations.size() && i < tries_max; ++i) {
    Read lessened(without(root, operations[i].at.pointer));
    if (!lessened.compile()) continue;
    const auto less = review::compare(whole.reading, lessened.reading), more = review::compare(lessened.reading, whole.reading);
    const auto subject = operations[i].method_token + ' ' + operations[i].path;
    const auto& missed = less.changes;
    suite.check(name + ":less",
                less.count(Effect::breaks) == 1 && less.count(Effect::undecided) == 0 && missed.front().kind == "operation-removed" &&
                    missed.front().subject == subject,
                first_of(less));
    const bool is_new = std::ranges::any_of(more.changes, [&](const auto& change) { return change.subject == subject; });
    return suite.check(name + ":more", more.count(Effect::breaks) + more.count(Effect::undecided) == 0 && is_new, first_of(more));
  }
  suite.fail(name + ":less", "does not compile without any of its first operations");
}
}  // namespace

CONFORM_SUITE(
    "openapi-review",
    [](conform::Suite& suite) {
      const auto index = suite.json("index.json");
      for (const auto& entry : index.root().elements()) {
        if (entry.string("part") != "shared") continue;
        const std::string name(*entry.string("name"));
        Read document(suite.read(name + ".json.gz"));
        if (!document.compile()) continue;  // which openapi-docs judges
        judge_check(suite, name, document);
        judge_comparisons(suite, name, document);
      }
    },
    "openapi-docs");
