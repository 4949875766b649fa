#include "engines/outbound/raw_exchange.hpp"

#include <poll.h>

#include <array>

#include "engines/outbound/curl.hpp"
#include "ground/base/time.hpp"

namespace gatehouse::outbound {
namespace {

/// Waits until the socket is ready for that; false: the time is over.
bool await_socket(curl_socket_t socket, short events, Ticks deadline) noexcept {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - SystemClock().ticks()).count();
  pollfd waiting{socket, events, 0};
  return left > 0 && ::poll(&waiting, 1, static_cast<int>(left)) > 0;
}

Result<> send_all(const Transfer& transfer, curl_socket_t socket, std::string_view bytes, Ticks deadline) {
  while (!bytes.empty()) {
    std::size_t sent = 0;
    const auto code = transfer.curl().send(transfer.handle(), bytes.data(), bytes.size(), &sent);
    if (code == CURLE_AGAIN) {
      if (!await_socket(socket, POLLOUT, deadline)) return fail(Fault::unavailable, "the server takes nothing");
      continue;
    }
    if (code == CURLE_SEND_ERROR) return {};  // closed already: its answer may be there to be read all the same
    CHECK_OK(transfer.check(code));
    bytes.remove_prefix(sent);
  }
  return {};
}

std::string receive_all(const Transfer& transfer, curl_socket_t socket, const RawOptions& options, Ticks deadline) {
  std::string answer;
  std::array<char, 16384> block;
  while (answer.size() < options.bytes_max) {
    std::size_t got = 0;
    const auto code = transfer.curl().receive(transfer.handle(), block.data(), block.size(), &got);
    if (code == CURLE_AGAIN) {
      if (!await_socket(socket, POLLIN, deadline)) break;
      continue;
    }
    if (code != CURLE_OK || got == 0) break;
    answer.append(block.data(), got);
  }
  return answer;
}

}  // namespace

Result<std::string> exchange_raw(const settings::Url& url, std::string_view bytes, const RawOptions& options) {
  const auto deadline = SystemClock().ticks() + options.time_max;
  auto transfer = TRY(Transfer::create());
  const auto text = url.to_text();
  CHECK_OK(transfer.set(CURLOPT_URL, text.c_str()));
  CHECK_OK(transfer.set(CURLOPT_CONNECT_ONLY, 1L));
  CHECK_OK(transfer.set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1)));
  CHECK_OK(transfer.set(CURLOPT_TIMEOUT_MS, static_cast<long>(options.time_max.count())));
  if (!options.ca_file.empty()) {
    CHECK_OK(transfer.set(CURLOPT_CAINFO, options.ca_file.c_str()));
    CHECK_OK(transfer.set(CURLOPT_CAPATH, static_cast<const char*>(nullptr)));  // instead of the system's, not beside them
  }
  if (const auto connected = transfer.perform(); !connected) return fail(Fault::unavailable, text + ": " + connected.error().detail);
  curl_socket_t socket = CURL_SOCKET_BAD;
  CHECK_OK(transfer.check(transfer.curl().info(transfer.handle(), CURLINFO_ACTIVESOCKET, &socket)));
  CHECK_OK(send_all(transfer, socket, bytes, deadline));
  return receive_all(transfer, socket, options, deadline);
}

}  // namespace gatehouse::outbound
