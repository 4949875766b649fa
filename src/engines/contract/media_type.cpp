#include "engines/contract/media_type.hpp"

#include <algorithm>

#include "ground/base/text.hpp"
#include "ground/http/characters.hpp"

namespace gatehouse::contract {

namespace media_type {
namespace {
constexpr std::size_t parameters_max = 16;

/// A token or a quoted string, taken off `rest`.
std::optional<std::string> take_value(std::string_view& rest) {
  if (!rest.starts_with('"')) {
    std::size_t end = 0;
    while (end < rest.size() && http::is_token_char(rest[end])) ++end;
    if (end == 0) return std::nullopt;
    std::string value(rest.substr(0, end));
    rest.remove_prefix(end);
    return value;
  }
  std::string value;
  for (std::size_t i = 1; i < rest.size(); ++i) {
    if (rest[i] == '"') {
      rest.remove_prefix(i + 1);
      return value;
    }
    if (rest[i] == '\\') ++i;
    if (i == rest.size() || http::is_field_control(rest[i])) break;
    value += rest[i];
  }
  return std::nullopt;
}
}  // namespace
}  // namespace media_type

std::optional<MediaType> MediaType::parse(std::string_view text) {
  text = text::trim(text);
  const auto end = std::min(text.find(';'), text.size());
  const auto full = text::trim(text.substr(0, end));
  const auto slash = full.find('/');
  if (slash == full.npos || !http::is_token(full.substr(0, slash)) || !http::is_token(full.substr(slash + 1))) return std::nullopt;
  MediaType out{text::lower(full.substr(0, slash)), text::lower(full.substr(slash + 1)), {}};
  if (out.type == "*" && out.subtype != "*") return std::nullopt;
  for (auto rest = text.substr(end); !rest.empty();) {
    if (rest.front() != ';') return std::nullopt;
    rest = text::trim(rest.substr(1));
    if (rest.empty() || rest.front() == ';') continue;  // RFC 9110 section 5.6.6: empty ones are allowed
    const auto equals = rest.find('=');
    if (equals == rest.npos || !http::is_token(rest.substr(0, equals)) || out.parameters.size() == media_type::parameters_max) return std::nullopt;
    auto name = text::lower(rest.substr(0, equals));
    if (name.contains('*')) return std::nullopt;  // `boundary*=` (RFC 2231) is for some servers the boundary, and for others a name like any
    rest.remove_prefix(equals + 1);
    const auto written = rest;
    auto value = media_type::take_value(rest);
    // Of "A\-B" some servers drop the backslash and some keep it: they would cut the body at other places.
    if (name == "boundary" && written.substr(0, written.size() - rest.size()).contains('\\')) return std::nullopt;
    if (!value || std::ranges::count(out.parameters, name, &std::pair<std::string, std::string>::first) > 0) return std::nullopt;
    if (name == "charset") *value = text::lower(*value);
    out.parameters.emplace_back(std::move(name), std::move(*value));
    rest = text::trim(rest);
  }
  return out;
}

bool MediaType::is_json() const noexcept { return (type == "application" && subtype == "json") || subtype.ends_with("+json"); }

bool MediaType::is_xml() const noexcept { return (subtype == "xml" && (type == "application" || type == "text")) || subtype.ends_with("+xml"); }

bool MediaType::is_plain_utf8() const {
  return std::ranges::all_of(parameters, [](const auto& parameter) {
    return parameter.first != "charset" || parameter.second == "utf-8" || parameter.second == "us-ascii";
  });
}

bool MediaType::means_utf8(bool only_ascii) const {
  return std::ranges::all_of(parameters, [&](const auto& parameter) {
    const auto& [name, value] = parameter;
    return name != "charset" || value == "utf-8" || (only_ascii && (value == "us-ascii" || value == "iso-8859-1"));
  });
}

bool MediaType::is(std::string_view full) const {
  return full.size() == type.size() + 1 + subtype.size() && full.starts_with(type) && full[type.size()] == '/' && full.ends_with(subtype);
}

unsigned MediaType::fit(const MediaType& of) const {
  const bool any_type = type == "*", any_subtype = subtype == "*";
  if ((!any_type && type != of.type) || (!any_subtype && subtype != of.subtype)) return 0;
  for (const auto& parameter : parameters) {
    const bool there = std::ranges::find(of.parameters, parameter) != of.parameters.end();
    const bool understood = parameter.first == "charset" && parameter.second == "utf-8" &&
                            std::ranges::none_of(of.parameters, [](const auto& p) { return p.first == "charset"; });
    if (!there && !understood) return 0;
  }
  return 1U + (any_type ? 0U : 100U) + (any_subtype ? 0U : 1000U) + static_cast<unsigned>(parameters.size());
}

std::optional<std::size_t> best_fit(std::span<const MediaType> ranges, const MediaType& of) {
  std::optional<std::size_t> best;
  unsigned most = 0;
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    const auto fit = ranges[i].fit(of);
    if (fit <= most) continue;
    most = fit;
    best = i;
  }
  return best;
}

}  // namespace gatehouse::contract
