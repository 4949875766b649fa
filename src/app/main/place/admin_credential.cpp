#include "app/main/place/admin_credential.hpp"

#include <fmt/format.h>

#include <array>

#include "ground/base/encoding.hpp"
#include "ground/base/text.hpp"
#include "ground/crypto/digest.hpp"

namespace gatehouse::main {
namespace {

constexpr std::size_t digest_digits = 64;

Secret make_credential(Random& random) {
  std::array<std::uint8_t, 32> bits;
  random.fill(bits);
  auto text = "gha_" + encoding::to_base62(Bytes(bits), 43);
  wipe(bits.data(), bits.size());
  text += encoding::to_base62(std::uint64_t{encoding::crc32(text)}, 6);
  return Secret(std::move(text));
}

}  // namespace

Result<AdminCredential> admin_credential(const DataDirectory& data, Random& random) {
  const auto file = data.file("admin.digest");
  const auto kept = read_file(file, 1024);
  if (kept) {
    const auto digest = std::string(text::trim(text::split(*kept, '\n').front()));
    if (digest.size() != digest_digits || !encoding::from_hex(digest))
      return refuse(Fault::invalid, fmt::format("{} holds no digest; remove it to get a new admin credential", file));
    return AdminCredential{digest, {}};
  }
  if (kept.error().fault != Fault::not_found) return kept.error();
  auto secret = make_credential(random);
  auto digest = encoding::to_hex(crypto::sha256(secret.reveal()));
  return AdminCredential{std::move(digest), std::move(secret)};
}

Result<> keep_admin_credential(const DataDirectory& data, const AdminCredential& credential) {
  return write_file(data.file("admin.digest"), credential.digest + "\n", 0600, Replace::no);
}

}  // namespace gatehouse::main
