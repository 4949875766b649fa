// What was called against what a contract describes: endpoints that are called and not described (shadow), and operations that are described and were never
// called (zombie).
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "engines/inference/endpoints.hpp"

namespace gatehouse::inference {

/// An operation of a contract: what its paths are like.
struct Described {
  std::string method;                                ///< as sent
  std::vector<std::optional<std::string>> segments;  ///< decoded; nothing: a variable, or a segment with one in it
  std::string shown;                                 ///< "/patients/{id}"
};

struct Difference {
  std::vector<Endpoint> shadow;
  std::vector<Described> zombie;
};

[[nodiscard]] Difference compare(const Learned& learned, const std::vector<Described>& described);

}  // namespace gatehouse::inference
