// Answers the command line on the Unix socket of the data directory. A few threads of its own, plain blocking code, one
// request a connection; nothing here touches a loop thread.
#pragma once
#include <array>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "app/main/place/file.hpp"
#include "ground/base/result.hpp"
#include "ground/json/document.hpp"

namespace gatehouse::main {

/// Does what is asked, from several threads at once. The answer is JSON.
using AdminHandler = std::function<Result<std::string>(std::string_view what, const json::Value& arguments)>;

struct AdminServerOptions {
  std::string socket;               ///< path of at most 107 bytes; an old socket in the place is replaced
  std::string group{};              ///< whose members reach the socket too (mode 0660); empty: its owner alone (0600)
  std::string credential_digest{};  ///< SHA-256 in hexadecimal of what a peer that is another user must present; empty: such a peer is refused
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
  void accept_until_stopped() noexcept;
  void serve(int connection) noexcept;
  [[nodiscard]] Result<std::string> perform(int connection);
  [[nodiscard]] Result<> admit(int connection, const json::Value& request) const;

  AdminServerOptions options_;
  AdminHandler handler_;
  Descriptor listener_;
  Descriptor stop_;  // an eventfd that stays readable once the server stops
  std::array<std::jthread, 2> threads_;
};

}  // namespace gatehouse::main
