// X.509 certificates (RFC 5280) of our own making: a local authority that the operator's machine may trust, and the certificate that the
// server shows. The authority is bound to the names it was made for (name constraints), so that its key, if stolen, signs for nothing else.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "ground/base/random.hpp"
#include "ground/base/time.hpp"
#include "ground/crypto/digest.hpp"
#include "ground/crypto/key.hpp"

namespace gatehouse::crypto {

/// A certificate in PEM form and the key it is for.
struct Issued {
  std::string certificate_pem;
  PrivateKey key;
};

struct CertificateOptions {
  std::string common_name;         ///< what a person sees; names that count are in `names`
  std::vector<std::string> names;  ///< DNS names (LDH labels) and IP addresses as text; at least one
  Instant not_before;
  Instant not_after;
};

/// A new P-256 authority: CA, path length 0, key usage certificate and CRL signing only, critical name constraints on `names`
/// (a DNS name with its subdomains, an address exactly). Fault::invalid: a name that is none, or dates in the wrong order.
[[nodiscard]] Result<Issued> make_authority(const CertificateOptions& options, Random& random);

/// A new P-256 server certificate, signed by `authority`, for `names`.
[[nodiscard]] Result<Issued> make_server_certificate(const Issued& authority, const CertificateOptions& options, Random& random);

struct CertificateFacts {
  std::string subject;  ///< RFC 2253 form
  std::vector<std::string> names;
  Instant not_before, not_after;
  bool authority = false;
  Digest256 fingerprint{};  ///< SHA-256 of the DER form
};

/// The first certificate of a PEM text. Fault::invalid: there is none.
[[nodiscard]] Result<CertificateFacts> read_certificate(std::string_view pem);
/// Whether the first certificate of `pem` is for this key.
[[nodiscard]] Result<bool> certificate_fits(std::string_view pem, const PublicKey& key);

}  // namespace gatehouse::crypto
