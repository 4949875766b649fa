#include "ground/http/cookies.hpp"

#include <algorithm>

#include "ground/base/text.hpp"
#include "ground/http/characters.hpp"

namespace gatehouse::http {

namespace {
bool is_cookie_name(std::string_view name) noexcept {
  return !name.empty() && std::ranges::all_of(name, [](char c) { return c > ' ' && c < 0x7F && c != ',' && c != '"' && c != '\\'; });
}

std::optional<Problem> check_pair(std::string_view pair) {
  const auto equals = pair.find('=');
  if (equals == pair.npos || !is_cookie_name(pair.substr(0, equals)))
    return refusal(ProblemKind::bad_cookie, "http.cookie.name", "A cookie has no name, or one with characters that are not allowed.");
  if (pair.starts_with('$')) return refusal(ProblemKind::bad_cookie, "http.cookie.legacy", "A cookie name begins with a dollar sign.");
  const auto value = pair.substr(equals + 1);
  if (value.starts_with('"') && (value.size() < 2 || value.find('"', 1) != value.size() - 1))
    return refusal(ProblemKind::bad_cookie, "http.cookie.quote", "The quotes of a cookie value are not closed at its end.");
  if (!text::is_utf8(value) || std::ranges::any_of(value, is_field_control) || value.find('\t') != value.npos)
    return refusal(ProblemKind::bad_cookie, "http.cookie.value", "A cookie value holds bytes that are not text.");
  return std::nullopt;
}
}  // namespace

std::expected<Cookies, Problem> Cookies::parse(const Headers& headers, Arena& arena) {
  std::size_t bytes = 0;
  for (const auto& field : headers.all())
    if (field.id == HeaderId::cookie) bytes += field.value.size() + 2;
  if (bytes == 0) return Cookies{};
  char* const memory = arena.take(bytes * 2);  // a separator of two bytes may stand where one was
  char* out = memory;
  std::size_t pairs = 0;
  for (const auto& field : headers.all()) {
    if (field.id != HeaderId::cookie) continue;
    for (auto rest = field.value; !rest.empty();) {
      const auto end = rest.find(';');
      const auto pair = text::trim(rest.substr(0, end));
      rest = end == rest.npos ? std::string_view() : rest.substr(end + 1);
      if (pair.empty()) continue;
      if (++pairs > pairs_max) return std::unexpected(refusal(ProblemKind::bad_cookie, "http.cookie.count", "There are too many cookies."));
      if (auto problem = check_pair(pair)) return std::unexpected(std::move(*problem));
      if (out != memory) out = std::ranges::copy(std::string_view("; "), out).out;
      out = std::ranges::copy(pair, out).out;
    }
  }
  Cookies cookies;
  cookies.text_ = {memory, static_cast<std::size_t>(out - memory)};
  return cookies;
}

std::optional<Cookies::Pair> Cookies::next(std::string_view& rest) noexcept {
  if (rest.empty()) return std::nullopt;
  const auto end = rest.find("; ");
  const auto pair = rest.substr(0, end);
  rest = end == rest.npos ? std::string_view() : rest.substr(end + 2);
  const auto equals = pair.find('=');
  return Pair{pair.substr(0, equals), pair.substr(equals + 1)};
}

std::optional<std::string_view> Cookies::find(std::string_view name) const noexcept {
  for (auto rest = text_; const auto pair = next(rest);)
    if (pair->name == name) return pair->value;
  return std::nullopt;
}

std::size_t Cookies::count(std::string_view name) const noexcept {
  std::size_t found = 0;
  for (auto rest = text_; const auto pair = next(rest);) found += pair->name == name ? 1 : 0;
  return found;
}

}  // namespace gatehouse::http
