// The failure limit: refusals that an honest caller seldom earns and a scanner earns all the time count against the address (and the
// key) that caused them. An address over the limit is banned for a time; so is a key.
#pragma once
#include <bitset>
#include <span>

#include "ground/http/problem.hpp"
#include "services/limits/bans.hpp"
#include "services/limits/counters.hpp"

namespace gatehouse::limits {

class Failures {
 public:
  struct Options {
    Limit per_address;  ///< 60 a minute, burst 60: the 60th failure at once bans, and one is forgiven each second
    Limit per_key;
    std::vector<http::AddressBlock> exempt;  ///< never banned: the operator's own monitors
    std::vector<http::Status> statuses{400, 401, 404, 405, 408, 413, 414, 417, 421, 431, 501, 505};
  };
  /// Refuses a status that is no client or server error. `counters` and `bans` outlive this.
  [[nodiscard]] static Result<Failures> create(Options options, Counters& counters, Bans& bans);

  /// To be told of every answer. A ban, if this one used up the burst.
  std::optional<Ban> note(http::Status status, const http::Address& address, const Who* key, Ticks now) const noexcept;

  [[nodiscard]] bool counts(http::Status status) const noexcept { return status < counted_.size() && counted_[status]; }

 private:
  Failures(Options options, Counters& counters, Bans& bans) : options_(std::move(options)), counters_(&counters), bans_(&bans) {}
  [[nodiscard]] std::optional<Ban> charge(const Suspect& suspect, const Limit& limit, Ticks now) const noexcept;
  Options options_;
  Counters* counters_;
  Bans* bans_;
  std::bitset<600> counted_;
};

}  // namespace gatehouse::limits
