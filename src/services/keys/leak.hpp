// Finds our keys in text where none should stand: a URL, a log line, a file to be shared.
#pragma once
#include <cstddef>
#include <optional>
#include <string_view>

#include "services/keys/key_format.hpp"

namespace gatehouse::keys {

struct FoundKey {
  std::size_t at = 0;    ///< offset in the text
  std::size_t size = 0;  ///< bytes
  KeyId id;              ///< whose key it is, to be told to its owner and revoked
  bool whole = false;    ///< the checksum fits: a real key. Else a part, or one mistyped: most of a secret all the same
};

/// The first key in `text` at or after `from`. Whole keys, and beginnings that show at least 16 characters of the secret. Linear.
[[nodiscard]] std::optional<FoundKey> find_key(std::string_view text, std::size_t from = 0) noexcept;

}  // namespace gatehouse::keys
