#include "services/audit/act.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "ground/base/assert.hpp"
#include "services/audit/json_line.hpp"

namespace gatehouse::audit {

namespace {

// Bounds of what a text may take in the line, escapes included. Together with the fixed parts they stay under line_bytes_max.
namespace act_room {
constexpr std::size_t name = 32, value = 256, user = 64, error = 640;
constexpr std::size_t fixed = 320;  // all keys, quotes, commas, time, numbers
static_assert(fixed + name + user + error + Act::about_max * (name + value) <= line_bytes_max);
}  // namespace act_room

class ActWriter {
 public:
  explicit ActWriter(char* at) noexcept : at_(at) {}
  void raw(std::string_view text) noexcept { at_ = std::ranges::copy(text, at_).out; }
  void time(Instant time) noexcept { at_ = write_timestamp(time, at_); }
  /// `,"name":"value"`; nothing if there is no value.
  void text(std::string_view name, std::string_view value, std::size_t room) noexcept {
    if (value.empty()) return;
    GH_ASSERT(name.size() <= act_room::name - 6);
    raw(",\""), raw(name), raw("\":\"");
    at_ = write_escaped(value, at_, at_ + room);
    raw("\"");
  }
  void number(std::string_view name, std::optional<std::int64_t> value) noexcept {
    if (!value) return;
    raw(",\""), raw(name), raw("\":");
    at_ = std::to_chars(at_, at_ + 20, *value).ptr;
  }
  [[nodiscard]] char* at() const noexcept { return at_; }

 private:
  char* at_;
};

}  // namespace

std::string_view to_text(Way way) noexcept {
  switch (way) {
    case Way::socket: return "socket";
    case Way::store: return "store";
    case Way::signal: return "signal";
    case Way::gate: return "gate";
  }
  return "gate";
}

std::string_view to_text(ActOutcome outcome) noexcept {
  switch (outcome) {
    case ActOutcome::done: return "done";
    case ActOutcome::refused: return "refused";
    case ActOutcome::failed: return "failed";
  }
  return "failed";
}

ActOutcome outcome_of(Fault fault) noexcept {
  switch (fault) {
    case Fault::invalid:
    case Fault::unauthenticated:
    case Fault::forbidden:
    case Fault::not_found:
    case Fault::conflict:
    case Fault::exhausted: return ActOutcome::refused;
    case Fault::unavailable:
    case Fault::internal: return ActOutcome::failed;
  }
  return ActOutcome::failed;
}

std::size_t write_act_line(const Act& act, std::span<char> room) noexcept {
  GH_ASSERT(room.size() >= line_bytes_max && act.about.size() <= Act::about_max);
  ActWriter line(room.data());
  line.raw(R"({"time":")"), line.time(act.time);
  line.raw(R"(","event":"act")");
  line.text("act", act.what, act_room::name);
  line.text("outcome", to_text(act.outcome), act_room::name);
  line.text("way", to_text(act.way), act_room::name);
  line.number("uid", act.who.user);
  line.number("pid", act.who.process);
  line.text("user", act.who.name, act_room::user);
  for (const auto& [name, value] : act.about) line.text(name, value, act_room::value);
  line.text("error", act.error, act_room::error);
  line.raw("}\n");
  return static_cast<std::size_t>(line.at() - room.data());
}

Result<ActLog> ActLog::open(LogFileOptions options, Instant now) {
  auto path = options.path;
  auto file = TRY(LogFile::open(std::move(options), now));
  return ActLog(std::move(file), std::move(path));
}

Result<> ActLog::write(const Act& act, Instant now) {
  std::array<char, line_bytes_max> room;
  std::string_view rest(room.data(), write_act_line(act, room));
  for (bool begins = true; !rest.empty(); begins = false) {
    const auto written = TRY(file_.append(rest, begins, now));
    if (written == 0) return fail(Fault::unavailable, "cannot write the audit log " + path_ + ": its reader does not keep up");
    rest.remove_prefix(written);
  }
  if (const auto aside = file_.take_aside()) CHECK_OK(aside->sync(::fdatasync));
  CHECK_OK(file_.current()->sync(::fdatasync));
  if (const auto retention = file_.take_retention()) retention->apply();
  return {};
}

}  // namespace gatehouse::audit
