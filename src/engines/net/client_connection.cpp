#include "engines/net/client_connection.hpp"

#include <sys/epoll.h>
#include <algorithm>
#include <array>

#include "engines/net/client_pool.hpp"
#include "engines/net/http1/chunk_pieces.hpp"
#include "engines/net/stream.hpp"
#include "ground/base/assert.hpp"

namespace gatehouse::net {

namespace {
constexpr int interim_answers_max = 16;
constexpr std::string_view interim_rule = "http.interim.too-many";
}  // namespace

ClientConnection::ClientConnection(ClientPool& pool, Descriptor socket, ssl_st* session)
    : pool_(pool), transport_(std::move(socket), session), held_(pool.tally_) {
  expect_within(pool.options().times.connect);
}

void ClientConnection::start(ClientListener& listener, const ClientTimes& times, const ClientRequest& request, bool last) {
  GH_ASSERT(listener_ == nullptr && state_ != State::closed && state_ != State::busy);
  listener_ = &listener;
  times_ = times;
  request_ = request;
  request_complete_ = last;
  answer_ = Answer::head;
  interims_ = 0;
  keep_ = !request.close;
  paused_ = false;
  until_close_ = false;
  if (state_ == State::ready) {
    state_ = State::busy;
    begun_turn_ = pool_.loop_.turns();
    expect_within(last ? times_.response_head : times_.idle);
  } else {
    expect_within(times_.connect);
  }
}

void ClientConnection::begin(ClientListener& listener, const ClientTimes& times, const ClientRequest& request, std::string_view head,
                             std::string_view piece, bool last, std::string_view trailers) {
  start(listener, times, request, last);
  write(head, piece, last, trailers);
}

void ClientConnection::begin_again(ClientListener& listener, const ClientTimes& times, const ClientRequest& request, std::string unsent, bool last) {
  GH_ASSERT(state_ == State::connecting && output_.empty());
  start(listener, times, request, last);
  output_ = std::move(unsent);
  note_waiting();
}

void ClientConnection::send(std::string_view piece, bool last, std::string_view trailers) {
  request_complete_ = last;
  if (state_ == State::busy) expect_within(last ? times_.response_head : times_.idle);
  write({}, piece, last, trailers);
}

void ClientConnection::write(std::string_view head, std::string_view piece, bool last, std::string_view trailers) {
  GH_ASSERT(trailers.empty() || (request_.chunked && last));
  http1::ChunkPieces pieces;
  pieces.add(head);
  if (request_.chunked) pieces.add_chunk(piece, last, trailers);
  else pieces.add(piece);
  std::size_t taken = 0;
  if (state_ == State::busy && unsent() == 0 && !pieces.all().empty()) {
    const auto result = transport_.write(pieces.all());
    if (result.state == IoState::failed || result.state == IoState::closed)
      return fail(ClientFailure::Phase::request, "write: " + system_text(errno));
    taken = result.bytes;
  }
  for (const auto& each : pieces.all()) {
    if (taken >= each.iov_len) {
      taken -= each.iov_len;
      continue;
    }
    output_.append(static_cast<const char*>(each.iov_base) + taken, each.iov_len - taken);
    taken = 0;
  }
  note_waiting();
}

void ClientConnection::note_waiting() noexcept {
  count_held();
  above_high_ |= unsent() > unsent_high || (unsent() > 0 && pool_.tally_.spent());
}

void ClientConnection::flush() {
  while (unsent() > 0) {
    const iovec piece{output_.data() + sent_, unsent()};
    const auto result = transport_.write({&piece, 1});
    if (result.state == IoState::again) break;
    if (result.state != IoState::ok) return fail(ClientFailure::Phase::request, "write: " + system_text(errno));
    sent_ += result.bytes;
    if (!request_complete_) expect_within(times_.idle);
  }
  count_held();
  if (unsent() == 0) {
    std::string().swap(output_);
    sent_ = 0;
  } else if (sent_ >= unsent_low) {
    output_.erase(0, sent_);
    sent_ = 0;
  }
  if (above_high_ && unsent() < unsent_low && listener_ != nullptr) {
    above_high_ = false;
    listener_->upstream_drained();
  }
}

void ClientConnection::ready(std::uint32_t events) {
  if (state_ == State::closed) return;
  if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP)) != 0) transport_.edge((events & (EPOLLRDHUP | EPOLLHUP)) != 0);
  if (state_ == State::connecting) {
    if (const int error = connect_error(transport_.descriptor()); error != 0) return fail(ClientFailure::Phase::connect, system_text(error));
    if ((events & EPOLLOUT) == 0) return;
    established();
  } else if (state_ == State::securing) {
    secured();
  }
  if (state_ == State::ready) {
    // An idle connection on which the server speaks or which it closes is of no more use.
    if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0 || ((events & EPOLLIN) != 0 && speaks_unasked())) close();
    return;
  }
  if (state_ != State::busy) return;
  // What was there before the request left is no answer to it: handed on, it would be one client's answer given to another.
  if (exchanges_ > 0 && begun_turn_ == pool_.loop_.turns() && (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP)) != 0 && speaks_unasked())
    return fail(ClientFailure::Phase::request, "the server spoke or closed between two requests");
  if ((events & EPOLLOUT) != 0 && unsent() > 0) flush();
  if (state_ == State::busy && (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) readable();
}

/// Bytes, or the end. A TLS record that carries none (a session ticket) is no speech. Asked in the middle of other people's reading, and whatever
/// is there is thrown away with the connection: hence into memory of its own.
bool ClientConnection::speaks_unasked() noexcept {
  std::array<char, 64> unread;
  return transport_.read(unread).state != IoState::again;
}

/// A server that sends a body where none belongs (204, 304) often sends it a moment after the head, when the connection is idle already:
/// only then is the socket asked once more, edge or not.
bool ClientConnection::fit_for_reuse() noexcept {
  if (!bodiless_) return true;
  transport_.edge(false);
  return !speaks_unasked();
}

void ClientConnection::established() {
  if (transport_.is_tls()) {
    state_ = State::securing;
    return secured();
  }
  state_ = listener_ != nullptr ? State::busy : State::ready;
  if (listener_ != nullptr) expect_within(request_complete_ ? times_.response_head : times_.idle);
  flush();
}

void ClientConnection::secured() {
  const auto step = transport_.handshake();
  if (step.state == IoState::again) return;
  if (step.state != IoState::ok)
    return fail(ClientFailure::Phase::connect, transport_.why_not_secure() + "; it was asked for as '" + pool_.options().name + "'");
  state_ = listener_ != nullptr ? State::busy : State::ready;
  if (listener_ != nullptr) expect_within(request_complete_ ? times_.response_head : times_.idle);
  flush();
}

void ClientConnection::readable() {
  if (feeding_) return;
  constexpr int share = 8;
  const Scratch::Lease scratch(pool_.scratch_);
  for (int i = 0; state_ == State::busy && !paused_; ++i) {
    if (i == share) return pool_.loop_.again(*this, EPOLLIN);
    const auto result = transport_.read(scratch.bytes());
    if (result.state == IoState::again) return;
    if (result.state == IoState::failed)
      return fail(answer_ == Answer::head ? ClientFailure::Phase::response_head : ClientFailure::Phase::response_body, "the connection broke");
    if (result.state == IoState::closed) return end_of_answer();
    feed(scratch.first(result.bytes));
  }
}

void ClientConnection::feed(std::string_view bytes) {
  feeding_ = true;
  rest_.feed(bytes, [this](std::string_view unread) {
    if (state_ != State::busy || paused_ || answer_ == Answer::done) return std::size_t{0};
    return answer_ == Answer::head ? consume_head(unread) : consume_body(unread);
  });
  if (!rest_.empty() && (state_ != State::busy || answer_ == Answer::done)) {
    keep_ = false;  // more than was announced: whose it is cannot be known
    rest_.drop();
  }
  count_held();
  feeding_ = false;
  if (answer_ == Answer::done && state_ == State::busy) finish_answer();
}

namespace {
bool announces_body(const http::Headers& headers) noexcept {
  return headers.has(http::HeaderId::transfer_encoding) || headers.get(http::HeaderId::content_length).value_or("0") != "0";
}
}  // namespace

std::size_t ClientConnection::consume_head(std::string_view bytes) {
  const auto& limits = pool_.options().head;
  const auto size = http1::find_head_end(bytes, scanned_, limits, http1::Sender::upstream);
  if (!size) {
    fail(ClientFailure::Phase::response_head, std::string(size.error().facts), false, true);
    return bytes.size();
  }
  if (*size == 0) return 0;
  scanned_ = 0;
  const auto copy = listener_->answer_arena().copy(bytes.substr(0, *size));
  auto& head = listener_->answer_head();
  head.clear();
  if (const auto parsed = http1::parse_response_head({const_cast<char*>(copy.data()), copy.size()}, request_.method, head, limits); !parsed) {
    fail(ClientFailure::Phase::response_head, std::string(parsed.error().facts), false, true);
    return bytes.size();
  }
  if (head.status == 101) {  // no Upgrade was sent
    fail(ClientFailure::Phase::response_head, "101 without an Upgrade", false, true);
    return bytes.size();
  }
  if (head.status < 200) {
    keep_ = keep_ && head.keep_alive;  // it is done with the connection after the final answer
    if (++interims_ > interim_answers_max)
      fail(ClientFailure::Phase::response_head, std::string(interim_rule) + ": more than 16 answers 1xx before the final one", false, true);
    else if (head.status != 100) listener_->interim_answer();
    return *size;
  }
  // A server that refuses may not have read what it refused, and would take the rest of it for the next client's request.
  keep_ = keep_ && head.keep_alive && !(request_.content && head.status >= 400);
  bodiless_ = head.framing.kind == http::Framing::Kind::none;
  // Nor is it certain that a server sends no body which it has announced (docs/adr/0022).
  if (bodiless_ && announces_body(head.headers)) keep_ = false;
  answer_ = Answer::body;
  chunked_answer_.reset();
  answer_left_ = 0;
  switch (head.framing.kind) {
    case http::Framing::Kind::none: answer_ = Answer::done; break;
    case http::Framing::Kind::length:
      answer_left_ = head.framing.length;
      if (answer_left_ == 0) answer_ = Answer::done;
      break;
    case http::Framing::Kind::chunked: chunked_answer_.emplace(http1::ChunkedLimits{}, http1::Sender::upstream); break;
    case http::Framing::Kind::until_close:
      until_close_ = true;
      keep_ = false;
      break;
  }
  expect_within(times_.idle);
  // The head and the part of the body that came with it go on together, so that they leave with one write.
  const auto rest = bytes.substr(*size);
  if (answer_ == Answer::done) {
    listener_->answer({}, true);
    return *size;
  }
  if (!chunked_answer_ && !rest.empty()) {
    const auto piece = until_close_ ? rest : rest.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(rest.size(), answer_left_)));
    answer_left_ -= until_close_ ? 0 : piece.size();
    if (!until_close_ && answer_left_ == 0) answer_ = Answer::done;
    listener_->answer(piece, answer_ == Answer::done);
    return *size + piece.size();
  }
  listener_->answer({}, false);
  return *size;
}

std::size_t ClientConnection::consume_body(std::string_view bytes) {
  expect_within(times_.idle);
  if (chunked_answer_) {
    const auto step = chunked_answer_->feed_all({const_cast<char*>(bytes.data()), bytes.size()});
    if (!step) {
      fail(ClientFailure::Phase::response_body, std::string(step.error().facts), false, true);
      return bytes.size();
    }
    const bool last = step->state == http1::ChunkedDecoder::State::done;
    if (last && !take_trailers()) return bytes.size();
    if (last) answer_ = Answer::done;
    if (last || !step->payload.empty()) listener_->answer_body(step->payload, last);
    return step->consumed;
  }
  const auto size = until_close_ ? bytes.size() : static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), answer_left_));
  if (!until_close_) {
    answer_left_ -= size;
    if (answer_left_ == 0) answer_ = Answer::done;
  }
  listener_->answer_body(bytes.substr(0, size), answer_ == Answer::done);
  return size;
}

/// False: they were no trailers, and the exchange has failed.
bool ClientConnection::take_trailers() {
  const auto lines = chunked_answer_->trailers();  // NOLINT(bugprone-unchecked-optional-access): consume_body() has just asked it
  if (lines.empty()) return true;
  const auto copy = listener_->answer_arena().copy({lines.data(), lines.size()});
  const auto parsed = http1::parse_trailers({const_cast<char*>(copy.data()), copy.size()}, listener_->answer_head().trailers, pool_.options().head,
                                            http1::Sender::upstream);
  if (!parsed) fail(ClientFailure::Phase::response_body, std::string(parsed.error().facts), false, true);
  return parsed.has_value();
}

void ClientConnection::end_of_answer() {
  if (answer_ == Answer::body && until_close_) {
    answer_ = Answer::done;
    keep_ = false;
    listener_->answer_body({}, true);
    if (state_ == State::busy) finish_answer();
    return;
  }
  const bool nothing_yet = answer_ == Answer::head && rest_.empty();
  fail(answer_ == Answer::head ? ClientFailure::Phase::response_head : ClientFailure::Phase::response_body,
       nothing_yet ? "the server closed the connection without an answer" : "the server closed the connection within its answer", false,
       !nothing_yet);
}

// The answer is complete. An answer that came before the request was sent leaves the rest of the request unsent: the
// connection is then in a state that only closing mends.
void ClientConnection::finish_answer() {
  listener_ = nullptr;
  ++exchanges_;
  if (!keep_ || !request_complete_ || unsent() > 0) return close();
  // What the server sent beyond its answer may wait where no edge will tell of it: behind a full buffer of ours, or in the TLS library. The
  // next client would be given it. A connection that is known to be drained is not asked again.
  if (speaks_unasked()) return close();
  state_ = State::ready;
  expect_within(times_.keep);
  pool_.give_back(*this);
}

void ClientConnection::resume_answer() {
  if (!std::exchange(paused_, false) || state_ != State::busy) return;
  expect_within(times_.idle);
  if (feeding_) return;
  if (!rest_.empty()) feed({});
  if (state_ == State::busy) readable();
}

void ClientConnection::abandon() {
  listener_ = nullptr;
  close();
}

void ClientConnection::fail(ClientFailure::Phase phase, const std::string& detail, bool timed_out, bool malformed) {
  auto* const listener = std::exchange(listener_, nullptr);
  const bool reused = exchanges_ > 0;
  ClientFailure failure{phase, timed_out, malformed, reused, pool_.options().endpoint.to_text() + ": " + detail, {}};
  if (phase == ClientFailure::Phase::connect) failure.unsent = std::exchange(output_, {});
  close();
  if (listener != nullptr) listener->upstream_failed(std::move(failure));
}

void ClientConnection::close() {
  if (state_ == State::closed) return;
  state_ = State::closed;
  held_.release();
  timer_.disarm();
  pool_.loop_.unwatch(transport_.descriptor());
  pool_.loop_.forget(*this);
  pool_.forget(*this);
  pool_.loop_.dispose(std::unique_ptr<async::Disposable>(this));
}

void ClientConnection::expect_within(Duration time) noexcept {
  deadline_ = pool_.loop_.ticks() + time;
  if (timer_.armed() && armed_for_ <= deadline_) return;
  armed_for_ = deadline_;
  pool_.loop_.arm(timer_, time);
}

void ClientConnection::expired() {
  const auto now = pool_.loop_.ticks();
  if (now < deadline_ || paused_) {  // a paused answer waits for the client, whose own deadline runs
    armed_for_ = paused_ ? now + times_.idle : deadline_;
    return pool_.loop_.arm(timer_, armed_for_ - now);
  }
  // The request waits for its sender, whose own deadline runs.
  if (state_ == State::busy && answer_ == Answer::head && !request_complete_ && unsent() == 0) return expect_within(times_.idle);
  switch (state_) {
    case State::ready: return close();
    case State::connecting:
    case State::securing: return fail(ClientFailure::Phase::connect, "no connection in time", true);
    case State::busy:
      if (answer_ != Answer::head) return fail(ClientFailure::Phase::response_body, "the answer stopped", true);
      return fail(request_complete_ && unsent() == 0 ? ClientFailure::Phase::response_head : ClientFailure::Phase::request, "no answer in time",
                  true);
    case State::closed: return;
  }
}

}  // namespace gatehouse::net
