// The one way in which small files are read: whole, at most so many bytes, and nothing but ordinary files, so that a pipe in the place of one holds nobody up
// and a device fills no memory.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "ground/base/result.hpp"

namespace gatehouse {

/// As what kind of failure an errno(3) of a call about files counts.
[[nodiscard]] Fault fault_of_system(int error) noexcept;

/// The whole content; an error names the file. not_found, forbidden: as the system says; invalid: no ordinary file, or larger than `bytes_max`, and then
/// `advice` ends the sentence. Blocks as long as the disk does.
[[nodiscard]] Result<std::string> read_file(const std::string& path, std::size_t bytes_max, std::string_view advice = {});

/// The same for who opened the file and looked at it first (at its mode, its kind, its folder) and says in his own words what is wrong with it: what is left
/// to read there. The error is the end of a sentence about the file. exhausted: "is larger than 64KiB"; unavailable: "cannot be read: Input/output error".
[[nodiscard]] Result<std::string> read_descriptor(int descriptor, std::size_t bytes_max);

}  // namespace gatehouse
