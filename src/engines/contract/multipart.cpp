#include "engines/contract/multipart.hpp"

#include <algorithm>

#include "ground/base/text.hpp"
#include "ground/http/characters.hpp"

namespace gatehouse::contract {

namespace multipart {
namespace {
using Wrong = std::optional<std::string>;

/// RFC 2046 section 5.1.1.
bool is_boundary(std::string_view text) noexcept {
  constexpr std::size_t longest = 70;
  constexpr std::string_view marks = "'()+_,-./:=? ";
  return !text.empty() && text.size() <= longest && text.back() != ' ' &&
         std::ranges::all_of(text, [&](char c) { return text::is_alnum(c) || marks.contains(c); });
}

/// `"a b"` or a token, taken off `rest`; no escapes.
std::optional<std::string_view> take_value(std::string_view& rest) {
  if (rest.starts_with('"')) {
    const auto end = rest.find('"', 1);
    if (end == rest.npos || rest[end - 1] == '\\') return std::nullopt;
    const auto value = rest.substr(1, end - 1);
    rest.remove_prefix(end + 1);
    return std::ranges::any_of(value, http::is_field_control) ? std::nullopt : std::optional(value);
  }
  const auto value = rest.substr(0, rest.find_first_of("; \t"));
  rest.remove_prefix(value.size());
  return http::is_token(value) ? std::optional(value) : std::nullopt;
}

/// `form-data; name="a"; filename="b"` (RFC 7578 section 4.2).
Wrong read_disposition(std::string_view value, Part& part) {
  constexpr std::string_view kind = "form-data";
  if (!text::equal_ignoring_case(value.substr(0, kind.size()), kind)) return "must have parts of form-data only";
  auto rest = text::trim(value.substr(kind.size()));
  bool named = false;
  while (!rest.empty()) {
    if (rest.front() != ';') return "must have parts whose Content-Disposition can be read";
    rest = text::trim(rest.substr(1));
    const auto equals = std::min(rest.find('='), rest.size());
    const auto name = rest.substr(0, equals);
    rest = rest.substr(std::min(equals + 1, rest.size()));
    const auto content = take_value(rest);
    if (!content || !text::is_utf8(*content)) return "must have parts whose Content-Disposition can be read";
    if (text::equal_ignoring_case(name, "name") && !named) {
      part.name = *content;
      named = true;
    } else if (text::equal_ignoring_case(name, "filename") && !part.filename) {
      part.filename = *content;
    } else {
      return "must have parts with one name and at most one file name";
    }
    rest = text::trim(rest);
  }
  if (!named) return "must have parts that each have a name";
  return std::nullopt;
}

Wrong read_header(std::string_view line, Part& part, std::vector<std::string>& seen) {
  const auto colon = line.find(':');
  if (colon == line.npos || !http::is_token(line.substr(0, colon))) return "must have parts with well-formed headers";
  const auto value = text::trim(line.substr(colon + 1));
  if (std::ranges::any_of(value, http::is_field_control)) return "must have parts with well-formed headers";
  auto name = text::lower(line.substr(0, colon));
  if (std::ranges::find(seen, name) != seen.end()) return "must have parts with no header twice";
  seen.push_back(name);
  if (name == "content-disposition") return read_disposition(value, part);
  if (name == "content-type") {
    part.type = MediaType::parse(value);
    if (!part.type) return "must have parts with well-formed media types";
  }
  if (name == "content-transfer-encoding" && !text::equal_ignoring_case(value, "binary") && !text::equal_ignoring_case(value, "8bit") &&
      !text::equal_ignoring_case(value, "7bit"))
    return "must have parts without a transfer encoding";
  return std::nullopt;
}

/// The headers of a part with the empty line behind them, taken off `rest`.
Wrong read_headers(std::string_view& rest, Part& part) {
  std::vector<std::string> seen;
  for (;;) {
    const auto end = rest.substr(0, multipart_limits::header_bytes).find("\r\n");
    if (end == rest.npos) return "must have parts whose header lines end, and are not too long";
    const auto line = rest.substr(0, end);
    rest.remove_prefix(end + 2);
    if (line.empty()) break;
    if (seen.size() == multipart_limits::headers) return "must have parts with at most " + std::to_string(multipart_limits::headers) + " headers";
    if (auto wrong = read_header(line, part, seen)) return wrong;
  }
  if (std::ranges::find(seen, "content-disposition") == seen.end()) return "must have parts that each have a name";
  return std::nullopt;
}
}  // namespace
}  // namespace multipart

std::expected<std::vector<Part>, std::string> parse_multipart(std::string_view body, std::string_view boundary) {
  const auto wrong = [](std::string what) { return std::unexpected(std::move(what)); };
  if (!multipart::is_boundary(boundary)) return wrong("must have a boundary of at most 70 plain characters");
  const auto delimiter = "\r\n--" + std::string(boundary);
  const auto first = std::string_view(delimiter).substr(2);
  if (!body.starts_with(first)) return wrong("must begin with its boundary");
  auto rest = body.substr(first.size());
  std::vector<Part> parts;
  for (;;) {  // `rest` is behind a delimiter
    if (rest == "--" || rest == "--\r\n") return parts;
    if (rest.starts_with("--")) return wrong("must end with its last boundary");
    if (!rest.starts_with("\r\n")) return wrong("must have a line end behind each boundary");
    rest.remove_prefix(2);
    if (parts.size() == multipart_limits::parts) return wrong("must have at most " + std::to_string(multipart_limits::parts) + " parts");
    Part part;
    if (auto bad = multipart::read_headers(rest, part)) return wrong(std::move(*bad));
    // The line end before a delimiter is part of it; an empty part has the one that ended its headers.
    const auto end = rest.starts_with(first) ? 0 : rest.find(delimiter);
    if (end == rest.npos) return wrong("must end with its last boundary");
    part.content = rest.substr(0, end);
    rest.remove_prefix(end + (rest.starts_with(first) ? first.size() : delimiter.size()));
    parts.push_back(std::move(part));
  }
}

}  // namespace gatehouse::contract
