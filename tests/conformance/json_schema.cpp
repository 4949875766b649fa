// json-schema-org/JSON-Schema-Test-Suite: every draft, its optional tests and formats, annotations and output. Remote documents come
// from memory, metaschemas are built in. Formats are asserted for the tests of kind `format` only, content for draft 7's test of it.
#include <algorithm>
#include <deque>
#include <set>

#include "engines/schema/schema.hpp"
#include "engines/schema/uri_reference.hpp"
#include "ground/base/text.hpp"
#include "ground/json/writer.hpp"
#include "suite.hpp"

namespace {
namespace schema = gatehouse::schema;
using gatehouse::json::Value;
using schema::Dialect;

struct Draft {
  std::string name;
  Dialect dialect;
};
const std::vector<Draft> drafts{{"draft2020-12", Dialect::draft2020_12},
                                {"draft2019-09", Dialect::draft2019_09},
                                {"draft7", Dialect::draft7},
                                {"draft6", Dialect::draft6},
                                {"draft4", Dialect::draft4}};

/// All that may be referred to, for tests of one draft: what names no dialect has that of its folder, or of the test. The metaschemas are built in.
schema::Documents documents_for(const Draft& draft, Value remotes) {
  schema::Documents documents;
  for (const auto [url, root] : remotes.members()) {
    auto dialect = draft.dialect;
    for (const auto& other : drafts)
      if (url.starts_with("http://localhost:1234/" + other.name + "/")) dialect = other.dialect;
    (void)documents.add(url, root, schema::Documents::Holds::schema, dialect);
  }
  return documents;
}

void judge_group(conform::Suite& suite, const std::string& id, Value group, const schema::Options& options, const schema::Documents& documents) {
  const auto compiled = schema::compile(*group.get("schema"), options, documents);
  for (const auto test : group.get("tests")->elements()) {
    const auto test_id = id + " / " + std::string(*test.string("description"));
    if (!compiled) {
      suite.fail(test_id, "does not compile: " + compiled.error().told);
      continue;
    }
    const auto data = *test.get("data");
    const bool expected = *test.get("valid")->boolean();
    const bool valid = compiled->valid(data);
    const auto report = compiled->check(data);
    // Both ways of running must agree, and a report of violations must have some.
    const bool agree = report.valid() == valid && report.violations.empty() == valid;
    suite.check(test_id, valid == expected && agree,
                !agree  ? "the report and the flag disagree"
                : valid ? "was valid"
                        : "was invalid: " + (report.violations.empty()
                                                 ? std::string("?")
                                                 : report.violations.front().keyword_location + " " + report.violations.front().message));
  }
}

void judge_draft(conform::Suite& suite, const Draft& draft, Value remotes) {
  const auto file = suite.json(draft.name + ".json.gz");
  const auto documents = documents_for(draft, remotes);
  for (const auto part : file.root().elements()) {
    const auto name = *part.string("file"), kind = *part.string("kind");
    schema::Options options{.dialect = draft.dialect, .assert_formats = kind == "format", .assert_content = name == "optional/content.json"};
    for (const auto group : part.get("groups")->elements())
      judge_group(suite, draft.name + "/" + std::string(name) + ": " + std::string(*group.string("description")), group, options, documents);
  }
}

/// Where a location "#/..." of the root document lies by the identifiers on its way.
std::string absolute_of(Value root, std::string_view location) {
  std::string url, pointer;
  auto at = std::optional(root);
  const auto decoded = schema::percent_decoded(location.substr(1));
  const auto look = [&] {
    if (!at || !at->string("$id")) return;
    url = schema::resolve_uri(url, *at->string("$id"));
    pointer.clear();
  };
  look();
  for (const auto segment : gatehouse::text::split(decoded, '/')) {
    if (segment.empty() && pointer.empty() && at->identity() == root.identity()) continue;
    pointer += '/' + std::string(segment);
    if (at && at->is_array()) at = *std::next(at->elements().begin(), std::stoi(std::string(segment)));
    else if (at) at = at->get(segment);
    look();
  }
  return url + "#" + pointer;
}

/// "2019": from 2019-09 on; "=2020": only that; "9999": of no draft yet; nothing: all.
std::optional<Dialect> newest_of(std::optional<std::string_view> compatibility) {
  if (!compatibility || compatibility->find("9999") == compatibility->npos)
    return compatibility && compatibility->starts_with("<=2019") ? Dialect::draft2019_09 : Dialect::draft2020_12;
  return std::nullopt;
}

void judge_annotations(conform::Suite& suite) {
  const auto file = suite.json("annotations.json.gz");
  for (const auto [name, content] : file.root().members()) {
    for (const auto group : content.get("suite")->elements()) {
      const auto dialect = newest_of(group.string("compatibility"));
      const auto root = *group.get("schema");
      const auto compiled = schema::compile(root, {.dialect = dialect.value_or(Dialect::draft2020_12), .assert_formats = false, .annotations = true});
      std::size_t number = 0;
      for (const auto test : group.get("tests")->elements()) {
        for (const auto assertion : test.get("assertions")->elements()) {
          const auto id = "annotations/" + std::string(name) + ": " + std::string(*group.string("description")) + " #" + std::to_string(++number) +
                          (dialect ? "" : " (9999)");
          if (!compiled) {
            suite.fail(id, "does not compile: " + compiled.error().told);
            continue;
          }
          std::set<std::pair<std::string, std::string>> expected, actual;
          const auto keyword = *assertion.string("keyword");
          for (const auto [location, value] : assertion.get("expected")->members()) {
            auto absolute = absolute_of(root, location);
            expected.emplace(absolute + "/" + std::string(keyword), to_json(value));
          }
          const auto report = compiled->check(*test.get("instance"));
          for (const auto& annotation : report.annotations)
            if (annotation.instance == *assertion.string("location") && annotation.keyword == keyword)
              actual.emplace(schema::percent_decoded(annotation.absolute_location), to_json(annotation.value));
          suite.check(id, report.valid() && expected == actual, actual.empty() ? "no annotation" : "other annotations: " + actual.begin()->first);
        }
      }
    }
  }
}

void judge_output(conform::Suite& suite, Value remotes) {
  const auto file = suite.json("output-tests.json.gz");
  for (const auto& draft : drafts) {
    const auto rules = file.root().get(draft.name + "/output-schema.json");
    if (!rules) continue;
    auto documents = documents_for(draft, remotes);
    (void)documents.add(*rules->string("$id"), *rules);
    for (const auto [name, groups] : file.root().members()) {
      if (!name.starts_with(draft.name + "/content/")) continue;
      for (const auto group : groups.elements()) {
        const auto compiled = schema::compile(*group.get("schema"), {.dialect = draft.dialect, .annotations = true}, documents);
        for (const auto test : group.get("tests")->elements()) {
          for (const auto [format, wanted] : test.get("output")->members()) {
            const auto id = std::string(name) + ": " + std::string(*test.string("description")) + " (" + std::string(format) + ")";
            const auto output_rules = schema::compile(wanted, {.dialect = draft.dialect}, documents);
            if (!compiled || !output_rules) {
              suite.fail(id, "does not compile: " + (compiled ? output_rules.error().told : compiled.error().told));
              continue;
            }
            const auto kind = format == "flag" ? schema::Output::flag : format == "basic" ? schema::Output::basic : schema::Output::detailed;
            const auto output = conform::Suite::parse(to_json(compiled->check(*test.get("data")), kind));
            const auto report = output_rules->check(output.root());
            suite.check(
                id, report.valid(),
                report.valid() ? "" : report.violations.front().instance + " " + report.violations.front().message + " in " + to_json(output.root()));
          }
        }
      }
    }
  }
}
}  // namespace

CONFORM_SUITE("json-schema-test-suite", [](conform::Suite& suite) {
  const auto remotes = suite.json("remotes.json.gz");
  for (const auto& draft : drafts) judge_draft(suite, draft, remotes.root());
  judge_annotations(suite);
  judge_output(suite, remotes.root());
});
