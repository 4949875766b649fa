#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <thread>
#include <vector>

#include "ground/crypto/certificate.hpp"
#include "ground/crypto/digest.hpp"
#include "ground/crypto/ecdsa_form.hpp"
#include "ground/crypto/key.hpp"

using namespace gatehouse;
using crypto::KeyType;
using crypto::Scheme;

namespace {
std::string hex(Bytes bytes) { return encoding::to_hex(bytes); }
std::string unhex(std::string_view text) { return encoding::from_hex(text).value(); }

constexpr std::array every_scheme{Scheme::rs256, Scheme::rs384, Scheme::rs512, Scheme::ps256,   Scheme::ps384, Scheme::ps512,
                                  Scheme::es256, Scheme::es384, Scheme::es512, Scheme::ed25519, Scheme::ed448};

const crypto::PrivateKey& key_of(KeyType type) {
  static const std::array<crypto::PrivateKey, 6> keys{
      crypto::PrivateKey::generate(KeyType::p256).value(),    crypto::PrivateKey::generate(KeyType::p384).value(),
      crypto::PrivateKey::generate(KeyType::p521).value(),    crypto::PrivateKey::generate(KeyType::rsa).value(),
      crypto::PrivateKey::generate(KeyType::ed25519).value(), crypto::PrivateKey::generate(KeyType::ed448).value()};
  return keys[static_cast<std::size_t>(type)];
}
}  // namespace

TEST_CASE("digests and HMACs give the standard's values") {
  CHECK(hex(crypto::sha256("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(hex(crypto::sha256("")) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(hex(crypto::digest(crypto::Hash::sha384, as_bytes("abc")).view()).starts_with("cb00753f45a35e8bb5a03d699ac65007"));
  CHECK(hex(crypto::digest(crypto::Hash::sha512, as_bytes("abc")).view()).starts_with("ddaf35a193617abacc417349ae204131"));
  // RFC 4231, test case 2
  CHECK(hex(crypto::hmac(crypto::Hash::sha256, as_bytes("Jefe"), as_bytes("what do ya want for nothing?")).view()) ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  CHECK(hex(crypto::hmac(crypto::Hash::sha512, as_bytes("Jefe"), as_bytes("what do ya want for nothing?")).view())
            .starts_with("164b7a7bfcf819e2e395fbe73b56e0a3"));
}

TEST_CASE("an HMAC with an empty key does not remember the key before it") {
  const auto mac_of = [](Bytes key) { return hex(crypto::hmac(crypto::Hash::sha256, key, as_bytes("m")).view()); };
  const auto empty = mac_of({});
  (void)mac_of(as_bytes("another key"));
  CHECK(mac_of({}) == empty);
  CHECK(mac_of(as_bytes("another key")) != empty);
}

TEST_CASE("every scheme signs, verifies, and refuses what was altered") {
  for (const auto scheme : every_scheme) {
    const auto& key = key_of(crypto::key_type(scheme));
    const auto signature = key.sign(scheme, as_bytes("message")).value();
    CHECK(key.public_key().verify(scheme, as_bytes("message"), as_bytes(signature)));
    CHECK_FALSE(key.public_key().verify(scheme, as_bytes("massage"), as_bytes(signature)));
    for (const std::size_t at : {std::size_t{0}, signature.size() / 2, signature.size() - 1}) {
      auto altered = signature;
      altered[at] = static_cast<char>(altered[at] ^ 1);
      CHECK_FALSE(key.public_key().verify(scheme, as_bytes("message"), as_bytes(altered)));
    }
    CHECK_FALSE(key.public_key().verify(scheme, as_bytes("message"), as_bytes(signature.substr(1))));
    CHECK_FALSE(key.public_key().verify(scheme, as_bytes("message"), as_bytes(signature + '\0')));
    CHECK_FALSE(key.public_key().verify(scheme, as_bytes("message"), {}));
    CHECK(key.public_key().verify(scheme, as_bytes("message"), as_bytes(signature)));  // a failure leaves nothing behind
  }
}

TEST_CASE("a signature counts for its own scheme only") {
  for (const auto signed_with : every_scheme) {
    const auto signature = key_of(crypto::key_type(signed_with)).sign(signed_with, as_bytes("m")).value();
    for (const auto read_as : every_scheme)
      if (read_as != signed_with)
        for (const auto type : {KeyType::p256, KeyType::p384, KeyType::p521, KeyType::rsa, KeyType::ed25519, KeyType::ed448})
          CHECK_FALSE(key_of(type).public_key().verify(read_as, as_bytes("m"), as_bytes(signature)));
  }
  CHECK(key_of(KeyType::p256).sign(Scheme::rs256, as_bytes("m")).error().fault == Fault::internal);
}

TEST_CASE("another key's signature is refused, also when contexts are kept for many keys") {
  std::vector<crypto::PrivateKey> keys;
  for (int i = 0; i < 40; ++i) keys.push_back(crypto::PrivateKey::generate(KeyType::p256).value());
  for (int round = 0; round < 2; ++round)
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const auto signature = keys[i].sign(Scheme::es256, as_bytes("m")).value();
      CHECK(keys[i].public_key().verify(Scheme::es256, as_bytes("m"), as_bytes(signature)));
      CHECK_FALSE(keys[(i + 1) % keys.size()].public_key().verify(Scheme::es256, as_bytes("m"), as_bytes(signature)));
    }
}

TEST_CASE("one key is used by several threads") {
  const auto& key = key_of(KeyType::p256);
  const auto work = [&] {
    for (int i = 0; i < 50; ++i) {
      const auto message = std::to_string(i);
      CHECK(key.public_key().verify(Scheme::es256, as_bytes(message), as_bytes(key.sign(Scheme::es256, as_bytes(message)).value())));
    }
  };
  std::thread one(work), two(work);
  one.join();
  two.join();
}

TEST_CASE("a prepared key takes and refuses what it took and refused before") {
  const auto key = crypto::PrivateKey::generate(KeyType::p256).value();
  std::vector<std::string> good;
  for (int i = 0; i < 50; ++i) good.push_back(key.sign(Scheme::es256, as_bytes(std::to_string(i))).value());
  const auto order = unhex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
  const auto judged = [&] {
    std::string verdicts;
    const auto judge = [&](std::string_view message, std::string_view signature) {
      verdicts += key.public_key().verify(Scheme::es256, as_bytes(message), as_bytes(signature)) ? '1' : '0';
    };
    for (std::size_t i = 0; i < good.size(); ++i) {
      judge(std::to_string(i), good[i]);
      judge("other", good[i]);
      for (std::size_t at = i; at < 64; at += 13) {
        auto altered = good[i];
        altered[at] = static_cast<char>(altered[at] ^ (1 << (i % 8)));
        judge(std::to_string(i), altered);
      }
      judge(std::to_string(i), order + good[i].substr(32));
      judge(std::to_string(i), good[i].substr(0, 32) + order);
      judge(std::to_string(i), std::string(32, '\0') + good[i].substr(32));
      judge(std::to_string(i), good[i].substr(0, 32) + std::string(32, '\0'));
      judge(std::to_string(i), good[i].substr(0, 63));
      judge(std::to_string(i), std::string(64, '\xff'));
    }
    return verdicts;
  };
  const auto before = judged();
  key.public_key().prepare();
  key.public_key().prepare();
  CHECK(judged() == before);
  CHECK(std::ranges::count(before, '1') == 50);
  for (const auto type : {KeyType::p384, KeyType::rsa, KeyType::ed25519}) key_of(type).public_key().prepare();  // of no effect
  CHECK(key_of(KeyType::rsa)
            .public_key()
            .verify(Scheme::rs256, as_bytes("m"), as_bytes(key_of(KeyType::rsa).sign(Scheme::rs256, as_bytes("m")).value())));
}

TEST_CASE("keys come back from their numbers and from PEM") {
  for (const auto type : {KeyType::p256, KeyType::p384, KeyType::p521, KeyType::rsa, KeyType::ed25519, KeyType::ed448}) {
    const auto& key = key_of(type);
    const auto numbers = key.public_key().numbers();
    const auto again = type == KeyType::rsa     ? crypto::PublicKey::from_rsa(as_bytes(numbers.first), as_bytes(numbers.second))
                       : numbers.second.empty() ? crypto::PublicKey::from_edwards(type, as_bytes(numbers.first))
                                                : crypto::PublicKey::from_ec(type, as_bytes(numbers.first), as_bytes(numbers.second));
    REQUIRE(again);
    CHECK(again->to_pem() == key.public_key().to_pem());
    CHECK(again->id() != key.public_key().id());
    CHECK(crypto::PublicKey::from_pem(key.public_key().to_pem())->to_pem() == again->to_pem());
    const auto pem = key.to_pem();
    CHECK(pem.reveal().starts_with("-----BEGIN PRIVATE KEY-----"));
    CHECK(crypto::PrivateKey::from_pem(pem.reveal())->public_key().to_pem() == again->to_pem());
    CHECK_FALSE(crypto::PublicKey::from_pem(pem.reveal()));
    CHECK_FALSE(crypto::PrivateKey::from_pem(again->to_pem()));
  }
}

TEST_CASE("a point that is not on its curve is refused, its neighbour on the curve is taken") {
  const auto numbers = key_of(KeyType::p256).public_key().numbers();
  CHECK(crypto::PublicKey::from_ec(KeyType::p256, as_bytes(numbers.first), as_bytes(numbers.second)));
  auto y = numbers.second;
  y[31] = static_cast<char>(y[31] ^ 1);
  CHECK_FALSE(crypto::PublicKey::from_ec(KeyType::p256, as_bytes(numbers.first), as_bytes(y)));
  CHECK_FALSE(crypto::PublicKey::from_ec(KeyType::p384, as_bytes(numbers.first), as_bytes(numbers.second)));
  CHECK_FALSE(crypto::PublicKey::from_ec(KeyType::p256, as_bytes(numbers.first.substr(1)), as_bytes(numbers.second)));
  const std::string zeros(32, '\0'), ones(32, '\xff');
  CHECK_FALSE(crypto::PublicKey::from_ec(KeyType::p256, as_bytes(zeros), as_bytes(zeros)));
  CHECK_FALSE(crypto::PublicKey::from_ec(KeyType::p256, as_bytes(ones), as_bytes(ones)));
}

TEST_CASE("weak RSA keys are refused") {
  const auto numbers = key_of(KeyType::rsa).public_key().numbers();
  const auto taken = [](std::string_view modulus, std::string_view exponent) {
    return crypto::PublicKey::from_rsa(as_bytes(modulus), as_bytes(exponent)).has_value();
  };
  CHECK(taken(numbers.first, numbers.second));
  CHECK(taken(numbers.first, "\x03"));
  CHECK_FALSE(taken(numbers.first, "\x01"));
  CHECK_FALSE(taken(numbers.first, std::string_view("\x01\x00\x00", 3)));
  CHECK_FALSE(taken(numbers.first, ""));
  CHECK_FALSE(taken(numbers.first, "\x01\x01\x01\x01\x01\x01\x01\x01\x01"));
  CHECK_FALSE(taken(numbers.first.substr(0, 255), numbers.second));  // 2040 bits
  CHECK(taken(numbers.first.substr(0, 255) + "\x0d", numbers.second) == true);
  CHECK_FALSE(taken(numbers.first.substr(0, 255) + "\x0c", numbers.second));  // even
  CHECK_FALSE(taken(std::string(1025, '\x7f'), numbers.second));
  // 65537^k: a modulus of the ROCA shape by construction.
  std::string power("\x01", 1);
  const auto times_65537 = [](const std::string& number) {  // big-endian: number << 16, plus number
    std::string sum = number + std::string(2, '\0');
    unsigned carry = 0;
    for (std::size_t i = 0; i < sum.size(); ++i) {
      const auto at = sum.size() - 1 - i;
      const unsigned total =
          static_cast<unsigned char>(sum[at]) + (i < number.size() ? static_cast<unsigned char>(number[number.size() - 1 - i]) : 0U) + carry;
      sum[at] = static_cast<char>(total);
      carry = total >> 8;
    }
    return sum;
  };
  while (power.size() < 260) power = times_65537(power);
  const auto roca = crypto::PublicKey::from_rsa(as_bytes(power), as_bytes("\x01\x01\x01"));
  REQUIRE_FALSE(roca);
  CHECK(roca.error().detail.contains("ROCA"));
}

TEST_CASE("a private key that does not fit its public part is refused") {
  const auto numbers = key_of(KeyType::p256).public_key().numbers();
  std::string d(32, '\0');
  d[31] = 5;
  CHECK_FALSE(crypto::PrivateKey::from_ec(KeyType::p256, as_bytes(numbers.first), as_bytes(numbers.second), as_bytes(d)));
}

TEST_CASE("text that is no key is refused without asking anybody") {
  for (const auto* text :
       {"", "x", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAg=\n-----END ENCRYPTED PRIVATE KEY-----\n"}) {
    CHECK_FALSE(crypto::PublicKey::from_pem(text));
    CHECK_FALSE(crypto::PrivateKey::from_pem(text));
  }
}

TEST_CASE("ECDSA signatures change form both ways, and only exact forms are taken") {
  const std::string raw = std::string(31, '\0') + "\x81" + std::string(1, '\x7f') + std::string(31, '\x01');
  const auto der = crypto::ecdsa_to_der(as_bytes(raw), 32);
  REQUIRE(der);
  CHECK(hex(der->view()).starts_with("30260202008102207f01"));
  CHECK(crypto::ecdsa_from_der(der->view(), 32) == raw);
  CHECK_FALSE(crypto::ecdsa_to_der(as_bytes(raw.substr(1)), 32));
  CHECK_FALSE(crypto::ecdsa_to_der(as_bytes(std::string(32, '\0') + std::string(32, '\1')), 32));  // r = 0
  CHECK_FALSE(crypto::ecdsa_to_der(as_bytes(std::string(32, '\1') + std::string(32, '\0')), 32));  // s = 0
  const auto refused = [](std::string_view form) { return !crypto::ecdsa_from_der(as_bytes(unhex(form)), 32); };
  CHECK_FALSE(refused("3006020101020101"));
  CHECK(refused("300602010102010100"));    // something after it
  CHECK(refused("300702010102010100"));    // longer sequence, trailing byte inside
  CHECK(refused("300702020001020101"));    // a zero too many
  CHECK(refused("3006020100020101"));      // r = 0
  CHECK(refused("3006020181020101"));      // negative
  CHECK(refused("308106020101020101"));    // a length in the long form that fits the short
  CHECK(refused("30800201010201010000"));  // indefinite length
  CHECK(refused("3003020101"));
  CHECK(refused(""));
  std::string longest(132, '\xff');
  CHECK(crypto::ecdsa_from_der(crypto::ecdsa_to_der(as_bytes(longest), 66)->view(), 66) == longest);
}

TEST_CASE("a local authority signs a server certificate for its names") {
  SeededRandom random(1);
  const Instant now{1'750'000'000s};
  const crypto::CertificateOptions for_authority{"Test authority", {"localhost", "127.0.0.1", "::1"}, now - 1h, now + 24h * 3650};
  const auto authority = crypto::make_authority(for_authority, random).value();
  const auto server =
      crypto::make_server_certificate(authority, {"localhost", {"localhost", "127.0.0.1", "::1"}, now - 1h, now + 24h * 90}, random).value();

  const auto facts = crypto::read_certificate(server.certificate_pem).value();
  CHECK(facts.subject == "CN=localhost");
  CHECK(facts.names == std::vector<std::string>{"localhost", "127.0.0.1", "::1"});
  CHECK(facts.not_before == now - 1h);
  CHECK(facts.not_after == now + 24h * 90);
  CHECK_FALSE(facts.authority);
  CHECK(crypto::read_certificate(authority.certificate_pem)->authority);
  CHECK(crypto::certificate_fits(server.certificate_pem, server.key.public_key()).value());
  CHECK_FALSE(crypto::certificate_fits(server.certificate_pem, authority.key.public_key()).value());
}

TEST_CASE("a certificate is not made for what is no name") {
  SeededRandom random(1);
  const Instant now{1'750'000'000s};
  for (const auto* name : {"", "a,DNS:evil.test", "a b", "x\n", "-a", ".a", "email:a"})
    CHECK_FALSE_MESSAGE(crypto::make_authority({"Test", {name}, now, now + 1h}, random), name);
  CHECK_FALSE(crypto::make_authority({"Test", {}, now, now + 1h}, random));
  CHECK_FALSE(crypto::make_authority({"Test", {"a.test"}, now, now}, random));
  CHECK_FALSE(crypto::make_authority({"", {"a.test"}, now, now + 1h}, random));
  CHECK(crypto::make_authority({"Test", {"a.test"}, now, now + 1h}, random));
}
