#include "services/limits/counter_key.hpp"

#include <cstring>

namespace gatehouse::limits {

std::string_view to_text(Scope scope) noexcept {
  switch (scope) {
    case Scope::key: return "key";
    case Scope::subject: return "subject";
    case Scope::address: return "address";
    case Scope::plan: return "plan";
    case Scope::route: return "route";
  }
  return "";
}

Who Who::of(const http::Address& address) noexcept {
  // Address::customer() byte by byte would cost more than the whole look-up; the first half of IPv6 is the /64.
  Who who;
  std::memcpy(&who.first, address.bytes.data(), 8);
  if (address.is_v4()) std::memcpy(&who.second, address.bytes.data() + 8, 8);
  return who;
}

http::Address Who::as_address() const noexcept {
  http::Address address;
  std::memcpy(address.bytes.data(), &first, 8);
  std::memcpy(address.bytes.data() + 8, &second, 8);
  return address;
}

Who Naming::who(std::string_view name) const noexcept {
  Who who;
  if (name.size() > sizeof who) {
    const auto hash = hash_bytes(seed_, as_bytes(name));
    return {hash.first, hash.second};
  }
  std::array<char, sizeof who> padded{};
  name.copy(padded.data(), padded.size());
  std::memcpy(&who, padded.data(), sizeof who);
  return who;
}

Who Naming::subject(std::string_view issuer, std::string_view name) const noexcept {
  const auto of_issuer = hash_bytes(seed_, as_bytes(issuer)), of_name = hash_bytes(seed_, as_bytes(name));
  const auto both = hash_words(seed_, std::array<std::uint64_t, 4>{of_issuer.first, of_issuer.second, of_name.first, of_name.second});
  return {both.first, both.second};
}

}  // namespace gatehouse::limits
