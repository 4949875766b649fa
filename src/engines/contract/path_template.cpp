#include "engines/contract/path_template.hpp"

#include <algorithm>

#include "ground/base/text.hpp"
#include "ground/http/path.hpp"

namespace gatehouse::contract {

namespace path_template {
namespace {
/// A literal as the canonical request shows it, whether it was written encoded or plain.
Result<std::string> normal_literal(std::string_view literal) {
  std::string decoded;
  for (std::size_t i = 0; i < literal.size(); ++i) {
    const bool escape = literal[i] == '%' && literal.size() - i >= 3 && text::hex_value(literal[i + 1]) >= 0 && text::hex_value(literal[i + 2]) >= 0;
    decoded += escape ? static_cast<char>(text::hex_value(literal[i + 1]) * 16 + text::hex_value(literal[i + 2])) : literal[i];
    if (escape) i += 2;
  }
  if (!text::is_utf8(decoded)) return refuse(Fault::invalid, "the path does not decode to UTF-8");
  return http::NormalPath::encode(decoded);
}

/// The value of each name of one segment; greedy only at its end.
bool match_segment(const PathTemplate::Segment& segment, std::string_view text, std::span<std::string_view> values) {
  const auto& pieces = segment.pieces;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const auto& piece = pieces[i];
    if (!piece.name_index) {
      if (!text.starts_with(piece.literal)) return false;
      text.remove_prefix(piece.literal.size());
      continue;
    }
    auto size = text.size();
    if (i + 1 < pieces.size()) {  // a literal follows: parse() sees to it
      const auto& literal = pieces[i + 1].literal;
      const bool last = i + 2 == pieces.size();
      // Of the last literal the last occurrence counts, which is the segment's end.
      if (last ? !text.ends_with(literal) : !text.contains(literal)) return false;
      size = last ? text.size() - literal.size() : text.find(literal);
    }
    if (size == 0) return false;  // a path parameter is never empty: "/pets/" is not "/pets/{id}"
    values[*piece.name_index] = text.substr(0, size);
    text.remove_prefix(size);
  }
  return text.empty();
}
}  // namespace
}  // namespace path_template

Result<PathTemplate> PathTemplate::parse(std::string_view text) {
  PathTemplate out;
  if (!text.starts_with('/')) return refuse(Fault::invalid, "a path begins with a slash");
  // Within braces neither means anything.
  bool in_name = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '{') in_name = true;
    else if (text[i] == '}') in_name = false;
    else if (!in_name && (text[i] == '#' || text[i] == '?')) {
      out.suffix_ = text.substr(i);
      text = text.substr(0, i);
    }
  }
  for (const auto segment_text : text::split(text.substr(1), '/')) {
    Segment segment;
    out.shape_ += '/';
    for (auto rest = segment_text; !rest.empty();) {
      const auto brace = rest.find_first_of("{}");
      if (brace != 0) {
        auto literal = TRY(path_template::normal_literal(rest.substr(0, brace)));
        out.shape_ += literal;
        segment.pieces.push_back({std::move(literal), std::nullopt});
        rest = brace == rest.npos ? std::string_view{} : rest.substr(brace);
        continue;
      }
      const auto end = rest.find_first_of("{}", 1);
      if (rest[0] == '}' || end == rest.npos || rest[end] == '{')
        return refuse(Fault::invalid, "the braces of the path do not pair within one segment");
      const auto name = rest.substr(1, end - 1);
      if (name.empty()) return refuse(Fault::invalid, "the path has a name without a text: {}");
      if (std::ranges::find(out.names_, name) != out.names_.end())
        return refuse(Fault::invalid, "the path has the name '" + std::string(name) + "' twice");
      if (out.names_.size() == names_max) return refuse(Fault::exhausted, "the path has too many names");
      if (!segment.pieces.empty() && segment.pieces.back().name_index)
        return refuse(Fault::invalid, "the path has two names side by side, and nobody can tell where one ends");
      segment.pieces.push_back({{}, static_cast<std::uint32_t>(out.names_.size())});
      out.names_.emplace_back(name);
      out.shape_ += "{}";
      rest.remove_prefix(end + 1);
    }
    out.segments_.push_back(std::move(segment));
  }
  return out;
}

bool PathTemplate::match(std::span<const std::string_view> segments, std::span<std::string_view> values) const {
  if (segments.size() != segments_.size()) return false;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    if (segments_[i].pieces.empty() ? !segments[i].empty() : !path_template::match_segment(segments_[i], segments[i], values)) return false;
  }
  return true;
}

}  // namespace gatehouse::contract
