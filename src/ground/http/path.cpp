#include "ground/http/path.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "ground/base/text.hpp"
#include "ground/http/characters.hpp"

namespace gatehouse::http {

namespace {
constexpr std::array<std::string_view, 1> root_segments{std::string_view()};

/// What stands for itself in the normal form of a segment.
constexpr bool is_plain(char c) noexcept { return is_pchar(c) && c != ';'; }

/// What a look at each byte of a path tells first.
struct Looks {
  std::size_t slashes = 0;
  bool plain = true;  ///< nothing but slashes and what stands for itself
};
Looks look_at(std::string_view raw) noexcept {
  constexpr std::uint8_t plain_bit = 1, slash_bit = 2;
  static constexpr auto kinds = [] {
    std::array<std::uint8_t, 256> bits{};
    for (unsigned c = 0; c < 256; ++c) bits[c] = is_plain(static_cast<char>(c)) ? plain_bit : 0;
    bits[static_cast<unsigned char>('/')] = plain_bit | slash_bit;
    return bits;
  }();
  Looks looks;
  std::uint8_t all = plain_bit;
  const auto* const kind = kinds.data();
  for (const char c : raw) {
    const auto k = kind[static_cast<unsigned char>(c)];
    looks.slashes += k >> 1;
    all &= k;
  }
  looks.plain = (all & plain_bit) != 0;
  return looks;
}

/// "." or "..", whatever follows after a `;`, which some servers cut off (Tomcat, Jetty).
bool is_dot_segment(std::string_view decoded) noexcept {
  if (!decoded.starts_with('.')) return false;
  decoded = decoded.substr(0, decoded.find(';'));
  return decoded == "." || decoded == "..";
}

/// Percent-encoding removed, once. Nothing if a percent sign is not followed by two hexadecimal digits.
std::optional<std::string_view> decode_percent(std::string_view encoded, Arena& arena) {
  char* const out = arena.take(encoded.size());
  std::size_t size = 0;
  for (std::size_t i = 0; i < encoded.size(); ++i, ++size) {
    out[size] = encoded[i];
    if (encoded[i] != '%') continue;
    if (encoded.size() - i < 3) return std::nullopt;
    const int high = text::hex_value(encoded[i + 1]), low = text::hex_value(encoded[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    out[size] = static_cast<char>(high * 16 + low);
    i += 2;
  }
  return std::string_view(out, size);
}

/// U+0000-U+001F, U+007F-U+009F in well-formed UTF-8.
bool holds_control(std::string_view utf8) noexcept {
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    const auto byte = static_cast<unsigned char>(utf8[i]);
    if (byte < 0x20 || byte == 0x7F || (byte == 0xC2 && static_cast<unsigned char>(utf8[i + 1]) < 0xA0)) return true;
  }
  return false;
}

std::optional<Problem> check_raw(std::string_view segment) {
  for (const char c : segment) {
    if (c == '\\') return refusal(ProblemKind::bad_path, "http.path.backslash", "The path holds a backslash.");
    if (c == '#' || c == '?') return refusal(ProblemKind::bad_path, "http.path.fragment", "The path holds a number sign; a fragment is never sent.");
    if (c <= ' ' || c == 0x7F || static_cast<unsigned char>(c) >= 0x80)
      return refusal(ProblemKind::bad_path, "http.path.character", "The path holds a character that must be percent-encoded.");
  }
  return std::nullopt;
}

std::optional<Problem> check_decoded(std::string_view decoded) {
  if (!text::is_utf8(decoded)) return refusal(ProblemKind::bad_path, "http.path.utf-8", "The path is not well-formed UTF-8.");
  if (holds_control(decoded)) return refusal(ProblemKind::bad_path, "http.path.control", "The path holds a control character.");
  if (decoded.find('\\') != decoded.npos) return refusal(ProblemKind::bad_path, "http.path.backslash", "The path holds a backslash.");
  for (auto at = decoded.find('%'); at != decoded.npos; at = decoded.find('%', at + 1))
    if (at + 2 < decoded.size() && text::hex_value(decoded[at + 1]) >= 0 && text::hex_value(decoded[at + 2]) >= 0)
      return refusal(ProblemKind::bad_path, "http.path.double-encoding", "The path is percent-encoded twice.");
  for (std::size_t start = 0;;) {  // an upstream that decodes %2F sees the parts as segments
    const auto slash = decoded.find('/', start);
    if (is_dot_segment(decoded.substr(start, slash - start)))
      return refusal(ProblemKind::bad_path, "http.path.dot-segment", "The path holds a dot segment.");
    if (slash == decoded.npos) return std::nullopt;
    start = slash + 1;
  }
}

char* write_normal(std::string_view decoded, char* out) noexcept {
  constexpr std::string_view digits = "0123456789ABCDEF";
  for (const char c : decoded) {
    if (is_plain(c)) {
      *out++ = c;
      continue;
    }
    *out++ = '%';
    *out++ = digits[static_cast<unsigned char>(c) >> 4];
    *out++ = digits[static_cast<unsigned char>(c) & 15];
  }
  return out;
}
}  // namespace

NormalPath::NormalPath() noexcept : text_("/"), segments_(root_segments) {}

std::expected<NormalPath, Problem> NormalPath::parse(std::string_view raw, Arena& arena) {
  if (!raw.starts_with('/')) return std::unexpected(refusal(ProblemKind::bad_path, "http.path.form", "The path does not begin with a slash."));
  const auto [count, plain] = look_at(raw);
  if (count > segments_max) return std::unexpected(refusal(ProblemKind::bad_path, "http.path.segments", "The path has too many segments."));
  const auto segments = arena.room<std::string_view>(count);
  // As sent if every character is plain, which is the rule; else written anew.
  char* const memory = plain ? nullptr : arena.take(raw.size() * 3);
  char* out = memory;

  NormalPath path;
  path.has_encoded_slash_ = false;
  std::string_view rest = raw.substr(1);
  for (std::size_t i = 0; i < count; ++i) {
    const auto segment = rest.substr(0, rest.find('/'));
    if (i + 1 < count) rest.remove_prefix(segment.size() + 1);
    if (segment.empty() && i + 1 < count)
      return std::unexpected(refusal(ProblemKind::bad_path, "http.path.empty-segment", "The path holds an empty segment."));
    if (plain) {
      if (is_dot_segment(segment)) return std::unexpected(refusal(ProblemKind::bad_path, "http.path.dot-segment", "The path holds a dot segment."));
      segments[i] = segment;
      continue;
    }
    if (auto problem = check_raw(segment)) return std::unexpected(std::move(*problem));
    const auto decoded = decode_percent(segment, arena);
    if (!decoded)
      return std::unexpected(
          refusal(ProblemKind::bad_path, "http.path.percent", "A percent sign in the path is not followed by two hexadecimal digits."));
    if (auto problem = check_decoded(*decoded)) return std::unexpected(std::move(*problem));
    path.has_encoded_slash_ = path.has_encoded_slash_ || decoded->find('/') != decoded->npos;
    *out++ = '/';
    char* const start = out;
    out = write_normal(*decoded, out);
    segments[i] = {start, static_cast<std::size_t>(out - start)};
  }
  path.text_ = plain ? raw : std::string_view(memory, static_cast<std::size_t>(out - memory));
  path.segments_ = segments;
  return path;
}

std::string NormalPath::encode(std::string_view decoded) {
  std::string out(decoded.size() * 3, '\0');
  out.resize(static_cast<std::size_t>(write_normal(decoded, out.data()) - out.data()));
  return out;
}

std::string_view NormalPath::decode(std::string_view segment, Arena& arena) {
  if (segment.find('%') == segment.npos) return segment;
  return decode_percent(segment, arena).value_or(std::string_view());
}

}  // namespace gatehouse::http
