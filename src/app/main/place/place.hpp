// Which gate a word is about: its configuration, where its data lies, where it answers.
#pragma once
#include <string>

#include "app/config/load.hpp"
#include "app/main/command/arguments.hpp"
#include "ground/base/result.hpp"

namespace gatehouse::main {

/// A configuration that loads, with the file it came from, or all that is wrong with it.
struct Loaded {
  std::string file;
  std::expected<config::Configuration, config::Problems> configuration;
};

/// The file that --config names, else ./gatehouse.yaml. not_found: there is none.
[[nodiscard]] Result<Loaded> load_configuration(const Arguments& arguments);

struct Place {
  std::string data;                                    ///< the data directory
  std::string socket;                                  ///< where the running server answers, if one runs
  std::optional<config::Configuration> configuration;  ///< nothing: there is no file, as after `gatehouse protect`
};

/// --data, else what the configuration says, else ./gatehouse-data. A configuration that is wrong is an error: it could name another place.
[[nodiscard]] Result<Place> find_place(const Arguments& arguments);

}  // namespace gatehouse::main
