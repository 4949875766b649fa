#include "services/limits/options.hpp"

#include <algorithm>

#include "ground/settings/block.hpp"
#include "services/limits/limit.hpp"

namespace gatehouse::limits {

namespace {

void check_limit(settings::Reader& reader, const settings::Node& node, const LimitOptions& limit) {
  const auto needs = [&](bool wrong, std::string_view name, std::string_view what) {
    if (!wrong) return;
    const settings::Reader::Inside inside(reader, name);
    reader.note(node.nearest(name).at, std::string(what));
  };
  if (limit.rate) {  // the algorithm has bounds of its own
    const auto made =
        Limit::make(limit.rate->count, limit.rate->per, burst_of(*limit.rate, limit.burst), limit.over == Over::delay ? limit.max_delay : Duration{});
    if (!made) reader.note(node.at, "cannot be kept: " + to_text(made.error()));
  }
  if (!limit.rate && !limit.concurrency) reader.note(node.at, "limits nothing: it needs a rate, a concurrency, or both");
  needs(limit.burst && !limit.rate, "burst", "has a meaning only together with a rate");
  needs(limit.over == Over::delay && !limit.rate, "over", "can delay only what a rate limits");
  needs(node.get("max_delay") != nullptr && limit.over != Over::delay, "max_delay", "has a meaning only together with `over: delay`");
}

settings::TypeOf<FailureOptions> failure_settings() {
  return settings::Block<FailureOptions>(
             "failures", "Bans callers that keep asking wrongly (400, 401, 404, 405 and the like), counted for an address and for a key.")
      .field("count", &FailureOptions::count, settings::integer<std::uint32_t>(1, 1'000'000), "Failures in a window that lead to a ban.", "100")
      .field("window", &FailureOptions::window, settings::duration(1s, 24h), "The time in which they are counted.", "1m")
      .field("ban", &FailureOptions::ban, settings::duration(1s, 24h * 30), "How long the caller is then refused.", "5m")
      .field("exempt", &FailureOptions::exempt, settings::list_of(settings::address_block()),
             "Addresses that are never banned, such as your own monitors.", "[192.0.2.10]");
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
      .field("rate", &LimitOptions::rate, settings::rate(), "Requests over time that are allowed in the long run.", "10/s")
      .field("burst", &LimitOptions::burst, settings::integer<std::uint32_t>(1, 1'000'000),
             "Requests that may come at once. Default: what the rate gives in a second, at least 1.", "20")
      .field("over", &LimitOptions::over,
             settings::words<Over>(
                 {{"reject", Over::reject, "429 with Retry-After"}, {"delay", Over::delay, "the request waits its turn, at most `max_delay`"}}),
             "What happens to a request above the rate.", "delay")
      .field("max_delay", &LimitOptions::max_delay, settings::duration(1ms, 30s), "The longest wait; who would have to wait longer is rejected.",
             "1s")
      .field("concurrency", &LimitOptions::concurrency, settings::integer<std::uint32_t>(1, 1'000'000),
             "Requests at the same time. Default: no limit.", "16")
      .check(check_limit);
}

settings::TypeOf<LimitsOptions> limits_settings() {
  const settings::TypeOf<std::optional<LimitOptions>> limit =
      settings::or_word(settings::optional_of(limit_settings()), "none", std::nullopt, "no limit");
  const settings::TypeOf<std::optional<FailureOptions>> failures =
      settings::or_word(settings::optional_of(failure_settings()), "none", std::nullopt, "nobody is banned");
  return settings::Block<LimitsOptions>("limits", "How much one caller may ask, on all routes together. Plans and routes have limits of their own.")
      .field("per_address", &LimitsOptions::per_address, limit, "Of a client address (IPv6: of a /64), whoever it is.", "{ rate: 50/s, burst: 100 }")
      .field("per_key", &LimitsOptions::per_key, limit, "Of an API key, whatever its plan.", "{ rate: 100/s }")
      .field("per_subject", &LimitsOptions::per_subject, limit, "Of the subject of a token.", "{ rate: 20/s, concurrency: 8 }")
      .field("failures", &LimitsOptions::failures, failures, "When a caller that keeps asking wrongly is banned.",
             "{ count: 50, window: 1m, ban: 10m }")
      .check([](settings::Reader& reader, const settings::Node& node, const LimitsOptions& limits) {
        if (!limits.per_address || limits.per_address->over != Over::delay) return;
        const settings::Reader::Inside outer(reader, "per_address");
        const settings::Reader::Inside inner(reader, "over");
        // It is asked before anything is known of the request: strangers would hold places in the queue that belongs to callers who proved themselves.
        reader.note(
            node.nearest("per_address.over").at,
            "cannot delay: the limit per address is asked before it is known who the caller is; write `over: reject`, and delay per key, subject or "
            "route");
      });
}

}  // namespace gatehouse::limits
