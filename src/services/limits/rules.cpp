#include "services/limits/rules.hpp"

#include <algorithm>

#include "ground/base/text.hpp"

namespace gatehouse::limits {

namespace {

bool good_rule_name(std::string_view name) {
  constexpr std::size_t name_max = 64;
  return !name.empty() && name.size() <= name_max &&
         std::ranges::all_of(name, [](char c) { return text::is_alnum(c) || c == '.' || c == '_' || c == '-'; });
}

/// Whose counter a rule asks for; nothing if the caller has no such name.
std::optional<CounterKey> counter_of(const Rule& rule, std::uint64_t number, const Caller& caller) noexcept {
  CounterKey key{number, rule.scope, {}, rule.per_route ? caller.route : 0};
  const Who* who = nullptr;
  switch (rule.scope) {
    case Scope::key: who = caller.key; break;
    case Scope::subject: who = caller.subject; break;
    case Scope::plan: who = caller.plan; break;
    case Scope::address: key.who = Who::of(caller.address); return key;
    case Scope::route: key.route = caller.route; return key;
  }
  if (who == nullptr) return std::nullopt;
  key.who = *who;
  return key;
}

}  // namespace

Result<Rules> Rules::make(std::vector<Rule> rules) {
  if (rules.size() > Judgement::readings_max)
    return fail(Fault::invalid, "a route has at most " + std::to_string(Judgement::readings_max) + " rate limits");
  std::ranges::stable_sort(rules, {}, &Rule::scope);
  for (std::size_t i = 0; i < rules.size(); ++i) {
    if (!good_rule_name(rules[i].name))
      return fail(Fault::invalid, "the name of a limit is 1 to 64 letters, digits, '.', '_' or '-': \"" + rules[i].name + "\"");
    if (rules[i].limit.burst() == 0) return fail(Fault::invalid, "the limit \"" + rules[i].name + "\" has no rate");
    for (std::size_t j = 0; j < i; ++j)
      if (rules[i].name == rules[j].name) return fail(Fault::invalid, "two limits are named \"" + rules[i].name + "\"");
  }
  Rules out;
  out.rules_ = std::move(rules);
  for (const auto& rule : out.rules_) {
    out.numbers_.push_back(number_of(rule.name));
    out.scopes_ |= 1U << static_cast<unsigned>(rule.scope);
  }
  return out;
}

void Judgement::ask(Counters& counters, Delays& delays, const Rule& rule, const CounterKey& key, std::uint32_t cost, Ticks now) noexcept {
  // A place to wait in is taken before the counter is charged, so that a request which finds none has taken nothing.
  const bool delays_too = rule.limit.wait_max() > Duration::zero();
  auto own_place = delays_too && !place ? delays.enter() : Delays::Place();
  const bool may_wait = own_place || place;
  const auto tally = counters.take(key, delays_too && !may_wait ? rule.limit.without_wait() : rule.limit, cost, now);
  readings.add({&rule, tally});
  allowed = tally.allowed;
  if (!allowed) {
    refused_by = &rule;
    retry_after = tally.retry_after;
    wait = {};
    place = {};
  } else if (tally.wait > Duration::zero()) {
    wait = std::max(wait, tally.wait);
    if (own_place) place = std::move(own_place);
  }
}

Judgement Rules::judge(Counters& counters, Delays& delays, const Caller& caller, std::uint32_t cost, Ticks now) const noexcept {
  Judgement judgement;
  judgement.allowed = true;
  for (std::size_t i = 0; i < rules_.size() && judgement.allowed; ++i)
    if (const auto key = counter_of(rules_[i], numbers_[i], caller)) judgement.ask(counters, delays, rules_[i], *key, cost, now);
  return judgement;
}

}  // namespace gatehouse::limits
