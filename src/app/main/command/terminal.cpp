#include "app/main/command/terminal.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "ground/base/text.hpp"
#include "ground/json/writer.hpp"

namespace gatehouse::main {
namespace {

bool environment_has(const char* name) noexcept {
  const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): before any thread starts, and nothing here sets variables
  return value != nullptr && *value != '\0';
}

bool is_terminal(std::FILE* stream) noexcept { return ::isatty(::fileno(stream)) == 1; }

void write(std::FILE* stream, std::string_view text) noexcept {
  // A reader that has gone away is its own affair: `gatehouse keys list | head` is no failure.
  static_cast<void>(std::fwrite(text.data(), 1, text.size(), stream));
}

/// How many columns a text takes: one for each character of UTF-8.
std::size_t columns(std::string_view text) noexcept {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

void append_cell(std::string& out, std::string_view cell, std::size_t width, bool last) {
  out += cell;
  if (!last) out.append(width - columns(cell) + 2, ' ');
}

}  // namespace

Terminal::Terminal(std::FILE* out, std::FILE* err) noexcept : out_(out), err_(err) {
  const char* const kind = std::getenv("TERM");  // NOLINT(concurrency-mt-unsafe): as above
  const bool dumb = kind == nullptr || std::string_view(kind) == "dumb";
  colours_ = is_terminal(out) && !dumb && !environment_has("NO_COLOR");
  progress_ = is_terminal(err) && !dumb;
}

Terminal Terminal::plain(std::FILE* out, std::FILE* err) noexcept {
  Terminal terminal(out, err);
  terminal.colours_ = false;
  terminal.progress_ = false;
  return terminal;
}

void Terminal::line(std::string_view text) const noexcept {
  write(out_, text);
  write(out_, "\n");
  std::fflush(out_);
}

void Terminal::print(std::string_view text) const noexcept {
  write(out_, text);
  std::fflush(out_);
}

void Terminal::note(std::string_view text) const noexcept {
  write(err_, text);
  if (!text.ends_with('\n')) write(err_, "\n");
  std::fflush(err_);
}

ExitCode Terminal::fail(const Error& error) const {
  const auto text = to_text(error);
  note(fmt::format("{} {}", paint("31", "gatehouse:"), printable(text)));
  if (json) {
    std::string out;
    json::Writer(out).begin_object().key("error").begin_object().member("fault", to_text(error.fault)).member("text", text).end().end();
    line(out);
  }
  return exit_code(error.fault);
}

ExitCode Terminal::misuse(const Error& error) const {
  static_cast<void>(fail(error));
  return ExitCode::usage;
}

std::string Terminal::table(std::span<const std::string_view> heading, std::span<const std::vector<std::string>> rows) const {
  std::vector<std::vector<std::string>> cells;
  std::vector<std::size_t> widths;
  for (const auto name : heading) widths.push_back(columns(name));
  for (const auto& row : rows) {
    auto& shown = cells.emplace_back();
    for (std::size_t i = 0; i < heading.size() && i < row.size(); ++i) {
      shown.push_back(printable(row[i]));
      widths[i] = std::max(widths[i], columns(shown[i]));
    }
  }
  std::string titles;
  for (std::size_t i = 0; i < heading.size(); ++i) append_cell(titles, heading[i], widths[i], i + 1 == heading.size());
  std::string out = bold(titles) + "\n";
  for (const auto& row : cells) {
    for (std::size_t i = 0; i < row.size(); ++i) append_cell(out, row[i], widths[i], i + 1 == row.size());
    out += '\n';
  }
  return out;
}

std::string Terminal::paint(std::string_view code, std::string_view text) const {
  return colours_ ? fmt::format("\033[{}m{}\033[0m", code, text) : std::string(text);
}

std::string printable(std::string_view text) {
  const bool utf8 = text::is_utf8(text);
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool c1 =
        utf8 && byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;  // U+0080 to U+009F: CSI and its like
    if (byte < 0x20 || byte == 0x7F || (byte >= 0x80 && !utf8) || c1) {
      out += fmt::format("\\x{:02x}", byte);
      if (c1) out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[++i]));
    } else {
      out += text[i];
    }
  }
  return out;
}

}  // namespace gatehouse::main
