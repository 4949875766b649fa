#include "engines/net/options.hpp"

#include "ground/settings/block.hpp"

namespace gatehouse::net {

namespace {

settings::TypeOf<CertificateFiles> certificate_settings() {
  return settings::Block<CertificateFiles>("certificate", "A certificate chain and its private key, both PEM.")
      .required("certificate", &CertificateFiles::certificate, settings::file_path(),
                "File: the server's certificate first, then the intermediate ones.", "cert.pem")
      .required("key", &CertificateFiles::key, settings::file_path(), "File: the private key, unencrypted; it must not be readable by everybody.",
                "key.pem")
      .field("hosts", &CertificateFiles::hosts, settings::list_of(settings::host_pattern()),
             "Server names (SNI) that it answers to. Default: the names in the certificate.", "[api.example.org]");
}

/// RFC 5280 section 4.2.1.6: letters, digits and hyphens; a certificate with another name would not be made.
settings::TypeOf<std::string> certificate_name() {
  return settings::text_of("name in a certificate", "^[A-Za-z0-9.:-]{1,253}$", [](std::string_view name) -> std::optional<std::string> {
    if (name.starts_with("*.")) return "is a wildcard; the local certificate is for whole names, each of which is listed";
    if (is_certificate_name(name)) return std::nullopt;
    return "'" + std::string(name) + "' is neither a DNS name nor an IP address (without scheme and port)";
  });
}

settings::TypeOf<TlsOptions> tls_settings() {
  const settings::TypeOf<TlsVersion> version =
      settings::words<TlsVersion>({{"1.2", TlsVersion::tls1_2, "TLS 1.2 and 1.3"}, {"1.3", TlsVersion::tls1_3, "TLS 1.3 only"}});
  settings::TypeOf<TlsOptions> block =
      settings::Block<TlsOptions>("tls", "With which certificates the listener speaks TLS.")
          .required("certificates", &TlsOptions::certificates,
                    settings::or_word(settings::list_of(certificate_settings(), 1), "local", {},
                                      "a certificate from a local CA, made in the data directory"),
                    "The certificates, chosen by the name that the client asks for; the first one for a client that names none.",
                    "[{ certificate: cert.pem, key: key.pem }]")
          .field(
              "local_names", &TlsOptions::local_names, settings::list_of(certificate_name(), 0, 64),
              "Further DNS names and addresses under which clients come, for `certificates: local`: beside localhost, 127.0.0.1, ::1 and the addresses of "
              "the listeners.",
              "[api.internal, 10.0.0.5]")
          .field("minimum", &TlsOptions::minimum, version, "Oldest version of TLS that is spoken.", "\"1.3\"")
          .check({.values = {"certificates"}, .given = {"local_names"}},
                 [](settings::Reader& reader, const settings::Node& node, const TlsOptions& tls) {
                   if (!tls.certificates.empty() && node.get("local_names") != nullptr)
                     reader.note_in(node, "local_names", "are for `certificates: local`; a certificate of your own is for the names within it");
                 });
  block = settings::or_word(std::move(block), "local", TlsOptions{}, "a certificate from a local CA, made in the data directory; for development");
  return settings::or_word(std::move(block), "off", TlsOptions{.off = true, .certificates = {}},
                           "clear text; only on a loopback address, unless `insecure: true` is said, too");
}

/// Of the servers that could be read: one that could not has a scheme that nobody knows.
void check_schemes(settings::Reader& reader, const settings::Node& node, const UpstreamOptions& upstream) {
  const settings::Reader::Inside servers(reader, "servers");
  std::optional<bool> secure;
  for (std::size_t i = 0; i < upstream.servers.size(); ++i) {
    const settings::Reader::Inside inside(reader, i);
    if (reader.broken(reader.path())) continue;
    if (!secure) secure = upstream.servers[i].secure;
    if (upstream.servers[i].secure != *secure)
      reader.note(node.nearest("servers[" + std::to_string(i) + "]").at,
                  "has another scheme than the first one; the servers of an upstream are all http or all https");
  }
}

void check_tls_settings(settings::Reader& reader, const settings::Node& node, const UpstreamOptions& upstream) {
  if (upstream.servers.front().secure) return;
  for (const std::string_view name : {"verify", "ca_file", "server_name"}) {
    if (node.get(name) == nullptr) continue;
    const settings::Reader::Inside inside(reader, name);
    reader.note(node.nearest(name).at, "has a meaning only for https:// servers, and these are http://");
  }
}

}  // namespace

bool is_certificate_name(std::string_view name) noexcept { return settings::is_host_name(name) && !name.contains('_'); }

settings::TypeOf<ListenerOptions> listener_settings() {
  return settings::Block<ListenerOptions>("listener", "An address on which clients are served.")
      .required("address", &ListenerOptions::address, settings::endpoint(), "IP address and port; port 0 takes any free one.", "127.0.0.1:8443")
      .required("tls", &ListenerOptions::tls, tls_settings(), "TLS of this listener.", "local")
      .field("insecure", &ListenerOptions::insecure, settings::boolean(), "Says that clear text on an address which other machines reach is meant.",
             "true")
      .check({.values = {"address", "tls", "insecure"}}, [](settings::Reader& reader, const settings::Node& node, const ListenerOptions& listener) {
        if (!listener.tls.off || listener.insecure || listener.address.is_loopback()) return;
        const settings::Reader::Inside inside(reader, "tls", "local");
        reader.note(node.nearest("tls").at,
                    "is off on " + listener.address.to_text() +
                        ", which other machines can reach: keys and records would travel in clear text; to mean it, add `insecure: true`");
      });
}

settings::TypeOf<ConnectionLimits> connection_settings() {
  using settings::byte_size, settings::duration, settings::integer;
  return settings::Block<ConnectionLimits>("connections", "What client connections may cost, on all listeners together.")
      .field("head_max", &ConnectionLimits::head_bytes_max, byte_size(1024, 1024 * 1024),
             "Bytes of the request line and the headers. More is refused with 431.", "32KiB")
      .field("headers_max", &ConnectionLimits::headers_max, integer<std::uint32_t>(8, 1000), "Header lines of a request. More are refused with 431.",
             "100")
      .field("head_time", &ConnectionLimits::head_time_max, duration(1s, 5min),
             "Time for the whole head of a request, against clients that send it drop by drop.", "10s")
      .field("keep_alive_idle", &ConnectionLimits::keep_alive_idle, duration(1s, 1h), "How long a connection may rest between two requests.", "75s")
      .field("body_idle", &ConnectionLimits::body_idle_max, duration(1s, 1h), "How long a request body may pause.", "30s")
      .field(
          "body_rate_min", &ConnectionLimits::body_rate_min, settings::or_word(byte_size(1, 1024 * 1024), "none", 0, "no minimum"),
          "Bytes a second that a request body must reach; it may fall behind by `body_idle`, and time in which the gate does not read it is not counted.",
          "128B")
      .field("write_idle", &ConnectionLimits::write_idle_max, duration(1s, 1h), "How long a client may take nothing of its response.", "30s")
      .field(
          "write_rate_min", &ConnectionLimits::write_rate_min, settings::or_word(byte_size(1, 1024 * 1024), "none", 0, "no minimum"),
          "Bytes a second that a client must take of its response; it may fall behind by `write_idle`, and time in which nothing waits for it is not "
          "counted.",
          "240B")
      .field("handshake_time", &ConnectionLimits::handshake_time_max, duration(1s, 1min), "Time for the TLS handshake.", "10s")
      .field("total_max", &ConnectionLimits::connections_max, integer<std::uint32_t>(1, 1'000'000), "Connections at the same time.", "20000")
      .field("per_address_max", &ConnectionLimits::connections_per_address_max, integer<std::uint32_t>(1, 1'000'000),
             "Connections of one client address at the same time; for IPv6 of one /64.", "512")
      .field(
          "per_address_rate", &ConnectionLimits::connections_per_address_rate, settings::rate(),
          "New connections of one client address over time; for IPv6 of one /64. More are closed before TLS. Proxies in `trusted_proxies` excepted.",
          "100/s")
      .field("per_address_burst", &ConnectionLimits::connections_per_address_burst, integer<std::uint32_t>(1, 1'000'000),
             "New connections of one client address that may come at once.", "512")
      .field("requests_max", &ConnectionLimits::requests_per_connection_max, integer<std::uint32_t>(1, 1'000'000'000),
             "Requests on one connection; then it is closed in good order.", "100000")
      .field("streams_max", &ConnectionLimits::streams_max, integer<std::uint32_t>(1, 10'000), "HTTP/2: requests at the same time on one connection.",
             "128")
      .field("resets_max", &ConnectionLimits::resets_max, integer<std::uint32_t>(1, 100'000),
             "HTTP/2: requests that a client may call off in any `flood_window` before its connection is closed (rapid reset).", "200")
      .field(
          "control_frames_max", &ConnectionLimits::control_frames_max, integer<std::uint32_t>(10, 100'000),
          "HTTP/2: SETTINGS, PING, PRIORITY and empty DATA frames (unless they end a request) that a client may send in any `flood_window` before its connection is closed.",
          "500")
      .field("flood_window", &ConnectionLimits::flood_window, duration(1s, 10min),
             "HTTP/2: the time over which resets and control frames are counted, on each connection, whenever it begins; up to an eighth of it more.",
             "30s")
      .field("header_list_max", &ConnectionLimits::header_list_bytes_max, byte_size(1024, 1024 * 1024),
             "HTTP/2: bytes of all headers of a request when unpacked.", "64KiB");
}

settings::TypeOf<UpstreamOptions> upstream_settings() {
  using settings::duration, settings::integer;
  return settings::Block<UpstreamOptions>("upstream", "A group of servers that answer alike, one of which answers a request.")
      .required("servers", &UpstreamOptions::servers, settings::list_of(settings::origin(), 1, UpstreamOptions::servers_listed_max),
                "Where the servers are: scheme, host and port.", "[\"http://127.0.0.1:3000\"]")
      .field("verify", &UpstreamOptions::verify, settings::boolean(),
             "https: check the server's certificate and its name. Switched off, anybody in between can read and change everything.", "true")
      .field("ca_file", &UpstreamOptions::ca_file, settings::file_path(), "https: the CAs that are believed, PEM. Default: those of the system.",
             "ca.pem")
      .field("server_name", &UpstreamOptions::server_name, settings::host_name(),
             "https: the name that is asked for and checked. Default: the host of the URL.", "clinic.internal")
      .field("connect_timeout", &UpstreamOptions::connect_timeout, duration(1ms, 5min), "Time to connect, TLS included.", "5s")
      .field("response_head_timeout", &UpstreamOptions::response_head_timeout, duration(1ms, 1h),
             "Time from the end of the request to the end of the response's head.", "60s")
      .field("idle_timeout", &UpstreamOptions::idle_timeout, duration(1ms, 24h), "How long a response may pause.", "30s")
      .field("pool_size", &UpstreamOptions::pool_size, integer<std::uint32_t>(1, 10'000), "Idle connections that each worker keeps to each server.",
             "256")
      .field("connections_max", &UpstreamOptions::connections_max, integer<std::uint32_t>(1, 1'000'000),
             "Connections that each worker opens to each server; a request that finds all of them busy is refused with 503.", "1024")
      .field("keep_idle", &UpstreamOptions::keep_idle, duration(1s, 1h), "How long an idle connection is kept; less than the server keeps it.", "60s")
      .field(
          "reuse_after_body", &UpstreamOptions::reuse_after_body, settings::boolean(),
          "Whether a connection that has carried the body of a POST, PUT or PATCH may carry another request. Switch it off if a server may answer such "
          "a request without having read its body: it would take the body for the next request. With other methods a body always ends its connection.",
          "false")
      .field(
          "resolve_every", &UpstreamOptions::resolve_every, settings::or_word(duration(1s, 24h), "never", 0s, "only when the configuration is read"),
          "How often the names of servers are resolved again; new connections go to the addresses of the last answer. Addresses need no resolving.",
          "30s")
      .field("balance", &UpstreamOptions::balance,
             settings::words<Balance>({{"round_robin", Balance::round_robin, "one after the other"},
                                       {"least_connections", Balance::least_connections, "the one with the fewest requests under way"}}),
             "Which server is asked.", "least_connections")
      .field("retries", &UpstreamOptions::retries, settings::or_word(integer<std::uint32_t>(1, 10), "none", 0, "never"),
             "Further attempts when a server took nothing of an idempotent request.", "1")
      .check({}, check_schemes)
      .check({.values = {"servers"}, .given = {"verify", "ca_file", "server_name"}}, check_tls_settings);
}

}  // namespace gatehouse::net
