// conform NAME...: runs third-party suites (without a name: all that are built in). The staged suites are at $GATEHOUSE_SUITES, by
// default ../shared/suites. Exit status 0: no failure; 1: failures; 2: no such suite; 77: the suites are not there.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "suite.hpp"

namespace conform {
namespace {
struct Entry {
  std::string folder;
  Run run;
};
std::map<std::string, Entry, std::less<>>& registered() {
  static std::map<std::string, Entry, std::less<>> all;
  return all;
}
}  // namespace

Registration::Registration(std::string_view name, Run run, std::string_view folder) {
  registered().emplace(name, Entry{std::string(folder.empty() ? name : folder), run});
}
}  // namespace conform

int main(int count, char** arguments) {
  const auto& all = conform::registered();
  std::vector<std::string> names(arguments + 1, arguments + count);
  if (names == std::vector<std::string>{"--list"}) {
    for (const auto& [name, entry] : all) std::printf("%s\n", name.c_str());
    return 0;
  }
  if (names.empty())
    for (const auto& [name, entry] : all) names.push_back(name);

  const char* const named = std::getenv("GATEHOUSE_SUITES");
  const std::string suites = named != nullptr ? named : "../shared/suites";
  bool failures = false, absent = false;
  for (const auto& name : names) {
    const auto suite_run = all.find(name);
    if (suite_run == all.end()) {
      std::printf("%s: no such suite\n", name.c_str());
      return 2;
    }
    const auto folder = suites + "/" + suite_run->second.folder;
    if (!std::filesystem::is_directory(folder)) {
      std::printf("%s: skipped (suites absent)\n", name.c_str());
      absent = true;
      continue;
    }
    conform::Suite suite(name, folder);
    suite_run->second.run(suite);
    failures = !suite.finish() || failures;
  }
  return failures ? 1 : absent ? 77 : 0;
}
