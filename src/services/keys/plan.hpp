// A plan as the request path asks it: the configured options under their name.
#pragma once
#include <algorithm>
#include <string>
#include <string_view>

#include "services/keys/options.hpp"

namespace gatehouse::keys {

struct Plan {
  std::string name;
  PlanOptions options;

  [[nodiscard]] bool has_feature(std::string_view feature) const noexcept {
    return std::ranges::find(options.features, feature) != options.features.end();
  }
};

}  // namespace gatehouse::keys
