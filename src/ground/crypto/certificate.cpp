#include "ground/crypto/certificate.hpp"

#include <arpa/inet.h>
#include <openssl/pem.h>

#include <algorithm>
#include <optional>

#include "ground/base/text.hpp"
#include "ground/crypto/key_object.hpp"

namespace gatehouse::crypto {

namespace {
using Extension = openssl::Owned<X509_EXTENSION, X509_EXTENSION_free>;

/// The 4 or 16 bytes of an address.
std::optional<std::string> address_bytes(const std::string& name) {
  std::string bytes(16, '\0');
  if (inet_pton(AF_INET, name.c_str(), bytes.data()) == 1) return bytes.substr(0, 4);
  if (inet_pton(AF_INET6, name.c_str(), bytes.data()) == 1) return bytes;
  return std::nullopt;
}

/// Names go into OpenSSL's little extension language, in which a comma begins another entry.
bool is_dns_name(std::string_view name) {
  return !name.empty() && name.size() <= 253 && name.front() != '.' && name.front() != '-' &&
         std::ranges::all_of(name, [](char c) { return text::is_alnum(c) || c == '-' || c == '.' || c == '*'; });
}

Result<> check_options(const CertificateOptions& options) {
  if (options.names.empty()) return fail(Fault::invalid, "a certificate needs at least one name");
  if (options.not_after <= options.not_before) return fail(Fault::invalid, "a certificate must end after it begins");
  if (options.common_name.empty() || options.common_name.size() > 64) return fail(Fault::invalid, "a common name has 1 to 64 bytes");
  for (const auto& name : options.names)
    if (!address_bytes(name) && !is_dns_name(name)) return fail(Fault::invalid, "'" + name + "' is neither a DNS name nor an address");
  return {};
}

std::string joined_names(const CertificateOptions& options, std::string_view prefix, bool with_mask) {
  std::string out;
  for (const auto& name : options.names) {
    const auto address = address_bytes(name);
    if (!out.empty()) out += ',';
    out += std::string(prefix) + (address ? "IP:" : "DNS:") + name;
    if (address && with_mask) out += address->size() == 4 ? "/255.255.255.255" : "/ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff";
  }
  return out;
}

bool set_time(ASN1_TIME* time, Instant instant) { return ASN1_TIME_set(time, static_cast<time_t>(unix_seconds(instant))) != nullptr; }

/// RFC 5280 section 4.1.2.2: positive, at most 20 bytes, unpredictable.
bool set_serial(X509* certificate, Random& random) {
  std::array<std::uint8_t, 16> bytes{};
  random.fill(bytes);
  bytes[0] = static_cast<std::uint8_t>((bytes[0] & 0x7F) | 0x40);
  const openssl::Number serial(BN_bin2bn(bytes.data(), bytes.size(), nullptr));
  return serial != nullptr && BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool add_extension(X509* certificate, X509* issuer, int id, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, id, value.c_str()));
  return extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1;
}

/// Everything but extensions and signature.
openssl::Certificate begin_certificate(const CertificateOptions& options, EVP_PKEY* key, const X509_NAME* issuer, Random& random) {
  openssl::Certificate certificate(X509_new());
  auto* const raw = certificate.get();
  if (raw == nullptr || X509_set_version(raw, X509_VERSION_3) != 1 || !set_serial(raw, random)) return nullptr;
  if (!set_time(X509_getm_notBefore(raw), options.not_before) || !set_time(X509_getm_notAfter(raw), options.not_after)) return nullptr;
  auto* const subject = X509_get_subject_name(raw);
  if (X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(options.common_name.data()),
                                 static_cast<int>(options.common_name.size()), -1, 0) != 1)
    return nullptr;
  if (X509_set_issuer_name(raw, issuer != nullptr ? issuer : subject) != 1 || X509_set_pubkey(raw, key) != 1) return nullptr;
  return certificate;
}

std::string to_pem(X509* certificate) {
  const openssl::Bio bio(BIO_new(BIO_s_mem()));
  GH_ASSERT(bio != nullptr && PEM_write_bio_X509(bio.get(), certificate) == 1);
  return openssl::written(bio.get());
}

Result<openssl::Certificate> certificate_from_pem(std::string_view pem) {
  constexpr std::size_t pem_bytes = 1U << 20U;  // a long chain is some 20 KB
  if (pem.size() > pem_bytes) return fail(Fault::invalid, "PEM text too long");
  const auto bio = openssl::reader(pem);
  openssl::Certificate certificate(PEM_read_bio_X509(bio.get(), nullptr, [](char*, int, int, void*) { return -1; }, nullptr));
  if (certificate == nullptr) return openssl::failure(Fault::invalid, "no certificate in PEM form");
  return certificate;
}

Instant instant_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return Instant{};  // a date that cannot be read is long past: refused wherever it is compared
  return Instant{std::chrono::seconds(timegm(&parts))};
}

std::vector<std::string> names_of(X509* certificate) {
  const openssl::Owned<GENERAL_NAMES, GENERAL_NAMES_free> all(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  std::vector<std::string> names;
  for (int i = 0; all != nullptr && i < sk_GENERAL_NAME_num(all.get()); ++i) {
    const auto* const name = sk_GENERAL_NAME_value(all.get(), i);
    const auto* const data = name->type == GEN_DNS ? name->d.dNSName : name->type == GEN_IPADD ? name->d.iPAddress : nullptr;
    if (data == nullptr) continue;
    const auto* const bytes = ASN1_STRING_get0_data(data);
    const auto size = static_cast<std::size_t>(ASN1_STRING_length(data));
    if (name->type == GEN_DNS) names.emplace_back(reinterpret_cast<const char*>(bytes), size);
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (name->type == GEN_IPADD && (size == 4 || size == 16) && inet_ntop(size == 4 ? AF_INET : AF_INET6, bytes, text.data(), text.size()) != nullptr)
      names.emplace_back(text.data());
  }
  return names;
}
}  // namespace

/// The one place outside key.cpp and signature.cpp that reaches the library's key.
struct CertificateMaker {
  static EVP_PKEY* key(const PrivateKey& key) noexcept { return key.public_.object_->key.get(); }
};

Result<Issued> make_authority(const CertificateOptions& options, Random& random) {
  CHECK_OK(check_options(options));
  auto key = TRY(PrivateKey::generate(KeyType::p256));
  auto* const raw_key = CertificateMaker::key(key);
  const auto certificate = begin_certificate(options, raw_key, nullptr, random);
  auto* const raw = certificate.get();
  if (raw == nullptr || !add_extension(raw, raw, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") ||
      !add_extension(raw, raw, NID_key_usage, "critical,keyCertSign,cRLSign") || !add_extension(raw, raw, NID_subject_key_identifier, "hash") ||
      !add_extension(raw, raw, NID_name_constraints, "critical," + joined_names(options, "permitted;", true)) ||
      X509_sign(raw, raw_key, openssl::algorithm(Hash::sha256)) == 0)
    return openssl::failure(Fault::internal, "the authority's certificate could not be made");
  return Issued{to_pem(raw), std::move(key)};
}

Result<Issued> make_server_certificate(const Issued& authority, const CertificateOptions& options, Random& random) {
  CHECK_OK(check_options(options));
  const auto issuer = TRY(certificate_from_pem(authority.certificate_pem));
  auto key = TRY(PrivateKey::generate(KeyType::p256));
  const auto certificate = begin_certificate(options, CertificateMaker::key(key), X509_get_subject_name(issuer.get()), random);
  auto* const raw = certificate.get();
  if (raw == nullptr || !add_extension(raw, issuer.get(), NID_basic_constraints, "critical,CA:FALSE") ||
      !add_extension(raw, issuer.get(), NID_key_usage, "critical,digitalSignature") ||
      !add_extension(raw, issuer.get(), NID_ext_key_usage, "serverAuth") || !add_extension(raw, issuer.get(), NID_subject_key_identifier, "hash") ||
      !add_extension(raw, issuer.get(), NID_authority_key_identifier, "keyid:always") ||
      !add_extension(raw, issuer.get(), NID_subject_alt_name, joined_names(options, "", false)) ||
      X509_sign(raw, CertificateMaker::key(authority.key), openssl::algorithm(Hash::sha256)) == 0)
    return openssl::failure(Fault::internal, "the server's certificate could not be made");
  return Issued{to_pem(raw), std::move(key)};
}

Result<CertificateFacts> read_certificate(std::string_view pem) {
  const auto certificate = TRY(certificate_from_pem(pem));
  CertificateFacts facts;
  const openssl::Bio bio(BIO_new(BIO_s_mem()));
  if (bio == nullptr || X509_NAME_print_ex(bio.get(), X509_get_subject_name(certificate.get()), 0, XN_FLAG_RFC2253) < 0)
    return openssl::failure(Fault::invalid, "certificate with an unreadable subject");
  facts.subject = openssl::written(bio.get());
  facts.names = names_of(certificate.get());
  facts.not_before = instant_of(X509_get0_notBefore(certificate.get()));
  facts.not_after = instant_of(X509_get0_notAfter(certificate.get()));
  facts.authority = X509_check_ca(certificate.get()) == 1;
  if (X509_digest(certificate.get(), openssl::algorithm(Hash::sha256), facts.fingerprint.data(), nullptr) != 1)
    return openssl::failure(Fault::internal, "no fingerprint");
  return facts;
}

Result<bool> certificate_fits(std::string_view pem, const PublicKey& key) {
  const auto certificate = TRY(certificate_from_pem(pem));
  const auto other = TRY(PublicKey::from_pem([&] {
    const openssl::Bio bio(BIO_new(BIO_s_mem()));
    GH_ASSERT(bio != nullptr);
    if (PEM_write_bio_PUBKEY(bio.get(), X509_get0_pubkey(certificate.get())) != 1) ERR_clear_error();
    return openssl::written(bio.get());
  }()));
  return other.to_pem() == key.to_pem();
}

}  // namespace gatehouse::crypto
