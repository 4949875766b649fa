#include "doors/gateway/issuers.hpp"

#include <algorithm>

#include "ground/base/file.hpp"
#include "ground/base/text.hpp"
#include "ground/settings/setting_error.hpp"

namespace gatehouse::gateway {

namespace {
Result<token::AlgorithmSet> algorithms_of(const IssuerOptions& options) {
  token::AlgorithmSet set;
  for (const auto& name : options.algorithms) {
    const auto algorithm = token::algorithm_from(name);
    if (!algorithm) return refuse(Fault::invalid, "the algorithm '" + name + "' is not one of RFC 7518 section 3.1 or EdDSA");
    // RFC 8725 section 3.1: an issuer with key pairs never takes a secret's algorithm, and the reverse.
    if (token::is_hmac(*algorithm) != options.secret.has_value())
      return refuse(Fault::invalid, options.secret ? "an issuer with a secret takes HS256, HS384 or HS512 only, not '" + name + "'"
                                                   : "'" + name + "' needs a secret, and this issuer has a key set");
    set.add(*algorithm);
  }
  if (set.empty()) return refuse(Fault::invalid, "no algorithm is allowed");
  return set;
}

/// The one set that is no set: it is known by its place, so that an empty set which an issuer publishes is never taken for it.
const std::shared_ptr<const token::KeySet>& absent_set() {
  static const auto none = std::make_shared<const token::KeySet>();
  return none;
}
}  // namespace

bool Issuer::absent(const token::KeySet& keys) noexcept { return &keys == absent_set().get(); }

Issuer::Issuer(std::string name, const IssuerOptions& options, KeySource source, std::shared_ptr<const token::KeySet> keys)
    : name_(std::move(name)),
      url_(options.jwks ? options.jwks->url : std::nullopt),
      ca_file_(options.jwks ? options.jwks->ca_file : std::string()),
      refresh_after_(options.jwks ? options.jwks->refresh : Duration{}),
      unknown_after_(options.jwks ? options.jwks->unknown_key : Duration{}),
      keep_(options.jwks ? options.jwks->keep : Duration{}),
      options_subject_claim_(options.subject_claim),
      options_scope_claim_(options.scope_claim),
      source_(std::move(source)),
      keys_(std::move(keys)) {}

std::string_view Issuer::scope_claim(std::string_view setting, bool has_scope) noexcept {
  if (!setting.empty()) return setting;
  return has_scope ? "scope" : "scp";
}

std::string_view Issuer::scope_claim(const token::VerifiedClaims& claims) const noexcept {
  return scope_claim(options_scope_claim_, claims.get("scope").has_value());
}

Result<std::unique_ptr<Issuer>> Issuer::create(std::string name, const IssuerOptions& options, const KeySource& source, const Issuer* before) {
  const auto algorithms = TRY(algorithms_of(options));
  token::KeySet keys;
  if (options.secret) {
    std::vector<token::Jwk> only;
    only.push_back(TRY(token::Jwk::from_secret(options.secret->secret.clone(), std::nullopt)));
    keys = TRY(token::KeySet::from(std::move(only)));
  } else if (options.jwks && !options.jwks->file.empty()) {
    const auto text = TRY(read_file(options.jwks->file, token::KeySet::text_bytes_max));
    keys = TRY(token::KeySet::parse(text));
    CHECK_OK(keys.check_usable(algorithms));
    keys.prepare();
  }
  const bool at_url = options.jwks && options.jwks->url;
  auto first = at_url ? absent_set() : std::make_shared<const token::KeySet>(std::move(keys));
  auto issuer = std::unique_ptr<Issuer>(new Issuer(std::move(name), options, source, std::move(first)));
  issuer->expectations_.issuer = options.issuer;
  issuer->expectations_.audiences = options.audience;
  issuer->expectations_.algorithms = algorithms;
  issuer->expectations_.skew = options.skew;
  if (!options.typ.empty()) issuer->expectations_.types = {options.typ};
  if (at_url && before != nullptr && before->url_ == issuer->url_ && before->ca_file_ == issuer->ca_file_) {
    const std::scoped_lock lock(before->publishing_);
    issuer->keys_.publish(before->keys_.get());
    issuer->fetched_ = before->fetched_;
  }
  return issuer;
}

std::optional<Issuer::Claim> Issuer::claim(Ticks now, Duration at_least) const {
  if (!url_) return std::nullopt;
  const auto at = now.time_since_epoch().count();
  auto last = asked_.load(std::memory_order_relaxed);
  if (at - last < at_least.count() || refreshing_.exchange(true, std::memory_order_acq_rel)) return std::nullopt;
  asked_.store(at, std::memory_order_relaxed);
  return Claim(*this, last, at);
}

Issuer::Claim::~Claim() {
  if (issuer_ == nullptr) return;
  issuer_->asked_.store(asked_before_, std::memory_order_relaxed);
  issuer_->end_refresh();
}

Result<> Issuer::Claim::refresh() && {
  const auto& issuer = *std::exchange(issuer_, nullptr);
  auto done = issuer.fetch_and_publish(asked_);
  issuer.end_refresh();
  return done;
}

bool Issuer::when_refreshed(async::Task task) const {
  {
    const std::scoped_lock lock(mutex_);
    if (refreshing()) {
      if (waiting_.size() >= waiting_max) return false;
      waiting_.push_back(std::move(task));
      return true;
    }
  }
  task();
  return true;
}

void Issuer::end_refresh() const {
  std::vector<async::Task> waiting;
  {
    const std::scoped_lock lock(mutex_);
    refreshing_.store(false, std::memory_order_release);
    waiting.swap(waiting_);
  }
  for (auto& task : waiting) task();
}

void Issuer::tell(const std::string& what) const {
  if (source_.tell) source_.tell(name_, what);
}

void Issuer::expire(Ticks now) const {
  if (!url_) return;
  {
    const std::scoped_lock lock(publishing_);
    if (absent(*keys_.get()) || now.time_since_epoch().count() - fetched_ < keep_.count()) return;
    keys_.publish(absent_set());
  }
  tell("none came for so long (`keep`) that the last one is not used any more; tokens of this issuer are refused with 503 until one comes");
}

Result<> Issuer::fetch_and_publish(std::int64_t asked) const {
  bool ended = false;  // the issuer had keys, and says now that it has none
  auto done = [&]() -> Result<> {
    const auto text = TRY(source_.fetch(*url_, ca_file_));
    auto keys = TRY(token::KeySet::parse_published(text));
    keys.reuse(*keys_.get());  // most often the set is the one before: its keys stay prepared
    keys.prepare();
    const bool none = keys.keys().empty();
    auto of_use = keys.check_usable(expectations_.algorithms);
    if (none && !keys.warnings().empty()) of_use = fail(Fault::invalid, "no key of the set can be used: " + keys.warnings().front());
    const std::scoped_lock lock(publishing_);
    fetched_ = asked;
    if (!of_use) {  // the old keys are not in it, but what it says of new ones is not taken here: that is no fault of who uses them
      keys_.publish(absent_set());
      return of_use;
    }
    const auto before = keys_.publish(std::make_shared<const token::KeySet>(std::move(keys)));
    ended = none && (absent(*before) || !before->keys().empty());
    return {};
  }();
  if (ended) tell("the issuer publishes no key that checks signatures: all its tokens are refused with 401");
  if (!done)
    tell(to_text(done.error()) + (absent(*keys_.get()) ? "; there is none, and tokens of this issuer are refused with 503 until one comes"
                                                       : "; the last one stays in force"));
  return done;
}

Result<std::shared_ptr<const Issuers>> Issuers::create(const settings::Named<IssuerOptions>& options, const KeySource& source,
                                                       const Issuers* before) {
  auto made = std::make_shared<Issuers>();
  for (const auto& [name, one] : options) {
    const Issuer* same = nullptr;
    if (before != nullptr)
      if (const auto at = std::ranges::find(before->issuers_, name, [](const auto& issuer) { return issuer->name(); }); at != before->issuers_.end())
        same = at->get();
    auto issuer = Issuer::create(name, one, source, same);
    if (!issuer) return settings::of_setting("issuers." + name, refuse(Fault::invalid, to_text(issuer.error())));
    made->issuers_.push_back(std::move(*issuer));
  }
  return std::shared_ptr<const Issuers>(std::move(made));
}

const Issuer* Issuers::find(std::string_view issuer) const noexcept {
  for (const auto& one : issuers_)
    if (one->expectations().issuer == issuer) return one.get();
  return nullptr;
}

void refresh_stale(const std::shared_ptr<const Issuers>& issuers, async::Pool& pool, Ticks now) {
  for (const auto& issuer : issuers->all())
    if (auto claim = issuer->claim_stale(now))
      (void)pool.submit([held = issuers, claim = std::move(*claim)]() mutable { (void)std::move(claim).refresh(); });
}

}  // namespace gatehouse::gateway
