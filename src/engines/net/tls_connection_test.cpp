#include <doctest/doctest.h>

#include <openssl/ssl.h>
#include <sys/socket.h>
#include <algorithm>
#include <atomic>
#include <functional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "engines/net/server_connection.hpp"
#include "engines/net/tls.hpp"
#include "engines/net/transport.hpp"
#include "engines/net/trial_service.hpp"
#include "ground/crypto/certificate.hpp"

namespace {
using namespace gatehouse;
using namespace gatehouse::net;

const Instant tls_from{1'700'000'000s}, tls_until{4'000'000'000s};

struct TlsTrial {
  std::shared_ptr<const ServerTls> serve(std::vector<std::vector<std::string>> hosts, bool http2 = true) {
    ServerTlsOptions options;
    options.offer_http2 = http2;
    for (const auto& names : hosts) {
      const auto issued = crypto::make_server_certificate(authority, {names.front(), names, tls_from, tls_until}, random).value();
      options.certificates.push_back({issued.certificate_pem, issued.key.to_pem(), "test", {}});
    }
    return ServerTls::create(options, tickets).value();
  }

  ManualClock clock;
  SystemRandom random{};
  crypto::Issued authority = crypto::make_authority({"test", {"one.example", "two.example"}, tls_from, tls_until}, random).value();
  std::shared_ptr<const ClientTls> client = ClientTls::create({authority.certificate_pem, true}).value();
  std::shared_ptr<TicketKeys> tickets = std::make_shared<TicketKeys>(random, clock);
};

/// Both ends of one TLS connection, stepped by hand.
struct TlsPair {
  TlsPair(const ServerTls& server_tls, ssl_st* client_session) {
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
    server.emplace(Descriptor(ends[0]), server_tls.accept());
    client.emplace(Descriptor(ends[1]), client_session);
  }
  /// How the handshake ended, on the server's side and on the client's.
  std::pair<IoState, IoState> shake() {
    IoState at_client = IoState::again, at_server = IoState::again;
    for (int i = 0; i < 8; ++i) {
      edge();
      if (at_client == IoState::again) at_client = client->handshake().state;
      edge();
      if (at_server == IoState::again) at_server = server->handshake().state;
    }
    return {at_server, at_client};
  }
  void edge() {
    client->edge(false);
    server->edge(false);
  }
  Io read(Transport& from, std::string& into) {
    edge();
    char buffer[4096];
    const auto result = from.read(buffer);
    into.assign(buffer, result.bytes);
    return result;
  }
  std::optional<Transport> server, client;
};

Io write_text(Transport& to, std::string_view text) {
  const iovec piece{const_cast<char*>(text.data()), text.size()};
  return to.write({&piece, 1});
}

void offer(ssl_st* session, std::string_view protocols) {
  REQUIRE(SSL_set_alpn_protos(session, reinterpret_cast<const unsigned char*>(protocols.data()), static_cast<unsigned>(protocols.size())) == 0);
}

std::string shown_name(const ssl_st* client) {
  X509* const shown = SSL_get1_peer_certificate(client);
  char name[64] = "";
  if (shown != nullptr) X509_NAME_get_text_by_NID(X509_get_subject_name(shown), NID_commonName, name, sizeof name);
  X509_free(shown);
  return name;
}

/// A handshake, a byte each way (the tickets come with the server's), and the session that can be resumed.
struct FreeTlsSession {
  void operator()(SSL_SESSION* session) const noexcept { SSL_SESSION_free(session); }
};
struct Resumed {
  bool reused = false;
  std::unique_ptr<SSL_SESSION, FreeTlsSession> session;
};
Resumed connect_once(TlsTrial& trial, const ServerTls& server, SSL_SESSION* former) {
  ssl_st* const session = trial.client->connect("one.example");
  if (former != nullptr) REQUIRE(SSL_set_session(session, former) == 1);
  TlsPair pair(server, session);
  REQUIRE(pair.shake() == std::pair(IoState::ok, IoState::ok));
  std::string got;
  REQUIRE(write_text(*pair.server, "x").bytes == 1);
  (void)pair.read(*pair.client, got);
  if (got.empty()) (void)pair.read(*pair.client, got);
  CHECK(got == "x");
  Resumed made{SSL_session_reused(session) == 1, std::unique_ptr<SSL_SESSION, FreeTlsSession>(SSL_get1_session(session))};
  pair.client->finish();  // a session whose connection broke is not resumed (RFC 5246 section 7.2.1)
  return made;
}
}  // namespace

TEST_CASE("the certificate is chosen by the name asked for, the first one where none fits") {
  TlsTrial trial;
  const auto server = trial.serve({{"one.example"}, {"two.example", "*.two.example"}});
  for (const auto& [name, shown] : {std::pair{"one.example", "one.example"}, {"two.example", "two.example"}, {"a.two.example", "two.example"}}) {
    ssl_st* const session = trial.client->connect(name);
    TlsPair pair(*server, session);
    CHECK(pair.shake() == std::pair(IoState::ok, IoState::ok));
    CHECK(shown_name(session) == shown);
    CHECK(requested_name(pair.server->session()) == name);
  }
  CHECK(server->certificate_for("TWO.example") == 1);
  CHECK(server->certificate_for("a.two.example") == 1);
  CHECK(server->certificate_for("a.b.two.example") == 0);  // a star stands for one label
  CHECK(server->certificate_for("other.example") == 0);
  SUBCASE("a client that asks for another name is shown the first and refuses it") {
    TlsPair pair(*server, trial.client->connect("one.other.example"));
    CHECK(pair.shake().second == IoState::failed);
  }
}

TEST_CASE("a chain is taken whole or not at all") {
  TlsTrial trial;
  const auto issued = crypto::make_server_certificate(trial.authority, {"one.example", {"one.example"}, tls_from, tls_until}, trial.random).value();
  const auto serve_with = [&](const std::string& further) {
    ServerTlsOptions options;
    options.certificates.push_back({issued.certificate_pem + further, issued.key.to_pem(), "one.pem", {}});
    return ServerTls::create(options, trial.tickets);
  };
  CHECK(serve_with(""));
  CHECK(serve_with(trial.authority.certificate_pem));
  CHECK(serve_with(trial.authority.certificate_pem + "# a remark behind it\n"));
  auto damaged = trial.authority.certificate_pem;
  damaged[damaged.size() / 2] = '!';
  const auto refused = serve_with(damaged);
  REQUIRE_FALSE(refused);
  CHECK(to_text(refused.error()).contains("one.pem: a further certificate of its chain cannot be read"));
}

TEST_CASE("a client believes the authority that it was given and no other") {
  TlsTrial trial, stranger;
  const auto server = trial.serve({{"one.example"}});
  TlsPair pair(*server, stranger.client->connect("one.example"));
  CHECK(pair.shake() == std::pair(IoState::failed, IoState::failed));
  SUBCASE("unless verification is off") {
    const auto careless = ClientTls::create({{}, false}).value();
    TlsPair second(*server, careless->connect("one.example"));
    CHECK(second.shake() == std::pair(IoState::ok, IoState::ok));
  }
}

TEST_CASE("ALPN: HTTP/2 where both speak it, HTTP/1.1 else, and no connection without a common protocol") {
  TlsTrial trial;
  const auto both = trial.serve({{"one.example"}}), old = trial.serve({{"one.example"}}, false);
  const auto attempt = [&](const ServerTls& server, std::string_view protocols) {
    ssl_st* const session = trial.client->connect("one.example");
    if (!protocols.empty()) offer(session, protocols);
    TlsPair pair(server, session);
    const auto [at_server, at_client] = pair.shake();
    return at_server != IoState::ok ? "none" : chose_http2(pair.server->session()) ? "h2" : "http/1.1";
  };
  CHECK(attempt(*both, "\x02h2\x08http/1.1") == std::string_view("h2"));
  CHECK(attempt(*both, "\x08http/1.1") == std::string_view("http/1.1"));
  CHECK(attempt(*old, "\x02h2\x08http/1.1") == std::string_view("http/1.1"));
  CHECK(attempt(*both, "") == std::string_view("http/1.1"));
  CHECK(attempt(*both, "\x06spdy/1") == std::string_view("none"));
}

TEST_CASE("a ticket resumes a session until its key is two lifetimes old, over reloads too") {
  TlsTrial trial;
  const auto server = trial.serve({{"one.example"}});
  const auto first = connect_once(trial, *server, nullptr);
  CHECK_FALSE(first.reused);
  const auto reloaded = trial.serve({{"one.example"}});
  SUBCASE("at once") { CHECK(connect_once(trial, *reloaded, first.session.get()).reused); }
  SUBCASE("with the key before the present one") {
    trial.clock.advance(13h);
    CHECK_FALSE(connect_once(trial, *server, nullptr).reused);  // seals with a new key
    CHECK(connect_once(trial, *server, first.session.get()).reused);
  }
  SUBCASE("not with an older one") {
    trial.clock.advance(25h);
    CHECK_FALSE(connect_once(trial, *server, first.session.get()).reused);
  }
  SUBCASE("not where another gate made it") {
    TlsTrial other;
    const auto elsewhere =
        ServerTls::create(
            [&] {
              ServerTlsOptions options;
              const auto issued =
                  crypto::make_server_certificate(trial.authority, {"one.example", {"one.example"}, tls_from, tls_until}, trial.random).value();
              options.certificates.push_back({issued.certificate_pem, issued.key.to_pem(), "test", {}});
              return options;
            }(),
            other.tickets)
            .value();
    CHECK_FALSE(connect_once(trial, *elsewhere, first.session.get()).reused);
  }
}

TEST_CASE("ticket keys: the sealing one changes after its lifetime, the one before opens and is renewed") {
  ManualClock clock;
  SeededRandom random(5);
  TicketKeys keys(random, clock);
  const auto first = keys.sealing();
  clock.advance(TicketKeys::lifetime - 1s);
  CHECK(keys.sealing().name == first.name);
  clock.advance(1s);
  const auto second = keys.sealing();
  CHECK(second.name != first.name);
  CHECK(second.cipher != first.cipher);
  std::uint8_t name[16];
  std::ranges::copy(first.name, name);
  TicketKeys::Key opened;
  bool renew = false;
  CHECK(keys.opening(name, opened, renew));
  CHECK(renew);
  CHECK(opened.mac == first.mac);
  std::ranges::copy(second.name, name);
  CHECK(keys.opening(name, opened, renew));
  CHECK_FALSE(renew);
  std::ranges::copy(first.name, name);
  clock.advance(TicketKeys::lifetime);
  CHECK_FALSE(keys.opening(name, opened, renew));
}

namespace {
/// A clock that many threads read while one moves it.
class SharedClock final : public Clock {
 public:
  [[nodiscard]] Instant now() const noexcept override { return Instant(ticks().time_since_epoch()); }
  [[nodiscard]] Ticks ticks() const noexcept override { return Ticks(Duration(passed_.load())); }
  void advance(Duration by) noexcept { passed_ += by.count(); }

 private:
  std::atomic<std::int64_t> passed_{1};
};

/// The parts of a key, three fills each, are all of one byte, so that half of one key and half of another is seen. Asked by two threads at a time it would
/// count wrongly, and keys fall apart; ThreadSanitizer sees it, too.
class KeyedRandom final : public Random {
 public:
  void fill(std::span<std::uint8_t> out) noexcept override { std::ranges::fill(out, static_cast<std::uint8_t>(fills_++ / 3 % 255 + 1)); }
  [[nodiscard]] std::size_t fills() const noexcept { return fills_; }

 private:
  std::size_t fills_ = 0;
};

/// Lets a test look at what other threads see while a key is being made.
class InterruptedRandom final : public Random {
 public:
  void fill(std::span<std::uint8_t> out) noexcept override {
    random_.fill(out);
    if (meanwhile) meanwhile();
  }
  std::function<void()> meanwhile;

 private:
  SeededRandom random_{5};
};

bool is_whole(const TicketKeys::Key& key) {
  const auto same = [&](std::uint8_t byte) { return byte == key.name[0]; };
  return key.name[0] != 0 && std::ranges::all_of(key.name, same) && std::ranges::all_of(key.cipher, same) && std::ranges::all_of(key.mac, same);
}
}  // namespace

TEST_CASE("ticket keys: while one thread makes the next key the others go on with the old one, and wait for nobody") {
  ManualClock clock;
  InterruptedRandom random;
  TicketKeys keys(random, clock);
  const auto first = keys.sealing();
  std::uint8_t name[16];
  std::ranges::copy(first.name, name);
  clock.advance(TicketKeys::lifetime);
  int looks = 0;
  random.meanwhile = [&] {  // with a lock held by the maker this would never return
    ++looks;
    CHECK(keys.sealing().mac == first.mac);
    TicketKeys::Key opened;
    bool renew = false;
    CHECK(keys.opening(name, opened, renew));
    CHECK(opened.cipher == first.cipher);
  };
  const auto second = keys.sealing();
  CHECK(looks == 3);
  CHECK(second.name != first.name);
  random.meanwhile = nullptr;
  CHECK(keys.sealing().mac == second.mac);
}

TEST_CASE("ticket keys: an empty slot is no key") {
  ManualClock clock;
  SeededRandom random(5);
  TicketKeys keys(random, clock);
  TicketKeys::Key opened;
  bool renew = false;
  for (int i = 0; i < 5; ++i) {
    CHECK_FALSE(keys.opening({}, opened, renew));
    clock.advance(TicketKeys::lifetime);
    CHECK(keys.sealing().made == clock.ticks());
  }
}

TEST_CASE(
    "ticket keys: many threads seal and open while keys change, and none sees half a key, one that is gone, or an older one after a newer one") {
  SharedClock clock;
  KeyedRandom random;
  TicketKeys keys(random, clock);
  constexpr int rounds = 20'000;
  std::atomic<int> torn = 0, older = 0, opened_wrongly = 0, opened = 0;
  const auto use = [&](bool moves_the_clock) {
    Ticks last{};
    for (int i = 0; i < rounds; ++i) {
      if (moves_the_clock) clock.advance(TicketKeys::lifetime / 4);
      const auto sealing = keys.sealing();
      if (!is_whole(sealing)) ++torn;
      if (sealing.made < last) ++older;
      last = sealing.made;
      std::uint8_t name[16];
      std::ranges::copy(sealing.name, name);
      TicketKeys::Key key;
      bool renew = false;
      if (keys.opening(name, key, renew)) {
        ++opened;
        if (!is_whole(key) || key.name != sealing.name) ++opened_wrongly;
      }
      if (keys.opening({}, key, renew)) ++opened_wrongly;
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back(use, i == 0);
  for (auto& thread : threads) thread.join();
  CHECK(torn == 0);
  CHECK(older == 0);
  CHECK(opened_wrongly == 0);
  CHECK(opened > 0);
  CHECK(random.fills() % 3 == 0);
  CHECK(random.fills() / 3 > 1);  // they did change
}

TEST_CASE("close_notify is an end, a bare end of the connection is a truncation") {
  TlsTrial trial;
  const auto server = trial.serve({{"one.example"}});
  TlsPair pair(*server, trial.client->connect("one.example"));
  REQUIRE(pair.shake() == std::pair(IoState::ok, IoState::ok));
  std::string got;
  CHECK(write_text(*pair.client, "hello").bytes == 5);
  CHECK(pair.read(*pair.server, got).state == IoState::ok);
  CHECK(got == "hello");
  CHECK(pair.read(*pair.server, got).state == IoState::again);
  SUBCASE("orderly") {
    pair.client->finish();
    CHECK(pair.read(*pair.server, got).state == IoState::closed);
    CHECK(write_text(*pair.server, "bye").bytes == 3);  // the other direction is still open
    CHECK(pair.read(*pair.client, got).state == IoState::ok);
    CHECK(got == "bye");
  }
  SUBCASE("truncated") {
    ::shutdown(pair.client->descriptor(), SHUT_WR);
    CHECK(pair.read(*pair.server, got).state == IoState::failed);
  }
}

TEST_CASE("many pieces leave in order and whole through TLS, however large") {
  TlsTrial trial;
  const auto server = trial.serve({{"one.example"}});
  TlsPair pair(*server, trial.client->connect("one.example"));
  REQUIRE(pair.shake() == std::pair(IoState::ok, IoState::ok));
  std::string a(10, 'a'), b(40'000, 'b'), c(3, 'c'), d(16'384, 'd');
  const iovec pieces[] = {{a.data(), a.size()}, {b.data(), b.size()}, {c.data(), 0}, {c.data(), c.size()}, {d.data(), d.size()}};
  const auto written = pair.server->write(pieces);
  CHECK(written.bytes == a.size() + b.size() + c.size() + d.size());
  std::string all, got;
  while (pair.read(*pair.client, got).state == IoState::ok) all += got;
  CHECK(all == a + b + c + d);
}

TEST_CASE("a server connection over TLS answers, by HTTP/1.1 or HTTP/2 as agreed, and a handshake may not last") {
  TlsTrial trial;
  const auto tls = trial.serve({{"one.example"}});
  const auto loop = async::Loop::create(trial.clock).value();
  TrialService service;
  ServerContext context(*loop, service);
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
  ServerConnection::begin(context, {Descriptor(ends[0]), {}}, tls, 0);
  ssl_st* const session = trial.client->connect("one.example");
  Transport client(Descriptor(ends[1]), session);
  const auto shake = [&] {
    for (int i = 0; i < 6; ++i) {
      client.edge(false);
      (void)client.handshake();
      loop->turn(0s);
    }
  };
  SUBCASE("HTTP/1.1") {
    shake();
    REQUIRE(write_text(client, "GET /now HTTP/1.1\r\nhost: one.example\r\n\r\n").state == IoState::ok);
    loop->turn(0s);
    client.edge(false);
    char buffer[1024];
    std::string got;
    for (int i = 0; i < 3; ++i) {
      const auto result = client.read(buffer);
      if (result.state == IoState::ok) got.append(buffer, result.bytes);
    }
    CHECK(got.ends_with("now"));
    CHECK(context.first->peer().server_name == "one.example");
  }
  SUBCASE("HTTP/2") {
    offer(session, "\x02h2");
    shake();
    client.edge(false);
    char buffer[1024];
    const auto result = client.read(buffer);
    CHECK(result.bytes > 9);
    CHECK(buffer[3] == 4);  // its SETTINGS come first
  }
  SUBCASE("keys that are changed again and again, with nothing said between, end the connection; now and then they may be") {
    shake();
    const auto change_keys = [&](int times) {
      for (int i = 0; i < times; ++i) {
        REQUIRE(SSL_key_update(session, SSL_KEY_UPDATE_NOT_REQUESTED) == 1);
        REQUIRE(SSL_do_handshake(session) == 1);
      }
    };
    for (int i = 0; i < 40; ++i) {
      change_keys(2);
      REQUIRE(write_text(client, "GET /now HTTP/1.1\r\nhost: one.example\r\n\r\n").state == IoState::ok);
      loop->turn(0s);
    }
    CHECK(service.exchangers.size() == 40);
    CHECK(service.faults.empty());
    change_keys(200);
    for (int i = 0; i < 4; ++i) loop->turn(0s);
    CHECK(context.connections == 0);
    CHECK(service.faults == std::vector<std::string>{"tls-handshake-flood"});
  }
  SUBCASE("a request that came in the same segment as the one before is answered when the client has taken that one's answer") {
    shake();
    REQUIRE(write_text(client, "GET /big HTTP/1.1\r\nhost: one.example\r\n\r\n").state == IoState::ok);
    REQUIRE(write_text(client, "GET /now HTTP/1.1\r\nhost: one.example\r\n\r\n").state == IoState::ok);
    loop->turn(0s);
    CHECK(service.exchangers.size() == 1);
    std::string got;
    std::vector<char> buffer(64 * 1024);
    for (int i = 0; i < 100; ++i) {
      client.edge(false);
      for (auto result = client.read(buffer); result.state == IoState::ok; result = client.read(buffer)) got.append(buffer.data(), result.bytes);
      loop->turn(0s);
    }
    CHECK(got.size() > 1024 * 1024);
    CHECK(got.ends_with("now"));
  }
  SUBCASE("slow handshake") {
    REQUIRE(::send(client.descriptor(), "\x16", 1, 0) == 1);
    loop->turn(0s);
    trial.clock.advance(11s);
    loop->turn(0s);
    CHECK(context.connections == 0);
    CHECK(service.faults == std::vector<std::string>{"tls-handshake-timeout"});
  }
  SUBCASE("half a handshake") {
    REQUIRE(::send(client.descriptor(), "\x16\x03", 2, 0) == 2);
    ::shutdown(client.descriptor(), SHUT_WR);
    for (int i = 0; i < 4; ++i) loop->turn(0s);
    CHECK(context.connections == 0);
    CHECK(service.faults == std::vector<std::string>{"tls-handshake"});
  }
  SUBCASE("a connection on which nothing comes is no failure, however it ends") {
    SUBCASE("by its client") { ::shutdown(client.descriptor(), SHUT_WR); }
    SUBCASE("both ways") { ::shutdown(client.descriptor(), SHUT_RDWR); }
    SUBCASE("by its time") { trial.clock.advance(11s); }
    for (int i = 0; i < 4; ++i) loop->turn(0s);
    CHECK(context.connections == 0);
    CHECK(service.faults.empty());
  }
  const auto say = [&](std::string_view text) {
    REQUIRE(::send(client.descriptor(), text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()));
    for (int i = 0; i < 4; ++i) loop->turn(0s);
    char buffer[4096];
    const auto count = ::recv(client.descriptor(), buffer, sizeof buffer, 0);
    return std::string(buffer, static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  };
  SUBCASE("no handshake at all, but HTTP in clear text: one answer in clear text, and nothing of it is a request") {
    std::string text;
    SUBCASE("GET") { text = "GET /now HTTP/1.1\r\nhost: one.example\r\n\r\n"; }
    SUBCASE("pipelined") { text = "POST /echo HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\nabGET /now HTTP/1.1\r\nhost: a\r\n\r\n"; }
    SUBCASE("of another method") { text = "DELETE /now HTTP/1.1\r\nhost: one.example\r\n\r\n"; }
    trial.clock.advance(1s);
    const auto got = say(text);
    CHECK(got.starts_with("HTTP/1.1 400 "));
    CHECK(got.contains("connection: close\r\n"));
    CHECK(got.ends_with("\r\n\r\nmalformed"));
    REQUIRE(service.exchangers.size() == 1);
    CHECK(service.exchangers.front()->rule == "http.clear-text");
    CHECK(service.exchangers.front()->opened == trial.clock.ticks());
    CHECK(service.all_ended());
    CHECK(service.faults.empty());
    CHECK(::send(client.descriptor(), text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size()));  // read and thrown away
    loop->turn(0s);
    CHECK(service.exchangers.size() == 1);
    trial.clock.advance(3s);
    loop->turn(0s);
    CHECK(context.connections == 0);
  }
  SUBCASE("HEAD in clear text has an answer without a body") { CHECK(say("HEAD / HTTP/1.1\r\nhost: a\r\n\r\n").ends_with("\r\n\r\n")); }
  SUBCASE("no handshake at all, and no HTTP either") {
    SUBCASE("") { CHECK(say("SSH-2.0-x\r\n").empty()); }
    SUBCASE("lower case") { CHECK(say("get / HTTP/1.1\r\n\r\n").empty()); }
    SUBCASE("HTTP/2 in clear text") { CHECK(say("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").empty()); }
    CHECK(context.connections == 0);
    CHECK(service.faults == std::vector<std::string>{"tls-handshake"});
    CHECK(service.exchangers.empty());
  }
  context.close_all();
  loop->turn(0s);
}
