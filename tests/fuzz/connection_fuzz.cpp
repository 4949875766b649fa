// The whole way of a connection as a state machine: a real worker between a client and an upstream that do what the input says. Each step is
// an operation byte, most with an argument byte:
//
//   0 client sends the next N bytes    1 client sends a stock request   2 client shuts its side   3 the clock advances   4 upstream sends a
//   stock answer   5 upstream sends the next N bytes   6 upstream shuts its side   7 upstream resets   8 turns   9 client reads
//
// Then both sides go away. Checked: every exchange has ended and every connection closed; what the upstream received reads, strictly, as requests
// in the order and with the bodies that a plain reading of the client's bytes gives, rebuilt and without anything of the client's own
// credentials; what the client received reads, strictly, as answers to those requests, and no more of them.
#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "doors/gateway/trial_gate.hpp"
#include "engines/net/http1/chunked.hpp"
#include "engines/net/http1/head.hpp"
#include "ground/base/assert.hpp"

namespace {
using namespace gatehouse;
using namespace gatehouse::net;
using namespace std::chrono_literals;

constexpr std::array<std::string_view, 16> requests{
    "GET /a HTTP/1.1\r\nhost: a\r\n\r\n",
    "POST /b HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\nhello",
    "POST /c HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    "HEAD /d HTTP/1.1\r\nhost: a\r\n\r\n",
    "PUT /e HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 4\r\n\r\n",
    "GET /f HTTP/1.0\r\nhost: a\r\n\r\n",
    "GET /g HTTP/1.1\r\nhost: a\r\n\r\nGET /h HTTP/1.1\r\nhost: a\r\n\r\nHEAD /%zz HTTP/1.1\r\nhost: a\r\n\r\n",
    "DELETE /i HTTP/1.1\r\nhost: a\r\n\r\n",
    "GET /j HTTP/1.1\r\nhost: a\r\nconnection: close\r\nauthorization: Bearer x\r\nx-api-key: y\r\n\r\n",
    "POST /k HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    "POST /l HTTP/1.1\r\nhost: a\r\ncontent-length: 70000\r\n\r\n",
    "OPTIONS * HTTP/1.1\r\nhost: a\r\n\r\n",
    "POST /m HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n",
    "5\r\nworld\r\n",
    "0\r\n\r\n",
    "GET /n HTTP/1.0\r\nhost: a\r\nconnection: keep-alive\r\n\r\n",
};
constexpr std::array<std::string_view, 14> answers{
    "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok",
    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    "HTTP/1.1 204 No Content\r\n\r\n",
    "HTTP/1.1 304 Not Modified\r\netag: \"x\"\r\n\r\n",
    "HTTP/1.1 103 Early Hints\r\nlink: </s>\r\n\r\n",
    "HTTP/1.1 200 OK\r\n\r\nuntil the end",
    "HTTP/1.1 100 Continue\r\n\r\n",
    "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokHTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil",
    "HTTP/1.1 200 OK\r\ncontent-length: 3\r\ncontent-length: 2\r\n\r\nbad",
    "HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n",
    "HTTP/1.0 200 OK\r\ncontent-length: 1\r\n\r\nx",
    "HTTP/1.1 200 OK\r\ncontent-length: 7\r\nconnection: close\r\n\r\nclosing",
    "HTTP/1.1 101 Switching\r\nupgrade: x\r\n\r\n",
    "garbage\r\n\r\n",
};
constexpr std::array<Duration, 6> waits{1ms, 1s, 6s, 31s, 61s, 80s};

/// One message of a stream: what it says first, and its body.
struct Message {
  std::string first;  // method or status
  std::string decision;
  std::string body;
  http::Method method = http::Method::other;
  http::Status status = 0;
  bool complete = false;
};

/// Reads a body off `stream`. False: it ends too early or breaks its framing.
bool take_body(std::string_view& stream, const http::Framing& framing, http1::Sender sender, std::string& body) {
  switch (framing.kind) {
    case http::Framing::Kind::none: return true;
    case http::Framing::Kind::until_close:
      body = stream;
      stream = {};
      return true;
    case http::Framing::Kind::length: {
      const auto size = std::min<std::uint64_t>(framing.length, stream.size());
      body = stream.substr(0, size);
      stream.remove_prefix(size);
      return size == framing.length;
    }
    case http::Framing::Kind::chunked: break;
  }
  http1::ChunkedDecoder decoder({}, sender);
  for (;;) {
    const auto step = decoder.feed(stream);
    if (!step) return false;
    body += step->payload;
    stream.remove_prefix(step->consumed);
    if (step->state == http1::ChunkedDecoder::State::done) return true;
    if (stream.empty()) return false;
  }
}

/// The requests in a stream as the strict reader sees them, up to the first that it refuses. `strict`: it must refuse none.
std::vector<Message> requests_of(std::string_view stream, bool strict) {
  std::vector<Message> all;
  while (!stream.empty()) {
    std::size_t scanned = 0;
    const auto size = http1::find_head_end(stream, scanned, {});
    GH_ASSERT(!strict || size.has_value());
    if (!size || *size == 0) break;
    std::string copy(stream.substr(0, *size));
    Arena arena;
    http::RequestHead head(arena);
    const bool good = http1::parse_request_head(copy, head, {}).has_value();
    GH_ASSERT(!strict || good);
    if (!good) break;
    stream.remove_prefix(*size);
    Message message;
    message.first = head.method_token;
    message.method = head.method;
    if (const auto* const decision = head.headers.find("gatehouse-decision")) message.decision = decision->value;
    if (strict) {
      using enum http::HeaderId;
      GH_ASSERT(!message.decision.empty() && head.headers.count(host) == 1 && head.version == http::Version::http1_1);
      GH_ASSERT(!head.headers.has(authorization) && !head.headers.has(x_api_key) && !head.headers.has(expect));
      // A body that the server may not expect ends its connection, and so does HEAD (ADR 0022); nothing else does.
      const bool expected = head.method == http::Method::post || head.method == http::Method::put || head.method == http::Method::patch;
      const bool ends = head.method == http::Method::head || (!expected && head.framing.kind != http::Framing::Kind::none);
      GH_ASSERT(head.headers.has(connection) == !head.keep_alive && ends == !head.keep_alive);
    }
    message.complete = take_body(stream, head.framing, http1::Sender::client, message.body);
    const bool go_on = message.complete && (strict || head.keep_alive);
    GH_ASSERT(!strict || stream.empty() || (message.complete && head.keep_alive));
    all.push_back(std::move(message));
    if (!go_on) break;
  }
  return all;
}

void check_client(std::string_view got, const std::vector<Message>& asked) {
  std::size_t answered = 0;
  while (!got.empty()) {
    std::size_t scanned = 0;
    const auto size = http1::find_head_end(got, scanned, {}, http1::Sender::upstream);
    GH_ASSERT(size.has_value());
    if (*size == 0) return;  // cut off by the end of the connection
    std::string copy(got.substr(0, *size));
    Arena arena;
    http::ResponseHead head(arena);
    GH_ASSERT(answered <= asked.size());  // one more: the refusal of what is no request
    const auto method = answered < asked.size() ? asked[answered].method : http::Method::get;
    GH_ASSERT(http1::parse_response_head(copy, method, head, {}).has_value());
    got.remove_prefix(*size);
    if (head.status < 200) continue;
    ++answered;
    std::string body;
    if (!take_body(got, head.framing, http1::Sender::upstream, body)) {
      GH_ASSERT(got.empty());  // nothing may follow an answer that was broken off
      return;
    }
    if (!head.keep_alive) GH_ASSERT(got.empty());
  }
}

void check_upstream(const std::vector<std::unique_ptr<gateway::TrialSocket>>& servers, const std::vector<Message>& asked) {
  // In the order of their decisions, each of which may be told twice where a request was tried again.
  std::vector<Message> told;
  for (const auto& server : servers)
    for (auto& message : requests_of(server->got, true)) {
      const auto same = std::ranges::find(told, message.decision, &Message::decision);
      if (same == told.end()) told.push_back(std::move(message));
      else if (message.body.size() > same->body.size()) *same = std::move(message);
    }
  std::ranges::sort(told, {}, &Message::decision);
  std::size_t at = 0;
  for (const auto& message : told) {
    const auto fits = [&](const Message& one) {
      return one.first == message.first && (message.complete ? one.complete && one.body == message.body : one.body.starts_with(message.body));
    };
    while (at < asked.size() && !fits(asked[at])) ++at;
    GH_ASSERT(at < asked.size());
    ++at;
  }
}

gateway::TrialGate& gate() {
  static auto* const made = [] {
    gateway::TrialGate::Setup setup;
    setup.routes.push_back(gateway::open_route("all", "/{rest...}", {"GET", "HEAD", "POST", "PUT"}));
    setup.routes.back().body_bytes_max = 80'000;
    return new gateway::TrialGate(std::move(setup));
  }();
  return *made;
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 4096) return 0;
  auto& trial = gate();
  auto client = trial.connect();
  std::string sent;
  const auto say = [&](std::string_view text) {
    sent += text;
    client.send(text);
  };
  bool shut = false;
  for (std::size_t i = 0; i < size;) {
    const auto operation = data[i++] % 10;
    const std::size_t argument = i < size ? data[i++] : 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data + i),
                                 operation == 0 || operation == 5 ? std::min<std::size_t>(argument, size - i) : 0);
    i += bytes.size();
    auto* const server = trial.servers.empty() ? nullptr : trial.servers[argument / 16 % trial.servers.size()].get();
    switch (operation) {
      case 0:
        if (!shut) say(bytes);
        break;
      case 1:
        if (!shut) say(requests[argument % requests.size()]);
        break;
      case 2:
        client.half_close();
        shut = true;
        break;
      case 3: trial.clock.advance(waits[argument % waits.size()]); break;
      case 4:
        if (server != nullptr) server->send(answers[argument % answers.size()]);
        break;
      case 5:
        if (!trial.servers.empty()) trial.servers.back()->send(bytes);
        break;
      case 6:
        if (server != nullptr) server->half_close();
        break;
      case 7:
        if (server != nullptr) server->reset();
        break;
      case 8: trial.turn(static_cast<int>(argument % 4)); break;
      case 9: client.read(); break;
      default: GH_ASSERT(false);
    }
    if (operation != 8) trial.turn(1 + static_cast<int>(argument % 2));
    GH_ASSERT(trial.worker->busy() <= 1);  // one client, HTTP/1: one exchange at a time
  }
  for (int i = 0; i < 4; ++i) {
    trial.turn(2);
    client.read();
  }
  client.half_close();
  // Each request that still waits in the client's pipeline may open one more connection to the upstream.
  for (std::size_t i = 0; i < 4 * size + 400 && trial.worker->connections() > 0; ++i) {
    for (const auto& server : trial.servers) server->half_close();
    trial.pass(i % 100 == 99 ? 31s : 1ms);
    client.read();
  }
  GH_ASSERT(trial.worker->connections() == 0 && trial.worker->busy() == 0);
  client.read();
  const auto asked = requests_of(sent, false);
  check_client(client.got, asked);
  check_upstream(trial.servers, asked);
  for (const auto& server : trial.servers) server->reset();
  trial.servers.clear();
  trial.turn();
  return 0;
}
