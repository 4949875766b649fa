// What an operator can say about learning a contract from traffic.
#pragma once
#include <cstdint>
#include <optional>

#include "ground/settings/type.hpp"

namespace gatehouse::learning {

struct LearnOptions {
  bool everywhere = true;                    ///< all routes that do not say otherwise
  std::uint64_t body_bytes_max = 64 * 1024;  ///< of a larger body only its type is learned
  bool operator==(const LearnOptions&) const = default;
};

[[nodiscard]] settings::TypeOf<LearnOptions> learn_settings();

}  // namespace gatehouse::learning
