// The issuers whose tokens are believed, with the keys that are in force now. Key sets change while requests run: each is
// published on its own, and a reader sees the old set or the new one.
#pragma once
#include <atomic>
#include <functional>
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
#include "ground/base/published.hpp"
#include "ground/base/time.hpp"

namespace gatehouse::gateway {

/// The text at a URL that the operator named; blocking, for the pool. The one way out of the gate but for upstreams. `ca_file` as JwksOptions has it.
using Fetch = std::function<Result<std::string>(const settings::Url& url, const std::string& ca_file)>;

/// Told when a key set could not be fetched or was none: whose it is, and why. Any thread.
using FetchFailed = std::function<void(const std::string& issuer, const Error& error)>;

/// How key sets come in.
struct KeySource {
  Fetch fetch;
  FetchFailed failed;
};

class Issuer {
 public:
  static constexpr std::size_t waiting_max = 1024;  ///< requests that wait for one fetch

  /// Reads the key set from its file; one at a URL is fetched, and if that fails the issuer begins with the keys of `before` (may be null), the
  /// issuer of that name so far, if those came from the same URL by the same authorities; else without keys: its tokens are refused until a fetch succeeds.
  [[nodiscard]] static Result<std::unique_ptr<Issuer>> create(std::string name, const IssuerOptions& options, const KeySource& source,
                                                              const Clock& clock, const Issuer* before = nullptr);

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] const token::Expectations& expectations() const noexcept { return expectations_; }
  [[nodiscard]] const std::string& subject_claim() const noexcept { return options_subject_claim_; }
  [[nodiscard]] const std::string& scope_claim() const noexcept { return options_scope_claim_; }
  [[nodiscard]] const Published<token::KeySet>& keys() const noexcept { return keys_; }

  /// The right to look for an unknown key id by a fetch, which one caller has at a time. Given up without a fetch (the pool had no room for
  /// it), it leaves everything as if it had never been given. The issuer outlives it.
  class [[nodiscard]] Claim {
   public:
    Claim(Claim&& other) noexcept : issuer_(std::exchange(other.issuer_, nullptr)), asked_before_(other.asked_before_) {}
    Claim& operator=(Claim&&) = delete;
    ~Claim();
    /// Pool only: as Issuer::refresh().
    [[nodiscard]] Result<> refresh() &&;

   private:
    friend class Issuer;
    Claim(const Issuer& issuer, std::int64_t asked_before) noexcept : issuer_(&issuer), asked_before_(asked_before) {}
    const Issuer* issuer_;
    std::int64_t asked_before_;
  };
  /// Given when such a fetch is due: the set is at a URL, was not asked for within the negative cache time, and nobody is asking.
  [[nodiscard]] std::optional<Claim> claim_refresh(Ticks now) const;
  /// Whether a fetch is under way that may bring the key that is looked for.
  [[nodiscard]] bool refreshing() const noexcept { return refreshing_.load(std::memory_order_acquire); }
  /// Runs `task` when the fetch under way has ended (at once, if it has by now), on the thread that ended it. False: too many wait already.
  [[nodiscard]] bool when_refreshed(async::Task task) const;
  /// Whether the set is so old that it is to be fetched again anyway.
  [[nodiscard]] bool stale(Ticks now) const noexcept;
  /// Pool only: fetches and publishes. A failure keeps the old set, and is told.
  [[nodiscard]] Result<> refresh(Ticks now) const;

 private:
  Issuer(std::string name, const IssuerOptions& options, KeySource source, token::KeySet keys);
  [[nodiscard]] Result<> fetch_and_publish() const;
  void end_refresh() const;
  std::string name_;
  std::optional<settings::Url> url_;
  const std::string ca_file_;
  Duration refresh_after_, unknown_after_;
  std::string options_subject_claim_, options_scope_claim_;
  token::Expectations expectations_;
  KeySource source_;
  mutable Published<token::KeySet> keys_;
  mutable std::atomic<std::int64_t> asked_{0};  // ticks of the last fetch, tried or done
  mutable std::atomic<bool> refreshing_{false};
  mutable std::mutex mutex_;
  mutable std::vector<async::Task> waiting_;  // guarded by mutex_; empty unless refreshing_
};

class Issuers {
 public:
  /// `before`: those in force so far, or null.
  [[nodiscard]] static Result<std::shared_ptr<const Issuers>> create(const settings::Named<IssuerOptions>& options, const KeySource& source,
                                                                     const Clock& clock, const Issuers* before = nullptr);
  /// By `iss`, byte by byte.
  [[nodiscard]] const Issuer* find(std::string_view issuer) const noexcept;
  [[nodiscard]] std::span<const std::unique_ptr<Issuer>> all() const noexcept { return issuers_; }

 private:
  std::vector<std::unique_ptr<Issuer>> issuers_;
};

}  // namespace gatehouse::gateway
