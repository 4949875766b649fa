#include "app/main/words/problems_json.hpp"

#include "ground/json/writer.hpp"

namespace gatehouse::main {

std::string problems_json(const std::string& file, const config::Problems& problems) {
  std::string out;
  json::Writer writer(out);
  writer.begin_object().member("file", file).key("problems").begin_array();
  for (const auto& problem : problems) {
    writer.begin_object()
        .member("file", problem.file)
        .member("line", problem.at.line)
        .member("column", problem.at.column)
        .member("path", problem.path);
    writer.member("what", problem.what);
    if (!problem.nearest.empty()) writer.member("nearest", problem.nearest);
    if (!problem.example.empty()) writer.member("example", problem.example);
    writer.end();
  }
  writer.end().end();
  return out;
}

}  // namespace gatehouse::main
