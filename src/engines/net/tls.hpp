// TLS 1.2 and 1.3 by OpenSSL: what a listener presents, what the gate expects of an upstream, and the ticket keys.
#pragma once
#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "ground/base/random.hpp"
#include "ground/base/result.hpp"
#include "ground/base/secret.hpp"
#include "ground/base/time.hpp"

struct ssl_st;
struct ssl_ctx_st;

namespace gatehouse::net {

struct FreeTlsContext {
  void operator()(ssl_ctx_st* context) const noexcept;
};
using TlsContext = std::unique_ptr<ssl_ctx_st, FreeTlsContext>;

/// The keys that seal session tickets (RFC 5077, RFC 8446 section 4.6.1). A key seals for `lifetime` and opens for one more,
/// so a stolen key opens a bounded stretch of recorded sessions. Shared by all threads and kept over reloads.
/// No thread waits for another: keys are read without a lock; of those that find the sealing key too old one makes the next, the others use the old one
/// once more.
class TicketKeys {
 public:
  static constexpr Duration lifetime = 12h;
  struct Key {
    std::array<std::uint8_t, 16> name;
    std::array<std::uint8_t, 32> cipher;  // AES-256-CBC, with a fresh IV a ticket
    std::array<std::uint8_t, 32> mac;     // HMAC-SHA-256 over name, IV and ciphertext
    Ticks made;
  };

  TicketKeys(Random& random, const Clock& clock);
  ~TicketKeys();
  TicketKeys(const TicketKeys&) = delete;
  TicketKeys& operator=(const TicketKeys&) = delete;
  /// The key that seals now; a new one if the last is too old.
  [[nodiscard]] Key sealing();
  /// The key of that name, if it still opens. `renew`: the ticket should be replaced by a fresh one.
  [[nodiscard]] bool opening(const std::uint8_t (&name)[16], Key& key, bool& renew) const;

 private:
  // Keys have numbers. The key of number n is in slots_[n % 3]; the newest seals, the one before only opens, the third slot is empty. Slots are written
  // and read in words, and what was read counts only if the newest is the same afterwards: who is overtaken reads again, once in `lifetime`.
  using Words = std::array<std::uint64_t, sizeof(Key) / sizeof(std::uint64_t)>;
  static_assert(sizeof(Key) == sizeof(Words) && std::is_trivially_copyable_v<Key>);
  using Slot = std::array<std::atomic<std::uint64_t>, std::tuple_size_v<Words>>;

  [[nodiscard]] Slot& slot(std::uint64_t number) noexcept { return slots_[number % slots_.size()]; }
  [[nodiscard]] const Slot& slot(std::uint64_t number) const noexcept { return slots_[number % slots_.size()]; }
  [[nodiscard]] Key read(std::uint64_t number) const noexcept;
  [[nodiscard]] bool read_named(std::uint64_t number, const std::uint8_t (&name)[16], Key& key) const noexcept;
  void make(std::uint64_t number);
  void clear(std::uint64_t number) noexcept;

  Random& random_;  // asked by one thread at a time
  const Clock& clock_;
  std::array<Slot, 3> slots_{};
  std::atomic<std::uint64_t> newest_{0};
  std::atomic_flag making_;
};

/// A certificate chain and its key, as PEM text.
struct Certificate {
  std::string chain;
  Secret key;
  std::string origin;                ///< the file's name, for messages
  std::vector<std::string> hosts{};  ///< server names that it answers to, "*.example.org" included; empty: those in the certificate
};

/// From when to when a certificate is valid.
struct CertificateLife {
  std::string origin;  ///< the file's name
  Instant not_before, not_after;
};

struct ServerTlsOptions {
  std::vector<Certificate> certificates;  ///< the first is the default one
  bool allow_tls12 = true;
  bool offer_http2 = true;
};

/// What a listener presents: one context a certificate, chosen by SNI (exact name, then `*.` in place of the first label).
class ServerTls {
 public:
  [[nodiscard]] static Result<std::shared_ptr<const ServerTls>> create(const ServerTlsOptions& options, std::shared_ptr<TicketKeys> tickets);
  ~ServerTls();
  ServerTls(const ServerTls&) = delete;
  ServerTls& operator=(const ServerTls&) = delete;

  /// A session for one accepted connection; null when memory is out.
  [[nodiscard]] ssl_st* accept() const noexcept;
  /// Which certificate that host name is served with: an index, 0 for names that none is made for.
  [[nodiscard]] std::size_t certificate_for(std::string_view host) const noexcept;
  /// One a certificate, in their order. An expired one is presented all the same: clients judge it.
  [[nodiscard]] const std::vector<CertificateLife>& lives() const noexcept { return lives_; }

 private:
  struct Entry {
    TlsContext context;
    std::vector<std::string> names;  // lower case
  };
  ServerTls() = default;
  std::shared_ptr<TicketKeys> tickets_;
  std::vector<Entry> entries_;
  std::vector<CertificateLife> lives_;
  std::string protocols_;  // ALPN, in the wire's form, by preference

  static int choose_protocol(ssl_st*, const unsigned char**, unsigned char*, const unsigned char*, unsigned, void*);
  static int choose_certificate(ssl_st*, int*, void*);
};

/// The name the client asked for (SNI), as sent; empty when it sent none.
[[nodiscard]] std::string_view requested_name(const ssl_st* session) noexcept;
/// Whether the handshake took up an earlier session.
[[nodiscard]] bool was_resumed(const ssl_st* session) noexcept;
/// Whether ALPN chose "h2" (RFC 9113 section 3.2).
[[nodiscard]] bool chose_http2(const ssl_st* session) noexcept;

struct ClientTlsOptions {
  std::string authorities;  ///< PEM text; empty: the system's
  bool verify = true;
};

/// What the gate expects of a server that it calls.
class ClientTls {
 public:
  [[nodiscard]] static Result<std::shared_ptr<const ClientTls>> create(const ClientTlsOptions& options);
  /// A session that will accept only a certificate for `name` (a host name or an address); null when memory is out.
  [[nodiscard]] ssl_st* connect(const std::string& name) const noexcept;

 private:
  TlsContext context_;
};

}  // namespace gatehouse::net
