// The path in its one normal form. Holding a NormalPath proves that routing, policy, cache and upstream read the same segments. One rule each:
//   - percent-encoding is decoded once and written again: characters that a segment may hold (RFC 3986 pchar) stand for themselves, all others
//     are %XX in upper case;
//   - an encoded slash stays %2F inside its segment and sets has_encoded_slash(); a route refuses or keeps it;
//   - `;` is data of its segment and written %3B, so that no upstream cuts "/admin;x" down to "/admin";
//   - refused: a backslash, plain or encoded; a segment "." or "..", plain, encoded, before `;` or beside an encoded slash; an empty segment
//     ("//"; one trailing slash is kept); a percent sign without two hexadecimal digits; a decoded percent sign before two hexadecimal digits
//     (double encoding); what does not decode to well-formed UTF-8 (overlong forms); NUL and all controls; `#`; bytes from 0x80 as such.
// Invariant: parse(text()) is the same path again.
#pragma once
#include <expected>
#include <span>
#include <string>
#include <string_view>

#include "ground/base/arena.hpp"
#include "ground/http/problem.hpp"

namespace gatehouse::http {

class NormalPath {
 public:
  static constexpr std::size_t segments_max = 256;

  /// "/", what an asterisk or an empty path of an absolute target stands for.
  NormalPath() noexcept;

  /// `raw` begins with a slash and has no query. Where it is normal already the result refers to it, else to the arena: both must live on.
  [[nodiscard]] static std::expected<NormalPath, Problem> parse(std::string_view raw, Arena& arena);

  /// Begins with a slash; visible ASCII only.
  [[nodiscard]] std::string_view text() const noexcept { return text_; }
  /// The texts between the slashes, encoded as in text(); "/" has one that is empty, and so ends every path with a trailing slash.
  [[nodiscard]] std::span<const std::string_view> segments() const noexcept { return segments_; }
  [[nodiscard]] bool has_encoded_slash() const noexcept { return has_encoded_slash_; }

  /// The normal form of a segment that somebody wrote decoded, such as an operator in a path template. NormalPath::decode reads it back.
  [[nodiscard]] static std::string encode(std::string_view decoded);
  /// The value of a segment: percent-encoding removed. Well-formed UTF-8 without controls. An encoded slash is a slash here.
  [[nodiscard]] static std::string_view decode(std::string_view segment, Arena& arena);

 private:
  std::string_view text_;
  std::span<const std::string_view> segments_;
  bool has_encoded_slash_ = false;
};

}  // namespace gatehouse::http
