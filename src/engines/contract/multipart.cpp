#include "engines/contract/multipart.hpp"

#include <algorithm>
#include <array>

#include "ground/base/text.hpp"
#include "ground/http/characters.hpp"

namespace gatehouse::contract {

namespace multipart {
namespace {
using Wrong = std::optional<std::string>;

/// RFC 2046 section 5.1.1, without space and comma, at which some servers end it.
bool is_boundary(std::string_view text) noexcept {
  constexpr std::size_t longest = 70;
  constexpr std::string_view marks = "'()+_-./:=?";
  return !text.empty() && text.size() <= longest && std::ranges::all_of(text, [&](char c) { return text::is_alnum(c) || marks.contains(c); });
}

/// No server reads it as another name: backslashes are escapes for some, and some decode encoded words (RFC 2047) or what browsers encode (WHATWG HTML 4.10.21.8).
bool is_plain_name(std::string_view name) {
  const auto lower = text::lower(name);
  return std::ranges::none_of(std::array<std::string_view, 5>{"\\", "=?", "%22", "%0d", "%0a"},
                              [&](std::string_view mark) { return lower.contains(mark); });
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
      if (!is_plain_name(*content)) return "must have parts whose names need no decoding";
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

/// What of a part's own headers would make some server read its content as another.
Wrong check_header(std::string_view name, std::string_view value, std::size_t content_bytes) {
  const auto is_one_of = [&](std::initializer_list<std::string_view> values) {
    return std::ranges::any_of(values, [&](std::string_view one) { return text::equal_ignoring_case(value, one); });
  };
  if (name == "content-transfer-encoding" && !is_one_of({"binary", "8bit", "7bit"})) return "must have parts without a transfer encoding";
  if (name == "content-encoding" && !is_one_of({"identity"})) return "must have parts without a content coding";
  if (name == "content-length" && value != std::to_string(content_bytes)) return "must have parts of the length that they name";
  return std::nullopt;
}

Wrong read_header(std::string_view line, Part& part, std::vector<std::string>& seen) {
  const auto colon = line.find(':');
  if (colon == line.npos || !http::is_token(line.substr(0, colon))) return "must have parts with well-formed headers";
  const auto value = text::trim(line.substr(colon + 1));
  if (std::ranges::any_of(value, http::is_field_control)) return "must have parts with well-formed headers";
  auto name = text::lower(line.substr(0, colon));
  if (std::ranges::find(seen, name) != seen.end()) return "must have parts with no header twice";
  if (name == "content-disposition") {
    if (auto wrong = read_disposition(value, part)) return wrong;
  } else if (name == "content-type") {
    part.type = MediaType::parse(value);
    if (!part.type) return "must have parts with well-formed media types";
    if (part.type->type == "multipart") return "must have parts that hold no parts";
  } else if (auto wrong = check_header(name, value, part.content.size())) {
    return wrong;
  }
  seen.push_back(std::move(name));
  return std::nullopt;
}

/// One part: headers, an empty line, the content.
Wrong read_part(std::string_view section, Part& part) {
  constexpr std::string_view empty_line = "\r\n\r\n";
  const auto end = section.find(empty_line);
  if (end == section.npos) return "must have parts with headers, an empty line and a content on a line of its own";
  part.content = section.substr(end + empty_line.size());
  std::vector<std::string> seen;
  for (auto head = section.substr(0, end + 2); !head.empty();) {
    const auto line = head.substr(0, head.find("\r\n"));
    head.remove_prefix(line.size() + 2);
    if (line.size() > multipart_limits::header_bytes) return "must have parts whose header lines are not too long";
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
  const auto delimiter = "--" + std::string(boundary);
  if (!body.starts_with(delimiter)) return wrong("must begin with its boundary");
  auto rest = body.substr(delimiter.size());
  std::vector<Part> parts;
  for (;;) {  // `rest` is behind a delimiter
    if (rest == "--" || rest == "--\r\n") return parts;
    if (rest.starts_with("--")) return wrong("must end with its last boundary");
    if (!rest.starts_with("\r\n")) return wrong("must have a line end behind each boundary");
    rest.remove_prefix(2);
    if (parts.size() == multipart_limits::parts) return wrong("must have at most " + std::to_string(multipart_limits::parts) + " parts");
    // Some servers cut at a boundary behind LF or CR alone, some wherever it is: it must be nowhere else.
    const auto next = rest.find(delimiter);
    if (next == rest.npos) return wrong("must end with its last boundary");
    auto section = rest.substr(0, next);
    if (!section.ends_with("\r\n")) return wrong("must have its boundary nowhere but at the start of a line that CRLF precedes");
    section.remove_suffix(2);
    Part part;
    if (auto bad = multipart::read_part(section, part)) return wrong(std::move(*bad));
    rest.remove_prefix(next + delimiter.size());
    parts.push_back(std::move(part));
  }
}

}  // namespace gatehouse::contract
