#include "services/limits/cells.hpp"

#include <sys/mman.h>
#include <algorithm>
#include <bit>
#include <cerrno>

namespace gatehouse::limits {

LazyPages& LazyPages::operator=(LazyPages&& other) noexcept {
  std::swap(memory_, other.memory_);
  std::swap(size_, other.size_);
  return *this;
}

LazyPages::~LazyPages() {
  if (memory_ != nullptr) ::munmap(memory_, size_);
}

Result<LazyPages> LazyPages::map(std::size_t bytes) {
  LazyPages pages;
  void* const memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return fail(Fault::unavailable, "no memory for a table of " + std::to_string(bytes) + " bytes: " + system_text(errno));
  (void)::madvise(memory, bytes, MADV_NOHUGEPAGE);  // one touched cell must not bring in 2 MiB; without the advice only memory is lost
  pages.memory_ = memory;
  pages.size_ = bytes;
  return pages;
}

Cell::Content Cell::read() const noexcept {
  for (;;) {
    const auto before = tag.load(std::memory_order_acquire);
    const auto content = value.load(std::memory_order_acquire);
    if (tag.load(std::memory_order_acquire) == before) return {before, content};
  }
}

// x86-64 has the instruction since 2006, but the compiler's default target is older; std::atomic would go through a library and a lock.
#if defined(__x86_64__)
__attribute__((target("cx16")))
#endif
bool Cell::replace(Content expected, Content wanted) noexcept {
  __extension__ typedef unsigned __int128 __attribute__((may_alias)) Pair;
  static_assert(std::endian::native == std::endian::little, "tag is the low word");
  const auto join = [](Content c) { return static_cast<Pair>(c.value) << 64 | c.tag; };
  return __sync_bool_compare_and_swap(reinterpret_cast<Pair*>(this), join(expected), join(wanted));
}

Result<CellTable> CellTable::create(std::size_t cells) {
  if (cells > cells_max) return fail(Fault::invalid, "a table of counters can have at most " + std::to_string(cells_max) + " entries");
  CellTable table;
  const auto rounded = std::bit_ceil(std::max(cells, cells_min));
  table.pages_ = TRY(LazyPages::map(rounded * sizeof(Cell)));
  table.buckets_ = rounded / bucket_cells;
  return table;
}

}  // namespace gatehouse::limits
