// A text as path, query, host and cookie. Each normal form must be normal itself; a path must hold no dot segment however often an upstream
// decodes it and whatever it takes for a separator; a query must be what was sent.
#include <algorithm>
#include <cstdint>
#include <string>

#include "ground/base/assert.hpp"
#include "ground/base/text.hpp"
#include "ground/http/authority.hpp"
#include "ground/http/cookies.hpp"
#include "ground/http/path.hpp"
#include "ground/http/query.hpp"

namespace {
using namespace gatehouse;

/// As a careless upstream decodes: bad percent signs stay.
std::string decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && text.size() - i > 2 && text::hex_value(text[i + 1]) >= 0 && text::hex_value(text[i + 2]) >= 0) {
      out += static_cast<char>(text::hex_value(text[i + 1]) * 16 + text::hex_value(text[i + 2]));
      i += 2;
    } else out += text[i];
  }
  return out;
}

void check_no_way_up(std::string path) {
  for (int times = 0; times < 3; ++times) {
    for (const auto segment : text::split(path, '/')) {
      const auto name = segment.substr(0, segment.find(';'));
      GH_ASSERT(name != "." && name != "..");
    }
    GH_ASSERT(path.find('\\') == path.npos && path.find('\0') == path.npos && path.find('\n') == path.npos);
    path = decoded(path);
  }
}

void check_path(std::string_view raw) {
  Arena arena;
  const auto path = http::NormalPath::parse(raw, arena);
  if (!path) return;
  const auto text = path->text();
  GH_ASSERT(std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7F; }));
  std::string joined;
  for (const auto segment : path->segments()) {
    (joined += '/') += segment;
    GH_ASSERT(text::is_utf8(http::NormalPath::decode(segment, arena)));
  }
  GH_ASSERT(joined == text);
  GH_ASSERT(path->has_encoded_slash() == text.contains("%2F"));
  const auto again = http::NormalPath::parse(text, arena);
  GH_ASSERT(again && again->text() == text);
  GH_ASSERT(decoded(raw) == decoded(text));  // it means what was sent
  check_no_way_up(std::string(text));
}

void check_query(std::string_view raw) {
  const auto query = http::Query::parse(raw);
  if (!query) return;
  GH_ASSERT(query->text() == raw);
  Arena arena;
  for (auto rest = query->text(); const auto parameter = http::Query::next(rest);) {
    auto name = std::string(http::Query::decode(parameter->name, arena));
    GH_ASSERT(text::lower(name) != "_method");
    GH_ASSERT(name.find('\0') == name.npos);
  }
  for (const auto pair : text::split(raw, '&'))
    for (const auto part : text::split(pair, ';'))  // as some servers split
      GH_ASSERT(text::lower(http::Query::decode(part.substr(0, part.find('=')), arena)) != "_method");
}

void check_authority(std::string_view raw) {
  Arena arena;
  for (const bool secure : {false, true}) {
    const auto authority = http::Authority::parse(raw, secure, arena);
    if (!authority) continue;
    const auto again = http::Authority::parse(authority->text(), secure, arena);
    GH_ASSERT(again && *again == *authority && again->text() == authority->text());
    GH_ASSERT(authority->text().find_first_of("@/?#\\ ,%") == std::string_view::npos);
  }
}

void check_cookies(std::string_view raw) {
  Arena arena;
  http::Headers headers(arena), headers_again(arena);
  headers.add(http::HeaderId::cookie, raw);
  const auto cookies = http::Cookies::parse(headers, arena);
  if (!cookies) return;
  headers_again.add(http::HeaderId::cookie, cookies->text());
  const auto again = http::Cookies::parse(headers_again, arena);
  GH_ASSERT(again && again->text() == cookies->text());
  std::string joined;
  for (auto rest = cookies->text(); const auto pair = http::Cookies::next(rest);) {
    if (!joined.empty()) joined += "; ";
    ((joined += pair->name) += '=') += pair->value;
    GH_ASSERT(cookies->find(pair->name).has_value());
  }
  GH_ASSERT(joined == cookies->text());
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), std::min<std::size_t>(size, 4096));
  check_path(text);
  check_path("/" + text);
  check_query(text);
  check_authority(text);
  check_cookies(text);
  return 0;
}
