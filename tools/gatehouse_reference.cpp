// Writes the committed files that are made from settings, problems, words and rules, below the folder named; with --check it only compares them.
//
//   gatehouse_reference [--check] PROJECT      exit 0: written, or up to date; 1: out of date; 2: misused
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "app/config/documents.hpp"
#include "app/main/command/reference.hpp"
#include "engines/review/rules_document.hpp"

namespace {

std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

bool write(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  return !file.fail();
}

}  // namespace

int main(int count, char** words) {
  const bool check = count == 3 && std::string_view(words[1]) == "--check";
  if (count != 2 && !check) {
    std::fprintf(stderr, "usage: gatehouse_reference [--check] PROJECT\n");
    return 2;
  }
  const std::string project = words[count - 1];
  const std::pair<std::string, std::string> files[] = {
      {project + "/gatehouse.schema.json", gatehouse::config::schema_document()},
      {project + "/docs/guide/configuration.md", gatehouse::config::reference_document()},
      {project + "/docs/guide/errors.md", gatehouse::config::errors_document()},
      {project + "/docs/guide/command-line.md", gatehouse::main::command_reference(gatehouse::main::all_words(), gatehouse::main::common_options())},
      {project + "/docs/guide/contract-rules.md", gatehouse::review::rules_document()},
  };
  int result = 0, right = 0;
  for (const auto& [path, text] : files) {
    if (check ? read(path) == text : write(path, text)) {
      ++right;
      continue;
    }
    std::fprintf(stderr, "%s: %s\n", path.c_str(), check ? "out of date; run gatehouse_reference on the project" : "cannot be written");
    result = 1;
  }
  if (check) std::printf("%d passed, %d failed\n", right, static_cast<int>(std::size(files)) - right);
  return result;
}
