#include "doors/gateway/stages/meter.hpp"

#include <algorithm>

#include "doors/gateway/rate.hpp"
#include "doors/gateway/stages/too_much.hpp"
#include "doors/gateway/worker.hpp"
#include "ground/settings/setting_error.hpp"

namespace gatehouse::gateway {

namespace {
constexpr std::uint64_t key_places = limits::number_of("plan.concurrency");
constexpr std::uint64_t own_places = limits::number_of("limits.concurrency");  // of an address, a key, a subject: the scope tells them apart

std::optional<std::uint32_t> at_once_of(const auto& limit) { return limit ? limit->concurrency : std::nullopt; }
}  // namespace

Result<std::unique_ptr<const MeterStage>> MeterStage::create(const settings::Named<keys::PlanOptions>& plans, const limits::LimitsOptions& limits) {
  auto stage = std::make_unique<MeterStage>();
  stage->at_once_ = {at_once_of(limits.per_address), at_once_of(limits.per_key), at_once_of(limits.per_subject)};
  std::vector<limits::Rule> rules;
  if (const auto rule = TRY(rule_of("key", limits::Scope::key, limits.per_key, "limits.per_key.rate"))) rules.push_back(*rule);
  if (const auto rule = TRY(rule_of("subject", limits::Scope::subject, limits.per_subject, "limits.per_subject.rate"))) rules.push_back(*rule);
  stage->rules_ = TRY(limits::Rules::make(std::move(rules)));
  for (const auto& [name, options] : plans) {
    if (!options.rate) continue;
    const auto limit = TRY_OF_SETTING("plans." + name + ".rate", limit_of(options));
    stage->plans_.push_back({name, {"plan", limits::Scope::key, false, limit, "plans." + name + ".rate"}, limits::number_of("plan." + name)});
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
  limits::Who key, subject;
  const bool has_key = principal.kind == Principal::Kind::api_key;
  // A name that nothing asks for is not made: it is a keyed hash.
  const bool has_subject = !principal.subject.empty() && (rules_.ask_for(limits::Scope::subject) || at_once_.subject);
  if (has_key) key = services.naming.who(principal.key_id);
  if (has_subject) subject = services.naming.subject(principal.issuer, principal.subject);

  auto judgement = rules_.judge(services.counters, services.delays,
                                {exchange.request().client, has_key ? &key : nullptr, has_subject ? &subject : nullptr, nullptr, 0}, 1, now);
  const auto* const plan = judgement.allowed && has_key && principal.plan != nullptr ? find(principal.plan->name) : nullptr;
  if (plan != nullptr) judgement.ask(services.counters, services.delays, plan->rule, {plan->number, limits::Scope::key, key, 0}, 1, now);
  exchange.readings.add(judgement.all());
  if (!judgement.allowed) return too_fast(exchange, *judgement.refused_by, judgement.retry_after);
  if (auto verdict = take_places(exchange, has_key ? &key : nullptr, has_subject ? &subject : nullptr); !verdict.passed()) return verdict;
  if (judgement.wait == Duration::zero()) return Verdict::pass();
  exchange.delay_place = std::move(judgement.place);
  return Verdict::later(judgement.wait);
}

Verdict MeterStage::take_places(Exchange& exchange, const limits::Who* key, const limits::Who* subject) const {
  auto& services = exchange.worker().services();
  auto& places = exchange.own_places;
  const auto take = [&](limits::Permit& place, const limits::CounterKey& counter, std::optional<std::uint32_t> at_once,
                        std::initializer_list<std::string_view> setting) {
    if (!at_once) return Verdict::pass();
    place = services.permits.acquire(counter, *at_once);
    return place ? Verdict::pass() : too_many(exchange, *at_once, setting);
  };
  if (key != nullptr)
    if (auto verdict = take(places.key, {own_places, limits::Scope::key, *key, 0}, at_once_.key, {"limits.per_key.concurrency"}); !verdict.passed())
      return verdict;
  if (subject != nullptr)
    if (auto verdict = take(places.subject, {own_places, limits::Scope::subject, *subject, 0}, at_once_.subject, {"limits.per_subject.concurrency"});
        !verdict.passed())
      return verdict;
  const auto address = limits::Who::of(exchange.request().client);
  if (auto verdict = take(places.address, {own_places, limits::Scope::address, address, 0}, at_once_.address, {"limits.per_address.concurrency"});
      !verdict.passed())
    return verdict;
  const auto* const plan = exchange.principal.plan;
  if (key != nullptr && plan != nullptr)
    return take(places.plan, {key_places, limits::Scope::key, *key, 0}, plan->options.concurrency, {"plans.", plan->name, ".concurrency"});
  return Verdict::pass();
}

}  // namespace gatehouse::gateway
