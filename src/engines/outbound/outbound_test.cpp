#include <doctest/doctest.h>

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <string>
#include <thread>

#include "engines/outbound/fetcher.hpp"
#include "engines/outbound/raw_exchange.hpp"

using namespace gatehouse;
using namespace gatehouse::outbound;

namespace {

http::Address ip(std::string_view text) { return http::Address::parse(text).value(); }

/// Answers one connection on 127.0.0.1 with the text given, and keeps what it was sent.
class OneAnswer {
 public:
  explicit OneAnswer(std::string answer) : listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::listen(listener_, 1) == 0);
    REQUIRE(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port = ntohs(address.sin_port);
    thread_ = std::jthread([this, answer = std::move(answer)] {
      const int connection = ::accept(listener_, nullptr, nullptr);
      if (connection < 0) return;
      char block[4096];
      while (!request.contains("\r\n\r\n")) {
        const auto got = ::recv(connection, block, sizeof block, 0);
        if (got <= 0) break;
        request.append(block, static_cast<std::size_t>(got));
      }
      std::ignore = ::send(connection, answer.data(), answer.size(), MSG_NOSIGNAL);
      ::close(connection);
    });
  }
  ~OneAnswer() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  void finish() {
    ::shutdown(listener_, SHUT_RDWR);
    if (thread_.joinable()) thread_.join();
    thread_ = std::jthread([] {});
  }
  settings::Url url() const { return settings::Url::parse("http://127.0.0.1:" + std::to_string(port) + "/keys.json").value(); }
  std::uint16_t port = 0;
  std::string request;

 private:
  int listener_;
  std::jthread thread_;
};

}  // namespace

TEST_CASE("only addresses of the public internet are public, whatever form they come in") {
  for (const auto* text : {"127.0.0.1", "10.1.2.3", "169.254.169.254", "192.168.0.1", "100.64.0.1", "0.0.0.0", "::1", "::", "fe80::1", "fd00::1",
                           "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "224.0.0.1", "255.255.255.255", "ff02::1", "2001:db8::1"}) {
    CAPTURE(text);
    CHECK_FALSE(is_public(ip(text)));
  }
  for (const auto* text : {"9.9.9.9", "172.32.0.1", "100.128.0.1", "2620:fe::fe", "2a00::1"}) {
    CAPTURE(text);
    CHECK(is_public(ip(text)));
  }
}

TEST_CASE("a host with one forbidden address is refused as a whole, unless the operator named it") {
  CHECK(allowed({ip("9.9.9.9")}, Reach::public_only));
  CHECK(allowed({ip("9.9.9.9"), ip("127.0.0.1")}, Reach::public_only).error().fault == Fault::forbidden);
  CHECK(allowed({ip("9.9.9.9"), ip("127.0.0.1")}, Reach::anywhere));
  CHECK_FALSE(allowed({}, Reach::anywhere));
}

TEST_CASE("a fetch to this machine is refused before a connection is made, and done where it was named") {
  OneAnswer server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
  CHECK(fetch(server.url(), {}).error().fault == Fault::forbidden);
  const auto body = fetch(server.url(), {.reach = Reach::anywhere});
  REQUIRE(body);
  CHECK(*body == "{}");
  server.finish();
  CHECK(server.request.starts_with("GET /keys.json HTTP/1.1\r\n"));
  CHECK(server.request.contains("Accept: application/json\r\n"));
}

TEST_CASE("a redirect is an error and is not followed") {
  OneAnswer elsewhere("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
  OneAnswer server("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:" + std::to_string(elsewhere.port) + "/\r\nContent-Length: 0\r\n\r\n");
  const auto body = fetch(server.url(), {.reach = Reach::anywhere});
  REQUIRE_FALSE(body);
  CHECK(body.error().detail.contains("status 302"));
  elsewhere.finish();
  CHECK(elsewhere.request.empty());
}

TEST_CASE("an answer that is too long is cut off, and one that just fits is taken") {
  const std::string text(1000, 'x');
  const auto answer = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + text;
  {
    OneAnswer server(answer);
    CHECK(fetch(server.url(), {.reach = Reach::anywhere, .bytes_max = 999}).error().fault == Fault::exhausted);
  }
  OneAnswer server(answer);
  const auto body = fetch(server.url(), {.reach = Reach::anywhere, .bytes_max = 1000});
  REQUIRE(body);
  CHECK(*body == text);
}

TEST_CASE("a fetch that nobody answers ends when it is stopped, however long it may take, and a stopped one does not begin") {
  const auto listener = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  REQUIRE(::bind(listener, reinterpret_cast<sockaddr*>(&address), size) == 0);
  REQUIRE(::listen(listener, 4) == 0);
  REQUIRE(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  const auto url = settings::Url::parse("http://127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/keys").value();
  std::atomic<bool> stop{false};
  std::jthread stopping([&] {
    const int connection = ::accept(listener, nullptr, nullptr);
    char block[4096];
    std::ignore = ::recv(connection, block, sizeof block, 0);  // it is under way now
    stop = true;
    while (::recv(connection, block, sizeof block, 0) > 0) {
    }
    ::close(connection);
  });
  const FetchOptions options{.reach = Reach::anywhere, .time_max = std::chrono::hours(1), .stop = &stop};
  const auto stopped = fetch(url, options);
  REQUIRE_FALSE(stopped);
  CHECK(stopped.error().fault == Fault::unavailable);
  CHECK(stopped.error().detail.contains("the gate stops"));
  stopping.join();
  CHECK_FALSE(fetch(url, options));
  pollfd nobody{listener, POLLIN, 0};
  CHECK(::poll(&nobody, 1, 0) == 0);
  ::close(listener);
}

TEST_CASE("a server that is not there is unavailable, with the URL in the detail") {
  const auto body = fetch(settings::Url::parse("http://127.0.0.1:1/").value(), {.reach = Reach::anywhere});
  REQUIRE_FALSE(body);
  CHECK(body.error().fault == Fault::unavailable);
  CHECK(body.error().detail.contains("http://127.0.0.1:1/"));
}

TEST_CASE("bytes that are no request arrive as they are, and the answer comes back whole") {
  OneAnswer server("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
  const std::string bytes("GET  /\x01 NOT\n\r\n\r\n");
  const auto answer = exchange_raw(server.url(), bytes, {});
  REQUIRE(answer);
  CHECK(*answer == "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
  server.finish();
  CHECK(server.request == bytes);
}
