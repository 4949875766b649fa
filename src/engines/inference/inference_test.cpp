// What is learned of traffic, and that neither its order nor where it was split shows.
#include <doctest/doctest.h>

#include <algorithm>

#include "engines/inference/comparison.hpp"
#include "engines/inference/endpoints.hpp"
#include "engines/inference/proposal.hpp"
#include "engines/inference/recording.hpp"
#include "engines/inference/schema_text.hpp"
#include "engines/inference/testing.hpp"
#include "ground/base/random.hpp"

using namespace gatehouse;
using namespace gatehouse::inference;

namespace {
Sighting seen_get(std::string path, std::string answer = {}, std::uint64_t caller = 1) {
  Sighting sighting;
  sighting.time = Instant{1'760'000'000s};
  sighting.method = "GET";
  const auto mark = path.find('?');
  if (mark != path.npos) sighting.query = path.substr(mark + 1);
  sighting.path = path.substr(0, mark);
  sighting.status = answer.empty() ? 204 : 200;
  if (!answer.empty()) sighting.answer = {Content::Body::whole, "application/json", std::move(answer)};
  sighting.caller = caller;
  return sighting;
}

Sighting seen_post(std::string path, std::string body, std::string media = "application/json") {
  auto sighting = seen_get(std::move(path));
  sighting.method = "POST";
  sighting.status = 201;
  sighting.request = {Content::Body::whole, std::move(media), std::move(body)};
  return sighting;
}

Learned learned_of(const std::vector<Sighting>& all) {
  Learned learned;
  for (const auto& each : all) CHECK(learned.take(each) == Taken::taken);
  return learned;
}

std::vector<std::string> paths_of(const Learned& learned) {
  std::vector<std::string> paths;
  for (const auto& endpoint : endpoints_of(learned)) paths.push_back(endpoint.method + ' ' + endpoint.path());
  return paths;
}

using Paths = std::vector<std::string>;

/// Traffic of every kind that is told apart, with more words than are kept as words.
std::vector<Sighting> mixed_traffic(SeededRandom& random, std::size_t count) {
  const auto any = [&](std::uint64_t below) {
    std::uint8_t bytes[4];
    random.fill(bytes);
    return (bytes[0] | static_cast<std::uint64_t>(bytes[1]) << 8U | static_cast<std::uint64_t>(bytes[2]) << 16U) % below;
  };
  const auto word = [&](std::uint64_t below) {
    std::string out;
    for (auto number = any(below) + 26; number > 0; number /= 26) out += static_cast<char>('a' + number % 26);
    return out;
  };
  std::vector<Sighting> all;
  for (std::size_t i = 0; i < count; ++i) {
    auto sighting = seen_get("/", {}, any(40));
    sighting.time += std::chrono::seconds(any(10'000));
    switch (any(9)) {
      case 0:
        sighting =
            seen_get("/patients/" + std::to_string(any(5000)), R"({"id":)" + std::to_string(any(5000)) + R"(,"ward":")" + word(5) + "\"}", any(40));
        break;
      case 1:
        sighting = seen_get("/users/" + word(400), R"({"login":")" + word(400) + R"(","tags":[)" + (any(2) == 0 ? "" : "1,2.5,null") + "]}");
        break;
      case 2: sighting = seen_get("/words/" + word(600)); break;
      case 3: sighting = seen_get("/search?q=" + word(9) + (any(2) == 0 ? "&page=" + std::to_string(any(70)) : "&tag=a&tag=b")); break;
      case 4:
        sighting = seen_post("/patients", R"({"name":"x","extra":{")" + word(300) + R"(":{"a":1}},"n":)" + (any(2) == 0 ? "null" : "-7.5e3") + "}");
        break;
      case 5: sighting = seen_post("/login", "name=" + word(90) + "&agree=true", "application/x-www-form-urlencoded"); break;
      case 6: sighting = seen_post("/files", "x", "image/" + word(20)); break;
      case 7: sighting = seen_get("/patients/999", R"({"error":"no"})"), sighting.status = 404; break;
      case 8: sighting = seen_get("/reports/2026-0" + std::to_string(1 + any(9)) + "-01/lines/", R"([[{"deep":[[[[[[[[[1]]]]]]]]]}]])"); break;
    }
    all.push_back(std::move(sighting));
  }
  return all;
}
}  // namespace

TEST_CASE("segments that are values become parameters; words of the API stay what they are") {
  const auto learned =
      learned_of({seen_get("/patients/1"), seen_get("/patients/22"), seen_get("/patients/export"), seen_get("/v1/orders/P10023/lines"),
                  seen_get("/files/123e4567-e89b-12d3-a456-426614174000"), seen_get("/days/2026-02-28"), seen_get("/"),
                  seen_get("/blobs/9f86d081884c7d659a2feaa0c55ad015"), seen_get("/mails/a.b%40example.org")});
  CHECK(paths_of(learned) == Paths{"GET /", "GET /blobs/{blobId}", "GET /days/{dayId}", "GET /files/{fileId}", "GET /mails/{mailId}",
                                   "GET /patients/export", "GET /patients/{patientId}", "GET /v1/orders/{orderId}/lines"});
}

TEST_CASE("words beside each other that are answered alike are values; those that are not stay words") {
  std::vector<Sighting> all;
  for (const std::string_view name : {"anna", "bert", "carla", "dora", "emil", "frida", "gustav", "hanna"})
    all.push_back(seen_get("/users/" + std::string(name), R"({"login":"x","joined":"2020-01-01"})"));
  for (const std::string_view name : {"colours", "sizes", "brands", "shops", "offers", "prices", "carts", "themes", "about"})
    all.push_back(seen_get('/' + std::string(name), R"({")" + std::string(name) + R"(":[]})"));
  all.push_back(seen_get("/users/search", R"({"found":[]})"));
  const auto paths = paths_of(learned_of(all));
  CHECK(std::ranges::count(paths, "GET /users/{userId}") == 1);
  CHECK(std::ranges::count(paths, "GET /users/search") == 1);
  CHECK(std::ranges::count(paths, "GET /brands") == 1);
  CHECK(paths.size() == 11);
}

TEST_CASE("more words than an API has at one place are values, whichever came first") {
  std::vector<Sighting> all;
  for (int i = 0; i < 300; ++i) {
    std::string word = "w";
    for (int number = i + 1; number > 0; number /= 26) word += static_cast<char>('a' + number % 26);
    all.push_back(seen_get("/dictionary/" + word + "/use"));
  }
  CHECK(paths_of(learned_of(all)) == Paths{"GET /dictionary/{dictionaryId}/use"});
  std::ranges::reverse(all);
  CHECK(paths_of(learned_of(all)) == Paths{"GET /dictionary/{dictionaryId}/use"});
}

TEST_CASE("any order of the same traffic, split anywhere, gives the same document and the same record") {
  SeededRandom random(7);
  auto all = mixed_traffic(random, 1500);
  const auto once = learned_of(all);
  const auto document = propose(once).yaml;
  CHECK(document.size() > 3000);
  for (int round = 0; round < 4; ++round) {
    for (std::size_t i = all.size(); i > 1; --i) {
      std::uint8_t bytes[4];
      random.fill(bytes);
      std::swap(all[i - 1], all[(bytes[0] | static_cast<unsigned>(bytes[1]) << 8U) % i]);
    }
    CHECK(propose(learned_of(all)).yaml == document);
    CHECK(Recording::write(learned_of(all)) == Recording::write(once));
    std::vector<Learned> parts(5);
    for (std::size_t i = 0; i < all.size(); ++i) CHECK(parts[i % 5].take(all[i]) == Taken::taken);
    auto left = parts[0], right = parts[3];
    left.merge(parts[1]);
    right.merge(parts[4]);
    right.merge(parts[2]);
    right.merge(left);
    CHECK(Recording::write(right) == Recording::write(once));
  }
}

TEST_CASE("what is kept in a file is read back to the same, and what is none is refused") {
  SeededRandom random(8);
  const auto learned = learned_of(mixed_traffic(random, 400));
  const auto text = Recording::write(learned);
  const auto read = Recording::read(text);
  REQUIRE(read);
  CHECK(Recording::write(*read) == text);
  auto without = learned;
  CHECK(propose(*read).operations == propose(without).operations);
  CHECK(Recording::read(Recording::write(Learned{})));
  for (const std::string_view bad : {"", "{}", "[]", R"({"version":2})", R"({"version":1,"counts":[0,0,0,0,0],"nodes":[{"path":[7]}]})",
                                     R"({"version":1,"counts":[0,0,0,0,0],"nodes":[{"path":[],"values":{"seen":-1}}]})"})
    CHECK_FALSE(Recording::read(bad));
  for (std::size_t cut = 1; cut < text.size(); cut += text.size() / 50) CHECK_FALSE(Recording::read(std::string_view(text).substr(0, cut)));
}

TEST_CASE("what the API refuses or breaks at teaches no path; what its refusals look like is learned once for all") {
  Learned learned;
  auto probe = seen_get("/wp-admin/setup?cmd=id", R"({"error":"not found"})");
  probe.status = 404;
  CHECK(learned.take(probe) == Taken::taken);
  auto broken = seen_get("/patients/1", R"({"trace":"at line 7"})");
  broken.status = 500;
  CHECK(learned.take(broken) == Taken::no_teacher);
  auto moved = seen_get("/old");
  moved.status = 302;
  CHECK(learned.take(moved) == Taken::taken);
  CHECK(paths_of(learned).empty());
  CHECK(learned.take(seen_get("/patients/1", R"({"id":1})")) == Taken::taken);
  const auto yaml = propose(learned).yaml;
  CHECK(yaml.contains("\"#/components/responses/Status404\""));
  CHECK(yaml.contains("Status302:"));
  for (const std::string_view none : {"wp-admin", "cmd", "trace", "500"}) CHECK_FALSE(yaml.contains(none));
}

TEST_CASE("no value is kept: not in the document, not in the record") {
  std::vector<Sighting> all;
  const std::string person =
      R"({"name":"Testina","mail":"testina@example.org","token":"sk_live_abcdef","pin":"zebra","note":"has a rash","amount":48217.5,)"
      R"("by":{"testina@example.org":{"ok":true},"4711":{"ok":true}},"when":"2026-02-28"})";
  for (std::uint64_t i = 0; i < 200; ++i) {
    auto sighting = seen_post("/people/testina%40example.org?mail=testina%40example.org&secret=zebra&since=2026-02-28", person);
    sighting.caller = i;
    all.push_back(std::move(sighting));
  }
  const auto learned = learned_of(all);
  const auto both = propose(learned).yaml + Recording::write(learned);
  for (const std::string_view value : {"estina", "example.org", "sk_live", "zebra", "rash", "48217", "4711", "2026-02-28"}) {
    CAPTURE(value);
    CHECK_FALSE(both.contains(value));
  }
  for (const std::string_view shape : {"format: email", "format: date", "amount", "POST"}) CHECK(both.contains(shape));
}

TEST_CASE("few words that many callers send again and again are an enumeration; of few callers, or under a private name, they are not") {
  const auto with = [](std::string_view member, std::uint64_t callers, int times) {
    Learned learned;
    for (int i = 0; i < times; ++i)
      for (const std::string_view word : {"open", "closed", "in-work"})
        (void)learned.take(
            seen_get("/tickets", R"([{")" + std::string(member) + R"(":")" + std::string(word) + "\"}]", static_cast<std::uint64_t>(i) % callers));
    return propose(learned).yaml + Recording::write(learned);
  };
  CHECK(with("state", 5, 20).contains("enum: [closed, in-work, open]  # guess"));
  for (const auto& none : {with("state", 2, 20), with("state", 5, 4), with("password", 5, 20), with("doctor", 5, 20), with("lastName", 5, 20)}) {
    CHECK_FALSE(none.contains("enum"));
    CHECK_FALSE(none.contains("closed"));
  }
}

TEST_CASE("an object whose names vary is a map, and its names are not kept") {
  std::vector<Sighting> all;
  for (int i = 0; i < 150; ++i) {
    std::string name = "n";
    for (int number = i + 1; number > 0; number /= 26) name += static_cast<char>('a' + number % 26);
    all.push_back(seen_get("/scores", R"({"byPlayer":{")" + name + R"(":3},"byDay":{"2026-01-)" + std::to_string(10 + i % 20) + R"(":true}})"));
  }
  const auto yaml = propose(learned_of(all)).yaml;
  CHECK(yaml.contains("additionalProperties:  # names that vary"));
  CHECK_FALSE(yaml.contains("nb:"));
  CHECK_FALSE(yaml.contains("2026-01"));
}

TEST_CASE("types, required members, nulls and bounds are those of all values together") {
  const auto yaml = propose(learned_of({seen_post("/x?page=1&all=true", R"({"a":1,"b":null,"c":[1.5],"d":[]})"),
                                        seen_post("/x?page=22", R"({"a":-40,"b":"text","c":[2]})")}))
                        .yaml;
  for (const std::string_view line : {"required: [a, b, c]", "type: [string, \"null\"]", "minimum: -1000", "items: {}  # it was always empty",
                                      "type: boolean", "additionalProperties: false", "type: number"})
    CHECK(yaml.contains(line));
  CHECK(yaml.contains("- name: page\n          in: query\n          required: true\n"));
  CHECK(yaml.contains("- name: all\n          in: query\n          required: false\n"));
}

TEST_CASE("what no document can say, or nobody could read, is not taken and leaves nothing behind") {
  Learned learned;
  auto purge = seen_get("/x");
  purge.method = "PURGE";
  CHECK(learned.take(purge) == Taken::undescribable);
  CHECK(learned.take(seen_get("/a%2Fb")) == Taken::undescribable);
  CHECK(learned.take(seen_get("/x?testina@example.org=1")) == Taken::undescribable);
  CHECK(learned.take(seen_get("/x?a=%FF")) == Taken::unreadable);
  CHECK(learned.take(seen_post("/x", "{")) == Taken::unreadable);
  CHECK(learned.take(seen_post("/x", R"({"a":1,"a":2})")) == Taken::unreadable);
  CHECK(learned.take(seen_post("/x", "x", "no media type")) == Taken::undescribable);
  for (const std::string_view media :
       {R"(multipart/form-data; boundary="a\"b")", "multipart/form-data; boundary*=utf-8''x", "multipart/form-data; boundary=x; other=y",
        "application/json; charset=utf-7", "x-text/csv", "*/*", "application/x-www-form-urlencoded; charset=iso-8859-1"})
    CHECK(learned.take(seen_post("/x", R"({"a":"%C3"})", std::string(media))) == Taken::undescribable);
  CHECK(learned.root() == PathNode{});
  CHECK_FALSE(learned.since());
  CHECK(learned.take(seen_post("/x", "{}")) == Taken::taken);
  CHECK(learned.take(seen_post("/x", "{}", "application/json; charset=utf-8")) == Taken::taken);
}

TEST_CASE("when there is no room nothing more is taken, and that is counted") {
  Learned learned;
  auto full = Taken::taken;
  for (int i = 0; i < 3000 && full == Taken::taken; ++i) {
    std::string body = "{";
    for (int member = 0; member < 90; ++member) {
      std::string name = "m";
      for (int number = member + 1; number > 0; number /= 26) name += static_cast<char>('a' + number % 26);
      body += (member == 0 ? "\"" : ",\"") + name + "\":{\"a\":1,\"b\":2}";
    }
    std::string path = "/p";
    for (int number = i + 1; number > 0; number /= 26) path += static_cast<char>('a' + number % 26);
    full = learned.take(seen_post("/r" + path.substr(1, 2) + path, body + '}'));
  }
  CHECK(full == Taken::full);
  CHECK(learned.count(Taken::full) == 1);
  CHECK(learned.size() < 3 * Learned::shapes_max);
}

TEST_CASE("what is called and not described, and what is described and was never called") {
  const auto learned = learned_of({seen_get("/patients/1"), seen_get("/patients/export"), seen_get("/debug/vars"), seen_get("/2026/reports")});
  const std::vector<Described> described{{"GET", {"patients", std::nullopt}, "/patients/{id}"},
                                         {"POST", {"patients"}, "/patients"},
                                         {"GET", {"2026", "reports"}, "/2026/reports"},
                                         {"GET", {"debug"}, "/debug"}};
  const auto difference = compare(learned, described);
  REQUIRE(difference.shadow.size() == 1);
  CHECK(difference.shadow[0].path() == "/debug/vars");
  REQUIRE(difference.zombie.size() == 2);
  CHECK(difference.zombie[0].shown == "/patients");
  CHECK(difference.zombie[1].shown == "/debug");
}

TEST_CASE("what is proposed compiles, and every exchange that was learned from keeps it, whatever else was learned") {
  for (std::uint64_t seed = 0; seed < 6; ++seed) {
    SeededRandom random(seed);
    const auto all = mixed_traffic(random, 30U << seed);
    const Enforced enforced(propose(learned_of(all)).yaml);
    REQUIRE(enforced.faults() == "");
    for (const auto& each : all)
      if (each.status / 100 == 2) CHECK(enforced.refuses(each) == "");
  }
}

TEST_CASE("what was never seen does not keep what is proposed") {
  const Enforced enforced(propose(learned_of({seen_post("/patients?page=1", R"({"name":"x","born":"1980-02-29"})"), seen_get("/patients/7")})).yaml);
  REQUIRE(enforced.faults() == "");
  CHECK(enforced.refuses(seen_post("/patients?page=2", R"({"name":"y","born":"1990-01-01"})")) == "");
  CHECK(enforced.refuses(seen_get("/patients/8")) == "");
  for (const auto& wrong :
       {seen_post("/patients?page=x", R"({"name":"x","born":"1980-02-29"})"), seen_post("/patients?page=1", R"({"name":"x"})"),
        seen_post("/patients?page=1", R"({"name":"x","born":"1980-02-29","admin":true})"),
        seen_post("/patients?page=1", R"({"name":"x","born":"1980-02-31"})"), seen_post("/patients", R"({"name":"x","born":"1980-02-29"})"),
        seen_post("/patients?page=1&debug=1", R"({"name":"x","born":"1980-02-29"})"), seen_post("/patients?page=1", "<x/>", "text/xml"),
        seen_get("/patients/x"), seen_get("/patients"), seen_get("/patients/7", "{}")})
    CHECK(enforced.refuses(wrong) != "");
}
