// The issuers whose tokens are believed, with the keys that are in force now. Key sets change while requests run: each is
// published on its own, and a reader sees the old set or the new one.
#pragma once
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "doors/gateway/options.hpp"
#include "engines/token/jwt.hpp"
#include "engines/token/key_set.hpp"
#include "ground/base/published.hpp"
#include "ground/base/time.hpp"

namespace gatehouse::gateway {

/// The text at a URL that the operator named; blocking, for the pool. The one way out of the gate but for upstreams.
using Fetch = std::function<Result<std::string>(const settings::Url&)>;

class Issuer {
 public:
  /// Reads the key set from its file; one at a URL is fetched, and if that fails the issuer begins without keys (its tokens are
  /// refused until a fetch succeeds).
  [[nodiscard]] static Result<std::unique_ptr<Issuer>> create(std::string name, const IssuerOptions& options, const Fetch& fetch, const Clock& clock);

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] const token::Expectations& expectations() const noexcept { return expectations_; }
  [[nodiscard]] const std::string& subject_claim() const noexcept { return options_subject_claim_; }
  [[nodiscard]] const std::string& scope_claim() const noexcept { return options_scope_claim_; }
  [[nodiscard]] const Published<token::KeySet>& keys() const noexcept { return keys_; }

  /// Whether looking for an unknown key id by a fetch is due: the set is at a URL and was not asked within the negative cache time.
  /// True is given to one caller; it must then call refresh().
  [[nodiscard]] bool claim_refresh(Ticks now) const noexcept;
  /// Whether the set is so old that it is to be fetched again anyway.
  [[nodiscard]] bool stale(Ticks now) const noexcept;
  /// Pool only: fetches and publishes. A failure keeps the old set.
  [[nodiscard]] Result<> refresh(Ticks now) const;

 private:
  Issuer(std::string name, const IssuerOptions& options, Fetch fetch, token::KeySet keys);
  std::string name_;
  std::optional<settings::Url> url_;
  Duration refresh_after_, unknown_after_;
  std::string options_subject_claim_, options_scope_claim_;
  token::Expectations expectations_;
  Fetch fetch_;
  mutable Published<token::KeySet> keys_;
  mutable std::atomic<std::int64_t> asked_{0};  // ticks of the last fetch, tried or done
};

class Issuers {
 public:
  [[nodiscard]] static Result<std::shared_ptr<const Issuers>> create(const settings::Named<IssuerOptions>& options, const Fetch& fetch,
                                                                     const Clock& clock);
  /// By `iss`, byte by byte.
  [[nodiscard]] const Issuer* find(std::string_view issuer) const noexcept;
  [[nodiscard]] std::span<const std::unique_ptr<Issuer>> all() const noexcept { return issuers_; }

 private:
  std::vector<std::unique_ptr<Issuer>> issuers_;
};

}  // namespace gatehouse::gateway
