// Where the texts of a contract come from. This room reads no file itself.
#pragma once
#include <string>
#include <string_view>

#include "ground/base/result.hpp"

namespace gatehouse::contract {

class Files {
 public:
  virtual ~Files() = default;
  /// The text of a file by its normal path relative to the folder of the contract: "shared/pet.yaml", never with `..`. The one who reads makes sure that
  /// no symbolic link leads out of the folder.
  [[nodiscard]] virtual Result<std::string> read(std::string_view path) = 0;
};

}  // namespace gatehouse::contract
