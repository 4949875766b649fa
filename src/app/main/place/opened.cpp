#include "app/main/place/opened.hpp"

namespace gatehouse::main {

Result<Opened> open_store(DataDirectory data, keys::Keys::Options options, const Clock& clock, Random& random) {
  auto store = TRY(store::open_sqlite({.path = data.file("store.sqlite")}));
  auto keys = TRY(keys::Keys::open(*store, clock, random, std::move(options)));
  auto revocations = TRY(revocations::Revocations::open(*store, clock, random));
  return Opened{std::move(data), std::move(store), std::move(keys), std::move(revocations)};
}

keys::Keys::Options keys_options(const config::Configuration& configuration) {
  keys::Keys::Options options;
  for (const auto& [name, plan] : configuration.plans) options.plans.push_back({name, plan});
  if (!configuration.plans.contains("default")) options.plans.push_back({"default", {}});  // what a key is on when nobody says otherwise
  options.accepts = configuration.keys.environment;
  return options;
}

audit::LogFileOptions log_file_options(const config::Configuration& configuration) {
  const auto& options = configuration.audit;
  return {.path = configuration.state_path(options.file),
          .rotate_bytes = options.rotate_bytes,
          .rotate_age = options.rotate_age,
          .keep_bytes = options.keep_bytes,
          .keep_age = options.keep_age};
}

}  // namespace gatehouse::main
