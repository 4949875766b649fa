// The text of a `$ref`, taken apart: which file, and where in it. Only files in the folder of the contract and below can be named; nothing is ever fetched.
#pragma once
#include <string>
#include <string_view>

#include "ground/base/result.hpp"

namespace gatehouse::contract {

struct Reference {
  std::string file;     ///< normal form, relative to the folder of the contract: "shared/pet.yaml"
  std::string pointer;  ///< "" or a JSON Pointer; percent-encoding removed
};

/// What `text` means within the file `from`. Fault::forbidden: a URL, an absolute path, or a file outside the folder; Fault::invalid: a fragment that is
/// no JSON Pointer, bad percent-encoding.
[[nodiscard]] Result<Reference> parse_reference(std::string_view text, std::string_view from);

/// The same file by one name only: no `.`, no `..`, no double slash. Fault::forbidden: it is outside the folder.
[[nodiscard]] Result<std::string> normal_file(std::string_view path);

/// "a/b c.yaml" as "file:///a/b%20c.yaml".
[[nodiscard]] std::string url_of_file(std::string_view file);

/// With a scheme or an authority: it names what is on the network, or anywhere.
[[nodiscard]] bool is_url(std::string_view text) noexcept;

}  // namespace gatehouse::contract
