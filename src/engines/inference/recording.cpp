#include "engines/inference/recording.hpp"

#include <algorithm>
#include <limits>

#include "engines/inference/schema_text.hpp"
#include "ground/base/text.hpp"
#include "ground/json/document.hpp"
#include "ground/json/writer.hpp"

namespace gatehouse::inference {

namespace recording {
namespace {

constexpr std::int64_t version = 1;
constexpr std::size_t nodes_max = 200'000;

// ---- writing: members that say nothing are left out ----

void number(json::Writer& out, std::string_view name, std::uint64_t value) {
  if (value != 0) out.member(name, value);
}
void flag(json::Writer& out, std::string_view name, bool value) {
  if (value) out.member(name, true);
}

void write_words(json::Writer& out, const Vocabulary& vocabulary) {
  const auto proven = [](const auto& each) { return each.second.seen >= enum_word_seen_min && each.second.callers.count() >= enum_word_callers_min; };
  if (vocabulary.any || !std::ranges::all_of(vocabulary.words, proven)) {
    out.member("any", true);
    return;
  }
  if (vocabulary.words.empty()) return;
  out.key("words").begin_object();
  for (const auto& [text, word] : vocabulary.words)
    out.key(text).begin_object().member("seen", word.seen).member("callers", word.callers.bits()).end();
  out.end();
}

void write(json::Writer& out, const Shape& shape) {
  out.begin_object();
  number(out, "seen", shape.seen);
  number(out, "nulls", shape.nulls);
  number(out, "booleans", shape.booleans);
  number(out, "integers", shape.integers);
  number(out, "numbers", shape.numbers);
  number(out, "strings", shape.strings);
  number(out, "arrays", shape.arrays);
  number(out, "objects", shape.objects);
  number(out, "deep", shape.deep);
  number(out, "repeated", shape.repeated);
  number(out, "above", shape.magnitude.above);
  number(out, "below", shape.magnitude.below);
  flag(out, "zero", shape.magnitude.zero);
  number(out, "length", shape.length);
  flag(out, "empty", shape.empty);
  if (shape.looks != looks_all) out.member("looks", static_cast<unsigned>(shape.looks));
  write_words(out, shape.vocabulary);
  number(out, "items_length", shape.items_length);
  flag(out, "map", shape.map);
  if (!shape.items.empty()) write(out.key("items"), *shape.items.front());
  if (!shape.values.empty()) write(out.key("values"), *shape.values.front());
  if (!shape.members.empty()) {
    out.key("members").begin_object();
    for (const auto& [name, member] : shape.members) {
      out.key(name).begin_object().member("seen", member.seen);
      write(out.key("shape"), *member.shape);
      out.end();
    }
    out.end();
  }
  out.end();
}

void write(json::Writer& out, std::string_view name, const MediaTable& table) {
  out.key(name).begin_object();
  for (const auto& [media, seen] : table.all) {
    out.key(media).begin_object().member("seen", seen.seen);
    number(out, "unread", seen.unread);
    write(out.key("shape"), seen.shape);
    out.end();
  }
  out.end();
}

void write(json::Writer& out, const AnswersSeen& answers) {
  out.key("answers").begin_object();
  for (const auto& [status, answer] : answers) {
    out.key(std::to_string(status)).begin_object().member("seen", answer.seen);
    write(out, "media", answer.media);
    out.end();
  }
  out.end();
}

void write(json::Writer& out, const EndpointSeen& endpoint) {
  out.begin_object().member("seen", endpoint.seen).member("first", endpoint.first.time_since_epoch().count());
  out.member("last", endpoint.last.time_since_epoch().count()).member("callers", endpoint.callers.bits()).key("proofs").begin_array();
  for (const auto proof : endpoint.proofs) out.value(proof);
  out.end().member("bodies", endpoint.bodies).key("query").begin_object();
  for (const auto& [name, parameter] : endpoint.query) {
    out.key(name).begin_object().member("seen", parameter.seen);
    write(out.key("shape"), parameter.shape);
    out.end();
  }
  out.end();
  write(out, "requests", endpoint.requests);
  write(out, endpoint.answers);
  out.end();
}

void write(json::Writer& out, const PathNode& node, std::vector<const std::string*>& path) {
  out.begin_object().key("path").begin_array();
  for (const auto* const segment : path)
    if (segment == nullptr) out.value(nullptr);
    else out.value(*segment);
  out.end().member("passed", node.passed);
  flag(out, "only_values", node.only_values);
  if (node.values.seen != 0) write(out.key("values"), node.values);
  out.key("methods").begin_object();
  for (const auto& [method, endpoint] : node.methods) write(out.key(method), endpoint);
  out.end().end();
  for (const auto& [text, next] : node.literals) {
    path.push_back(&text);
    write(out, next, path);
    path.pop_back();
  }
  for (const auto& next : node.variable) {
    path.push_back(nullptr);
    write(out, next, path);
    path.pop_back();
  }
}

// ---- reading: what is of another kind than it should be makes it all invalid ----

class Reader {
 public:
  [[nodiscard]] bool good() const noexcept { return good_; }
  void spoil() noexcept { good_ = false; }

  template <class Number>
  void number(json::Value from, std::string_view name, Number& to, std::uint64_t most = std::numeric_limits<Number>::max()) {
    const auto member = from.get(name);
    if (!member) return;
    const auto value = member->natural();
    if (!value || *value > most) return spoil();
    to = static_cast<Number>(*value);
  }
  void flag(json::Value from, std::string_view name, bool& to) {
    const auto member = from.get(name);
    if (!member) return;
    const auto value = member->boolean();
    if (!value) return spoil();
    to = *value;
  }
  void callers(json::Value from, Callers& to) {
    std::uint64_t bits = 0;
    number(from, "callers", bits);
    to = Callers(bits);
  }
  void time(json::Value from, std::string_view name, Instant& to) {
    std::uint64_t count = 0;
    number(from, name, count, static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()));
    to = Instant(Duration(static_cast<std::int64_t>(count)));
  }
  /// Calls `take` with each member of an object that may be missing.
  template <class Take>
  void each(json::Value from, std::string_view name, const Take& take) {
    const auto object = from.get(name);
    if (!object) return;
    if (!object->is_object()) return spoil();
    for (const auto [key, value] : object->members()) {
      if (!value.is_object()) return spoil();
      take(key, value);
    }
  }

  void shape(json::Value from, Shape& to, std::size_t depth = 0) {
    if (!from.is_object() || depth > Shape::depth_max + 1) return spoil();
    number(from, "seen", to.seen);
    number(from, "nulls", to.nulls);
    number(from, "booleans", to.booleans);
    number(from, "integers", to.integers);
    number(from, "numbers", to.numbers);
    number(from, "strings", to.strings);
    number(from, "arrays", to.arrays);
    number(from, "objects", to.objects);
    number(from, "deep", to.deep);
    number(from, "repeated", to.repeated);
    number(from, "above", to.magnitude.above, Magnitude::beyond);
    number(from, "below", to.magnitude.below, Magnitude::beyond);
    flag(from, "zero", to.magnitude.zero);
    number(from, "length", to.length, Shape::unbounded);
    flag(from, "empty", to.empty);
    number(from, "looks", to.looks, looks_all);
    number(from, "items_length", to.items_length, Shape::unbounded);
    flag(from, "map", to.map);
    flag(from, "any", to.vocabulary.any);
    each(from, "words", [&](std::string_view text, json::Value value) {
      Vocabulary::Word word;
      number(value, "seen", word.seen);
      callers(value, word.callers);
      to.vocabulary.words.emplace(text, word);
    });
    if (to.vocabulary.words.size() > Vocabulary::words_max || (to.vocabulary.any && !to.vocabulary.words.empty())) spoil();
    if (const auto items = from.get("items")) shape(*items, *to.items.emplace_back(), depth + 1);
    if (const auto values = from.get("values")) shape(*values, *to.values.emplace_back(), depth + 1);
    each(from, "members", [&](std::string_view name, json::Value value) {
      auto& member = to.members[std::string(name)];
      number(value, "seen", member.seen);
      if (const auto inner = value.get("shape")) shape(*inner, *member.shape, depth + 1);
      else spoil();
    });
    if (to.members.size() > Shape::names_max || (to.map && !to.members.empty())) spoil();
  }

  void media(json::Value from, std::string_view name, MediaTable& to) {
    each(from, name, [&](std::string_view media, json::Value value) {
      auto& seen = to.all[std::string(media)];
      number(value, "seen", seen.seen);
      number(value, "unread", seen.unread);
      if (const auto inner = value.get("shape")) shape(*inner, seen.shape);
    });
    if (to.all.size() > MediaTable::media_max) spoil();
  }

  void answers(json::Value from, AnswersSeen& to) {
    each(from, "answers", [&](std::string_view status, json::Value value) {
      const auto number_of = text::parse_number<std::uint16_t>(status);
      if (!number_of || *number_of < 200 || *number_of > 499) return spoil();
      auto& answer = to[*number_of];
      number(value, "seen", answer.seen);
      media(value, "media", answer.media);
    });
  }

  void endpoint(json::Value from, EndpointSeen& to) {
    number(from, "seen", to.seen);
    time(from, "first", to.first);
    time(from, "last", to.last);
    callers(from, to.callers);
    const auto proofs = from.get("proofs");
    if (!proofs || proofs->size() != proof_count) return spoil();
    std::size_t at = 0;
    for (const auto proof : proofs->elements()) {
      const auto value = proof.natural();
      if (!value) return spoil();
      to.proofs[at++] = *value;
    }
    number(from, "bodies", to.bodies);
    each(from, "query", [&](std::string_view name, json::Value value) {
      auto& parameter = to.query[std::string(name)];
      number(value, "seen", parameter.seen);
      if (const auto inner = value.get("shape")) shape(*inner, parameter.shape);
    });
    media(from, "requests", to.requests);
    answers(from, to.answers);
    if (to.seen == 0 || to.query.size() > Learned::parameters_max) spoil();
  }

  void node(json::Value from, PathNode& root) {
    const auto path = from.is_object() ? from.get("path") : std::nullopt;
    if (!path || !path->is_array() || path->size() > Learned::segments_max) return spoil();
    auto* at = &root;
    for (const auto segment : path->elements()) {
      if (segment.is_null()) at = &at->any();
      else if (const auto text = segment.string()) at = &at->literals[std::string(*text)];
      else return spoil();
      if (at->literals.size() > PathNode::literals_max) return spoil();
    }
    number(from, "passed", at->passed);
    flag(from, "only_values", at->only_values);
    if (const auto values = from.get("values")) shape(*values, at->values);
    each(from, "methods", [&](std::string_view method, json::Value value) { endpoint(value, at->methods[std::string(method)]); });
  }

 private:
  bool good_ = true;
};

}  // namespace
}  // namespace recording

std::string Recording::write(const Learned& learned) {
  std::string text;
  json::Writer out(text);
  out.begin_object().member("version", recording::version);
  if (const auto since = learned.since()) out.member("since", since->time_since_epoch().count());
  out.key("counts").begin_array();
  for (const auto count : learned.counts_) out.value(count);
  out.end().key("nodes").begin_array();
  std::vector<const std::string*> path;
  recording::write(out, learned.root_, path);
  out.end();
  recording::write(out, learned.other_answers_);
  out.end();
  return text;
}

Result<Learned> Recording::read(std::string_view text) {
  const json::Limits limits{.bytes = bytes_max, .depth = 64, .members = recording::nodes_max, .string_bytes = 4096};
  const auto document = TRY(json::parse(text, limits));
  const auto root = document.root();
  const auto wrong = [] { return refuse(Fault::invalid, "this is no record of what was learned, or one of another version"); };
  std::uint64_t version = 0;
  recording::Reader reader;
  if (!root.is_object()) return wrong();
  reader.number(root, "version", version);
  if (version != recording::version) return wrong();
  Learned learned;
  const auto counts = root.get("counts"), nodes = root.get("nodes");
  if (!counts || !counts->is_array() || counts->size() != taken_count || !nodes || !nodes->is_array()) return wrong();
  std::size_t at = 0;
  for (const auto count : counts->elements()) {
    const auto number = count.natural();
    if (!number) return wrong();
    learned.counts_[at++] = *number;
  }
  if (root.get("since")) reader.time(root, "since", learned.since_);
  for (const auto node : nodes->elements()) reader.node(node, learned.root_);
  reader.answers(root, learned.other_answers_);
  if (!reader.good()) return wrong();
  learned.size_ = learned.size();
  return learned;
}

}  // namespace gatehouse::inference
