#include "services/audit/log_file.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <optional>
#include <vector>

#include "ground/base/text.hpp"

namespace gatehouse::audit {

namespace {

Error file_error(std::string_view what, const std::string& path) {
  return fail(Fault::unavailable, std::string(what) + " " + path + ": " + system_text(errno));
}

std::string stamp_of(Instant now) {
  const auto day = std::chrono::floor<std::chrono::days>(now);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::seconds>(now - day));
  char text[40];
  std::snprintf(text, sizeof text, "%04d%02u%02uT%02d%02d%02dZ", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                static_cast<int>(time.seconds().count()));
  return text;
}

/// A file put aside, as its name tells.
struct Aside {
  Instant time;
  unsigned number = 0;
  std::uint64_t bytes = 0;
  std::string path;
};

/// "20260131T090000Z" or "20260131T090000Z-1"; nothing for any other text.
std::optional<Aside> read_stamp(std::string_view text) {
  constexpr std::size_t length = 16;
  if (text.size() < length || text[8] != 'T' || text[15] != 'Z') return std::nullopt;
  const auto field = [&](std::size_t at, std::size_t width) -> std::optional<unsigned> {
    const auto digits = text.substr(at, width);
    return std::ranges::all_of(digits, text::is_digit) ? text::parse_number<unsigned>(digits) : std::nullopt;
  };
  const auto year = field(0, 4), month = field(4, 2), day = field(6, 2), hour = field(9, 2), minute = field(11, 2), second = field(13, 2);
  if (!year || !month || !day || !hour || !minute || !second) return std::nullopt;
  const std::chrono::year_month_day date(std::chrono::year(static_cast<int>(*year)), std::chrono::month(*month), std::chrono::day(*day));
  if (!date.ok()) return std::nullopt;
  Aside aside;
  aside.time = std::chrono::sys_days(date) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) + std::chrono::seconds(*second);
  if (text.size() == length) return aside;
  const auto number = text[length] == '-' ? text::parse_number<unsigned>(text.substr(length + 1)) : std::nullopt;
  if (!number) return std::nullopt;
  aside.number = *number;
  return aside;
}

std::vector<Aside> asides_of(const std::string& path) {
  const auto slash = path.rfind('/');
  const auto folder = slash == path.npos ? std::string(".") : path.substr(0, slash + 1);
  const auto prefix = path.substr(slash == path.npos ? 0 : slash + 1) + ".";
  std::vector<Aside> asides;
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(folder.c_str()), ::closedir);
  if (directory == nullptr) return asides;
  // NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread reads this stream, which is all that POSIX asks for
  while (const auto* const entry = ::readdir(directory.get())) {
    const std::string_view name = entry->d_name;
    if (!name.starts_with(prefix)) continue;
    auto aside = read_stamp(name.substr(prefix.size()));
    if (!aside) continue;
    aside->path = path + "." + std::string(name.substr(prefix.size()));
    struct stat status;
    if (::lstat(aside->path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
    aside->bytes = static_cast<std::uint64_t>(status.st_size);
    asides.push_back(std::move(*aside));
  }
  std::ranges::sort(asides, [](const Aside& a, const Aside& b) { return std::pair(a.time, a.number) > std::pair(b.time, b.number); });
  return asides;
}

}  // namespace

Result<LogFile> LogFile::open(LogFileOptions options, Instant now) {
  if (options.path.empty()) return fail(Fault::invalid, "the audit log needs a path");
  LogFile log(std::move(options));
  CHECK_OK(log.reopen(now));
  log.retain(now);
  if (const auto retention = log.take_retention()) retention->apply();
  return log;
}

OpenFile::~OpenFile() { ::close(descriptor_); }

Result<> OpenFile::sync(const SyncCall& call) {
  if (!regular_ || !unsynced_.exchange(false, std::memory_order_acq_rel)) return {};
  if (call(descriptor_) == 0) return {};
  auto error = file_error("cannot sync the audit log", path_);
  unsynced_.store(true, std::memory_order_release);
  return error;
}

Result<> LogFile::reopen(Instant now) {
  // O_NONBLOCK: a FIFO without a reader is an error instead of a wait, and a full one takes nothing. It means nothing for regular files.
  const int opened = ::open(options_.path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0640);
  if (opened < 0) return file_error("cannot open the audit log", options_.path);
  struct stat status;
  if (::fstat(opened, &status) != 0) {
    auto error = file_error("cannot look at the audit log", options_.path);
    ::close(opened);
    return error;
  }
  if (file_ != nullptr && file_->needs_sync()) aside_ = std::move(file_);
  file_ = std::make_shared<OpenFile>(opened, S_ISREG(status.st_mode), options_.path);
  size_ = file_->regular() ? static_cast<std::uint64_t>(status.st_size) : 0;
  born_ = now;
  struct statx birth;
  if (size_ > 0 && ::statx(opened, "", AT_EMPTY_PATH, STATX_BTIME, &birth) == 0 && (birth.stx_mask & STATX_BTIME) != 0)
    born_ = std::min(now, Instant(std::chrono::seconds(birth.stx_btime.tv_sec)));
  return {};
}

Result<std::size_t> LogFile::append(std::string_view data, bool begins_line, Instant now) {
  // While the last one that was put aside is not taken yet, this one grows: rings that stand still would cost lines.
  if (begins_line && file_->regular() && size_ > 0 && !has_aside() && now >= rotate_again_ &&
      (size_ + data.size() > options_.rotate_bytes || now - born_ >= options_.rotate_age)) {
    // A file that cannot be put aside is better appended to than not written; but trying again for each line would cost.
    if (!rotate(now)) rotate_again_ = now + 1min;
  }
  for (;;) {
    const auto written = ::write(file_->descriptor(), data.data(), data.size());
    if (written >= 0) {
      size_ += static_cast<std::uint64_t>(written);
      if (written > 0) file_->wrote();
      return static_cast<std::size_t>(written);
    }
    if (errno == EAGAIN) return std::size_t{0};
    if (errno != EINTR) return file_error("cannot write the audit log", options_.path);
  }
}

Result<> LogFile::tend(Instant now) {
  if (!file_->regular()) return {};
  if (size_ == 0 || has_aside() || now < rotate_again_ || now - born_ < options_.rotate_age) {
    retain(now);
    return {};
  }
  auto rotated = rotate(now);
  if (!rotated) rotate_again_ = now + 1min;
  return rotated;
}

Result<> LogFile::rotate(Instant now) {
  const auto stamp = options_.path + "." + stamp_of(now);
  constexpr int names_max = 1000;
  for (int i = 0; i < names_max; ++i) {
    const auto name = i == 0 ? stamp : stamp + "-" + std::to_string(i);
    if (::renameat2(AT_FDCWD, options_.path.c_str(), AT_FDCWD, name.c_str(), RENAME_NOREPLACE) == 0) {
      ++rotations_;
      CHECK_OK(reopen(now));
      retain(now);
      return {};
    }
    if (errno != EEXIST) return file_error("cannot put aside the audit log", options_.path);
  }
  return fail(Fault::exhausted, "cannot put aside the audit log " + options_.path + ": too many files of this second");
}

void LogFile::retain(Instant now) {
  if (file_->regular())
    retention_ = Retention{options_.path, options_.keep_bytes, age_trusted_ ? std::optional(options_.keep_age) : std::nullopt, now};
}

void Retention::apply() const {
  std::uint64_t sum = 0;
  for (const auto& aside : asides_of(path)) {  // newest first
    sum += aside.bytes;
    const bool too_old = age && now - aside.time > *age;
    if (sum > bytes || too_old) (void)::unlink(aside.path.c_str());
  }
}

}  // namespace gatehouse::audit
