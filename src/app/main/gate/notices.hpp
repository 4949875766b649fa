// What the operator is told of a gate that serves all the same: nothing here is an error, and each of it turns callers away, or soon will.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "app/config/configuration.hpp"
#include "engines/net/tls.hpp"
#include "services/keys/key_ring.hpp"

namespace gatehouse::main {

/// How long before its end a certificate is spoken of: time enough to find out why it was not renewed.
inline constexpr Duration certificate_notice = 14 * 24h;

/// A sentence for each certificate that is over, not valid yet, or over within certificate_notice.
[[nodiscard]] std::vector<std::string> certificate_notices(std::span<const net::CertificateLife> lives, Instant now);
/// A sentence for each plan that keys in use have and the configuration has not.
[[nodiscard]] std::vector<std::string> plan_notices(const keys::KeyRing& ring, Instant now);
/// Of the certificates that a configuration names, each file once; one that cannot be read is left out.
[[nodiscard]] std::vector<net::CertificateLife> lives_in_files(const config::Configuration& configuration);

}  // namespace gatehouse::main
