// A contract that a word of the command line is about: its document opened, read and compiled.
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "app/config/contract/folder_files.hpp"
#include "app/main/command/terminal.hpp"
#include "engines/contract/contract.hpp"
#include "engines/review/finding.hpp"
#include "ground/base/result.hpp"
#include "ground/json/writer.hpp"

namespace gatehouse::main {

class ContractFile {
 public:
  /// not_found, unavailable: the document itself cannot be read. What is wrong with its content is no error here, but in complaints().
  [[nodiscard]] static Result<std::unique_ptr<ContractFile>> open(const std::string& path);
  ContractFile(const ContractFile&) = delete;
  ContractFile& operator=(const ContractFile&) = delete;

  /// Null if anything is wrong with it.
  [[nodiscard]] const contract::Contract* contract() const noexcept { return contract_ ? &*contract_ : nullptr; }
  [[nodiscard]] contract::Reading& reading() noexcept { return reading_; }
  [[nodiscard]] const contract::Complaints& complaints() const noexcept { return reading_.complaints; }
  /// The errors as `check` tells those of a configuration, with their number at the end.
  [[nodiscard]] std::string errors_text(bool colour) const;

 private:
  ContractFile(const std::string& folder, const std::string& name);
  std::string folder_;
  config::FolderFiles files_;
  contract::Reading reading_;
  std::optional<contract::Contract> contract_;
};

/// `errors`, a member of an object: file, line, pointer, what.
void write_errors(json::Writer& writer, const contract::Complaints& complaints);
/// `file`, `line` and `pointer`, members of an object.
void write_place(json::Writer& writer, const review::Place& place);

}  // namespace gatehouse::main
