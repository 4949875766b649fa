// The audit log. Loop threads format their lines into a ring each; the writer thread moves them to the file, and the syncing thread puts the file
// on stable storage. A slow or full disk makes the rings fill; then lines are dropped and counted, never a request slowed. When writing works again,
// a line says how many.
//
//   loop threads ─ rings ─> writer: write(2), puts files aside ─ one pending file of each kind ─> syncing thread: fdatasync, close, unlink
//
// The writer takes from each ring what is in it, one after the other, so that no thread's lines wait for another that never ends. It never syncs and
// never deletes: either takes as long as a disk does, in which a burst fills the rings. At most one file that was put aside and the one
// being written wait for the syncing thread; while it is behind, the file is not put aside again and grows instead.
//
// What lasts: a line is in the kernel's hands within `turn` (100 ms) or when a ring is half full. A sync that covers it is asked for within `sync_every`
// after that, and begins at once or when those before it end: the file that was put aside comes before the one being written. A killed process
// loses at most what lay in the rings, a power cut what was written since the last sync that ended was begun: sync_every and the time of the sync
// itself. stop() writes and syncs everything. No request waits for the disk: who must not answer before the record is durable needs another tool.
#pragma once
#include <unistd.h>
#include <memory>

#include "services/audit/act.hpp"
#include "services/audit/log_file.hpp"
#include "services/audit/record.hpp"

namespace gatehouse::audit {

class Log {
 public:
  struct Options {
    LogFileOptions file;
    unsigned threads = 1;                 ///< loop threads, numbered from 0
    std::size_t ring_bytes = 512 * 1024;  ///< each thread's; memory is used as far as it was ever filled
    Duration turn = 100ms;                ///< the writer looks this often
    Duration sync_every = 1s;             ///< zero: never
    bool own_thread = true;               ///< the writer and the syncing thread; false: the owner calls pump() and sync()
    SyncCall sync_call = ::fdatasync;     ///< tests hand in a disk that is slow or fails
  };
  struct Counts {
    std::uint64_t dropped = 0;   ///< lines that found no room
    std::uint64_t bytes = 0;     ///< written to the file
    std::uint64_t failures = 0;  ///< writes, syncs or rotations that failed
    std::uint64_t rotations = 0;
    bool healthy = true;  ///< the last attempt to write succeeded
  };

  /// `clock` outlives the log.
  [[nodiscard]] static Result<std::unique_ptr<Log>> open(Options options, const Clock& clock);
  /// Stops with a patience of two seconds, if that was not done before.
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  /// The calling thread's line. False: dropped. No lock, no system call but a wake-up when its ring becomes half full.
  bool write(unsigned thread, const Record& record) noexcept;
  /// From any thread but a loop's. Acts have a ring of their own, which no flood of requests fills. True: the line is in the file. False: it was not within
  /// `patience`, and is written as soon as the disk takes it; or it found no room, and is counted among the dropped ones. Without threads of its own
  /// nothing is waited for, and true means that there was room.
  bool write_act(const Act& act, Duration patience);
  /// At the next turn the file is opened anew.
  void reopen() noexcept;
  /// One turn of the writer, which neither syncs nor deletes: what is in the rings when it comes to them. True: they are empty.
  bool pump();
  /// One turn of the syncing thread: the syncs that the writer asked for, and the deletion of what is not kept. False: something failed, and was counted.
  bool sync();
  /// Writes what is left and syncs. False: the disk did not take it in time; the rest is lost, and nothing is waited for any more.
  bool stop(Duration patience);
  [[nodiscard]] Counts counts() const noexcept;
  /// What the last attempt that failed said; empty: none has.
  [[nodiscard]] std::string last_failure() const;

 private:
  struct State;
  explicit Log(std::shared_ptr<State> state) noexcept : state_(std::move(state)) {}
  std::shared_ptr<State> state_;  // shared with its threads, which a hanging disk may hold beyond our life
};

}  // namespace gatehouse::audit
