// What an operator can say about listeners, connections and upstreams, with the defaults and why they are so.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "ground/settings/value.hpp"

namespace gatehouse::net {

enum class TlsVersion : std::uint8_t { tls1_2, tls1_3 };

/// A certificate chain and its private key, both PEM.
struct CertificateFiles {
  std::string certificate;         ///< file: the server's certificate first, then the intermediate ones
  std::string key;                 ///< file: unencrypted, not readable by everybody
  std::vector<std::string> hosts;  ///< server names (SNI) that it answers to, "*.example.org" included; empty: those in the certificate
  bool operator==(const CertificateFiles&) const = default;
};

struct TlsOptions {
  bool off = false;                            ///< clear text
  std::vector<CertificateFiles> certificates;  ///< empty: from the local CA that the gate makes in the data directory
  std::vector<std::string> local_names{};      ///< what that local certificate is for, beside localhost and the listeners' addresses
  TlsVersion minimum = TlsVersion::tls1_2;     ///< 1.0 and 1.1 are out of the question (RFC 8996)
  bool operator==(const TlsOptions&) const = default;
  [[nodiscard]] bool local() const noexcept { return !off && certificates.empty(); }
};

struct ListenerOptions {
  settings::Endpoint address;  ///< port 0: any free port
  TlsOptions tls;
  bool insecure = false;  ///< clear text on an address that other machines reach is meant
  bool operator==(const ListenerOptions&) const = default;
};

/// What one client connection, and all of them together, may cost. One block for all listeners.
struct ConnectionLimits {
  std::uint64_t head_bytes_max = 32 * 1024;              ///< request line and headers; nginx's sum of its default buffers
  std::uint32_t headers_max = 100;                       ///< header lines of a request
  Duration head_time_max = 10s;                          ///< from the first byte of a request to the end of its head (slow loris)
  Duration keep_alive_idle = 75s;                        ///< between two requests; longer than the common 60 s of load balancers in front
  Duration body_idle_max = 30s;                          ///< without a byte of a request body
  std::uint64_t body_rate_min = 128;                     ///< bytes a second that a body must reach; see net::Pace; 0: no minimum
  Duration write_idle_max = 30s;                         ///< without the client taking a byte of the response
  std::uint64_t write_rate_min = 240;                    ///< bytes a second that a client must take of it; 0: no minimum
  Duration handshake_time_max = 10s;                     ///< for the TLS handshake
  std::uint32_t connections_max = 20'000;                ///< of the process; the system's limit of descriptors may be lower
  std::uint32_t connections_per_address_max = 512;       ///< an IPv6 customer is a /64
  settings::Rate connections_per_address_rate{100, 1s};  ///< new ones; each may cost a TLS handshake
  std::uint32_t connections_per_address_burst = 512;     ///< as many as may be open at the same time
  std::uint32_t requests_per_connection_max = 100'000;
  std::uint32_t streams_max = 128;                  ///< HTTP/2: at once on a connection (RFC 9113 section 6.5.2 advises 100 or more)
  std::uint32_t resets_max = 200;                   ///< HTTP/2: streams that the client may reset in any flood_window (rapid reset, CVE-2023-44487)
  std::uint32_t control_frames_max = 500;           ///< HTTP/2: SETTINGS, PING, PRIORITY and empty DATA frames in any flood_window
  Duration flood_window = 30s;                      ///< for the two above
  std::uint64_t header_list_bytes_max = 64 * 1024;  ///< HTTP/2: decoded, as RFC 9113 section 6.5.2 counts
  bool operator==(const ConnectionLimits&) const = default;
};

enum class Balance : std::uint8_t { round_robin, least_connections };

/// A group of servers that answer alike.
struct UpstreamOptions {
  static constexpr std::size_t servers_listed_max = 64;                  ///< the data plane keeps a bit for each
  static constexpr std::size_t authorities_bytes_max = 4 * 1024 * 1024;  ///< of `ca_file`; the bundle of a system has 220 KiB
  std::vector<settings::Url> servers;                                    ///< scheme, host and port; all http or all https
  bool verify = true;                                                    ///< https: the server's certificate against the CAs and its name
  std::string ca_file;                                                   ///< PEM; empty: the system's CAs
  std::string server_name;                                               ///< https: name asked for (SNI) and checked; empty: the host of the URL
  Duration connect_timeout = 5s;                                         ///< TCP and TLS together
  Duration response_head_timeout = 60s;                                  ///< from the end of the request to the end of the response's head
  Duration idle_timeout = 30s;                                           ///< without a byte in either direction once the response has begun
  std::uint32_t pool_size = 256;                                         ///< idle connections kept by each worker for each server
  std::uint32_t connections_max = 1024;                                  ///< connections of each worker to each server, busy and idle
  Duration keep_idle = 60s;                                              ///< how long an idle connection is kept
  bool reuse_after_body = true;                                          ///< a connection that has carried a body may carry another request
  Duration resolve_every = 30s;                                          ///< names of servers are resolved again after that; zero: never
  Balance balance = Balance::round_robin;
  std::uint32_t retries = 1;  ///< further servers or connections tried when no byte of the request was taken; idempotent requests only
  bool operator==(const UpstreamOptions&) const = default;
};

/// Whether the local certificate can be for it: a DNS name of letters, digits and hyphens, or an IP address.
[[nodiscard]] bool is_certificate_name(std::string_view name) noexcept;

[[nodiscard]] settings::TypeOf<ListenerOptions> listener_settings();
[[nodiscard]] settings::TypeOf<ConnectionLimits> connection_settings();
[[nodiscard]] settings::TypeOf<UpstreamOptions> upstream_settings();

}  // namespace gatehouse::net
