// Answers the command line on the Unix socket of the data directory, one request a connection; nothing here touches a loop thread.
//
//   one thread: accepts, reads lines (Anteroom)  -->  questions  -->  two threads, plain blocking code: do what is asked, answer
#pragma once
#include <array>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "app/main/admin/actor.hpp"
#include "app/main/admin/anteroom.hpp"
#include "app/main/admin/protocol.hpp"
#include "ground/base/result.hpp"
#include "ground/json/document.hpp"

namespace gatehouse::main {

/// Does what is asked, from several threads at once. The answer is JSON.
using AdminHandler = std::function<Result<std::string>(std::string_view what, const json::Value& arguments, const audit::Actor& who)>;
/// Somebody asked who may not.
using TurnedAway = std::function<void(std::string_view what, const audit::Actor& who, const Error& why)>;

struct AdminServerOptions {
  std::string socket;               ///< path of at most 107 bytes; an old socket in the place is replaced
  std::string group{};              ///< whose members reach the socket too (mode 0660); empty: its owner alone (0600)
  TurnedAway turned_away{};         ///< told of each peer that has not shown the credential; empty: nobody wants to know
  std::string credential_digest{};  ///< SHA-256 in hexadecimal of what a peer that is another user must present; empty: such a peer is refused
  std::chrono::milliseconds reassurance = admin_reassurance;  ///< between two signs of life to each who waits for an answer
};

class AdminServer {
 public:
  [[nodiscard]] static Result<std::unique_ptr<AdminServer>> start(AdminServerOptions options, AdminHandler handler);
  AdminServer(const AdminServer&) = delete;
  AdminServer& operator=(const AdminServer&) = delete;
  /// Finishes the requests that have begun, removes the socket.
  ~AdminServer();

 private:
  AdminServer(AdminServerOptions options, AdminHandler handler, Descriptor listener, Descriptor stop);
  void listen_until_stopped();
  void answer_until_stopped();
  void put(std::vector<Anteroom::Heard> heard);
  [[nodiscard]] std::optional<Anteroom::Heard> next();
  void answer(Anteroom::Heard question);
  [[nodiscard]] bool somebody_waits();
  void reassure(Ticks now);
  [[nodiscard]] Result<std::string> perform(const Anteroom::Heard& question) const;
  [[nodiscard]] Result<> admit(const Anteroom::Heard& question, const json::Value& request) const;

  AdminServerOptions options_;
  AdminHandler handler_;
  Descriptor listener_;
  Descriptor stop_;  // an eventfd that stays readable once the server stops
  Anteroom anteroom_;
  std::mutex mutex_;
  std::condition_variable asked_;
  std::deque<Anteroom::Heard> questions_, strangers_questions_;  // the former come first
  std::vector<int> worked_on_;                                   // under the mutex: connections whose answer is being made, and not sent yet
  bool stopped_ = false;                                         // under the mutex: no question will come any more
  Ticks reassured_{};                                            // the listening thread's
  std::jthread listening_;
  std::array<std::jthread, 2> answering_;
};

}  // namespace gatehouse::main
