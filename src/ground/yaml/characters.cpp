#include "ground/yaml/characters.hpp"

#include "ground/base/text.hpp"

namespace gatehouse::yaml {

std::optional<Stray> stray_character(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte >= 0x20 && byte != 0x7F) continue;
    if (byte == '\t' || byte == '\n' || (byte == '\r' && text.substr(i + 1).starts_with('\n'))) continue;
    return Stray{i, byte == '\r' ? "is a carriage return without a line feed" : "is a control character, which has no place in YAML"};
  }
  if (text::is_utf8(text)) return std::nullopt;
  std::size_t at = 0;
  for (std::size_t size = 1; at < text.size(); at += size) {
    const auto lead = static_cast<unsigned char>(text[at]);
    size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (!text::is_utf8(text.substr(at, size))) break;
  }
  return Stray{at, "begins what is not UTF-8"};
}

std::size_t end_of_quotation(std::string_view text, std::size_t at) noexcept {
  const char mark = text[at];
  for (auto i = at + 1; i < text.size(); ++i) {
    const bool escapes = mark == '"' ? text[i] == '\\' : text[i] == mark && text.substr(i + 1).starts_with(mark);
    if (escapes) ++i;
    else if (text[i] == mark) return i + 1;
  }
  return text.npos;
}

bool is_closed_quotation(std::string_view text, std::size_t at) noexcept { return end_of_quotation(text, at) != text.npos; }

}  // namespace gatehouse::yaml
