#include "doors/gateway/stages/ration.hpp"

#include "doors/gateway/facts.hpp"
#include "doors/gateway/stages/too_much.hpp"
#include "doors/gateway/worker.hpp"

namespace gatehouse::gateway {

namespace {
constexpr std::uint64_t route_places = limits::number_of("route.concurrency");

/// `window`: the whole day or month; `left`: what is left of it.
Verdict used_up(Exchange& exchange, std::string_view period, std::uint64_t quota, Duration window, Duration left) {
  const bool day = period == "day";
  exchange.quota_used_up = limits::UsedUp{day ? "quota-day" : "quota-month", quota,
                                          static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::seconds>(window).count()), left};
  return too_much(exchange, http::ProblemKind::quota_exhausted,
                  day ? http::Words("The quota of this day is used up.") : http::Words("The quota of this month is used up."),
                  {"plans.", exchange.principal.plan->name, ".quota.", period},
                  facts(exchange.memory(), {"quota ", Digits(quota), " a ", period, ", all of it used"}), left);
}

Verdict take_quota(Exchange& exchange) {
  const auto& principal = exchange.principal;
  if (principal.key == nullptr || principal.plan == nullptr) return Verdict::pass();
  const auto now = exchange.now();
  const auto& quota = principal.plan->options.quota;
  const auto verdict = principal.key->live->take(quota, now);
  if (verdict == keys::QuotaVerdict::taken) {
    exchange.quota_taken = now;
    return Verdict::pass();
  }
  if (verdict == keys::QuotaVerdict::day_used_up && quota.day) return used_up(exchange, "day", *quota.day, 24h, keys::next_day(now) - now);
  if (verdict == keys::QuotaVerdict::month_used_up && quota.month) {
    const std::chrono::year_month_day today(std::chrono::floor<std::chrono::days>(now));
    const Instant begins = std::chrono::sys_days(today.year() / today.month() / 1);
    return used_up(exchange, "month", *quota.month, keys::next_month(now) - begins, keys::next_month(now) - now);
  }
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
