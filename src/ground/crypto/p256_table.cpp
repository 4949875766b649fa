// The numbers of a verification are all public, so nothing here needs to hide what it takes; curve arithmetic is the library's own.
#include "ground/crypto/p256_table.hpp"

#include <openssl/core_names.h>
#include <openssl/obj_mac.h>

#include <array>

namespace gatehouse::crypto {

namespace {
using Point = openssl::Owned<EC_POINT, EC_POINT_free>;
constexpr std::size_t p256_bytes = 32;

/// What a verification works on, kept by each thread: allocating it costs more than some of the sums.
struct P256Scratch {
  openssl::Owned<BN_CTX, BN_CTX_free> context{BN_CTX_new()};
  openssl::Number r{BN_new()}, s{BN_new()}, e{BN_new()}, w{BN_new()}, u1{BN_new()}, u2{BN_new()}, x{BN_new()};
  Point one, two;
  explicit P256Scratch(const EC_GROUP* curve) : one(EC_POINT_new(curve)), two(EC_POINT_new(curve)) {
    GH_ASSERT(context && r && s && e && w && u1 && u2 && x && one && two);
  }
};

P256Scratch& p256_scratch(const EC_GROUP* curve) {
  thread_local P256Scratch scratch(curve);
  return scratch;
}

// EC_GROUP_precompute_mult is deprecated since OpenSSL 3.0 without a successor: EVP has no way to prepare a public key. make() checks that
// it is there and gives right sums, and the caller goes without if not (docs/adr/0011-tables-for-issuer-keys.md).
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
bool precompute(EC_GROUP* group, BN_CTX* context) {
  return EC_GROUP_precompute_mult(group, context) == 1 && EC_GROUP_have_precompute_mult(group) == 1;
}
#pragma GCC diagnostic pop
}  // namespace

std::unique_ptr<P256Table> P256Table::make(const EVP_PKEY* key) {
  std::array<unsigned char, 1 + 2 * p256_bytes> encoded{};
  std::size_t size = 0;
  std::unique_ptr<P256Table> table(new P256Table);
  table->curve_.reset(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1));
  if (table->curve_ == nullptr) return nullptr;
  table->with_table_.reset(EC_GROUP_dup(table->curve_.get()));
  table->order_.reset(BN_dup(EC_GROUP_get0_order(table->curve_.get())));
  table->order_less_two_.reset(BN_dup(table->order_.get()));
  table->modulus_.reset(BN_MONT_CTX_new());
  const auto* const curve = table->curve_.get();
  const Point q(EC_POINT_new(curve));
  const openssl::Owned<BN_CTX, BN_CTX_free> context(BN_CTX_new());
  const bool made = table->with_table_ && table->order_ && table->order_less_two_ && table->modulus_ && q && context &&
                    BN_sub_word(table->order_less_two_.get(), 2) == 1 &&
                    BN_MONT_CTX_set(table->modulus_.get(), table->order_.get(), context.get()) == 1 &&
                    EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, encoded.data(), encoded.size(), &size) == 1 &&
                    EC_POINT_oct2point(curve, q.get(), encoded.data(), size, context.get()) == 1 &&
                    EC_GROUP_set_generator(table->with_table_.get(), q.get(), table->order_.get(), BN_value_one()) == 1 &&
                    precompute(table->with_table_.get(), context.get());
  const bool right = made && table->multiplies_right();
  ERR_clear_error();
  return right ? std::move(table) : nullptr;
}

/// Sums by the table against sums without it, for a few scalars that use each window in another way.
bool P256Table::multiplies_right() const noexcept {
  auto& at = p256_scratch(curve_.get());
  const auto* const q = EC_GROUP_get0_generator(with_table_.get());
  for (const unsigned step : {1U, 2U, 63U, 64U, 65U, 127U, 128U, 0x89ABCDEFU}) {
    // step, and the order less step
    if (BN_set_word(at.u1.get(), step) != 1 || BN_sub(at.u2.get(), order_.get(), at.u1.get()) != 1) return false;
    for (const auto* scalar : {at.u1.get(), at.u2.get()})
      if (EC_POINT_mul(with_table_.get(), at.one.get(), scalar, nullptr, nullptr, at.context.get()) != 1 ||
          EC_POINT_mul(curve_.get(), at.two.get(), nullptr, q, scalar, at.context.get()) != 1 ||
          EC_POINT_cmp(curve_.get(), at.one.get(), at.two.get(), at.context.get()) != 0)
        return false;
  }
  return true;
}

bool P256Table::verify(Bytes message_digest, Bytes raw) const noexcept {
  if (message_digest.size() != p256_bytes || raw.size() != 2 * p256_bytes) return false;
  auto& at = p256_scratch(curve_.get());
  const auto* const n = order_.get();
  auto* const context = at.context.get();
  if (BN_bin2bn(raw.data(), p256_bytes, at.r.get()) == nullptr || BN_bin2bn(raw.data() + p256_bytes, p256_bytes, at.s.get()) == nullptr ||
      BN_bin2bn(message_digest.data(), p256_bytes, at.e.get()) == nullptr)
    return false;
  // Step 1: r and s from 1 to n - 1.
  if (BN_is_zero(at.r.get()) || BN_is_zero(at.s.get()) || BN_cmp(at.r.get(), n) >= 0 || BN_cmp(at.s.get(), n) >= 0) return false;
  // Steps 3 to 5: u1 = e/s, u2 = r/s, R = u1*G + u2*Q. The order is a prime, so 1/s is s^(n-2) (Fermat): 10 µs for any s, where the
  // binary algorithm of BN_mod_inverse takes 15, its branches being as random as s.
  if (BN_mod_exp_mont(at.w.get(), at.s.get(), order_less_two_.get(), n, context, modulus_.get()) != 1 ||
      BN_mod_mul(at.u1.get(), at.e.get(), at.w.get(), n, context) != 1 || BN_mod_mul(at.u2.get(), at.r.get(), at.w.get(), n, context) != 1)
    return false;
  if (EC_POINT_mul(curve_.get(), at.one.get(), at.u1.get(), nullptr, nullptr, context) != 1 ||
      EC_POINT_mul(with_table_.get(), at.two.get(), at.u2.get(), nullptr, nullptr, context) != 1 ||
      EC_POINT_add(curve_.get(), at.one.get(), at.one.get(), at.two.get(), context) != 1)
    return false;
  // Steps 5 to 8: R is not the point at infinity, and its x modulo n is r.
  if (EC_POINT_is_at_infinity(curve_.get(), at.one.get()) == 1 ||
      EC_POINT_get_affine_coordinates(curve_.get(), at.one.get(), at.x.get(), nullptr, context) != 1 ||
      BN_nnmod(at.x.get(), at.x.get(), n, context) != 1)
    return false;
  return BN_cmp(at.x.get(), at.r.get()) == 0;
}

}  // namespace gatehouse::crypto
