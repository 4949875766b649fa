#include "app/main/gate/notices.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "ground/base/file.hpp"
#include "ground/base/text.hpp"
#include "ground/crypto/certificate.hpp"
#include "services/audit/json_line.hpp"

namespace gatehouse::main {

namespace notices {
namespace {
constexpr std::size_t pem_bytes_max = 1024 * 1024;

/// "2026-01-31"
std::string day(Instant time) {
  std::array<char, audit::timestamp_length> text;
  audit::write_timestamp(time, text.data());
  return {text.data(), 10};
}
}  // namespace
}  // namespace notices

std::vector<std::string> certificate_notices(std::span<const net::CertificateLife> lives, Instant now) {
  std::vector<std::string> all;
  for (const auto& [origin, not_before, not_after] : lives) {
    if (not_after <= now)
      all.push_back(fmt::format("the certificate {} expired on {}: clients refuse it; renew it, then reload", origin, notices::day(not_after)));
    else if (now < not_before)
      all.push_back(fmt::format("the certificate {} is not valid before {}: clients refuse it until then; look at the clock of this machine", origin,
                                notices::day(not_before)));
    else if (not_after - now <= certificate_notice)
      all.push_back(fmt::format("the certificate {} expires on {}: renew it, then reload", origin, notices::day(not_after)));
  }
  return all;
}

std::vector<std::string> certificate_notices_since(std::span<const net::CertificateLife> lives, Instant before, Instant now) {
  std::vector<net::CertificateLife> passed;
  for (const auto& life : lives)
    if (std::ranges::any_of(certificate_thresholds, [&](Duration left) { return before < life.not_after - left && life.not_after - left <= now; }))
      passed.push_back(life);
  return certificate_notices(passed, now);
}

std::vector<std::string> plan_notices(std::span<const std::pair<std::string, std::size_t>> missing) {
  std::vector<std::string> all;
  for (const auto& [plan, count] : missing)
    all.push_back(fmt::format("{} the plan '{}', which is not in the configuration: their requests are answered with 503 until it is",
                              count == 1 ? std::string("1 key has") : fmt::format("{} keys have", count), plan));
  return all;
}

namespace notices {
namespace {
/// RFC 6125 section 6.4.3: a wildcard stands for one label. A route for a wildcard needs a certificate for the same.
bool is_for(std::string_view name, std::string_view host) {
  if (text::equal_ignoring_case(name, host)) return true;
  const auto dot = host.find('.');
  return name.starts_with("*.") && dot != host.npos && dot > 0 && text::equal_ignoring_case(name.substr(1), host.substr(dot));
}

/// The names of all certificates, local ones included.
std::vector<std::string> names_in_certificates(const config::Configuration& configuration, std::span<const std::string> local) {
  std::vector<std::string> names;
  for (const auto& listener : configuration.listeners) {
    if (listener.tls.local()) names.insert(names.end(), local.begin(), local.end());
    for (const auto& files : listener.tls.certificates) {
      const auto chain = read_file(files.certificate, pem_bytes_max);
      if (!chain) continue;  // said by who needs it
      if (auto facts = crypto::read_certificate(*chain)) std::ranges::move(facts->names, std::back_inserter(names));
    }
  }
  return names;
}
}  // namespace
}  // namespace notices

std::vector<std::string> host_notices(const config::Configuration& configuration, std::span<const std::string> local) {
  constexpr std::size_t shown_max = 20;
  if (std::ranges::any_of(configuration.listeners, [](const auto& listener) { return listener.tls.off; })) return {};
  const auto names = notices::names_in_certificates(configuration, local);
  std::map<std::string, std::string> uncovered;  // host, and the first route that is for it
  for (const auto& route : configuration.routes)
    for (const auto& host : route.hosts)
      if (std::ranges::none_of(names, [&](const auto& name) { return notices::is_for(name, host); })) uncovered.emplace(host, route.name);
  std::vector<std::string> all;
  for (const auto& [host, route] : uncovered) {
    if (all.size() == shown_max) {
      all.push_back(fmt::format("no certificate is for {} more hosts of routes", uncovered.size() - shown_max));
      break;
    }
    all.push_back(fmt::format("no certificate is for the host {} of the route '{}': clients that ask for it refuse the connection", host, route));
  }
  return all;
}

std::vector<std::string> unverified_notices(const config::Configuration& configuration) {
  std::vector<std::string> all;
  for (const auto& [name, upstream] : configuration.upstreams)
    if (!upstream.verify)
      all.push_back(
          fmt::format("the certificate of the upstream '{}' is not looked at (verify: false): whoever stands between can answer in its place and "
                      "read what is sent; name its authority with ca_file instead",
                      name));
  return all;
}

std::vector<net::CertificateLife> lives_in_files(const config::Configuration& configuration) {
  std::vector<net::CertificateLife> lives;
  for (const auto& listener : configuration.listeners)
    for (const auto& files : listener.tls.certificates) {
      if (std::ranges::find(lives, files.certificate, &net::CertificateLife::origin) != lives.end()) continue;
      const auto chain = read_file(files.certificate, notices::pem_bytes_max);
      if (!chain) continue;  // said by who needs it
      if (const auto facts = crypto::read_certificate(*chain)) lives.push_back({files.certificate, facts->not_before, facts->not_after});
    }
  return lives;
}

}  // namespace gatehouse::main
