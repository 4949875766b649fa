#include "engines/inference/learned.hpp"

#include <algorithm>
#include <span>

#include "engines/contract/media_type.hpp"
#include "ground/base/arena.hpp"
#include "ground/base/text.hpp"
#include "ground/http/path.hpp"
#include "ground/http/query.hpp"

namespace gatehouse::inference {

namespace learning {
namespace {

constexpr std::string_view form_media = "application/x-www-form-urlencoded";
constexpr std::size_t pairs_max = 1000;  // of one query or form
// How much is taken in until it is counted again how much is kept: sightings, and bytes of them, each of which may add a shape.
constexpr std::uint64_t counted_every = 256, counted_every_bytes = 512 * 1024;
constexpr std::array<std::string_view, 7> described_methods{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};

/// "type/subtype" in lower case. Nothing: it is none, or one that a gate which holds to a contract does not take for what it says (RFC 2231, escapes in a boundary, a
/// charset of JSON that is none of JSON's).
std::optional<std::string> media_of(std::string_view field, std::string_view content) {
  const auto media = contract::MediaType::parse(field);
  if (!media || media->type == "*" || media->subtype == "*") return std::nullopt;
  if (media->type.starts_with("x-")) return std::nullopt;  // in a document that is an extension
  const bool ascii = std::ranges::all_of(content, [](char c) { return static_cast<unsigned char>(c) < 0x80; }) && !content.contains('%');
  if ((media->is_json() && !media->is_plain_utf8()) || (media->is(form_media) && !media->means_utf8(ascii))) return std::nullopt;
  const auto is_known = [](const auto& parameter) { return parameter.first == "boundary" || parameter.first == "charset"; };
  if (media->is("multipart/form-data") && !std::ranges::all_of(media->parameters, is_known)) return std::nullopt;
  return media->type + '/' + media->subtype;
}

bool is_json(std::string_view media) noexcept { return media == "application/json" || media.ends_with("+json"); }

struct Pair {
  std::string_view name, value;
};

/// The pairs of a query or a form, decoded; nothing: they are not UTF-8, or too many.
std::optional<std::vector<Pair>> pairs_of(std::string_view text, Arena& memory) {
  std::vector<Pair> pairs;
  while (const auto parameter = http::Query::next(text)) {
    const Pair pair{http::Query::decode(parameter->name, memory), http::Query::decode(parameter->value, memory)};
    if (pairs.size() == pairs_max || !text::is_utf8(pair.name) || !text::is_utf8(pair.value)) return std::nullopt;
    pairs.push_back(pair);
  }
  std::ranges::stable_sort(pairs, {}, &Pair::name);
  return pairs;
}

/// Calls `take` with each name and all of its pairs.
template <class Take>
void each_name(const std::vector<Pair>& pairs, const Take& take) {
  for (auto at = pairs.begin(); at != pairs.end();) {
    const auto end = std::find_if(at, pairs.end(), [&](const Pair& pair) { return pair.name != at->name; });
    take(std::span(at, end));
    at = end;
  }
}

/// All values of one parameter or field in one message.
void take_occurrences(Shape& shape, std::span<const Pair> pairs, const Origin& origin) {
  for (const auto& pair : pairs) shape.take_text(pair.value, origin);
  if (pairs.size() > 1) ++shape.repeated;
  shape.items_length = std::max(shape.items_length, order_of(pairs.size()));
}

/// A content that was read, before anything of it is kept.
struct Reading {
  bool there = false;
  std::string media;
  bool unread = true;
  std::optional<json::Document> document;
  std::vector<Pair> pairs;
};

std::optional<Taken> read(const Content& content, bool is_request, Arena& memory, Reading& out) {
  if (content.body == Content::Body::none || (content.body == Content::Body::whole && content.text.empty())) return std::nullopt;
  out.there = true;
  // RFC 9110 section 8.3: without the field a body may be taken for bytes of no known kind.
  auto media = media_of(content.media.empty() ? std::string_view("application/octet-stream") : std::string_view(content.media), content.text);
  if (!media) return Taken::undescribable;
  out.media = std::move(*media);
  if (content.body == Content::Body::unseen) return std::nullopt;
  if (is_json(out.media)) {
    // As the gate reads them that holds to a contract: nobody wants a contract for what it refuses.
    const auto size = std::max<std::size_t>(content.text.size(), 1);
    const json::Limits strict{.bytes = std::max(size, json::Limits{}.bytes)};
    const json::Limits wide{.bytes = size, .depth = 63, .members = size, .string_bytes = size, .wide_integers = true};
    auto document = json::parse(content.text, is_request ? strict : wide);
    if (!document) return Taken::unreadable;
    out.document = std::move(*document);
    out.unread = false;
  } else if (out.media == form_media && is_request) {
    if (content.text.contains(';') || !http::Query::parse(content.text)) return Taken::unreadable;
    auto pairs = pairs_of(content.text, memory);
    if (!pairs) return Taken::unreadable;
    out.pairs = std::move(*pairs);
    out.unread = false;
  }
  return std::nullopt;
}

void take(MediaTable& table, const Reading& reading, const Origin& origin) {
  if (!reading.there) return;
  auto& seen = table.of(reading.media);
  ++seen.seen;
  if (reading.unread || table.folded()) ++seen.unread;
  else if (reading.document) seen.shape.take(reading.document->root(), origin);
  else {
    ++seen.shape.seen;
    ++seen.shape.objects;
    each_name(reading.pairs, [&](std::span<const Pair> pairs) {
      const auto name = pairs.front().name;
      take_occurrences(seen.shape.member(name), pairs, {origin.caller, is_private_name(name)});
    });
  }
}

/// What is known of that endpoint; null: nothing.
const EndpointSeen* find(const PathNode& root, std::span<const std::string_view> segments, std::string_view method, Arena& memory) {
  const auto* node = &root;
  for (const auto segment : segments) {
    const auto literal = node->literals.find(http::NormalPath::decode(segment, memory));
    if (literal != node->literals.end()) node = &literal->second;
    else if (!node->variable.empty()) node = &node->variable.front();
    else return nullptr;
  }
  const auto at = node->methods.find(method);
  return at == node->methods.end() ? nullptr : &at->second;
}

std::size_t size_of(const MediaTable& table) noexcept {
  std::size_t all = 0;
  for (const auto& [media, seen] : table.all) all += seen.shape.size();
  return all;
}
std::size_t size_of(const AnswersSeen& answers) noexcept {
  std::size_t all = 0;
  for (const auto& [status, answer] : answers) all += 1 + size_of(answer.media);
  return all;
}

}  // namespace
}  // namespace learning

void MediaSeen::merge(const MediaSeen& other) {
  seen += other.seen;
  unread += other.unread;
  shape.merge(other.shape);
}

MediaSeen& MediaTable::of(std::string_view media) {
  if (folded()) return all.begin()->second;
  if (const auto found = all.find(media); found != all.end()) return found->second;
  if (all.size() == media_max) {
    fold();
    return all.begin()->second;
  }
  return all.emplace(media, MediaSeen{}).first->second;
}

// What bodies of many types have in common nobody asks for.
void MediaTable::fold() {
  MediaSeen together;
  for (const auto& [media, seen] : all) together.seen += seen.seen, together.unread += seen.seen;
  all.clear();
  all.emplace("*/*", std::move(together));
}

void MediaTable::merge(const MediaTable& other) {
  for (const auto& [media, seen] : other.all) all[media].merge(seen);
  if (all.size() > media_max || (all.size() > 1 && all.contains("*/*"))) fold();
}

void AnswerSeen::merge(const AnswerSeen& other) {
  seen += other.seen;
  media.merge(other.media);
}

void EndpointSeen::merge(const EndpointSeen& other) {
  if (other.seen == 0) return;
  first = seen == 0 ? other.first : std::min(first, other.first);
  last = seen == 0 ? other.last : std::max(last, other.last);
  seen += other.seen;
  callers.merge(other.callers);
  for (std::size_t i = 0; i < proof_count; ++i) proofs[i] += other.proofs[i];
  for (const auto& [name, parameter] : other.query) {
    auto& mine = query[name];
    mine.seen += parameter.seen;
    mine.shape.merge(parameter.shape);
  }
  bodies += other.bodies;
  requests.merge(other.requests);
  for (const auto& [status, answer] : other.answers) answers[status].merge(answer);
}

PathNode& PathNode::any() {
  if (variable.empty()) variable.emplace_back();
  return variable.front();
}

void PathNode::give_up_literals() {
  only_values = true;
  const auto all = std::move(literals);
  literals.clear();
  for (const auto& [text, node] : all) {
    if (text.empty()) {  // the slash at the end of a path
      literals.emplace(text, node);
      continue;
    }
    Shape value;
    value.take_text(text, {.caller = {}, .is_private = true}, node.passed);
    values.merge(value);
    any().merge(node);
  }
}

void PathNode::merge(const PathNode& other) {
  passed += other.passed;
  for (const auto& [method, endpoint] : other.methods) methods[method].merge(endpoint);
  values.merge(other.values);
  if (!other.variable.empty()) any().merge(other.variable.front());
  for (const auto& [text, node] : other.literals) literals[text].merge(node);
  if (only_values || other.only_values || literals.size() > literals_max) give_up_literals();
}

std::size_t PathNode::size() const noexcept {
  std::size_t all = 2 + values.size();
  for (const auto& [method, endpoint] : methods) {
    all += 2 + learning::size_of(endpoint.requests) + learning::size_of(endpoint.answers);
    for (const auto& [name, parameter] : endpoint.query) all += 1 + parameter.shape.size();
  }
  for (const auto& [text, node] : literals) all += node.size();
  for (const auto& node : variable) all += node.size();
  return all;
}

std::size_t Learned::size() const noexcept { return root_.size() + learning::size_of(other_answers_); }

void Learned::merge(const Learned& other) {
  root_.merge(other.root_);
  for (const auto& [status, answer] : other.other_answers_) other_answers_[status].merge(answer);
  for (std::size_t i = 0; i < taken_count; ++i) counts_[i] += other.counts_[i];
  since_ = std::min(since_, other.since_);
}

Taken Learned::take(const Sighting& sighting) {
  const auto taken = judge_and_take(sighting);
  ++counts_[static_cast<std::size_t>(taken)];
  if (taken == Taken::taken) since_ = std::min(since_, sighting.time);
  return taken;
}

// Everything is read first, so that what is not taken leaves nothing behind.
Taken Learned::judge_and_take(const Sighting& sighting) {
  using learning::Pair, learning::Reading;
  const bool teaches_paths = sighting.status / 100 == 2;
  if (!teaches_paths && sighting.status / 100 != 3 && sighting.status / 100 != 4) return Taken::no_teacher;
  Arena memory;
  Reading request, answer;
  // What HTTP itself gives to who has asked for it so says nothing of the API.
  if (sighting.status == 304) return Taken::no_teacher;
  if (const auto wrong = learning::read(sighting.answer, false, memory, answer)) return *wrong;
  // Of an answer to HEAD the type is told, and held to the contract.
  if (sighting.method == "HEAD" && !sighting.answer.media.empty()) {
    auto told = sighting.answer;
    told.body = Content::Body::unseen;
    if (const auto wrong = learning::read(told, false, memory, answer)) return *wrong;
  }
  taken_bytes_ += sighting.request.text.size() + sighting.answer.text.size() + sighting.path.size() + sighting.query.size();
  if (taken_since_++ % learning::counted_every == 0 || taken_bytes_ >= learning::counted_every_bytes) {
    size_ = size();
    taken_bytes_ = 0;
  }
  if (size_ > shapes_max) return Taken::full;
  // What the API said when it refused may be what a stranger wanted it to say: no word of it is kept.
  const Origin origin{.caller = Callers::of(sighting.caller), .is_private = !teaches_paths};
  if (!teaches_paths) {
    auto& seen = other_answers_[sighting.status];
    ++seen.seen;
    learning::take(seen.media, answer, origin);
    return Taken::taken;
  }
  if (std::ranges::find(learning::described_methods, sighting.method) == learning::described_methods.end()) return Taken::undescribable;
  if (const auto wrong = learning::read(sighting.request, true, memory, request)) return *wrong;
  const auto path = http::NormalPath::parse(sighting.path, memory);
  if (!path || path->has_encoded_slash() || path->segments().size() > segments_max) return Taken::undescribable;
  const auto pairs = learning::pairs_of(sighting.query, memory);
  if (!pairs) return Taken::unreadable;
  std::size_t names = 0;
  for (const auto& pair : *pairs)
    if (!is_name(pair.name) || ++names > learning::pairs_max) return Taken::undescribable;

  const auto* const known = learning::find(root_, path->segments(), sighting.method, memory);
  std::size_t parameters = known == nullptr ? 0 : known->query.size();
  learning::each_name(*pairs,
                      [&](std::span<const Pair> each) { parameters += known != nullptr && known->query.contains(each.front().name) ? 0 : 1; });
  if (parameters > parameters_max) return Taken::full;

  PathNode* node = &root_;
  ++node->passed;
  for (const auto segment : path->segments()) {
    const auto text = http::NormalPath::decode(segment, memory);
    const bool literal = text.empty() || (!node->only_values && is_literal_segment(text));
    if (literal && !node->literals.contains(text) && node->literals.size() == PathNode::literals_max) node->give_up_literals();
    if (literal && (text.empty() || !node->only_values)) {
      node = &node->literals.try_emplace(std::string(text)).first->second;
    } else {
      node->values.take_text(text, {origin.caller, true});
      node = &node->any();
    }
    ++node->passed;
  }
  auto& endpoint = node->methods[sighting.method];
  endpoint.first = endpoint.seen == 0 ? sighting.time : std::min(endpoint.first, sighting.time);
  endpoint.last = endpoint.seen == 0 ? sighting.time : std::max(endpoint.last, sighting.time);
  ++endpoint.seen;
  endpoint.callers.merge(origin.caller);
  ++endpoint.proofs[static_cast<std::size_t>(sighting.proof)];
  learning::each_name(*pairs, [&](std::span<const Pair> each) {
    auto& parameter = endpoint.query[std::string(each.front().name)];
    ++parameter.seen;
    learning::take_occurrences(parameter.shape, each, {origin.caller, is_private_name(each.front().name)});
  });
  if (request.there) ++endpoint.bodies;
  learning::take(endpoint.requests, request, origin);
  auto& seen = endpoint.answers[sighting.status];
  ++seen.seen;
  learning::take(seen.media, answer, origin);
  return Taken::taken;
}

}  // namespace gatehouse::inference
