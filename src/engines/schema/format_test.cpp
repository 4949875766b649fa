#include <doctest/doctest.h>

#include <string>

#include "engines/schema/format.hpp"
#include "engines/schema/idna.hpp"
#include "engines/schema/number.hpp"
#include "engines/schema/uri_reference.hpp"

using namespace gatehouse;

TEST_CASE("dates and times keep RFC 3339") {
  CHECK(schema::is_date_time("2026-11-22T10:15:30Z"));
  CHECK(schema::is_date_time("2026-11-22t10:15:30.123456789+05:30"));
  CHECK(schema::is_date_time("1998-12-31T15:59:60-08:00"));  // a leap second, 23:59:60 in UTC
  for (const auto* text :
       {"1998-12-31T16:59:60-08:00", "2026-11-22 10:15:30Z", "2026-11-22T10:15:30", "2026-11-22T10:15Z", "2026-13-01T00:00:00Z",
        "2026-11-22T24:00:00Z", "2026-11-22T10:15:30.Z", "2026-11-22T10:15:30+24:00", "2026-11-22T10:15:30+0100", "2026-11-22T10:15:30Z ", ""})
    CHECK_MESSAGE(!schema::is_date_time(text), text);
  CHECK(schema::is_date("2024-02-29"));
  CHECK(schema::is_date("2000-02-29"));
  for (const auto* text : {"2023-02-29", "1900-02-29", "2024-04-31", "2024-00-10", "24-01-01", "2024-1-1", "2024-01-0১"})
    CHECK_MESSAGE(!schema::is_date(text), text);
  for (const auto* text : {"P1Y2M3D", "PT1H", "P1DT12H30M5S", "P4W", "PT36H", "P0D"}) CHECK_MESSAGE(schema::is_duration(text), text);
  for (const auto* text : {"P", "PT", "P1DT", "1D", "P1", "P1Y1W", "P1D2H", "PT1D", "P1Y2D", "P1.5D", "P1S", "P1M1Y"})
    CHECK_MESSAGE(!schema::is_duration(text), text);
}

TEST_CASE("addresses are judged by their letters") {
  for (const auto* text : {"::", "::1", "1::", "1:2:3:4:5:6:7:8", "::ffff:1.2.3.4", "1:2:3:4:5:6:1.2.3.4", "1::8", "a:b:c::d", "1:2:3:4:5:6:7::"})
    CHECK_MESSAGE(schema::is_ipv6(text), text);
  for (const auto* text : {"", ":", ":::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "::1::", "12345::", "1:2:3:4:5:6:7:8::", "::1.2.3", "1.2.3.4",
                           "fe80::1%eth0", "1:2:3:4:5:6:7:1.2.3.4", "::g", "1:"})
    CHECK_MESSAGE(!schema::is_ipv6(text), text);
  CHECK(schema::is_ipv4("192.0.2.255"));
  for (const auto* text : {"1.2.3", "1.2.3.4.5", "256.0.0.1", "01.2.3.4", "1.2.3.4 ", "0x7f.0.0.1", "1..2.3", "2130706433"})
    CHECK_MESSAGE(!schema::is_ipv4(text), text);
  for (const auto* text : {"a@example.org", "a.b+c@example.org", "\"a b\\\"\"@example.org", "a@[192.0.2.1]", "a@[IPv6:2001:db8::1]"})
    CHECK_MESSAGE(schema::is_email(text), text);
  for (const auto* text : {"a", "@example.org", "a@", ".a@example.org", "a.@example.org", "a..b@example.org", "a b@example.org", "a@exa_mple.org",
                           "a@[300.0.0.1]", "a@-x.org", "é@example.org", "\"a@example.org"})
    CHECK_MESSAGE(!schema::is_email(text), text);
  CHECK(schema::is_idn_email("é@bücher.example"));
  CHECK(schema::is_hostname("xn--bcher-kva.example"));
  for (const auto* text : {"", ".", "a..b", "-a", "a-", "a_b", "a.", "xn--", "xn--X", "ab--c", "exam ple"})
    CHECK_MESSAGE(!schema::is_hostname(text), text);
  CHECK(schema::is_hostname("ab--c", false));
  CHECK(schema::is_hostname(std::string(63, 'a')));
  CHECK_FALSE(schema::is_hostname(std::string(64, 'a')));
}

TEST_CASE("an internationalised label keeps the code points, contexts and direction of IDNA2008") {
  CHECK(schema::is_idn_hostname("bücher.example"));
  CHECK(schema::is_idn_hostname("例え。テスト"));
  CHECK_FALSE(schema::is_idn_hostname("Bücher.example"));  // capitals have to be mapped before
  CHECK_FALSE(schema::is_idn_hostname("a·b"));
  CHECK(schema::is_idn_hostname("l·l"));
  CHECK_FALSE(schema::is_idn_hostname("\u0301a"));
  CHECK_FALSE(schema::is_idn_hostname("☃.example"));
  CHECK_FALSE(schema::is_idn_hostname("aא"));  // two directions in one label
  CHECK(schema::idna::is_a_label("xn--bcher-kva"));
  CHECK(schema::idna::is_a_label("XN--BCHER-KVA"));
  CHECK_FALSE(schema::idna::is_a_label("xn--abc-"));       // only ASCII
  CHECK_FALSE(schema::idna::is_a_label("xn--999999999"));  // beyond Unicode
}

TEST_CASE("URIs, IRIs, templates and pointers keep their grammars") {
  for (const auto* text : {"https://user:pw@example.org:8080/a/b?c=d#e", "urn:isbn:0", "mailto:a@b", "http://[2001:db8::1]/", "a:", "file:///x",
                           "http://[v1.x:y]/", "h://"})
    CHECK_MESSAGE(schema::is_uri(text), text);
  for (const auto* text :
       {"/a", "//a/b", "http://a b", "http://[::1", "http://a:b/", "1http://a", "http://é/", "http://a/%zz", "http://a/#b#c", "\\\\a", "http://a<b>"})
    CHECK_MESSAGE(!schema::is_uri(text), text);
  CHECK(schema::is_uri_reference("../a?b"));
  CHECK_FALSE(schema::is_uri_reference("1a:b"));
  CHECK(schema::is_iri("http://é.example/ü?\uE000"));
  CHECK_FALSE(schema::is_iri("http://é.example/\uE000"));  // private use only in a query
  for (const auto* text : {"/a/{b}", "{+a,b*,c:3}", "{?x.y}", "", "a'b"}) CHECK_MESSAGE(schema::is_uri_template(text), text);
  for (const auto* text : {"{", "}", "{}", "{a", "{a:}", "{a:10000}", "{=a}", "{a b}", "{a..b}", "a b"})
    CHECK_MESSAGE(!schema::is_uri_template(text), text);
  CHECK(schema::is_json_pointer("/a~1b/~0/"));
  CHECK_FALSE(schema::is_json_pointer("/a~2"));
  CHECK_FALSE(schema::is_json_pointer("a"));
  CHECK(schema::is_relative_json_pointer("0#"));
  CHECK(schema::is_relative_json_pointer("12/a"));
  CHECK_FALSE(schema::is_relative_json_pointer("01/a"));
  CHECK(schema::is_uuid("6f1e0a52-9b1f-4B7E-8d3a-2f6a1c9e7b10"));
  CHECK_FALSE(schema::is_uuid("6f1e0a529b1f-4b7e-8d3a-2f6a1c9e7b1000"));
  CHECK(schema::is_base64("YWI="));
  CHECK_FALSE(schema::is_base64("YWI"));
  CHECK_FALSE(schema::is_base64("YW=I"));
}

TEST_CASE("references resolve as RFC 3986 section 5.4 shows") {
  constexpr auto* base = "http://a/b/c/d;p?q";
  const std::pair<const char*, const char*> examples[] = {{"g:h", "g:h"},
                                                          {"g", "http://a/b/c/g"},
                                                          {"./g", "http://a/b/c/g"},
                                                          {"g/", "http://a/b/c/g/"},
                                                          {"/g", "http://a/g"},
                                                          {"//g", "http://g"},
                                                          {"?y", "http://a/b/c/d;p?y"},
                                                          {"g?y", "http://a/b/c/g?y"},
                                                          {"#s", "http://a/b/c/d;p?q#s"},
                                                          {"g#s", "http://a/b/c/g#s"},
                                                          {";x", "http://a/b/c/;x"},
                                                          {"", "http://a/b/c/d;p?q"},
                                                          {".", "http://a/b/c/"},
                                                          {"./", "http://a/b/c/"},
                                                          {"..", "http://a/b/"},
                                                          {"../g", "http://a/b/g"},
                                                          {"../..", "http://a/"},
                                                          {"../../../g", "http://a/g"},
                                                          {"/./g", "http://a/g"},
                                                          {"/../g", "http://a/g"},
                                                          {"g.", "http://a/b/c/g."},
                                                          {"..g", "http://a/b/c/..g"},
                                                          {"./../g", "http://a/b/g"},
                                                          {"g/./h", "http://a/b/c/g/h"},
                                                          {"g/../h", "http://a/b/c/h"},
                                                          {"g?y/../x", "http://a/b/c/g?y/../x"}};
  for (const auto& [reference, wanted] : examples) CHECK(schema::resolve_uri(base, reference) == wanted);
  CHECK(schema::resolve_uri("urn:uuid:1", "#a") == "urn:uuid:1#a");
  CHECK(schema::resolve_uri("http://a", "b") == "http://a/b");
  CHECK(schema::percent_decoded("%41%zz%4") == "A%zz%4");
}
