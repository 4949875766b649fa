#include "app/main/words/contract_file.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <utility>

#include "app/config/contract/told.hpp"
#include "app/config/load.hpp"

namespace gatehouse::main {

ContractFile::ContractFile(const std::string& folder, const std::string& name) : folder_(folder), files_(folder), reading_(files_) {
  auto made = contract::compile(name, reading_);
  if (made) contract_ = std::move(*made);
}

Result<std::unique_ptr<ContractFile>> ContractFile::open(const std::string& path) {
  const std::filesystem::path file(path);
  const auto folder = file.parent_path().string(), name = file.filename().string();
  const auto text = config::FolderFiles(folder).read(name);
  if (!text) return fail(text.error().fault, fmt::format("{}: {}", path, to_text(text.error())));
  return std::unique_ptr<ContractFile>(new ContractFile(folder, name));
}

std::string ContractFile::errors_text(bool colour) const { return config::render_errors(config::told_errors(complaints(), folder_), colour); }

void write_errors(json::Writer& writer, const contract::Complaints& complaints) {
  writer.key("errors").begin_array();
  for (const auto& complaint : complaints.all()) {
    if (complaint.gravity != contract::Gravity::error) continue;
    writer.begin_object();
    write_place(writer, {complaint.file, complaint.line, complaint.pointer});
    writer.member("what", complaint.what).end();
  }
  writer.end();
}

void write_place(json::Writer& writer, const review::Place& place) {
  writer.member("file", place.file).member("line", place.line).member("pointer", place.pointer);
}

}  // namespace gatehouse::main
