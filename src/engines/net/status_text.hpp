// Reason phrases (RFC 9110 section 15): for people reading a trace; no client may depend on them.
#pragma once
#include <string_view>

#include "ground/http/problem.hpp"

namespace gatehouse::net {
[[nodiscard]] std::string_view reason_phrase(http::Status status) noexcept;
}
