// What was learned as a text that can be kept in a file, and read again. Of words that may be an enumeration it holds those alone that many callers have sent
// (schema_text.hpp); a place where others were among them forgets all of its words for good. So nothing that one caller sent is ever written down.
#pragma once
#include <string>
#include <string_view>

#include "engines/inference/learned.hpp"
#include "ground/base/result.hpp"

namespace gatehouse::inference {

class Recording {
 public:
  static constexpr std::size_t bytes_max = 128ULL * 1024 * 1024;

  /// One line of JSON.
  [[nodiscard]] static std::string write(const Learned& learned);
  /// Fault::invalid: it is none, or not of this version.
  [[nodiscard]] static Result<Learned> read(std::string_view text);
};

}  // namespace gatehouse::inference
