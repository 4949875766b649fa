// One try to connect to each server behind the gate, for who asks how the gate is doing: the requests themselves would find out too late.
#pragma once
#include <chrono>
#include <string>
#include <vector>

#include "doors/gateway/snapshot.hpp"

namespace gatehouse::main {

struct UpstreamTry {
  std::string upstream;  ///< its name
  std::string wrong;     ///< "nobody answers at 127.0.0.1:3000 (Connection refused)"; empty: each server took the connection
};

/// TCP only, and closed at once; all servers at the same time, for as long as `patience` together. Blocks: never on a loop thread.
[[nodiscard]] std::vector<UpstreamTry> try_upstreams(const gateway::Snapshot& snapshot, std::chrono::milliseconds patience);

}  // namespace gatehouse::main
