#include "ground/settings/pace.hpp"

namespace gatehouse::settings {

TypeOf<Over> over() {
  return words<Over>({{"reject", Over::reject, "429 with Retry-After"}, {"delay", Over::delay, "the request waits its turn, at most `max_delay`"}});
}

TypeOf<Duration> max_delay() { return duration(1ms, 30s); }

void check_pace(Reader& reader, const Node& block, bool has_rate, Over over) {
  const bool delays = over == Over::delay;
  if (block.get("burst") != nullptr && !has_rate) reader.note_in(block, "burst", "has a meaning only together with a rate");
  if (delays && !has_rate) reader.note_in(block, "over", "can delay only what a rate limits");
  if (block.get("max_delay") != nullptr && !delays) reader.note_in(block, "max_delay", "has a meaning only together with `over: delay`");
}

}  // namespace gatehouse::settings
