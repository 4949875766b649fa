#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <set>
#include <string>

#include "ground/base/encoding.hpp"
#include "services/keys/key_format.hpp"
#include "services/keys/leak.hpp"

using namespace gatehouse;
using namespace gatehouse::keys;

namespace {
NewKey example_key(std::uint64_t seed = 1, Environment environment = Environment::live) {
  SeededRandom random(seed);
  return make_key(random, environment, KeyId::make(random));
}
}  // namespace

TEST_CASE("a new key has the documented form and parses to what it was made of") {
  const auto key = example_key();
  const auto text = std::string(key.clear_text.reveal());
  CHECK(text.size() == key_size);
  CHECK(text.starts_with("ghk_live_" + std::string(key.id.text()) + "_"));
  CHECK(text.substr(65) == encoding::to_base62(encoding::crc32(text.substr(0, 65)), 6));
  CHECK(key.digest == KeyDigest::of(text));
  const auto shape = parse_key(text);
  REQUIRE(shape.has_value());
  CHECK(shape->id == key.id);
  CHECK(shape->environment == Environment::live);
  CHECK(parse_key(example_key(2, Environment::test).clear_text.reveal())->environment == Environment::test);
}

TEST_CASE("the secret is all of 256 bits: the largest and the smallest fit in 43 characters") {
  struct Fixed final : Random {
    explicit Fixed(std::uint8_t byte) : byte_(byte) {}
    void fill(std::span<std::uint8_t> out) noexcept override { std::ranges::fill(out, byte_); }
    std::uint8_t byte_;
  };
  const auto id = KeyId::parse("0123456789AB").value();
  Fixed ones(0xFF), zeros(0);
  const auto largest = make_key(ones, Environment::live, id), smallest = make_key(zeros, Environment::live, id);
  const std::array<std::uint8_t, 32> bytes = [] {
    std::array<std::uint8_t, 32> all;
    all.fill(0xFF);
    return all;
  }();
  CHECK(largest.clear_text.reveal().substr(22, 43) == encoding::to_base62(bytes, 43));
  CHECK(smallest.clear_text.reveal().substr(22, 43) == std::string(43, '0'));
  CHECK(parse_key(largest.clear_text.reveal()).has_value());
}

TEST_CASE("each changed, missing or added character is noticed without a look-up") {
  const auto text = std::string(example_key().clear_text.reveal());
  for (std::size_t at = 0; at < text.size(); ++at) {
    CAPTURE(at);
    for (const char other : {'0', 'a', 'Z', '_', '-', '\0', '\x80', ' '}) {
      auto changed = text;
      changed[at] = other;
      CHECK(parse_key(changed).has_value() == (changed == text));
    }
    CHECK_FALSE(parse_key(text.substr(0, at)));
    CHECK_FALSE(parse_key(std::string(text).erase(at, 1)));
    CHECK_FALSE(parse_key(std::string(text).insert(at, 1, 'x')));
    if (at + 1 < text.size() && text[at] != text[at + 1]) {
      auto swapped = text;
      std::swap(swapped[at], swapped[at + 1]);
      CHECK_FALSE(parse_key(swapped));
    }
  }
  CHECK_FALSE(parse_key(text + "0"));
  CHECK_FALSE(parse_key(" " + text));
}

TEST_CASE("a checksum above 32 bits is not taken for the number that it wraps to") {
  auto text = std::string(example_key().clear_text.reveal());
  const std::uint64_t checksum = encoding::crc32(text.substr(0, 65)) + (std::uint64_t{1} << 32);
  text.replace(65, 6, encoding::to_base62(checksum, 6));
  CHECK_FALSE(parse_key(text));
}

TEST_CASE("ids and secrets of many keys are all different and use the whole alphabet") {
  SeededRandom random(3);
  std::set<std::string> ids, secrets;
  std::set<char> first;
  for (int i = 0; i < 2000; ++i) {
    const auto key = make_key(random, Environment::live, KeyId::make(random));
    ids.emplace(key.id.text());
    secrets.emplace(key.clear_text.reveal().substr(22, 43));
    first.insert(key.id.characters[0]);
  }
  CHECK(ids.size() == 2000);
  CHECK(secrets.size() == 2000);
  CHECK(first.size() == 62);
}

TEST_CASE("digests are equal only when every byte is") {
  const auto digest = KeyDigest::of("abc");
  CHECK(encoding::to_hex(digest.bytes()) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  for (std::size_t at = 0; at < KeyDigest::size; ++at) {
    std::string bytes(reinterpret_cast<const char*>(digest.bytes().data()), KeyDigest::size);
    CHECK(KeyDigest::from_bytes(bytes).value() == digest);
    bytes[at] = static_cast<char>(bytes[at] ^ 1);
    CHECK_FALSE(KeyDigest::from_bytes(bytes).value() == digest);
  }
  CHECK(KeyDigest::parse_hex(encoding::to_hex(digest.bytes())).value() == digest);
  CHECK_FALSE(KeyDigest::parse_hex("ba78"));
  CHECK_FALSE(KeyDigest::parse_hex(std::string(64, 'g')));
}

TEST_CASE("a key is found in any text, with its owner's id") {
  const auto key = example_key();
  const std::string text(key.clear_text.reveal());
  const auto in_query = find_key("/orders?api_key=" + text + "&page=2");
  REQUIRE(in_query.has_value());
  CHECK(in_query->at == 16);
  CHECK(in_query->size == key_size);
  CHECK(in_query->whole);
  CHECK(in_query->id == key.id);
  CHECK(find_key(text));
  CHECK(find_key("ghk_ghk_live_" + text));
  CHECK(find_key(text.substr(0, 50)));
  CHECK_FALSE(find_key(text.substr(0, 50))->whole);
  auto mistyped = text;
  mistyped[40] = mistyped[40] == 'x' ? 'y' : 'x';
  CHECK_FALSE(find_key(mistyped)->whole);
}

TEST_CASE("text that only resembles a key is left alone") {
  CHECK_FALSE(find_key(""));
  CHECK_FALSE(find_key("ghk_"));
  CHECK_FALSE(find_key("keys look like ghk_live_<id>_<secret>"));
  CHECK_FALSE(find_key("ghk_live_0123456789AB"));                       // an id alone is no secret
  CHECK_FALSE(find_key("ghk_live_0123456789AB_***"));                   // masked already
  CHECK_FALSE(find_key("ghk_prod_0123456789AB_0123456789abcdef0123"));  // no environment of ours
}
