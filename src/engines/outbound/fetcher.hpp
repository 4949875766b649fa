// The one way out of the gate but for its upstreams: GET of a URL, small, soon, without following anything anywhere.
#pragma once
#include <atomic>
#include <chrono>
#include <string>

#include "engines/outbound/destination.hpp"

namespace gatehouse::outbound {

struct FetchOptions {
  Reach reach = Reach::public_only;
  std::size_t bytes_max = 1U << 20U;
  std::chrono::milliseconds time_max{10'000};  ///< for the name, the connection and the answer together
  std::string ca_file{};                       ///< PEM; empty: the system's CAs
  std::string accept = "application/json";
  /// Once it is true, a fetch under way ends within a second and no other begins; null: nobody stops it. Only the look-up of a name that the
  /// system is at cannot be cut short.
  const std::atomic<bool>* stop = nullptr;
};

/// The body of a 200 answer. Blocking: pool threads only. No redirect is followed, no proxy asked, no credential sent.
/// unavailable: no such answer within the time, or stopped; exhausted: longer than `bytes_max`.
[[nodiscard]] Result<std::string> fetch(const settings::Url& url, const FetchOptions& options);

}  // namespace gatehouse::outbound
