// What an operator is told on standard error of an audit log that cannot be written: who reads the log itself would wait for lines that never come.
#pragma once
#include <string>

#include "app/main/gate/trouble.hpp"
#include "services/audit/log.hpp"

namespace gatehouse::main {

class LogWatch {
 public:
  /// `path` as it stands in what is said.
  explicit LogWatch(std::string path) : path_(std::move(path)) {}

  /// The line to say now, without its end; empty: none. `failure`: why the last attempt to write failed, for counts that are not healthy. Lines that
  /// found no room since the last look are a trouble, too: the disk is slow, or hangs.
  [[nodiscard]] std::string look(const audit::Log::Counts& counts, std::string_view failure, Ticks now);

 private:
  std::string path_;
  Trouble trouble_;
  std::uint64_t dropped_ = 0;         ///< at the last look
  std::uint64_t dropped_before_ = 0;  ///< when all was well for the last time
};

}  // namespace gatehouse::main
