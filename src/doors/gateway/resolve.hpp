// Names of upstream servers to addresses. Blocking: for the start and for the pool, never for a loop thread.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "ground/base/result.hpp"
#include "ground/http/address.hpp"

namespace gatehouse::gateway {

/// All addresses of a name, in no order that means anything. An Error if there is none.
using Resolve = std::function<Result<std::vector<http::Address>>(const std::string& host)>;

/// As this machine resolves names: hosts file, DNS, whatever nsswitch.conf(5) says. How long that may take is said in resolv.conf(5).
[[nodiscard]] Result<std::vector<http::Address>> resolve_by_system(const std::string& host);

}  // namespace gatehouse::gateway
