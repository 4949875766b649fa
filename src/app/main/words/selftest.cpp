#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "app/main/words/answer.hpp"
#include "app/main/words/selftest_case.hpp"
#include "app/main/words/words.hpp"
#include "engines/outbound/raw_exchange.hpp"
#include "ground/json/writer.hpp"

namespace gatehouse::main {
namespace {

Result<json::Document> ask_document(const Arguments& given, std::string_view what, std::string_view arguments) {
  const auto answer = TRY(ask(given, what, arguments));
  return json::parse(answer);
}

/// A key that is made for the test and revoked with it, whatever happens in between.
class TestKey {
 public:
  static Result<TestKey> create(const Arguments& given, const json::Value& route) {
    std::string request;
    json::Writer writer(request);
    writer.begin_object().member("name", "selftest").key("scopes");
    const auto scopes = route.get("scopes");
    if (scopes) writer.value(*scopes);
    else writer.begin_array().end();
    writer.member("expires", unix_seconds(SystemClock().now() + 10min)).end();
    const auto made = TRY(ask_document(given, "keys.create", request));
    const auto key = made.root().get("key");
    if (!key) return fail(Fault::internal, "the server made no key");
    return TestKey(given, std::string(made.root().string("secret").value_or("")), std::string(key->string("id").value_or("")));
  }
  TestKey(TestKey&& other) noexcept : given_(other.given_), secret_(std::move(other.secret_)), id_(std::exchange(other.id_, {})) {}
  TestKey& operator=(TestKey&&) = delete;
  ~TestKey() { std::ignore = revoke(); }

  Result<> revoke() {
    if (id_.empty()) return {};
    std::string request;
    json::Writer(request).begin_object().member("id", std::exchange(id_, {})).end();
    const auto answer = ask(given_, "keys.revoke", request);
    return answer ? Result<>() : Result<>(answer.error());
  }
  [[nodiscard]] const std::string& secret() const noexcept { return secret_; }

 private:
  TestKey(const Arguments& given, std::string secret, std::string id) : given_(given), secret_(std::move(secret)), id_(std::move(id)) {}
  const Arguments& given_;
  std::string secret_, id_;
};

/// "/patients/{id}" becomes "/patients/1".
std::string path_of(std::string_view pattern) {
  std::string path;
  bool inside = false;
  for (const char c : pattern) {
    if (c == '{') path += '1';
    inside = (inside || c == '{') && c != '}';
    if (!inside && c != '}') path += c;
  }
  return path;
}

bool takes(const json::Value& route, std::string_view list, std::string_view word) {
  const auto member = route.get(list);
  if (!member) return false;
  for (const auto item : member->elements()) {
    if (item.string() == word) return true;
  }
  return false;
}

struct Chosen {
  std::optional<json::Value> route;  ///< the first that an API key opens for GET and not for DELETE
  bool every_path = false;
};

Chosen choose(const json::Value& routes) {
  Chosen chosen;
  for (const auto route : routes.elements()) {
    const auto path = route.string("path").value_or("");
    if (path.starts_with("/{") && path.ends_with("...}")) chosen.every_path = true;
    const bool host_free = !route.get("hosts") || route.get("hosts")->size() == 0;
    if (!chosen.route && host_free && takes(route, "methods", "GET") && !takes(route, "methods", "DELETE") && takes(route, "authenticate", "api_key"))
      chosen.route = route;
  }
  return chosen;
}

struct Judged {
  std::string name, wanted, got;
  bool right = false;
};

Judged judge(const SelftestCase& test, const Result<std::string>& answer) {
  Judged judged{.name = test.name, .wanted = {}, .got = {}};
  for (const int status : test.wanted) judged.wanted += (judged.wanted.empty() ? "" : " or ") + std::to_string(status);
  if (test.wanted.empty()) judged.wanted = "passes";
  if (!answer) {
    judged.got = to_text(answer.error());
    return judged;
  }
  const int status = refusal_status(*answer);
  judged.got = status < 0 ? "no answer" : status == 0 ? "passes" : std::to_string(status);
  // An upstream that is down is not a fault of the gate: 502 and 504 mean that the request was let through.
  judged.right = test.wanted.empty() ? status == 0 || status == 502 || status == 504 : std::ranges::find(test.wanted, status) != test.wanted.end();
  return judged;
}

Result<std::vector<Judged>> test_all(const Arguments& given) {
  const auto status = TRY(ask_document(given, "status", "{}"));
  const auto routes = TRY(ask_document(given, "routes", "{}"));
  const auto listed = routes.root().get("routes");
  const auto listeners = status.root().get("listeners");
  if (!listed || !listeners || listeners->size() == 0) return fail(Fault::internal, "the server does not say what it serves");
  const auto chosen = choose(*listed);
  if (!chosen.route) return refuse(Fault::not_found, "no route takes GET with an API key and not DELETE; there is nothing to test");

  const auto first = *(*listeners->elements().begin()).string();
  const auto url = settings::Url::parse(given.value("--url").value_or(first));
  if (!url) return refuse(Fault::invalid, "--url is no http:// or https:// URL");
  auto key = TRY(TestKey::create(given, *chosen.route));
  auto gone = TRY(TestKey::create(given, *chosen.route));
  CHECK_OK(gone.revoke());
  const SelftestTarget target{.host = fmt::format("{}:{}", url->host, url->port),
                              .path = path_of(*chosen.route->string("path")),
                              .key = key.secret(),
                              .revoked_key = gone.secret(),
                              .every_path = chosen.every_path};
  const outbound::RawOptions options{.ca_file = std::string(status.root().string("ca").value_or(""))};
  std::vector<Judged> all;
  for (const auto& test : selftest_cases(target)) all.push_back(judge(test, outbound::exchange_raw(*url, test.bytes, options)));
  return all;
}

std::string to_json_text(const std::vector<Judged>& all) {
  std::string out;
  json::Writer writer(out);
  writer.begin_object().key("cases").begin_array();
  for (const auto& judged : all)
    writer.begin_object().member("name", judged.name).member("wanted", judged.wanted).member("got", judged.got).member("right", judged.right).end();
  writer.end().end();
  return out;
}

}  // namespace

ExitCode run_selftest(const Arguments& arguments, Terminal& terminal) {
  const auto all = test_all(arguments);
  if (!all) return terminal.fail(all.error());
  const auto holes = std::ranges::count_if(*all, [](const Judged& judged) { return !judged.right; });
  if (terminal.json) {
    terminal.line(to_json_text(*all));
    return holes == 0 ? ExitCode::done : ExitCode::failed;
  }
  constexpr std::array<std::string_view, 4> heading{"REQUEST", "WANTED", "GOT", ""};
  std::vector<std::vector<std::string>> rows;
  for (const auto& judged : *all) rows.push_back({judged.name, judged.wanted, judged.got, judged.right ? "ok" : "WRONG"});
  terminal.print(terminal.table(heading, rows));
  terminal.line(holes == 0 ? terminal.green(fmt::format("all {} as wanted", all->size()))
                           : terminal.red(fmt::format("{} of {} not as wanted", holes, all->size())));
  return holes == 0 ? ExitCode::done : ExitCode::failed;
}

}  // namespace gatehouse::main
