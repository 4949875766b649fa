// One third-party suite, run in this process against the product. A suite is one file here: a function that reads the staged cases and
// says of each what came of it. The known failures are known/NAME.txt, a line each: id, tab, reason with the clause of the standard.
//
//     CONFORM_SUITE("structured-fields", [](conform::Suite& suite) {
//       for (const auto& line : suite.lines("cases.jsonl.gz")) suite.check(id, ok, why);
//     });
#pragma once
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "ground/json/document.hpp"

namespace conform {

class Suite {
 public:
  /// `folder` holds the staged files of that suite.
  Suite(std::string name, std::string folder);

  /// The case behaves as the suite asks, or not, and why.
  void check(std::string_view id, bool ok, std::string_view why = "");
  void pass(std::string_view id) { check(id, true); }
  void fail(std::string_view id, std::string_view why) { check(id, false, why); }
  /// A case that cannot be looked at because the case `of` fails: known, if that one is on the list.
  void follows(std::string_view id, std::string_view of);
  /// The product refuses what the suite would take, by a rule that asks for more; the rule is named.
  void stricter(std::string_view id, std::string_view rule);

  /// A staged file, unpacked if its name ends in .gz. A file that is not there ends the program: a suite that is half there proves nothing.
  [[nodiscard]] std::string read(std::string_view file) const;
  [[nodiscard]] std::vector<std::string> lines(std::string_view file) const;
  [[nodiscard]] gatehouse::json::Document json(std::string_view file) const;
  /// A JSON text out of a staged file, without the product's limits on outside input; ends the program if it is none.
  [[nodiscard]] static gatehouse::json::Document parse(std::string_view text);

  /// Prints the last line, "NAME: P passed, F failed, K known[, S stricter]"; true without failures. Entries of the known list
  /// for which no case came up count as failed too.
  [[nodiscard]] bool finish();

 private:
  struct Known {
    std::string reason;
    bool met = false;
  };
  void failed(std::string_view id, std::string_view why);

  std::string name_, folder_;
  std::map<std::string, Known, std::less<>> known_;
  std::size_t passed_ = 0, failed_ = 0, known_count_ = 0, stricter_ = 0;
};

using Run = void (*)(Suite&);

/// Puts a suite on the list; the name is that of its folder among the staged suites, unless a folder is named behind the function.
struct Registration {
  Registration(std::string_view name, Run run, std::string_view folder = {});
};

}  // namespace conform

#define CONFORM_SUITE(name, ...) static const ::conform::Registration conform_registration_(name, __VA_ARGS__)
