// Bytes sent as they are, also when they are no HTTP, and what came back: for `gatehouse selftest`, which must be able to send what no
// client library lets one send.
#pragma once
#include <chrono>
#include <string>

#include "ground/base/result.hpp"
#include "ground/settings/value.hpp"

namespace gatehouse::outbound {

struct RawOptions {
  std::string ca_file{};  ///< https: PEM; empty: the system's CAs
  std::chrono::milliseconds time_max{10'000};
  std::size_t bytes_max = 1U << 20U;
};

/// Connects (https: the certificate is checked, HTTP/1.1 only), sends `bytes`, reads until the other side closes, the time is over or `bytes_max`
/// have come. What came until then is the answer. Blocking. `url` counts for scheme, host and port only.
[[nodiscard]] Result<std::string> exchange_raw(const settings::Url& url, std::string_view bytes, const RawOptions& options);

}  // namespace gatehouse::outbound
