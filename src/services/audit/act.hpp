// An administrative act: what somebody did to the gate itself (made a key, took a token back, had the configuration read again), as one line of the audit
// log. Acts are rare and nobody's request waits for one, hence plain texts and no arena. The fields have no place for a secret, and what looks like one
// inside a text is masked when it is written.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ground/base/result.hpp"
#include "ground/base/time.hpp"
#include "services/audit/log_file.hpp"

namespace gatehouse::audit {

/// How the act came about.
enum class Way : std::uint8_t {
  socket,  ///< the admin socket of the running gate
  store,   ///< the command line on the store itself, because no gate ran
  signal,  ///< a signal to the process
  gate,    ///< the gate itself, on its start
};
[[nodiscard]] std::string_view to_text(Way way) noexcept;

enum class ActOutcome : std::uint8_t {
  done,
  refused,  ///< it was wrong, not allowed or in conflict with what is: nothing has changed
  failed,   ///< it could not be done, or not whole: `error` says what holds now
};
[[nodiscard]] std::string_view to_text(ActOutcome outcome) noexcept;
/// Whose fault the error is: the asker's is a refusal.
[[nodiscard]] ActOutcome outcome_of(Fault fault) noexcept;

/// Who did it, as far as the kernel tells.
struct Actor {
  std::optional<std::uint32_t> user;    ///< uid
  std::optional<std::int32_t> process;  ///< pid
  std::string name{};                   ///< of the user, if this machine knows one
};

struct Act {
  static constexpr std::size_t about_max = 10;

  Instant time{};
  std::string what;  ///< e.g. "keys.revoke"
  ActOutcome outcome = ActOutcome::done;
  Way way = Way::gate;
  Actor who{};
  /// What it was about, at most about_max: names that we choose ("key", "subject"), values that anybody chose.
  std::vector<std::pair<std::string_view, std::string>> about{};
  std::string error{};  ///< why not
};

/// Writes the line with its newline; `room` has at least line_bytes_max (json_line.hpp) bytes. The number of bytes written.
///   {"time":"2026-01-31T09:00:00.000000Z","event":"act","act":"keys.revoke","outcome":"done","way":"socket","uid":0,"pid":4711,"user":"root","key":...}
/// Fields without content are left out; long texts end in an ellipsis.
[[nodiscard]] std::size_t write_act_line(const Act& act, std::span<char> room) noexcept;

/// The log for who acts while no gate runs and holds the data directory meanwhile, so that nobody else writes: the same file, put aside and deleted by the
/// same rules. Blocks as long as the disk does.
class ActLog {
 public:
  /// As LogFile::open(): a log that cannot be opened is known before the act.
  [[nodiscard]] static Result<ActLog> open(LogFileOptions options, Instant now);
  /// The whole line, on stable storage when this returns.
  [[nodiscard]] Result<> write(const Act& act, Instant now);

 private:
  ActLog(LogFile file, std::string path) noexcept : file_(std::move(file)), path_(std::move(path)) {}
  LogFile file_;
  std::string path_;
};

}  // namespace gatehouse::audit
