// What a regular expression promises at a glance: whether it speaks of the whole text, and whether that text has an end. Where it is not plain, the answer is no.
#pragma once
#include <string_view>

namespace gatehouse::review {

/// Each alternative begins with ^ and ends with $.
[[nodiscard]] bool is_anchored(std::string_view pattern) noexcept;
/// is_anchored(), and nothing in it may be repeated without end.
[[nodiscard]] bool is_bounded(std::string_view pattern) noexcept;

}  // namespace gatehouse::review
