#include "services/limits/options.hpp"

#include <algorithm>

#include "ground/http/everybody.hpp"
#include "ground/settings/block.hpp"
#include "services/limits/limit.hpp"

namespace gatehouse::limits {

namespace {

/// The algorithm has bounds of its own.
template <class Options>
void check_rate(settings::Reader& reader, const settings::Node& node, const Options& limit) {
  if (!limit.rate) return;
  if (const auto made = Limit::make(limit.rate->count, limit.rate->per, burst_of(*limit.rate, limit.burst)); !made)
    reader.note(node.at, "cannot be kept: " + to_text(made.error()));
}

/// Before a rate's own burst is known.
void check_address_rate(settings::Reader& reader, const settings::Node& node, const AddressLimitOptions& limit) {
  auto own = limit;
  if (node.get("rate") != nullptr && node.get("burst") == nullptr) own.burst.reset();
  check_rate(reader, node, own);
}

template <class Options>
void check_purpose(settings::Reader& reader, const settings::Node& node, const Options& limit) {
  if (!limit.rate && !limit.concurrency) reader.note(node.at, "limits nothing: it needs a rate, a concurrency, or both");
}

void check_burst(settings::Reader& reader, const settings::Node& node, const LimitOptions&) { settings::check_burst(reader, node); }

void check_delay(settings::Reader& reader, const settings::Node& node, const LimitOptions& limit) { settings::check_delay(reader, node, limit.over); }

void check_max_delay(settings::Reader& reader, const settings::Node& node, const LimitOptions& limit) {
  settings::check_max_delay(reader, node, limit.over);
}

void check_address_delay(settings::Reader& reader, const settings::Node& node, const AddressLimitOptions& limit) {
  // It is asked before anything is known of the request: strangers would hold places in the queue that belongs to callers who proved themselves.
  if (limit.over == Over::delay)
    reader.note_in(
        node, "over",
        "cannot delay: the limit per address is asked before it is known who the caller is; write `over: reject`, and delay per key, subject, "
        "plan or route");
}

void check_address_burst(settings::Reader& reader, const settings::Node& node, const AddressLimitOptions& limit) {
  if (!limit.rate && node.get("burst") != nullptr) reader.note_in(node, "burst", "has a meaning only together with a rate");
}

/// The block, and the burst that belongs to a rate which was named without one: the default burst is the default rate's.
class AddressLimitType final : public settings::Type {
 public:
  explicit AddressLimitType(settings::TypeOf<AddressLimitOptions> block) : Type(block.shape()), block_(std::move(block)) {}
  bool read(settings::Reader& reader, const settings::Node& node, void* value) const override {
    auto& limit = *static_cast<AddressLimitOptions*>(value);
    const bool right = block_.read(reader, node, limit);
    if (node.kind == settings::Node::Kind::map && node.get("rate") != nullptr && node.get("burst") == nullptr && limit.rate)
      limit.burst = burst_of(*limit.rate, std::nullopt);
    return right;
  }
  [[nodiscard]] std::string print(const void* value) const override { return block_.print(*static_cast<const AddressLimitOptions*>(value)); }

 private:
  settings::TypeOf<AddressLimitOptions> block_;
};

constexpr std::string_view rate_purpose = "Requests over time that are allowed in the long run.";
constexpr std::string_view burst_purpose = "Requests that may come at once. Default: what the rate gives in a second, at least 1.";

settings::TypeOf<FailureOptions> failure_settings() {
  return settings::Block<FailureOptions>(
             "failures", "Bans callers that keep asking wrongly (400, 401, 404, 405 and the like), counted for an address and for a key.")
      .field("count", &FailureOptions::count, settings::integer<std::uint32_t>(1, 1'000'000), "Failures in a window that lead to a ban.", "100")
      .field("window", &FailureOptions::window, settings::duration(1s, 24h), "The time in which they are counted.", "1m")
      .field("ban", &FailureOptions::ban, settings::duration(1s, 24h * 30), "How long the caller is then refused.", "5m")
      .field("exempt", &FailureOptions::exempt, settings::list_of(settings::address_block()),
             "Addresses that are never banned, such as your own monitors. No blocks that hold everybody, alone or together.", "[192.0.2.10]")
      .check({.values = {"exempt"}}, [](settings::Reader& reader, const settings::Node& node, const FailureOptions& failures) {
        constexpr std::string_view why = ", and nobody would ever be banned; name your own addresses, or leave `failures` out";
        const auto& exempt = failures.exempt;
        const auto one = std::ranges::find_if(exempt, http::holds_everybody);
        if (one != exempt.end()) reader.note_in(node, "exempt[" + std::to_string(one - exempt.begin()) + ']', "holds everybody" + std::string(why));
        else if (http::hold_everybody(exempt)) reader.note_in(node, "exempt", "hold everybody together" + std::string(why));
      });
}

}  // namespace

std::uint32_t burst_of(settings::Rate rate, std::optional<std::uint32_t> burst) noexcept {
  if (burst) return *burst;
  if (rate.per <= 0s) return 1;
  const std::uint64_t a_second = rate.count * std::uint64_t{1'000'000'000} / static_cast<std::uint64_t>(rate.per.count());  // at most 4.3e18
  return static_cast<std::uint32_t>(std::clamp<std::uint64_t>(a_second, 1, 1'000'000));
}

settings::TypeOf<LimitOptions> limit_settings() {
  return settings::Block<LimitOptions>("limit", "A rate, a number of requests at the same time, or both.")
      .field("rate", &LimitOptions::rate, settings::rate(), rate_purpose, "10/s")
      .field("burst", &LimitOptions::burst, settings::integer<std::uint32_t>(1, 1'000'000), burst_purpose, "20")
      .field("over", &LimitOptions::over, settings::over(), settings::over_purpose, "delay")
      .field("max_delay", &LimitOptions::max_delay, settings::max_delay(), settings::max_delay_purpose, "1s")
      .field("concurrency", &LimitOptions::concurrency, settings::integer<std::uint32_t>(1, 1'000'000),
             "Requests at the same time. Default: no limit.", "16")
      .check({.values = {"rate", "burst"}}, check_rate<LimitOptions>)
      .check({.given = {"rate", "concurrency"}}, check_purpose<LimitOptions>)
      .check({.given = {"rate", "burst"}}, check_burst)
      .check({.values = {"over"}, .given = {"rate"}}, check_delay)
      .check({.values = {"over"}, .given = {"max_delay"}}, check_max_delay);
}

settings::TypeOf<AddressLimitOptions> address_limit_settings() {
  const settings::TypeOf<std::optional<std::uint32_t>> at_once =
      settings::or_word(settings::optional_of(settings::integer<std::uint32_t>(1, 1'000'000)), "none", std::nullopt, "no limit");
  const settings::TypeOf<std::optional<settings::Rate>> rate =
      settings::or_word(settings::optional_of(settings::rate()), "none", std::nullopt, "no limit over time");
  settings::TypeOf<AddressLimitOptions> block =
      settings::Block<AddressLimitOptions>("address_limit", "How much one client address may ask, whoever it is.")
          .field("rate", &AddressLimitOptions::rate, rate, rate_purpose, "50/s")
          .field("burst", &AddressLimitOptions::burst, settings::integer<std::uint32_t>(1, 1'000'000),
                 "Requests that may come at once. Default: with a rate of your own what that gives in a second, at least 1.", "100")
          .field("over", &AddressLimitOptions::over,
                 settings::words<Over>(
                     {{"reject", Over::reject, "429 with Retry-After"}, {"delay", Over::delay, "refused here: an address cannot wait"}}),
                 settings::over_purpose, "reject")
          .field("concurrency", &AddressLimitOptions::concurrency, at_once,
                 "Requests at the same time, over all connections; each stream of HTTP/2 is one.", "256")
          .check({.values = {"rate", "burst"}}, check_address_rate)
          .check({.values = {"rate", "concurrency"}}, check_purpose<AddressLimitOptions>)
          .check({.values = {"rate"}, .given = {"burst"}}, check_address_burst)
          .check({.values = {"over"}}, check_address_delay);
  return settings::TypeOf<AddressLimitOptions>(std::make_shared<AddressLimitType>(std::move(block)));
}

settings::TypeOf<LimitsOptions> limits_settings() {
  const settings::TypeOf<std::optional<AddressLimitOptions>> address_limit =
      settings::or_word(settings::optional_of(address_limit_settings()), "none", std::nullopt, "no limit");
  const settings::TypeOf<std::optional<LimitOptions>> limit =
      settings::or_word(settings::optional_of(limit_settings()), "none", std::nullopt, "no limit");
  const settings::TypeOf<std::optional<FailureOptions>> failures =
      settings::or_word(settings::optional_of(failure_settings()), "none", std::nullopt, "nobody is banned");
  return settings::Block<LimitsOptions>("limits", "How much one caller may ask, on all routes together. Plans and routes have limits of their own.")
      .field("per_address", &LimitsOptions::per_address, address_limit, "Of a client address (IPv6: of a /64), whoever it is.",
             "{ rate: 50/s, burst: 100, concurrency: 256 }")
      .field("per_key", &LimitsOptions::per_key, limit, "Of an API key, whatever its plan.", "{ rate: 100/s }")
      .field("per_subject", &LimitsOptions::per_subject, limit,
             "Of a subject: that of a token, with its issuer, or that of an API key (`--subject`, else its name).", "{ rate: 20/s, concurrency: 8 }")
      .field("failures", &LimitsOptions::failures, failures, "When a caller that keeps asking wrongly is banned.",
             "{ count: 50, window: 1m, ban: 10m }");
}

}  // namespace gatehouse::limits
