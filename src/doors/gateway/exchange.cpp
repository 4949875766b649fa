#include "doors/gateway/exchange.hpp"

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

#include "doors/gateway/facts.hpp"
#include "doors/gateway/recognize.hpp"
#include "doors/gateway/worker.hpp"
#include "ground/base/assert.hpp"
#include "ground/base/text.hpp"
#include "ground/http/forwarding.hpp"
#include "services/audit/audit.hpp"
#include "services/keys/leak.hpp"
#include "services/limits/rate_limit_headers.hpp"

namespace gatehouse::gateway {

namespace {
/// What the log says beside the rule: the facts, else what the caller is told, which says what is wrong as well.
const http::Words& facts_of(const http::Problem& problem) { return problem.facts.empty() ? problem.told : problem.facts; }

audit::Outcome outcome_of(http::ProblemKind kind) noexcept {
  return http::info(kind).cause == http::Cause::caller ? audit::Outcome::refused : audit::Outcome::failed;
}

/// What of a target or a host that nobody could read may stand in the log: no userinfo, which may be a password (RFC 3986 section 3.2.1), and no fragment.
std::string_view for_the_log(std::string_view sent, Arena& memory) {
  const auto text = sent.substr(0, sent.find('#'));
  if (text.starts_with('/') && !text.starts_with("//")) return text;
  const auto scheme = text.find("//");
  const auto from = scheme == text.npos ? 0 : scheme + 2;
  const auto at = text.substr(0, text.find_first_of("/?", from)).rfind('@');
  return at == text.npos || at < from ? text : memory.concat({text.substr(0, from), text.substr(at + 1)});
}
}  // namespace

Exchange::Exchange(Worker& worker) : worker_(worker), held_body_(worker.services(), worker.buffered()), answer_held_(worker.buffered()) {}

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
  started_ticks_ = stream.begun();
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

// A request that cannot be read counts against the client that sent it, not against the proxy that passed it on, and a client that may not ask
// at all learns nothing from it. A proxy writes who asks behind what the client sent: of a head that broke off, or was cut at a limit, that word is
// missing, and what stands there instead may be the client's own. Then nobody is known to have asked, and it counts against nobody.
std::optional<http::Problem> Exchange::refuse_origin() {
  const auto& peer = stream_->peer();
  if (http::is_trusted(peer.address, snapshot().trusted_proxies)) {
    const auto origin =
        head_.whole ? http::origin_of(head_.headers, peer.address, peer.secure, snapshot().trusted_proxies) : std::unexpected(http::Problem{});
    client_known_ = origin.has_value() && origin->client_known;
    if (!origin) return std::nullopt;
    client_address_ = origin->client;
  }
  return worker_.refuse_address({client_address_, client_known_}, snapshot(), arena_);
}

// parse (done) -> canonical -> admit -> route. Admission needs the client, and that is read together with the canonical form; a request that has none is
// admitted or refused by refuse_origin before its own fault is told, so that to the client it is as if admit came first.
Verdict Exchange::judge_head() {
  for (const auto step : {&Exchange::make_canonical, &Exchange::admit, &Exchange::answer_itself, &Exchange::find_route,
                          &Exchange::keep_keys_out_of_urls, &Exchange::fit_route}) {
    auto verdict = (this->*step)();
    if (!verdict.passed()) return verdict;
  }
  return Verdict::pass();
}

Verdict Exchange::make_canonical() {
  const auto& peer = stream_->peer();
  auto canonical = http::canonical(head_, {peer.address, peer.secure, snapshot().trusted_proxies}, arena_);
  if (!canonical) {
    if (auto problem = refuse_origin()) {
      decided_by_ = "admit";
      return Verdict::refuse(std::move(*problem));
    }
    return Verdict::refuse(std::move(canonical).error());
  }
  request_.emplace(*canonical);
  client_address_ = request_->client;
  client_known_ = request_->client_known;
  if (request_->dropped_headers != 0) worker_.count(audit::Counter::headers_dropped, request_->dropped_headers);
  if (const auto sent = request_->headers.get(http::HeaderId::traceparent)) trace_ = audit::Trace::parse(*sent);
  return Verdict::pass();
}

Verdict Exchange::admit() {
  decided_by_ = "admit";
  if (auto problem = worker_.refuse_address({client_address_, client_known_}, snapshot(), arena_)) return Verdict::refuse(std::move(*problem));
  const auto& peer = stream_->peer();
  if (peer.tls == nullptr || peer.tls->certificate_for(request().authority.host()) == peer.tls->certificate_for(peer.server_name))
    return Verdict::pass();
  return Verdict::refuse({.kind = http::ProblemKind::misdirected,
                          .told = {},
                          .rule = "admit.server-name",
                          .facts = "the connection was made for '" + std::string(peer.server_name) + "'",
                          .headers = {}});
}

// What the gate is asked itself: OPTIONS *, and the key set of its identities.
Verdict Exchange::answer_itself() {
  decided_by_ = "route";
  if (request().asterisk) return Verdict::answer({204, {{"allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"}}, {}});
  if (request().path.text() != identity_keys_path || snapshot().identity_jwks.empty()) return Verdict::pass();
  if (request().method == http::Method::get || request().method == http::Method::head)
    return Verdict::answer({200, {{"content-type", "application/jwk-set+json"}, {"cache-control", "public, max-age=300"}}, snapshot().identity_jwks});
  return Verdict::refuse({.kind = http::ProblemKind::method_not_allowed,
                          .told = {},
                          .rule = "route.jwks",
                          .facts = facts(arena_, {"method ", request_->method_token, "; allowed are GET, HEAD"}),
                          .headers = {http::HeaderId::allow, "GET, HEAD"}});
}

Verdict Exchange::find_route() {
  auto match = snapshot().router.match(request().authority.host(), request().path.segments(), request().method, request().method_token);
  if (const auto* const none = std::get_if<NoRoute>(&match))
    return Verdict::refuse({.kind = http::ProblemKind::no_route,
                            .told = {},
                            .rule = "route.none",
                            .facts = facts(arena_, {none->why, " on the host '", request().authority.host(), "'"}),
                            .headers = {}});
  if (auto* const other = std::get_if<MethodNotAllowed>(&match))
    return Verdict::refuse({.kind = http::ProblemKind::method_not_allowed,
                            .told = {},
                            .rule = "route.methods",
                            .facts = facts(arena_, {"method ", request().method_token, "; allowed are ", other->allow}),
                            .headers = {http::HeaderId::allow, other->allow}});
  route_ = &snapshot().routes[std::get<std::uint32_t>(match)];
  return Verdict::pass();
}

// Also where no credential is asked for: what goes on to an upstream stands in its logs. It costs one search of the query, where there is one.
Verdict Exchange::keep_keys_out_of_urls() {
  if (!request().query.present()) return Verdict::pass();
  const auto query = request().query.text();
  auto found = keys::find_key(query);
  if (!found && query.contains('%')) {  // `ghk%5Flive...`, which a log that decodes shows plainly
    found = keys::find_key(http::Query::decode(query, arena_));
    hidden_key_ = found.has_value();
  }
  if (!found) return Verdict::pass();
  decided_by_ = "authenticate";
  return Verdict::refuse({.kind = http::ProblemKind::credential_invalid,
                          .told = "An API key does not belong into a URL, where logs and histories keep it.",
                          .rule = "authenticate.key-in-query",
                          // Its id, so that its owner can be found, and nothing else of the query: values of parameters never stand in the log.
                          .facts = "the key with the id " + std::string(found->id.text()) + (found->whole ? "" : ", cut or mistyped"),
                          .headers = {http::HeaderId::www_authenticate, "Bearer realm=\"gatehouse\", error=\"invalid_token\""}});
}

// What the route says about any request, whoever sends it.
Verdict Exchange::fit_route() {
  const auto& options = route_->options;
  if (request().path.has_encoded_slash() && options.encoded_slash == EncodedSlash::refuse)
    return Verdict::refuse({.kind = http::ProblemKind::bad_path,
                            .told = "This path may not hold an encoded slash (%2F).",
                            .rule = rule_of_route("encoded_slash"),
                            .facts = "%2F in the path",
                            .headers = {}});
  if (!options.addresses.empty() &&
      std::ranges::none_of(options.addresses, [&](const auto& block) { return block.contains(request().client_to_judge()); }))
    return Verdict::refuse({.kind = http::ProblemKind::address_refused,
                            .told = {},
                            .rule = rule_of_route("addresses"),
                            .facts = facts(arena_, {"client ", client_known_ ? worker_.text_of(client_address_) : "unknown", ", which is in none of ",
                                                    Digits(options.addresses.size()), " blocks"}),
                            .headers = {}});
  if (request().framing.kind == http::Framing::Kind::length && request().framing.length > options.body_bytes_max) {
    auto problem = body_too_large();
    problem.facts = facts(arena_, {"content-length ", Digits(request().framing.length), ", limit ", Digits(options.body_bytes_max)});
    return Verdict::refuse(std::move(problem));
  }
  if (body_follows_ && worker_.services().memory.spent())
    return Verdict::refuse({.kind = http::ProblemKind::overloaded,
                            .told = {},
                            .rule = "memory.bodies_max",
                            .facts = "the budget of buffered bytes is spent",
                            .headers = {}});
  return Verdict::pass();
}

http::Problem Exchange::body_too_large() {
  return {.kind = http::ProblemKind::body_too_large,
          .told = "At most " + std::to_string(route_->options.body_bytes_max) + " bytes are taken here.",
          .rule = rule_of_route("body_max"),
          .facts = facts(arena_, {"more than ", Digits(route_->options.body_bytes_max), " bytes have come"}),
          .headers = {}};
}

http::Words Exchange::rule_of_route(std::string_view setting) {
  return http::Words::lasting(arena_.concat({"routes.", route_->options.name, ".", setting}));
}

void Exchange::advance() {
  state_ = State::staged;
  delay_place = {};
  while (stage_ < route_->stages.size()) {
    const auto& stage = *route_->stages[stage_];
    if (stage_ >= passed_ || stage.asked_again()) {
      auto verdict = stage.request(*this);
      if (!verdict.passed()) return take(std::move(verdict), stage.name());
    }
    ++stage_;
  }
  forward();
}

// The request has waited, for as long as its sender pleased: what would refuse it now if it had just come refuses it. What it was charged it is not
// charged again.
void Exchange::go_on() {
  if (auto problem = worker_.refuse_shut_out({client_address_, client_known_}, snapshot(), arena_)) return refuse(std::move(*problem), "admit");
  passed_ = std::max(passed_, stage_);
  stage_ = 0;
  if (ring && (rings_before_.empty() || rings_before_.back() != ring)) rings_before_.push_back(ring);
  principal = {};
  advance();
}

// The body was long in coming. Its first piece waits here until it is clear that it may still be sent.
void Exchange::go_on_with(std::string_view piece) {
  late_piece_ = piece;
  if (!body_complete_) stream_->pause_body();
  go_on();
}

void Exchange::take(Verdict verdict, std::string_view stage) {
  auto& what = verdict.what();
  if (auto* const refused = std::get_if<Verdict::Refuse>(&what)) return refuse(std::move(refused->problem), stage);
  if (const auto* const answered = std::get_if<Answer>(&what)) return answer_here(*answered, stage);
  if (auto* const waiting = std::get_if<Verdict::Wait>(&what)) return park(std::move(*waiting), stage);
  if (std::holds_alternative<Verdict::Body>(what)) return collect_body();
  ++stage_;  // Later: this stage has passed
  if (auto* const later = std::get_if<Verdict::Later>(&what)) {
    state_ = State::parked;
    worker_.count(audit::Counter::limit_delays);
    return worker_.loop().arm(delay_, later->after);
  }
  advance();
}

void Exchange::park(Verdict::Wait waiting, std::string_view stage) {
  const bool back = state_ == State::weighing;
  if (!back) state_ = State::parked;
  else if (client_ != nullptr) client_->pause_answer();
  const auto generation = generation_;
  const std::uint32_t reads = waiting.reads ? 1 : 0;
  auto task = [this, generation, stage, back, reads, loop = &worker_.loop(), work = std::move(waiting.work)]() mutable {
    auto resume = work();
    work = {};  // what it keeps of the snapshot may be the last of it, and is much to destroy
    loop->post([this, generation, stage, back, reads, resume = std::move(resume)]() mutable {
      --awaited_;
      readers_ -= reads;
      if (generation != generation_ || ended_) return worker_.release_soon();  // the client left meanwhile
      auto verdict = resume(this);
      back ? take_back(std::move(verdict), stage) : take(std::move(verdict), stage);
    });
  };
  if (worker_.submit(std::move(task), std::move(waiting.queue))) {
    ++awaited_;
    readers_ += reads;
  } else {
    refuse({.kind = http::ProblemKind::overloaded, .told = {}, .rule = "pool.queue", .facts = "too much waits already", .headers = {}}, stage);
  }
}

// What of the body is there already is handed over within the call.
void Exchange::collect_body() {
  GH_ASSERT(!body_complete_ && !held_body_.begun());  // else the stage has it
  state_ = State::collecting;
  asked_turn_ = worker_.loop().turns();
  const auto& framing = request().framing;
  held_body_.begin(framing.kind == http::Framing::Kind::length ? std::optional(framing.length) : std::nullopt);
  stream_->resume_body();
}

void Exchange::keep(std::string_view piece) {
  held_body_.add(piece);
  if (body_complete_) return worker_.loop().turns() == asked_turn_ ? advance() : go_on();
  if (const auto why = held_body_.refusal(client_address_); !why.empty())
    request_broken(
        {.kind = http::ProblemKind::overloaded, .told = {}, .rule = "memory.bodies_max", .facts = http::Words::lasting(why), .headers = {}});
}

void Exchange::has_found(const http::Words& rule, const http::Words& facts, std::string_view stage, Finding finding) {
  const bool again = found_ && decided_by_ == stage;
  if (finding.changed && !std::exchange(changed_, true)) worker_.count(audit::Counter::changed_answers);
  if (finding.leaks && !std::exchange(leaks_, true)) worker_.count(audit::Counter::leaks);
  if (std::exchange(watched_, true) && !again) return;
  found_ = true;
  decided_by_ = stage;
  rule_ = rule.kept_in(arena_);
  facts_ = facts.kept_in(arena_);
}

void Exchange::would_refuse(const http::Problem& problem, std::string_view stage) {
  worker_.count(audit::Counter::shadow_refusals);
  const bool answer = problem.kind == http::ProblemKind::answer_invalid;
  if (answer) worker_.count(audit::Counter::shadow_answer_refusals);
  worker_.services().audit.shadow().add(route_->options.name, answer, problem.status(), problem.violations, now());
  if (std::exchange(watched_, true)) return;
  decided_by_ = stage;
  rule_ = problem.rule.kept_in(arena_);
  facts_ = arena_.concat({"would be refused with ", Digits(problem.status()), ": ", facts_of(problem).view()});
}

void Exchange::malformed(http::Problem problem) {
  if (auto not_admitted = refuse_origin()) return refuse(std::move(*not_admitted), "admit");
  refuse(std::move(problem), "parse");
}

void Exchange::request_broken(http::Problem problem) {
  abandon_upstream();
  if (answer_begun_) {
    problem_ = problem.kind;
    rule_ = problem.rule.kept_in(arena_);
    stream_->abort();
    return end(outcome_of(problem.kind));
  }
  refuse(std::move(problem), "body");
}

// Counted against its sender by the connection already (Worker::misbehaved).
void Exchange::rejected(http::Problem problem) {
  if (ended_ || last_word_) return;
  abandon_upstream();
  if (attempts_ == 0) give_quota_back();
  problem_ = problem.kind;
  if (!answer_begun_) decided_by_ = "parse";
  rule_ = problem.rule.kept_in(arena_);
  facts_ = arena_.copy(problem.facts.view());
  count_refusal(problem.kind);
  end(outcome_of(problem.kind));
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
  // Who may not ask at all would go on asking on the same connection; behind a trusted proxy there are others on it.
  const bool shut_out = problem_ && route_ == nullptr && !snapshot().trusts(stream_->peer().address) &&
                        (*problem_ == http::ProblemKind::address_banned || *problem_ == http::ProblemKind::address_refused);
  const auto length = status == 204 ? std::nullopt : std::optional<std::uint64_t>(body.size());
  stream_->respond({.status = status,
                    .fields = fields,
                    .length = length,
                    .close = close,
                    .shut_out = shut_out,
                    .refusal = problem_.has_value(),
                    .bodiless = bodiless},
                   bodiless ? std::string_view{} : body, true);
}

const limits::QuotaReading* Exchange::told_quota() const noexcept { return quota && limits::is_nearest(*quota, readings.all()) ? &*quota : nullptr; }

// What every answer says: what is left, which decision it was, and when. An upstream's own date stays (RFC 9110 section 6.6.1).
void Exchange::add_gate_fields() {
  if (const auto* const nearest = told_quota(); nearest != nullptr || !readings.empty()) {
    char buffer[limits::rate_limit_bytes_max];
    answer_fields_.add(http::HeaderId::rate_limit, arena_.copy(limits::rate_limit(readings.all(), buffer, nearest)));
    answer_fields_.add(http::HeaderId::rate_limit_policy, arena_.copy(limits::rate_limit_policy(readings.all(), buffer, nearest)));
  }
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
  // What the upstream was given to do before the caller broke off stays counted.
  if (attempts_ == 0 || about.cause != http::Cause::caller) give_quota_back();
  problem_ = problem.kind;
  decided_by_ = stage == "canonical" && !decided_by_.empty() ? decided_by_ : stage;
  rule_ = problem.rule.kept_in(arena_);
  facts_ = facts_of(problem).kept_in(arena_);
  if (rule_.empty()) rule_ = "undecided", facts_ = "nothing has decided, which refuses";
  if (request_ && principal.kind == Principal::Kind::nobody && worker_.counts_as_failure(about.status)) recognize(*this);
  if (!client_known_) facts_ = arena_.concat({"the client behind the proxy is not known", facts_.empty() ? "" : "; ", facts_});
  // What nobody is charged for is bounded by what is kept of it.
  if (!client_known_ && !request_) recorded_ = worker_.worth_a_record(stream_->peer().address);
  else if (const auto ban = worker_.note_failure(about.status, client_address_, principal))
    facts_ = arena_.concat({facts_, facts_.empty() ? "" : "; ", "banned from now on"});
  answer_fields_.clear();  // of an upstream's answer that a stage refuses
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
  end(outcome_of(problem.kind));
}

void Exchange::answer_here(const Answer& answer, std::string_view stage) {
  if (stage != "canonical") decided_by_ = stage;
  for (const auto& [name, value] : answer.fields) answer_fields_.add({arena_.copy(name), arena_.copy(value), http::header_id(name)});
  add_gate_fields();
  respond(answer.status, answer_fields_.all(), answer.body);
  end(audit::Outcome::answered);
}

// Before the last piece of the answer is handed over: the next request of the connection may begin within that call.
void Exchange::give_places_back() {
  route_permit = {};
  own_places = {};
  delay_place = {};
}

void Exchange::give_quota_back() noexcept {
  const auto taken = std::exchange(quota_taken, std::nullopt);
  if (!taken) return;
  taken->key->give_back(taken->at, now());
  if (quota) ++quota->remaining;
}

// ---- the end ----

namespace {
/// The rule and the facts.
std::pair<std::string_view, std::string_view> why_cut_off(net::Gone why) noexcept {
  switch (why) {
    case net::Gone::left: break;
    case net::Gone::idle: return {"connections.write_idle", "the client took nothing of its answer"};
    case net::Gone::slow: return {"connections.write_rate_min", "the client took its answer too slowly"};
    case net::Gone::crowding: return {"memory.bodies_max", "the budget of buffered bytes is spent, and the client left its answers unread"};
    case net::Gone::stopping: return {"drain", "the gate stopped before the answer was complete"};
  }
  return {};
}
}  // namespace

void Exchange::gone(net::Gone why) {
  if (ended_ || last_word_) return;  // respond() has handed over the whole answer; its caller ends the exchange
  abandon_upstream();
  if (attempts_ == 0) give_quota_back();
  if (why != net::Gone::left) {
    const bool ours = why == net::Gone::crowding || why == net::Gone::stopping;
    problem_ = ours ? http::ProblemKind::overloaded : http::ProblemKind::request_timeout;
    std::tie(rule_, facts_) = why_cut_off(why);
  } else if (!answer_begun_) {
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
    record.logged = route_->audit_all || watched_;
  }
  if (request_) {
    record.method = request_->method_token;
    record.host = request_->authority.host();
    record.path = request_->path.text();
    if (!hidden_key_) record.query = request_->query.text();
    record.user_agent = request_->headers.get(http::HeaderId::user_agent).value_or("");
  } else {  // what could be read of it, as it was sent
    const auto target = for_the_log(head_.target, arena_);
    const auto question = target.find('?');
    record.method = head_.method_token;
    record.host = for_the_log(head_.authority.empty() ? head_.headers.get(http::HeaderId::host).value_or("") : head_.authority, arena_);
    record.path = target.substr(0, question);
    if (question != target.npos) record.query = target.substr(question + 1);
    record.user_agent = head_.headers.get(http::HeaderId::user_agent).value_or("");
  }
  record.client = client_address_;
  if (trace_) record.trace = trace_->id;
  // The loop's clock stands still within a turn, in which most refusals begin and end.
  record.total = std::max(ticks(), worker_.services().clock.ticks()) - started_ticks_;
  if (forwarded_ticks_ != Ticks{} && answered_ticks_ != Ticks{}) record.upstream = answered_ticks_ - forwarded_ticks_;
  record.bytes_in = bytes_in_;
  record.bytes_out = bytes_out_;
  recorded_ ? worker_.finished(record) : worker_.finished_unrecorded(record);
  if (sighting_ && outcome == audit::Outcome::passed) tell_sighting();
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
  rings_before_.clear();
  claims.reset();
  delay_place = {};
  readings.clear();
  quota_taken.reset();
  quota.reset();
  identity = {};
  held_body_.drop();
  late_piece_.clear();
  std::string().swap(held_answer_);
  answer_held_.set(0);
  filters_.clear();
  sighting_.reset();
  id_text_ = {};
  trace_.reset();
  forwarded_ticks_ = answered_ticks_ = Ticks{};
  bytes_in_ = bytes_out_ = tried_ = 0;
  stage_ = passed_ = server_ = back_ = 0;
  attempts_ = 0;
  status_ = 0;
  problem_.reset();
  decided_by_ = rule_ = facts_ = {};
  state_ = State::idle;
  body_follows_ = body_started_ = answer_begun_ = last_word_ = watched_ = found_ = changed_ = leaks_ = false;
  holds_answer_ = held_whole_ = too_large_ = answer_complete_ = replaced_ = inflated_ = false;
  body_complete_ = client_known_ = recorded_ = true;
  hidden_key_ = false;
}

}  // namespace gatehouse::gateway
