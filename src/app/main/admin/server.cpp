#include "app/main/admin/server.hpp"

#include <fmt/format.h>
#include <grp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "app/main/admin/protocol.hpp"
#include "ground/base/encoding.hpp"
#include "ground/base/secret.hpp"
#include "ground/crypto/digest.hpp"

namespace gatehouse::main {
namespace {

Result<::gid_t> group_id(const std::string& name) {
  ::group entry{};
  ::group* found = nullptr;
  std::array<char, 65536> texts;  // a group of very many members
  if (const int error = ::getgrnam_r(name.c_str(), &entry, texts.data(), texts.size(), &found); error != 0)
    return refuse(Fault::unavailable, fmt::format("admin.socket_group: {}: {}", name, system_text(error)));
  if (found == nullptr) return refuse(Fault::invalid, fmt::format("admin.socket_group: there is no group '{}'", name));
  return entry.gr_gid;
}

Result<> open_to(const std::string& path, const std::string& group) {
  const auto id = TRY(group_id(group));
  // The group first: with the mode first, the group that the socket was made with would have it for a moment.
  if (::chown(path.c_str(), static_cast<::uid_t>(-1), id) != 0)
    return refuse(Fault::forbidden,
                  fmt::format("admin.socket_group: {} cannot be given to the group '{}': is the user that serves a member of it?", path, group));
  if (::chmod(path.c_str(), 0660) != 0) return system_error(path);
  return {};
}

Result<Descriptor> listen_at(const std::string& path, const std::string& group) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    return refuse(Fault::invalid, fmt::format("the path of the admin socket is longer than {} bytes: {}", sizeof address.sun_path - 1, path));
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  Descriptor listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!listener.open()) return system_error("admin socket");
  struct stat old{};
  if (::lstat(path.c_str(), &old) == 0) {  // left by a process that was killed: we hold the lock, so nobody answers there
    if (!S_ISSOCK(old.st_mode)) return refuse(Fault::conflict, fmt::format("{} is in the way of the admin socket", path));
    if (::unlink(path.c_str()) != 0) return system_error(path);
  }
  // The mode is given before the name is there to be connected to: bind() takes it from the socket's own inode.
  if (::fchmod(listener.get(), 0600) != 0) return system_error(path);
  if (::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return system_error(path);
  if (::chmod(path.c_str(), 0600) != 0 || ::listen(listener.get(), 16) != 0) return system_error(path);
  if (!group.empty()) CHECK_OK(open_to(path, group));
  return listener;
}

constexpr std::size_t questions_max = 64;  // that wait for an answer, of each kind of peer

/// The server's own user, or root. Who cannot be told is neither.
bool is_known(int connection) noexcept {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return false;
  return peer.uid == ::geteuid() || peer.uid == 0;
}

}  // namespace

Result<std::unique_ptr<AdminServer>> AdminServer::start(AdminServerOptions options, AdminHandler handler) {
  auto listener = TRY(listen_at(options.socket, options.group));
  Descriptor stop(::eventfd(0, EFD_CLOEXEC));
  if (!stop.open()) return system_error("eventfd");
  return std::unique_ptr<AdminServer>(new AdminServer(std::move(options), std::move(handler), std::move(listener), std::move(stop)));
}

AdminServer::AdminServer(AdminServerOptions options, AdminHandler handler, Descriptor listener, Descriptor stop)
    : options_(std::move(options)),
      handler_(std::move(handler)),
      listener_(std::move(listener)),
      stop_(std::move(stop)),
      anteroom_({.known_line_bytes_max = admin_request_bytes_max, .line_bytes_max = admin_bytes_max, .patience = admin_patience}) {
  listening_ = std::jthread([this] { listen_until_stopped(); });
  for (auto& thread : answering_) thread = std::jthread([this] { answer_until_stopped(); });
}

AdminServer::~AdminServer() {
  ::eventfd_write(stop_.get(), 1);  // fails only when the counter is full, and then it is readable already
  listening_.join();
  for (auto& thread : answering_) thread.join();
  ::unlink(options_.socket.c_str());
}

void AdminServer::listen_until_stopped() {
  const SystemClock clock;
  std::vector<pollfd> polled;
  while (true) {
    polled.assign({{stop_.get(), POLLIN, 0}, {listener_.get(), POLLIN, 0}});
    const auto own = polled.size();
    anteroom_.append_to(polled);
    auto wait = anteroom_.wait(clock.ticks());
    if (const auto until_sign = static_cast<int>(options_.reassurance.count()); somebody_waits() && (wait < 0 || wait > until_sign))
      wait = until_sign;
    if (::poll(polled.data(), polled.size(), wait) < 0 && errno != EINTR) break;
    if (polled[0].revents != 0) break;
    put(anteroom_.listen(std::span(polled).subspan(own), clock.ticks()));
    reassure(clock.ticks());
    if (polled[1].revents == 0) continue;
    Descriptor connection(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!connection.open()) continue;
    const bool known = is_known(connection.get());
    anteroom_.admit(std::move(connection), known, clock.ticks());
  }
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  asked_.notify_all();
}

void AdminServer::put(std::vector<Anteroom::Heard> heard) {
  const std::lock_guard lock(mutex_);
  for (auto& question : heard) {
    auto& lane = question.known ? questions_ : strangers_questions_;
    if (lane.size() < questions_max) lane.push_back(std::move(question));  // else its connection ends: nobody asks so much at once
  }
  asked_.notify_all();
}

std::optional<Anteroom::Heard> AdminServer::next() {
  std::unique_lock lock(mutex_);
  asked_.wait(lock, [this] { return stopped_ || !questions_.empty() || !strangers_questions_.empty(); });
  auto& lane = questions_.empty() ? strangers_questions_ : questions_;
  if (lane.empty()) return std::nullopt;  // stopped, and all that was asked is answered
  auto question = std::move(lane.front());
  lane.pop_front();
  if (question.known) worked_on_.push_back(question.connection.get());
  return question;
}

void AdminServer::answer_until_stopped() {
  while (auto question = next()) answer(std::move(*question));
}

bool AdminServer::somebody_waits() {
  const std::lock_guard lock(mutex_);
  return !worked_on_.empty() || !questions_.empty() || !strangers_questions_.empty();
}

// An import takes as long as it takes, and who waits for it, or behind it, must not think that nobody is there.
void AdminServer::reassure(Ticks now) {
  if (now - reassured_ < options_.reassurance) return;
  reassured_ = now;
  const auto sign = [](int connection) { (void)::send(connection, " ", 1, MSG_DONTWAIT | MSG_NOSIGNAL); };  // a peer that has gone needs none
  const std::lock_guard lock(mutex_);
  for (const int connection : worked_on_) sign(connection);
  for (const auto& question : questions_) sign(question.connection.get());
}

void AdminServer::answer(Anteroom::Heard question) {
  const auto outcome = perform(question);
  auto line = answer_line(outcome);
  if (line.size() > admin_bytes_max) line = answer_line(refuse(Fault::exhausted, "the answer is too long; ask for less at a time"));
  {
    const std::lock_guard lock(mutex_);  // from here on no sign of life stands between two parts of the line
    std::erase(worked_on_, question.connection.get());
  }
  static_cast<void>(send_line(question.connection.get(), std::move(line)));  // a peer that has gone away gets no answer
}

Result<std::string> AdminServer::perform(const Anteroom::Heard& question) const {
  if (!question.line) return question.line.error();
  const auto document = TRY(json::parse(*question.line, admin_request_limits));
  const auto request = document.root();
  const auto what = request.string("do");
  const auto arguments = request.get("arguments");
  if (!what || !arguments || !arguments->is_object()) return refuse(Fault::invalid, "a request names what to do and its arguments");
  const auto who = peer_of(question.connection.get());
  if (const auto admitted = admit(question, request); !admitted) {
    if (options_.turned_away) options_.turned_away(*what, who, admitted.error());
    return admitted.error();
  }
  return handler_(*what, *arguments, who);
}

Result<> AdminServer::admit(const Anteroom::Heard& question, const json::Value& request) const {
  if (question.known) return {};
  const auto credential = request.string("credential");
  if (!credential) return refuse(Fault::unauthenticated, "you are another user than the server's: put the admin credential into GATEHOUSE_ADMIN");
  const auto digest = crypto::sha256(*credential);
  if (options_.credential_digest.empty() || !equal_constant_time(encoding::to_hex(digest), options_.credential_digest)) {
    return refuse(Fault::forbidden, "this is not the admin credential");
  }
  return {};
}

}  // namespace gatehouse::main
