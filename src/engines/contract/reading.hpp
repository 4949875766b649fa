// A document as it was read, kept for who judges the document and not messages. Everything that compiling looked at is there, and points into the files in `sources`.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "engines/contract/complaint.hpp"
#include "engines/contract/description.hpp"
#include "engines/contract/sources.hpp"
#include "engines/schema/compiler.hpp"

namespace gatehouse::contract {

/// What the compiler of schemas remarked, each at its place.
struct SchemaNotice {
  schema::Notice::Kind kind;
  const Source* source;
  std::string pointer;
  std::string text;
};

struct Reading {
  /// `files` must outlive it.
  explicit Reading(Files& files, const LoadLimits& limits = {}) : sources(files, complaints, limits) {}

  Complaints complaints;
  Sources sources;
  const Source* root = nullptr;
  Description description;
  std::size_t remarks = 0;  ///< so many of complaints.all() are of the document itself; those behind them are of its schemas and bodies
  std::vector<SchemaNotice> notices;
};

}  // namespace gatehouse::contract
