#include "engines/contract/style.hpp"

#include <algorithm>

#include "ground/base/text.hpp"

namespace gatehouse::contract {

std::optional<std::string_view> decoded(std::string_view text, Escapes escapes, Arena& arena) {
  const auto special = escapes == Escapes::none ? text.npos : text.find_first_of(escapes == Escapes::form ? "%+" : "%");
  if (special == text.npos) return text::is_utf8(text) ? std::optional(text) : std::nullopt;
  char* const memory = arena.take(text.size());
  std::size_t size = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '+' && escapes == Escapes::form) c = ' ';
    if (c == '%') {
      if (text.size() - i < 3) return std::nullopt;
      const int high = text::hex_value(text[i + 1]), low = text::hex_value(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      c = static_cast<char>(high * 16 + low);
      i += 2;
    }
    memory[size++] = c;
  }
  const std::string_view out(memory, size);
  return text::is_utf8(out) ? std::optional(out) : std::nullopt;
}

namespace style {
namespace {
/// The spellings of a delimiter: plain, and encoded where that is how it must be sent.
using Spellings = std::vector<std::string_view>;

/// Splits at each spelling, of which none begins with another.
Items split_at(std::string_view text, const Spellings& spellings) {
  Items out;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size();) {
    const auto here = std::ranges::find_if(spellings, [&](std::string_view spelling) { return text.substr(i).starts_with(spelling); });
    if (here == spellings.end()) {
      ++i;
      continue;
    }
    out.push_back(text.substr(begin, i - begin));
    i += here->size();
    begin = i;
  }
  out.push_back(text.substr(begin));
  return out;
}

/// In the normal form of a path a semicolon is always encoded: nobody behind the gate can tell whether it came so.
const Spellings semicolon{"%3B", "%3b", ";"};

const Spellings& delimiter(const Wording& wording) {
  static const Spellings comma{","}, dot{"."}, space{"%20", "+"}, pipe{"|", "%7C", "%7c"};
  switch (wording.style) {
    case Style::label: return wording.explode ? dot : comma;
    case Style::matrix: return wording.explode ? semicolon : comma;
    case Style::space_delimited: return space;
    case Style::pipe_delimited: return pipe;
    case Style::simple:
    case Style::form:
    case Style::deep_object:
    case Style::cookie: return comma;
  }
  return comma;
}

/// Without the `.` or `;` that its style begins with; for `matrix` also without "name=", unless names follow that are not the parameter's.
std::optional<std::string_view> body_of(std::string_view text, const Wording& wording, bool keeps_names) {
  if (wording.style == Style::label) return text.starts_with('.') ? std::optional(text.substr(1)) : std::nullopt;
  if (wording.style != Style::matrix) return text;
  const auto mark = std::ranges::find_if(semicolon, [&](std::string_view spelling) { return text.starts_with(spelling); });
  if (mark == semicolon.end()) return std::nullopt;
  text.remove_prefix(mark->size());
  if (keeps_names) return text;
  if (!text.starts_with(wording.name)) return std::nullopt;
  text.remove_prefix(wording.name.size());
  if (text.empty()) return text;  // ";color" is the empty text (RFC 6570 section 3.2.7)
  return text.front() == '=' ? std::optional(text.substr(1)) : std::nullopt;
}
}  // namespace
}  // namespace style

std::optional<std::string_view> scalar_of(std::string_view text, const Wording& wording, Arena& arena) {
  const auto body = style::body_of(text, wording, false);
  return body ? decoded(*body, wording.escapes, arena) : std::nullopt;
}

std::optional<Items> items_of(std::string_view text, const Wording& wording, Arena& arena) {
  const bool each_named = wording.style == Style::matrix && wording.explode;
  const auto body = style::body_of(text, wording, each_named);
  if (!body) return std::nullopt;
  auto items = style::split_at(*body, style::delimiter(wording));
  for (auto& item : items) {
    if (each_named) {  // ";color=blue;color=black"
      if (!item.starts_with(wording.name)) return std::nullopt;
      item.remove_prefix(wording.name.size());
      if (!item.empty() && item.front() != '=') return std::nullopt;
      if (!item.empty()) item.remove_prefix(1);
    }
    if (wording.escapes == Escapes::none && wording.style == Style::simple) item = text::trim(item);  // lists of fields (RFC 9110 section 5.6.1)
    const auto plain = decoded(item, wording.escapes, arena);
    if (!plain) return std::nullopt;
    item = *plain;
  }
  return items;
}

std::optional<Members> members_of(std::string_view text, const Wording& wording, Arena& arena) {
  Members out;
  if (!wording.explode) {  // "R,100,G,200"
    const auto items = items_of(text, wording, arena);
    if (!items || items->size() % 2 != 0) return std::nullopt;
    for (std::size_t i = 0; i < items->size(); i += 2) out.emplace_back((*items)[i], (*items)[i + 1]);
    return out;
  }
  const auto body = style::body_of(text, wording, true);  // "R=100,G=200"
  if (!body) return std::nullopt;
  for (auto part : style::split_at(*body, style::delimiter(wording))) {
    if (wording.escapes == Escapes::none && wording.style == Style::simple) part = text::trim(part);
    const auto equals = part.find('=');
    if (equals == part.npos && wording.style != Style::matrix) return std::nullopt;
    const auto name = decoded(part.substr(0, equals), wording.escapes, arena);
    const auto value = decoded(equals == part.npos ? std::string_view{} : part.substr(equals + 1), wording.escapes, arena);
    if (!name || !value) return std::nullopt;
    out.emplace_back(*name, *value);
  }
  return out;
}

}  // namespace gatehouse::contract
