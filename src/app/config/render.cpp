// Problems as people know them from compilers.
#include "app/config/load.hpp"

namespace gatehouse::config {

namespace render {

namespace {

struct Ink {
  std::string_view bold, red, green, cyan, plain;
};
constexpr Ink none{};
constexpr Ink ansi{"\033[1m", "\033[1;31m", "\033[1;32m", "\033[36m", "\033[0m"};

void append(std::string& out, std::initializer_list<std::string_view> parts) {
  for (const auto part : parts) out += part;
}

/// A file of a stranger's may hold in a name what a terminal would act on: every control is a space, those of two bytes (U+0080 to U+009F) too.
std::string clean(std::string_view text) {
  std::string out(text);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto byte = static_cast<unsigned char>(out[i]);
    const bool second = byte >= 0x80 && byte < 0xA0 && i > 0 && static_cast<unsigned char>(text[i - 1]) == 0xC2;
    if (second) out[i - 1] = ' ';
    if (second || byte < 0x20 || byte == 0x7F) out[i] = ' ';
  }
  return out;
}

void append_problem(std::string& out, const settings::Problem& problem, const Ink& ink) {
  const bool whole = problem.at == settings::whole_document;
  const std::string place =
      clean(problem.file) + (whole ? "" : ':' + std::to_string(problem.at.line) + ':' + std::to_string(problem.at.column)) + ": ";
  append(out, {ink.bold, place, ink.plain, ink.red, "error: ", ink.plain, clean(problem.path), problem.path.empty() ? "" : ": ", clean(problem.what),
               "\n"});
  if (!problem.line.empty()) {
    std::string number = std::to_string(problem.at.line);
    number.insert(0, number.size() < 5 ? 5 - number.size() : 0, ' ');
    append(out, {number, " | ", clean(problem.line), "\n", std::string(number.size(), ' '), " | ", std::string(problem.at.column - 1, ' '), ink.green,
                 "^", ink.plain, "\n"});
  }
  if (!problem.nearest.empty()) append(out, {"      ", ink.cyan, "help: ", ink.plain, "did you mean '", problem.nearest, "'?\n"});
  if (!problem.example.empty()) append(out, {"      ", ink.cyan, "help: ", ink.plain, "for example: ", problem.example, "\n"});
}

}  // namespace
}  // namespace render

std::string render_errors(const Problems& problems, bool colour) {
  std::string out;
  for (const auto& problem : problems) render::append_problem(out, problem, colour ? render::ansi : render::none);
  if (problems.size() >= settings::Reader::problems_max)
    return out + "more than " + std::to_string(settings::Reader::problems_max - 1) + " errors; the rest is not shown\n";
  if (problems.size() == 1 && problems.front().at == settings::whole_document) return out;  // nothing to count
  return out + std::to_string(problems.size()) + (problems.size() == 1 ? " error\n" : " errors\n");
}

}  // namespace gatehouse::config
