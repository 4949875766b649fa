#include "engines/net/tls.hpp"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <algorithm>
#include <bit>
#include <cstring>

#include "ground/base/assert.hpp"
#include "ground/base/text.hpp"
#include "ground/crypto/certificate.hpp"
#include "ground/http/address.hpp"

namespace gatehouse::net {

void FreeTlsContext::operator()(ssl_ctx_st* context) const noexcept { SSL_CTX_free(context); }

// ---- ticket keys ----

TicketKeys::TicketKeys(Random& random, const Clock& clock) : random_(random), clock_(clock) { make(0); }

TicketKeys::~TicketKeys() {
  for (std::uint64_t number = 0; number < slots_.size(); ++number) clear(number);
}

TicketKeys::Key TicketKeys::read(std::uint64_t number) const noexcept {
  Words words;
  // Each with acquire: whoever has seen one word of a later key sees below that the newest is another one.
  for (std::size_t i = 0; i < words.size(); ++i) words[i] = slot(number)[i].load(std::memory_order_acquire);
  const auto key = std::bit_cast<Key>(words);
  wipe(words.data(), sizeof words);
  return key;
}

bool TicketKeys::read_named(std::uint64_t number, const std::uint8_t (&name)[16], Key& key) const noexcept {
  auto one = read(number);
  const bool found = std::memcmp(one.name.data(), name, sizeof name) == 0;
  if (found) key = one;
  wipe(&one, sizeof one);
  return found;
}

/// Into an empty slot, and then known. By one thread at a time.
void TicketKeys::make(std::uint64_t number) {
  Key key;
  random_.fill(key.name);
  random_.fill(key.cipher);
  random_.fill(key.mac);
  key.made = clock_.ticks();
  auto words = std::bit_cast<Words>(key);
  for (std::size_t i = 0; i < words.size(); ++i) slot(number)[i].store(words[i], std::memory_order_release);
  newest_.store(number, std::memory_order_release);
  wipe(words.data(), sizeof words);
  wipe(&key, sizeof key);
}

void TicketKeys::clear(std::uint64_t number) noexcept {
  for (auto& word : slot(number)) word.store(0, std::memory_order_release);
}

TicketKeys::Key TicketKeys::sealing() {
  Key key;
  auto number = newest_.load(std::memory_order_acquire);
  for (;;) {
    key = read(number);
    const auto now_newest = newest_.load(std::memory_order_acquire);
    if (now_newest == number) break;
    number = now_newest;
  }
  if (clock_.ticks() - key.made < lifetime || making_.test_and_set(std::memory_order_acquire)) return key;
  // What was seen above may be old: another thread has perhaps been here since.
  number = newest_.load(std::memory_order_relaxed);
  key = read(number);
  if (clock_.ticks() - key.made >= lifetime) {
    make(number + 1);
    clear(number + 2);  // the slot of number - 1, which opens no longer
    key = read(number + 1);
  }
  making_.clear(std::memory_order_release);
  return key;
}

bool TicketKeys::opening(const std::uint8_t (&name)[16], Key& key, bool& renew) const {
  bool found = false;
  auto number = newest_.load(std::memory_order_acquire);
  for (;;) {
    // The first key has none before it.
    found = read_named(number, name, key) || (number > 0 && read_named(number - 1, name, key));
    const auto now_newest = newest_.load(std::memory_order_acquire);
    if (now_newest == number) break;
    number = now_newest;
  }
  if (!found) return false;
  const auto age = clock_.ticks() - key.made;
  renew = age >= lifetime;
  if (age < 2 * lifetime) return true;
  wipe(&key, sizeof key);
  return false;
}

namespace {
std::string last_tls_error() {
  char text[160] = "unknown reason";
  if (const auto code = ERR_get_error(); code != 0) ERR_error_string_n(code, text, sizeof text);
  ERR_clear_error();
  return text;
}

struct FreeBio {
  void operator()(BIO* bio) const noexcept { BIO_free(bio); }
};
struct FreeX509 {
  void operator()(X509* certificate) const noexcept { X509_free(certificate); }
};
struct FreeKey {
  void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
};
using Bio = std::unique_ptr<BIO, FreeBio>;
using X509Certificate = std::unique_ptr<X509, FreeX509>;

Bio memory_bio(std::string_view text) { return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); }

// A key with a passphrase is refused and never asked for on the terminal.
int no_passphrase(char*, int, int, void*) { return -1; }

Result<> use_certificate(SSL_CTX* context, const Certificate& certificate) {
  const auto chain = memory_bio(certificate.chain);
  const X509Certificate leaf(PEM_read_bio_X509_AUX(chain.get(), nullptr, no_passphrase, nullptr));
  if (!leaf) return fail(Fault::invalid, certificate.origin + ": no PEM certificate could be read: " + last_tls_error());
  if (SSL_CTX_use_certificate(context, leaf.get()) != 1)
    return fail(Fault::invalid, certificate.origin + ": the certificate cannot be used: " + last_tls_error());
  while (auto more = X509Certificate(PEM_read_bio_X509(chain.get(), nullptr, no_passphrase, nullptr))) {
    if (SSL_CTX_add0_chain_cert(context, more.get()) != 1)
      return fail(Fault::invalid, certificate.origin + ": a further certificate of its chain cannot be used: " + last_tls_error());
    (void)more.release();  // the context owns it now
  }
  // The end of the file is reported as an error, too. Half a chain would fail at clients only, and only at some of them.
  if (const auto end = ERR_peek_last_error(); ERR_GET_LIB(end) != ERR_LIB_PEM || ERR_GET_REASON(end) != PEM_R_NO_START_LINE)
    return fail(Fault::invalid, certificate.origin + ": a further certificate of its chain cannot be read: " + last_tls_error());
  ERR_clear_error();
  const auto key_text = memory_bio(certificate.key.reveal());
  const std::unique_ptr<EVP_PKEY, FreeKey> key(PEM_read_bio_PrivateKey(key_text.get(), nullptr, no_passphrase, nullptr));
  if (!key) return fail(Fault::invalid, certificate.origin + ": no PEM private key without a passphrase could be read: " + last_tls_error());
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1)
    return fail(Fault::invalid, certificate.origin + ": the key does not belong to the certificate: " + last_tls_error());
  return {};
}

std::vector<std::string> names_of(const X509* certificate) {
  std::vector<std::string> names;
  auto* const list = static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; i < sk_GENERAL_NAME_num(list); ++i) {
    const auto* const name = sk_GENERAL_NAME_value(list, i);
    if (name->type != GEN_DNS) continue;
    names.push_back(text::lower(
        {reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName)), static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName))}));
  }
  GENERAL_NAMES_free(list);
  return names;
}

int tickets_index() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

// Return values as SSL_CTX_set_tlsext_ticket_key_evp_cb(3) wants them: 0 no such key, 1 fine, 2 fine and renew, -1 error.
int ticket_key(SSL* session, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac, int seal) {
  auto* const tickets = static_cast<TicketKeys*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(session), tickets_index()));
  static const EVP_CIPHER* const aes = EVP_CIPHER_fetch(nullptr, "AES-256-CBC", nullptr);
  TicketKeys::Key key;
  bool renew = false;
  if (seal == 1) {
    key = tickets->sealing();
    std::memcpy(name, key.name.data(), key.name.size());
    if (RAND_bytes(iv, EVP_CIPHER_get_iv_length(aes)) != 1) return -1;
  } else {
    std::uint8_t wanted[16];
    std::memcpy(wanted, name, sizeof wanted);
    if (!tickets->opening(wanted, key, renew)) return 0;
  }
  char digest[] = "SHA256";
  const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, key.mac.data(), key.mac.size()),
                                   OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, sizeof digest - 1), OSSL_PARAM_construct_end()};
  const bool ready = EVP_CipherInit_ex(cipher, aes, nullptr, key.cipher.data(), iv, seal) == 1 && EVP_MAC_CTX_set_params(mac, parameters) == 1;
  wipe(&key, sizeof key);
  if (!ready) return -1;
  return renew ? 2 : 1;
}

Result<TlsContext> server_context(const ServerTlsOptions& options, TicketKeys& tickets) {
  TlsContext context(SSL_CTX_new(TLS_server_method()));
  if (!context) return fail(Fault::unavailable, "TLS: " + last_tls_error());
  SSL_CTX_set_min_proto_version(context.get(), options.allow_tls12 ? TLS1_2_VERSION : TLS1_3_VERSION);
  // Forward secrecy and AEAD only; no renegotiation (a denial of service), no compression (CRIME).
  SSL_CTX_set_cipher_list(context.get(), "ECDHE+AESGCM:ECDHE+CHACHA20");
  SSL_CTX_set1_groups_list(context.get(), "X25519:P-256:P-384");
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  // An idle connection holds no record buffers; a small answer leaves when it is written, whole or in part.
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_read_ahead(context.get(), 1);  // header and record with one system call
  // Resumption by tickets alone: no server-side cache to bound, to lock and to share.
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  static constexpr unsigned char session_context[] = "gatehouse";
  SSL_CTX_set_session_id_context(context.get(), session_context, sizeof session_context - 1);
  SSL_CTX_set_num_tickets(context.get(), 1);
  SSL_CTX_set_ex_data(context.get(), tickets_index(), &tickets);
  SSL_CTX_set_tlsext_ticket_key_evp_cb(context.get(), ticket_key);
  return context;
}
}  // namespace

// ---- server ----

ServerTls::~ServerTls() = default;

Result<std::shared_ptr<const ServerTls>> ServerTls::create(const ServerTlsOptions& options, std::shared_ptr<TicketKeys> tickets) {
  if (options.certificates.empty()) return fail(Fault::invalid, "a TLS listener needs at least one certificate");
  auto made = std::shared_ptr<ServerTls>(new ServerTls);
  made->tickets_ = std::move(tickets);
  made->protocols_ = options.offer_http2 ? std::string("\x02h2\x08http/1.1") : std::string("\x08http/1.1");
  for (const auto& certificate : options.certificates) {
    Entry entry{TRY(server_context(options, *made->tickets_)), {}};
    CHECK_OK(use_certificate(entry.context.get(), certificate));
    entry.names = certificate.hosts.empty() ? names_of(SSL_CTX_get0_certificate(entry.context.get())) : certificate.hosts;
    SSL_CTX_set_alpn_select_cb(entry.context.get(), choose_protocol, made.get());
    SSL_CTX_set_tlsext_servername_callback(entry.context.get(), choose_certificate);
    SSL_CTX_set_tlsext_servername_arg(entry.context.get(), made.get());
    made->entries_.push_back(std::move(entry));
    const auto facts = TRY(crypto::read_certificate(certificate.chain));
    made->lives_.push_back({certificate.origin, facts.not_before, facts.not_after});
  }
  return std::shared_ptr<const ServerTls>(std::move(made));
}

ssl_st* ServerTls::accept() const noexcept {
  SSL* const session = SSL_new(entries_.front().context.get());
  if (session != nullptr) SSL_set_accept_state(session);
  return session;
}

std::size_t ServerTls::certificate_for(std::string_view host) const noexcept {
  const auto dot = host.find('.');
  const auto parent = dot == host.npos ? std::string_view{} : host.substr(dot);  // ".example.com"
  std::size_t wildcard = 0;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    for (const auto& name : entries_[i].names) {
      if (text::equal_ignoring_case(name, host)) return i;
      if (wildcard == 0 && !parent.empty() && name.starts_with("*.") && text::equal_ignoring_case(std::string_view(name).substr(1), parent))
        wildcard = i;
    }
  }
  return wildcard;
}

int ServerTls::choose_protocol(ssl_st*, const unsigned char** chosen, unsigned char* chosen_size, const unsigned char* offered, unsigned offered_size,
                               void* argument) {
  const auto& self = *static_cast<const ServerTls*>(argument);
  unsigned char* selected = nullptr;
  const int outcome = SSL_select_next_proto(&selected, chosen_size, reinterpret_cast<const unsigned char*>(self.protocols_.data()),
                                            static_cast<unsigned>(self.protocols_.size()), offered, offered_size);
  // RFC 7301 section 3.2: no protocol in common ends the handshake. It also closes the door to cross-protocol attacks.
  if (outcome != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_ALERT_FATAL;
  *chosen = selected;
  return SSL_TLSEXT_ERR_OK;
}

int ServerTls::choose_certificate(ssl_st* session, int*, void* argument) {
  const auto& self = *static_cast<const ServerTls*>(argument);
  const auto index = self.certificate_for(requested_name(session));
  if (index != 0) SSL_set_SSL_CTX(session, self.entries_[index].context.get());
  return SSL_TLSEXT_ERR_OK;
}

std::string_view requested_name(const ssl_st* session) noexcept {
  const char* const name = SSL_get_servername(session, TLSEXT_NAMETYPE_host_name);
  return name == nullptr ? std::string_view{} : std::string_view(name);
}

bool was_resumed(const ssl_st* session) noexcept { return SSL_session_reused(session) == 1; }

bool chose_http2(const ssl_st* session) noexcept {
  const unsigned char* protocol = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(session, &protocol, &size);
  return size == 2 && std::memcmp(protocol, "h2", 2) == 0;
}

// ---- client ----

Result<std::shared_ptr<const ClientTls>> ClientTls::create(const ClientTlsOptions& options) {
  auto made = std::make_shared<ClientTls>();
  made->context_.reset(SSL_CTX_new(TLS_client_method()));
  SSL_CTX* const context = made->context_.get();
  if (context == nullptr) return fail(Fault::unavailable, "TLS: " + last_tls_error());
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_read_ahead(context, 1);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_verify(context, options.verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  if (!options.verify) return std::shared_ptr<const ClientTls>(std::move(made));
  if (options.authorities.empty()) {
    if (SSL_CTX_set_default_verify_paths(context) != 1)
      return fail(Fault::unavailable, "the system's certificate authorities cannot be read: " + last_tls_error());
    return std::shared_ptr<const ClientTls>(std::move(made));
  }
  const auto bio = memory_bio(options.authorities);
  int count = 0;
  while (X509* const authority = PEM_read_bio_X509(bio.get(), nullptr, no_passphrase, nullptr)) {
    const X509Certificate owned(authority);
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context), owned.get());
    ++count;
  }
  ERR_clear_error();
  if (count == 0) return fail(Fault::invalid, "no PEM certificate of an authority could be read");
  return std::shared_ptr<const ClientTls>(std::move(made));
}

ssl_st* ClientTls::connect(const std::string& name) const noexcept {
  SSL* const session = SSL_new(context_.get());
  if (session == nullptr) return nullptr;
  SSL_set_connect_state(session);
  X509_VERIFY_PARAM* const expected = SSL_get0_param(session);
  const bool is_address = http::Address::parse(name).has_value();
  const bool named = is_address ? X509_VERIFY_PARAM_set1_ip_asc(expected, name.c_str()) == 1
                                : SSL_set1_host(session, name.c_str()) == 1 && SSL_set_tlsext_host_name(session, name.c_str()) == 1;
  SSL_set_hostflags(session, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  if (!named) {
    SSL_free(session);
    return nullptr;
  }
  return session;
}

}  // namespace gatehouse::net
