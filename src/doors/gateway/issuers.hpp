// The issuers whose tokens are believed, with the keys that are in force now. Key sets change while requests run: each is
// published on its own, and a reader sees the old set or the new one.
#pragma once
#include <atomic>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "doors/gateway/options.hpp"
#include "engines/token/jwt.hpp"
#include "engines/token/key_set.hpp"
#include "ground/async/loop.hpp"
#include "ground/async/pool.hpp"
#include "ground/base/published.hpp"
#include "ground/base/time.hpp"

namespace gatehouse::gateway {

/// The text at a URL that the operator named; blocking, for the pool. The one way out of the gate but for upstreams. `ca_file` as JwksOptions has it.
using Fetch = std::function<Result<std::string>(const settings::Url& url, const std::string& ca_file)>;

/// For the operator: whose key set it is, and in a sentence what became of it (it could not be fetched, was none, holds no key any more, grew too
/// old). Any thread.
using Tell = std::function<void(const std::string& issuer, const std::string& what)>;

/// How key sets come in.
struct KeySource {
  Fetch fetch;
  Tell tell;
};

class Issuer {
 public:
  static constexpr std::size_t waiting_max = 1024;  ///< requests that wait for one fetch

  /// Reads the key set from its file. One at a URL is not fetched yet but due (claim_stale): until it has come the issuer has the keys of `before`
  /// (may be null), the issuer of that name so far, if those came from the same URL by the same authorities, else none:
  /// absent().
  [[nodiscard]] static Result<std::unique_ptr<Issuer>> create(std::string name, const IssuerOptions& options, const KeySource& source,
                                                              const Issuer* before = nullptr);

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] const token::Expectations& expectations() const noexcept { return expectations_; }
  [[nodiscard]] const std::string& subject_claim() const noexcept { return options_subject_claim_; }
  /// Where the scopes of such a token are: in the claim that the setting names, else in `scope` (RFC 8693 section 4.2), and in `scp` if it has no
  /// `scope`. Never in both: a token says once what its holder may do.
  [[nodiscard]] std::string_view scope_claim(const token::VerifiedClaims& claims) const noexcept;
  /// The same for whoever writes a token: by the setting IssuerOptions::scope_claim (which the answer may view), and whether the token has a `scope`.
  [[nodiscard]] static std::string_view scope_claim(std::string_view setting, bool has_scope) noexcept;
  [[nodiscard]] const Published<token::KeySet>& keys() const noexcept { return keys_; }
  /// Whether that is no set at all: none was ever fetched, or the last one is too old. Nobody can say then whether a token is good. A set without a
  /// key is another matter: by that the issuer says that none is.
  [[nodiscard]] static bool absent(const token::KeySet& keys) noexcept;

  /// The right to fetch the set, which one caller has at a time. Given up without a fetch (the pool had no room for
  /// it), it leaves everything as if it had never been given. The issuer outlives it.
  class [[nodiscard]] Claim {
   public:
    Claim(Claim&& other) noexcept : issuer_(std::exchange(other.issuer_, nullptr)), asked_before_(other.asked_before_), asked_(other.asked_) {}
    Claim& operator=(Claim&&) = delete;
    ~Claim();
    /// Pool only: fetches and publishes. What is no key set, or does not come, leaves the old one in force, and is told.
    [[nodiscard]] Result<> refresh() &&;

   private:
    friend class Issuer;
    Claim(const Issuer& issuer, std::int64_t asked_before, std::int64_t asked) noexcept
        : issuer_(&issuer), asked_before_(asked_before), asked_(asked) {}
    const Issuer* issuer_;
    std::int64_t asked_before_, asked_;
  };
  /// To look for an unknown key id. Given when the set is at a URL, was not asked for within the negative cache time, and nobody is asking.
  [[nodiscard]] std::optional<Claim> claim_refresh(Ticks now) const { return claim(now, unknown_after_); }
  /// Given when the set is so old that it is to be fetched anyway, or was never asked for.
  [[nodiscard]] std::optional<Claim> claim_stale(Ticks now) const { return claim(now, refresh_after_); }
  /// Whether a fetch is under way that may bring the key that is looked for.
  [[nodiscard]] bool refreshing() const noexcept { return refreshing_.load(std::memory_order_acquire); }
  /// Runs `task` when the fetch under way has ended (at once, if it has by now), on the thread that ended it. False: too many wait already.
  [[nodiscard]] bool when_refreshed(async::Task task) const;
  /// From time to time: ends the set in force if none has come for too long, and tells it.
  void expire(Ticks now) const;

 private:
  Issuer(std::string name, const IssuerOptions& options, KeySource source, std::shared_ptr<const token::KeySet> keys);
  [[nodiscard]] std::optional<Claim> claim(Ticks now, Duration at_least) const;
  [[nodiscard]] Result<> fetch_and_publish(std::int64_t asked) const;
  void tell(const std::string& what) const;
  void end_refresh() const;
  std::string name_;
  std::optional<settings::Url> url_;
  const std::string ca_file_;
  Duration refresh_after_, unknown_after_, keep_;
  std::string options_subject_claim_, options_scope_claim_;
  token::Expectations expectations_;
  KeySource source_;
  static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::min() / 2;
  mutable Published<token::KeySet> keys_;
  mutable std::mutex publishing_;                   // a set that comes and its end by age: one after the other
  mutable std::int64_t fetched_ = never;            // guarded by publishing_; ticks at which the set in force was asked for
  mutable std::atomic<std::int64_t> asked_{never};  // ticks of the last fetch, tried or done
  mutable std::atomic<bool> refreshing_{false};
  mutable std::mutex mutex_;
  mutable std::vector<async::Task> waiting_;  // guarded by mutex_; empty unless refreshing_
};

class Issuers {
 public:
  /// `before`: those in force so far, or null.
  [[nodiscard]] static Result<std::shared_ptr<const Issuers>> create(const settings::Named<IssuerOptions>& options, const KeySource& source,
                                                                     const Issuers* before = nullptr);
  /// By `iss`, byte by byte.
  [[nodiscard]] const Issuer* find(std::string_view issuer) const noexcept;
  [[nodiscard]] std::span<const std::unique_ptr<Issuer>> all() const noexcept { return issuers_; }

 private:
  std::vector<std::unique_ptr<Issuer>> issuers_;
};

/// Fetches what is stale, all at once as far as `pool` has threads; returns at once. What it has no room for is stale at the next look again.
void refresh_stale(const std::shared_ptr<const Issuers>& issuers, async::Pool& pool, Ticks now);

}  // namespace gatehouse::gateway
