#include "app/main/place/local_authority.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include "ground/crypto/certificate.hpp"

namespace gatehouse::main {
namespace {

constexpr std::size_t local_pem_bytes_max = 64U << 10U;
constexpr auto backdated = 1h;  // clocks of clients may be late
constexpr auto authority_lifetime = 24h * 3650;
constexpr auto certificate_lifetime = 24h * 397;  // what browsers take at most
constexpr auto renewed_before = 24h * 30;

/// A certificate and its key from their files; nothing when both are absent.
Result<std::optional<crypto::Issued>> read_pair(const std::string& certificate_file, const std::string& key_file) {
  auto certificate = read_file(certificate_file, local_pem_bytes_max);
  if (!certificate && certificate.error().fault == Fault::not_found) return std::optional<crypto::Issued>{};
  if (!certificate) return certificate.error();
  const Secret key_text(TRY(read_file(key_file, local_pem_bytes_max)));
  auto key =
      TRY(crypto::PrivateKey::from_pem(key_text.reveal()));  // on a line of its own: inside the braces an early return leaks what was made before it
  return std::optional(crypto::Issued{std::move(*certificate), std::move(key)});
}

/// The key first: a certificate without its key would look complete and be of no use.
Result<> write_pair(const crypto::Issued& issued, const std::string& certificate_file, const std::string& key_file) {
  CHECK_OK(write_file(key_file, issued.key.to_pem().reveal(), 0600, Replace::yes));
  return write_file(certificate_file, issued.certificate_pem, 0644, Replace::yes);
}

crypto::CertificateOptions options_for(std::string common_name, const std::vector<std::string>& names, Instant now, Duration lifetime) {
  return {.common_name = std::move(common_name), .names = names, .not_before = now - backdated, .not_after = now + lifetime};
}

bool lasts(const crypto::CertificateFacts& facts, Instant now) { return facts.not_before <= now && now + renewed_before < facts.not_after; }

/// Whether the certificate is for all of them. One that is for more as well was made for names that are no longer served.
bool covers(const crypto::CertificateFacts& facts, const std::vector<std::string>& names) {
  return std::ranges::all_of(names, [&](const std::string& name) { return std::ranges::find(facts.names, name) != facts.names.end(); });
}

}  // namespace

std::vector<std::string> local_names() { return {"localhost", "127.0.0.1", "::1"}; }

Result<LocalCertificate> local_certificate(const DataDirectory& data, const std::vector<std::string>& names, const Clock& clock, Random& random) {
  const auto folder = data.file("tls");
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return system_error(folder);
  LocalCertificate local{folder + "/ca.pem", folder + "/server.pem", folder + "/server-key.pem"};
  const auto authority_key_file = folder + "/ca-key.pem";
  const auto now = clock.now();

  auto authority = TRY(read_pair(local.ca_file, authority_key_file));
  if (authority && !lasts(TRY(crypto::read_certificate(authority->certificate_pem)), now)) authority.reset();
  const auto server = TRY(read_pair(local.certificate_file, local.key_file));
  if (authority && server) {
    const auto facts = TRY(crypto::read_certificate(server->certificate_pem));
    const bool fits = TRY(crypto::certificate_fits(server->certificate_pem, server->key.public_key()));
    if (fits && lasts(facts, now) && covers(facts, names) && facts.names.size() == names.size()) return local;
    if (!covers(facts, names)) authority.reset();  // it may sign only for the names it was made for
  }
  if (!authority) {
    authority = TRY(crypto::make_authority(options_for("Gatehouse local authority", names, now, authority_lifetime), random));
    CHECK_OK(write_pair(*authority, local.ca_file, authority_key_file));
    local.made_authority = true;
  }
  const auto issued = TRY(crypto::make_server_certificate(*authority, options_for(names.front(), names, now, certificate_lifetime), random));
  CHECK_OK(write_pair(issued, local.certificate_file, local.key_file));
  return local;
}

}  // namespace gatehouse::main
