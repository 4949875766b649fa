// Microseconds that a token costs, in this process on one thread: seen before, new, and the identity that the gate signs. Prints the best
// and the middle of 21 rounds; figures to look at, never ones to fail on.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "engines/token/signature_cache.hpp"
#include "engines/token/signer.hpp"

namespace {
using namespace gatehouse;
using token::Algorithm;

constexpr Instant now{1'750'000'000s};

template <class Work>
void measure(const char* name, int times, Work&& work) {
  constexpr int rounds = 21;
  std::array<double, rounds> microseconds{};
  for (auto& round : microseconds) {
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < times; ++i) work(i);
    round = std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin).count() / times;
  }
  std::ranges::sort(microseconds);
  std::printf("%-58s best %7.2f us   median %7.2f us\n", name, microseconds.front(), microseconds[rounds / 2]);
}

void must(bool good) {
  if (!good) {
    std::printf("a token was refused: the figures would mean nothing\n");
    std::exit(1);
  }
}

std::string claims(int number) {
  return R"({"iss":"https://issuer.test","sub":"user-)" + std::to_string(number) +
         R"(","aud":"https://api.test","exp":1750000600,"iat":1750000000,"jti":")" + std::to_string(number) +
         R"(","scope":"patients:read appointments:read appointments:write","client_id":"portal"})";
}

token::Expectations expectations() {
  token::Expectations expected;
  expected.issuer = "https://issuer.test";
  expected.audiences = {"https://api.test"};
  return expected;
}

/// All that a token costs that is new: parse, key, signature, claims.
void measure_new(const char* name, const token::KeySet& keys, const std::vector<std::string>& tokens) {
  const auto expected = expectations();
  measure(name, static_cast<int>(tokens.size()), [&](int i) {
    auto jwt = token::Jwt::parse(tokens[static_cast<std::size_t>(i)]);
    must(jwt.has_value());
    const auto key = keys.find(jwt->header().key_id, jwt->header().algorithm);
    must(key.has_value());
    auto proven = verify_signature(std::move(*jwt), **key, expected.algorithms);
    must(proven && check_claims(std::move(*proven), expected, now));
  });
}

std::vector<std::string> make_tokens(const crypto::PrivateKey& key, Algorithm algorithm) {
  const token::SigningKey signing(key);
  std::vector<std::string> tokens;
  for (int i = 0; i < 50; ++i)
    tokens.push_back(
        sign_compact(signing, algorithm, R"({"alg":")" + std::string(to_text(algorithm)) + R"(","kid":"k","typ":"JWT"})", claims(i)).value());
  return tokens;
}
}  // namespace

int main() {
  const auto expected = expectations();
  const auto p256 = crypto::PrivateKey::generate(crypto::KeyType::p256).value(), rsa = crypto::PrivateKey::generate(crypto::KeyType::rsa).value();
  const auto ed25519 = crypto::PrivateKey::generate(crypto::KeyType::ed25519).value();
  const auto set_of = [](const crypto::PrivateKey& key) { return token::KeySet::from({token::Jwk::from_public(key.public_key(), "k")}).value(); };
  const auto es256_tokens = make_tokens(p256, Algorithm::es256);
  const auto keys = set_of(p256);

  const std::string sixty(60, 'x');
  measure("sha256 of 60 bytes", 10'000, [&](int) {
    const auto digest = crypto::sha256(sixty);
    asm volatile("" : : "g"(&digest) : "memory");
  });
  measure("parse only (header, claims), 470 bytes", 2000,
          [&](int i) { must(token::Jwt::parse(es256_tokens[static_cast<std::size_t>(i) % 50]).has_value()); });

  token::SignatureCache cache({});
  for (const auto& compact : es256_tokens)
    cache.put(compact, verify_signature(token::Jwt::parse(compact).value(), keys.keys().front(), expected.algorithms).value());
  measure("seen before: cache hit, key still in force, claims checked", 10'000, [&](int i) {
    const auto hit = cache.find(es256_tokens[static_cast<std::size_t>(i) % 50]);
    must(hit.has_value());
    must(check_claims(hit->with(keys), expected, now).has_value());
  });

  measure_new("ES256 new", keys, es256_tokens);
  const auto begin = std::chrono::steady_clock::now();
  keys.prepare();
  std::printf("%-58s      %7.0f us\n", "preparing the P-256 key, once",
              std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin).count());
  measure_new("ES256 new, key prepared", keys, es256_tokens);
  measure_new("RS256 new (3072 bits)", set_of(rsa), make_tokens(rsa, Algorithm::rs256));
  measure_new("EdDSA new", set_of(ed25519), make_tokens(ed25519, Algorithm::eddsa));

  const auto signer = token::Signer::create(p256, "gatehouse-identity+jwt").value();
  measure("identity signed with ES256", 50, [&](int i) { must(signer.sign(claims(i)).has_value()); });
}
