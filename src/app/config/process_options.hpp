// As whom the process serves.
#pragma once
#include <string>

#include "ground/settings/block.hpp"

namespace gatehouse::config {

struct ProcessOptions {
  std::string user;   ///< becomes this user once its sockets are bound; empty: stays who it is
  std::string group;  ///< instead of the user's own group
  bool operator==(const ProcessOptions&) const = default;
};

[[nodiscard]] settings::TypeOf<ProcessOptions> process_settings();

}  // namespace gatehouse::config
