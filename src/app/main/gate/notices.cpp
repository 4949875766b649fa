#include "app/main/gate/notices.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>

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

std::string read(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"), std::fclose);
  if (!file) return {};
  std::string text(pem_bytes_max, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  return text;
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

std::vector<std::string> plan_notices(const keys::KeyRing& ring, Instant now) {
  std::vector<std::string> all;
  for (const auto& [plan, count] : ring.missing_plans(now))
    all.push_back(fmt::format("{} the plan '{}', which is not in the configuration: their requests are answered with 503 until it is",
                              count == 1 ? std::string("1 key has") : fmt::format("{} keys have", count), plan));
  return all;
}

std::vector<net::CertificateLife> lives_in_files(const config::Configuration& configuration) {
  std::vector<net::CertificateLife> lives;
  for (const auto& listener : configuration.listeners)
    for (const auto& files : listener.tls.certificates) {
      if (std::ranges::find(lives, files.certificate, &net::CertificateLife::origin) != lives.end()) continue;
      if (const auto facts = crypto::read_certificate(notices::read(files.certificate)))
        lives.push_back({files.certificate, facts->not_before, facts->not_after});
    }
  return lives;
}

}  // namespace gatehouse::main
