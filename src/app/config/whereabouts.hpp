// Where the server that runs by a document keeps its data and where it answers, read from the document without the rest of it: an operator
// revokes a key also while somebody is half-way through changing the file, or while a file that it names has been moved away.
#pragma once
#include <string>

#include "ground/base/result.hpp"

namespace gatehouse::config {

struct Whereabouts {
  std::string data;    ///< `data`, absolute
  std::string socket;  ///< `admin.socket`, absolute
};

/// What the document of that name says of the two, or their defaults. Nothing else of it is looked at, and no other file. In a document that is no YAML
/// they are found if `data` stands at the beginning of a line and nothing leaves a doubt. invalid: there is one, or one of the two is wrong.
[[nodiscard]] Result<Whereabouts> find_whereabouts(const std::string& path);

}  // namespace gatehouse::config
