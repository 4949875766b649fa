// The file of the audit log: appended to, put aside when it is large or old, and the ones put aside deleted by count of bytes and age.
//
//   audit.jsonl                      the one being written, mode 0640
//   audit.jsonl.20260131T090000Z     put aside at that time; a second one in the same second ends in -1
//
// Only names of exactly this form are ever deleted. A path that is no regular file (a FIFO, a terminal) is written to and never renamed.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "ground/base/result.hpp"
#include "ground/base/time.hpp"

namespace gatehouse::audit {

struct LogFileOptions {
  std::string path;
  std::uint64_t rotate_bytes = 64ULL * 1024 * 1024;
  Duration rotate_age = std::chrono::hours(24);
  std::uint64_t keep_bytes = 1024ULL * 1024 * 1024;  ///< of the files put aside, together
  Duration keep_age = std::chrono::hours(24 * 30);
};

class LogFile {
 public:
  /// Opens to append, makes the file if there is none, and applies the retention.
  [[nodiscard]] static Result<LogFile> open(LogFileOptions options, Instant now);
  LogFile(LogFile&& other) noexcept;
  LogFile& operator=(LogFile&&) = delete;
  ~LogFile();

  /// Appends as much of `data` as goes: the bytes written, zero if a pipe is full. The file is put aside first if `data`, which must then
  /// begin a line, would make it too large, or if it is too old. Blocks as long as the disk does: for the writer thread only.
  [[nodiscard]] Result<std::size_t> append(std::string_view data, bool begins_line, Instant now);
  /// What time alone asks for, also where nothing is appended: puts aside the file that is too old, deletes the ones that are. The last line is whole.
  [[nodiscard]] Result<> tend(Instant now);
  /// Whether files may be deleted for their age; true at first. False while the clock is in doubt (ClockTrust).
  void trust_age(bool trusted) noexcept { age_trusted_ = trusted; }
  /// Puts what was appended on stable storage (fdatasync), if anything was.
  [[nodiscard]] Result<> sync();
  /// Opens the path anew, for example after another program renamed the file. On an error the old one goes on being used.
  [[nodiscard]] Result<> reopen(Instant now);
  [[nodiscard]] std::uint64_t rotations() const noexcept { return rotations_; }

 private:
  explicit LogFile(LogFileOptions options) : options_(std::move(options)) {}
  [[nodiscard]] Result<> rotate(Instant now);
  void retain(Instant now) const;

  LogFileOptions options_;
  int file_ = -1;
  bool regular_ = false, unsynced_ = false, age_trusted_ = true;
  std::uint64_t size_ = 0, rotations_ = 0;
  Instant born_{}, rotate_again_{};
};

}  // namespace gatehouse::audit
