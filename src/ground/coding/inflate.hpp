// Content codings undone (RFC 9110 section 8.4.1), strictly: one stream that begins with the first byte and ends with the last, whose checksum is right. What else readers take for the
// same coding (several members one behind the other, bytes behind the end, deflate without its frame) they do not all read alike.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ground/base/result.hpp"

namespace gatehouse::coding {

enum class Coding : std::uint8_t {
  gzip,     ///< RFC 1952
  deflate,  ///< RFC 1950: the zlib frame around RFC 1951, as the standard says, with a window of 32 KiB, as everybody writes it
};

/// "gzip", "x-gzip" or "deflate", whatever the case. Nothing: another one, or several one upon the other.
[[nodiscard]] std::optional<Coding> coding_named(std::string_view name) noexcept;

struct Limits {
  std::size_t bytes = 1U << 20U;  ///< that come out
  std::size_t ratio = 100;        ///< of what comes out to what goes in, looked at above `free_bytes`
  std::size_t free_bytes = 1U << 16U;
};

/// The bytes that were coded. Fault::invalid: it is not one whole stream of that coding; Fault::exhausted: a limit, found before more than that was written. `told` is a
/// sentence without its full stop that begins with "must". Time is linear in what goes in and what comes out.
[[nodiscard]] Result<std::string> inflate(Coding coding, std::string_view coded, const Limits& limits = {});

}  // namespace gatehouse::coding
