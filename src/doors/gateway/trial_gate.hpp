// For tests: a gate of one worker without a thread, its clock and its upstream in the test's hands. Everything happens in turn().
#pragma once
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <cerrno>
#include <cstdlib>
#include <latch>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "doors/gateway/compile.hpp"
#include "doors/gateway/worker.hpp"
#include "engines/net/socket.hpp"
#include "ground/base/testing.hpp"
#include "services/audit/audit.hpp"
#include "services/keys/meter.hpp"
#include "services/limits/failures.hpp"
#include "services/limits/memory_counters.hpp"

namespace gatehouse::gateway {

/// Keeps nothing: what it would be asked after a crash is no matter here.
class NoStore final : public store::Store {
 public:
  Result<store::Rows> read(const store::Statement&) override { return store::Rows{}; }
  Result<> write(std::span<const store::Statement>) override { return {}; }
};

/// One end of a stream, read without waiting.
class TrialSocket {
 public:
  TrialSocket() = default;
  explicit TrialSocket(net::Descriptor socket) : socket_(std::move(socket)) {}
  [[nodiscard]] bool open() const noexcept { return socket_.open(); }
  [[nodiscard]] bool ended() const noexcept { return ended_; }
  /// As much as the socket takes; the rest is lost.
  void send(std::string_view text) {
    if (open()) (void)!::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  }
  void read(std::size_t bytes_max = 1 << 20) {
    char buffer[16384];
    while (open() && !ended_ && bytes_max > 0) {
      const auto count = ::recv(socket_.get(), buffer, std::min(sizeof buffer, bytes_max), MSG_DONTWAIT);
      if (count > 0) got.append(buffer, static_cast<std::size_t>(count)), bytes_max -= static_cast<std::size_t>(count);
      else if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
      else ended_ = true;
    }
  }
  void half_close() {
    if (open()) ::shutdown(socket_.get(), SHUT_WR);
  }
  void close() { socket_.close(); }
  void reset() {
    const struct linger at_once{1, 0};
    if (open()) ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    socket_.close();
  }
  std::string got;

 private:
  net::Descriptor socket_;
  bool ended_ = false;
};

class TrialGate {
 public:
  struct Setup {
    std::optional<learning::LearnOptions> learn;  ///< who learns stands in services().learner
    std::vector<RouteOptions> routes;
    settings::Named<keys::PlanOptions> plans;
    limits::LimitsOptions limits{.per_address = std::nullopt, .per_key = {}, .per_subject = {}, .failures = std::nullopt};
    net::ConnectionLimits connections;
    AddressOptions addresses;
    std::shared_ptr<const token::Signer> signer;
    IdentityOptions identity;
    std::uint32_t retries = 1;
    net::Balance balance = net::Balance::round_robin;
    bool reuse_after_body = true;
    settings::Named<IssuerOptions> issuers;
    KeySource key_source;
    std::size_t upstream_servers = 1;
    std::string upstream_host = "127.0.0.1";  ///< a name: `resolve` says what it stands for
    Resolve resolve = resolve_by_system;
    std::size_t pool_queue = 64;  ///< the pool has one thread: what is submitted runs in order
    std::uint32_t delayed_max = 100;
    std::uint32_t connections_max = 1024;
    std::vector<http::AddressBlock> trusted_proxies;
    std::uint32_t failures_max = 0;  ///< of an address in a minute, which then is banned for one; proxies never are; 0: no end of them
  };

  explicit TrialGate(Setup the_setup) : setup(std::move(the_setup)), delays_(setup.delayed_max), keys_(empty_ring()) {
    pool_ = std::make_unique<async::Pool>(1, setup.pool_queue);
    counters_.emplace(limits::MemoryCounters::create(random, 1024).value());
    permits_.emplace(limits::Permits::create(random, 1024).value());
    bans_ = limits::Bans::create({}, random).value();
    audit::Audit::Setup audit;
    audit.log.file.path = "/dev/null";
    audit.log.own_thread = false;
    audit.decisions_path = folder_.file("decisions");
    audit.decisions = 64;
    audit_ = audit::Audit::start(std::move(audit), clock, random).value();
    meter_ = keys::Meter::open(store_, random, {.folder = folder_.path(), .slots = 256, .banks = 1}).value();
    services_.emplace(
        Services{clock, random, *pool_, memory_, *counters_, *permits_, *bans_, delays_, naming_, keys_, revocations_, *meter_, *audit_});
    for (std::size_t i = 0; i < setup.upstream_servers; ++i) {
      upstreams_.push_back(net::listen_on({*http::Address::parse("127.0.0.1"), 0}).value());
      upstream_ports.push_back(net::local_endpoint(upstreams_.back().get()).value().port);
    }
    net::Descriptor door(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    sockaddr_un unix_name = door_name();
    GH_ASSERT(::bind(door.get(), reinterpret_cast<const sockaddr*>(&unix_name), sizeof unix_name) == 0 && ::listen(door.get(), 64) == 0);
    std::vector<net::Descriptor> doors;
    doors.push_back(std::move(door));
    const auto first = snapshot().value();
    std::latch fetched(1);  // the pool has one thread: when it comes to this, the key sets are there
    while (!pool_->submit([&fetched] { fetched.count_down(); })) std::this_thread::yield();
    fetched.wait();
    worker = Worker::create(0, *services_, first, std::move(doors), connections_).value();
  }
  ~TrialGate() {
    worker.reset();
    pool_.reset();
    meter_.reset();
    audit_.reset();
  }

  /// What the setup says now.
  [[nodiscard]] Result<std::shared_ptr<const Snapshot>> snapshot() {
    settings::Named<net::UpstreamOptions> upstreams;
    auto& server = upstreams["api"];
    for (const auto port : upstream_ports) server.servers.push_back({false, setup.upstream_host, port, {}});
    server.retries = setup.retries;
    server.balance = setup.balance;
    server.reuse_after_body = setup.reuse_after_body;
    server.connections_max = setup.connections_max;
    std::shared_ptr<const limits::Failures> failures;
    if (setup.failures_max != 0) {
      const auto limit = limits::Limit::make(setup.failures_max, 1min, setup.failures_max).value();
      failures = std::make_shared<const limits::Failures>(
          limits::Failures::create({.per_address = limit, .per_key = limit, .exempt = setup.trusted_proxies}, *counters_, *bans_).value());
    }
    const auto issuers_before = std::exchange(issuers_, nullptr);
    auto made = compile({.listeners = {ListenerSettings{}},
                         .connections = setup.connections,
                         .trusted_proxies = setup.trusted_proxies,
                         .addresses = setup.addresses,
                         .identity = setup.identity,
                         .upstreams = upstreams,
                         .issuers = setup.issuers,
                         .plans = setup.plans,
                         .limits = setup.limits,
                         .failures = failures,
                         .routes = setup.routes,
                         .audit = audit::Level::refusals,
                         .learn = setup.learn,
                         .signer = setup.signer,
                         .resolve = setup.resolve,
                         .key_source = setup.key_source,
                         .issuers_before = issuers_before.get(),
                         .label_of = [this](std::string_view name) { return meter_->label(name); },
                         .number_of_route = [this](std::string_view name) { return audit_->metrics().route(name); }},
                        clock);
    if (made) issuers_ = (*made)->issuers, last_made = *made, refresh_stale(issuers_, *pool_, clock.ticks());
    return made;
  }
  [[nodiscard]] TrialSocket connect() {
    net::Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    sockaddr_un name = door_name();
    GH_ASSERT(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0);
    TrialSocket made(std::move(socket));
    turn();
    return made;
  }
  /// Takes the connections that the gate has made to its upstream by now.
  void accept_upstream() {
    for (std::size_t server = 0; server < upstreams_.size(); ++server) {
      while (upstreams_[server].open()) {
        bool out_of_descriptors = false;
        auto accepted = net::accept_from(upstreams_[server].get(), out_of_descriptors);
        if (!accepted.socket.open()) break;
        servers.push_back(std::make_unique<TrialSocket>(std::move(accepted.socket)));
        server_of.push_back(server);
      }
    }
  }
  /// From now on nobody listens on that port of the upstream.
  void end_upstream(std::size_t server) { upstreams_[server].close(); }
  void turn(int times = 3) {
    for (int i = 0; i < times; ++i) {
      worker->loop().turn(0s);
      accept_upstream();
      for (const auto& server : servers) server->read();
    }
  }
  void pass(Duration time) {
    clock.advance(time);
    turn();
  }
  /// Until the pool has done what it was given, and the loop has taken the results.
  void settle() {
    std::latch done(1);
    while (!pool_->submit([&done] { done.count_down(); })) std::this_thread::yield();  // its queue may be full for a moment
    done.wait();
    turn();
  }
  void use_keys(std::shared_ptr<const keys::KeyRing> ring) { keys_.publish(std::move(ring)); }
  void use_revocations(std::span<const revocations::Record> records) {
    auto list = std::make_shared<revocations::RevocationList>(siphash::Seed::from(random));
    for (const auto& record : records) list->put(record);
    revocations_.publish(std::move(list));
  }
  [[nodiscard]] std::uint64_t ended(audit::Counter counter) const { return audit_->metrics().sum(counter); }
  [[nodiscard]] Services& services() { return *services_; }

  ManualClock clock;
  SeededRandom random{11};
  Setup setup;
  std::vector<std::uint16_t> upstream_ports;
  std::vector<std::unique_ptr<TrialSocket>> servers;  ///< connections that the upstream has accepted, in order
  std::vector<std::size_t> server_of;                 ///< which of upstream_ports each of them came to
  std::unique_ptr<Worker> worker;
  std::weak_ptr<const Snapshot> last_made;

 private:
  static std::shared_ptr<const keys::KeyRing> empty_ring() {
    keys::KeyRingBuilder builder(std::make_shared<const std::vector<keys::Plan>>());
    return builder.finish().value();
  }
  /// An abstract name: nothing is left in the file system.
  [[nodiscard]] sockaddr_un door_name() const {
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    folder_.path().copy(name.sun_path + 1, sizeof name.sun_path - 2);
    return name;
  }

  gatehouse::testing::TemporaryFolder folder_;
  NoStore store_;
  std::unique_ptr<async::Pool> pool_;
  std::optional<limits::MemoryCounters> counters_;
  std::optional<limits::Permits> permits_;
  std::unique_ptr<limits::Bans> bans_;
  limits::Delays delays_;
  net::BufferBudget memory_{64 * 1024 * 1024};
  limits::Naming naming_{limits::Seed::from(random)};
  Published<keys::KeyRing> keys_;
  Published<revocations::RevocationList> revocations_{std::make_shared<const revocations::RevocationList>(siphash::Seed::from(random))};
  std::shared_ptr<const Issuers> issuers_;  // of the last snapshot
  std::unique_ptr<audit::Audit> audit_;
  std::unique_ptr<keys::Meter> meter_;
  std::optional<Services> services_;
  std::atomic<std::uint32_t> connections_{0};
  std::vector<net::Descriptor> upstreams_;
};

/// A route that everybody may use.
[[nodiscard]] inline RouteOptions open_route(std::string name, std::string path, std::vector<std::string> methods) {
  RouteOptions route;
  route.name = std::move(name);
  route.path = std::move(path);
  route.methods = std::move(methods);
  route.upstream = "api";
  route.authenticate = {Credential::none};
  return route;
}

}  // namespace gatehouse::gateway
