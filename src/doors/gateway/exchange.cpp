#include "doors/gateway/exchange.hpp"

#include <algorithm>

#include "doors/gateway/recognize.hpp"
#include "doors/gateway/worker.hpp"
#include "ground/base/assert.hpp"
#include "ground/base/text.hpp"
#include "ground/http/forwarding.hpp"

namespace gatehouse::gateway {

namespace {
constexpr std::string_view jwks_path = "/.well-known/gatehouse/jwks.json";

/// Whether the fields of that number, lists of names between commas, name `name`.
bool lists(const http::Headers& headers, http::HeaderId id, std::string_view name) {
  for (const auto& field : headers.all()) {
    if (field.id != id) continue;
    for (const auto listed : text::split(field.value, ','))
      if (text::equal_ignoring_case(text::trim(listed), name)) return true;
  }
  return false;
}
}  // namespace

Exchange::Exchange(Worker& worker) : worker_(worker) {}

const Snapshot& Exchange::snapshot() const noexcept { return *snapshot_->snapshot; }
Instant Exchange::now() const noexcept { return worker_.loop().now(); }
Ticks Exchange::ticks() const noexcept { return worker_.loop().ticks(); }

std::shared_ptr<const token::KeySet> Exchange::keys_of(const Issuer& issuer) {
  const auto issuers = snapshot().issuers->all();
  const auto at = std::ranges::find(issuers, &issuer, &std::unique_ptr<Issuer>::get);
  GH_ASSERT(at != issuers.end());
  return snapshot_->issuer_keys[static_cast<std::size_t>(at - issuers.begin())].current();
}

void Exchange::open(net::Stream& stream, LocalSnapshot& snapshot) {
  stream_ = &stream;
  snapshot_ = &snapshot;
  ++snapshot.users;
  ended_ = false;
  state_ = State::staged;
  started_ = now();
  started_ticks_ = ticks();
  client_address_ = stream.peer().address;
  id_ = worker_.next_decision();
  const auto printed = id_.print();
  id_text_ = arena_.copy({printed.data(), printed.size()});
}

// ---- the way in ----

void Exchange::request(bool body_follows) {
  body_follows_ = body_follows;
  body_complete_ = !body_follows;
  auto verdict = judge_head();
  if (!verdict.passed()) return take(std::move(verdict), "canonical");
  advance();
}

// parse (done) -> admit -> canonical -> route
Verdict Exchange::judge_head() {
  const auto& peer = stream_->peer();
  auto canonical = http::canonical(head_, {peer.address, peer.secure, snapshot().trusted_proxies}, arena_);
  if (!canonical) {
    // A request that cannot be read counts against the client that sent it, not against the proxy that passed it on, and a client that may not
    // ask at all learns nothing from it.
    if (const auto origin = http::origin_of(head_.headers, peer.address, peer.secure, snapshot().trusted_proxies)) client_address_ = origin->client;
    if (auto problem = worker_.refuse_address(client_address_, snapshot(), arena_)) {
      decided_by_ = "admit";
      return Verdict::refuse(std::move(*problem));
    }
    return Verdict::refuse(std::move(canonical).error());
  }
  request_.emplace(*canonical);
  client_address_ = request_->client;
  if (request_->dropped_headers != 0) worker_.count(audit::Counter::headers_dropped, request_->dropped_headers);
  if (const auto sent = request_->headers.get(http::HeaderId::traceparent)) trace_ = audit::Trace::parse(*sent);
  decided_by_ = "admit";
  if (auto problem = worker_.refuse_address(client_address_, snapshot(), arena_)) return Verdict::refuse(std::move(*problem));

  if (peer.tls != nullptr && peer.tls->certificate_for(request_->authority.host()) != peer.tls->certificate_for(peer.server_name))
    return Verdict::refuse({.kind = http::ProblemKind::misdirected,
                            .told = {},
                            .rule = "tls.server_name",
                            .facts = "the connection was made for '" + std::string(peer.server_name) + "'",
                            .headers = {}});

  decided_by_ = "route";
  if (request_->asterisk) return Verdict::answer({204, {{"allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"}}, {}});
  if (request_->path.text() == jwks_path && !snapshot().identity_jwks.empty()) {
    if (request_->method != http::Method::get && request_->method != http::Method::head)
      return Verdict::refuse({.kind = http::ProblemKind::method_not_allowed,
                              .told = {},
                              .rule = "route.jwks",
                              .facts = {},
                              .headers = {http::HeaderId::allow, "GET, HEAD"}});
    return Verdict::answer({200, {{"content-type", "application/jwk-set+json"}, {"cache-control", "public, max-age=300"}}, snapshot().identity_jwks});
  }
  auto match = snapshot().router.match(request_->authority.host(), request_->path.segments(), request_->method, request_->method_token);
  if (std::holds_alternative<NoRoute>(match))
    return Verdict::refuse({.kind = http::ProblemKind::no_route, .told = {}, .rule = "route", .facts = {}, .headers = {}});
  if (auto* const other = std::get_if<MethodNotAllowed>(&match))
    return Verdict::refuse({.kind = http::ProblemKind::method_not_allowed,
                            .told = {},
                            .rule = "route.methods",
                            .facts = {},
                            .headers = {http::HeaderId::allow, other->allow}});
  route_ = &snapshot().routes[std::get<std::uint32_t>(match)];
  const auto& options = route_->options;
  const auto rule = [&](std::string_view what) { return http::Words::lasting(arena_.concat({"routes.", options.name, ".", what})); };
  if (request_->path.has_encoded_slash() && options.encoded_slash == EncodedSlash::refuse)
    return Verdict::refuse({.kind = http::ProblemKind::bad_path,
                            .told = "This path may not hold an encoded slash (%2F).",
                            .rule = rule("encoded_slash"),
                            .facts = {},
                            .headers = {}});
  if (!options.addresses.empty() && std::ranges::none_of(options.addresses, [&](const auto& block) { return block.contains(client_address_); }))
    return Verdict::refuse({.kind = http::ProblemKind::address_refused, .told = {}, .rule = rule("addresses"), .facts = {}, .headers = {}});
  if (request_->framing.kind == http::Framing::Kind::length && request_->framing.length > options.body_bytes_max)
    return Verdict::refuse({.kind = http::ProblemKind::body_too_large,
                            .told = "At most " + std::to_string(options.body_bytes_max) + " bytes are taken here.",
                            .rule = rule("body_bytes_max"),
                            .facts = "content-length " + std::to_string(request_->framing.length),
                            .headers = {}});
  if (body_follows_ && worker_.services().memory.spent())
    return Verdict::refuse({.kind = http::ProblemKind::overloaded,
                            .told = {},
                            .rule = "memory.bodies_max",
                            .facts = "the budget of buffered bytes is spent",
                            .headers = {}});
  return Verdict::pass();
}

void Exchange::advance() {
  state_ = State::staged;
  delay_place = {};
  while (stage_ < route_->stages.size()) {
    const auto& stage = *route_->stages[stage_];
    auto verdict = stage.request(*this);
    if (!verdict.passed()) return take(std::move(verdict), stage.name());
    ++stage_;
  }
  forward();
}

void Exchange::take(Verdict verdict, std::string_view stage) {
  auto& what = verdict.what();
  if (auto* const refused = std::get_if<Verdict::Refuse>(&what)) return refuse(std::move(refused->problem), stage);
  if (const auto* const answered = std::get_if<Answer>(&what)) return answer_here(*answered, stage);
  if (auto* const waiting = std::get_if<Verdict::Wait>(&what)) return park(std::move(*waiting), stage);
  ++stage_;  // Later: this stage has passed
  if (auto* const later = std::get_if<Verdict::Later>(&what)) {
    state_ = State::parked;
    worker_.count(audit::Counter::limit_delays);
    return worker_.loop().arm(delay_, later->after);
  }
  advance();
}

void Exchange::park(Verdict::Wait waiting, std::string_view stage) {
  state_ = State::parked;
  const auto generation = generation_;
  auto task = [this, generation, stage, loop = &worker_.loop(), work = std::move(waiting.work)]() mutable {
    auto resume = work();
    loop->post([this, generation, stage, resume = std::move(resume)]() mutable {
      if (generation != generation_ || ended_) return;  // the client left meanwhile
      take(resume(this), stage);
    });
  };
  const bool taken = worker_.submit(std::move(task), std::move(waiting.queue));
  if (!taken)
    refuse({.kind = http::ProblemKind::overloaded, .told = {}, .rule = "pool.queue", .facts = "too much waits already", .headers = {}}, stage);
}

void Exchange::malformed(http::Problem problem) { refuse(std::move(problem), "parse"); }

void Exchange::request_broken(http::Problem problem) {
  abandon_upstream();
  if (answer_begun_) {
    stream_->abort();
    return end(audit::Outcome::failed);
  }
  refuse(std::move(problem), "body");
}

// ---- answers of the gate's own ----

void Exchange::respond(http::Status status, std::span<const http::Field> fields, std::string_view body) {
  status_ = status;
  answer_begun_ = true;
  state_ = State::answering;
  const bool head_only = head_.method == http::Method::head;  // also when the request never became canonical: a body would be read as the next answer
  const bool bodiless = head_only || status == 204 || status == 304;
  bytes_out_ += bodiless ? 0 : body.size();
  last_word_ = true;
  give_places_back();
  // After a request that could be read in two ways, nothing that follows on its connection is to be trusted.
  const bool close = problem_ && http::info(*problem_).status == 400;
  const auto length = status == 204 ? std::nullopt : std::optional<std::uint64_t>(body.size());
  stream_->respond({.status = status, .fields = fields, .length = length, .close = close, .bodiless = bodiless}, bodiless ? std::string_view{} : body,
                   true);
}

// What every answer says: which decision it was, and when. An upstream's own date stays (RFC 9110 section 6.6.1).
void Exchange::add_gate_fields() {
  answer_fields_.add(http::HeaderId::gatehouse_decision, id_text_);
  if (!answer_fields_.get(http::HeaderId::date)) answer_fields_.add(http::HeaderId::date, arena_.copy(worker_.date()));
}

void Exchange::count_refusal(http::ProblemKind kind) noexcept {
  if (route_ == nullptr) worker_.count(audit::Counter::early_refusals);
  if (kind == http::ProblemKind::rate_limited || kind == http::ProblemKind::too_many_requests_at_once) worker_.count(audit::Counter::limit_refusals);
}

void Exchange::refuse(http::Problem problem, std::string_view stage) {
  abandon_upstream();
  const auto& about = http::info(problem.kind);
  count_refusal(problem.kind);
  problem_ = problem.kind;
  decided_by_ = stage == "canonical" && !decided_by_.empty() ? decided_by_ : stage;
  rule_ = problem.rule.kept_in(arena_);
  facts_ = problem.facts.kept_in(arena_);
  if (request_ && principal.kind == Principal::Kind::nobody && worker_.counts_as_failure(about.status)) recognize(*this);
  if (const auto ban = worker_.note_failure(about.status, client_address_, principal))
    facts_ = arena_.concat({facts_, facts_.empty() ? "" : "; ", "banned from now on"});
  const auto accept = head_.headers.get(http::HeaderId::accept).value_or("");
  const auto media = http::problem_media(accept);
  const auto body = http::render(problem, id_text_, media, arena_);
  answer_fields_.add(http::HeaderId::content_type, http::content_type(media));
  answer_fields_.add(http::HeaderId::cache_control, "no-store");
  add_gate_fields();
  if (problem.headers.id != http::HeaderId::unknown) answer_fields_.add(problem.headers.id, problem.headers.value.kept_in(arena_));
  // Whatever was full: what frees a place is counted in milliseconds to seconds, and a client that is not told when comes back at once.
  if (problem.kind == http::ProblemKind::overloaded && !answer_fields_.has(http::HeaderId::retry_after))
    answer_fields_.add(http::HeaderId::retry_after, "1");
  respond(about.status, answer_fields_.all(), body);
  end(about.status < 500 ? audit::Outcome::refused : audit::Outcome::failed);
}

void Exchange::answer_here(const Answer& answer, std::string_view stage) {
  if (stage != "canonical") decided_by_ = stage;
  for (const auto& [name, value] : answer.fields) answer_fields_.add({arena_.copy(name), arena_.copy(value), http::header_id(name)});
  add_gate_fields();
  respond(answer.status, answer_fields_.all(), answer.body);
  end(audit::Outcome::answered);
}

// ---- forwarding ----

void Exchange::forward() {
  state_ = State::forwarding;
  decided_by_ = "upstream";
  forwarded_ticks_ = ticks();
  if (!body_follows_) return connect({}, true);
  // Asking for the body hands over what of it has come already, so that it leaves with the head in one write.
  stream_->resume_body();
  if (state_ == State::forwarding && client_ == nullptr && !ended_) connect({}, false);
}

void Exchange::connect(std::string_view piece, bool last) {
  auto& pools = *snapshot_->pools[route_->upstream];
  const bool fresh = attempts_ > 0;
  ++attempts_;
  auto taken = pools.take(fresh, tried_);
  if (!taken) {
    worker_.count(audit::Counter::upstream_failures);
    const bool full = taken.error().fault == Fault::exhausted;
    return refuse({.kind = full ? http::ProblemKind::overloaded : http::ProblemKind::upstream_unreachable,
                   .told = {},
                   .rule = "upstreams." + pools.upstream().name(),
                   .facts = taken.error().detail,
                   .headers = {}},
                  "upstream");
  }
  client_ = taken->connection;
  worker_.count(client_->reused() ? audit::Counter::upstream_reused : audit::Counter::upstream_connections);
  server_ = taken->server;
  auto& out = worker_.head_writer();
  write_upstream_head(out);
  body_started_ |= !piece.empty();
  client_->begin(*this, route_->times, request().method, out.text(), piece, chunked_upstream(), last, upstream_trailers(last));
}

// HTTP/2 has room for trailers behind a body of known length, HTTP/1.1 only behind chunks.
bool Exchange::chunked_upstream() const noexcept {
  if (!body_follows_) return false;
  if (request().framing.kind == http::Framing::Kind::chunked) return true;
  return request().version == http::Version::http2 && !route_->options.trailers.empty() && head_.headers.has(http::HeaderId::trailer);
}

std::string_view Exchange::upstream_trailers(bool last) {
  if (!last || head_.trailers.size() == 0 || !chunked_upstream()) return {};
  std::string lines;
  for (const auto& field : head_.trailers.all())
    if (std::ranges::find(route_->options.trailers, field.name) != route_->options.trailers.end())
      lines.append(field.name).append(": ").append(field.value).append("\r\n");
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
    out.field(field.name, field.value);
  }
  for (const auto& field : request.underscored)
    if (std::ranges::find(route_->options.allow_underscore_headers, field.name) != route_->options.allow_underscore_headers.end())
      out.field(field.name, field.value);
  out.field("x-forwarded-for", worker_.text_of(request.client));
  out.field("x-forwarded-proto", request.secure ? "https" : "http");
  out.field("x-forwarded-host", request.authority.text());
  out.field("gatehouse-decision", id_text_);
  if (!identity.empty()) out.field("gatehouse-identity", identity);
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
  if (bytes_in_ > route_->options.body_bytes_max) {
    http::Problem problem{.kind = http::ProblemKind::body_too_large,
                          .told = "At most " + std::to_string(route_->options.body_bytes_max) + " bytes are taken here.",
                          .rule = "routes." + route_->options.name + ".body_bytes_max",
                          .facts = {},
                          .headers = {}};
    return request_broken(std::move(problem));
  }
  if (client_ == nullptr) return connect(piece, last);
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
  const bool told_limits = answer_fields_.has(http::HeaderId::rate_limit);
  const bool lists_fields = headers.has(http::HeaderId::connection);
  for (const auto& field : headers.all()) {
    using enum http::HeaderId;
    // What an answer's Connection names belongs to the connection with the upstream alone (RFC 9110 section 7.6.1).
    if (lists_fields && lists(headers, http::HeaderId::connection, field.name)) continue;
    switch (field.id) {
      // Hop-by-hop (RFC 9110 section 7.6.1); the framing is the codec's to write.
      case connection:
      case keep_alive:
      case proxy_connection:
      case proxy_authenticate:
      case proxy_authentication_info:
      case te:
      case trailer:
      case transfer_encoding:
      case upgrade:
      case content_length:
      // Only the gate speaks of itself, and tells the limits; what an upstream runs on is nobody's business.
      case gatehouse_decision:
      case gatehouse_identity:
      case x_powered_by:
      case server: continue;
      case rate_limit:
      case rate_limit_policy:
        if (told_limits) continue;
        break;
      case unknown:
        if (field.name.starts_with("gatehouse-")) continue;
        break;
      default: break;  // the switch names the exceptions among many
    }
    answer_fields_.add(field);
  }
  add_gate_fields();
}

void Exchange::answer(std::string_view piece, bool last) {
  answered_ticks_ = ticks();
  snapshot_->pools[route_->upstream]->succeeded(server_);
  state_ = State::answering;
  answer_begun_ = true;
  status_ = answer_head_.status;
  collect_answer_fields();
  for (auto i = stage_; i-- > 0;) route_->stages[i]->response(*this);
  const bool bodiless = request().method == http::Method::head || status_ == 204 || status_ == 304;
  std::optional<std::uint64_t> length;
  if (answer_head_.framing.kind == http::Framing::Kind::length) length = answer_head_.framing.length;
  else if (bodiless && status_ != 204)
    if (const auto told = answer_head_.headers.get(http::HeaderId::content_length)) length = text::parse_number<std::uint64_t>(*told);
  bytes_out_ += piece.size();
  if (last) client_ = nullptr;
  if (last) give_places_back();
  stream_->respond({.status = status_, .fields = answer_fields_.all(), .length = length, .bodiless = bodiless}, piece, last);
  if (ended_) return;  // the client was gone
  if (last) return end(audit::Outcome::passed);
  if (stream_->congested()) client_->pause_answer();
}

void Exchange::interim_answer() {
  if (answer_head_.status != 103) return;  // RFC 8297; 102 and what is unknown say nothing that a client could use
  http::Headers links(arena_);
  for (const auto& field : answer_head_.headers.all())
    if (field.id == http::HeaderId::link) links.add(field);
  stream_->interim(103, links.all());
}

void Exchange::answer_body(std::string_view piece, bool last) {
  bytes_out_ += piece.size();
  if (last) client_ = nullptr;
  if (last) give_places_back();
  stream_->send(piece, last);
  if (ended_) return;
  if (last) return end(audit::Outcome::passed);
  if (stream_->congested()) client_->pause_answer();
}

void Exchange::drained() {
  if (client_ != nullptr) client_->resume_answer();
}

bool Exchange::may_retry(const net::ClientFailure& failure) const noexcept {
  if (answer_begun_ || body_started_ || (body_follows_ && body_complete_)) return false;
  const auto& upstream = snapshot_->pools[route_->upstream]->upstream();
  if (attempts_ > upstream.options().retries) return false;
  using enum net::ClientFailure::Phase;
  // Nothing reached a server that was not connected. On a pooled connection a server may close just when we write; a request
  // that has no effect when it is done twice is then sent again (RFC 9110 section 9.2.2).
  if (failure.phase == connect) return !failure.timed_out || snapshot_->pools[route_->upstream]->size() > 1;
  return failure.reused && !failure.timed_out && !failure.malformed && http::is_idempotent(request_->method);
}

void Exchange::upstream_failed(net::ClientFailure failure) {
  client_ = nullptr;
  auto& pools = *snapshot_->pools[route_->upstream];
  if (failure.phase == net::ClientFailure::Phase::connect) {
    pools.failed(server_);
    tried_ |= std::uint64_t{1} << server_;
  }
  if (may_retry(failure)) return connect({}, !body_follows_);
  worker_.count(audit::Counter::upstream_failures);
  if (answer_begun_) {
    rule_ = "upstream";
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

// Before the last piece of the answer is handed over: the next request of the connection may begin within that call.
void Exchange::give_places_back() {
  route_permit = {};
  key_permit = {};
  own_places = {};
  delay_place = {};
}

void Exchange::abandon_upstream() {
  if (auto* const client = std::exchange(client_, nullptr)) client->abandon();
}

// ---- the end ----

void Exchange::gone() {
  if (ended_ || last_word_) return;  // respond() has handed over the whole answer; its caller ends the exchange
  abandon_upstream();
  if (!answer_begun_) {
    rule_ = "client-gone";
    facts_ = "the client left before the answer";
  }
  end(audit::Outcome::failed);
}

void Exchange::end(audit::Outcome outcome) {
  GH_ASSERT(!ended_);
  ended_ = true;
  ++generation_;
  delay_.disarm();
  give_places_back();
  audit::Record record;
  record.id = id_;
  record.time = started_;
  record.outcome = outcome;
  record.status = status_;
  record.problem = problem_;
  record.stage = decided_by_;
  record.rule = rule_;
  record.facts = facts_;
  record.principal = principal.subject;
  record.key_id = principal.key_id;
  if (route_ != nullptr) {
    record.route_number = route_->number;
    record.route = route_->options.name;
    record.logged = route_->audit_all;
  }
  if (request_) {
    record.method = request_->method_token;
    record.host = request_->authority.host();
    record.path = request_->path.text();
    record.query = request_->query.text();
    record.user_agent = request_->headers.get(http::HeaderId::user_agent).value_or("");
  } else {
    record.method = head_.method_token;
  }
  record.client = client_address_;
  if (trace_) record.trace = trace_->id;
  record.total = ticks() - started_ticks_;
  if (forwarded_ticks_ != Ticks{} && answered_ticks_ != Ticks{}) record.upstream = answered_ticks_ - forwarded_ticks_;
  record.bytes_in = bytes_in_;
  record.bytes_out = bytes_out_;
  worker_.finished(record);
  worker_.retire(*this);
}

void Exchange::reset() {
  stream_ = nullptr;
  client_ = nullptr;
  snapshot_ = nullptr;
  route_ = nullptr;
  request_.reset();
  head_.clear();
  answer_head_.clear();
  answer_fields_.clear();
  arena_.reset();
  principal = {};
  ring.reset();
  claims.reset();
  delay_place = {};
  identity = {};
  id_text_ = {};
  trace_.reset();
  forwarded_ticks_ = answered_ticks_ = Ticks{};
  bytes_in_ = bytes_out_ = tried_ = 0;
  stage_ = server_ = 0;
  attempts_ = 0;
  status_ = 0;
  problem_.reset();
  decided_by_ = rule_ = facts_ = {};
  state_ = State::idle;
  body_follows_ = body_started_ = answer_begun_ = last_word_ = false;
  body_complete_ = true;
}

}  // namespace gatehouse::gateway
