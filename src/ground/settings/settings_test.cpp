#include <doctest/doctest.h>

#include <sys/stat.h>
#include <array>
#include <fstream>

#include "ground/base/testing.hpp"
#include "ground/settings/block.hpp"
#include "ground/settings/describe.hpp"
#include "ground/settings/value.hpp"

using namespace gatehouse;
using namespace gatehouse::settings;

namespace {

enum class Mood { calm, cross };
struct Inner {
  Duration wait = 30s;
  std::vector<std::string> hosts;
  bool operator==(const Inner&) const = default;
};
struct Outer {
  Rate rate;
  std::uint32_t burst = 5;
  std::optional<std::uint64_t> size;
  Mood mood = Mood::calm;
  Inner inner;
  Named<Inner> named;
  unsigned workers = 0;
  bool operator==(const Outer&) const = default;
};

TypeOf<Inner> inner_type() {
  return Block<Inner>("inner", "Inside.")
      .field("wait", &Inner::wait, duration(1ms, 1h), "How long.", "30s")
      .field("hosts", &Inner::hosts, list_of(host_name()), "Which.", "[a.example]");
}
TypeOf<Outer> outer_type() {
  return Block<Outer>("outer", "Outside.")
      .required("rate", &Outer::rate, rate(), "How often.", "10/s")
      .field("burst", &Outer::burst, integer<std::uint32_t>(1, 100), "At once.", "20")
      .field("size", &Outer::size, byte_size(1, 1ULL << 30), "How much.", "1MiB")
      .field("mood", &Outer::mood, words<Mood>({{"calm", Mood::calm, ""}, {"cross", Mood::cross, ""}}), "How.", "cross")
      .field("inner", &Outer::inner, or_word(inner_type(), "brief", Inner{.wait = 1s, .hosts = {}}, "one second"), "Inside.", "{ wait: 5s }")
      .field("named", &Outer::named, map_of(inner_type()), "By name.", "{ a: { wait: 5s } }")
      .field("workers", &Outer::workers, or_word(integer<unsigned>(1, 64), "auto", 0U, "as many as processors"), "Threads.", "2")
      .check({.values = {"burst"}},
             [](Reader& reader, const Node& node, const Outer& outer) {
               if (outer.burst == 13) reader.note(node.nearest("burst").at, "brings bad luck");
             })
      .check({.values = {"mood"}, .given = {"size"}}, [](Reader& reader, const Node& node, const Outer& outer) {
        if (outer.mood == Mood::cross && node.get("size") == nullptr) reader.note(node.nearest("mood").at, "needs a size");
      });
}

Node map_node(std::vector<std::pair<std::string, Node>> entries) {
  Node node;
  node.kind = Node::Kind::map;
  for (auto& [name, value] : entries) {
    const auto line = static_cast<std::uint32_t>(node.entries.size() + 1);
    value.at = {line, static_cast<std::uint32_t>(name.size() + 3)};
    node.entries.push_back({name, {line, 1}, std::move(value)});
  }
  return node;
}
Node list_node(std::vector<Node> items) {
  Node node;
  node.kind = Node::Kind::list;
  node.items = std::move(items);
  return node;
}
Node word(std::string text) { return Node::scalar(std::move(text)); }

struct Read {
  Outer value;
  bool right;
  std::vector<settings::Problem> problems;
};
Read read_outer(const Node& node) {
  Reader reader({.file = "x.yaml", .folder = "/etc/gate", .environment = {}});
  Read out{};
  out.right = outer_type().read(reader, node, out.value);
  out.problems = reader.take_problems();
  return out;
}

/// Whether a single value is taken by a type, and what is said when it is not.
template <class T>
std::string complaint(const TypeOf<T>& type, const Node& node) {
  Reader reader({.file = "x.yaml", .folder = "/etc/gate", .environment = {}});
  T value{};
  const bool right = type.read(reader, node, value);
  CHECK(right == reader.problems().empty());
  return right ? std::string{} : reader.problems().front().what;
}
template <class T>
std::string complaint(const TypeOf<T>& type, std::string text) {
  return complaint(type, word(std::move(text)));
}

}  // namespace

TEST_CASE("a block is read into its struct, and what is left out keeps its default") {
  const auto read = read_outer(map_node(
      {{"rate", word("600/m")}, {"size", word("64KiB")}, {"mood", word("cross")}, {"inner", map_node({{"hosts", list_node({word("a.example")})}})}}));
  CHECK(read.right);
  CHECK(read.value == Outer{.rate = {600, 1min},
                            .burst = 5,
                            .size = 65536,
                            .mood = Mood::cross,
                            .inner = {.wait = 30s, .hosts = {"a.example"}},
                            .named = {},
                            .workers = 0});
}

TEST_CASE("every problem of a block is listed with its place, its path, the name that was meant and an example") {
  const auto read = read_outer(
      map_node({{"burts", word("3")}, {"size", word("12")}, {"mood", word("clam")}, {"named", map_node({{"a", map_node({{"wait", word("0s")}})}})}}));
  CHECK_FALSE(read.right);
  REQUIRE(read.problems.size() == 5);
  CHECK(read.problems[0].path == "burts");
  CHECK(read.problems[0].nearest == "burst");
  CHECK(read.problems[0].at == Position{1, 1});
  CHECK(read.problems[1].path == "size");
  CHECK(read.problems[1].what.contains("add the unit, as in 12KiB"));
  CHECK(read.problems[1].example == "size: 1MiB");
  CHECK(read.problems[1].at == Position{2, 7});
  CHECK(read.problems[2].nearest == "calm");
  CHECK(read.problems[3].path == "named.a.wait");
  CHECK(read.problems[3].what == "must not be zero; it takes 1ms to 1h");
  CHECK(read.problems[3].example == "wait: 30s");
  CHECK(read.problems[4].path == "rate");
  CHECK(read.problems[4].what == "is missing and has no default");
  CHECK(read.problems[0].file == "x.yaml");
}

TEST_CASE("a word may stand in a value's place, and its typo is told") {
  CHECK(read_outer(map_node({{"rate", word("1/s")}, {"workers", word("auto")}, {"inner", word("brief")}})).value.inner.wait == 1s);
  CHECK(read_outer(map_node({{"rate", word("1/s")}, {"workers", word("8")}})).value.workers == 8);
  const auto typo = read_outer(map_node({{"rate", word("1/s")}, {"workers", word("atuo")}, {"inner", word("breif")}}));
  REQUIRE(typo.problems.size() == 2);
  CHECK(typo.problems[0].nearest == "auto");
  CHECK(typo.problems[1].what == "must be 'brief', or a block of names");
}

TEST_CASE("a block that is left empty is refused, not taken as nothing") {
  CHECK(complaint(outer_type(), Node{}) == "has no value; give a block of names, or leave the name out");
  CHECK(complaint(list_of(host_name()), Node{}) == "has no value; give a list, or leave the name out");
  CHECK(complaint(list_of(host_name()), list_node({})).empty());
  CHECK(complaint(list_of(host_name(), 1), list_node({})) == "must not be empty");
  CHECK(complaint(list_of(host_name(), 0, 1), list_node({word("a"), word("b")})) == "takes at most 1 entries, not 2");
}

TEST_CASE("durations have a unit and a range") {
  CHECK(parse_duration("250ms") == 250ms);
  CHECK(parse_duration("24h") == 24h);
  CHECK(parse_duration("30d") == 24h * 30);
  for (const auto* wrong : {"", "s", "10", "-1s", "1.5s", "10 s", "10S", "1h30m", "99999999999999999999s", "9223372036854775807d"})
    CHECK_FALSE(parse_duration(wrong));
  for (const auto d : {Duration(0s), Duration(250ms), Duration(90s), Duration(24h), Duration(24h * 30), Duration(36h)})
    CHECK(parse_duration(to_text(d)) == d);
  CHECK(to_text(Duration(24h)) == "24h");
  CHECK(complaint(duration(1s, 1min), "2m") == "'2m' is out of range; it takes 1s to 1m");
  CHECK(complaint(duration(0s, 1min), "0s").empty());
  CHECK(complaint(duration(1s, 1min), "30").contains("add the unit, as in 30s"));
  CHECK(complaint(byte_size(1, 1ULL << 20), "240").contains("add the unit, as in 240B"));     // bytes a second: KiB would cut slow clients off
  CHECK(complaint(byte_size(1024, 1ULL << 20), "32").contains("add the unit, as in 32KiB"));  // which 32 bytes cannot be
  CHECK(complaint(byte_size(1, 1ULL << 40), "240").contains("add the unit, as in 240KiB"));
}

TEST_CASE("byte sizes have a binary unit, and decimal ones are no guess") {
  CHECK(parse_byte_size("64KiB") == 65536);
  CHECK(parse_byte_size("1MiB") == 1048576);
  for (const auto* wrong : {"64KB", "64kib", "64", "KiB", "1.5MiB", "99999999999GiB"}) CHECK_FALSE(parse_byte_size(wrong));
  for (const std::uint64_t size : {0ULL, 1ULL, 1000ULL, 65536ULL, 3ULL << 30}) CHECK(parse_byte_size(byte_size_text(size)) == size);
}

TEST_CASE("a rate is a number over a time, and never zero") {
  CHECK(parse_rate("10/s") == Rate{10, 1s});
  CHECK(parse_rate("600/m") == Rate{600, 1min});
  CHECK(parse_rate("5/10s") == Rate{5, 10s});
  CHECK(parse_rate("7/d") == Rate{7, 24h});
  for (const auto* wrong : {"10", "10/", "/s", "10/w", "10/0s", "-1/s", "10 / s", "5000000000/s"}) CHECK_FALSE(parse_rate(wrong));
  for (const Rate r : {Rate{10, 1s}, Rate{5, 10s}, Rate{7, 24h}, Rate{1, 250ms}, Rate{1, 48h}}) CHECK(parse_rate(to_text(r)) == r);
  CHECK(complaint(rate(), "0/s") == "must not be zero; it takes 1 to 1000000000");
}

TEST_CASE("whole numbers are decimal, in range, and not in quotes") {
  const auto type = integer<std::uint32_t>(1, 100);
  CHECK(complaint(type, "100").empty());
  CHECK(complaint(type, "0") == "must not be zero; it takes 1 to 100");
  for (const auto* wrong : {"101", "-1", "1.0", "0x10", "1e1", "99999999999999999999", "ten", "true"}) CHECK_FALSE(complaint(type, wrong).empty());
  CHECK_FALSE(complaint(type, Node::scalar("5", {}, true)).empty());
}

TEST_CASE("text that YAML reads as another type is refused until it is quoted") {
  CHECK(complaint(text(), "no").empty());  // text in YAML 1.2
  CHECK(complaint(text(), "true").contains("write it in quotes"));
  CHECK(complaint(text(), "1.2").contains("write it in quotes"));
  CHECK(complaint(text(), Node::scalar("1.2", {}, true)).empty());
  CHECK(complaint(text(), "a\tb") == "holds a control character");
  CHECK(complaint(text(), "a\nb") == "goes over several lines; it is written on one");
  CHECK(complaint(boolean(), "yes") == "must be true or false, not text");
  CHECK(complaint(boolean(), "false").empty());
}

TEST_CASE("endpoints, blocks, URLs and hosts take one form and print it") {
  CHECK(Endpoint::parse("127.0.0.1:8443")->to_text() == "127.0.0.1:8443");
  CHECK(Endpoint::parse("[::1]:0")->to_text() == "[::1]:0");
  for (const auto* wrong : {"8443", ":8443", "localhost:1", "::1:80", "127.0.0.1:65536", "127.0.0.1", "[127.0.0.1]:1", "[::1]"})
    CHECK_FALSE(Endpoint::parse(wrong));
  CHECK(endpoint().print(*Endpoint::parse("[::0]:0")) == "\"[::]:0\"");  // the same bytes as a default-made one
  CHECK(Endpoint::parse("127.9.9.9:1")->is_loopback());
  CHECK_FALSE(Endpoint::parse("0.0.0.0:1")->is_loopback());
  CHECK(Endpoint::parse("10.1.2.3:1")->is_private());
  CHECK_FALSE(Endpoint::parse("0.0.0.0:1")->is_private());
  CHECK_FALSE(Endpoint::parse("[::]:1")->is_private());
  CHECK_FALSE(Endpoint::parse("8.8.8.8:1")->is_private());
  CHECK(Url::parse("http://LOCALHOST:3000")->to_text() == "http://localhost:3000");
  CHECK(Url::parse("https://[::1]/a?b=c")->to_text() == "https://[::1]/a?b=c");
  CHECK(Url::parse("https://a.example:443/")->to_text() == "https://a.example/");
  for (const auto* wrong : {"ftp://a", "http://", "http://a:0", "http://a:99999", "http://u:p@a", "http://a/#f", "http://a b", "http://::1", "//a",
                            "a.example", "http://a?x", "http://1.2.3"})
    CHECK_FALSE(Url::parse(wrong));
  CHECK(complaint(origin(), "http://a.example/").empty());
  CHECK(complaint(origin(), "http://a.example/x").contains("has a path"));
  CHECK(complaint(host_pattern(), "*.example.org").empty());
  CHECK_FALSE(complaint(host_pattern(), "*").empty());
  CHECK_FALSE(complaint(host_pattern(), "*.org").empty());
  CHECK_FALSE(complaint(host_pattern(), "a.*.org").empty());
  CHECK_FALSE(is_host_name("1.2.3"));
  CHECK_FALSE(is_host_name("a..b"));
  CHECK_FALSE(is_host_name("a.example."));
  CHECK(complaint(address_block(), "10.0.0.1/8").contains("bits after its prefix"));
}

TEST_CASE("a relative file is looked for beside the document") {
  Reader reader({.file = "x.yaml", .folder = "/etc/gate", .environment = {}});
  std::string path;
  CHECK(file_path().read(reader, word("./cert.pem"), path));
  CHECK(path == "/etc/gate/cert.pem");
  CHECK(file_path().read(reader, word("/srv/cert.pem"), path));
  CHECK(path == "/srv/cert.pem");
}

TEST_CASE("what is printed is read back as the same value") {
  const auto quoted = quote("he said: \"no\"\n");
  CHECK(quoted == "\"he said: \\\"no\\\"\\x0a\"");
  CHECK(quote("true") == "\"true\"");
  CHECK(quote("null") == "\"null\"");
  CHECK(quote("plain-text") == "plain-text");
  CHECK(quote("[::1]:80") == "\"[::1]:80\"");
  Outer outer{.rate = {5, 10s}, .burst = 7, .size = 1024, .mood = Mood::cross, .inner = {.wait = 1s, .hosts = {}}, .named = {}, .workers = 0};
  CHECK(outer_type().print(outer) == "{rate: 5/10s, burst: 7, size: 1KiB, mood: cross, inner: brief}");
}

TEST_CASE("a secret is read from a file that only its owner can read, or from the environment, and is never printed") {
  const gatehouse::testing::TemporaryFolder folder;
  const auto path = folder.file("secret");
  const auto put = [&path](std::string_view content, mode_t mode) {
    std::ofstream(path, std::ios::trunc) << content;
    REQUIRE(::chmod(path.c_str(), mode) == 0);
  };
  put("hunter2\n", 0600);
  const Node by_file = map_node({{"file", word(path)}});
  {
    Reader reader({});
    SecretReference reference;
    CHECK(secret().read(reader, by_file, reference));
    CHECK(reference.secret.reveal() == "hunter2");
    CHECK_FALSE(secret().print(reference).contains("hunter2"));
  }
  put("hunter2\n", 0640);
  CHECK(complaint(secret(), by_file).contains("by others than its owner"));
  put("", 0600);
  CHECK(complaint(secret(), by_file).contains("is empty"));
  CHECK(complaint(secret(), map_node({{"file", word(folder.file("nothing"))}})).contains("cannot be read"));
  CHECK(complaint(secret(), map_node({{"file", word(folder.path())}})).contains("is not a file"));

  const Surroundings surroundings{.file = {}, .folder = {}, .environment = [](const std::string& name) {
                                    return name == "TOKEN" ? std::optional<std::string>("s3cret") : std::nullopt;
                                  }};
  Reader reader(surroundings);
  SecretReference reference;
  CHECK(secret().read(reader, map_node({{"env", word("TOKEN")}}), reference));
  CHECK(reference.secret.reveal() == "s3cret");
  CHECK_FALSE(secret().read(reader, map_node({{"env", word("OTHER")}}), reference));
  CHECK(reader.problems().back().what == "the environment variable OTHER is not set");
}

TEST_CASE("a secret written into the document is refused without being repeated") {
  const auto what = complaint(secret(), "hunter2");
  CHECK(what.contains("name the file or the environment variable"));
  CHECK_FALSE(what.contains("hunter2"));
  CHECK(complaint(secret(), map_node({})) == "needs either 'file' or 'env'");
}

TEST_CASE("a rule over several settings is asked although another one is wrong, and not when one of its own is") {
  const auto said = [](std::vector<std::pair<std::string, Node>> entries) {
    std::string out;
    for (const auto& problem : read_outer(map_node(std::move(entries))).problems) out += problem.path + ": " + problem.what + "\n";
    return out;
  };
  const auto *bad_luck = "brings bad luck", *no_size = "needs a size";
  CHECK(said({{"rate", word("rubbish")}, {"burst", word("13")}}).contains(bad_luck));
  CHECK(said({{"burst", word("13")}}).contains(bad_luck));  // without the rate, which is required
  CHECK(said({{"rate", word("1/s")}, {"bogus", word("1")}, {"burst", word("13")}}).contains(bad_luck));
  CHECK_FALSE(said({{"rate", word("1/s")}, {"burst", word("thirteen")}}).contains(bad_luck));
  CHECK(said({{"rate", word("rubbish")}, {"mood", word("cross")}}).contains(no_size));
  CHECK_FALSE(said({{"rate", word("1/s")}, {"mood", word("cross")}, {"size", word("rubbish")}}).contains(no_size));  // it is there
  CHECK_FALSE(said({{"rate", word("1/s")}, {"mood", word("cross")}, {"sise", word("1MiB")}}).contains(no_size));     // it is meant
  CHECK_FALSE(said({{"rate", word("1/s")}, {"mood", word("crosss")}}).contains(no_size));
}

TEST_CASE("a required setting that is misspelt is not missing, too") {
  const auto read = read_outer(map_node({{"rat", word("1/s")}}));
  REQUIRE(read.problems.size() == 1);
  CHECK(read.problems.front().nearest == "rate");
  CHECK(read_outer(map_node({{"bogus", word("1")}})).problems.back().what == "is missing and has no default");
}

TEST_CASE("a value in another's form is refused with its own form, which is right") {
  const auto meant = [](const auto& type, const Node& node) {
    Reader reader({.file = {}, .folder = {}, .environment = {}});
    typename std::remove_cvref_t<decltype(type)>::Value value{};
    REQUIRE_FALSE(type.read(reader, node, value));
    const auto nearest = reader.problems().front().nearest;
    if (!nearest.empty() && nearest.front() != '[' && node.kind == Node::Kind::scalar) CHECK(type.read(reader, word(nearest), value));
    return nearest;
  };
  const auto duration_meant = [&](const char* text) { return meant(duration(1ms, 24h * 60), word(text)); };
  CHECK(duration_meant("30 seconds") == "30s");
  CHECK(duration_meant("2 min") == "2m");
  CHECK(duration_meant("1.5s") == "1500ms");
  CHECK(duration_meant("1.5h") == "90m");
  CHECK(duration_meant("2w") == "14d");
  CHECK(duration_meant("90 days").empty());  // out of range, in whatever form
  CHECK(duration_meant("soon").empty());
  CHECK(meant(byte_size(1, 1ULL << 40), word("10MB")) == "10MiB");
  CHECK(meant(byte_size(1, 1ULL << 40), word("64 k")) == "64KiB");
  for (const auto* text : {"10r/s", "10 per second", "10rps", "10 rps", "10 requests per second", "10/sec"})
    CHECK(meant(rate(), word(text)) == "10/s");
  CHECK(meant(rate(), word("600 requests/minute")) == "600/m");
  CHECK(meant(rate(), word("fast")).empty());
  CHECK(meant(endpoint(), word(":8443")) == "127.0.0.1:8443");
  CHECK(meant(endpoint(), word("localhost:8443")) == "127.0.0.1:8443");
  CHECK(meant(endpoint(), word("*:8443")) == "0.0.0.0:8443");
  CHECK(meant(endpoint(), word("https://127.0.0.1:8443/")) == "127.0.0.1:8443");
  CHECK(meant(endpoint(), word("::1:8443")) == "[::1]:8443");
  CHECK(meant(endpoint(), word("example.org:8443")).empty());
  CHECK(complaint(endpoint(), "8443").contains("add the address, as in 127.0.0.1:8443"));
  CHECK(meant(address_block(), word("10.0.0.1/8")) == "10.0.0.0/8");
  CHECK(meant(address_block(), word("2001:db8::1/32")) == "2001:db8::/32");
  CHECK(meant(address_block(), word("10.0.0.1/33")).empty());
  CHECK(meant(host_pattern(), word("https://api.example.org:8443/x")) == "api.example.org");
  CHECK(meant(host_pattern(), word("api.example.org:8443")) == "api.example.org");
  CHECK(meant(origin(), word("127.0.0.1:3000")) == "http://127.0.0.1:3000");
  CHECK(meant(origin(), word("api.example.org/v1")) == "https://api.example.org");
  CHECK(meant(origin(), word("http://a.example/x")) == "http://a.example");
  CHECK(meant(list_of(host_name()), word("a.example")) == "[a.example]");
  CHECK(meant(list_of(host_name()), word("a b")).empty());
  CHECK(meant(boolean(), word("yes")) == "true");
  CHECK(meant(boolean(), word("Off")) == "false");
  CHECK(meant(boolean(), word("maybe")).empty());
  CHECK(meant(integer<std::uint32_t>(1, 5000), word("1_000")) == "1000");
  CHECK(meant(integer<std::uint32_t>(1, 5000), word("010")) == "10");
  CHECK(meant(integer<std::uint32_t>(1, 500), word("1,000")).empty());
  CHECK(meant(secret(), map_node({{"env", word("$ISSUER_SECRET")}})) == "ISSUER_SECRET");
}

TEST_CASE("a text that nothing replaces is not taken for what a shell would make of it") {
  CHECK(complaint(file_path(), "${HOME}/x").contains("no variable is put in here"));
  CHECK(complaint(state_path(), "~/x").contains("only a shell reads"));
  CHECK(complaint(file_path(), "a$b~c").empty());
  CHECK(complaint(text(), "${ISSUER}").contains("no variable is put in here"));
  CHECK(complaint(text(), "costs $5").empty());
  CHECK(complaint(text(), "\u201cgate\u201d").contains("typographic quotation mark"));
  CHECK(complaint(text(), "gate \u201cone\u201d").empty());
}

TEST_CASE("a name that holds another, or is held by it, is near to it if it is the only one") {
  const std::vector<std::string> names{"jwks", "secret", "connect_timeout", "idle_timeout", "api_key"};
  CHECK(nearest_name("jwks_uri", names) == "jwks");
  CHECK(nearest_name("key", names) == "api_key");
  CHECK(nearest_name("timeout", names).empty());
  CHECK(nearest_name("x", names).empty());
}

TEST_CASE("problems of a rubbish document are bounded") {
  std::vector<std::pair<std::string, Node>> entries;
  for (int i = 0; i < 1000; ++i) entries.emplace_back("unknown" + std::to_string(i), word("1"));
  CHECK(read_outer(map_node(std::move(entries))).problems.size() == Reader::problems_max);
}

TEST_CASE("what of a block was right is there beside what was wrong, each item of a list at its index") {
  Reader reader({.file = {}, .folder = {}, .environment = {}});
  Outer outer;
  const auto node = map_node({{"rate", word("rubbish")},
                              {"burst", word("7")},
                              {"inner", map_node({{"hosts", list_node({word("a.example"), word("a b"), word("c.example")})}})},
                              {"named", map_node({{"a", map_node({{"wait", word("0s")}})}, {"b", map_node({{"wait", word("5s")}})}})}});
  CHECK_FALSE(outer_type().read(reader, node, outer));
  CHECK(outer.burst == 7);
  REQUIRE(outer.inner.hosts.size() == 3);
  CHECK(outer.inner.hosts[2] == "c.example");
  CHECK(outer.named.at("b").wait == 5s);
  for (const auto* path : {"rate", "inner", "inner.hosts", "inner.hosts[1]", "inner.hosts[1].x", "named.a", "named.a.wait"}) {
    CAPTURE(path);
    CHECK(reader.broken(path));
  }
  for (const auto* path : {"burst", "inner.hosts[0]", "inner.hosts[10]", "inner.wait", "named.b", "rat", "rates"}) {
    CAPTURE(path);
    CHECK_FALSE(reader.broken(path));
  }
}

TEST_CASE("the example of a setting is found by its path") {
  const auto type = outer_type();
  CHECK(example_at(*type.erased(), "rate") == "rate: 10/s");
  CHECK(example_at(*type.erased(), "inner.hosts[3]") == "hosts: [a.example]");
  CHECK(example_at(*type.erased(), "named.some-name.wait") == "wait: 30s");
  CHECK(example_at(*type.erased(), "inner.unknown.deeper") == "inner: { wait: 5s }");
  CHECK(example_at(*type.erased(), "unknown").empty());
  CHECK(example_at(*type.erased(), "").empty());
  CHECK(example_at(*type.erased(), "rate[").size() > 0);
}
