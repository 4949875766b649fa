#include <doctest/doctest.h>

#include "app/config/trial_document.hpp"
#include "ground/base/random.hpp"
#include "ground/crypto/certificate.hpp"

using namespace gatehouse;
using namespace gatehouse::config;
using namespace gatehouse::config::trial;

namespace {
/// Beside the document: a certificate with its key, and the key of another one.
struct CertificateFolder : Folder {
  CertificateFolder() {
    SeededRandom random(7);
    const crypto::CertificateOptions options{
        .common_name = "localhost", .names = {"localhost"}, .not_before = Instant(24h), .not_after = Instant(48h)};
    const auto one = crypto::make_authority(options, random).value();
    write("cert.pem", one.certificate_pem, 0644);
    write("key.pem", one.key.to_pem().reveal());
    write("other.pem", crypto::make_authority(options, random).value().key.to_pem().reveal());
  }
  /// What is wrong with a listener that shows this pair.
  [[nodiscard]] std::string told_of(std::string_view certificate, std::string_view key) const {
    return told("listeners:\n  - address: 127.0.0.1:0\n    tls: { certificates: [{ certificate: " + std::string(certificate) +
                    ", key: " + std::string(key) + " }] }\n" + std::string(upstreams) + std::string(routes),
                path());
  }
};
}  // namespace

TEST_CASE("a certificate and a key that do not belong together are refused at their place") {
  const CertificateFolder folder;
  folder.write("broken.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", 0644);
  CHECK(folder.told_of("cert.pem", "key.pem").empty());
  CHECK(folder.told_of("cert.pem", "other.pem").starts_with("3:57 listeners[0].tls.certificates[0].key: "));
  CHECK(folder.told_of("cert.pem", "other.pem").contains("the key does not belong to the certificate"));
  CHECK(folder.told_of("broken.pem", "key.pem").starts_with("3:42 listeners[0].tls.certificates[0].certificate: "));
}

TEST_CASE("two certificates of a listener for one name are refused, where the second would never be shown, and for other names they are not") {
  const Folder folder;
  SeededRandom random(9);
  const auto options = [](const std::string& name, std::vector<std::string> names) {
    return crypto::CertificateOptions{.common_name = name, .names = std::move(names), .not_before = Instant(24h), .not_after = Instant(48h)};
  };
  const auto authority = crypto::make_authority(options("authority", {"example", "127.0.0.1"}), random).value();
  const auto make = [&](const std::string& name, std::vector<std::string> names) {
    const auto made = crypto::make_server_certificate(authority, options(name, std::move(names)), random).value();
    folder.write(name + ".pem", made.certificate_pem, 0644);
    folder.write(name + ".key", made.key.to_pem().reveal());
  };
  make("a", {"a.example", "www.example", "127.0.0.1"});
  make("b", {"A.example", "b.example", "127.0.0.1"});
  make("c", {"c.example"});
  const auto listener = [](const char* first, const char* second) {
    const auto pair = [](const char* name) {
      const std::string text(name);
      const auto file = text.substr(0, 1);
      return "{ certificate: " + file + ".pem, key: " + file + ".key" + text.substr(1) + " }";
    };
    return std::string("listeners:\n  - address: 127.0.0.1:0\n    tls: { certificates: [") + pair(first) + ", " + pair(second) + "] }\n" +
           std::string(upstreams) + std::string(routes);
  };
  const auto problems = problems_of(listener("a", "b"), folder.path());
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].path == "listeners[0].tls.certificates[1].certificate");
  CHECK(problems[0].what.contains("is for 'a.example', as certificates[0] is, and only the first would be shown"));
  CHECK(problems[0].example == "hosts: [b.example]");
  CHECK(told(listener("a", "a"), folder.path()).contains("certificates[1].certificate: is for 'a.example', as certificates[0] is"));
  CHECK(told(listener("a, hosts: [x.example]", "b, hosts: [x.example, y.example]"), folder.path())
            .contains("certificates[1].hosts: is for 'x.example', as certificates[0] is"));
  CHECK(told(listener("a", "c"), folder.path()).empty());
  CHECK(told(listener("a", "b, hosts: [b.example]"), folder.path()).empty());
  CHECK(told(listener("a, hosts: [\"*.shop.example\"]", "b, hosts: [one.shop.example]"), folder.path())
            .empty());  // an exact name comes before a wildcard
}

TEST_CASE("key sets and authorities that nobody could use are refused, and a data directory that is a file") {
  Folder folder;
  const auto wrong = [&folder](const std::string& more, std::string_view servers = upstreams) {
    const auto problems = problems_of(std::string(listeners) + std::string(servers) + std::string(routes) + more, folder.path());
    return problems.empty() ? std::string() : problems.front().path;
  };
  folder.write("bad.jwks", R"({"keys": 7})", 0644);
  folder.write("none.pem", "-----BEGIN CERTIFICATE-----\n", 0644);
  folder.write("file", "", 0644);
  CHECK(wrong("issuers: { a: { issuer: \"https://i.example\", audience: [a], jwks: { file: bad.jwks } } }\n") == "issuers.a.jwks.file");
  // RFC 7517 appendix A.1: a key on P-256.
  folder.write("p256.jwks", R"({"keys":[{"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",)"
                            R"("y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM","kid":"1"}]})");
  const auto issuer = [](const char* algorithms) {
    return std::string("issuers: { a: { issuer: \"https://i.example\", audience: [a], ") + algorithms + "jwks: { file: p256.jwks } } }\n";
  };
  CHECK(wrong(issuer("")).empty());
  CHECK(wrong(issuer("algorithms: [RS256, ES256], ")).empty());
  CHECK(wrong(issuer("algorithms: [RS256], ")) == "issuers.a.algorithms");
  const auto unfit = told(document(issuer("algorithms: [RS256, PS256], ")), folder.path());
  CHECK(unfit.contains("p256.jwks: no key of the set is for RS256 PS256, which `algorithms` takes; they are for ES256 ([ES256])"));
  CHECK(wrong("", "upstreams: { clinic: { servers: [\"https://127.0.0.1:3000\"], ca_file: none.pem } }\n") == "upstreams.clinic.ca_file");
  CHECK(wrong("data: file\n") == "data");
  CHECK(wrong("data: file/below\n") == "data");
  CHECK(wrong("data: fresh\n").empty());
  CHECK(wrong("data: .\n").empty());
}

TEST_CASE("a key set that others can write is not believed, and one that others can read is") {
  Folder folder;
  const auto told_of = [&folder](unsigned mode) {
    const auto name = "of-mode-" + std::to_string(mode) + ".jwks";
    folder.write(name,
                 R"({"keys":[{"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",)"
                 R"("y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM","kid":"1"}]})",
                 0644);
    REQUIRE(::chmod(folder.file(name).c_str(), mode) == 0);  // whatever the umask is
    return told(document("issuers: { a: { issuer: \"https://i.example\", audience: [a], jwks: { file: " + name + " } } }\n"), folder.path());
  };
  for (const unsigned mode : {0666U, 0664U, 0646U, 0622U})
    CHECK(told_of(mode).contains("issuers.a.jwks.file: the file " + folder.path() + "/of-mode-" + std::to_string(mode) +
                                 ".jwks can be changed by others"));
  for (const unsigned mode : {0644U, 0600U, 0444U, 0640U}) CHECK(told_of(mode).empty());
}

TEST_CASE("files are there, of the right kind, and keys are private") {
  const CertificateFolder folder;
  folder.write("open.pem", "-----BEGIN PRIVATE KEY-----\n", 0644);
  CHECK(folder.told_of("cert.pem", "open.pem")
            .contains("certificates[0].key: the file " + folder.path() + "/open.pem can be read or changed by others"));
  CHECK(folder.told_of("key.pem", "key.pem").contains("holds no certificate"));
  CHECK(folder.told_of("missing.pem", "key.pem").contains("certificates[0].certificate: the file " + folder.path() + "/missing.pem cannot be read"));
  CHECK(folder.told_of(".", "key.pem").contains("is not a file"));
}

TEST_CASE("what the gate writes has a place to be written to, and the place is told with the setting") {
  Folder folder;
  const auto wrong = [&folder](const std::string& more) { return told(document(more), folder.path()); };
  const auto mkdir = [&](const char* name, mode_t mode) {
    REQUIRE(::mkdir(folder.file(name).c_str(), 0700) == 0);
    REQUIRE(::chmod(folder.file(name).c_str(), mode) == 0);
  };
  mkdir("open", 0755);
  mkdir("own", 0700);
  mkdir("own/logs", 0700);
  CHECK(wrong("data: no/such\n") ==
        "5:7 data: " + folder.file("no/such") + " cannot be made, because there is no directory " + folder.file("no") + "\n");
  CHECK(wrong("data: open\n").empty());  // a word for a running server is no matter of the mode: the rehearsal and the start ask for it
  CHECK(wrong("data: fresh/\n").empty());
  CHECK(wrong("data: own\naudit: { file: logs/audit.jsonl }\nadmin: { socket: logs/admin.sock }\n").empty());
  CHECK(wrong("data: own\naudit: { file: lgs/audit.jsonl }\n")
            .starts_with("6:16 audit.file: " + folder.file("own/lgs/audit.jsonl") + " cannot be made"));
  CHECK(wrong("data: own\naudit: { file: logs }\n") == "6:16 audit.file: " + folder.file("own/logs") + " is a directory\n");
  CHECK(wrong("data: fresh\naudit: { file: logs/audit.jsonl }\n").starts_with("6:16 audit.file: "));  // nobody makes that folder
  CHECK(wrong("admin: { socket: " + folder.file("none/admin.sock") + " }\n").starts_with("5:18 admin.socket: "));
  CHECK(wrong("admin: { socket: " + folder.file("own/" + std::string(120, 's')) + " }\n")
            .starts_with("5:18 admin.socket: a path of a socket has at most 107"));
  CHECK(wrong("admin: { socket: " + folder.file("own/admin.sock") + " }\n").empty());
  CHECK(wrong("data: [x]\naudit: { file: logs/audit.jsonl }\n").starts_with("5:7 data: must be a file path"));
}

TEST_CASE("authorities that the gate would not read are refused") {
  Folder folder;
  SeededRandom random(9);
  const auto issued =
      crypto::make_authority({.common_name = "localhost", .names = {"localhost"}, .not_before = Instant(24h), .not_after = Instant(48h)}, random)
          .value();
  folder.write("ca.pem", issued.certificate_pem, 0644);
  folder.write("large.pem", issued.certificate_pem + std::string(net::UpstreamOptions::authorities_bytes_max, '\n'), 0644);
  const auto wrong = [&folder](const std::string& file) {
    const auto loaded = load(
        std::string(listeners) + "upstreams: { clinic: { servers: [\"https://127.0.0.1:3000\"], ca_file: " + file + " } }\n" + std::string(routes),
        {.file = "g.yaml", .folder = folder.path(), .environment = {}});
    return loaded ? std::string() : loaded.error().front().path + ": " + loaded.error().front().what;
  };
  CHECK(wrong("ca.pem").empty());
  CHECK(wrong("large.pem").ends_with("is larger than 4MiB"));
}
