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

Judgement Rules::judge(Counters& counters, Delays& delays, const Caller& caller, std::uint32_t cost, Ticks now) const noexcept {
  Judgement judgement;
  const auto refuse_by = [&](const Rule& rule, Duration retry_after) {
    judgement.refused_by = &rule;
    judgement.retry_after = retry_after;
    judgement.wait = {};
    judgement.place = {};
  };
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    const Rule& rule = rules_[i];
    const auto key = counter_of(rule, numbers_[i], caller);
    if (!key) continue;
    // A place to wait in is taken before the counter is charged, so that a request which finds none has taken nothing.
    const bool delays_too = rule.limit.wait_max() > Duration::zero();
    auto place = delays_too && !judgement.place ? delays.enter() : Delays::Place();
    const bool as_it_is = !delays_too || place || judgement.place;
    const auto tally = as_it_is ? counters.take(*key, rule.limit, cost, now) : counters.take(*key, rule.limit.without_wait(), cost, now);
    judgement.readings[judgement.count++] = {&rule, tally};
    if (!tally.allowed) {
      refuse_by(rule, tally.retry_after);
      return judgement;
    }
    if (tally.wait > Duration::zero()) {
      judgement.wait = std::max(judgement.wait, tally.wait);
      if (place) judgement.place = std::move(place);
    }
  }
  judgement.allowed = true;
  return judgement;
}

}  // namespace gatehouse::limits
