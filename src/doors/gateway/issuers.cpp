#include "doors/gateway/issuers.hpp"

#include <cstdio>
#include <cstring>

#include "ground/base/text.hpp"

namespace gatehouse::gateway {

namespace {
Result<std::string> read_key_set(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"), std::fclose);
  if (!file) return fail(Fault::invalid, path + ": " + std::strerror(errno));
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

Issuer::Issuer(std::string name, const IssuerOptions& options, Fetch fetch, token::KeySet keys)
    : name_(std::move(name)),
      url_(options.jwks ? options.jwks->url : std::nullopt),
      refresh_after_(options.jwks ? options.jwks->refresh : Duration{}),
      unknown_after_(options.jwks ? options.jwks->unknown_key : Duration{}),
      options_subject_claim_(options.subject_claim),
      options_scope_claim_(options.scope_claim),
      fetch_(std::move(fetch)),
      keys_(std::make_shared<const token::KeySet>(std::move(keys))) {}

Result<std::unique_ptr<Issuer>> Issuer::create(std::string name, const IssuerOptions& options, const Fetch& fetch, const Clock& clock) {
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
  auto issuer = std::unique_ptr<Issuer>(new Issuer(std::move(name), options, fetch, std::move(keys)));
  issuer->expectations_.issuer = options.issuer;
  issuer->expectations_.audiences = options.audience;
  issuer->expectations_.algorithms = algorithms;
  issuer->expectations_.skew = options.skew;
  if (!options.typ.empty()) issuer->expectations_.types = {options.typ};
  if (issuer->url_) (void)issuer->refresh(clock.ticks());  // without it the issuer has no keys, and its tokens are refused: fails closed
  return issuer;
}

bool Issuer::claim_refresh(Ticks now) const noexcept {
  if (!url_) return false;
  const auto at = now.time_since_epoch().count();
  auto last = asked_.load(std::memory_order_relaxed);
  return at - last >= unknown_after_.count() && asked_.compare_exchange_strong(last, at, std::memory_order_relaxed);
}

bool Issuer::stale(Ticks now) const noexcept {
  return url_ && now.time_since_epoch().count() - asked_.load(std::memory_order_relaxed) >= refresh_after_.count();
}

Result<> Issuer::refresh(Ticks now) const {
  asked_.store(now.time_since_epoch().count(), std::memory_order_relaxed);
  const auto text = TRY(fetch_(*url_));
  auto keys = TRY(token::KeySet::parse(text));
  keys.reuse(*keys_.get());  // most often the set is the one before: its keys stay prepared
  keys.prepare();
  keys_.publish(std::make_shared<const token::KeySet>(std::move(keys)));
  return {};
}

Result<std::shared_ptr<const Issuers>> Issuers::create(const settings::Named<IssuerOptions>& options, const Fetch& fetch, const Clock& clock) {
  auto made = std::make_shared<Issuers>();
  for (const auto& [name, one] : options) {
    auto issuer = Issuer::create(name, one, fetch, clock);
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
