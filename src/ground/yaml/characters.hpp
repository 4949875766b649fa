// What the YAML library would guess about, or stumble over, is looked at before it reads: its encoding, control characters, quotations without an end.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <streambuf>
#include <string>
#include <string_view>

namespace gatehouse::yaml {

/// A byte of a text that has no place in it.
struct Stray {
  std::size_t offset = 0;
  std::string what;  ///< "is a control character"
};

/// Nothing: the text is UTF-8 without controls other than tab and line ends (LF, CR LF).
[[nodiscard]] std::optional<Stray> stray_character(std::string_view text);

/// Whether the quotation that begins at that offset of the text ends: the library takes the end of the text for its end.
[[nodiscard]] bool is_closed_quotation(std::string_view text, std::size_t at) noexcept;
/// Behind the quotation that begins at `at`; npos when it does not end.
[[nodiscard]] std::size_t end_of_quotation(std::string_view text, std::size_t at) noexcept;

/// The library reads from a stream; this one reads from the text where it stands.
class TextBuffer final : public std::streambuf {
 public:
  explicit TextBuffer(std::string_view text) {
    char* begin = const_cast<char*>(text.data());  // the get area is only read
    setg(begin, begin, begin + text.size());
  }
};

}  // namespace gatehouse::yaml
