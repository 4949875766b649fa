#include "doors/gateway/stages/ration.hpp"

#include "doors/gateway/facts.hpp"
#include "doors/gateway/stages/too_much.hpp"
#include "doors/gateway/worker.hpp"

namespace gatehouse::gateway {

namespace {
constexpr std::uint64_t route_places = limits::number_of("route.concurrency");

/// What of a quota is told. `remaining`: requests.
limits::QuotaReading of_day(std::uint64_t quota, std::uint64_t remaining, Instant now) {
  return {.name = "quota-day", .quota = quota, .window_seconds = 24 * 3600, .left = keys::next_day(now) - now, .remaining = remaining};
}
limits::QuotaReading of_month(std::uint64_t quota, std::uint64_t remaining, Instant now) {
  const std::chrono::year_month_day today(std::chrono::floor<std::chrono::days>(now));
  const Instant begins = std::chrono::sys_days(today.year() / today.month() / 1);
  const auto window = std::chrono::duration_cast<std::chrono::seconds>(keys::next_month(now) - begins);
  return {.name = "quota-month",
          .quota = quota,
          .window_seconds = static_cast<std::uint32_t>(window.count()),
          .left = keys::next_month(now) - now,
          .remaining = remaining};
}

/// The one with the fewer requests left; of two equal ones the month, which lasts longer.
std::optional<limits::QuotaReading> nearer_quota(const keys::QuotaOptions& quota, const keys::QuotaLeft& left, Instant now) {
  if (quota.month && left.month && (!left.day || *left.month <= *left.day)) return of_month(*quota.month, *left.month, now);
  if (quota.day && left.day) return of_day(*quota.day, *left.day, now);
  return std::nullopt;
}

Verdict used_up(Exchange& exchange, std::string_view period, const limits::QuotaReading& reading) {
  exchange.quota = reading;
  return too_much(exchange, http::ProblemKind::quota_exhausted,
                  period == "day" ? http::Words("The quota of this day is used up.") : http::Words("The quota of this month is used up."),
                  {"plans.", exchange.principal.plan->name, ".quota.", period},
                  facts(exchange.memory(), {"quota ", Digits(reading.quota), " a ", period, ", all of it used"}), reading.left);
}

Verdict take_quota(Exchange& exchange) {
  const auto& principal = exchange.principal;
  if (principal.key == nullptr || principal.plan == nullptr) return Verdict::pass();
  const auto now = exchange.now();
  const auto& quota = principal.plan->options.quota;
  auto& live = *principal.key->live;
  const auto verdict = live.take(quota, now);
  if (verdict == keys::QuotaVerdict::taken) {
    exchange.quota_taken = {.key = &live, .at = now};
    if (quota.day || quota.month) exchange.quota = nearer_quota(quota, live.left(quota, now), now);
    return Verdict::pass();
  }
  if (verdict == keys::QuotaVerdict::day_used_up && quota.day) return used_up(exchange, "day", of_day(*quota.day, 0, now));
  if (verdict == keys::QuotaVerdict::month_used_up && quota.month) return used_up(exchange, "month", of_month(*quota.month, 0, now));
  return {};
}
}  // namespace

Verdict RationStage::request(Exchange& exchange) const {
  auto& services = exchange.worker().services();
  const auto& principal = exchange.principal;
  const auto& route = exchange.route();
  if (principal.key != nullptr) exchange.worker().bank().expect(principal.key->id, route.usage_route, route.usage_feature);
  if (auto verdict = take_quota(exchange); !verdict.passed()) return verdict;
  if (const auto& limits = route.options.limits; limits && limits->concurrency) {
    exchange.route_permit = services.permits.acquire({route_places, limits::Scope::route, {}, route.limit_number}, *limits->concurrency);
    if (!exchange.route_permit) return too_many(exchange, *limits->concurrency, {"routes.", route.options.name, ".limits.concurrency"});
  }
  auto judgement = route.rules.judge(services.counters, services.delays, {exchange.request().client, nullptr, nullptr, nullptr, route.limit_number},
                                     1, exchange.ticks());
  exchange.readings.add(judgement.all());
  if (!judgement.allowed) return too_fast(exchange, *judgement.refused_by, judgement.retry_after);
  if (judgement.wait == Duration::zero()) return Verdict::pass();
  exchange.delay_place = std::move(judgement.place);
  return Verdict::later(judgement.wait);
}

void RationStage::leaving(Exchange& exchange) const {
  if (exchange.principal.key != nullptr)
    exchange.worker().bank().count(exchange.principal.key->id, exchange.route().usage_route, exchange.route().usage_feature, exchange.now());
}

}  // namespace gatehouse::gateway
