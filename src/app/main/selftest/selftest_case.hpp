// What `gatehouse selftest` sends, and what must come back: real bytes for real rules, each attack beside its harmless neighbour.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::main {

/// The route that is asked, and the credentials for it.
struct SelftestTarget {
  std::string host;         ///< for the field Host
  std::string path;         ///< canonical, without parameters
  std::string key;          ///< that this route lets in
  std::string revoked_key;  ///< that was valid until a moment ago
  bool every_path = false;  ///< some route takes all paths, so that no path is unknown
};

struct SelftestCase {
  std::string name;
  std::string bytes;        ///< the request, whole
  std::vector<int> wanted;  ///< any of these statuses from the gate; empty: the request must reach the upstream
};

[[nodiscard]] std::vector<SelftestCase> selftest_cases(const SelftestTarget& target);

/// The status of an answer that the gate itself gave; 0: the upstream answered; -1: it is no HTTP answer.
[[nodiscard]] int refusal_status(std::string_view answer) noexcept;

}  // namespace gatehouse::main
