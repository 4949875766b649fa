#include "engines/schema/class_sequence.hpp"

#include <algorithm>

#include "ground/base/text.hpp"

namespace gatehouse::schema {

namespace {
constexpr std::uint32_t without_end = 0xFFFFFFFF;
}

class ClassSequence::Reader {
 public:
  explicit Reader(std::string_view source) : rest_(source) {}

  bool read(ClassSequence& out) {
    constexpr std::size_t items_max = 32;
    if (!take('^')) return false;
    while (!rest_.empty()) {
      if (rest_ == "$") {
        out.to_end_ = true;
        return true;
      }
      Item item;
      if (out.items_.size() == items_max || !atom(item) || !count(item)) return false;
      out.items_.push_back(item);
    }
    return true;
  }

 private:
  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  char next() {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }

  bool atom(Item& item) {
    if (take('[')) return char_class(item);
    if (take('\\')) return escape(item);
    const char c = next();
    if (std::string_view("^$.*+?()[]{}|").contains(c) || static_cast<unsigned char>(c) >= 0x80) return false;
    item.add(static_cast<unsigned char>(c));
    return true;
  }

  /// Of ASCII characters.
  static void add_range(Item& item, char first, char last) {
    for (unsigned c = static_cast<unsigned char>(first); c <= static_cast<unsigned char>(last); ++c) item.add(static_cast<unsigned char>(c));
  }

  /// \d, \w and escaped punctuation.
  bool escape(Item& item) {
    if (rest_.empty()) return false;
    const char c = next();
    if (c == 'd' || c == 'w') add_range(item, '0', '9');
    if (c == 'w') {
      add_range(item, 'a', 'z');
      add_range(item, 'A', 'Z');
      item.add('_');
    }
    if (c == 'd' || c == 'w') return true;
    if (static_cast<unsigned char>(c) >= 0x80 || c <= ' ' || c == 0x7F || text::is_alnum(c)) return false;
    item.add(static_cast<unsigned char>(c));
    return true;
  }

  bool char_class(Item& item) {
    if (rest_.starts_with('^') || rest_.starts_with(']')) return false;
    while (!rest_.empty() && rest_.front() != ']') {
      if (take('\\')) {
        if (rest_.size() > 2 && rest_[1] == '-' && rest_[2] != ']') return false;  // a range that begins with an escape
        if (!escape(item)) return false;
        continue;
      }
      const char first = next();
      if (static_cast<unsigned char>(first) >= 0x80) return false;
      if (rest_.size() < 2 || rest_[0] != '-' || rest_[1] == ']') {
        item.add(static_cast<unsigned char>(first));
        continue;
      }
      const char last = rest_[1];
      if (last == '\\' || static_cast<unsigned char>(last) >= 0x80 || last < first) return false;
      add_range(item, first, last);
      rest_.remove_prefix(2);
    }
    return take(']');
  }

  bool count(Item& item) {
    if (rest_.empty()) return true;
    const char c = rest_.front();
    if (c == '*' || c == '+' || c == '?') {
      item.least = c == '+' ? 1 : 0;
      item.most = c == '?' ? 1 : without_end;
      rest_.remove_prefix(1);
    } else if (c == '{') {
      const auto end = rest_.find('}');
      if (end == rest_.npos) return false;
      const auto inner = rest_.substr(1, end - 1);
      const auto comma = inner.find(',');
      const auto least = text::parse_number<std::uint32_t>(inner.substr(0, comma));
      if (!least) return false;
      item.least = item.most = *least;
      if (comma != inner.npos) {
        const auto upper = inner.substr(comma + 1);
        const auto most = upper.empty() ? std::optional(without_end) : text::parse_number<std::uint32_t>(upper);
        if (!most || *most < *least) return false;
        item.most = *most;
      }
      rest_.remove_prefix(end + 1);
    } else {
      return true;
    }
    // Lazy, or a mistake: not for us.
    return rest_.empty() || !std::string_view("?*+{").contains(rest_.front());
  }

  std::string_view rest_;
};

/// An item of open count shares no character with whatever may stand behind it.
bool ClassSequence::is_plain() const noexcept {
  for (std::size_t i = 0; i < items_.size(); ++i) {
    if (items_[i].least == items_[i].most) continue;
    for (std::size_t k = i + 1; k < items_.size(); ++k) {
      if (items_[i].shares(items_[k])) return false;
      if (items_[k].least > 0) break;
    }
  }
  return true;
}

std::optional<ClassSequence> ClassSequence::from(std::string_view source) {
  ClassSequence sequence;
  if (!Reader(source).read(sequence) || !sequence.is_plain()) return std::nullopt;
  return sequence;
}

bool ClassSequence::matches(std::string_view text) const noexcept {
  std::size_t at = 0;
  for (const auto& item : items_) {
    const auto limit = std::min<std::size_t>(item.most, text.size() - at);
    std::size_t count = 0;
    while (count < limit && item.has(static_cast<unsigned char>(text[at + count]))) ++count;
    if (count < item.least) return false;
    at += count;
  }
  return !to_end_ || at == text.size();
}

}  // namespace gatehouse::schema
