// Bytes into the HTTP/2 codec, cut as the input says, with a service behind it that answers, echoes, waits, streams and breaks off. Each step
// is an operation byte and an argument byte: 0, 1, 2 the next N bytes; 3 a stock frame; 4 the clock advances; 5 a waiting exchange is
// answered; 6 a waiting exchange asks for its body; 7 the client reads. A client preface and SETTINGS go before it unless the first byte
// is odd.
//
// Checked: each exchange that was opened ends once (the exchangers abort otherwise), the connection closes, and what the gate sent
// reads as frames of a legal size, answers on streams that were opened, none of them twice.
#include <sys/socket.h>
#include <array>
#include <cstdint>
#include <map>
#include <string>

#include "engines/net/server_connection.hpp"
#include "engines/net/tls.hpp"
#include "engines/net/trial_service.hpp"

namespace {
using namespace gatehouse;
using namespace gatehouse::net;
using namespace std::chrono_literals;

constexpr std::string_view preface("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0", 33);
constexpr std::array<Duration, 6> http2_waits{1ms, 1s, 6s, 11s, 31s, 80s};

std::string frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream, std::string_view payload) {
  const auto size = payload.size();
  std::string out{static_cast<char>(size >> 16U), static_cast<char>(size >> 8U), static_cast<char>(size), static_cast<char>(type),
                  static_cast<char>(flags)};
  for (const auto shift : {24U, 16U, 8U, 0U}) out += static_cast<char>(stream >> shift);
  return out.append(payload);
}

/// A head without compression: method by its place in the static table.
std::string head(bool post, std::string_view path) {
  std::string block;
  block += post ? '\x83' : '\x82';
  block += '\x87';
  block += '\x04';
  block += static_cast<char>(path.size());
  block.append(path);
  block +=
      "\x01\x01"
      "a";
  return block;
}

/// `at` chooses the frame; `stream` the stream.
std::string stock_frame(std::size_t at, std::uint32_t stream) {
  switch (at % 14) {
    case 0: return frame(1, 5, stream, head(false, "/now"));
    case 1: return frame(1, 4, stream, head(true, "/echo"));
    case 2: return frame(1, 5, stream, head(false, "/big"));
    case 3: return frame(1, 5, stream, head(false, "/chunks"));
    case 4: return frame(1, 4, stream, head(true, "/late"));
    case 5: return frame(1, 5, stream, head(false, "/break"));
    case 6: return frame(0, 0, stream, "body ");
    case 7: return frame(0, 1, stream, "end");
    case 8: return frame(3, 0, stream, std::string_view("\0\0\0\10", 4));
    case 9: return frame(8, 0, 0, std::string_view("\0\1\0\0", 4)) + frame(8, 0, stream, std::string_view("\0\1\0\0", 4));
    case 10: return frame(6, 0, 0, "12345678");
    case 11: return frame(1, 0, stream, head(false, "/hold"));  // the head goes on in a CONTINUATION that may never come
    case 12: return frame(9, 4, stream, "");
    default: return frame(1, 4, stream, head(true, "/slow"));
  }
}

void check_frames(std::string_view got) {
  std::map<std::uint32_t, int> answers;
  while (got.size() >= 9) {
    const auto byte = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<std::uint8_t>(got[i])); };
    const auto size = byte(0) << 16U | byte(1) << 8U | byte(2);
    const auto stream = byte(5) << 24U | byte(6) << 16U | byte(7) << 8U | byte(8);
    GH_ASSERT(size <= 16384 && byte(3) <= 9);
    if (byte(3) == 0 || byte(3) == 1) GH_ASSERT(stream % 2 == 1);
    if ((byte(3) == 0 || byte(3) == 1) && (byte(4) & 1U) != 0) GH_ASSERT(++answers[stream] == 1);
    if (got.size() < 9 + size) return;
    got.remove_prefix(9 + size);
  }
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || size > 4096) return 0;
  static ManualClock clock;
  static const auto loop = async::Loop::create(clock).value();
  TrialService service;
  ServerContext context(*loop, service);
  int ends[2];
  GH_ASSERT(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
  Descriptor client(ends[1]);
  ServerConnection::begin(context, {Descriptor(ends[0]), {}}, nullptr, 0, ServerConnection::Protocol::http2);
  std::string got;
  const auto turn = [&] { loop->turn(0s); };
  const auto say = [&](std::string_view text) { (void)!::send(client.get(), text.data(), text.size(), MSG_NOSIGNAL); };
  const auto read = [&] {
    char buffer[65536];
    for (ssize_t count = 0; (count = ::recv(client.get(), buffer, sizeof buffer, 0)) > 0;) got.append(buffer, static_cast<std::size_t>(count));
  };
  if (data[0] % 2 == 0) say(preface);
  for (std::size_t i = 1; i < size;) {
    const auto operation = data[i++] % 8;
    const std::size_t argument = i < size ? data[i++] : 0;
    switch (operation) {
      case 0:
      case 1:
      case 2: {
        const auto count = std::min(argument, size - i);
        say({reinterpret_cast<const char*>(data + i), count});
        i += count;
        break;
      }
      case 3: say(stock_frame(argument, static_cast<std::uint32_t>(argument / 14 * 2 + 1))); break;
      case 4: clock.advance(http2_waits[argument % http2_waits.size()]); break;
      case 5:
        if (!service.exchangers.empty()) service.exchangers[argument % service.exchangers.size()]->release();
        break;
      case 6:
        if (!service.exchangers.empty()) service.exchangers[argument % service.exchangers.size()]->ask();
        break;
      case 7: read(); break;
      default: break;
    }
    turn();
  }
  for (int i = 0; i < 8; ++i) read(), turn();
  ::shutdown(client.get(), SHUT_WR);
  for (int i = 0; i < 4 && context.connections > 0; ++i) {
    clock.advance(i == 0 ? 1ms : 31s);
    turn();
    read();
  }
  GH_ASSERT(context.connections == 0 && service.all_ended());
  check_frames(got);
  return 0;
}
