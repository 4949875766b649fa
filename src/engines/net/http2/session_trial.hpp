// For tests: an HTTP/2 client that writes its frames by hand, at the other end of a socket pair, and the hands on the clock.
#pragma once
#include <doctest/doctest.h>

#include <nghttp2/nghttp2.h>
#include <sys/socket.h>
#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "engines/net/server_connection.hpp"
#include "engines/net/trial_service.hpp"

namespace gatehouse::net::http2::trial {

enum FrameKind : std::uint8_t { data = 0, headers = 1, priority = 2, rst_stream = 3, settings = 4, ping = 6, goaway = 7, window_update = 8 };
inline constexpr std::uint8_t end_stream = 1, acknowledged = 1, end_headers = 4;
using Fields = std::vector<std::pair<std::string, std::string>>;

struct Http2Trial {
  explicit Http2Trial(ServerLimits limits = {}, BufferBudget* budget = nullptr) {
    context.limits = limits;
    if (budget != nullptr) context.buffered.count_for(*budget);
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
    client = Descriptor(ends[1]);
    REQUIRE(nghttp2_hd_inflate_new(&inflater) == 0);
    ServerConnection::begin(context, {Descriptor(ends[0]), {}}, nullptr, 0, ServerConnection::Protocol::http2);
    send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(settings, 0, 0, {}));
  }
  ~Http2Trial() {
    context.close_all();
    loop->turn(0s);
    nghttp2_hd_inflate_del(inflater);
  }
  Http2Trial(const Http2Trial&) = delete;
  Http2Trial& operator=(const Http2Trial&) = delete;

  /// The client's end of another connection to the same server, on which this has been sent behind the preface.
  Descriptor connect(std::string_view text) {
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
    Descriptor made(ends[1]);
    ServerConnection::begin(context, {Descriptor(ends[0]), {}}, nullptr, 0, ServerConnection::Protocol::http2);
    const auto all = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(settings, 0, 0, {}) + std::string(text);
    REQUIRE(::send(made.get(), all.data(), all.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(all.size()));
    turn();
    return made;
  }

  // ---- what the client writes ----

  static std::string big_endian(std::uint32_t number) {
    std::string out;
    for (const auto shift : {24U, 16U, 8U, 0U}) out += static_cast<char>(number >> shift);
    return out;
  }
  static std::string frame(std::uint8_t kind, std::uint8_t flags, std::uint32_t stream, std::string_view payload) {
    auto out = big_endian(static_cast<std::uint32_t>(payload.size())).substr(1);
    out += static_cast<char>(kind);
    out += static_cast<char>(flags);
    return out + big_endian(stream) + std::string(payload);
  }
  /// Fields as literals without indexing (RFC 7541 section 6.2.2).
  static std::string block(const Fields& fields) {
    std::string out;
    const auto text = [&](const std::string& what) {
      auto size = what.size();
      if (size < 127) {
        out += static_cast<char>(size);
      } else {
        out += '\x7f';
        for (size -= 127; size >= 128; size /= 128) out += static_cast<char>(size % 128 + 128);
        out += static_cast<char>(size);
      }
      out += what;
    };
    for (const auto& [name, value] : fields) {
      out += '\0';
      text(name);
      text(value);
    }
    return out;
  }
  static Fields request(const std::string& method, const std::string& path, const Fields& more = {}) {
    Fields fields{{":method", method}, {":scheme", "http"}, {":authority", "a"}, {":path", path}};
    fields.insert(fields.end(), more.begin(), more.end());
    return fields;
  }
  static std::string get(std::uint32_t stream, const std::string& path) {
    return frame(headers, end_headers | end_stream, stream, block(request("GET", path)));
  }
  static std::string post(std::uint32_t stream, const std::string& path, const Fields& more = {}) {
    return frame(headers, end_headers, stream, block(request("POST", path, more)));
  }
  static std::string piece(std::uint32_t stream, std::string_view text, bool last = false) {
    return frame(data, last ? end_stream : 0, stream, text);
  }
  static std::string reset(std::uint32_t stream) { return frame(rst_stream, 0, stream, big_endian(8)); }
  static std::string window(std::uint32_t stream, std::uint32_t bytes) { return frame(window_update, 0, stream, big_endian(bytes)); }

  void send(std::string_view text) {
    while (!text.empty()) {
      const auto count = ::send(client.get(), text.data(), text.size(), MSG_NOSIGNAL);
      if (count < 0 && errno != EAGAIN) break;  // the gate has closed
      if (count > 0) text.remove_prefix(static_cast<std::size_t>(count));
      turn(1);
    }
    turn();
  }
  void turn(int times = 4) {
    for (int i = 0; i < times; ++i) loop->turn(0s);
  }
  void pass(Duration time) {
    clock.advance(time);
    turn();
  }

  /// Time passes, and at its end the bytes are there in the very turn in which the deadlines are due.
  void pass_while_sending(Duration time, std::string_view text) {
    REQUIRE(::send(client.get(), text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size()));
    pass(time);
  }

  // ---- what the client reads ----

  struct Answer {
    std::vector<int> statuses;  // 1xx, then the final one
    std::map<std::string, std::string> fields, trailers;
    std::string body;
    bool whole = false;
    int reset_code = -1;
    std::uint32_t window = 0;  // that the gate has opened, beyond the first
    [[nodiscard]] int status() const { return statuses.empty() ? 0 : statuses.back(); }
  };

  /// Reads all that has come, or so much of it.
  void read(std::size_t bytes_max = 64 * 1024 * 1024) {
    char buffer[65536];
    for (int nothing = 0; nothing < 3 && bytes_max > 0;) {
      const auto count = ::recv(client.get(), buffer, std::min(sizeof buffer, bytes_max), 0);
      if (count > 0) bytes.append(buffer, static_cast<std::size_t>(count)), bytes_max -= static_cast<std::size_t>(count), nothing = 0;
      else ++nothing;
      closed |= count == 0;
      turn(1);
    }
    while (bytes.size() >= 9) {
      const auto at = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<std::uint8_t>(bytes[i])); };
      const auto size = at(0) << 16U | at(1) << 8U | at(2);
      if (bytes.size() < 9 + size) break;
      see(static_cast<std::uint8_t>(at(3)), static_cast<std::uint8_t>(at(4)), at(7) << 8U | at(8), bytes.substr(9, size));
      bytes.erase(0, 9 + size);
    }
  }
  void see(std::uint8_t kind, std::uint8_t flags, std::uint32_t stream, const std::string& payload) {
    const auto number = [&](std::size_t from) {
      std::uint32_t out = 0;
      for (std::size_t i = from; i < from + 4; ++i) out = out << 8U | static_cast<std::uint8_t>(payload[i]);
      return out;
    };
    auto& answer = answers[stream];
    if (kind == headers) inflate(payload, answer);
    if (kind == data) answer.body += payload;
    if ((kind == headers || kind == data) && (flags & end_stream) != 0) answer.whole = true;
    if (kind == window_update) answer.window += number(0);
    if (kind == rst_stream) answer.reset_code = static_cast<int>(number(0));
    if (kind == goaway) goaways.emplace_back(number(0), number(4));
    if (kind == ping && (flags & acknowledged) != 0) ++pongs;
  }
  void inflate(const std::string& payload, Answer& answer) {
    auto& fields = answer.status() >= 200 ? answer.trailers : answer.fields;
    auto* at = reinterpret_cast<const std::uint8_t*>(payload.data());
    auto left = payload.size();
    for (;;) {
      nghttp2_nv field;
      int flags = 0;
      const auto used = nghttp2_hd_inflate_hd2(inflater, &field, &flags, at, left, 1);
      REQUIRE(used >= 0);
      at += used;
      left -= static_cast<std::size_t>(used);
      if ((flags & NGHTTP2_HD_INFLATE_EMIT) != 0) {
        const std::string name(reinterpret_cast<char*>(field.name), field.namelen), value(reinterpret_cast<char*>(field.value), field.valuelen);
        if (name == ":status") answer.statuses.push_back(std::stoi(value));
        else fields[name] = value;
      }
      if ((flags & NGHTTP2_HD_INFLATE_FINAL) != 0) break;
    }
    nghttp2_hd_inflate_end_headers(inflater);
  }
  /// What has come on a stream by now.
  const Answer& answer(std::uint32_t stream) {
    read();
    return answers[stream];
  }
  /// A request on the next stream is answered as usual.
  bool serves_others(std::uint32_t stream) {
    send(get(stream, "/now"));
    return answer(stream).body == "now";
  }
  TrialExchanger& last() { return *service.exchangers.back(); }

  ManualClock clock;
  std::unique_ptr<async::Loop> loop = async::Loop::create(clock).value();
  TrialService service;
  ServerContext context{*loop, service};
  Descriptor client;
  nghttp2_hd_inflater* inflater = nullptr;
  std::string bytes;
  std::map<std::uint32_t, Answer> answers;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> goaways;  // last stream, code
  int pongs = 0;
  bool closed = false;
};

inline constexpr std::uint32_t protocol_error = 1, calm = 11, no_error = 0;

}  // namespace gatehouse::net::http2::trial
