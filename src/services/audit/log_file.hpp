// The file of the audit log: appended to, put aside when it is large or old, and the ones put aside deleted by count of bytes and age.
//
//   audit.jsonl                      the one being written, mode 0640
//   audit.jsonl.20260131T090000Z     put aside at that time; a second one in the same second ends in -1
//
// Only names of exactly this form are ever deleted. A path that is no regular file (a FIFO, a terminal) is written to and never renamed.
//
// Nothing here waits for stable storage, which takes what a disk takes: who writes hands `current()`, `take_aside()` and `take_retention()` to another
// thread, and that calls OpenFile::sync and Retention::apply: to give back a gigabyte takes a disk long, too. A file is put aside only when the one
// before was taken, so there are never more than a few open.
#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

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

/// Puts what was written to a descriptor on stable storage: fdatasync, and its results.
using SyncCall = std::function<int(int descriptor)>;

/// An open file of the log: one thread writes it, another may put it on stable storage, and the last of them closes it.
class OpenFile {
 public:
  OpenFile(int descriptor, bool regular, std::string path) : descriptor_(descriptor), regular_(regular), path_(std::move(path)) {}
  ~OpenFile();
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }
  [[nodiscard]] bool regular() const noexcept { return regular_; }
  /// Called after each write, so that a sync that began before it is not taken for one of it.
  void wrote() noexcept { unsynced_.store(true, std::memory_order_release); }
  [[nodiscard]] bool needs_sync() const noexcept { return regular_ && unsynced_.load(std::memory_order_acquire); }
  /// Puts what was written before on stable storage, if anything was. Blocks as long as the disk does. After an error it needs it again.
  [[nodiscard]] Result<> sync(const SyncCall& call);

 private:
  const int descriptor_;
  const bool regular_;
  const std::string path_;
  std::atomic<bool> unsynced_{false};
};

/// Which of the files put aside may stay.
struct Retention {
  std::string path;  ///< of the file being written
  std::uint64_t bytes = 0;
  std::optional<Duration> age;  ///< nothing: age is no reason at present
  Instant now;

  /// Deletes the others. One that cannot be deleted is tried again the next time. Blocks as long as the disk does.
  void apply() const;
};

class LogFile {
 public:
  /// Opens to append, makes the file if there is none, and applies the retention: nobody writes yet.
  [[nodiscard]] static Result<LogFile> open(LogFileOptions options, Instant now);
  LogFile(LogFile&& other) noexcept = default;
  LogFile& operator=(LogFile&&) = delete;
  ~LogFile() = default;

  /// Appends as much of `data` as goes: the bytes written, zero if a pipe is full. The file is put aside first if `data`, which must then
  /// begin a line, would make it too large, or if it is too old; but not while has_aside(). Blocks as long as write() does: for the writer thread only.
  [[nodiscard]] Result<std::size_t> append(std::string_view data, bool begins_line, Instant now);
  /// What time alone asks for, also where nothing is appended: puts aside the file that is too old, asks for the deletion of the ones that are. The last
  /// line is whole.
  [[nodiscard]] Result<> tend(Instant now);
  /// Whether files may be deleted for their age; true at first. False while the clock is in doubt (ClockTrust).
  void trust_age(bool trusted) noexcept { age_trusted_ = trusted; }
  /// Opens the path anew, for example after another program renamed the file. On an error the old one goes on being used. Not while has_aside().
  [[nodiscard]] Result<> reopen(Instant now);
  /// The file being written.
  [[nodiscard]] const std::shared_ptr<OpenFile>& current() const noexcept { return file_; }
  /// Whether a file that was put aside, or was opened anew, still waits to be taken and put on stable storage.
  [[nodiscard]] bool has_aside() const noexcept { return aside_ != nullptr; }
  [[nodiscard]] std::shared_ptr<OpenFile> take_aside() noexcept { return std::exchange(aside_, nullptr); }
  /// What is to be deleted by now, after each file that was put aside and each tend(), until it is taken.
  [[nodiscard]] std::optional<Retention> take_retention() noexcept { return std::exchange(retention_, std::nullopt); }
  [[nodiscard]] std::uint64_t rotations() const noexcept { return rotations_; }

 private:
  explicit LogFile(LogFileOptions options) : options_(std::move(options)) {}
  [[nodiscard]] Result<> rotate(Instant now);
  void retain(Instant now);

  LogFileOptions options_;
  std::shared_ptr<OpenFile> file_, aside_;
  std::optional<Retention> retention_;
  bool age_trusted_ = true;
  std::uint64_t size_ = 0, rotations_ = 0;
  Instant born_{}, rotate_again_{};
};

}  // namespace gatehouse::audit
