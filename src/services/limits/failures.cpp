#include "services/limits/failures.hpp"

#include <algorithm>

namespace gatehouse::limits {

namespace {
constexpr auto failures_number = number_of("gatehouse.failures");
}

Result<Failures> Failures::create(Options options, Counters& counters, Bans& bans) {
  Failures failures(std::move(options), counters, bans);
  for (const auto status : failures.options_.statuses) {
    if (status < 400 || status > 599) return fail(Fault::invalid, std::to_string(status) + " is no failure: name statuses from 400 to 599");
    failures.counted_.set(status);
  }
  return failures;
}

std::optional<Ban> Failures::note(http::Status status, const http::Address& address, const Who* key, Ticks now) const noexcept {
  if (!counts(status)) return std::nullopt;
  std::optional<Ban> ban;
  if (key != nullptr) ban = charge(Suspect::key(*key), options_.per_key, now);
  if (std::ranges::any_of(options_.exempt, [&](const auto& block) { return block.contains(address); })) return ban;
  const auto of_address = charge(Suspect::address(address), options_.per_address, now);
  return of_address ? of_address : ban;
}

std::optional<Ban> Failures::charge(const Suspect& suspect, const Limit& limit, Ticks now) const noexcept {
  // The failure that uses up the burst is the one that bans: "3 failures" means the third, not the one after it.
  const auto tally = counters_->take({failures_number, suspect.scope, suspect.who, bans_->amnesty(suspect)}, limit, 1, now);
  if (tally.allowed && tally.remaining > 0) return std::nullopt;
  if (bans_->until(suspect, now)) return std::nullopt;
  return bans_->ban(suspect, now);
}

}  // namespace gatehouse::limits
