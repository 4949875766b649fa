#include "engines/review/pattern_reading.hpp"

#include <cstddef>

#include "ground/base/text.hpp"

namespace gatehouse::review {

namespace pattern {
namespace {
struct Read {
  bool anchored = true, endless = false;
};

/// One pass: alternatives of the outermost level, escapes, classes, counts.
Read read(std::string_view text) noexcept {
  Read out;
  std::size_t depth = 0, begin = 0;
  bool in_class = false, ends_with_dollar = false;
  const auto end_alternative = [&](std::size_t end) {
    if (begin >= end || text[begin] != '^' || !ends_with_dollar) out.anchored = false;
    begin = end + 1;
    ends_with_dollar = false;
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\\') {
      ++i;
      ends_with_dollar = false;
      continue;
    }
    if (in_class) {
      if (c == ']') in_class = false;
      continue;
    }
    if (c == '|' && depth == 0) {
      end_alternative(i);
      continue;
    }
    if (c == '[') in_class = true;
    else if (c == '(') ++depth;
    else if (c == ')' && depth > 0) --depth;
    else if (c == '*' || c == '+') out.endless = true;
    else if (c == '{') {
      const auto close = text.find('}', i);
      if (close != text.npos && close > i + 1 && text[close - 1] == ',' && text::is_digit(text[i + 1])) out.endless = true;
    }
    ends_with_dollar = c == '$' && depth == 0;
  }
  end_alternative(text.size());
  // ^(a|b)$ is one alternative; (^a$|^b$) is not plain.
  return out;
}
}  // namespace
}  // namespace pattern

bool is_anchored(std::string_view text) noexcept { return pattern::read(text).anchored; }

bool is_bounded(std::string_view text) noexcept {
  const auto read = pattern::read(text);
  return read.anchored && !read.endless;
}

}  // namespace gatehouse::review
