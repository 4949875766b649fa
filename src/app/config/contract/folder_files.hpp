// The files of a contract, in the folder of its document and nowhere else.
#pragma once
#include <string>

#include "engines/contract/files.hpp"

namespace gatehouse::config {

class FolderFiles final : public contract::Files {
 public:
  explicit FolderFiles(std::string folder) : folder_(std::move(folder)) {}
  /// Fault::forbidden: a link leads out of the folder; Fault::exhausted: larger than any document is taken.
  [[nodiscard]] Result<std::string> read(std::string_view path) override;

 private:
  std::string folder_;
};

}  // namespace gatehouse::config
