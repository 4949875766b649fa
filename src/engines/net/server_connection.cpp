#include "engines/net/server_connection.hpp"

#include <malloc.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "engines/net/http1_server.hpp"
#include "engines/net/http2_server.hpp"
#include "engines/net/tls.hpp"
#include "ground/base/assert.hpp"

namespace gatehouse::net {

ServerLimits::ServerLimits(const ConnectionLimits& options) noexcept
    : handshake(options.handshake_time_max),
      head_time(options.head_time_max),
      idle(options.keep_alive_idle),
      body{options.body_idle_max, static_cast<std::uint32_t>(options.body_rate_min)},
      write{options.write_idle_max, static_cast<std::uint32_t>(options.write_rate_min)},
      requests(options.requests_per_connection_max),
      http2{.concurrent_streams = options.streams_max,
            .resets_max = options.resets_max,
            .control_frames_max = options.control_frames_max,
            .flood_window = options.flood_window,
            .header_list_bytes = static_cast<std::uint32_t>(options.header_list_bytes_max)} {
  head.bytes_max = options.head_bytes_max;
  head.fields_max = options.headers_max;
}

ServerContext::ServerContext(async::Loop& the_loop, Service& the_service, std::size_t scratch_bytes)
    : loop(the_loop), service(the_service), scratch(scratch_bytes) {}

ServerContext::~ServerContext() { GH_ASSERT(first == nullptr); }

void ServerContext::drain() {
  draining = true;
  for (auto* connection = first; connection != nullptr;) {
    auto* const next = connection->next_;
    if (connection->codec_) connection->codec_->drain();
    else connection->close();
    connection = next;
  }
}

void ServerContext::close_all() {
  while (first != nullptr) first->end(Gone::stopping);
}

std::size_t ServerContext::shed(std::size_t count_max) {
  constexpr Duration rested_at_least = 1s;  // who has just come is about to ask
  std::vector<std::pair<Ticks, ServerConnection*>> resting;
  for (auto* connection = first; connection != nullptr; connection = connection->next_)
    if (const auto since = connection->resting_since(); since && loop.ticks() - *since >= rested_at_least) resting.emplace_back(*since, connection);
  const auto count = std::min(count_max, resting.size());
  std::ranges::partial_sort(resting, resting.begin() + static_cast<std::ptrdiff_t>(count));
  for (std::size_t i = 0; i < count; ++i) {
    auto& connection = *resting[i].second;
    connection.codec_->drain();
    connection.close();
  }
  return count;
}

// ---- memory that waits for clients ----

namespace {
constexpr Duration watched_every = 250ms;
constexpr std::int64_t watched_from = 1024 * 1024;  // held by this thread: another one may use up the rest of the budget
constexpr Duration unread_for = 1s;                 // who reads, however slowly, is left to its pace
constexpr std::size_t worth_ending = 4 * 1024;
constexpr std::size_t ended_max = 256;  // at a look, which is one turn of the loop
}  // namespace

void ServerContext::note_waiting() noexcept {
  if (!watch_.armed() && (buffered.held() >= watched_from || buffered.half_spent())) loop.arm(watch_, watched_every);
}

void ServerContext::watch() {
  if (buffered.spent()) relieve();
  note_waiting();
}

// Instead of those who send, the clients go that make us keep most and read nothing of it: their connections, the largest first, until a quarter of the
// budget is free.
void ServerContext::relieve() {
  std::vector<ServerConnection*> holders;
  for (auto* connection = first; connection != nullptr; connection = connection->next_)
    if (connection->waiting() >= worth_ending) holders.push_back(connection);
  std::ranges::sort(holders, std::greater{}, &ServerConnection::waiting);
  std::size_t ended = 0;
  for (auto* const holder : holders) {
    if (buffered.excess() == 0 || ended == ended_max) return;
    // Ending one may end no other: each has streams of its own, and the upstreams' connections are told later or not at all.
    if (holder->closed() || holder->unread(loop.ticks(), unread_for) < worth_ending) continue;
    ++ended;
    service.cut_off();
    holder->reset(Gone::crowding);
  }
}

// The heap keeps free pages that lie between used ones: after many connections have ended that is most of what they had.
namespace {
constexpr std::size_t worth_trimming = 256;  // connections; what fewer leave stays for the next ones: 4 MB of 255 that rested under TLS (measured)
constexpr Duration trimmed_after = 3s;
}  // namespace

void ServerContext::note_ended() noexcept {
  if (connections_most_ >= connections + worth_trimming && !trim_.armed()) loop.arm(trim_, trimmed_after);
}

// As many may have come again meanwhile.
void ServerContext::trim() {
  if (connections_most_ < connections + worth_trimming) return;
  connections_most_ = connections;
  (void)::malloc_trim(0);
}

void ServerConnection::begin(ServerContext& context, Accepted accepted, std::shared_ptr<const ServerTls> tls, std::uint32_t listener,
                             Protocol protocol) {
  // A connection that is not let in costs a system call, and no TLS session.
  auto admission = context.service.admit({accepted.peer.address, accepted.peer.port, tls != nullptr, tls.get(), {}, listener});
  if (!admission) return;
  ssl_st* session = nullptr;
  if (tls) {
    session = tls->accept();
    if (session == nullptr) return;  // out of memory: the socket closes
  }
  auto connection = std::unique_ptr<ServerConnection>(new ServerConnection(context, std::move(accepted), std::move(tls), session, listener));
  connection->admission_ = std::move(admission);
  if (!context.loop.watch(connection->transport_.descriptor(), *connection)) return;
  auto* const self = connection.release();  // from here the context's list owns it, until close()
  self->next_ = context.first;
  if (context.first != nullptr) context.first->previous_ = self;
  context.first = self;
  context.connections_most_ = std::max(context.connections_most_, ++context.connections);
  if (self->tls_) self->expect_within(context.limits.handshake);
  else self->start_codec(protocol);
}

ServerConnection::ServerConnection(ServerContext& context, Accepted accepted, std::shared_ptr<const ServerTls> tls, ssl_st* session,
                                   std::uint32_t listener)
    : context_(context),
      transport_(std::move(accepted.socket), session),
      tls_(std::move(tls)),
      peer_{accepted.peer.address, accepted.peer.port, tls_ != nullptr, tls_.get(), {}, listener} {}

void ServerConnection::ready(std::uint32_t events) {
  if (state_ == State::closed) return;
  if ((events & EPOLLERR) != 0) return close();
  if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP)) != 0) transport_.edge((events & (EPOLLRDHUP | EPOLLHUP)) != 0);
  if (state_ == State::handshake) return shake_hands();
  if ((events & EPOLLOUT) != 0 && unsent() > 0) flush();
  if (state_ == State::closed || (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP)) == 0) return;
  if (state_ == State::lingering) return linger();
  if (state_ == State::open) codec_->readable();
  // Both directions are shut: nothing that we send can arrive.
  if ((events & EPOLLHUP) != 0 && state_ != State::closed) close();
}

void ServerConnection::shake_hands() {
  const auto step = transport_.handshake();
  if (step.state == IoState::again) return;
  if (step.state != IoState::ok) {
    if (!transport_.heard()) return close();  // a balancer that looks whether the port is open
    context_.service.not_secured();
    if (const auto clear_text = transport_.clear_text(); !clear_text.empty()) return refuse_clear_text(clear_text);
    context_.service.misbehaved(peer_, "tls-handshake");
    return close();
  }
  peer_.server_name = requested_name(transport_.session());
  context_.service.secured(was_resumed(transport_.session()), chose_http2(transport_.session()));
  start_codec(Protocol::negotiated);
  if (state_ == State::open) codec_->readable();  // the first request may have come with the handshake's last flight
}

// A browser or a health check that was given http:// for https:// learns so, in clear text, and that is all that is said on this connection: nothing of
// what it sent is read as a request.
void ServerConnection::refuse_clear_text(std::string_view first_bytes) {
  transport_.give_up_tls();
  state_ = State::open;
  codec_ = make_http1_server(*this);
  refuse_http1(*codec_,
               {.kind = http::ProblemKind::malformed_request, .told = "This port speaks TLS.", .rule = "http.clear-text", .facts = {}, .headers = {}},
               first_bytes);
}

void ServerConnection::start_codec(Protocol protocol) {
  state_ = State::open;
  codec_ = protocol == Protocol::http2 || (tls_ && chose_http2(transport_.session())) ? make_http2_server(*this) : make_http1_server(*this);
}

void ServerConnection::send(std::span<const iovec> pieces) {
  if (state_ != State::open) return;
  std::size_t taken = 0;
  if (unsent() == 0) {
    const auto result = transport_.write(pieces);
    if (result.state == IoState::failed || result.state == IoState::closed) return close();
    taken = result.bytes;
    written_ += static_cast<std::int64_t>(taken);
  }
  for (const auto& piece : pieces) {
    if (taken >= piece.iov_len) {
      taken -= piece.iov_len;
      continue;
    }
    output_.append(static_cast<const char*>(piece.iov_base) + taken, piece.iov_len - taken);
    taken = 0;
  }
  if (unsent() == 0) return;
  held_.set(unsent());
  above_high_ |= unsent() > unsent_high || context_.buffered.half_spent();
  context_.note_waiting();
  if (pace_.due()) return;
  taken_noted_ = this->taken();
  pace_.begin(context_.loop.ticks(), context_.limits.write);
  arm();
}

void ServerConnection::flush() {
  const iovec piece{output_.data() + sent_, unsent()};
  const auto result = transport_.write({&piece, 1});
  if (result.state == IoState::again) return;
  if (result.state != IoState::ok) return close();
  sent_ += result.bytes;
  written_ += static_cast<std::int64_t>(result.bytes);
  held_.set(unsent());
  note_taken();
  if (sent_ == output_.size()) {
    std::string().swap(output_);  // gives the memory back, which an assignment keeps: most connections never queue
    sent_ = 0;
    pace_.rest(context_.loop.ticks(), context_.limits.write);
  } else {
    arm();
    if (sent_ >= unsent_low) {
      output_.erase(0, sent_);
      sent_ = 0;
    }
  }
  if (state_ == State::finishing && unsent() == 0) {
    state_ = State::open;
    return finish();
  }
  if (above_high_ && unsent() < unsent_low && state_ == State::open) {
    above_high_ = false;
    codec_->writable();
  }
}

void ServerConnection::finish() {
  if (state_ != State::open) return;
  if (unsent() > 0) {
    state_ = State::finishing;
    deadline_ = Ticks::max();  // the client's pace rules
    return;
  }
  state_ = State::lingering;
  transport_.finish();
  taken_noted_ = taken();
  if (taken_noted_ < written_) pace_.begin(context_.loop.ticks(), context_.limits.write);
  expect_within(context_.limits.linger);
  linger();
}

void ServerConnection::linger() {
  // What comes now belongs to nobody. A fair share a turn; the deadline ends it.
  const Scratch::Lease scratch(context_.scratch);
  for (int i = 0; i < 4; ++i) {
    const auto result = transport_.read(scratch.bytes());
    if (result.state == IoState::again) return;
    if (result.state != IoState::ok) return close();
  }
  read_later();
}

void ServerConnection::end(Gone why) {
  if (state_ == State::closed) return;
  state_ = State::closed;
  timer_.disarm();
  if (codec_) codec_->gone(why);
  held_.release();
  context_.loop.unwatch(transport_.descriptor());
  context_.loop.forget(*this);
  if (previous_ != nullptr) previous_->next_ = next_;
  else context_.first = next_;
  if (next_ != nullptr) next_->previous_ = previous_;
  --context_.connections;
  context_.note_ended();
  admission_.reset();
  context_.loop.dispose(std::unique_ptr<async::Disposable>(this));
}

void ServerConnection::reset(Gone why) {
  // TLS says so by the missing close_notify; TCP by a reset in place of a FIN.
  const struct ::linger at_once{.l_onoff = 1, .l_linger = 0};
  if (state_ != State::closed) ::setsockopt(transport_.descriptor(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  end(why);
}

void ServerConnection::read_later() { context_.loop.again(*this, EPOLLIN); }

void ServerConnection::expect_within(Duration time) noexcept { expect_by(context_.loop.ticks() + time); }

void ServerConnection::expect_by(Ticks deadline) noexcept {
  deadline_ = deadline;
  arm();
}

// What the socket takes says little of what the client takes: its buffer may hold megabytes, and it asks for more only when much of it is free.
void ServerConnection::note_taken() noexcept {
  const auto taken = this->taken();
  if (taken <= taken_noted_) return;
  pace_.moved(context_.loop.ticks(), static_cast<std::uint64_t>(taken - taken_noted_), context_.limits.write);
  taken_noted_ = taken;
}

Io ServerConnection::read(std::span<char> into) {
  const auto result = transport_.read(into);
  if (result.state == IoState::failed && transport_.flooded()) context_.service.misbehaved(peer_, "tls-handshake-flood");
  return result;
}

std::size_t ServerConnection::unread(Ticks now, Duration how_long) noexcept {
  std::size_t bytes = codec_ ? codec_->unread(now, how_long) : 0;
  note_taken();  // a slow client may have taken some all the time
  if (pace_.silence(now) >= how_long) bytes += unsent();
  return bytes;
}

// The timer is moved only when it would ring too late; a deadline that was put off is noticed when it rings.
void ServerConnection::arm() noexcept {
  const auto deadline = std::min(deadline_, pace_.deadline(context_.limits.write));
  if (deadline == Ticks::max()) return;
  if (timer_.armed() && armed_for_ <= deadline) return;
  armed_for_ = deadline;
  context_.loop.arm(timer_, deadline - context_.loop.ticks());
}

void ServerConnection::expired() {
  const auto now = context_.loop.ticks();
  const auto& pace = context_.limits.write;
  if (now >= pace_.deadline(pace)) {
    note_taken();  // a slow client may have taken some all the time
    if (const auto verdict = pace_.verdict(now, pace); verdict != PaceVerdict::good) {
      context_.service.cut_off();
      return reset(verdict == PaceVerdict::idle ? Gone::idle : Gone::slow);
    }
  }
  if (now < deadline_) return arm();
  deadline_ = Ticks::max();
  if (state_ == State::handshake) {
    if (!transport_.heard()) return close();
    context_.service.not_secured();
    context_.service.misbehaved(peer_, "tls-handshake-timeout");
    return close();
  }
  if (state_ == State::lingering) {
    // To close now, with what the client sends unread, would be a reset, and the system would forget what it still holds for the client.
    note_taken();
    return taken_noted_ < written_ && !forfeited_ ? expect_within(context_.limits.linger) : close();
  }
  if (state_ == State::open) codec_->expired();
  if (state_ != State::closed) arm();
}

}  // namespace gatehouse::net
