// Files of the data directory: small, ours alone, written whole or not at all.
#pragma once
#include <string>
#include <string_view>
#include <utility>

#include "ground/base/result.hpp"

namespace gatehouse::main {

/// A file descriptor that is closed with its owner.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) noexcept : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor();
  [[nodiscard]] int get() const noexcept { return number_; }
  explicit operator bool() const noexcept { return number_ >= 0; }

 private:
  int number_ = -1;
};

/// The whole content. not_found: there is none; invalid: larger than `bytes_max`, or no ordinary file.
[[nodiscard]] Result<std::string> read_file(const std::string& path, std::size_t bytes_max);

enum class Replace : bool { no, yes };

/// Writes beside the place and renames, so that a reader sees the old or the new content whole, also after a power cut.
/// `mode` as for chmod(2). conflict: it exists and Replace::no.
[[nodiscard]] Result<> write_file(const std::string& path, std::string_view content, unsigned mode, Replace replace);

/// "what: reason" with the reason of the current errno, as a fault that fits it.
[[nodiscard]] Error system_error(std::string_view what);

}  // namespace gatehouse::main
