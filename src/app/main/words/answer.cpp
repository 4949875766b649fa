#include "app/main/words/answer.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "app/main/admin/actor.hpp"
#include "app/main/admin/administration.hpp"
#include "app/main/admin/client.hpp"
#include "app/main/admin/protocol.hpp"
#include "app/main/command/progress.hpp"
#include "app/main/place/data_directory.hpp"
#include "app/main/place/opened.hpp"
#include "app/main/place/place.hpp"
#include "app/main/privileges/rights.hpp"
#include "app/main/running/decision_answer.hpp"
#include "app/main/running/issuer_answer.hpp"
#include "app/main/running/learned_answer.hpp"
#include "app/main/words/time_text.hpp"
#include "ground/json/writer.hpp"
#include "services/keys/meter.hpp"
#include "services/learning/learner.hpp"

namespace gatehouse::main {
namespace {

std::string scalar_text(const json::Value& value) {
  if (const auto text = value.string()) return printable(*text);
  return value.is_null() ? std::string("-") : json::to_json(value);
}

/// Members that are seconds since 1970 read as a date.
constexpr std::array<std::string_view, 8> time_members{"created", "expires", "revoked", "old_secret_until", "started", "loaded", "before", "until"};

std::string member_text(std::string_view name, const json::Value& value) {
  const auto seconds = value.integer();
  if (seconds && std::ranges::find(time_members, name) != time_members.end()) return to_text(Instant(std::chrono::seconds(*seconds)));
  return scalar_text(value);
}

std::string list_text(const json::Value& list) {
  std::string out;
  for (const auto item : list.elements()) out += (out.empty() ? "" : ", ") + scalar_text(item);
  return out.empty() ? std::string("-") : out;
}

using Lines = std::vector<std::pair<std::string, std::string>>;

void collect(Lines& lines, const std::string& prefix, const json::Value& object) {
  for (const auto [name, value] : object.members()) {
    const auto full = prefix + printable(name);
    if (value.is_object()) {
      collect(lines, full + ".", value);
    } else {
      lines.emplace_back(full, value.is_array() ? list_text(value) : member_text(name, value));
    }
  }
}

std::string_view admin_credential() noexcept {
  const char* const value = std::getenv("GATEHOUSE_ADMIN");  // NOLINT(concurrency-mt-unsafe): nothing here sets variables
  return value == nullptr ? std::string_view{} : std::string_view(value);
}

/// Whether keys would be made, tried on a store that is gone afterwards: a data directory is made only for keys that will be in it.
Result<> try_without_place(const config::Configuration& configuration, std::string_view what, const json::Value& arguments) {
  const SystemClock clock;
  SystemRandom random;
  const auto store = TRY(store::open_sqlite_in_memory());
  const auto keys = TRY(keys::Keys::open(*store, clock, random, keys_options(configuration)));
  const auto revocations = TRY(revocations::Revocations::open(*store, clock, random));
  Administration administration({.keys = *keys,
                                 .environment = configuration.keys.environment,
                                 .revocations = *revocations,
                                 .store = *store,
                                 .clock = clock,
                                 .fold_usage = {},
                                 .why = {},
                                 .status = {},
                                 .selftest = {},
                                 .issuers = {}});
  auto answer = TRY(administration.perform(what, arguments, this_process()));
  wipe(answer.data(), answer.size());  // a key that nobody gets
  return {};
}

/// No server answers: whoever gets the lock may use the store, and nobody else does meanwhile.
Result<std::string> ask_store(const Place& place, std::string_view what, std::string_view arguments, const std::function<void()>& begun) {
  const SystemClock clock;
  SystemRandom random;
  const auto read = TRY(configuration_of(place));
  config::Configuration none;
  none.data = place.data;
  const auto& configuration = read ? *read : none;
  const auto who = this_process();  // before it becomes the user that serves
  // Whatever is made or changed there belongs to the user that serves.
  if (!configuration.process.user.empty() && ::geteuid() == 0) CHECK_OK(give_up_rights(configuration));
  const bool makes = what == "keys.create" || what == "keys.import";  // keys may be there before the first start
  std::error_code unreadable;
  if (!makes && place.file.empty() && !std::filesystem::exists(place.data, unreadable) && !unreadable)
    return refuse(Fault::not_found, fmt::format("there is neither gatehouse.yaml nor {} here; name one with -c FILE or -d DIRECTORY", place.data));
  const auto document = TRY(json::parse(arguments, admin_request_limits));
  if (makes && !std::filesystem::exists(place.data, unreadable)) CHECK_OK(try_without_place(configuration, what, document.root()));
  auto held = TRY(makes ? DataDirectory::hold(place.data) : DataDirectory::hold_existing(place.data));
  const auto opened = TRY(open_store(std::move(held), keys_options(configuration), clock, random));
  // Opened before the act: what could not be put on record is not done.
  std::optional<audit::ActLog> log;
  if (Administration::changes(what)) log.emplace(TRY(audit::ActLog::open(log_file_options(configuration), clock.now())));
  const auto record = [&](audit::Act act) {
    act.time = clock.now();
    act.way = audit::Way::store;
    if (const auto written = log->write(act, act.time); !written)
      std::fprintf(stderr, "gatehouse: this %s not on record: %s\n", act.outcome == audit::ActOutcome::done ? "was done and is" : "is",
                   to_text(written.error()).c_str());
  };
  const auto why = [&](std::string_view id) -> Result<std::string> {
    const auto decisions = TRY(audit::Decisions::read(opened.data.file("decisions")));
    return decision_answer(decisions, id);
  };
  const auto fold = [&]() -> Result<> { return TRY(keys::Meter::open(*opened.store, random, {.folder = opened.data.path()}))->fold(); };
  if (begun) begun();
  return Administration({.keys = *opened.keys,
                         .environment = configuration.keys.environment,
                         .revocations = *opened.revocations,
                         .store = *opened.store,
                         .clock = clock,
                         .fold_usage = fold,
                         .why = why,
                         .status = {},
                         .selftest = {},
                         .issuers = [&configuration] { return trusted_issuers(configuration); },
                         .record = record,
                         .learned = [&opened] { return read_learned(opened.data.file("learned.json")); },
                         .forget_learned = [&opened] { return learning::Learner(opened.data.file("learned.json")).forget(); }})
      .perform(what, document.root(), who);
}

}  // namespace

Result<std::string> ask(const Arguments& given, std::string_view what, std::string_view arguments, const std::function<void()>& begun) {
  const auto place = TRY(find_place(given));
  auto answer = TRY(ask_server(place.socket, what, arguments, admin_credential(), place.server, begun));
  return answer ? std::move(*answer) : ask_store(place, what, arguments, begun);
}

ExitCode ask_and_show(const Arguments& given, Terminal& terminal, std::string_view what, std::string_view arguments, const Show& show,
                      std::string_view doing) {
  Progress progress(doing.empty() ? nullptr : terminal.for_progress(), std::string(doing));
  const auto answer = ask(given, what, arguments, [&] { progress.begin(); });
  progress.end();
  if (!answer) return terminal.fail(answer.error());
  if (terminal.json) {
    terminal.line(*answer);
    return ExitCode::done;
  }
  const auto document = json::parse(*answer, admin_limits);
  if (!document) return terminal.fail(document.error());
  terminal.print(show(document->root(), terminal));
  return ExitCode::done;
}

std::string show_object(const json::Value& object, const Terminal& terminal) {
  Lines lines;
  collect(lines, {}, object);
  std::size_t width = 0;
  for (const auto& [name, value] : lines) width = std::max(width, name.size());
  std::string out;
  for (const auto& [name, value] : lines) out += fmt::format("{}{}  {}\n", terminal.bold(name), std::string(width - name.size(), ' '), value);
  return out;
}

}  // namespace gatehouse::main
