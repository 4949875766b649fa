#include "ground/http/query.hpp"

#include <array>

#include "ground/base/text.hpp"

namespace gatehouse::http {

namespace {
/// The decoded byte at `at`, which moves behind it; -1 for a bad percent sign.
int take_byte(std::string_view encoded, std::size_t& at) noexcept {
  const char c = encoded[at++];
  if (c != '%') return static_cast<unsigned char>(c);
  if (encoded.size() - at < 2) return -1;
  const int high = text::hex_value(encoded[at]), low = text::hex_value(encoded[at + 1]);
  at += 2;
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/// What a byte of a query as sent may be.
enum class Kind : std::uint8_t { bad, plain, percent, mark };
constexpr auto kinds = [] {
  std::array<Kind, 256> of_byte{};
  for (unsigned c = 0x21; c < 0x7F; ++c) of_byte[c] = Kind::plain;
  of_byte['#'] = Kind::bad;
  of_byte['%'] = Kind::percent;
  for (const unsigned char c : {'_', '.', '+', '['}) of_byte[c] = Kind::mark;
  return of_byte;
}();
constexpr Kind kind_of(char c) noexcept { return kinds.data()[static_cast<unsigned char>(c)]; }

}  // namespace

// "." and " " and "[" at the start of a name become "_", spaces before it are dropped, "[" ends it.
bool is_method_override(std::string_view name) noexcept {
  constexpr std::string_view word = "method";
  std::size_t at = 0, matched = 0;
  bool mark = false;
  while (at < name.size()) {
    const int byte = take_byte(name, at);
    if (byte == '_' || byte == '.' || byte == ' ' || byte == '+' || byte == '[') {
      if (matched == word.size() && byte == '[') return true;
      if (matched != 0) return false;
      mark = true;
      continue;
    }
    if (!mark || matched == word.size() || text::lower(static_cast<char>(byte)) != word[matched]) return false;
    ++matched;
  }
  return matched == word.size();
}

namespace {
/// Some servers split at ';' as well, or can be told to (HTML 4.01 section B.2.2 asks for it): what is data to the others is a name to them.
bool sets_the_method(std::string_view query) noexcept {
  while (!query.empty()) {
    const auto end = query.find_first_of("&;");
    const auto part = query.substr(0, end);
    query = end == query.npos ? std::string_view() : query.substr(end + 1);
    if (is_method_override(part.substr(0, part.find('=')))) return true;
  }
  return false;
}
}  // namespace

std::expected<Query, Problem> Query::parse(std::string_view raw) {
  bool may_override = false;  // a name begins as that of a method override must: with a mark, plain or encoded
  bool name_begins = true;    // here, for some server at least
  for (std::size_t at = 0; at < raw.size();) {
    const char c = raw.data()[at];
    const auto kind = kind_of(c);
    if (kind != Kind::plain) [[unlikely]] {
      may_override = may_override || name_begins;
      if (kind == Kind::bad)
        return std::unexpected(refusal(ProblemKind::bad_query, "http.query.character", "The query holds a character that must be percent-encoded."));
      const int byte = take_byte(raw, at);
      if (byte < 0)
        return std::unexpected(
            refusal(ProblemKind::bad_query, "http.query.percent", "A percent sign in the query is not followed by two hexadecimal digits."));
      if ((byte < 0x20 && byte != '\t' && byte != '\r' && byte != '\n') || byte == 0x7F)
        return std::unexpected(refusal(ProblemKind::bad_query, "http.query.control", "The query holds a control character."));
    } else {
      ++at;
    }
    name_begins = c == '&' || c == ';';
  }
  if (may_override && sets_the_method(raw))
    return std::unexpected(refusal(ProblemKind::bad_query, "http.query.method-override", "The method of a request cannot be set by a parameter."));
  Query query;
  query.text_ = raw;
  query.present_ = true;
  return query;
}

std::optional<Query::Parameter> Query::next(std::string_view& rest) noexcept {
  while (!rest.empty()) {
    const auto end = rest.find('&');
    const auto part = rest.substr(0, end);
    rest = end == rest.npos ? std::string_view() : rest.substr(end + 1);
    if (part.empty()) continue;
    const auto equals = part.find('=');
    if (equals == part.npos) return Parameter{part, {}};
    return Parameter{part.substr(0, equals), part.substr(equals + 1)};
  }
  return std::nullopt;
}

std::string_view Query::decode(std::string_view text, Arena& arena) {
  if (text.find_first_of("%+") == text.npos) return text;
  char* const out = arena.take(text.size());
  std::size_t size = 0;
  for (std::size_t at = 0; at < text.size();) {
    const bool plus = text[at] == '+';
    const int byte = take_byte(text, at);
    out[size++] = plus ? ' ' : static_cast<char>(byte);
  }
  return {out, size};
}

}  // namespace gatehouse::http
