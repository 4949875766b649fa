#include "engines/review/schema_audit.hpp"

#include <algorithm>
#include <array>

#include "engines/contract/json_pointer.hpp"
#include "engines/review/names.hpp"
#include "engines/review/pattern_reading.hpp"

namespace gatehouse::review {

using contract::Kinds, contract::Node;

namespace schema_audit {
namespace {
/// Texts of these end by themselves.
bool is_short_format(std::string_view format) noexcept {
  constexpr std::array<std::string_view, 14> formats{"date",     "date-time",    "time",  "duration",  "uuid",  "ipv4",  "ipv6",
                                                     "hostname", "idn-hostname", "email", "idn-email", "int32", "int64", "char"};
  return std::ranges::find(formats, format) != formats.end();
}

bool is_file(const SchemaView& view) noexcept {
  return std::ranges::any_of(view.formats, [](const Word& word) { return word.at.value.string() == "binary"; });
}

std::uint64_t mixed(std::uint64_t hash, std::uint64_t with) noexcept {
  hash ^= with + 0x9E3779B97F4A7C15U + (hash << 6U) + (hash >> 2U);
  hash *= 0xFF51AFD7ED558CCDU;
  return hash ^ (hash >> 33U);
}
}  // namespace
}  // namespace schema_audit

std::uint64_t SchemaAudit::Inherited::bits() const noexcept {
  std::uint64_t out = 0;
  for (const auto kind : {Kinds::null, Kinds::boolean, Kinds::integer, Kinds::fraction, Kinds::string, Kinds::array, Kinds::object})
    out = out << 1U | (kinds.has(kind) ? 1U : 0U);
  for (const bool fact : {typed, says_something, enumerated, short_text, restricted, few_items, few_members, least, most, closed, described, maps})
    out = out << 1U | (fact ? 1U : 0U);
  return out;
}

void SchemaAudit::look_at(const Node& schema, Use use, std::string label, bool body) {
  later({schema}, use, std::move(label), body, {});
  while (!waiting_.empty()) {
    const auto next = std::move(waiting_.front());
    waiting_.pop_front();
    look(next);
  }
}

void SchemaAudit::later(Nodes schemas, Use use, std::string label, bool body, const Inherited& inherited) {
  for (auto& one : schemas) {
    auto target = viewer_.resolved(one);
    link(one.value.identity(), target.value.identity());
    one = std::move(target);
  }
  std::uint64_t key = schema_audit::mixed(inherited.bits(), (use == Use::request ? 1U : 2U) + (body ? 4U : 0U));
  for (const auto& one : schemas) key = schema_audit::mixed(key, reinterpret_cast<std::uintptr_t>(one.value.identity()));
  if (seen_.size() >= positions_max || !seen_.insert(key).second) return;
  waiting_.push_back({std::move(schemas), use, std::move(label), body, inherited});
}

void SchemaAudit::look(const Position& position) {
  const auto view = viewer_.view(position.schemas);
  const auto* const own = position.schemas.front().value.identity();
  for (const auto& schema : position.schemas) link(own, schema.value.identity());
  for (const auto& part : view.parts) link(own, part.value.identity());
  if (view.never || (position.use == Use::request ? view.read_only : view.write_only)) return;
  if (view.cut) gap(view.at());

  auto facts = position.inherited;
  facts.kinds = facts.kinds & view.kinds;
  facts.typed = facts.typed || view.type.has_value();
  facts.says_something = facts.says_something || !view.says_nothing;
  facts.enumerated = facts.enumerated || view.values.has_value();
  facts.short_text = facts.short_text || view.limit("maxLength") != nullptr;
  for (const auto& word : view.formats) {
    const auto format = word.at.value.string().value_or("");
    facts.short_text = facts.short_text || schema_audit::is_short_format(format);
    facts.restricted = facts.restricted || (format != "binary" && format != "password" && format != "byte");
    if (format == "int32") facts.least = facts.most = true;
  }
  for (const auto& word : view.patterns) {
    const auto pattern = word.at.value.string().value_or("");
    facts.restricted = true;
    facts.short_text = facts.short_text || is_bounded(pattern);
    if (position.use == Use::request && !is_anchored(pattern)) findings_.add(RuleId::loose_pattern, word.at, "the pattern of " + position.label);
  }
  facts.few_items = facts.few_items || view.limit("maxItems") != nullptr;
  facts.few_members = facts.few_members || view.limit("maxProperties") != nullptr;
  facts.least = facts.least || view.least.has_value();
  facts.most = facts.most || view.most.has_value();
  facts.closed = facts.closed || view.closed.has_value();
  facts.described = facts.described || !view.properties.empty();
  facts.maps = facts.maps || !view.others.empty() || !view.pattern_properties.empty();

  look_at_words(position, view);
  for (const auto& alternatives : view.alternatives)
    for (const auto& branch : alternatives.branches) {
      link(own, branch.value.identity());
      later({branch}, position.use, position.label, position.body, facts);
    }
  const auto inner = [&](const Nodes& schemas, std::string label, bool body) {
    for (const auto& one : schemas) link(own, one.value.identity());
    later(schemas, position.use, std::move(label), body, {});
  };
  for (const auto& [name, schemas] : view.properties) {
    inner(schemas, "'" + std::string(name) + "'", false);
    look_at_property(name, viewer_.view(schemas), position);
  }
  for (const auto& [name, schemas] : view.pattern_properties) inner(schemas, "members like '" + std::string(name) + "'", false);
  if (!view.items.empty()) inner(view.items, "an item of " + position.label, position.body);
  if (!view.others.empty()) inner(view.others, "further members of " + position.label, false);
  if (view.alternatives.empty()) look_at_leaf(position, view, facts);
}

/// Where no alternatives follow, what is not bounded by now never is.
void SchemaAudit::look_at_leaf(const Position& position, const SchemaView& view, const Inherited& facts) {
  const bool request = position.use == Use::request;
  if (facts.enumerated || !view.named.empty()) return;
  if (!facts.typed) {
    findings_.add(request ? RuleId::untyped_value : RuleId::untyped_answer, view.at(),
                  position.label + (facts.says_something ? " says no 'type': what its words do not speak of goes through" : ""));
    gap(view.at());
    if (!facts.described && !facts.maps && view.items.empty()) return;
  }
  const bool any_kind = !facts.typed;
  if (facts.kinds.has(Kinds::string) && !any_kind) look_at_text(position, view, facts);
  if (facts.kinds.has(Kinds::array) && (!any_kind || !view.items.empty())) {
    if (!facts.few_items) findings_.add(request ? RuleId::unbounded_array : RuleId::unbounded_answer_array, view.at(), "the list " + position.label);
    if (view.items.empty() &&
        std::ranges::none_of(view.opaque, [](const Word& word) { return word.word == "prefixItems" || word.word == "items"; })) {
      findings_.add(request ? RuleId::untyped_value : RuleId::untyped_answer, view.at(), "the items of " + position.label);
      gap(view.at());
    }
  }
  if (facts.kinds.has_number() && !any_kind && !(facts.least && facts.most))
    findings_.add(request ? RuleId::unbounded_number : RuleId::unbounded_answer_number, view.at(), "the number " + position.label);
  if (facts.kinds.has(Kinds::object)) look_at_object(position, view, facts);
}

void SchemaAudit::look_at_text(const Position& position, const SchemaView& view, const Inherited& facts) {
  if (position.use == Use::answer) {
    if (!facts.short_text && !schema_audit::is_file(view)) findings_.add(RuleId::unbounded_answer_string, view.at(), "the text " + position.label);
    return;
  }
  if (schema_audit::is_file(view)) {
    if (!facts.short_text) findings_.add(RuleId::unbounded_upload, view.at(), "the file " + position.label);
    return;
  }
  if (!facts.short_text) findings_.add(RuleId::unbounded_string, view.at(), "the text " + position.label);
  else if (!facts.restricted) findings_.add(RuleId::free_string, view.at(), "the text " + position.label);
}

void SchemaAudit::look_at_object(const Position& position, const SchemaView& view, const Inherited& facts) {
  const bool request = position.use == Use::request;
  if (facts.described) {
    if (!facts.closed && !facts.maps) findings_.add(request ? RuleId::open_object : RuleId::open_answer, view.at(), "the object " + position.label);
    return;
  }
  if (facts.maps) {
    if (request && !facts.few_members && !facts.closed) findings_.add(RuleId::unbounded_map, view.at(), "the map " + position.label);
    return;
  }
  if (facts.closed || !facts.typed) return;
  findings_.add(request ? RuleId::free_object : RuleId::open_answer, view.at(), "the object " + position.label + " describes no members");
  gap(view.at());
}

void SchemaAudit::look_at_property(std::string_view name, const SchemaView& property, const Position& position) {
  const std::string label = "'" + std::string(name) + "' of " + position.label;
  const bool text_or_number = !property.type || property.kinds.has(Kinds::string) || property.kinds.has_number();
  if (position.use == Use::answer) {
    if (text_or_number && !property.write_only && is_secret_name(name)) findings_.add(RuleId::secret_in_answer, property.at(), label);
    return;
  }
  if (!position.body || property.read_only) return;
  if (is_privilege_name(name)) findings_.add(RuleId::privilege_field, property.at(), label);
  else if (is_server_name(name)) findings_.add(RuleId::writable_server_field, property.at(), label);
}

void SchemaAudit::look_at_words(const Position& position, const SchemaView& view) {
  for (const auto& part : view.parts)
    for (const std::string_view word : {"contentEncoding", "contentMediaType", "contentSchema"})
      if (const auto value = part.value.get(word))
        findings_.add(RuleId::annotated_content, part.child(word, *value), std::string(word) + " of " + position.label);
}

void SchemaAudit::mark(const contract::SchemaNotice& notice) {
  // The place of the word; the schema is what holds it.
  std::string_view pointer = notice.pointer;
  for (int tries = 0; tries < 2; ++tries) {
    const auto value = contract::follow(notice.source->root(), pointer);
    if (value && value->is_object()) return gap({notice.source, *value, std::string(pointer)});
    const auto slash = pointer.rfind('/');
    pointer = pointer.substr(0, slash == pointer.npos ? 0 : slash);
  }
}

SchemaAudit::Index SchemaAudit::index_of(const void* identity) {
  const auto [at, fresh] = indices_.try_emplace(identity, static_cast<Index>(holders_.size()));
  if (fresh) {
    holders_.emplace_back();
    gaps_.push_back(false);
  }
  return at->second;
}

void SchemaAudit::link(const void* holder, const void* held) {
  if (holder == held) return;
  const auto from = index_of(holder), to = index_of(held);
  holders_[to].push_back(from);
}

void SchemaAudit::gap(const Node& at) { gaps_[index_of(at.value.identity())] = true; }

void SchemaAudit::spread_gaps() {
  spread_ = true;
  std::vector<Index> waiting;
  for (Index i = 0; i < gaps_.size(); ++i)
    if (gaps_[i]) waiting.push_back(i);
  while (!waiting.empty()) {
    const auto next = waiting.back();
    waiting.pop_back();
    for (const auto holder : holders_[next]) {
      if (gaps_[holder]) continue;
      gaps_[holder] = true;
      waiting.push_back(holder);
    }
  }
}

bool SchemaAudit::has_gaps(const Node& schema) {
  if (!spread_) spread_gaps();
  const auto known = indices_.find(schema.value.identity());
  return known != indices_.end() && gaps_[known->second];
}

}  // namespace gatehouse::review
