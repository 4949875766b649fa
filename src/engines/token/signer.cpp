#include "engines/token/signer.hpp"

#include "ground/json/writer.hpp"

namespace gatehouse::token {

Result<Signer> Signer::create(crypto::PrivateKey key, std::string_view type) {
  if (key.type() != crypto::KeyType::p256) return fail(Fault::invalid, "identities are signed with a P-256 key");
  const auto thumbprint = crypto::sha256(thumbprint_input(key.public_key()));
  const auto key_id = encoding::to_base64url(thumbprint);
  std::string header;
  json::Writer(header).begin_object().member("alg", to_text(Algorithm::es256)).member("typ", type).member("kid", key_id).end();
  auto public_jwk = Jwk::from_public(key.public_key(), key_id, Algorithm::es256);
  return Signer(std::move(key), std::move(public_jwk), encoding::to_base64url(as_bytes(header)) + '.');
}

Result<std::string> Signer::sign(std::string_view claims_json) const {
  auto compact = header_ + encoding::to_base64url(as_bytes(claims_json));
  const auto signature = TRY(key_.sign(crypto::Scheme::es256, as_bytes(compact)));
  compact += '.';
  compact += encoding::to_base64url(as_bytes(signature));
  return compact;
}

}  // namespace gatehouse::token
