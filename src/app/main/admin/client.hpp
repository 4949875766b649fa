// Asks a running server over its Unix socket.
#pragma once
#include <functional>
#include <optional>
#include <string>

#include "ground/base/result.hpp"

namespace gatehouse::main {

/// `arguments` is a JSON object; the answer is JSON. Nothing: no server listens at that path. Errors are the server's own, or of the
/// way to it. `credential` may be empty (see protocol.hpp). `begun`, if there is one, is called once a server is there.
[[nodiscard]] Result<std::optional<std::string>> ask_server(const std::string& socket, std::string_view what, std::string_view arguments,
                                                            std::string_view credential, const std::function<void()>& begun = {});

}  // namespace gatehouse::main
