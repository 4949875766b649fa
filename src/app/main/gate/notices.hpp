// What the operator is told of a gate that serves all the same: nothing here is an error, and each of it turns callers away, or soon will.
#pragma once
#include <array>
#include <span>
#include <string>
#include <vector>

#include "app/config/configuration.hpp"
#include "engines/net/tls.hpp"
#include "services/keys/key_ring.hpp"

namespace gatehouse::main {

/// How long before its end a certificate is spoken of: time enough to find out why it was not renewed.
inline constexpr Duration certificate_notice = 14 * 24h;
/// When it is spoken of again while the gate serves: so long before its end, and at its end.
inline constexpr std::array<Duration, 4> certificate_thresholds{certificate_notice, 7 * 24h, 24h, 0h};

/// A sentence for each certificate that is over, not valid yet, or over within certificate_notice.
[[nodiscard]] std::vector<std::string> certificate_notices(std::span<const net::CertificateLife> lives, Instant now);
/// The same for those alone that have passed a threshold after `before`, until `now`: who asks again and again, each time from the `now` of the last
/// time, says each thing once.
[[nodiscard]] std::vector<std::string> certificate_notices_since(std::span<const net::CertificateLife> lives, Instant before, Instant now);
/// A sentence for each plan that so many keys in use have and the configuration has not.
[[nodiscard]] std::vector<std::string> plan_notices(std::span<const std::pair<std::string, std::size_t>> missing);
/// A sentence for each host that a route is for and no certificate is, so that clients would refuse the connection. `local`: the names of the local
/// certificate. None where a listener takes clear text: they may come there, by a proxy that has the certificate.
[[nodiscard]] std::vector<std::string> host_notices(const config::Configuration& configuration, std::span<const std::string> local);
/// A sentence for each upstream that is asked over TLS without a look at its certificate.
[[nodiscard]] std::vector<std::string> unverified_notices(const config::Configuration& configuration);
/// Of the certificates that a configuration names, each file once; one that cannot be read is left out.
[[nodiscard]] std::vector<net::CertificateLife> lives_in_files(const config::Configuration& configuration);

}  // namespace gatehouse::main
