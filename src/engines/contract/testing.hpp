// For tests: the files of a document as texts in memory.
#pragma once
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "engines/contract/files.hpp"

namespace gatehouse::contract {

class TextFiles final : public Files {
 public:
  using Texts = std::map<std::string, std::string, std::less<>>;

  TextFiles() = default;
  explicit TextFiles(Texts the_texts) : texts(std::move(the_texts)) {}
  /// That of api.yaml, which is all there is.
  explicit TextFiles(std::string text) : texts{{"api.yaml", std::move(text)}} {}

  Result<std::string> read(std::string_view path) override {
    const auto found = texts.find(path);
    if (found == texts.end()) return fail(Fault::not_found, "no such file");
    return found->second;
  }

  Texts texts;  ///< by their paths
};

}  // namespace gatehouse::contract
