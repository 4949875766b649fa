#include "app/main/words/input.hpp"

#include <fmt/format.h>

#include <cstdio>

#include "ground/base/file.hpp"

namespace gatehouse::main {

Result<std::string> read_input(std::string_view path, std::size_t bytes_max, std::string_view advice) {
  if (path != "-") return read_file(std::string(path), bytes_max, advice);
  std::string content;
  char block[16384];
  while (const auto got = std::fread(block, 1, sizeof block, stdin)) {
    content.append(block, got);
    if (content.size() > bytes_max) return refuse(Fault::invalid, fmt::format("standard input is larger than {} bytes{}", bytes_max, advice));
  }
  return content;
}

}  // namespace gatehouse::main
