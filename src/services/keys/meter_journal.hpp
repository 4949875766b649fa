// The file in which usage is counted: shared memory that outlives the process. What is counted is in the kernel's hands at once, so
// that kill -9 takes nothing; a power cut may take what the store has not yet been given.
//
//   | head 4096 | labels 4096 x 128 | entries slots x 16 | bank 0 | bank 1 | … |
//       an entry: key id (12), label of the route (2), label of the feature (2): what its slot counts
//       a bank:   last day (64), then for each slot two counts: of even days and of odd days
//
// Each bank has one thread that writes it, with plain stores. Counts only grow, from 0 when the file is made; who reads them keeps what he has read
// (the mark) and takes the difference. Two counts a slot, since at midnight both days are being counted.
// A slot is claimed by compare-and-swap in an index that is no part of the file: the entries say all.
//
// Invariant: a slot whose count is not 0 has a whole entry, and an entry whose count is not 0 never changes.
#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "ground/base/random.hpp"
#include "ground/base/result.hpp"
#include "services/keys/key_format.hpp"

namespace gatehouse::keys {

/// A short number for the name of a route or feature, in one journal.
enum class Label : std::uint16_t { none = 0 };

class MeterJournal {
 public:
  static constexpr std::uint32_t labels_max = 4096, label_bytes_max = 126, slots_limit = 1U << 20, banks_limit = 256;

  /// A new file in the place of any that is there, complete before it takes the name; its blocks are reserved, so that a full disk is an
  /// error here and not a signal later.
  static Result<std::unique_ptr<MeterJournal>> create(const std::string& path, std::uint32_t slots, std::uint32_t banks, Random& random);
  /// The one that is there, to be read and not counted in; nothing if there is none. Refused: what has not the form of a journal.
  static Result<std::unique_ptr<MeterJournal>> open(const std::string& path);
  ~MeterJournal();
  MeterJournal(const MeterJournal&) = delete;
  MeterJournal& operator=(const MeterJournal&) = delete;

  /// Names the journal in the store: 32 hexadecimal digits, never the same twice.
  [[nodiscard]] std::string_view name() const noexcept { return name_; }
  [[nodiscard]] std::uint32_t slots() const noexcept { return slots_; }
  [[nodiscard]] std::uint32_t banks() const noexcept { return banks_; }
  /// Slots in use so far, the overflow slot 0 included.
  [[nodiscard]] std::uint32_t slots_used() const noexcept;

  /// The label of `text`, new or known. One thread at a time. `invalid`: longer than 126 bytes; `exhausted`: no more labels.
  Result<Label> label(std::string_view text);
  [[nodiscard]] std::string_view label_text(Label label) const noexcept;

  struct Entry {
    KeyId key;
    Label route = Label::none, feature = Label::none;
  };
  /// Of a slot whose count is not 0.
  [[nodiscard]] Entry entry(std::uint32_t slot) const noexcept;
  /// All banks together. Parity: day number modulo 2.
  [[nodiscard]] std::uint64_t total(std::uint32_t slot, unsigned parity) const noexcept;
  /// The latest day that any bank has counted in; 0 if none has.
  [[nodiscard]] std::uint32_t last_day() const noexcept;

  /// The place of one thread. `spare` is a slot that a lost race left unused.
  struct Place {
    std::uint32_t bank = 0;
    std::uint32_t day = 0;
    std::uint32_t spare = 0;
  };
  /// Lock-free, allocates nothing; the count is safe from kill -9 when it returns. If no slot is left, counted in slot 0.
  void count(Place& place, const Entry& what, std::uint32_t day) noexcept;
  /// `what` will be counted soon: where to look for its slot is fetched from memory meanwhile. Changes nothing.
  void expect(const Entry& what) const noexcept;

 private:
  struct Head;
  MeterJournal() = default;
  static Result<std::unique_ptr<MeterJournal>> map(int file, std::uint64_t size);
  void lay_out() noexcept;
  [[nodiscard]] Head& head() const noexcept;
  [[nodiscard]] std::uint64_t* entry_at(std::uint32_t slot) const noexcept { return entries_ + std::size_t{slot} * 2; }
  [[nodiscard]] std::uint64_t* bank_at(std::uint32_t bank) const noexcept { return counts_ + bank * bank_words_; }
  [[nodiscard]] std::uint64_t& counter(std::uint32_t bank, std::uint32_t slot, unsigned parity) const noexcept {
    return bank_at(bank)[8 + std::size_t{slot} * 2 + parity];
  }
  [[nodiscard]] std::uint32_t find_slot(Place& place, std::uint64_t first, std::uint64_t second) noexcept;
  [[nodiscard]] std::uint32_t claim(Place& place, std::uint64_t first, std::uint64_t second) noexcept;

  unsigned char* memory_ = nullptr;
  std::uint64_t size_ = 0;
  std::string name_;
  std::uint32_t slots_ = 0, banks_ = 0;
  std::uint64_t* entries_ = nullptr;
  std::uint64_t* counts_ = nullptr;
  std::size_t bank_words_ = 0;
  std::uint32_t* index_ = nullptr;  // memory of our own, zero-filled on first touch: slot, or 0 for free
  std::size_t index_size_ = 0;      // a power of two, at least twice the slots
};

}  // namespace gatehouse::keys
