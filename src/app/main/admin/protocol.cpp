#include "app/main/admin/protocol.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "app/main/place/file.hpp"
#include "ground/base/assert.hpp"
#include "ground/base/time.hpp"
#include "ground/json/writer.hpp"

namespace gatehouse::main {
namespace {

constexpr std::array faults{Fault::invalid,  Fault::unauthenticated, Fault::forbidden,   Fault::not_found,
                            Fault::conflict, Fault::exhausted,       Fault::unavailable, Fault::internal};

Fault fault_from(std::string_view name) noexcept {
  for (const auto fault : faults) {
    if (to_text(fault) == name) return fault;
  }
  return Fault::internal;
}

/// Waits for `events` until the deadline.
Result<> await(int socket, short events, Ticks deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - SystemClock().ticks()).count();
  if (left <= 0) return refuse(Fault::unavailable, "the other side of the admin socket is too slow");
  pollfd waiting{socket, events, 0};
  if (::poll(&waiting, 1, static_cast<int>(left)) < 0 && errno != EINTR) return system_error("admin socket");
  return {};
}

}  // namespace

std::string answer_line(const Result<std::string>& outcome) {
  std::string line;
  json::Writer writer(line);
  writer.begin_object();
  if (outcome) {
    GH_ASSERT(!outcome->contains('\n'));  // an answer is one line of JSON
    writer.key("answer").raw(*outcome);
  } else {
    const auto& error = outcome.error();
    writer.key("error").begin_object().member("fault", to_text(error.fault)).member("told", error.told).member("detail", error.detail).end();
  }
  writer.end();
  return line;
}

Result<std::string> read_answer(std::string_view line) {
  const auto document = json::parse(line, admin_limits);
  if (!document) return fail(Fault::internal, "the server's answer is not understood: " + to_text(document.error()));
  const auto root = document->root();
  if (const auto answer = root.get("answer")) return json::to_json(*answer);
  const auto error = root.get("error");
  const auto fault = error ? error->string("fault") : std::nullopt;
  if (!error || !fault) return fail(Fault::internal, "the server's answer is not understood");
  return refuse(fault_from(*fault), std::string(error->string("told").value_or("")), std::string(error->string("detail").value_or("")));
}

Result<std::string> receive_line(int socket, std::size_t bytes_max, std::chrono::milliseconds patience) {
  const SystemClock clock;
  const auto end_of_all = clock.ticks() + admin_answer_time_max;
  auto deadline = clock.ticks() + patience;
  std::string line;
  std::array<char, 16384> block;
  while (true) {
    CHECK_OK(await(socket, POLLIN, deadline));
    const auto got = ::recv(socket, block.data(), block.size(), MSG_DONTWAIT);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got < 0) return system_error("admin socket");
    if (got == 0) return refuse(Fault::unavailable, "the other side of the admin socket went away");
    deadline = std::min<Ticks>(clock.ticks() + patience, end_of_all);
    std::string_view part(block.data(), static_cast<std::size_t>(got));
    if (line.empty()) part.remove_prefix(std::min(part.find_first_not_of(' '), part.size()));
    const auto end = part.find('\n');
    line.append(part.substr(0, end));
    if (line.size() > bytes_max) return refuse(Fault::exhausted, "the line on the admin socket is too long");
    if (end != std::string_view::npos) return line;
  }
}

Result<> send_line(int socket, std::string text) {
  const auto deadline = SystemClock().ticks() + admin_patience;
  text += '\n';
  std::string_view rest = text;
  while (!rest.empty()) {
    CHECK_OK(await(socket, POLLOUT, deadline));
    const auto sent = ::send(socket, rest.data(), rest.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (sent < 0) return system_error("admin socket");
    rest.remove_prefix(static_cast<std::size_t>(sent));
  }
  return {};
}

}  // namespace gatehouse::main
