#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <vector>

#include "ground/http/canonical.hpp"

namespace {
using namespace gatehouse::http;

/// A request as a codec would hand it over, made canonical.
struct MadeCanonical {
  using Fields = std::vector<std::pair<std::string, std::string>>;
  MadeCanonical(std::string target, Fields fields_in, ConnectionFacts facts = {}, Method method = Method::get, Version version = Version::http1_1,
                std::string h2_authority = {})
      : target_text(std::move(target)), fields(std::move(fields_in)), authority_text(std::move(h2_authority)), head(arena) {
    head.version = version;
    head.method = method;
    head.method_token = to_text(method);
    head.target = target_text;
    head.authority = authority_text;
    for (const auto& [name, value] : fields) head.headers.add({name, value, header_id(name)});
    auto made = canonical(head, facts, arena);
    if (made) request.emplace(*std::move(made));
    else problem = made.error();
  }
  std::string rule() const { return problem ? std::string(problem->rule) : "accepted"; }
  std::string value(std::string_view name) const {
    const auto* field = request.value().headers.find(name);
    return field == nullptr ? "(none)" : std::string(field->value);
  }

  gatehouse::Arena arena;
  std::string target_text;
  Fields fields;
  std::string authority_text;
  RequestHead head;
  std::optional<Request> request;
  std::optional<Problem> problem;
};

const AddressBlock proxies[] = {*AddressBlock::parse("10.0.0.0/8")};
ConnectionFacts behind_proxy() { return {.peer = *Address::parse("10.0.0.1"), .secure = false, .trusted_proxies = proxies}; }
ConnectionFacts from_stranger() { return {.peer = *Address::parse("203.0.113.9"), .secure = true, .trusted_proxies = proxies}; }
}  // namespace

TEST_CASE("a plain request becomes canonical") {
  const MadeCanonical made("/a/%62?x=1&x=2", {{"host", "Example.test:443"}, {"accept", "*/*"}, {"cookie", "a=1"}, {"cookie", "b=2"}, {"x-own", "v"}},
                           from_stranger());
  REQUIRE(made.request);
  CHECK(made.request->path.text() == "/a/b");
  CHECK(made.request->query.text() == "x=1&x=2");
  CHECK(made.request->authority.text() == "example.test");
  CHECK(made.request->secure);
  CHECK(made.request->client == made.request->peer);
  CHECK(made.value("cookie") == "a=1; b=2");
  CHECK(made.request->headers.count(HeaderId::cookie) == 1);
  CHECK(made.value("x-own") == "v");
  CHECK(made.value("host") == "(none)");
  CHECK(made.request->dropped_headers == 0);
}

TEST_CASE("there is exactly one host, and nothing in the request contradicts it") {
  CHECK(MadeCanonical("/", {{"host", "a"}}).rule() == "accepted");
  CHECK(MadeCanonical("/", {}).rule() == "http.host.missing");
  CHECK(MadeCanonical("/", {}, {}, Method::get, Version::http1_0).rule() == "http.host.missing");
  CHECK(MadeCanonical("/", {{"host", "a"}, {"host", "a"}}).rule() == "http.host.repeated");
  CHECK(MadeCanonical("/", {{"host", "user@a"}}).rule() == "http.host.form");
  CHECK(MadeCanonical("http://A:80/x", {{"host", "a"}}).rule() == "accepted");
  CHECK(MadeCanonical("http://b/x", {{"host", "a"}}).rule() == "http.host.conflict");
  CHECK(MadeCanonical("http://u@a/x", {{"host", "a"}}).rule() == "http.host.form");
  CHECK(MadeCanonical("http:///x", {{"host", "a"}}).rule() == "http.host.form");
  CHECK(MadeCanonical("/", {}, {}, Method::get, Version::http2, "a").rule() == "accepted");
  CHECK(MadeCanonical("/", {{"host", "A"}}, {}, Method::get, Version::http2, "a").rule() == "accepted");
  CHECK(MadeCanonical("/", {{"host", "b"}}, {}, Method::get, Version::http2, "a").rule() == "http.host.conflict");
  CHECK(MadeCanonical("/", {}, {}, Method::get, Version::http2).rule() == "http.host.missing");
}

TEST_CASE("an absolute target without a path is the root, and * is only for OPTIONS") {
  const MadeCanonical absolute("http://a?b=c", {{"host", "a"}});
  REQUIRE(absolute.request);
  CHECK(absolute.request->path.text() == "/");
  CHECK(absolute.request->query.text() == "b=c");
  CHECK(MadeCanonical("ftp://a/", {{"host", "a"}}).rule() == "http.target.scheme");
  const MadeCanonical asterisk("*", {{"host", "a"}}, {}, Method::options);
  REQUIRE(asterisk.request);
  CHECK(asterisk.request->asterisk);
  CHECK(MadeCanonical("*", {{"host", "a"}}).rule() == "http.path.form");
  CHECK(MadeCanonical("", {{"host", "a"}}).rule() == "http.path.form");
  CHECK(MadeCanonical("/a#b", {{"host", "a"}}).rule() == "http.path.fragment");
  CHECK(MadeCanonical("/", {{"host", "a"}}, {}, Method::trace).rule() == "http.method.unsupported");
  CHECK(MadeCanonical("/", {{"host", "a"}}, {}, Method::connect).rule() == "http.method.unsupported");
}

TEST_CASE("TRACE with a body is malformed, a plain one only unsupported") {
  gatehouse::Arena arena;
  RequestHead head(arena);
  head.method = Method::trace;
  head.target = "/";
  head.headers.add(HeaderId::host, "a");
  CHECK(canonical(head, {}, arena).error().status() == 501);
  head.framing = {Framing::Kind::length, 5};
  CHECK(canonical(head, {}, arena).error().status() == 400);
}

TEST_CASE("hop-by-hop fields end at the gate, and Connection cannot name an end-to-end field away") {
  const MadeCanonical made("/", {{"host", "a"},
                                 {"connection", "keep-alive, authorization, x-own"},
                                 {"keep-alive", "5"},
                                 {"te", "trailers"},
                                 {"upgrade", "h2c"},
                                 {"proxy-authorization", "x"},
                                 {"http2-settings", "x"},
                                 {"trailer", "x"},
                                 {"transfer-encoding", "chunked"},
                                 {"authorization", "Bearer t"},
                                 {"x-own", "v"}});
  REQUIRE(made.request);
  CHECK(made.request->headers.size() == 2);
  CHECK(made.value("authorization") == "Bearer t");
  CHECK(made.value("x-own") == "v");
}

TEST_CASE("a name with an underscore is kept aside, and refused where it can be taken for a name that the gate uses") {
  const MadeCanonical made("/", {{"host", "a"}, {"x_own", "v"}});
  REQUIRE(made.request);
  CHECK(made.value("x_own") == "(none)");
  REQUIRE(made.request->underscored.size() == 1);
  CHECK(made.request->underscored[0].name == "x_own");
  CHECK(made.request->dropped_headers == 1);
  for (const auto* name : {"content_length", "transfer_encoding", "x_forwarded_for", "x-forwarded_user", "gatehouse_identity", "gatehouse_other",
                           "x_api_key", "x-original_url", "_method", ".method"}) {
    CAPTURE(name);
    CHECK(MadeCanonical("/", {{"host", "a"}, {name, "v"}}).rule() == "http.header.underscore");
  }
  for (const auto* name : {"method_", "_methods", "x_method"}) {
    CAPTURE(name);
    CHECK(MadeCanonical("/", {{"host", "a"}, {name, "v"}}).rule() == "accepted");
  }
}

TEST_CASE("what only the gate may say about a request is dropped, and so are overrides, whoever sends them") {
  const MadeCanonical::Fields fields{{"host", "a"},
                                     {"x-forwarded-for", "192.0.2.1"},
                                     {"x-forwarded-user", "root"},
                                     {"x-real-ip", "192.0.2.1"},
                                     {"gatehouse-identity", "x"},
                                     {"gatehouse-x", "y"},
                                     {"x-http-method-override", "DELETE"},
                                     {"-method", "DELETE"},
                                     {"x-original-url", "/admin"},
                                     {"x-rewrite-url", "/admin"}};
  const MadeCanonical stranger("/", fields, from_stranger());
  REQUIRE(stranger.request);
  CHECK(stranger.request->headers.size() == 0);
  CHECK(stranger.request->dropped_headers == 9);
  CHECK(stranger.request->client == *Address::parse("203.0.113.9"));

  const MadeCanonical proxy("/", fields, behind_proxy());
  REQUIRE(proxy.request);
  CHECK(proxy.request->headers.size() == 1);
  CHECK(proxy.value("x-forwarded-user") == "root");
  CHECK(proxy.request->client == *Address::parse("192.0.2.1"));
}

TEST_CASE("a field that decides something comes once") {
  for (const auto* name : {"authorization", "content-type", "x-api-key", "origin", "range"}) {
    CAPTURE(name);
    CHECK(MadeCanonical("/", {{"host", "a"}, {name, "v"}, {name, "v"}}).rule() == "http.header.repeated");
  }
  CHECK(MadeCanonical("/", {{"host", "a"}, {"accept", "a"}, {"accept", "b"}}).rule() == "accepted");
}

TEST_CASE("the client is the rightmost hop that is not trusted") {
  const auto client = [](MadeCanonical::Fields fields) {
    fields.emplace_back("host", "a");
    const MadeCanonical made("/", fields, behind_proxy());
    return made.request ? (made.request->client_known ? "" : "some client of ") + made.request->client.to_text() : made.rule();
  };
  CHECK(client({}) == "10.0.0.1");  // the proxy asks for itself
  CHECK(client({{"x-forwarded-for", "192.0.2.1"}}) == "192.0.2.1");
  CHECK(client({{"x-forwarded-for", "198.51.100.7, 192.0.2.1, 10.0.0.2"}}) == "192.0.2.1");
  CHECK(client({{"x-forwarded-for", "198.51.100.7"}, {"x-forwarded-for", "192.0.2.1:4711, 10.0.0.2"}}) == "192.0.2.1");
  CHECK(client({{"x-forwarded-for", "10.0.0.3,10.0.0.2"}}) == "10.0.0.3");
  CHECK(client({{"x-forwarded-for", "192.0.2.1, unknown, 10.0.0.2"}}) == "some client of 10.0.0.2");
  for (const auto* const unread :
       {"192.0.2.1,", "", ",", "unknown", "192.0.2.1, ", "192.0.2.1:", "192.0.2.1:99999", "\"192.0.2.1\"", "2001:db8::1%1", "[2001:db8::1]:"})
    CHECK_MESSAGE(client({{"x-forwarded-for", unread}}) == "some client of 10.0.0.1", unread);
  CHECK(client({{"x-forwarded-for", "192.0.2.1"}, {"x-forwarded-for", ""}}) == "some client of 10.0.0.1");
  CHECK(client({{"x-forwarded-for", ""}, {"x-forwarded-for", "192.0.2.1"}}) == "192.0.2.1");
  CHECK(client({{"x-forwarded-for", ",192.0.2.1"}}) == "192.0.2.1");
  CHECK(client({{"x-forwarded-for", "[2001:db8::1]:80"}}) == "2001:db8::1");
  CHECK(client({{"x-forwarded-for", "2001:db8::1"}}) == "2001:db8::1");
  CHECK(client({{"x-forwarded-for", "1.2.3.4:x"}}) == "some client of 10.0.0.1");
  CHECK(client({{"forwarded", "for=198.51.100.7, for=\"[2001:db8::1]:4711\";proto=https;by=10.0.0.2, FOR=10.0.0.2"}}) == "2001:db8::1");
  CHECK(client({{"forwarded", "for=_hidden"}}) == "some client of 10.0.0.1");
  CHECK(client({{"forwarded", "proto=https"}}) == "some client of 10.0.0.1");
  CHECK(client({{"forwarded", ""}}) == "some client of 10.0.0.1");
  CHECK(client({{"forwarded", "for=10.0.0.2"}}) == "10.0.0.2");
  CHECK(client({{"forwarded", "for=unknown"}, {"x-forwarded-for", "unknown"}}) == "some client of 10.0.0.1");
  CHECK(client({{"forwarded", "for=10.0.0.2"}, {"x-forwarded-for", "unknown, 10.0.0.2"}}) == "http.forwarding.conflict");
  CHECK(client({{"forwarded", "for=192.0.2.1"}, {"x-forwarded-for", "192.0.2.1"}}) == "192.0.2.1");
  CHECK(client({{"forwarded", "for=192.0.2.1, for=unknown, for=10.0.0.2"}}) == "some client of 10.0.0.2");
  CHECK(client({{"forwarded", "for=198.51.100.7"}, {"forwarded", "for=192.0.2.1, for=10.0.0.2"}}) == "192.0.2.1");
  CHECK(client({{"forwarded", "for=192.0.2.2"}, {"x-forwarded-for", "192.0.2.1"}}) == "http.forwarding.conflict");
  std::string long_chain = "192.0.2.1";
  for (int i = 0; i < 40; ++i) long_chain += ", 10.0.0.2";
  CHECK(client({{"x-forwarded-for", long_chain}}) == "some client of 10.0.0.2");
  std::string long_standard = "for=192.0.2.1";
  for (int i = 0; i < 40; ++i) long_standard += ", for=10.0.0.2";
  CHECK(client({{"forwarded", long_standard}}) == "some client of 10.0.0.2");
}

TEST_CASE("the client's scheme is the connection's, or what a trusted proxy says") {
  const auto secure = [](ConnectionFacts facts, std::string proto) {
    return MadeCanonical("/", {{"host", "a"}, {"x-forwarded-proto", std::move(proto)}}, facts).request.value().secure;
  };
  CHECK(secure(behind_proxy(), "https"));
  CHECK(secure(behind_proxy(), "http, HTTPS"));
  CHECK_FALSE(secure(behind_proxy(), "https, http"));
  CHECK_FALSE(secure(behind_proxy(), "gopher"));
  CHECK(secure(from_stranger(), "http"));
}

TEST_CASE("a client that is not known is not judged by the address of the proxy") {
  const MadeCanonical made("/", {{"host", "a.test"}, {"x-forwarded-for", "192.0.2.1, unknown"}}, behind_proxy());
  CHECK_FALSE(made.request.value().client_known);
  CHECK(made.request->client_to_judge() == Address());
  const MadeCanonical known("/", {{"host", "a.test"}, {"x-forwarded-for", "192.0.2.1"}}, behind_proxy());
  CHECK(known.request.value().client_to_judge() == known.request->client);
}

TEST_CASE("a name that a careless server reads as one of the gate's is refused, whatever stands in the dash's place") {
  for (const auto* name :
       {"x.api.key", "x!forwarded!for", "gatehouse~identity", "content*length", "transfer.encoding", "x-forwarded_proto", "client.ip"})
    CHECK(MadeCanonical("/", {{"host", "a"}, {name, "1"}}).rule() == "http.header.underscore");
}

TEST_CASE("a name with a mark that a careless server reads as a dash does not travel as another name, and is kept aside") {
  for (const std::string name : {"x.count", "x~count", "x!count", "x_count"}) {
    const MadeCanonical made("/", {{"host", "a"}, {name, "1"}});
    REQUIRE(made.request);
    CHECK(made.value(name) == "(none)");
    REQUIRE(made.request->underscored.size() == 1);
    CHECK(made.request->underscored[0].name == name);
    CHECK(made.request->dropped_headers == 1);
  }
  const MadeCanonical harmless("/", {{"host", "a"}, {"x-count", "1"}, {"x-count2", "2"}});
  CHECK(harmless.value("x-count") == "1");
  CHECK(harmless.value("x-count2") == "2");
}

TEST_CASE("who the caller was proved to be is believed from a trusted proxy alone") {
  for (const auto* name : {"remote-user", "x-remote-user", "x-webauth-user", "x-script-name", "x-auth-request-email", "x-consumer-username",
                           "x-ms-client-principal", "x-ms-client-principal-name", "x-ssl-client-verify", "ssl-client-verify", "x-forwarded-user",
                           "x-forwarded-email", "x-forwarded-groups", "x-authenticated-user", "x-authenticated-userid"}) {
    CAPTURE(name);
    const MadeCanonical forged("/", {{"host", "a"}, {name, "admin"}}, from_stranger());
    CHECK(forged.value(name) == "(none)");
    CHECK(forged.request.value().dropped_headers == 1);
    CHECK(MadeCanonical("/", {{"host", "a"}, {name, "admin"}}, behind_proxy()).value(name) == "admin");
  }
  for (const auto* name : {"x-user", "x-consumers", "x-remote", "x-scripts", "remote-users", "x-auth-token"})
    CHECK(MadeCanonical("/", {{"host", "a"}, {name, "1"}}, from_stranger()).value(name) == "1");
  CHECK(MadeCanonical("/", {{"host", "a"}, {"remote_user", "admin"}}, from_stranger()).rule() == "http.header.underscore");
}

TEST_CASE("every usual name of the client's address, host or scheme is believed from a trusted proxy alone") {
  for (const auto* name : {"ali-cdn-real-ip",
                           "cf-connecting-ip",
                           "cf-connecting-ipv6",
                           "client-ip",
                           "fastly-client-ip",
                           "fly-client-ip",
                           "forwarded-for",
                           "front-end-https",
                           "incap-client-ip",
                           "proxy-client-ip",
                           "remote-addr",
                           "true-client-ip",
                           "wl-proxy-client-ip",
                           "x-appengine-user-ip",
                           "x-azure-clientip",
                           "x-client-ip",
                           "x-cluster-client-ip",
                           "x-envoy-external-address",
                           "x-envoy-original-path",
                           "x-forwarded",
                           "x-host",
                           "x-http-host-override",
                           "x-original-forwarded-for",
                           "x-original-host",
                           "x-original-uri",
                           "x-originating-ip",
                           "x-proxyuser-ip",
                           "x-remote-addr",
                           "x-remote-ip",
                           "x-scheme",
                           "x-true-client-ip",
                           "x-url-scheme",
                           "x-vercel-forwarded-for"}) {
    CAPTURE(name);
    const MadeCanonical made("/", {{"host", "a"}, {name, "192.0.2.1"}, {"x-office-ip", "7"}});
    REQUIRE(made.request);
    CHECK(made.request->headers.size() == 1);
    CHECK(made.request->dropped_headers == 1);
    CHECK(MadeCanonical("/", {{"host", "a"}, {name, "192.0.2.1"}}, behind_proxy()).value(name) == "192.0.2.1");
  }
}

TEST_CASE("nobody makes a CGI program behind the gate use a proxy, and what only sounds like that arrives") {
  for (const auto& facts : {ConnectionFacts{}, behind_proxy()}) {
    const MadeCanonical made("/", {{"host", "a"}, {"proxy", "http://evil.test:8080"}, {"x-proxy", "1"}}, facts);
    REQUIRE(made.request);
    CHECK(made.value("proxy") == "(none)");
    CHECK(made.value("x-proxy") == "1");
    CHECK(made.request->dropped_headers == 1);
  }
}

TEST_CASE("a scheme that is not the connection's is refused, unless a trusted proxy speaks for the client's connection") {
  const auto rule = [](std::string target, ConnectionFacts facts, MadeCanonical::Fields more = {}) {
    more.insert(more.begin(), {"host", "a"});
    return MadeCanonical(std::move(target), std::move(more), facts).rule();
  };
  auto clear = from_stranger();
  clear.secure = false;
  CHECK(rule("https://a/x", from_stranger()) == "accepted");
  CHECK(rule("http://a/x", clear) == "accepted");
  CHECK(rule("https://a/x", clear) == "http.target.connection");
  CHECK(rule("HTTPS://a/x", clear) == "http.target.connection");
  CHECK(rule("http://a/x", from_stranger()) == "http.target.connection");
  CHECK(rule("https://a/x", clear, {{"x-forwarded-proto", "https"}}) == "http.target.connection");  // a stranger's word
  CHECK(rule("https://a/x", behind_proxy(), {{"x-forwarded-proto", "https"}}) == "accepted");
  CHECK(rule("http://a/x", behind_proxy(), {{"x-forwarded-proto", "https"}}) == "accepted");
  CHECK(rule("https://a/x", behind_proxy()) == "http.target.connection");
  CHECK(MadeCanonical("https://a/x", {{"host", "a"}}, clear).problem.value().status() == 421);
}

TEST_CASE("what a client puts into its Host names no client, whichever proxy quotes it in Forwarded") {
  const auto client = [](ConnectionFacts facts, std::string forwarded) {
    const MadeCanonical made("/", {{"host", "a"}, {"forwarded", std::move(forwarded)}}, facts);
    return made.request ? made.request->client.to_text() : std::string(made.rule());
  };
  CHECK(client(behind_proxy(), R"(for=192.0.2.7;host="a,for=6.6.6.6;x";proto=https)") == "192.0.2.7");
  CHECK(client(behind_proxy(), R"(host="a;for=6.6.6.6;b";for=192.0.2.7)") == "192.0.2.7");
  CHECK(client(behind_proxy(), R"(host="a;for=6.6.6.6")") == "10.0.0.1");
  CHECK(client(behind_proxy(), R"(host="a,for=6.6.6.6;x=", for=192.0.2.7)") == "192.0.2.7");
  CHECK(client(behind_proxy(), R"(x=", for=192.0.2.7;host=";for=6.6.6.6")") == "http.forwarding.form");
  CHECK(client(behind_proxy(), "for=192.0.2.7;for=192.0.2.8") == "http.forwarding.form");
  CHECK(client(from_stranger(), R"(x=", for=192.0.2.7)") == "203.0.113.9");  // nobody reads what a stranger says
}

TEST_CASE("a trusted proxy says by Forwarded, too, how the client came") {
  const auto secure = [](ConnectionFacts facts, MadeCanonical::Fields fields) {
    fields.insert(fields.begin(), {"host", "a"});
    return MadeCanonical("/", std::move(fields), facts).request.value().secure;
  };
  CHECK(secure(behind_proxy(), {{"forwarded", "for=192.0.2.1;proto=https"}}));
  CHECK(secure(behind_proxy(), {{"forwarded", "proto=\"HTTPS\""}}));
  CHECK(secure(behind_proxy(), {{"forwarded", "for=192.0.2.1;proto=https, for=10.0.0.2"}}));           // of the hop that names the client
  CHECK_FALSE(secure(behind_proxy(), {{"forwarded", "for=192.0.2.1;proto=https, for=203.0.113.5"}}));  // the client's own word
  CHECK_FALSE(secure(behind_proxy(), {{"forwarded", "for=192.0.2.1;proto=http, for=10.0.0.2;proto=https"}}));
  CHECK_FALSE(secure(behind_proxy(), {{"forwarded", "for=192.0.2.1;proto=https"}, {"x-forwarded-proto", "http"}}));
  CHECK(secure(from_stranger(), {{"forwarded", "proto=http"}}));
}
