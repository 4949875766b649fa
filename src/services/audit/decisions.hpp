// The last decisions, passes too, so that `gatehouse why ID` can explain any of them: a ring of fixed slots in a file that is mapped into
// memory. Recording touches memory only; what was recorded is in the kernel's hands at once, hence outlives a killed process and can
// be read while no server runs.
//
//   | header, one page | slot 0 | slot 1 | ... |     slot = 48 words:
//   | seq | checksum | id | id | time | kinds | total | upstream | in | out | client x2 | trace x2 | lengths | text x33 |
//
//   seq = | 16 bits: which start of the server | 47 bits: number of the decision | 1: being written |
//
// Each slot is a sequence lock: a reader that finds an odd seq, a changed one or a wrong checksum (a machine that lost power)
// takes the slot for empty, so a torn decision is never shown. Texts are cut at 264 bytes together. The file is written back by
// the kernel when it likes; nothing waits for that.
#pragma once
#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ground/base/result.hpp"
#include "services/audit/record.hpp"

namespace gatehouse::audit {

/// One decision as it is kept: the texts may be cut, credentials in them are masked.
struct Decision {
  DecisionId id;
  Instant time{};
  Outcome outcome = Outcome::failed;
  http::Status status = 0;
  std::optional<http::ProblemKind> problem;
  std::string stage, rule, facts, route, method, key_id, principal, path;
  http::Address client;
  TraceId trace;
  Duration total{}, upstream{};
  std::uint64_t bytes_in = 0, bytes_out = 0;
};

class Decisions {
 public:
  static constexpr std::uint32_t count_default = 100'000, count_max = 10'000'000;

  /// For the server: makes the file (mode 0600, its blocks reserved so that a full disk cannot be met later) or goes on with the one of the
  /// same size; another is begun anew. Refused while another process has it open so.
  [[nodiscard]] static Result<Decisions> open(const std::string& path, std::uint32_t count);
  /// For `why` without a server: reads only.
  [[nodiscard]] static Result<Decisions> read(const std::string& path);
  Decisions(Decisions&& other) noexcept;
  Decisions& operator=(Decisions&&) = delete;
  ~Decisions();

  /// Any thread. No lock and no system call.
  void record(const Record& record) noexcept;
  /// Looks through all slots: some milliseconds, hence not on a loop thread.
  [[nodiscard]] std::optional<Decision> find(const DecisionId& id) const;
  /// The newest first, at most `count`.
  [[nodiscard]] std::vector<Decision> latest(std::size_t count) const;

 private:
  struct Header;
  struct Slot;
  Decisions(void* memory, std::size_t bytes, int file) noexcept : memory_(memory), bytes_(bytes), file_(file) {}
  [[nodiscard]] Header& header() const noexcept;
  [[nodiscard]] Slot& slot(std::uint64_t number) const noexcept;
  [[nodiscard]] std::uint64_t newest() const noexcept;

  void* memory_;
  std::size_t bytes_;
  int file_;
  std::uint64_t count_ = 0, epoch_ = 0;
};

}  // namespace gatehouse::audit
