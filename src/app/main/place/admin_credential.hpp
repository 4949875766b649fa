// The admin credential: proves an administrator where the operating system does not (admin/protocol.hpp). Made on the first start that
// succeeds, shown that once, kept as a digest.
//
//   gha_<43 base62 characters, 256 random bits><6 base62 characters: CRC-32 of all before, so that scanners find a leaked one>
#pragma once
#include <optional>
#include <string>

#include "app/main/place/data_directory.hpp"
#include "ground/base/random.hpp"
#include "ground/base/secret.hpp"

namespace gatehouse::main {

struct AdminCredential {
  std::string digest;            ///< SHA-256 in hexadecimal
  std::optional<Secret> secret;  ///< only when it was made just now
};

/// The one of the data directory; a new one if there is none, which is lost unless it is kept.
[[nodiscard]] Result<AdminCredential> admin_credential(const DataDirectory& data, Random& random);
/// Writes the digest of a new one into the data directory. When somebody sees it and not before: a start that fails shows nothing.
[[nodiscard]] Result<> keep_admin_credential(const DataDirectory& data, const AdminCredential& credential);

}  // namespace gatehouse::main
