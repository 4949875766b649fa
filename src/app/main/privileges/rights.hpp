// What a server gives up between binding its sockets and opening anything else: root's rights for good, if a user is named, and every capability.
#pragma once
#include "app/config/account.hpp"
#include "app/config/configuration.hpp"
#include "ground/base/result.hpp"

namespace gatehouse::main {

/// Becomes `process.user` if one is named, and drops the capabilities. A data directory that does not exist yet is made for that user, where nobody but
/// root could have put another one in its place. Before the first thread. After an error the process must end: it may be half of who it was.
[[nodiscard]] Result<> give_up_rights(const config::Configuration& configuration);

/// Makes the process that user (setgroups(2), setresgid(2), setresuid(2)) and proves that there is no way back. Nothing to do for who is that user
/// already. forbidden: the process is neither root nor that user.
[[nodiscard]] Result<> become(const config::Account& account);

/// Whether the process serves as root although it could be somebody else: worth a line at the start.
[[nodiscard]] bool stays_root(const config::Configuration& configuration) noexcept;

}  // namespace gatehouse::main
