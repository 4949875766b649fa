#include <doctest/doctest.h>

#include <string>

#include "ground/http/address.hpp"
#include "ground/http/characters.hpp"
#include "ground/http/everybody.hpp"
#include "ground/http/headers.hpp"
#include "ground/http/method.hpp"

TEST_CASE("every numbered header is found by its name, and no other name is") {
  using namespace gatehouse::http;
  for (std::size_t i = 1; i < header_id_count; ++i) {
    const auto id = static_cast<HeaderId>(i);
    CHECK(header_id(to_text(id)) == id);
    CHECK(header_id(std::string(to_text(id)) + "x") == HeaderId::unknown);
  }
  CHECK(header_id("Host") == HeaderId::unknown);
  CHECK(header_id("") == HeaderId::unknown);
}

TEST_CASE("headers keep order and answer by number and by name") {
  gatehouse::Arena arena;
  gatehouse::http::Headers headers(arena);
  using gatehouse::http::HeaderId;
  for (int i = 0; i < 50; ++i) headers.add({"x-many", "v", HeaderId::unknown});
  headers.add(HeaderId::accept, "first");
  headers.add(HeaderId::accept, "second");
  CHECK(headers.size() == 52);
  CHECK(headers.get(HeaderId::accept) == "first");
  CHECK(headers.count(HeaderId::accept) == 2);
  CHECK_FALSE(headers.get(HeaderId::unknown));
  CHECK(headers.find("accept")->value == "first");
  CHECK(headers.find("x-none") == nullptr);
  headers.clear();
  CHECK_FALSE(headers.has(HeaderId::accept));
}

TEST_CASE("methods are case-sensitive tokens") {
  using namespace gatehouse::http;
  for (const auto* token : {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"})
    CHECK(to_text(method_from(token)) == token);
  CHECK(method_from("get") == Method::other);
  CHECK(method_from("GETX") == Method::other);
  CHECK(method_from("OTHER") == Method::other);
  for (const auto token : forwarded_methods()) {
    CHECK(is_registered(token));
    for (const auto* never : {"CONNECT", "TRACE", "PRI", "*"}) CHECK(token != never);
  }
  for (const auto* token : {"GET", "QUERY", "VERSION-CONTROL", "CONNECT", "TRACE", "PRI", "*"}) CHECK(is_registered(token));
  for (const auto* token : {"get", "GETT", "PURGE", "", "OTHER"}) CHECK_FALSE(is_registered(token));
  CHECK(MethodSet{Method::get, Method::put}.has(Method::put));
  CHECK_FALSE(MethodSet{Method::get}.has(Method::put));
}

TEST_CASE("the loopback is 127.0.0.0/8 and ::1, in whatever form they come") {
  for (const auto* const text : {"127.0.0.1", "127.255.255.254", "::1", "::ffff:127.0.0.1"})
    CHECK(gatehouse::http::Address::parse(text)->is_loopback());
  for (const auto* const text : {"126.255.255.255", "128.0.0.1", "0.0.0.0", "::", "::2", "::127.0.0.1", "7f00::1"})
    CHECK_FALSE(gatehouse::http::Address::parse(text)->is_loopback());
}

TEST_CASE("an address is plain decimal IPv4 or IPv6, and a block has no bits after its prefix") {
  using namespace gatehouse::http;
  CHECK(Address::parse("192.0.2.1")->to_text() == "192.0.2.1");
  CHECK(Address::parse("2001:DB8:0:0::1")->to_text() == "2001:db8::1");
  CHECK(Address::parse("::ffff:192.0.2.1") == Address::parse("192.0.2.1"));
  for (const auto* text :
       {"", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1.2.3.256", "0x1.2.3.4", " 1.2.3.4", "1.2.3.4 ", "::1%eth0", "[::1]", "1.2.3.4/8", ":", ":::"}) {
    CAPTURE(text);
    CHECK_FALSE(Address::parse(text));
  }
  CHECK(Address::parse("2001:db8:1:2:3::1")->customer().to_text() == "2001:db8:1:2::");
  CHECK(Address::parse("192.0.2.1")->customer().to_text() == "192.0.2.1");
  const auto block = AddressBlock::parse("10.0.0.0/8").value();
  CHECK(block.contains(*Address::parse("10.255.0.1")));
  CHECK_FALSE(block.contains(*Address::parse("11.0.0.1")));
  CHECK_FALSE(block.contains(*Address::parse("a00::1")));
  CHECK(block.to_text() == "10.0.0.0/8");
  CHECK(AddressBlock::parse("::/0")->contains(*Address::parse("1.2.3.4")));
  CHECK(AddressBlock::parse("192.0.2.1")->to_text() == "192.0.2.1/32");
  for (const auto* text : {"10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/+8", "2001:db8::/129", "2001:db8::1/64", "/8"}) {
    CAPTURE(text);
    CHECK_FALSE(AddressBlock::parse(text));
  }
}

TEST_CASE("blocks that hold everybody are known however they are cut, and are not when one address of somebody is missing") {
  const auto hold = [](std::initializer_list<const char*> texts) {
    std::vector<AddressBlock> blocks;
    for (const auto* text : texts) blocks.push_back(AddressBlock::parse(text).value());
    return hold_everybody(blocks);
  };
  for (const auto* everybody : {"0.0.0.0/0", "::/0", "::/1", "::ffff:0.0.0.0/96", "2000::/3"}) {
    CAPTURE(everybody);
    CHECK(hold({everybody}));
    CHECK(holds_everybody(AddressBlock::parse(everybody).value()));
    CHECK(hold({"10.0.0.0/8", everybody, "192.0.2.1"}));
  }
  for (const auto* some : {"0.0.0.0/1", "128.0.0.0/1", "10.0.0.0/8", "2000::/4", "8000::/1", "fc00::/7"}) {
    CAPTURE(some);
    CHECK_FALSE(hold({some}));
  }
  CHECK_FALSE(hold({}));
  CHECK(hold({"0.0.0.0/1", "128.0.0.0/1"}));
  CHECK(hold({"128.0.0.0/1", "10.0.0.0/8", "0.0.0.0/1", "10.1.0.0/16"}));  // in any order, one within another
  CHECK(hold({"2000::/4", "3000::/4"}));
  // Nobody comes from below 1.0.0.0 or from 224.0.0.0 on; to leave those out is no difference.
  CHECK(hold({"1.0.0.0/8", "2.0.0.0/7", "4.0.0.0/6", "8.0.0.0/5", "16.0.0.0/4", "32.0.0.0/3", "64.0.0.0/2", "128.0.0.0/2", "192.0.0.0/3"}));
  CHECK_FALSE(
      hold({"0.0.0.0/1", "128.0.0.0/2", "192.0.0.0/4", "208.0.0.0/5", "216.0.0.0/6", "220.0.0.0/7", "222.0.0.0/8"}));  // 223.0.0.0/8 is missing
  CHECK_FALSE(hold({"0.0.0.0/2", "128.0.0.0/1"}));
  CHECK_FALSE(hold({"2000::/4", "8000::/1"}));
}

TEST_CASE("a token is what RFC 9110 says") {
  using namespace gatehouse::http;
  std::size_t count = 0;
  for (int c = 0; c < 256; ++c) count += is_token_char(static_cast<char>(c)) ? 1U : 0U;
  CHECK(count == 10 + 26 + 26 + 15);
  CHECK(is_token("X-Own!"));
  CHECK_FALSE(is_token(""));
  CHECK_FALSE(is_token("a b"));
  CHECK_FALSE(is_token("a:b"));
  CHECK(token_lower('A') == 'a');
  CHECK(token_lower('(') == 0);
}
