#include "engines/schema/harmless.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include "engines/schema/program.hpp"
#include "ground/base/text.hpp"

namespace gatehouse::schema {

namespace harmless {
namespace {
using json::Kind;

constexpr std::uint8_t kind(Kind of) { return static_cast<std::uint8_t>(1U << static_cast<unsigned>(of)); }
constexpr std::uint8_t whole = kind(Kind::integer) | kind(Kind::natural), numbers = whole | kind(Kind::real), every = 0xFF;
constexpr std::uint8_t containers = kind(Kind::array) | kind(Kind::object);
constexpr std::size_t depth_max = 64;  // of alternatives within alternatives
constexpr auto request_bit = 1U << static_cast<unsigned>(Direction::request);

/// What a format leaves of a text: its reason, and whether the text has an end by itself.
struct FormatProof {
  Harmless::Bit why;
  bool bounded;
};
std::optional<FormatProof> proof_of(Format format) noexcept {
  switch (format) {
    case Format::uuid: return FormatProof{Harmless::uuid, true};
    case Format::date: return FormatProof{Harmless::date, true};
    case Format::time:
    case Format::date_time:
      return FormatProof{Harmless::time, false};  // as many digits of a second as one likes
    // An address may be the one of a server that only the gate's own network reaches; host names, identifiers and base64 hold whatever somebody puts there.
    case Format::ipv4:
    case Format::ipv6:
    case Format::duration:
    case Format::email:
    case Format::idn_email:
    case Format::hostname:
    case Format::plain_hostname:
    case Format::idn_hostname:
    case Format::uri:
    case Format::uri_reference:
    case Format::iri:
    case Format::iri_reference:
    case Format::uri_template:
    case Format::json_pointer:
    case Format::relative_json_pointer:
    case Format::regex:
    case Format::byte:
    case Format::int32:
    case Format::int64:
    case Format::float32:
    case Format::float64: break;
  }
  return std::nullopt;
}

/// "~1" and "~0" are one character each (RFC 6901 section 4).
bool is_token(std::string_view token, std::string_view name) noexcept {
  std::size_t at = 0;
  for (const char c : name) {
    const std::string_view written = c == '~' ? "~0" : c == '/' ? "~1" : std::string_view(&c, 1);
    if (!token.substr(at).starts_with(written)) return false;
    at += written.size();
  }
  return at == token.size();
}
}  // namespace
}  // namespace harmless

std::string to_text(Harmless why) {
  constexpr std::array<std::pair<Harmless::Bit, std::string_view>, 10> words{{{Harmless::list, "a list of"},
                                                                              {Harmless::choice, "one of the values that the contract names"},
                                                                              {Harmless::uuid, "a UUID"},
                                                                              {Harmless::date, "a date"},
                                                                              {Harmless::time, "a time of bounded length"},
                                                                              {Harmless::pattern, "a short text of plain characters by its pattern"},
                                                                              {Harmless::integer, "an integer"},
                                                                              {Harmless::number, "a number"},
                                                                              {Harmless::boolean, "true or false"},
                                                                              {Harmless::null, "null"}}};
  std::string out;
  for (const auto& [bit, word] : words) {
    if (!why.has(bit)) continue;
    if (!out.empty()) out += out == "a list of" ? " " : ", or ";
    out += word;
  }
  return out;
}

HarmlessPlaces::Id HarmlessPlaces::at(Id from, std::string_view pointer) const noexcept {
  while (!pointer.empty() && from != nowhere) {
    if (pointer.front() != '/') return nowhere;
    pointer.remove_prefix(1);
    const auto token = pointer.substr(0, pointer.find('/'));
    pointer.remove_prefix(token.size());
    const auto& place = places_[from];
    if (place.may_be_items) {  // an object that is told apart from an array is none: its members have names
      from = !token.empty() && std::ranges::all_of(token, text::is_digit) ? place.items : nowhere;
      continue;
    }
    const auto found = std::ranges::find_if(place.members, [&](const auto& member) { return harmless::is_token(token, member.first); });
    from = found == place.members.end() ? nowhere : found->second;
  }
  return from;
}

/// What one alternative says of a value, as far as it matters here.
struct HarmlessFinder::Facts {
  std::uint8_t kinds = harmless::every;
  bool is_integer = false, is_choice = false;
  unsigned text = 0;           // bits of Harmless: what proves a text whatever its length
  unsigned text_if_short = 0;  // and what does if it is short
  std::uint64_t most = PatternExtent::endless;
  std::vector<std::uint32_t> objects;  // tables
  Blocks items;

  /// Nothing: a scalar that is not proven.
  [[nodiscard]] std::optional<Harmless> why() const noexcept {
    unsigned out = 0;
    const auto has = [&](std::uint8_t bits) { return (kinds & bits) != 0; };
    if (is_choice) return Harmless((kinds & ~harmless::containers) != 0 ? unsigned{Harmless::choice} : 0U);
    if (has(harmless::kind(json::Kind::string))) {
      const auto proof = text | (most <= text_max ? text_if_short : 0U);
      if (proof == 0) return std::nullopt;
      out |= proof;
    }
    if (has(harmless::numbers)) out |= is_integer ? Harmless::integer : Harmless::number;
    if (has(harmless::kind(json::Kind::boolean))) out |= Harmless::boolean;
    if (has(harmless::kind(json::Kind::null))) out |= Harmless::null;
    return Harmless(out);
  }
};

/// Takes blocks apart into the facts of each alternative: what all hold is gathered, and where a value has a choice, each choice goes on by itself.
class HarmlessFinder::Expansion {
 public:
  Expansion(const Program& program, std::uint64_t& steps, bool choosing) : program_(program), steps_(steps), choosing_(choosing) {}

  /// False: there are too many.
  bool expand(Blocks pending, std::set<BlockId> seen, Facts facts, std::vector<Alternatives> choices, std::size_t depth) {
    if (depth > harmless::depth_max) return false;
    while (!pending.empty()) {
      const auto block = pending.back();
      pending.pop_back();
      if (!seen.insert(block).second) continue;
      for (auto at = program_.blocks[block].first; program_.code[at].op != Op::done; ++at) {
        if (++steps_ > steps_max) return false;
        take(program_.code[at], pending, facts, choices);
      }
    }
    if (facts.kinds == 0) return true;  // nothing keeps it
    if (choices.empty()) {
      out.push_back(std::move(facts));
      return out.size() <= alternatives_max;
    }
    const auto choice = std::move(choices.back());
    choices.pop_back();
    return std::ranges::all_of(choice, [&](const Blocks& option) { return expand(option, seen, facts, choices, depth + 1); });
  }

  std::vector<Facts> out;

 private:
  void take(const Instruction& step, Blocks& pending, Facts& facts, std::vector<Alternatives>& choices) {
    const auto choose = [&](std::uint32_t first, std::uint32_t count) {
      Alternatives options;
      for (std::uint32_t i = 0; i < count; ++i) options.push_back({program_.lists[first + i]});
      if (choosing_) choices.push_back(std::move(options));
    };
    switch (step.op) {
      case Op::never: facts.kinds = 0; break;
      case Op::type: {
        const bool takes_whole = (step.small & harmless::whole) != 0;
        facts.is_integer = facts.is_integer || (takes_whole && (step.small & harmless::kind(json::Kind::real)) == 0);
        facts.kinds &= static_cast<std::uint8_t>(step.small | (takes_whole ? harmless::numbers : 0));  // 1.0 is one, too
        break;
      }
      case Op::choice: {
        const auto& choice = program_.choices[step.a];
        facts.kinds &= static_cast<std::uint8_t>(choice.kinds | (choice.has_strings ? harmless::kind(json::Kind::string) : 0));
        facts.is_choice = true;
        break;
      }
      case Op::length: facts.most = std::min(facts.most, program_.bounds[step.a].most); break;
      case Op::pattern: {
        const auto& extent = program_.patterns[step.a]->extent();
        if (!extent.plain) break;
        facts.most = std::min(facts.most, extent.most);
        facts.text_if_short |= Harmless::pattern;
        break;
      }
      case Op::format:
        if (const auto proof = harmless::proof_of(static_cast<Format>(step.small))) (proof->bounded ? facts.text : facts.text_if_short) |= proof->why;
        break;
      case Op::items: {
        const auto& items = program_.items[step.a];
        if (items.prefix_count == 0 && items.rest != none) facts.items.push_back(items.rest);
        break;
      }
      case Op::object: facts.objects.push_back(step.a); break;
      case Op::call: pending.push_back(step.a); break;
      case Op::all_of:
        for (std::uint32_t i = 0; i < step.b; ++i) pending.push_back(program_.lists[step.a + i]);
        break;
      case Op::any_of:
      case Op::one_of: choose(step.a, step.b); break;
      case Op::discriminated: choose(program_.discriminators[step.a].alternatives, program_.discriminators[step.a].count); break;
      case Op::condition: {
        const auto& condition = program_.conditions[step.a];
        Blocks kept{condition.test}, otherwise;
        if (condition.then != none) kept.push_back(condition.then);
        if (condition.otherwise != none) otherwise.push_back(condition.otherwise);
        if (choosing_) choices.push_back({std::move(kept), std::move(otherwise)});
        break;
      }
      // What these say more only takes values away.
      case Op::done:
      case Op::scope:
      case Op::track:
      case Op::range:
      case Op::multiple_of:
      case Op::content:
      case Op::contains:
      case Op::item_count:
      case Op::unique_items:
      case Op::member_count:
      case Op::property_names:
      case Op::dependencies:
      case Op::dynamic_call:
      case Op::negation:
      case Op::unevaluated_properties:
      case Op::unevaluated_items:
      case Op::annotate: break;
    }
  }

  const Program& program_;
  std::uint64_t& steps_;
  bool choosing_;
};

HarmlessFinder::HarmlessFinder(std::shared_ptr<const Program> program) : program_(std::move(program)) {}

HarmlessPlaces::Id HarmlessFinder::find(const Schema& schema) {
  const auto id = id_of({{static_cast<std::uint32_t>(schema.entry_)}});
  while (!waiting_.empty()) {
    const auto [next, alternatives] = std::move(waiting_.back());
    waiting_.pop_back();
    fill(next, alternatives);
  }
  return id;
}

HarmlessPlaces::Id HarmlessFinder::id_of(Alternatives alternatives) {
  for (auto& blocks : alternatives) {
    std::ranges::sort(blocks);
    blocks.erase(std::unique(blocks.begin(), blocks.end()), blocks.end());
  }
  std::ranges::sort(alternatives);
  alternatives.erase(std::unique(alternatives.begin(), alternatives.end()), alternatives.end());
  if (const auto known = ids_.find(alternatives); known != ids_.end()) return known->second;
  if (out_.places_.size() >= places_max || steps_ > steps_max) return HarmlessPlaces::nowhere;
  const auto id = static_cast<Id>(out_.places_.size());
  out_.places_.emplace_back();
  ids_.emplace(alternatives, id);
  waiting_.emplace_back(id, std::move(alternatives));
  return id;
}

std::vector<HarmlessFinder::Facts> HarmlessFinder::facts_of(const Alternatives& alternatives) {
  for (const bool choosing : {true, false}) {
    Expansion expansion(*program_, steps_, choosing);
    const bool done = std::ranges::all_of(alternatives, [&](const Blocks& blocks) { return expansion.expand(blocks, {}, {}, {}, 0); });
    if (done) return std::move(expansion.out);
  }
  return {Facts()};
}

void HarmlessFinder::fill(Id id, const Alternatives& alternatives) {
  const auto facts = facts_of(alternatives);
  Harmless why;
  bool proven = true;
  std::uint8_t kinds = 0;
  for (const auto& one : facts) {
    const auto own = one.why();
    proven = proven && own.has_value();
    why = why | own.value_or(Harmless());
    kinds |= one.kinds;
  }
  auto& place = out_.places_[id];
  place.why = proven ? why : Harmless();
  place.scalar = (kinds & harmless::containers) == 0;
  place.may_be_items = (kinds & harmless::containers) == harmless::kind(json::Kind::array);
  if (place.may_be_items) fill_items(id, facts);
  else if ((kinds & harmless::containers) == harmless::kind(json::Kind::object)) fill_members(id, facts);
}

/// Alternatives that are no object have no members; each of the others must say something of one.
void HarmlessFinder::fill_members(Id id, const std::vector<Facts>& facts) {
  std::set<std::string_view> names;
  for (const auto& one : facts)
    for (const auto index : one.objects) {
      const auto& table = program_->objects[index];
      for (std::uint32_t i = 0; i < table.name_count; ++i) names.insert(program_->text(program_->slots[table.order + i].text));
    }
  for (const auto name : names) {
    if (++steps_ > steps_max) return;
    Alternatives child;
    bool spoken_of = true;
    for (const auto& one : facts) {
      if ((one.kinds & harmless::kind(json::Kind::object)) == 0) continue;
      Blocks blocks;
      bool comes = true;
      for (const auto index : one.objects) {
        const auto& table = program_->objects[index];
        const auto* const slot = program_->find(table.slots, table.mask, name);
        const bool named = slot != nullptr && slot->block != none;
        if (named) blocks.push_back(slot->block);
        const bool shut_out = named ? (slot->forbidden & harmless::request_bit) != 0
                                    : table.name_pattern_count == 0 && table.additional != none &&
                                          program_->code[program_->blocks[table.additional].first].op == Op::never;
        comes = comes && !shut_out;
      }
      if (!comes) continue;
      spoken_of = spoken_of && !blocks.empty();
      child.push_back(std::move(blocks));
    }
    if (!spoken_of || child.empty()) continue;
    const auto of_name = id_of(std::move(child));
    if (of_name != HarmlessPlaces::nowhere) out_.places_[id].members.emplace_back(name, of_name);
  }
}

void HarmlessFinder::fill_items(Id id, const std::vector<Facts>& facts) {
  Alternatives child;
  for (const auto& one : facts) {
    if ((one.kinds & harmless::kind(json::Kind::array)) == 0) continue;
    if (one.items.empty()) return;
    child.push_back(one.items);
  }
  if (!child.empty()) {
    const auto items = id_of(std::move(child));
    out_.places_[id].items = items;
  }
}

HarmlessPlaces HarmlessFinder::finish() && {
  auto& places = out_.places_;
  std::vector<bool> useful(places.size());
  // Schemas may refer to themselves; what was found later mostly lies deeper, so going backwards settles it soon.
  constexpr int passes_max = 16;
  bool changed = true;
  for (int pass = 0; pass < passes_max && changed; ++pass) {
    changed = false;
    for (auto id = places.size(); id-- > 0;) {
      const auto& place = places[id];
      const bool now =
          place.why.proven() || useful[place.items] || std::ranges::any_of(place.members, [&](const auto& member) { return useful[member.second]; });
      if (now && !useful[id]) useful[id] = changed = true;
    }
  }
  for (auto& place : places) {
    std::erase_if(place.members, [&](const auto& member) { return !useful[member.second]; });
    place.members.shrink_to_fit();
    if (!useful[place.items]) place.items = HarmlessPlaces::nowhere;
  }
  return std::move(out_);
}

}  // namespace gatehouse::schema
