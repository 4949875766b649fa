#include "ground/http/forwarded.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace gatehouse::http {

namespace {
/// The clients of all elements from left to right, "-" for one without an address; "refused" where a line does not read.
std::string clients_of_lines(const std::vector<std::string>& lines) {
  ForwardedHops hops;
  for (const auto& line : lines)
    if (!hops.read(line)) return "refused";
  std::string all;
  for (std::size_t i = hops.size(); i > 0; --i) {
    const auto& client = hops.from_right(i - 1).client;
    all += (all.empty() ? "" : " ") + (client ? client->to_text() : "-");
  }
  return all;
}
std::string clients_of(const std::string& line) { return clients_of_lines({line}); }
}  // namespace

TEST_CASE("delimiters of Forwarded inside quotes are text") {
  CHECK(clients_of(R"(for=192.0.2.7;host="a,for=6.6.6.6;x";proto=https)") == "192.0.2.7");
  CHECK(clients_of(R"(host="a;for=6.6.6.6;b";for=192.0.2.7)") == "192.0.2.7");
  CHECK(clients_of(R"(for=192.0.2.7;host="a;for=6.6.6.6")") == "192.0.2.7");
  CHECK(clients_of(R"(host="a=b;for=6.6.6.6, for=7.7.7.7";for=192.0.2.7, for=192.0.2.8)") == "192.0.2.7 192.0.2.8");
  CHECK(clients_of(R"(host="a\", for=6.6.6.6, x=\"";for=192.0.2.7)") == "192.0.2.7");
  CHECK(clients_of(R"(host="\\";for=192.0.2.7)") == "192.0.2.7");
  CHECK(clients_of(R"(for=192.0.2.7;host="a.example:8443")") == "192.0.2.7");
}

TEST_CASE("a quotation that is left open, or goes on behind its end, does not read") {
  for (const auto* line : {R"(for=192.0.2.7;host=")", R"(for=192.0.2.7;host="a)", R"(for=192.0.2.7;host="a\")", R"(for=192.0.2.7;host="a\)",
                           R"(host="a"b;for=192.0.2.7)", R"(host="a""b";for=192.0.2.7)", R"(for="192.0.2.7"x)", R"(host=a"b";for=192.0.2.7)",
                           R"(x=", for="[2001:db8::1]")", R"(x=", for=192.0.2.7;host="a")", R"(x=", for=192.0.2.7;host=";for=6.6.6.6")",
                           "host=\"\x01\"", "host=\"\\\x7f\"", "host=\"a\nb\""}) {
    CAPTURE(line);
    CHECK(clients_of(line) == "refused");
  }
  CHECK(clients_of("host=\"a\tb \xc3\xa4\";for=192.0.2.7") == "192.0.2.7");
}

TEST_CASE("a quotation does not go on in the next line") {
  CHECK(clients_of_lines({R"(host="a)", R"(b";for=192.0.2.7)"}) == "refused");
  CHECK(clients_of_lines({R"(for=192.0.2.7;host="a")", "", R"(for=192.0.2.8)"}) == "192.0.2.7 192.0.2.8");
}

TEST_CASE("each parameter stands once in its element") {
  for (const auto* line :
       {"for=192.0.2.7;for=192.0.2.8", "for=192.0.2.7;FOR=192.0.2.7", "proto=http;for=192.0.2.7;Proto=https", "x=1;for=192.0.2.7;X=1"})
    CHECK(clients_of(line) == "refused");
  CHECK(clients_of("for=192.0.2.7;proto=http, for=192.0.2.8;proto=https") == "192.0.2.7 192.0.2.8");
  std::string many;
  for (std::size_t i = 1; i < forwarded_parameters_max; ++i) many += "x" + std::to_string(i) + "=1;";
  CHECK(clients_of(many + "for=192.0.2.7") == "192.0.2.7");
  CHECK(clients_of("x0=1;" + many + "for=192.0.2.7") == "refused");
}

TEST_CASE("a node is an address, IPv6 in brackets, or a name that hides one") {
  CHECK(clients_of(R"(for="192.0.2.7:4711")") == "192.0.2.7");
  CHECK(clients_of(R"(for="192.0.2.7:_port.1")") == "192.0.2.7");
  CHECK(clients_of(R"(for="[2001:db8::1]")") == "2001:db8::1");
  CHECK(clients_of(R"(For="[2001:DB8::1]:4711")") == "2001:db8::1");
  CHECK(clients_of(R"(for="[::ffff:192.0.2.7]")") == "192.0.2.7");
  CHECK(clients_of(R"(for="\1\9\2.0.2.7")") == "192.0.2.7");
  CHECK(clients_of(R"(for=unknown, for=UNKNOWN, for=_hidden, for="_hidden:80", for="unknown:_x", proto=http)") == "- - - - - -");
  for (const auto* node : {"",
                           "2001:db8::1",
                           "[2001:db8::1",
                           "[192.0.2.7]",
                           "[]",
                           "[_hidden]",
                           "192.0.2.7:",
                           "192.0.2.7:65536",
                           "192.0.2.7:000001",
                           "192.0.2.7:x",
                           "192.0.2.7:_",
                           "192.0.2.7 ",
                           " 192.0.2.7",
                           "192.0.2",
                           "192.0.2.256",
                           "192.0.2.07",
                           "a.example",
                           "_",
                           "_a b",
                           "_a:b:c",
                           "[2001:db8::1]x",
                           "[2001:db8::1]80",
                           "[2001:db8::1%eth0]",
                           "192.0.2.7,192.0.2.8",
                           "192.0.2.7;x"}) {
    CAPTURE(node);
    CHECK(clients_of(std::string(R"(for=")") + node + '"') == "refused");
    CHECK(clients_of(std::string(R"(for=192.0.2.7;by=")") + node + '"') == "refused");
  }
  CHECK(clients_of("for=192.0.2.7:4711") == "refused");  // a colon stands in quotes only
  CHECK(clients_of("for=[2001:db8::1]") == "refused");
  CHECK(clients_of("for=192.0.2.7;by=10.0.0.1") == "192.0.2.7");
  CHECK(clients_of("for=_" + std::string(255, 'a')) == "-");
  CHECK(clients_of("for=_" + std::string(256, 'a')) == "refused");
  CHECK(clients_of("for=192.0.2.7;host=\"" + std::string(9000, 'a') + '"') == "192.0.2.7");
}

TEST_CASE("what is no list of parameters does not read") {
  for (const auto* line :
       {"192.0.2.7", "for", "for=", "=192.0.2.7", "for =192.0.2.7", "for= 192.0.2.7", "for=192.0.2.7 proto=https", "for=192.0.2.7=x", "f r=1",
        "\"for\"=192.0.2.7", "for=192.0.2.7/8", "proto=\"\"", "proto=1http", "proto=\"ht tp\"", "for=192.0.2.7, ?"}) {
    CAPTURE(line);
    CHECK(clients_of(line) == "refused");
  }
  CHECK(clients_of("").empty());
  CHECK(clients_of(" ,;, ;\t").empty());
  CHECK(clients_of(", for=192.0.2.7 ,\t,for=192.0.2.8;,") == "192.0.2.7 192.0.2.8");
  CHECK(clients_of("for=192.0.2.7; proto=https ;by=10.0.0.1;;") == "192.0.2.7");
  CHECK(clients_of(R"(for=192.0.2.7;secret="";x-y=z)") == "192.0.2.7");
}

TEST_CASE("an element says the scheme by which the request came") {
  const auto scheme = [](std::string_view line) {
    ForwardedHops hops;
    REQUIRE(hops.read(line));
    return hops.from_right(0).scheme;
  };
  using Scheme = ForwardedElement::Scheme;
  CHECK(scheme("proto=https") == Scheme::https);
  CHECK(scheme(R"(for=192.0.2.7;PROTO="HT\TP")") == Scheme::http);
  CHECK(scheme("proto=wss") == Scheme::other);
  CHECK(scheme("for=192.0.2.7;host=\"proto=https\"") == Scheme::unsaid);
}

TEST_CASE("of a long chain the right end is kept, and all of it is read") {
  std::string chain;
  for (std::size_t i = 0; i < hops_max + 8; ++i) chain += "for=10.0.0." + std::to_string(i) + ",";
  ForwardedHops hops;
  REQUIRE(hops.read(chain));
  CHECK(hops.size() == hops_max);
  CHECK(hops.from_right(0).client == Address::parse("10.0.0.39"));
  CHECK(hops.from_right(hops_max - 1).client == Address::parse("10.0.0.8"));
  CHECK(clients_of("for=x," + chain) == "refused");
}

}  // namespace gatehouse::http
