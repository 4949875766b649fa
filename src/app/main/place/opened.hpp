// The durable half of the gate, opened: what a running server and a word that finds none running both stand on.
#pragma once
#include <memory>

#include "app/config/configuration.hpp"
#include "app/main/place/data_directory.hpp"
#include "engines/store/sqlite.hpp"
#include "services/audit/log_file.hpp"
#include "services/keys/keys.hpp"
#include "services/revocations/revocations.hpp"

namespace gatehouse::main {

/// The members live in this order, each on those before it.
struct Opened {
  DataDirectory data;
  std::unique_ptr<store::Store> store;
  std::unique_ptr<keys::Keys> keys;
  std::unique_ptr<revocations::Revocations> revocations;
};

/// Brings the tables up to date. `clock` and `random` outlive the result.
[[nodiscard]] Result<Opened> open_store(DataDirectory data, keys::Keys::Options options, const Clock& clock, Random& random);

/// What the keys room wants to know of a configuration. Without one: what `gatehouse protect` runs on.
[[nodiscard]] keys::Keys::Options keys_options(const config::Configuration& configuration);

/// Where the audit log of the configuration lies, and how long what is kept of it.
[[nodiscard]] audit::LogFileOptions log_file_options(const config::Configuration& configuration);

}  // namespace gatehouse::main
