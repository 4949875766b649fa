// TLS at once, for development and first trials: a certificate authority of this data directory alone, and the certificate that it
// signs. The authority can sign for nothing but the names it was made for, so trusting it risks little.
//
//   tls/ca.pem   give this to clients         tls/ca-key.pem   mode 0600
//   tls/server.pem   tls/server-key.pem       made anew a month before it ends, or when the names change
#pragma once
#include <string>
#include <vector>

#include "app/main/place/data_directory.hpp"
#include "ground/base/random.hpp"
#include "ground/base/time.hpp"

namespace gatehouse::main {

struct LocalCertificate {
  std::string ca_file;           ///< what clients must trust
  std::string certificate_file;  ///< what the server shows
  std::string key_file;
  bool made_authority = false;  ///< the authority is new: whoever trusted an older one must trust this one
};

/// Names that a local listener answers to.
[[nodiscard]] std::vector<std::string> local_names();

/// Makes what is missing, too old or for other names; `names` has none twice. With a further name the authority is a new one; with one less it is the
/// same, and signs a certificate without it. Errors: a file that cannot be read, written or understood; nothing is replaced
/// that does not look like ours.
[[nodiscard]] Result<LocalCertificate> local_certificate(const DataDirectory& data, const std::vector<std::string>& names, const Clock& clock,
                                                         Random& random);

}  // namespace gatehouse::main
