#include "services/learning/options.hpp"

#include "ground/settings/block.hpp"
#include "ground/settings/container.hpp"
#include "ground/settings/value.hpp"

namespace gatehouse::learning {

settings::TypeOf<LearnOptions> learn_settings() {
  return settings::Block<LearnOptions>(
             "learn", "Watches what passes, for `gatehouse contract learn` to propose a contract from. Shapes and counts are kept, no values.")
      .field("everywhere", &LearnOptions::everywhere, settings::boolean(), "Whether routes are watched that do not say `learn` themselves.", "false")
      .field("body_max", &LearnOptions::body_bytes_max, settings::byte_size(1024, 1024 * 1024),
             "Bytes of a body, of a request or an answer, that are looked at; of a larger one only the media type is learned.", "64KiB");
}

}  // namespace gatehouse::learning
