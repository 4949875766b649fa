// For tests: a gate in a folder of its own, a small API behind it, and clients that speak to it byte by byte.
#pragma once
#include <doctest/doctest.h>

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>
#include <functional>
#include <mutex>
#include <sstream>
#include <thread>

#include "app/config/protect.hpp"
#include "app/main/gate/gate.hpp"
#include "app/main/place/local_authority.hpp"
#include "app/main/place/opened.hpp"
#include "engines/net/tls.hpp"
#include "engines/net/transport.hpp"
#include "ground/base/testing.hpp"

namespace gatehouse::main::trial {

/// The machine's clock and what was added to it: loop threads may read it while a test moves it on.
class MovableClock final : public Clock {
 public:
  [[nodiscard]] Instant now() const noexcept override { return clock_.now() + Duration(added_.load()); }
  [[nodiscard]] Ticks ticks() const noexcept override { return clock_.ticks() + Duration(added_.load()); }
  void advance(Duration by) noexcept { added_ += by.count(); }

 private:
  SystemClock clock_;
  std::atomic<std::int64_t> added_{0};
};

/// Asks until it is so. What is waited for happens on another thread, which is known to be about to do it.
template <class Question>
bool comes_true(Question question) {
  const auto give_up = std::chrono::steady_clock::now() + 20s;  // a bound for a broken build, not a measure
  while (!question()) {
    if (std::chrono::steady_clock::now() > give_up) return false;
    std::this_thread::yield();
  }
  return true;
}

/// A client's connection; blocking, with a bound.
class Client {
 public:
  explicit Client(const net::Endpoint& to, int receive_buffer = 0) : socket_(net::connect_to(to).value()) {
    if (receive_buffer > 0) ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    REQUIRE(wait(POLLOUT));
  }
  void send(std::string_view text) {
    while (!text.empty()) {
      REQUIRE(wait(POLLOUT));
      const auto sent = ::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL);
      if (sent < 0) return;  // the gate has closed: what it said before is what counts
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  /// What comes until one answer (with a Content-Length, or none of a body) is complete, or the gate closes.
  std::string answer() {
    while (true) {
      const auto head = received_.find("\r\n\r\n");
      if (head != std::string::npos) {
        std::size_t length = 0;
        if (const auto at = received_.find("content-length: "); at != std::string::npos && at < head) length = std::stoul(received_.substr(at + 16));
        if (received_.size() >= head + 4 + length) {
          auto text = received_.substr(0, head + 4 + length);
          received_.erase(0, text.size());
          return text;
        }
      }
      if (!more()) return std::exchange(received_, {});
    }
  }
  std::string ask(std::string_view request) {
    send(request);
    return answer();
  }
  /// False: the gate has closed.
  bool more() {
    char block[16 * 1024];
    REQUIRE(wait(POLLIN));
    const auto got = ::recv(socket_.get(), block, sizeof block, 0);
    if (got <= 0) return false;
    received_.append(block, static_cast<std::size_t>(got));
    return true;
  }
  [[nodiscard]] int socket() const noexcept { return socket_.get(); }
  void reset() {  // ends with RST instead of FIN
    const linger now{1, 0};
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
    socket_.close();
  }

 private:
  bool wait(short events) {
    pollfd waiting{socket_.get(), events, 0};
    return ::poll(&waiting, 1, 20'000) == 1;
  }
  net::Descriptor socket_;
  std::string received_;
};

/// GET on a connection of its own.
inline std::string get(const net::Endpoint& from, std::string_view path, std::string_view fields = {}) {
  return Client(from).ask("GET " + std::string(path) + " HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n" + std::string(fields) + "\r\n");
}

/// An API that answers every request alike, on connections that it keeps open.
class Api {
 public:
  explicit Api(std::string answer = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok") : answer_(std::move(answer)) {
    listener_ = net::listen_on({http::Address::parse("127.0.0.1").value(), 0}).value();
    endpoint_ = net::local_endpoint(listener_.get()).value();
    accepting_ = std::thread([this] { accept(); });
  }
  ~Api() { stop(); }
  void stop() {
    if (!accepting_.joinable()) return;
    stopping_ = true;
    ::shutdown(listener_.get(), SHUT_RDWR);
    accepting_.join();
    {
      const std::lock_guard lock(mutex_);
      for (const auto& connection : connections_) ::shutdown(connection.get(), SHUT_RDWR);
    }
    for (auto& thread : serving_) thread.join();
    listener_.close();
  }
  [[nodiscard]] std::string url() const { return "http://" + endpoint_.to_text(); }

 private:
  void accept() {
    while (!stopping_) {
      pollfd waiting{listener_.get(), POLLIN, 0};
      if (::poll(&waiting, 1, -1) < 0 || stopping_) return;
      const int socket = ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC);
      if (socket < 0) return;
      const std::lock_guard lock(mutex_);
      connections_.emplace_back(socket);
      serving_.emplace_back([this, socket] { serve(socket); });
    }
  }
  void serve(int socket) {
    std::string received;
    char block[4096];
    while (true) {
      for (auto end = received.find("\r\n\r\n"); end != std::string::npos; end = received.find("\r\n\r\n")) {
        received.erase(0, end + 4);
        for (std::string_view rest = answer_; !rest.empty();) {
          const auto sent = ::send(socket, rest.data(), rest.size(), MSG_NOSIGNAL);
          if (sent <= 0) return;
          rest.remove_prefix(static_cast<std::size_t>(sent));
        }
      }
      const auto got = ::recv(socket, block, sizeof block, 0);
      if (got <= 0) return;
      received.append(block, static_cast<std::size_t>(got));
    }
  }
  const std::string answer_;
  net::Descriptor listener_;
  net::Endpoint endpoint_;
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::vector<net::Descriptor> connections_;
  std::vector<std::thread> serving_;
  std::thread accepting_;
};

inline std::string text_of(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// A TLS client that trusts one authority; false: no handshake.
inline bool shakes_hands(const net::Endpoint& to, const std::string& authority) {
  const auto tls = net::ClientTls::create({.authorities = authority}).value();
  auto socket = net::connect_to(to).value();
  const int descriptor = socket.get();
  net::Transport transport(std::move(socket), tls->connect("localhost"));
  pollfd waiting{descriptor, POLLIN | POLLOUT, 0};
  while (::poll(&waiting, 1, 20'000) == 1) {
    transport.edge(false);
    const auto step = transport.handshake();
    if (step.state == net::IoState::ok) return true;
    if (step.state != net::IoState::again) return false;
    waiting.events = POLLIN;
  }
  return false;
}

/// A local authority and a certificate of it, in a data directory of their own.
inline LocalTlsFiles certificate_in(const std::string& folder, const Clock& clock, Random& random) {
  const auto held = DataDirectory::hold(folder).value();
  const auto made = local_certificate(held, local_names(), clock, random).value();
  return {made.certificate_file, made.key_file};
}

inline std::string authority_in(const std::string& folder) { return text_of(folder + "/tls/ca.pem"); }

/// One loop thread, clear text, everybody may come in, GET and POST are allowed; `change` makes of it what the test needs.
class Trial {
 public:
  using Change = std::function<void(config::Configuration&)>;
  explicit Trial(Change change = {}, std::string answer = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok", Outside outside = {})
      : api(std::move(answer)), first(std::move(change)), configuration(make()) {
    opened.emplace(open_store(DataDirectory::hold(configuration.data).value(), keys_options(configuration), clock, random).value());
    auto sockets = bind_sockets(configuration);
    REQUIRE_MESSAGE(sockets.has_value(), (sockets ? std::string() : to_text(sockets.error())));
    auto made = Gate::create(configuration, std::move(*sockets), local, *opened->store, *opened->keys, *opened->revocations, clock, random,
                             std::move(outside));
    REQUIRE_MESSAGE(made.has_value(), (made ? std::string() : to_text(made.error())));
    gate = std::move(*made);
    gate->start();
  }

  [[nodiscard]] config::Configuration make(const Change& second = {}) const {
    auto made = config::protect_configuration(api.url(), folder.path()).value();
    made.workers = 1;
    auto& listener = made.listeners.front();
    listener.address = {http::Address::parse("127.0.0.1").value(), 0};
    listener.tls = {};
    listener.tls.off = true;
    made.metrics = audit::MetricsOptions{listener.address};
    made.drain = 1s;
    auto& route = made.routes.front();
    route.methods = {"GET", "POST"};
    route.authenticate = {gateway::Credential::none};
    if (first) first(made);
    if (second) second(made);
    return made;
  }
  /// The configuration that the gate began with, changed.
  Result<> reload(const Change& change) { return gate->reload(make(change), local); }

  [[nodiscard]] const net::Endpoint& front() const { return gate->endpoints().front(); }
  [[nodiscard]] net::Endpoint operations() const { return gate->operations_endpoint().value(); }
  [[nodiscard]] std::uint64_t count(audit::Counter counter) const { return gate->audit().metrics().sum(counter); }
  /// The counter is `value` before long, and was never above it.
  [[nodiscard]] bool counts(audit::Counter counter, std::uint64_t value) const {
    return comes_true([&] { return count(counter) >= value; }) && count(counter) == value;
  }
  /// The value of a sample without labels in what /metrics says; -1: it is not there.
  [[nodiscard]] double sample(std::string_view name) const {
    const auto text = gate->audit().metrics().exposition();
    const auto at = text.find("\n" + std::string(name) + " ");
    return at == std::string::npos ? -1 : std::stod(text.substr(at + name.size() + 2));
  }
  [[nodiscard]] std::string audit_log() const { return text_of(configuration.state_path(configuration.audit.file)); }

  gatehouse::testing::TemporaryFolder folder;
  Api api;
  MovableClock clock;
  SystemRandom random;
  const Change first;
  const config::Configuration configuration;
  LocalTlsFiles local;
  std::optional<Opened> opened;
  std::unique_ptr<Gate> gate;
};

}  // namespace gatehouse::main::trial
