// Real OpenAPI documents looked at by `contract check` and `contract diff`: each finding stands at a place that is there, a document compared with itself has no change, one compared with
// itself but for its title none that breaks, and an operation that is taken out is missed in one direction and new in the other.
#include <algorithm>
#include <functional>

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

/// The document without what the pointer names, and with another title.
std::string changed(const json::Value& root, const std::string& without) {
  json::Builder out;
  const std::function<void(const json::Value&, const std::string&)> copy = [&](const json::Value& value, const std::string& at) {
    if (at == "/info/title") {
      out.string("another title");
      return;
    }
    if (value.is_array()) {
      out.begin_array();
      std::size_t number = 0;
      for (const auto& element : value.elements()) copy(element, at + '/' + std::to_string(number++));
      out.end();
    } else if (value.is_object()) {
      out.begin_object();
      for (const auto& [name, member] : value.members()) {
        auto below = at;
        contract::append_token(below, name);
        if (below == without) continue;
        out.key(name);
        copy(member, below);
      }
      out.end();
    } else {
      out.value(value);
    }
  };
  copy(root, "");
  return json::to_json(std::move(out).finish().value().root());
}

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

  Read titled(changed(root, ""));
  if (!titled.compile()) return suite.fail(name + ":title", "does not compile with another title");
  const auto title = review::compare(document.reading, titled.reading);
  suite.check(name + ":title", all_harmless(title), first_of(title));

  const auto& gone = document.reading.description.operations.front();
  Read lessened(changed(root, gone.at.pointer));
  if (!lessened.compile()) return suite.fail(name + ":less", "does not compile without " + gone.at.pointer);
  const auto less = review::compare(document.reading, lessened.reading);
  const auto subject = gone.method_token + ' ' + gone.path;
  const auto& missed = less.changes;
  suite.check(name + ":less",
              less.count(Effect::breaks) == 1 && !missed.empty() && missed.front().kind == "operation-removed" && missed.front().subject == subject,
              first_of(less));
  const auto more = review::compare(lessened.reading, document.reading);
  suite.check(name + ":more",
              more.count(Effect::breaks) + more.count(Effect::undecided) == 0 &&
                  std::ranges::any_of(more.changes, [&](const auto& change) { return change.subject == subject; }),
              first_of(more));
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
