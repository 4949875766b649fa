// What was learned as a list of endpoints: paths clustered. Words of a path that stand beside each other and are answered alike are values (user names, slugs),
// of which the tree could not know yet; from group_min on they are one variable.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "engines/inference/learned.hpp"

namespace gatehouse::inference {

struct Endpoint {
  struct Segment {
    std::string literal;  ///< decoded; empty for a variable, and for what follows the slash at the end of a path
    std::string name;     ///< of a variable, unique in its path; empty: it is a literal
    Shape values;         ///< of a variable
    [[nodiscard]] bool is_variable() const noexcept { return !name.empty(); }
  };
  std::string method;
  std::vector<Segment> segments;
  EndpointSeen seen;
  /// "/patients/{patientId}/report"
  [[nodiscard]] std::string path() const;
};

/// So many words that are answered alike are values.
inline constexpr std::size_t group_min = 8;

/// In the order of their paths, then of their methods.
[[nodiscard]] std::vector<Endpoint> endpoints_of(const Learned& learned);

}  // namespace gatehouse::inference
