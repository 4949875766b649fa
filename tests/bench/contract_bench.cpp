// Our half of ./do bench contract (contract.py):
//   contract_bench judge CASES SUITES   reads CASES (a line each: document, operation, place and text), compiles the contracts of SUITES that they belong to, says which texts keep their schema,
//                                       and then, for each line "round N", what one text costs: nanoseconds of CPU for parse, parse and walk, parse and validate, validate
//                                       ("work K N": only the K-th of these, for a profiler)
//   contract_bench compile FILE         compiles one contract and says milliseconds of CPU, KiB at most, operations
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>
#include <zlib.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "../conformance/openapi_cases.hpp"
#include "ground/base/text.hpp"

namespace {
using namespace gatehouse;

[[noreturn]] void stop(const std::string& why) {
  std::fprintf(stderr, "contract_bench: %s\n", why.c_str());
  std::exit(1);
}

std::string unpacked(const std::string& path) {
  const gzFile file = gzopen(path.c_str(), "rb");
  if (file == nullptr) stop("cannot open " + path);
  std::string out;
  std::vector<char> buffer(1U << 16U);
  int size = 0;
  while ((size = gzread(file, buffer.data(), static_cast<unsigned>(buffer.size()))) > 0) out.append(buffer.data(), static_cast<std::size_t>(size));
  if (gzclose(file) != Z_OK) stop("cannot read " + path);
  return out;
}

/// Of all threads of this process, in nanoseconds: other load on the machine does not lengthen it.
double cpu_time() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

/// Nothing: it is one of those that are refused (tests/conformance/known/openapi-docs.txt).
std::optional<contract::Contract> compiled(std::string text) {
  conform::Staged files;
  files.texts.emplace("openapi.json", std::move(text));
  auto made = contract::compile("openapi.json", files);
  return made ? std::optional(std::move(*made)) : std::nullopt;
}

/// Every value once: what it takes to read a document that one has.
std::uint64_t walk(json::Value value) {
  auto sum = static_cast<std::uint64_t>(value.kind());
  for (const auto [name, member] : value.members()) sum += name.size() + walk(member);
  for (const auto element : value.elements()) sum += walk(element);
  return sum;
}

struct Case {
  std::string text;
  const contract::ValueRule* rule = nullptr;
  json::Document document;
};

/// As a body is judged in the gate.
template <class Judge>
void ask(const Case& one, Judge judge) {
  const auto kept = json::judged(one.text, {}, judge);
  if (!kept || !*kept) stop("a text that was valid is not");
}

class Bench {
 public:
  Bench(const std::string& list, const std::string& suites) {
    std::ifstream file(list);
    for (std::string line; std::getline(file, line);) {
      const auto parsed = json::parse(line, {.depth = 64});
      if (!parsed) stop("a case is no JSON");
      const auto example = parsed->root();
      const std::string name(*example.string("doc"));
      if (!contracts_.contains(name)) contracts_.emplace(name, compiled(unpacked(suites + "/openapi-docs/" + name + ".json.gz")));
      const auto& contract = contracts_.at(name);
      const auto* const operation = contract ? contract->find(*example.string("method"), *example.string("path")) : nullptr;
      const auto* const rule = operation == nullptr ? nullptr : conform::rule_of(*operation, *example.string("where"), example.string("media"));
      auto document = json::parse(*example.string("text"));
      const bool valid = rule != nullptr && rule->schema && document && rule->schema->valid(document->root());
      valid_ += valid ? '1' : '0';
      if (!document) stop("a text is no JSON");
      cases_.push_back({std::string(*example.string("text")), rule, std::move(*document)});
    }
  }
  [[nodiscard]] const std::string& valid() const { return valid_; }

  std::size_t use(std::string_view which) {
    std::vector<Case> kept;
    for (std::size_t i = 0; i < cases_.size(); ++i)
      if (i < which.size() && which[i] == '1') kept.push_back(std::move(cases_[i]));
    cases_ = std::move(kept);
    return cases_.size();
  }

  static constexpr int works = 4;

  /// Nanoseconds for one text: 0 parse, 1 parse and walk, 2 parse and validate, 3 validate.
  [[nodiscard]] double measured(int work, int passes) const {
    switch (work) {
      case 0: return timed(passes, [](const Case& one) { ask(one, [](json::Value) { return true; }); });
      case 1: return timed(passes, [](const Case& one) { ask(one, [](json::Value root) { return walk(root) > 0; }); });
      case 2: return timed(passes, [](const Case& one) { ask(one, [&](json::Value root) { return one.rule->schema->valid(root); }); });
      default:
        return timed(passes, [](const Case& one) {
          if (!one.rule->schema->valid(one.document.root())) stop("a text that was valid is not");
        });
    }
  }

  void round(int passes) const {
    for (int work = 0; work < works; ++work) std::printf("%.1f%c", measured(work, passes), work + 1 < works ? ' ' : '\n');
  }

 private:
  template <class Work>
  [[nodiscard]] double timed(int passes, Work work) const {
    const auto begin = cpu_time();
    for (int pass = 0; pass < passes; ++pass)
      for (const auto& one : cases_) work(one);
    return (cpu_time() - begin) / passes / static_cast<double>(cases_.size());
  }

  std::map<std::string, std::optional<contract::Contract>> contracts_;
  std::vector<Case> cases_;
  std::string valid_;
};

void compile_one(const std::string& path) {
  auto text = unpacked(path);
  const auto begin = cpu_time();
  const auto made = compiled(std::move(text));
  const auto took = cpu_time() - begin;
  if (!made) stop("it does not compile");
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::printf("%.1f %ld %zu\n", took / 1e6, usage.ru_maxrss, made->operations().size());
}

void serve(Bench& bench) {
  std::printf("ready %s\n", bench.valid().c_str());
  std::fflush(stdout);
  char* line = nullptr;
  std::size_t capacity = 0;
  for (ssize_t size = 0; (size = getline(&line, &capacity, stdin)) > 0; std::fflush(stdout)) {
    const auto command = text::trim(std::string_view(line, static_cast<std::size_t>(size)));
    if (command.starts_with("use ")) std::printf("using %zu\n", bench.use(command.substr(4)));
    else if (command.starts_with("round ")) bench.round(std::atoi(std::string(command.substr(6)).c_str()));
    else if (command.starts_with("work ")) std::printf("%.1f\n", bench.measured(command[5] - '0', std::atoi(std::string(command.substr(7)).c_str())));
    else stop("no such command");
  }
  std::free(line);
}
}  // namespace

int main(int count, char** arguments) {
  const std::vector<std::string> words(arguments + 1, arguments + count);
  if (words.size() == 2 && words[0] == "compile") {
    compile_one(words[1]);
  } else if (words.size() == 3 && words[0] == "judge") {
    Bench bench(words[1], words[2]);
    serve(bench);
  } else {
    stop("contract_bench judge CASES SUITES | compile FILE");
  }
  return 0;
}
