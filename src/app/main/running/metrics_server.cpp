#include "app/main/running/metrics_server.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "engines/net/http1/head.hpp"
#include "ground/base/arena.hpp"
#include "services/audit/metrics.hpp"

namespace gatehouse::main {
namespace {

constexpr std::size_t head_bytes_max = 8U << 10U;
constexpr auto request_time_max = 5s;  // from accept to the last byte of the answer; one slow client delays the next one by that much

/// False: the deadline has passed or poll failed.
bool ready_for(int socket, short events, Ticks deadline) noexcept {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - SystemClock().ticks()).count();
  pollfd waiting{socket, events, 0};
  return left > 0 && ::poll(&waiting, 1, static_cast<int>(left)) > 0;
}

std::string respond(std::string_view status, std::string_view type, std::string_view body, bool with_body) {
  return fmt::format("HTTP/1.1 {}\r\nContent-Type: {}\r\nContent-Length: {}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n{}", status, type, body.size(),
                     with_body ? body : std::string_view());
}

constexpr std::string_view plain_text = "text/plain; charset=utf-8";

/// The head of the request, whole; empty: it did not come in time, is too long or can be none.
std::string read_head(int connection, Ticks deadline) {
  std::string input;
  std::size_t scanned = 0;
  std::array<char, 2048> block;
  while (input.size() < head_bytes_max && ready_for(connection, POLLIN, deadline)) {
    const auto got = ::recv(connection, block.data(), block.size(), MSG_DONTWAIT);
    if (got <= 0) return {};
    input.append(block.data(), static_cast<std::size_t>(got));
    const auto end = net::http1::find_head_end(input, scanned, {.bytes_max = head_bytes_max});
    if (!end) return {};
    if (*end != 0) return input.substr(0, *end);
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<MetricsServer>> MetricsServer::start(const net::Endpoint& endpoint, std::function<std::string()> exposition) {
  auto listener = TRY(net::listen_on(endpoint));
  const auto bound = TRY(net::local_endpoint(listener.get()));
  Descriptor stop(::eventfd(0, EFD_CLOEXEC));
  if (!stop) return system_error("eventfd");
  return std::unique_ptr<MetricsServer>(new MetricsServer(std::move(listener), bound, std::move(stop), std::move(exposition)));
}

MetricsServer::MetricsServer(net::Descriptor listener, net::Endpoint endpoint, Descriptor stop, std::function<std::string()> exposition)
    : listener_(std::move(listener)), endpoint_(endpoint), stop_(std::move(stop)), exposition_(std::move(exposition)), thread_([this] { serve_until_stopped(); }) {}

MetricsServer::~MetricsServer() {
  ::eventfd_write(stop_.get(), 1);
  thread_.join();
}

void MetricsServer::serve_until_stopped() noexcept {
  while (true) {
    std::array<pollfd, 2> waiting{{{listener_.get(), POLLIN, 0}, {stop_.get(), POLLIN, 0}}};
    if (::poll(waiting.data(), waiting.size(), -1) < 0 && errno != EINTR) return;
    if (waiting[1].revents != 0) return;
    const Descriptor connection(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (connection) serve(connection.get());
  }
}

void MetricsServer::serve(int connection) {
  const auto deadline = SystemClock().ticks() + request_time_max;
  const auto head = read_head(connection, deadline);
  const auto text = answer(head);
  std::string_view rest = text;
  while (!rest.empty() && ready_for(connection, POLLOUT, deadline)) {
    const auto sent = ::send(connection, rest.data(), rest.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent <= 0) return;
    rest.remove_prefix(static_cast<std::size_t>(sent));
  }
}

std::string MetricsServer::answer(std::string_view head) const {
  Arena arena;
  http::RequestHead request(arena);
  std::string bytes(head);
  if (bytes.empty() || !net::http1::parse_request_head(bytes, request, {.bytes_max = head_bytes_max})) return respond("400 Bad Request", plain_text, "bad request\n", true);
  const bool get = request.method == http::Method::get;
  if (!get && request.method != http::Method::head) return respond("405 Method Not Allowed\r\nAllow: GET, HEAD", plain_text, "method not allowed\n", true);
  if (request.target == "/metrics") return respond("200 OK", audit::Metrics::content_type, exposition_(), get);
  if (request.target == "/healthz") return respond("200 OK", plain_text, "ok\n", get);
  if (request.target == "/readyz") return ready_ ? respond("200 OK", plain_text, "ready\n", get) : respond("503 Service Unavailable", plain_text, "stopping\n", get);
  return respond("404 Not Found", plain_text, "not found\n", get);
}

}  // namespace gatehouse::main
