// One loop thread of the data plane: its loop, listening sockets, connections, exchanges and upstream pools. Everything here
// is touched by that thread alone, but for submit(), adopt(), the two about its sign of life and the three that end it.
#pragma once
#include <atomic>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "doors/gateway/exchange.hpp"
#include "doors/gateway/exchange_pool.hpp"
#include "doors/gateway/identities.hpp"
#include "doors/gateway/services.hpp"
#include "doors/gateway/snapshot.hpp"
#include "engines/net/server_connection.hpp"
#include "engines/token/signature_cache.hpp"
#include "ground/http/date.hpp"
#include "services/audit/decision_id.hpp"
#include "services/audit/metrics.hpp"
#include "services/audit/trace.hpp"

namespace gatehouse::gateway {

/// A snapshot as one thread uses it: with the connections to its upstreams, and how many exchanges still need it.
struct LocalSnapshot {
  std::shared_ptr<const Snapshot> snapshot;
  std::vector<std::unique_ptr<UpstreamPools>> pools;          // as Snapshot::upstreams
  std::vector<Published<token::KeySet>::Reader> issuer_keys;  // as Issuers::all()
  std::size_t users = 0;
};

class Worker final : public net::Service {
 public:
  /// `sockets`: listening sockets of this thread, as Snapshot::listeners.
  [[nodiscard]] static Result<std::unique_ptr<Worker>> create(unsigned number, Services& services, std::shared_ptr<const Snapshot> snapshot,
                                                              std::vector<net::Descriptor> sockets, std::atomic<std::uint32_t>& connections);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Any thread. New requests are judged by `snapshot` from the worker's next turn on.
  void adopt(std::shared_ptr<const Snapshot> snapshot);
  /// Any thread. No new connections; present requests are finished within `time`, then all is closed and the thread ends.
  void drain(Duration time);
  void start();
  void join();
  /// Any thread. Asks the loop for a sign of life; while it owes an answer it is not asked again.
  void ask(Ticks now);
  /// Any thread. For how long the loop has owed an answer; zero: it owes none, or has ended as it was told to.
  [[nodiscard]] Duration silent(Ticks now) const noexcept;

  // net::Service
  [[nodiscard]] std::unique_ptr<net::Admission> admit(const net::Peer& peer) override;
  [[nodiscard]] net::Exchanger* open(net::Stream& stream) override;
  void misbehaved(const net::Peer& peer, std::string_view what) override;
  void secured(bool resumed, bool http2) override;
  void not_secured() override;
  void cut_off() override;
  void stream_reset() override;

  // For its exchanges and their stages.
  [[nodiscard]] async::Loop& loop() noexcept { return *loop_; }
  /// Exchanges that have not ended. The loop's own thread.
  [[nodiscard]] std::size_t busy() const noexcept { return exchanges_.taken() - retired_.size(); }
  [[nodiscard]] const ExchangePool& exchanges() const noexcept { return exchanges_; }
  [[nodiscard]] std::size_t connections() const noexcept { return context_.connections; }
  /// Where what is buffered on this thread is counted.
  [[nodiscard]] net::BufferTally& buffered() noexcept { return context_.buffered; }
  [[nodiscard]] unsigned number() const noexcept { return number_; }
  [[nodiscard]] Services& services() noexcept { return services_; }
  [[nodiscard]] net::http1::HeadWriter& head_writer() noexcept { return head_writer_; }
  /// Runs `task` on the pool, or as `queue` does. The worker does not die before it has run. False: there is no room.
  [[nodiscard]] bool submit(async::Task task, Queue queue = {});
  [[nodiscard]] audit::DecisionId next_decision() noexcept;
  /// The span that the upstream is told: of the caller's trace, or of a new one.
  [[nodiscard]] audit::Trace child_of(const std::optional<audit::Trace>& parent) noexcept;
  [[nodiscard]] const std::shared_ptr<const keys::KeyRing>& key_ring() { return key_ring_.current(); }
  /// The revocations in force now; the reference holds until the next call.
  [[nodiscard]] const revocations::RevocationList& revocations() { return *revocations_.current(); }
  [[nodiscard]] keys::Meter::Bank& bank() noexcept { return bank_; }
  [[nodiscard]] token::SignatureCache& signatures() noexcept { return signatures_; }
  [[nodiscard]] Identities& identities() noexcept { return identities_; }
  /// The text of an address, remembered for the one that was asked for last.
  [[nodiscard]] std::string_view text_of(const http::Address& address);
  /// The number of a client among those that share the connections to an upstream: a keyed hash, never that of nobody.
  [[nodiscard]] std::uint64_t holder_of(const http::Address& address) const noexcept;
  /// Now, as the Date field says it; made once a second.
  [[nodiscard]] std::string_view date();
  /// Who asks: an address; or, not known, some client of the trusted proxy at that address.
  struct Client {
    const http::Address& address;
    bool known = true;
  };
  /// Address lists and bans: by which of them this client may not ask at all; empty: it may. One that is not known may not where anybody is denied.
  struct ShutOut {
    std::string_view rule;
    std::optional<Ticks> until;  ///< of a ban
    explicit operator bool() const noexcept { return !rule.empty(); }
  };
  [[nodiscard]] ShutOut shut_out(const Client& client, const Snapshot& snapshot) const noexcept;
  /// shut_out(), told. The words of the refusal live in `memory`.
  [[nodiscard]] std::optional<http::Problem> refuse_shut_out(const Client& client, const Snapshot& snapshot, Arena& memory);
  /// refuse_shut_out(), then the limit per address: what is asked before anything else about a request.
  /// The words of the refusal live in `memory`.
  [[nodiscard]] std::optional<http::Problem> refuse_address(const Client& client, const Snapshot& snapshot, Arena& memory);
  /// For whom failures are counted and bans found: the key, or issuer and subject.
  [[nodiscard]] limits::Who credential_of(const Principal& principal) const noexcept;
  /// Whether a credential that was proved is banned for the failures of whoever uses it.
  [[nodiscard]] std::optional<http::Problem> refuse_credential(const Principal& principal, Arena& memory);
  /// Whether a refusal with that status counts against whom it is for.
  [[nodiscard]] bool counts_as_failure(http::Status status) const noexcept;
  [[nodiscard]] std::optional<limits::Ban> note_failure(http::Status status, const http::Address& client, const Principal& principal) noexcept;
  /// Whether one more refusal of a client that this proxy does not name is put on record.
  [[nodiscard]] bool worth_a_record(const http::Address& proxy) noexcept;
  void finished(const audit::Record& record);
  /// Counts it, and keeps nothing of it.
  void finished_unrecorded(const audit::Record& record);
  void count(audit::Counter counter, std::uint64_t by = 1) noexcept;
  void retire(Exchange& exchange);
  /// Exchanges that have ended, and that nothing reads any more, are given back when this turn of the loop ends.
  void release_soon();
  /// No descriptor is left: clients that only keep a connection for later lose it, soon, and theirs are free then.
  void make_room();

 private:
  class Listener;
  class Outstanding;
  Worker(unsigned number, Services& services, std::unique_ptr<async::Loop> loop, keys::Meter::Bank bank, std::atomic<std::uint32_t>& connections);
  void use(std::shared_ptr<const Snapshot> snapshot);
  [[nodiscard]] bool worth_a_handshake(const net::Peer& peer, const Snapshot& snapshot);
  [[nodiscard]] std::unique_ptr<net::Admission> let_in(const net::Peer& peer, const Snapshot& snapshot);
  void reuse_retired();
  void release_retired();
  void watch_draining();
  std::size_t shed();

  const unsigned number_;
  Services& services_;
  std::unique_ptr<async::Loop> loop_;
  std::atomic<std::uint32_t>& connections_;  // of the whole process
  net::ServerContext context_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  std::vector<std::unique_ptr<LocalSnapshot>> snapshots_;  // the last one is current
  ExchangePool exchanges_{*this};
  std::vector<Exchange*> retired_;  // they have ended, and calls into them may still be open
  std::uint64_t retired_in_ = 0;    // the step of the loop in which the last of them ended
  bool release_planned_ = false, shedding_planned_ = false;
  net::http1::HeadWriter head_writer_;
  Published<keys::KeyRing>::Reader key_ring_;
  Published<revocations::RevocationList>::Reader revocations_;
  keys::Meter::Bank bank_;
  token::SignatureCache signatures_{{}};
  Identities identities_;
  const limits::Seed holder_seed_;
  http::Address text_address_{};
  std::string address_text_;
  std::chrono::sys_seconds date_of_{};
  http::Date date_{date_of_};
  async::MemberTimer<Worker, &Worker::watch_draining> drain_timer_{*this};
  Ticks drained_by_{};
  bool draining_ = false;
  static constexpr std::int64_t nothing_asked = std::numeric_limits<std::int64_t>::min();
  std::atomic<std::int64_t> asked_{nothing_asked};  // ticks of the open question
  std::atomic<bool> over_{false};
  std::shared_ptr<Outstanding> outstanding_;
  std::jthread thread_;
};

}  // namespace gatehouse::gateway
