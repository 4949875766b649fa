// A reader of the grammar that builds nothing. It is also an independent second opinion: tests hold it against the parser.
#include "ground/json/fault_offset.hpp"

#include <string>

#include "ground/base/text.hpp"

namespace gatehouse::json {

namespace {
class Grammar {
 public:
  explicit Grammar(std::string_view text) : text_(text) {}

  /// True if the whole text is one JSON value; else at() is the place of the fault.
  bool whole() {
    std::string open;  // the closing bracket of each container that is open
    for (;;) {
      blank();
      if (at_ == text_.size()) return false;
      if (text_[at_] == '{' || text_[at_] == '[') {
        const char closing = text_[at_++] == '{' ? '}' : ']';
        blank();
        if (!take(closing)) {
          open += closing;
          if (closing == '}' && !name()) return false;
          continue;
        }
      } else if (!scalar()) {
        return false;
      }
      // A value has ended: what may follow depends on what is open.
      for (blank(); !open.empty() && take(open.back()); blank()) open.pop_back();
      if (open.empty()) return at_ == text_.size();
      if (!take(',')) return false;
      if (open.back() == '}' && !name()) return false;
    }
  }
  [[nodiscard]] std::size_t at() const noexcept { return at_; }

 private:
  void blank() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").contains(text_[at_])) ++at_;
  }
  bool take(char c) {
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool name() {
    blank();
    if (at_ == text_.size() || text_[at_] != '"' || !string()) return false;
    blank();
    return take(':');
  }
  bool word(std::string_view expected) {
    for (const char c : expected)
      if (!take(c)) return false;
    return true;
  }
  bool scalar() {
    switch (text_[at_]) {
      case '"': return string();
      case 't': return word("true");
      case 'f': return word("false");
      case 'n': return word("null");
      default: return number();
    }
  }
  bool digits() {
    const auto from = at_;
    while (at_ < text_.size() && text::is_digit(text_[at_])) ++at_;
    return at_ != from;
  }
  bool number() {
    take('-');
    if (!take('0') && !digits()) return false;
    if (take('.') && !digits()) return false;
    if (take('e') || take('E')) {
      if (!take('+')) take('-');
      if (!digits()) return false;
    }
    return true;
  }
  bool hex4(unsigned& value) {
    value = 0;
    for (int i = 0; i < 4; ++i, ++at_) {
      const int digit = at_ < text_.size() ? text::hex_value(text_[at_]) : -1;
      if (digit < 0) return false;
      value = value * 16 + static_cast<unsigned>(digit);
    }
    return true;
  }
  bool escape() {
    const auto start = at_ - 1;
    if (at_ < text_.size() && std::string_view("\"\\/bfnrt").contains(text_[at_])) return ++at_, true;
    unsigned first = 0, second = 0;
    if (!take('u') || !hex4(first)) return false;
    if (first < 0xD800 || first > 0xDFFF) return true;
    if (first < 0xDC00 && take('\\') && take('u') && hex4(second) && second >= 0xDC00 && second <= 0xDFFF) return true;
    at_ = start;  // half a surrogate pair: the escape itself is the fault
    return false;
  }
  bool string() {
    for (++at_; at_ < text_.size();) {
      const auto c = static_cast<unsigned char>(text_[at_]);
      if (c < 0x20) return false;
      if (c >= 0x80) {
        std::size_t end = at_ + 1;
        while (end < text_.size() && end < at_ + 4 && (static_cast<unsigned char>(text_[end]) & 0xC0) == 0x80) ++end;
        if (!text::is_utf8(text_.substr(at_, end - at_))) return false;
        at_ = end;
        continue;
      }
      ++at_;
      if (c == '"') return true;
      if (c == '\\' && !escape()) return false;
    }
    return false;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};
}  // namespace

std::optional<std::size_t> fault_offset(std::string_view text) {
  Grammar grammar(text);
  if (grammar.whole()) return std::nullopt;
  return grammar.at();
}

}  // namespace gatehouse::json
