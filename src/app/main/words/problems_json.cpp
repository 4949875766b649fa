#include "app/main/words/problems_json.hpp"

#include "ground/json/writer.hpp"

namespace gatehouse::main {

namespace problems_in_json {
namespace {
void write_all(json::Writer& writer, std::string_view name, const config::Problems& problems) {
  writer.key(name).begin_array();
  for (const auto& problem : problems) {
    writer.begin_object().member("file", problem.file).member("line", problem.at.line).member("column", problem.at.column);
    writer.member("path", problem.path).member("what", problem.what);
    if (!problem.nearest.empty()) writer.member("nearest", problem.nearest);
    if (!problem.example.empty()) writer.member("example", problem.example);
    writer.end();
  }
  writer.end();
}
}  // namespace
}  // namespace problems_in_json

std::string problems_json(const std::string& file, const config::Problems& problems, const config::Problems& notes) {
  std::string out;
  json::Writer writer(out);
  writer.begin_object().member("file", file);
  problems_in_json::write_all(writer, "problems", problems);
  problems_in_json::write_all(writer, "notes", notes);
  writer.end();
  return out;
}

}  // namespace gatehouse::main
