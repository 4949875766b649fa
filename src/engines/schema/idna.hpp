// Internationalised labels of host names (IDNA2008: RFC 5890 to 5893).
#pragma once
#include <string>
#include <string_view>

namespace gatehouse::schema::idna {

/// `xn--` and the Punycode (RFC 3492) of a U-label, in its one right form.
[[nodiscard]] bool is_a_label(std::string_view label);
/// A label as people read it: code points that RFC 5892 permits, where it permits them, within 63 bytes as an A-label, and in one direction
/// of writing (RFC 5893). Not judged: whether the text is in normal form C.
[[nodiscard]] bool is_u_label(std::u32string_view label);

}  // namespace gatehouse::schema::idna
