// Files of the data directory: small, ours alone, written whole or not at all. They are read as all files are (ground/base/file.hpp).
#pragma once
#include <string>
#include <string_view>

#include "ground/base/descriptor.hpp"
#include "ground/base/file.hpp"
#include "ground/base/result.hpp"

namespace gatehouse::main {

enum class Replace : bool { no, yes };

/// Writes beside the place and renames, so that a reader sees the old or the new content whole, also after a power cut.
/// `mode` as for chmod(2). conflict: it exists and Replace::no.
[[nodiscard]] Result<> write_file(const std::string& path, std::string_view content, unsigned mode, Replace replace);

/// "what: reason" with the reason of the current errno, as a fault that fits it.
[[nodiscard]] Error system_error(std::string_view what);

}  // namespace gatehouse::main
