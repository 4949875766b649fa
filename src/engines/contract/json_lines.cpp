#include "engines/contract/json_lines.hpp"

#include <algorithm>

namespace gatehouse::contract {

std::vector<std::uint32_t> json_lines(std::string_view text) {
  std::vector<std::uint32_t> lines;
  std::uint32_t line = 1;
  for (std::size_t at = 0; at < text.size(); ++at) {
    switch (text[at]) {
      case '\n': ++line; break;
      case ' ':
      case '\t':
      case '\r':
      case ',':
      case ':':
      case '}':
      case ']': break;
      case '{':
      case '[': lines.push_back(line); break;
      case '"':
        lines.push_back(line);
        for (++at; at < text.size() && text[at] != '"'; ++at)  // a string has no line ends
          if (text[at] == '\\') ++at;
        break;
      default:  // a number or a word
        lines.push_back(line);
        at = std::min(text.find_first_of(",]} \t\r\n", at), text.size()) - 1;
    }
  }
  return lines;
}

}  // namespace gatehouse::contract
