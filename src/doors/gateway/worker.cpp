#include "doors/gateway/worker.hpp"

#include <pthread.h>
#include <algorithm>
#include <condition_variable>
#include <mutex>

#include "doors/gateway/facts.hpp"
#include "services/audit/audit.hpp"
#include "services/limits/rate_limit_headers.hpp"

namespace gatehouse::gateway {

/// A listening socket of this thread.
class Worker::Listener final : public async::Watcher {
 public:
  Listener(Worker& worker, net::Descriptor socket, std::uint32_t index) : worker_(worker), socket_(std::move(socket)), index_(index) {}
  ~Listener() override { close(); }

  [[nodiscard]] Result<> listen() { return worker_.loop_->watch_listener(socket_.get(), *this); }
  /// An event of the present turn may still come; it then finds the socket closed.
  void close() noexcept {
    timer_.disarm();
    if (socket_.open()) worker_.loop_->unwatch(socket_.get());
    socket_.close();
  }

  void ready(std::uint32_t) override {
    constexpr int share = 32;  // connections a turn
    for (int i = 0; i < share && socket_.open(); ++i) {
      bool out_of_descriptors = false;
      auto accepted = net::accept_from(socket_.get(), out_of_descriptors);
      if (out_of_descriptors) return rest();
      if (!accepted.socket.open()) return;
      net::ServerConnection::begin(worker_.context_, std::move(accepted), worker_.snapshots_.back()->snapshot->listeners[index_].tls, index_);
    }
  }

 private:
  // Without a descriptor left, a waiting connection would wake the loop over and over: the listener sleeps instead. Clients that only keep a connection
  // for later make room for those who have come; theirs is free at the end of this turn.
  void rest() {
    worker_.count(audit::Counter::accept_pauses);
    const auto shed = worker_.shed();
    worker_.loop_->unwatch(socket_.get());
    worker_.loop_->arm(timer_, shed > 0 ? 1ms : 100ms);
  }
  void wake() {
    if (!listen()) worker_.loop_->arm(timer_, 100ms);
  }

  Worker& worker_;
  net::Descriptor socket_;
  const std::uint32_t index_;
  async::MemberTimer<Listener, &Listener::wake> timer_{*this};
};

/// Work on the pool that will come back to this worker's loop. Shared with that work, which may be the last to let go of it.
class Worker::Outstanding {
 public:
  void begin() {
    const std::scoped_lock lock(mutex_);
    ++count_;
  }
  void end() {
    const std::scoped_lock lock(mutex_);
    if (--count_ == 0) none_.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    none_.wait(lock, [this] { return count_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable none_;
  std::size_t count_ = 0;  // guarded by mutex_
};

namespace {
/// What an admitted connection holds.
class Admitted final : public net::Admission {
 public:
  Admitted(Worker& worker, std::atomic<std::uint32_t>& connections, bool secure, limits::Permit permit) noexcept
      : worker_(worker), connections_(connections), permit_(std::move(permit)), secure_(secure) {}
  ~Admitted() override {
    connections_.fetch_sub(1, std::memory_order_relaxed);
    worker_.count(audit::Counter::connections_closed);
    if (secure_) worker_.count(audit::Counter::tls_connections_closed);
  }

 private:
  Worker& worker_;
  std::atomic<std::uint32_t>& connections_;
  limits::Permit permit_;
  const bool secure_;
};

constexpr std::uint64_t connections_counter = limits::number_of("connections"), rate_counter = limits::number_of("connections.per_address_rate"),
                        shut_out_counter = limits::number_of("connections.shut-out"), unknown_counter = limits::number_of("clients unknown");

/// Of an address that may not ask at all: as many connections are let in all the same, so that an honest caller is told why.
const limits::Limit& told_why() {
  static const auto limit = limits::Limit::make(10, 1min, 10).value();
  return limit;
}

/// Of all clients together that a proxy does not name: as many of their refusals are put on record.
const limits::Limit& worth_telling() {
  static const auto limit = limits::Limit::make(60, 1min, 60).value();
  return limit;
}
}  // namespace

Worker::Worker(unsigned number, Services& services, std::unique_ptr<async::Loop> loop, keys::Meter::Bank bank,
               std::atomic<std::uint32_t>& connections)
    : number_(number),
      services_(services),
      loop_(std::move(loop)),
      connections_(connections),
      context_(*loop_, *this),
      key_ring_(services.keys),
      revocations_(services.revocations),
      bank_(std::move(bank)),
      holder_seed_(limits::Seed::from(services.random)),
      outstanding_(std::make_shared<Outstanding>()) {
  context_.buffered.count_for(services.memory);
}

Worker::~Worker() {
  join();
  outstanding_->wait();  // it posts to our loop
  listeners_.clear();
  context_.close_all();
  release_retired();
  snapshots_.clear();
}

Result<std::unique_ptr<Worker>> Worker::create(unsigned number, Services& services, std::shared_ptr<const Snapshot> snapshot,
                                               std::vector<net::Descriptor> sockets, std::atomic<std::uint32_t>& connections) {
  auto loop = TRY(async::Loop::create(services.clock));
  auto bank = TRY(services.meter.bank());
  auto worker = std::unique_ptr<Worker>(new Worker(number, services, std::move(loop), std::move(bank), connections));
  worker->use(std::move(snapshot));
  for (std::uint32_t i = 0; i < sockets.size(); ++i) {
    worker->listeners_.push_back(std::make_unique<Listener>(*worker, std::move(sockets[i]), i));
    CHECK_OK(worker->listeners_.back()->listen());
  }
  return worker;
}

void Worker::start() {
  thread_ = std::jthread([this] { loop_->run(); });
  ::pthread_setname_np(thread_.native_handle(), ("gh-loop-" + std::to_string(number_)).c_str());
}

void Worker::join() {
  if (thread_.joinable()) thread_.join();
}

bool Worker::submit(async::Task task, Queue queue) {
  outstanding_->begin();
  async::Task counted = [task = std::move(task), outstanding = outstanding_]() mutable {
    task();
    task = {};
    outstanding->end();
  };
  const bool taken = queue ? queue(std::move(counted)) : services_.pool.submit(std::move(counted));
  if (!taken) outstanding_->end();
  return taken;
}

void Worker::use(std::shared_ptr<const Snapshot> snapshot) {
  auto local = std::make_unique<LocalSnapshot>();
  for (const auto& upstream : snapshot->upstreams)
    local->pools.push_back(std::make_unique<UpstreamPools>(*loop_, upstream, context_.scratch, context_.buffered));
  for (const auto& issuer : snapshot->issuers->all()) local->issuer_keys.emplace_back(issuer->keys());
  context_.limits = snapshot->connection_limits;
  identities_ = {};  // what they say of issuer and route may have changed
  local->snapshot = std::move(snapshot);
  snapshots_.push_back(std::move(local));
  release_retired();
}

void Worker::adopt(std::shared_ptr<const Snapshot> snapshot) {
  loop_->post([this, snapshot = std::move(snapshot)]() mutable { use(std::move(snapshot)); });
}

void Worker::ask(Ticks now) {
  auto expected = nothing_asked;
  if (!asked_.compare_exchange_strong(expected, now.time_since_epoch().count(), std::memory_order_relaxed)) return;
  loop_->post([this] { asked_.store(nothing_asked, std::memory_order_relaxed); });
}

Duration Worker::silent(Ticks now) const noexcept {
  const auto asked = asked_.load(std::memory_order_relaxed);
  return asked == nothing_asked || over_.load(std::memory_order_relaxed) ? Duration::zero() : now - Ticks(Duration(asked));
}

// ---- connections ----

std::unique_ptr<net::Admission> Worker::admit(const net::Peer& peer) {
  const auto& snapshot = *snapshots_.back()->snapshot;
  if (!snapshot.trusts(peer.address) && !worth_a_handshake(peer, snapshot)) return nullptr;
  auto admission = let_in(peer, snapshot);
  count(admission ? audit::Counter::connections_accepted : audit::Counter::connections_refused);
  return admission;
}

// Before TLS, which costs us a hundred times what it costs who only opens connections. No request was read, so that none is on record: it is counted.
bool Worker::worth_a_handshake(const net::Peer& peer, const Snapshot& snapshot) {
  const auto who = limits::Who::of(peer.address);
  const auto now = loop_->ticks();
  if (shut_out({peer.address}, snapshot) &&
      !services_.counters.take({shut_out_counter, limits::Scope::address, who, 0}, told_why(), 1, now).allowed) {
    count(audit::Counter::connections_shut_out);
    return false;
  }
  if (services_.counters.take({rate_counter, limits::Scope::address, who, 0}, snapshot.connection_rate, 1, now).allowed) return true;
  count(audit::Counter::connections_refused);
  return false;
}

std::unique_ptr<net::Admission> Worker::let_in(const net::Peer& peer, const Snapshot& snapshot) {
  const bool trusted = snapshot.trusts(peer.address);
  // Many clients come by one trusted proxy: it is bounded by the total alone.
  const auto others = connections_.fetch_add(1, std::memory_order_relaxed);
  if (others >= snapshot.connections_max) {
    connections_.fetch_sub(1, std::memory_order_relaxed);
    return nullptr;
  }
  limits::Permit permit;
  if (!trusted) {
    // As with the connections to an upstream (net::Shares): an address has no more than are still free, so that those who take all they can leave some.
    permit = services_.permits.acquire({connections_counter, limits::Scope::address, limits::Who::of(peer.address), 0},
                                       std::min(snapshot.connections_per_address_max, snapshot.connections_max - others));
    if (!permit) {
      connections_.fetch_sub(1, std::memory_order_relaxed);
      return nullptr;
    }
  }
  return std::make_unique<Admitted>(*this, connections_, peer.secure, std::move(permit));
}

net::Exchanger* Worker::open(net::Stream& stream) {
  reuse_retired();
  auto& exchange = exchanges_.take();
  exchange.open(stream, *snapshots_.back());
  return &exchange;
}

// No request was read, so that none is on record. The one that gets its address banned is: else nothing would say why.
void Worker::misbehaved(const net::Peer& peer, std::string_view what) {
  if (!note_failure(400, peer.address, {})) return;
  const auto facts = "an error of the connection, which belongs to no request (" + std::string(what) + "); banned from now on";
  audit::Record record;
  record.id = next_decision();
  record.time = loop_->now();
  record.outcome = audit::Outcome::refused;
  record.problem = http::ProblemKind::address_banned;
  record.stage = "connection";
  record.rule = "limits.failures";
  record.facts = facts;
  record.client = peer.address;
  services_.audit.note(number_, record);
}

void Worker::secured(bool resumed, bool http2) {
  count(audit::Counter::tls_handshakes);
  if (resumed) count(audit::Counter::tls_resumed);
  if (http2) count(audit::Counter::http2_connections);
}

void Worker::not_secured() { count(audit::Counter::tls_failures); }

void Worker::cut_off() { count(audit::Counter::slow_clients); }

void Worker::stream_reset() { count(audit::Counter::http2_resets); }

// Calls into an exchange may still be open when it ends. Where the loop has made a step since, they have returned: the next request then takes
// the one whose memory is still in the cache.
void Worker::retire(Exchange& exchange) {
  reuse_retired();
  release_soon();
  retired_.push_back(&exchange);
  retired_in_ = loop_->steps();
}

void Worker::release_soon() {
  if (std::exchange(release_planned_, true)) return;
  loop_->defer([this] {
    release_planned_ = false;
    release_retired();
  });
}

void Worker::reuse_retired() {
  if (retired_.empty() || retired_in_ == loop_->steps()) return;
  // Whose memory is being read on the pool stays until the work has come back.
  const auto free = std::partition(retired_.begin(), retired_.end(), [](const Exchange* exchange) { return exchange->readers_ != 0; });
  for (auto at = free; at != retired_.end(); ++at) {
    auto& exchange = **at;
    --exchange.snapshot_->users;
    exchange.reset();
    exchanges_.give(exchange);
  }
  retired_.erase(free, retired_.end());
}

void Worker::release_retired() {
  reuse_retired();
  // A snapshot that nobody needs any more goes, with its connections; never the current one.
  if (snapshots_.size() > 1)
    snapshots_.erase(std::remove_if(snapshots_.begin(), snapshots_.end() - 1, [](const auto& local) { return local->users == 0; }),
                     snapshots_.end() - 1);
}

std::size_t Worker::shed() {
  constexpr std::size_t a_turn = 32;
  const auto count_shed = context_.shed(a_turn);
  count(audit::Counter::connections_shed, count_shed);
  return count_shed;
}

// Not now: it is a connection of ours that has called.
void Worker::make_room() {
  if (std::exchange(shedding_planned_, true)) return;
  loop_->defer([this] {
    shedding_planned_ = false;
    (void)shed();
  });
}

audit::DecisionId Worker::next_decision() noexcept { return services_.audit.next_id(number_, loop_->now()); }

audit::Trace Worker::child_of(const std::optional<audit::Trace>& parent) noexcept {
  auto& spans = services_.audit.spans(number_);
  return parent ? spans.child(*parent) : spans.start();
}

// ---- judgements ----

std::string_view Worker::text_of(const http::Address& address) {
  if (address_text_.empty() || address != text_address_) {
    text_address_ = address;
    address_text_ = address.to_text();
  }
  return address_text_;
}

std::uint64_t Worker::holder_of(const http::Address& address) const noexcept {
  const auto who = limits::Who::of(address);
  return siphash::hash_words(holder_seed_, std::array{who.first, who.second}).first | 1U;  // odd: not nobody
}

std::string_view Worker::date() {
  if (const auto second = std::chrono::floor<std::chrono::seconds>(loop_->now()); second != date_of_) {
    date_of_ = second;
    date_ = http::Date(second);
  }
  return date_.text();
}

namespace {
http::ProblemHeader retry_after(Duration time, Arena& memory) {
  char digits[limits::retry_after_bytes_max];
  return {http::HeaderId::retry_after, http::Words::lasting(memory.copy(limits::retry_after(time, digits)))};
}
}  // namespace

// Of a client that is not known nobody can say that it is none of those who are denied, hence it is one; nor that it is banned, and a ban of all whom
// nobody knows would be anybody's to cause.
Worker::ShutOut Worker::shut_out(const Client& client, const Snapshot& snapshot) const noexcept {
  const auto held = [judged = client.known ? client.address : http::Address()](const std::vector<http::AddressBlock>& blocks) {
    return std::ranges::any_of(blocks, [&](const auto& block) { return block.contains(judged); });
  };
  if (client.known ? held(snapshot.addresses.deny) : !snapshot.addresses.deny.empty()) return {"addresses.deny", {}};
  if (!snapshot.addresses.allow.empty() && !held(snapshot.addresses.allow)) return {"addresses.allow", {}};
  if (!client.known) return {};
  if (const auto until = services_.bans.until(limits::Suspect::address(client.address), loop_->ticks())) return {"limits.failures", until};
  return {};
}

std::optional<http::Problem> Worker::refuse_shut_out(const Client& client, const Snapshot& snapshot, Arena& memory) {
  const auto now = loop_->ticks();
  const auto why = shut_out(client, snapshot);
  if (!why) return std::nullopt;
  http::Problem problem{.kind = http::ProblemKind::address_refused, .told = {}, .rule = http::Words::lasting(why.rule), .facts = {}, .headers = {}};
  const auto& [allow, deny] = snapshot.addresses;
  if (!client.known) problem.facts = facts(memory, {"the proxy ", text_of(client.address), " does not say for whom it asks"});
  else if (const auto block = std::ranges::find_if(deny, [&](const auto& each) { return each.contains(client.address); }); block != deny.end())
    problem.facts = facts(memory, {"client ", text_of(client.address), ", in the denied block ", block->to_text()});
  else if (!why.until)
    problem.facts = facts(memory, {"client ", text_of(client.address), ", which is in none of ", Digits(allow.size()), " allowed blocks"});
  if (!why.until) return problem;
  problem.kind = http::ProblemKind::address_banned;
  problem.facts = facts(memory, {"the address is banned until ", Timestamp(loop_->now() + (*why.until - now))});
  problem.headers = retry_after(*why.until - now, memory);
  return problem;
}

std::optional<http::Problem> Worker::refuse_address(const Client& client, const Snapshot& snapshot, Arena& memory) {
  if (auto problem = refuse_shut_out(client, snapshot, memory)) return problem;
  if (snapshot.admission_rules.all().empty()) return std::nullopt;
  const auto judgement =
      snapshot.admission_rules.judge(services_.counters, services_.delays, {client.address, nullptr, nullptr, nullptr, 0}, 1, loop_->ticks());
  if (judgement.allowed) return std::nullopt;
  return http::Problem{.kind = http::ProblemKind::rate_limited,
                       .told = {},
                       .rule = http::Words::lasting(judgement.refused_by->setting),
                       .facts = facts_of_rate(*judgement.refused_by, memory),
                       .headers = retry_after(judgement.retry_after, memory)};
}

limits::Who Worker::credential_of(const Principal& principal) const noexcept {
  if (principal.kind == Principal::Kind::api_key) return services_.naming.who(principal.key_id);
  return services_.naming.subject(principal.issuer, principal.subject);
}

std::optional<http::Problem> Worker::refuse_credential(const Principal& principal, Arena& memory) {
  const auto now = loop_->ticks();
  if (services_.bans.nobody(now)) return std::nullopt;
  const auto until = services_.bans.until(limits::Suspect::key(credential_of(principal)), now);
  if (!until) return std::nullopt;
  return http::Problem{.kind = http::ProblemKind::too_many_failures,
                       .told = "Too many requests with this credential were wrong.",
                       .rule = "limits.failures",
                       .facts = facts(memory, {"the credential is banned until ", Timestamp(loop_->now() + (*until - now))}),
                       .headers = retry_after(*until - now, memory)};
}

bool Worker::counts_as_failure(http::Status status) const noexcept {
  const auto& failures = snapshots_.back()->snapshot->failures;
  return failures != nullptr && failures->counts(status);
}

std::optional<limits::Ban> Worker::note_failure(http::Status status, const http::Address& client, const Principal& principal) noexcept {
  const auto& failures = snapshots_.back()->snapshot->failures;
  if (failures == nullptr) return std::nullopt;
  limits::Who credential;
  const bool known = principal.kind != Principal::Kind::nobody;
  if (known) credential = credential_of(principal);
  const auto ban = failures->note(status, client, known ? &credential : nullptr, loop_->ticks());
  if (ban) count(audit::Counter::bans);
  return ban;
}

void Worker::count(audit::Counter counter, std::uint64_t by) noexcept { services_.audit.metrics().add(number_, counter, by); }

bool Worker::worth_a_record(const http::Address& proxy) noexcept {
  return services_.counters.take({unknown_counter, limits::Scope::address, limits::Who::of(proxy), 0}, worth_telling(), 1, loop_->ticks()).allowed;
}

void Worker::finished(const audit::Record& record) { services_.audit.finish(number_, record); }

void Worker::finished_unrecorded(const audit::Record& record) {
  count(audit::Counter::unrecorded_refusals);
  services_.audit.metrics().count(number_, record);
}

// ---- the end ----

void Worker::drain(Duration time) {
  loop_->post([this, time] {
    if (draining_) return;
    draining_ = true;
    for (auto& listener : listeners_) listener->close();
    drained_by_ = loop_->ticks() + time;
    context_.drain();
    watch_draining();
  });
}

// Looks every few milliseconds whether the last connection has gone: draining is rare and need not be told.
void Worker::watch_draining() {
  if (loop_->ticks() >= drained_by_) context_.close_all();
  if (context_.connections == 0) {
    over_.store(true, std::memory_order_relaxed);
    return loop_->stop();
  }
  loop_->arm(drain_timer_, 10ms);
}

}  // namespace gatehouse::gateway
