#include "services/audit/ring.hpp"

#include <sys/mman.h>
#include <unistd.h>
#include <bit>
#include <cerrno>

#include "ground/base/assert.hpp"

namespace gatehouse::audit {

Result<std::unique_ptr<Ring>> Ring::create(std::size_t bytes) {
  constexpr std::size_t bytes_min = 64 * 1024, bytes_max = 64 * 1024 * 1024;
  if (!std::has_single_bit(bytes) || bytes < bytes_min || bytes > bytes_max)
    return fail(Fault::invalid, "a ring has a power of two of bytes, from 64 KiB to 64 MiB");
  const auto failed = [](const char* what) {
    return fail(Fault::unavailable, std::string("no memory for an audit ring: ") + what + ": " + system_text(errno));
  };
  const int file = ::memfd_create("gatehouse-audit", MFD_CLOEXEC);
  if (file < 0) return failed("memfd_create");
  void* memory = MAP_FAILED;
  if (::ftruncate(file, static_cast<off_t>(bytes)) == 0)
    memory = ::mmap(nullptr, 2 * bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) {
    auto error = failed("mmap");
    ::close(file);
    return error;
  }
  bool mapped = true;
  for (auto* const at : {static_cast<char*>(memory), static_cast<char*>(memory) + bytes})
    mapped = mapped && ::mmap(at, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, file, 0) != MAP_FAILED;
  auto error = failed("mmap");
  ::close(file);
  if (!mapped) {
    ::munmap(memory, 2 * bytes);
    return error;
  }
  return std::unique_ptr<Ring>(new Ring(static_cast<char*>(memory), bytes));
}

Ring::~Ring() { ::munmap(memory_, 2 * bytes_); }

std::span<char> Ring::reserve(std::size_t bytes) noexcept {
  const auto head = head_.load(std::memory_order_relaxed);
  if (head + bytes - tail_seen_ > bytes_) {
    tail_seen_ = tail_.load(std::memory_order_acquire);
    if (head + bytes - tail_seen_ > bytes_) return {};
  }
  return {memory_ + (head & (bytes_ - 1)), bytes};
}

bool Ring::commit(std::size_t bytes) noexcept {
  const auto head = head_.load(std::memory_order_relaxed);
  GH_ASSERT(head + bytes - tail_seen_ <= bytes_);
  head_.store(head + bytes, std::memory_order_release);
  if (head + bytes - tail_seen_ < bytes_ / 2) return false;
  tail_seen_ = tail_.load(std::memory_order_acquire);
  const auto used = head + bytes - tail_seen_;
  return used >= bytes_ / 2 && used - bytes < bytes_ / 2;
}

std::string_view Ring::readable() const noexcept {
  const auto tail = tail_.load(std::memory_order_relaxed);
  return {memory_ + (tail & (bytes_ - 1)), head_.load(std::memory_order_acquire) - tail};
}

}  // namespace gatehouse::audit
