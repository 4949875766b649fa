#include "doors/gateway/issuers.hpp"

#include <algorithm>
#include <cstdio>

#include "ground/base/text.hpp"

namespace gatehouse::gateway {

namespace {
Result<std::string> read_key_set(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"), std::fclose);
  if (!file) return fail(Fault::invalid, path + ": " + system_text(errno));
  std::string text(token::KeySet::text_bytes_max + 1, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  return text;
}

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
}  // namespace

Issuer::Issuer(std::string name, const IssuerOptions& options, KeySource source, token::KeySet keys)
    : name_(std::move(name)),
      url_(options.jwks ? options.jwks->url : std::nullopt),
      ca_file_(options.jwks ? options.jwks->ca_file : std::string()),
      refresh_after_(options.jwks ? options.jwks->refresh : Duration{}),
      unknown_after_(options.jwks ? options.jwks->unknown_key : Duration{}),
      options_subject_claim_(options.subject_claim),
      options_scope_claim_(options.scope_claim),
      source_(std::move(source)),
      keys_(std::make_shared<const token::KeySet>(std::move(keys))) {}

Result<std::unique_ptr<Issuer>> Issuer::create(std::string name, const IssuerOptions& options, const KeySource& source, const Clock& clock,
                                               const Issuer* before) {
  const auto algorithms = TRY(algorithms_of(options));
  token::KeySet keys;
  if (options.secret) {
    std::vector<token::Jwk> only;
    only.push_back(TRY(token::Jwk::from_secret(options.secret->secret.clone(), std::nullopt)));
    keys = TRY(token::KeySet::from(std::move(only)));
  } else if (options.jwks && !options.jwks->file.empty()) {
    const auto text = TRY(read_key_set(options.jwks->file));
    keys = TRY(token::KeySet::parse(text));
    keys.prepare();
  }
  auto issuer = std::unique_ptr<Issuer>(new Issuer(std::move(name), options, source, std::move(keys)));
  issuer->expectations_.issuer = options.issuer;
  issuer->expectations_.audiences = options.audience;
  issuer->expectations_.algorithms = algorithms;
  issuer->expectations_.skew = options.skew;
  if (!options.typ.empty()) issuer->expectations_.types = {options.typ};
  if (!issuer->url_) return issuer;
  if (before != nullptr && before->url_ == issuer->url_ && before->ca_file_ == issuer->ca_file_) issuer->keys_.publish(before->keys_.get());
  (void)issuer->refresh(clock.ticks());  // without it and without a set from before the issuer's tokens are refused: fails closed
  return issuer;
}

std::optional<Issuer::Claim> Issuer::claim_refresh(Ticks now) const {
  if (!url_) return std::nullopt;
  const auto at = now.time_since_epoch().count();
  auto last = asked_.load(std::memory_order_relaxed);
  if (at - last < unknown_after_.count() || refreshing_.exchange(true, std::memory_order_acq_rel)) return std::nullopt;
  asked_.store(at, std::memory_order_relaxed);
  return Claim(*this, last);
}

Issuer::Claim::~Claim() {
  if (issuer_ == nullptr) return;
  issuer_->asked_.store(asked_before_, std::memory_order_relaxed);
  issuer_->end_refresh();
}

Result<> Issuer::Claim::refresh() && {
  const auto& issuer = *std::exchange(issuer_, nullptr);
  auto done = issuer.fetch_and_publish();
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

bool Issuer::stale(Ticks now) const noexcept {
  return url_ && now.time_since_epoch().count() - asked_.load(std::memory_order_relaxed) >= refresh_after_.count();
}

Result<> Issuer::refresh(Ticks now) const {
  asked_.store(now.time_since_epoch().count(), std::memory_order_relaxed);
  if (refreshing_.exchange(true, std::memory_order_acq_rel)) return {};  // whoever is at it does this as well
  auto done = fetch_and_publish();
  end_refresh();
  return done;
}

Result<> Issuer::fetch_and_publish() const {
  auto done = [this]() -> Result<> {
    if (!url_) return {};  // a set from a file is read again by a reload
    const auto text = TRY(source_.fetch(*url_, ca_file_));
    auto keys = TRY(token::KeySet::parse(text));
    keys.reuse(*keys_.get());  // most often the set is the one before: its keys stay prepared
    keys.prepare();
    keys_.publish(std::make_shared<const token::KeySet>(std::move(keys)));
    return {};
  }();
  if (!done && source_.failed) source_.failed(name_, done.error());
  return done;
}

Result<std::shared_ptr<const Issuers>> Issuers::create(const settings::Named<IssuerOptions>& options, const KeySource& source, const Clock& clock,
                                                       const Issuers* before) {
  auto made = std::make_shared<Issuers>();
  for (const auto& [name, one] : options) {
    const Issuer* same = nullptr;
    if (before != nullptr)
      if (const auto at = std::ranges::find(before->issuers_, name, [](const auto& issuer) { return issuer->name(); }); at != before->issuers_.end())
        same = at->get();
    auto issuer = Issuer::create(name, one, source, clock, same);
    if (!issuer) return refuse(Fault::invalid, "issuers." + name, to_text(issuer.error()));
    made->issuers_.push_back(std::move(*issuer));
  }
  return std::shared_ptr<const Issuers>(std::move(made));
}

const Issuer* Issuers::find(std::string_view issuer) const noexcept {
  for (const auto& one : issuers_)
    if (one->expectations().issuer == issuer) return one.get();
  return nullptr;
}

}  // namespace gatehouse::gateway
