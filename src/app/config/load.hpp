// From a file to a Configuration, or to everything that is wrong with it. There is no third outcome: whoever holds a
// Configuration knows that each value is in range, each name in it exists, and each file that it names was there.
#pragma once
#include <expected>
#include <functional>

#include "app/config/configuration.hpp"

namespace gatehouse::config {

using Problems = std::vector<settings::Problem>;

/// Reads the document of that name. Relative paths in it start at its folder. If root is to become `process.user`, the document and all that it
/// names must be readable for that user, who reads it again at a reload.
[[nodiscard]] std::expected<Configuration, Problems> load_file(const std::string& path);

/// The same for a text; `surroundings` says where it stands and what the environment holds.
[[nodiscard]] std::expected<Configuration, Problems> load(std::string_view text, settings::Surroundings surroundings);

/// The text of the file, or what is wrong with it as a sentence without its subject ("is a directory; ...").
[[nodiscard]] std::expected<std::string, std::string> read_document(const std::string& path);
/// The absolute folder in which the file stands: relative paths in it start there.
[[nodiscard]] std::string folder_of(const std::string& path);

/// Checks over the whole document, in checks.cpp: names that refer to nothing, two things that would be one, files that cannot be read.
/// Each takes what could be read and leaves out what could not (Reader::broken), so that one mistake hides no other and makes none up.
void check_references(settings::Reader& reader, const settings::Node& root, const Configuration& configuration);
void check_overlaps(settings::Reader& reader, const settings::Node& root, const Configuration& configuration);
void check_files(settings::Reader& reader, const settings::Node& root, const Configuration& configuration);
/// For root alone, who is to become another user: whether there is such a user, and whether the data directory is its own.
void check_account(settings::Reader& reader, const settings::Node& root, const Configuration& configuration);

/// Whether what stands at a path of the document is wrong or missing, as far as it was read.
using Broken = std::function<bool(std::string_view path)>;

/// Adds the routes of the contracts to those that are there. What is wrong: with a contract's file its name and line, else the path of the setting alone.
/// `broken`: settings of which nothing more is said; one slip in the document hides no fault of a contract.
[[nodiscard]] Problems apply_contracts(Configuration& configuration, const Broken& broken = [](std::string_view /*path*/) { return false; });
/// The same for a document that is read.
void add_contract_routes(settings::Reader& reader, const settings::Node& root, Configuration& configuration);

/// As a compiler would: "file:line:column: error: path: what", the line with a caret below, `help:` lines; a count at the end.
/// `colour`: with ANSI escapes, for a terminal.
[[nodiscard]] std::string render_errors(const Problems& problems, bool colour = false);

}  // namespace gatehouse::config
