// Asks a running server over its Unix socket.
#pragma once
#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>

#include "ground/base/result.hpp"

namespace gatehouse::main {

/// `arguments` is a JSON object; the answer is JSON. Nothing: no server listens at that path. Errors are the server's own, or of the
/// way to it. `credential` may be empty (see protocol.hpp). forbidden: the listener is another user than root, this process's own and `server`; then
/// nothing was sent, for keys and credentials are among the arguments. `begun`, if there is one, is called once such a server is there.
[[nodiscard]] Result<std::optional<std::string>> ask_server(const std::string& socket, std::string_view what, std::string_view arguments,
                                                            std::string_view credential, std::optional<::uid_t> server = std::nullopt,
                                                            const std::function<void()>& begun = {});

}  // namespace gatehouse::main
