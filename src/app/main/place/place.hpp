// Which gate a word is about: its configuration, where its data lies, where it answers.
#pragma once
#include <sys/types.h>

#include <optional>
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
  std::string data;    ///< the data directory
  std::string socket;  ///< where the running server answers, if one runs
  std::string file;    ///< the configuration, for who has to know more than where; empty: there is none, as after `gatehouse protect`
  bool named = false;  ///< the operator said which file or that it is this one; else it is the usual one beside him, which may be another gate's
  /// Who may answer at `socket` beside root and whoever asks: the owner of the data directory, where it is the operator's word that the gate is there. A folder
  /// that one happens to stand in is nobody's word.
  std::optional<::uid_t> server{};
};

/// --data, without a look into any file; else what the configuration says of `data` and `admin.socket`; else ./gatehouse-data. What else is wrong with
/// the configuration is no matter here: the server that runs by its former text can be asked all the same. invalid: the two cannot be read.
[[nodiscard]] Result<Place> find_place(const Arguments& arguments);

/// The configuration of a place where no server answers, which is needed whole then (plans, environment). Nothing: there is none, or with --data alone
/// the usual file is wrong or about another place. invalid: it is wrong.
[[nodiscard]] Result<std::optional<config::Configuration>> configuration_of(const Place& place);

}  // namespace gatehouse::main
