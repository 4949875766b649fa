// The half of an exchange that faces the upstream: what the upstream is told, what of its answer goes back, and what to do if it fails.
#include <algorithm>
#include <array>

#include "doors/gateway/exchange.hpp"
#include "doors/gateway/worker.hpp"
#include "ground/base/assert.hpp"
#include "ground/base/text.hpp"

namespace gatehouse::gateway {

namespace {
constexpr std::uint64_t answer_reserved_max = 64 * 1024;  // for a body that is only announced

/// Whether the fields of that number, lists of names between commas, name `name`.
bool lists(const http::Headers& headers, http::HeaderId id, std::string_view name) {
  for (const auto& field : headers.all()) {
    if (field.id != id) continue;
    for (const auto listed : text::split(field.value, ','))
      if (text::equal_ignoring_case(text::trim(listed), name)) return true;
  }
  return false;
}

/// Fields of an upstream's answer that no client hears.
constexpr auto withheld = [] {
  using enum http::HeaderId;
  std::array<bool, http::header_id_count> table{};
  // Hop-by-hop (RFC 9110 section 7.6.1); the framing is the codec's to write.
  for (const auto id : {connection, keep_alive, proxy_connection, proxy_authenticate, proxy_authentication_info, te, trailer, transfer_encoding,
                        upgrade, content_length})
    table[static_cast<std::size_t>(id)] = true;
  // Only the gate speaks of itself; what an upstream runs on is nobody's business.
  for (const auto id : {gatehouse_decision, gatehouse_identity, x_powered_by, server}) table[static_cast<std::size_t>(id)] = true;
  return table;
}();

/// What an answer says of its body that is not true any more when the body is another one. ETag stays: the same body of the upstream comes to the same here.
bool speaks_of_body(std::string_view name) noexcept {
  return name == "accept-ranges" || name == "content-md5" || name == "digest" || name == "content-digest" || name == "repr-digest";
}
}  // namespace

// ---- the way there ----

void Exchange::forward() {
  state_ = State::forwarding;
  if (!watched_) decided_by_ = "upstream";
  if (route_->learned_bytes_max != 0) begin_sighting();
  const auto late = std::exchange(late_piece_, {});
  if (body_complete_ || !late.empty()) connect(held_body_.begun() ? held_body_.text() : late, body_complete_);
  if (body_complete_ || ended_) return;
  // A client that says it will send a body and sends none holds no connection to the upstream: one is taken when the body begins to come. What of it is
  // there already is handed over within this call, and leaves with the head in one write.
  asked_turn_ = worker_.loop().turns();
  if (client_ == nullptr || !client_->congested()) stream_->resume_body();
}

// False: there is none to be had, and the request is refused.
bool Exchange::take_connection() {
  auto& pools = *snapshot_->pools[route_->upstream];
  const bool fresh = attempts_ > 0;
  if (!fresh) forwarded_ticks_ = ticks();
  auto taken = pools.take(fresh, tried_, snapshot().shared_upstreams ? worker_.holder_of(client_address_) : net::Shares::nobody);
  if (!taken && taken.error().fault == Fault::forbidden) {
    refuse({.kind = http::ProblemKind::too_many_requests_at_once,
            .told = {},
            .rule = "upstreams." + pools.upstream().name() + ".connections_max",
            .facts = taken.error().detail,
            .headers = {http::HeaderId::retry_after, "1"}},
           "upstream");
    return false;
  }
  ++attempts_;
  if (!taken) {
    worker_.count(audit::Counter::upstream_failures);
    if (pools.out_of_descriptors()) worker_.make_room();
    const bool full = taken.error().fault == Fault::exhausted;
    refuse({.kind = full ? http::ProblemKind::overloaded : http::ProblemKind::upstream_unreachable,
            .told = {},
            .rule = "upstreams." + pools.upstream().name(),
            .facts = taken.error().detail,
            .headers = {}},
           "upstream");
    return false;
  }
  client_ = taken->connection;
  worker_.count(client_->reused() ? audit::Counter::upstream_reused : audit::Counter::upstream_connections);
  server_ = taken->server;
  return true;
}

void Exchange::connect(std::string_view piece, bool last) {
  if (!take_connection()) return;
  auto& out = worker_.head_writer();
  write_upstream_head(out);
  body_started_ |= !piece.empty();
  client_->begin(*this, route_->times, client_request(), out.text(), piece, last, upstream_trailers(last));
}

// The server that was asked first was not there: another one, or the same once more, is told what that one did not hear.
void Exchange::connect_again(std::string unsent) {
  if (!take_connection()) return;
  client_->begin_again(*this, route_->times, client_request(), std::move(unsent), body_complete_);
  if (body_complete_) return;
  if (client_->congested()) stream_->pause_body();
  else stream_->resume_body();
}

// HTTP/2 has room for trailers behind a body of known length, HTTP/1.1 only behind chunks.
bool Exchange::chunked_upstream() const noexcept {
  if (!body_follows_) return false;
  if (request().framing.kind == http::Framing::Kind::chunked) return true;
  return request().version == http::Version::http2 && !route_->options.trailers.empty() && head_.headers.has(http::HeaderId::trailer);
}

// A body that the server does not read is its next request: of whoever comes next on the connection, past all that the gate has checked. So where a
// server need not expect one, and where the operator says that it may not read it, the connection ends with the answer, and the server is told that no
// request follows. The same the other way round: a server that sends the body of an answer to HEAD all the same, a moment behind its head, would send it to
// whoever comes next.
bool Exchange::ends_connection() const noexcept {
  if (request().method == http::Method::head) return true;
  return body_follows_ && (!http::expects_content(request().method) || !snapshot_->pools[route_->upstream]->upstream().options().reuse_after_body);
}

net::ClientRequest Exchange::client_request() const noexcept {
  return {.method = request().method, .content = body_follows_, .chunked = chunked_upstream(), .close = ends_connection()};
}

bool Exchange::hands_on_trailer(std::string_view name) const noexcept {
  return std::ranges::find(route_->options.trailers, name) != route_->options.trailers.end();
}

std::string_view Exchange::upstream_trailers(bool last) {
  if (!last || head_.trailers.size() == 0 || !chunked_upstream()) return {};
  std::string lines;
  for (const auto& field : head_.trailers.all())
    if (hands_on_trailer(field.name)) lines.append(field.name).append(": ").append(field.value).append("\r\n");
  return arena_.copy(lines);
}

void Exchange::write_upstream_head(net::http1::HeadWriter& out) const {
  const auto& request = this->request();
  auto path = request.path.text();
  // Whole segments only: "/api" is not the beginning of "/apiary". Both are in normal form, so that equal means equal.
  if (const auto& prefix = route_->strip_prefix; path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '/'))
    path.remove_prefix(prefix.size());
  out.clear();
  out.put(request.method_token);
  out.put(' ');
  if (!path.starts_with('/')) out.put('/');
  out.put(path);
  if (request.query.present()) {
    out.put('?');
    out.put(request.query.text());
  }
  out.put(" HTTP/1.1\r\n");
  out.field("host", request.authority.text());
  for (const auto& field : request.headers.all()) {
    using enum http::HeaderId;
    // What the client proved itself with is for the gate alone; the upstream gets the gate's word for it.
    if (field.id == authorization || field.id == x_api_key) continue;
    if (field.id == traceparent || field.id == content_length || field.id == transfer_encoding || field.id == expect || field.id == host) continue;
    if (field.id == tracestate && !trace_) continue;  // W3C Trace Context section 3.3: it means nothing without a valid traceparent
    // A part of an answer, or one in a coding, cannot be read. Both fields may be ignored by a server (RFC 9110 sections 12.5.3 and 14.2).
    if (route_->reads_answers && field.id == accept_encoding) continue;
    if (route_->asks_for_whole && (field.id == range || field.id == if_range)) continue;
    out.field(field.name, field.value);
  }
  if (route_->reads_answers) out.field("accept-encoding", "identity");
  for (const auto& field : request.underscored)
    if (std::ranges::find(route_->options.allow_underscore_headers, field.name) != route_->options.allow_underscore_headers.end())
      out.field(field.name, field.value);
  out.field("x-forwarded-for", request.client_known ? worker_.text_of(request.client) : "unknown");
  out.field("x-forwarded-proto", request.secure ? "https" : "http");
  out.field("x-forwarded-host", request.authority.text());
  out.field("gatehouse-decision", id_text_);
  if (!identity.empty()) out.field("gatehouse-identity", identity);
  const bool takes_trailers = !route_->options.trailers.empty() && lists(head_.headers, http::HeaderId::te, "trailers");
  if (takes_trailers) out.field("te", "trailers");  // some servers send none to who does not say so (RFC 9110 section 10.1.4)
  if (ends_connection()) out.field("connection", takes_trailers ? "close, te" : "close");
  else if (takes_trailers) out.field("connection", "te");
  const auto traceparent = worker_.child_of(trace_).print();
  out.field("traceparent", {traceparent.data(), traceparent.size()});
  if (chunked_upstream()) {
    out.put("transfer-encoding: chunked\r\n");
    for (const auto& name : route_->options.trailers)  // those that the client has announced (RFC 9110 section 6.6.2)
      if (lists(head_.headers, http::HeaderId::trailer, name)) out.field("trailer", name);
  } else if (request.framing.kind == http::Framing::Kind::length) {
    out.put("content-length: ");
    out.number(request.framing.length);
    out.put("\r\n");
  }
  out.put("\r\n");
}

void Exchange::request_body(std::string_view piece, bool last) {
  bytes_in_ += piece.size();
  body_complete_ = last;
  if (bytes_in_ > route_->options.body_bytes_max) return request_broken(body_too_large());
  if (state_ == State::collecting) return keep(piece);
  if (sighting_) see_body(sighting_->sighting.request, piece);
  if (answer_complete_) return;  // the upstream did without it, and its answer is being judged
  if (client_ == nullptr) {
    if (piece.empty() && !last) return;
    return worker_.loop().turns() == asked_turn_ ? connect(piece, last) : go_on_with(piece);
  }
  body_started_ |= !piece.empty();
  client_->send(piece, last, upstream_trailers(last));
  if (client_ != nullptr && client_->congested()) stream_->pause_body();
}

void Exchange::upstream_drained() {
  if (!ended_ && !body_complete_) stream_->resume_body();
}

// ---- the way back ----

void Exchange::collect_answer_fields() {
  const auto& headers = answer_head_.headers;
  const bool tells_limits = !readings.empty() || told_quota() != nullptr;
  const bool lists_fields = headers.has(http::HeaderId::connection);
  for (const auto& field : headers.all()) {
    using enum http::HeaderId;
    // What an answer's Connection names belongs to the connection with the upstream alone (RFC 9110 section 7.6.1).
    if (lists_fields && lists(headers, http::HeaderId::connection, field.name)) continue;
    if (withheld[static_cast<std::size_t>(field.id)]) continue;
    if (tells_limits && (field.id == rate_limit || field.id == rate_limit_policy)) continue;
    if (field.id == unknown && field.name.starts_with("gatehouse-")) continue;
    if ((replaced_ || !filters_.empty()) && speaks_of_body(field.name)) continue;
    answer_fields_.add(field);
  }
  if (trailers_can_follow()) announce_trailers();
  if (!route_->vary.empty()) keep_answer_apart();
  add_gate_fields();
}

// What one caller was answered no cache before the gate may give to another. An API that never sees the credential cannot say so, and HTTP itself knows only
// Authorization for one (RFC 9111 section 3.5). What the API says of sharing its answers stands.
void Exchange::keep_answer_apart() {
  bool says = false, varies = false;
  for (const auto& field : answer_fields_.all()) {
    varies |= field.id == http::HeaderId::vary && field.value == "*";
    if (field.id != http::HeaderId::cache_control) continue;
    for (const auto directive : text::split(field.value, ',')) {
      const auto name = text::trim(directive.substr(0, directive.find('=')));
      for (const std::string_view one : {"private", "no-store", "public", "s-maxage", "must-revalidate"})
        says |= text::equal_ignoring_case(name, one);
    }
  }
  if (!varies) answer_fields_.add(http::HeaderId::vary, route_->vary);
  if (!says) answer_fields_.add(http::HeaderId::cache_control, "private");
}

// HTTP/1.0 has no room for them, and one of a known length over HTTP/1.1 neither; an upstream has only sent chunks to us where they can come.
bool Exchange::trailers_can_follow() const noexcept {
  return !route_->options.trailers.empty() && answer_head_.framing.kind == http::Framing::Kind::chunked && head_.version != http::Version::http1_0;
}

void Exchange::announce_trailers() {
  for (const auto& name : route_->options.trailers)
    if (lists(answer_head_.headers, http::HeaderId::trailer, name)) answer_fields_.add(http::HeaderId::trailer, name);
}

// `piece` is the last of the body: with what trailers there are it ends the answer.
void Exchange::finish_answer(std::string_view piece) {
  http::Headers trailers(arena_);
  if (answer_head_.trailers.size() > 0 && trailers_can_follow())
    for (const auto& field : answer_head_.trailers.all())
      if (hands_on_trailer(field.name) && !lists(answer_head_.headers, http::HeaderId::connection, field.name)) trailers.add(field);
  if (trailers.size() == 0) stream_->send(piece, true);
  else stream_->finish(piece, trailers.all());
}

bool Exchange::answer_has_body() const noexcept {
  const auto& framing = answer_head_.framing;
  return framing.kind != http::Framing::Kind::none && (framing.kind != http::Framing::Kind::length || framing.length > 0);
}

void Exchange::replace_answer_body(std::string body) {
  GH_ASSERT(held_whole_);
  held_answer_ = std::move(body);
  answer_held_.set(held_answer_.capacity());
  replaced_ = true;
}

void Exchange::inflated_answer(std::optional<std::string> body) {
  http::Headers kept(arena_);
  for (const auto& field : answer_head_.headers.all())
    if (field.id != http::HeaderId::content_encoding) kept.add(field);
  answer_head_.headers = kept;
  inflated_ = replaced_ = true;
  if (body) replace_answer_body(std::move(*body));
}

void Exchange::filter_answer(std::unique_ptr<AnswerFilter> filter) {
  GH_ASSERT(state_ == State::weighing);
  filters_.push_back(std::move(filter));
}

void Exchange::answer(std::string_view piece, bool last) {
  answered_ticks_ = ticks();
  snapshot_->pools[route_->upstream]->succeeded(server_);
  if (sighting_) {
    see_answer();
    see_body(sighting_->sighting.answer, piece);
  }
  state_ = State::weighing;
  back_ = stage_;
  answer_complete_ = last;
  if (last) client_ = nullptr;
  fresh_ = piece;
  judge_answer();
  if (!ended_ && state_ == State::weighing) keep_answer(std::exchange(fresh_, {}), last);
  fresh_ = {};
}

// Last stage first. When all have passed it the answer leaves.
void Exchange::judge_answer() {
  while (back_ > 0) {
    const auto& stage = *route_->stages[back_ - 1];
    auto verdict = stage.response(*this);
    if (!verdict.passed()) return take_back(std::move(verdict), stage.name());
    --back_;
    too_large_ = false;
  }
  release_answer();
}

void Exchange::take_back(Verdict verdict, std::string_view stage) {
  auto& what = verdict.what();
  if (auto* const refused = std::get_if<Verdict::Refuse>(&what)) return refuse(std::move(refused->problem), stage);
  if (const auto* const answered = std::get_if<Answer>(&what)) {
    abandon_upstream();
    return answer_here(*answered, stage);
  }
  if (auto* const waiting = std::get_if<Verdict::Wait>(&what)) return park(std::move(*waiting), stage);
  if (const auto* const body = std::get_if<Verdict::Body>(&what)) return hold_answer(body->bytes_max);
  GH_ASSERT(verdict.passed());  // no answer waits for its turn
  --back_;
  too_large_ = false;
  judge_answer();
}

void Exchange::hold_answer(std::uint64_t bytes_max) {
  GH_ASSERT(!held_whole_ && !too_large_);  // else the stage has it
  answer_max_ = bytes_max;
  holds_answer_ = true;
  const auto& framing = answer_head_.framing;
  const bool told_large = framing.kind == http::Framing::Kind::length && framing.length > bytes_max;
  if (told_large || held_answer_.size() > bytes_max) {
    holds_answer_ = false;
    too_large_ = true;
    return judge_answer();
  }
  if (framing.kind == http::Framing::Kind::length) held_answer_.reserve(std::min<std::uint64_t>(framing.length, answer_reserved_max));
  if (!fresh_.empty() || answer_complete_) return keep_answer(std::exchange(fresh_, {}), answer_complete_);
  client_->resume_answer();
}

// What has come and may not leave yet. Who waits for the body is asked again when it is there, or is larger than it should be.
void Exchange::keep_answer(std::string_view piece, bool last) {
  answer_complete_ = last;
  if (last) client_ = nullptr;
  held_answer_ += piece;
  answer_held_.set(held_answer_.capacity());
  if (!holds_answer_) return;
  too_large_ = held_answer_.size() > answer_max_;
  held_whole_ = last && !too_large_;
  if (held_whole_ || too_large_) {
    holds_answer_ = false;
    return judge_answer();
  }
  if (worker_.services().memory.spent())
    refuse({.kind = http::ProblemKind::overloaded,
            .told = {},
            .rule = "memory.bodies_max",
            .facts = "the budget of buffered bytes is spent, and the answer was to be held until it is judged",
            .headers = {}},
           route_->stages[back_ - 1]->name());
}

/// What the codec is told of the length. A body that is held is whole, or only begins what streams on.
std::optional<std::uint64_t> Exchange::length_of_answer(bool bodiless) const noexcept {
  const auto& framing = answer_head_.framing;
  if (bodiless) {
    if (status_ == 204 || route_->changes_answers || inflated_) return std::nullopt;
    const auto told = answer_head_.headers.get(http::HeaderId::content_length);
    return told ? text::parse_number<std::uint64_t>(*told) : std::nullopt;
  }
  if (trailers_can_follow() || !std::ranges::all_of(filters_, [](const auto& filter) { return filter->keeps_length(); })) return std::nullopt;
  if (held_whole_) return held_answer_.size();
  if (framing.kind == http::Framing::Kind::length) return framing.length;
  return std::nullopt;
}

/// Nothing: the exchange has ended.
std::optional<std::string> Exchange::filtered(std::string_view piece, bool last) {
  std::string now;
  for (const auto& filter : filters_) {
    std::string out;
    out.reserve(piece.size());
    if (!filter->take(piece, last, out)) {
      stop_answer(*filter);
      return std::nullopt;
    }
    now = std::move(out);
    piece = now;
  }
  return now;
}

// What has left cannot be taken back: the client is to see that it is not whole.
void Exchange::stop_answer(const AnswerFilter& filter) {
  http::Problem problem{.kind = http::ProblemKind::answer_invalid,
                        .told = {},
                        .rule = http::Words::lasting(filter.rule()),
                        .facts = http::Words::lasting(filter.why()),
                        .headers = {}};
  if (!answer_begun_) return refuse(std::move(problem), filter.stage());
  abandon_upstream();
  problem_ = problem.kind;
  decided_by_ = filter.stage();
  rule_ = filter.rule();
  facts_ = arena_.concat({filter.why(), ", which broke it off"});
  stream_->abort();
  end(audit::Outcome::failed);
}

void Exchange::release_answer() {
  status_ = answer_head_.status;
  const bool last = answer_complete_;
  const bool bodiless = request().method == http::Method::head || status_ == 204 || status_ == 304;
  const auto length = length_of_answer(bodiless);
  const auto held = std::exchange(held_answer_, {});
  auto piece = held.empty() ? fresh_ : std::string_view(held);
  std::optional<std::string> changed;
  if (!filters_.empty() && !bodiless) {
    changed = filtered(piece, last);
    if (!changed) return;
    piece = *changed;
  }
  state_ = State::answering;
  answer_begun_ = true;
  collect_answer_fields();
  for (auto i = stage_; i-- > 0;) route_->stages[i]->leaving(*this);
  bytes_out_ += piece.size();
  if (last) give_places_back();
  const bool trailers = last && answer_head_.trailers.size() > 0 && trailers_can_follow();
  stream_->respond({.status = status_, .fields = answer_fields_.all(), .length = length, .bodiless = bodiless}, piece, last && !trailers);
  answer_held_.set(0);
  if (ended_) return;  // the client was gone
  if (trailers) finish_answer({});
  if (ended_) return;
  if (last) return end(audit::Outcome::passed);
  if (stream_->congested()) client_->pause_answer();
  else client_->resume_answer();
}

void Exchange::interim_answer() {
  if (answer_head_.status != 103) return;  // RFC 8297; 102 and what is unknown say nothing that a client could use
  http::Headers links(arena_);
  for (const auto& field : answer_head_.headers.all())
    if (field.id == http::HeaderId::link) links.add(field);
  stream_->interim(103, links.all());
}

void Exchange::answer_body(std::string_view piece, bool last) {
  if (sighting_) see_body(sighting_->sighting.answer, piece);
  if (state_ == State::weighing) return keep_answer(piece, last);
  std::optional<std::string> changed;
  if (!filters_.empty()) {
    changed = filtered(piece, last);
    if (!changed || (changed->empty() && !last)) return;
    piece = *changed;
  }
  bytes_out_ += piece.size();
  if (!last) {
    stream_->send(piece, false);
    if (!ended_ && stream_->congested()) client_->pause_answer();
    return;
  }
  client_ = nullptr;
  give_places_back();
  finish_answer(piece);
  if (!ended_) end(audit::Outcome::passed);
}

void Exchange::drained() {
  if (client_ != nullptr) client_->resume_answer();
}

bool Exchange::may_retry(const net::ClientFailure& failure) const noexcept {
  if (answer_begun_ || state_ == State::weighing) return false;
  const auto& upstream = snapshot_->pools[route_->upstream]->upstream();
  if (attempts_ > upstream.options().retries) return false;
  using enum net::ClientFailure::Phase;
  // Nothing reached a server that was not connected, and what it was to hear is still there. On a pooled connection a server may close just when we write; a request
  // that has no effect when it is done twice is then sent again (RFC 9110 section 9.2.2).
  if (failure.phase == connect) return !failure.timed_out || snapshot_->pools[route_->upstream]->size() > 1;
  if (!held_body_.begun() && (body_started_ || (body_follows_ && body_complete_))) return false;  // it is gone
  return failure.reused && !failure.timed_out && !failure.malformed && http::is_idempotent(request_->method);
}

void Exchange::upstream_failed(net::ClientFailure failure) {
  client_ = nullptr;
  auto& pools = *snapshot_->pools[route_->upstream];
  if (failure.phase == net::ClientFailure::Phase::connect) {
    pools.failed(server_);
    tried_ |= std::uint64_t{1} << server_;
  }
  if (may_retry(failure))
    return failure.phase == net::ClientFailure::Phase::connect ? connect_again(std::move(failure.unsent))
                                                               : connect(held_body_.text(), body_complete_);
  worker_.count(audit::Counter::upstream_failures);
  if (answer_begun_) {
    rule_ = arena_.concat({"upstreams.", pools.upstream().name()});
    facts_ = arena_.copy(failure.detail);
    problem_ = failure.timed_out ? http::ProblemKind::upstream_timeout : http::ProblemKind::upstream_malformed;
    stream_->abort();
    return end(audit::Outcome::failed);
  }
  const auto kind = failure.phase == net::ClientFailure::Phase::connect ? http::ProblemKind::upstream_unreachable
                    : failure.timed_out                                 ? http::ProblemKind::upstream_timeout
                    : failure.malformed                                 ? http::ProblemKind::upstream_malformed
                                                                        : http::ProblemKind::upstream_unreachable;
  refuse({.kind = kind, .told = {}, .rule = "upstreams." + pools.upstream().name(), .facts = failure.detail, .headers = {}}, "upstream");
}

void Exchange::abandon_upstream() {
  if (auto* const client = std::exchange(client_, nullptr)) client->abandon();
}

}  // namespace gatehouse::gateway
