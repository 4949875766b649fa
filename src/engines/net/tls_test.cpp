#include "engines/net/tls.hpp"

#include <doctest/doctest.h>

#include "ground/crypto/certificate.hpp"

using namespace gatehouse;

namespace {
net::Certificate tls_test_certificate(std::vector<std::string> names, std::vector<std::string> hosts) {
  SeededRandom random(7);
  const auto now = SystemClock().now();
  const auto common_name = names.front();
  const crypto::CertificateOptions options{.common_name = common_name, .names = std::move(names), .not_before = now, .not_after = now + 24h};
  const auto authority = crypto::make_authority(options, random).value();
  const auto made = crypto::make_server_certificate(authority, options, random).value();
  return {made.certificate_pem, Secret(std::string(made.key.to_pem().reveal())), "test", std::move(hosts)};
}
}  // namespace

TEST_CASE("a certificate answers to the names in it, unless others are named beside it") {
  SeededRandom random(1);
  SystemClock clock;
  net::ServerTlsOptions options;
  options.certificates.push_back(tls_test_certificate({"first.example"}, {}));
  options.certificates.push_back(tls_test_certificate({"second.example"}, {}));
  options.certificates.push_back(tls_test_certificate({"third.example"}, {"named.example", "*.wild.example"}));
  const auto tls = net::ServerTls::create(options, std::make_shared<net::TicketKeys>(random, clock)).value();
  CHECK(tls->certificate_for("second.example") == 1);
  CHECK(tls->certificate_for("SECOND.example") == 1);
  CHECK(tls->certificate_for("named.example") == 2);
  CHECK(tls->certificate_for("a.wild.example") == 2);
  CHECK(tls->certificate_for("a.b.wild.example") == 0);
  CHECK(tls->certificate_for("third.example") == 0);  // its names are those that were said
  CHECK(tls->certificate_for("nobody.example") == 0);
}
