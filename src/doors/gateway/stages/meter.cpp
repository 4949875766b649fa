#include "doors/gateway/stages/meter.hpp"

#include <algorithm>

#include "doors/gateway/rate.hpp"
#include "doors/gateway/worker.hpp"
#include "services/limits/rate_limit_headers.hpp"

namespace gatehouse::gateway {

namespace {
/// `rule` is put together from its parts.
http::Problem too_much(Exchange& exchange, http::ProblemKind kind, http::Words told, std::initializer_list<std::string_view> rule,
                       Duration retry_after) {
  char digits[limits::retry_after_bytes_max];
  auto& memory = exchange.memory();
  return {.kind = kind,
          .told = std::move(told),
          .rule = http::Words::lasting(memory.concat(rule)),
          .facts = {},
          .headers = {http::HeaderId::retry_after, http::Words::lasting(memory.copy(limits::retry_after(retry_after, digits)))}};
}

void tell(Exchange& exchange, std::span<const limits::Reading> readings) {
  if (readings.empty()) return;
  char buffer[limits::rate_limit_bytes_max];
  exchange.add_answer_field(http::HeaderId::rate_limit, exchange.memory().copy(limits::rate_limit(readings, buffer)));
  exchange.add_answer_field(http::HeaderId::rate_limit_policy, exchange.memory().copy(limits::rate_limit_policy(readings, buffer)));
}

constexpr std::uint64_t key_places = limits::number_of("plan.concurrency");
constexpr std::uint64_t route_places = limits::number_of("route.concurrency");
constexpr std::uint64_t own_places = limits::number_of("limits.concurrency");  // of an address, a key, a subject: the scope tells them apart

std::optional<std::uint32_t> at_once_of(const std::optional<limits::LimitOptions>& limit) { return limit ? limit->concurrency : std::nullopt; }
}  // namespace

Result<std::unique_ptr<const MeterStage>> MeterStage::create(const settings::Named<keys::PlanOptions>& plans, const limits::LimitsOptions& limits) {
  auto stage = std::make_unique<MeterStage>();
  stage->at_once_ = {at_once_of(limits.per_address), at_once_of(limits.per_key), at_once_of(limits.per_subject)};
  for (const auto& [name, options] : plans) {
    if (!options.rate) continue;
    const auto limit = TRY(limit_of(*options.rate, options.burst, Duration{}));
    stage->plans_.push_back({name, {"plan", limits::Scope::key, false, limit}, limits::number_of("plan." + name)});
  }
  return std::unique_ptr<const MeterStage>(std::move(stage));
}

const MeterStage::PlanLimit* MeterStage::find(std::string_view plan) const noexcept {
  const auto at = std::ranges::lower_bound(plans_, plan, {}, [](const PlanLimit& entry) { return std::string_view(entry.plan); });
  return at != plans_.end() && at->plan == plan ? &*at : nullptr;
}

Verdict MeterStage::request(Exchange& exchange) const {
  auto& services = exchange.worker().services();
  const auto& principal = exchange.principal;
  const auto now = exchange.ticks();
  const auto& rules = exchange.route().rules;
  limits::Who key, subject, plan;
  const bool has_key = principal.kind == Principal::Kind::api_key;
  // Names that nothing asks for are not made: each is a keyed hash.
  const bool has_subject = !principal.subject.empty() && (rules.ask_for(limits::Scope::subject) || at_once_.subject);
  const bool has_plan = principal.plan != nullptr && rules.ask_for(limits::Scope::plan);
  if (has_key) {
    key = services.naming.who(principal.key_id);
    exchange.worker().bank().expect(principal.key->id, exchange.route().usage_route, exchange.route().usage_feature);
  }
  if (has_subject) subject = services.naming.subject(principal.issuer, principal.subject);
  if (has_plan) plan = services.naming.who(principal.plan->name);

  auto judgement = rules.judge(services.counters, services.delays,
                               {exchange.request().client, has_key ? &key : nullptr, has_subject ? &subject : nullptr, has_plan ? &plan : nullptr,
                                exchange.route().limit_number},
                               1, now);
  std::array<limits::Reading, limits::Judgement::readings_max + 1> readings;
  std::size_t count = static_cast<std::size_t>(std::ranges::copy(judgement.all(), readings.begin()).out - readings.begin());
  if (!judgement.allowed) {
    tell(exchange, {readings.data(), count});
    return Verdict::refuse(too_much(exchange, http::ProblemKind::rate_limited, {}, {"limits.", judgement.refused_by->name}, judgement.retry_after));
  }
  if (has_key && principal.plan != nullptr) {
    if (const auto* const limit = find(principal.plan->name)) {
      const auto tally = services.counters.take({limit->number, limits::Scope::key, key, 0}, limit->rule.limit, 1, now);
      readings[count++] = {&limit->rule, tally};
      if (!tally.allowed) {
        tell(exchange, {readings.data(), count});
        return Verdict::refuse(too_much(exchange, http::ProblemKind::rate_limited, {}, {"plans.", limit->plan, ".rate"}, tally.retry_after));
      }
    }
  }
  tell(exchange, {readings.data(), count});
  if (auto verdict = take_places(exchange, has_key ? &key : nullptr, has_subject ? &subject : nullptr); !verdict.passed()) return verdict;
  if (judgement.wait > Duration::zero()) {
    exchange.delay_place = std::move(judgement.place);
    return Verdict::later(judgement.wait);
  }
  return Verdict::pass();
}

void MeterStage::response(Exchange& exchange) const {
  if (exchange.principal.key != nullptr)
    exchange.worker().bank().count(exchange.principal.key->id, exchange.route().usage_route, exchange.route().usage_feature, exchange.now());
}

Verdict MeterStage::take_places(Exchange& exchange, const limits::Who* key, const limits::Who* subject) const {
  auto& services = exchange.worker().services();
  const auto& principal = exchange.principal;
  const auto& route = exchange.route();
  const auto take = [&](limits::Permit& place, limits::Scope scope, const limits::Who& who, const std::optional<std::uint32_t>& at_once) {
    if (at_once) place = services.permits.acquire({own_places, scope, who, 0}, *at_once);
    return !at_once || place;
  };
  const auto too_many = [&](std::string_view what, std::string_view whose, std::string_view which) {
    return Verdict::refuse(too_much(exchange, http::ProblemKind::too_many_requests_at_once, {}, {what, whose, which}, 1s));
  };
  // One's own before what is shared, as with rates.
  if (key != nullptr && !take(exchange.own_places.key, limits::Scope::key, *key, at_once_.key)) return too_many("limits.", "per_key", ".concurrency");
  if (subject != nullptr && !take(exchange.own_places.subject, limits::Scope::subject, *subject, at_once_.subject))
    return too_many("limits.", "per_subject", ".concurrency");
  if (!take(exchange.own_places.address, limits::Scope::address, limits::Who::of(exchange.request().client), at_once_.address))
    return too_many("limits.", "per_address", ".concurrency");
  if (route.options.limits && route.options.limits->concurrency) {
    exchange.route_permit =
        services.permits.acquire({route_places, limits::Scope::route, {}, route.limit_number}, *route.options.limits->concurrency);
    if (!exchange.route_permit) return too_many("routes.", route.options.name, ".limits.concurrency");
  }
  if (key == nullptr || principal.plan == nullptr) return Verdict::pass();
  if (const auto at_once = principal.plan->options.concurrency) {
    exchange.key_permit = services.permits.acquire({key_places, limits::Scope::key, *key, 0}, *at_once);
    if (!exchange.key_permit) return too_many("plans.", principal.plan->name, ".concurrency");
  }
  const auto wall = exchange.now();
  switch (principal.key->live->take(principal.plan->options.quota, wall)) {
    case keys::QuotaVerdict::taken: return Verdict::pass();
    case keys::QuotaVerdict::day_used_up:
      return Verdict::refuse(too_much(exchange, http::ProblemKind::quota_exhausted, "The quota of this day is used up.",
                                      {"plans.", principal.plan->name, ".quota.day"}, keys::next_day(wall) - wall));
    case keys::QuotaVerdict::month_used_up:
      return Verdict::refuse(too_much(exchange, http::ProblemKind::quota_exhausted, "The quota of this month is used up.",
                                      {"plans.", principal.plan->name, ".quota.month"}, keys::next_month(wall) - wall));
  }
  return {};
}

}  // namespace gatehouse::gateway
