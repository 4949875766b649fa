// Our half of the comparison with ajv: reads schemas and instances line by line, as judge.js does, and says of each instance what the schema engine says.
//   {"documents": [[url, root, dialect], ...]}                       what references of all later lines may lead to, instead of what was there before
//   {"id": 1, "dialect": "draft7", "formats": false, "root": ..., "holds": "schema" or "other", "explain": false, "entries": [{"at": "#/a", "instances": [...]}]}
// and answers {"id": 1, "verdicts": ["101"], "violations": [[[pointer, keyword, place], ...], ...]}: a text for each entry, and with `explain` what is wrong with
// each instance; or {"id": 1, "error": "..."} for what does not compile.
#include <stdio.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <string>

#include "engines/schema/schema.hpp"
#include "ground/json/writer.hpp"

namespace {
using namespace gatehouse;

constexpr json::Limits no_limits{.bytes = 1U << 30U, .depth = 512, .members = 10'000'000, .string_bytes = 1U << 28U, .wide_integers = true};

[[noreturn]] void stop(const std::string& why) {
  std::fprintf(stderr, "schema_judge: %s\n", why.c_str());
  std::exit(1);
}

schema::Dialect dialect_named(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, schema::Dialect>, 7> names{{{"draft4", schema::Dialect::draft4},
                                                                               {"draft6", schema::Dialect::draft6},
                                                                               {"draft7", schema::Dialect::draft7},
                                                                               {"draft2019-09", schema::Dialect::draft2019_09},
                                                                               {"draft2020-12", schema::Dialect::draft2020_12},
                                                                               {"openapi3.0", schema::Dialect::openapi_3_0},
                                                                               {"openapi3.1", schema::Dialect::openapi_3_1}}};
  for (const auto& [known, dialect] : names)
    if (known == name) return dialect;
  stop("no such dialect: " + std::string(name));
}

class Judge {
 public:
  void take(json::Document line) {
    if (const auto documents = line.root().get("documents")) {
      shared_ = {};
      for (const auto entry : documents->elements()) {
        auto part = entry.elements().begin();
        const auto url = *(*part).string();
        const auto root = *++part;
        if (!shared_.add(url, root, schema::Documents::Holds::schema, dialect_named(*(*++part).string()))) stop("twice: " + std::string(url));
      }
      kept_.push_back(std::move(line));
      return;
    }
    answer(line.root());
  }

 private:
  void answer(json::Value task) {
    std::string text;
    json::Writer out(text);
    out.begin_object().member("id", *task.get("id"));
    const auto dialect = dialect_named(*task.string("dialect"));
    const bool other = task.string("holds") == "other";
    const std::string url = other ? "file:///openapi.json" : "";
    auto documents = shared_;
    if (!documents.add(url, *task.get("root"), other ? schema::Documents::Holds::other : schema::Documents::Holds::schema, dialect))
      stop("a URL twice");
    schema::Compiler compiler(documents, {.dialect = dialect, .assert_formats = task.get("formats")->boolean() == true});
    std::vector<schema::Entry> entries;
    for (const auto entry : task.get("entries")->elements()) {
      const auto added = compiler.add(url + std::string(*entry.string("at")));
      entries.push_back(added ? *added : schema::Entry{});
    }
    const auto program = std::move(compiler).finish();
    if (program) judge(task, *program, entries, out);
    else out.member("error", program.error().told);
    out.end();
    std::printf("%s\n", text.c_str());
    std::fflush(stdout);
  }

  static void judge(json::Value task, const std::shared_ptr<const schema::Program>& program, const std::vector<schema::Entry>& entries,
                    json::Writer& out) {
    const bool explain = task.get("explain") && task.get("explain")->boolean() == true;
    std::vector<schema::Report> reports;
    out.key("verdicts").begin_array();
    std::size_t number = 0;
    for (const auto entry : task.get("entries")->elements()) {
      const schema::Schema schema(program, entries[number++]);
      std::string verdicts;
      for (const auto instance : entry.get("instances")->elements()) {
        const bool valid = schema.valid(instance);
        const auto report = schema.check(instance);
        if (report.valid() != valid) stop("the report and the flag disagree");
        verdicts += report.verdict == schema::Verdict::undecided ? '?' : valid ? '1' : '0';
        if (explain) reports.push_back(report);
      }
      out.value(verdicts);
    }
    out.end();
    if (!explain) return;
    out.key("violations").begin_array();
    for (const auto& report : reports) {
      out.begin_array();
      for (const auto& violation : report.violations)
        out.begin_array().value(violation.instance).value(violation.keyword).value(violation.absolute_location).end();
      out.end();
    }
    out.end();
  }

  schema::Documents shared_;
  std::deque<json::Document> kept_;
};
}  // namespace

int main() {
  Judge judge;
  char* line = nullptr;
  std::size_t capacity = 0;
  for (ssize_t size = 0; (size = getline(&line, &capacity, stdin)) > 0;) {
    auto parsed = json::parse({line, static_cast<std::size_t>(size)}, no_limits);
    if (!parsed) stop("a line is no JSON: " + to_text(parsed.error()));
    judge.take(std::move(*parsed));
  }
  std::free(line);
  return 0;
}
