// What somebody who has just put a gate before an API tries first: one request that is answered with 200, and the rights that it takes. The first key
// holds these and no others: it is printed on a terminal, and a document may know rights that nobody should have.
#pragma once
#include <string>
#include <vector>

#include "app/config/configuration.hpp"

namespace gatehouse::main {

struct FirstCall {
  std::string path = "/";           ///< as it is written behind the URL of the gate
  std::vector<std::string> scopes;  ///< what a key must hold for it
};

/// A GET that needs nothing filled in: no variable, and nothing that a contract requires. Of those that take a key the one with the fewest scopes, and of
/// equals the one whose scopes open most other GET routes, which is the everyday one; without any an open one, else "/".
[[nodiscard]] FirstCall first_call(const config::Configuration& configuration);

}  // namespace gatehouse::main
