#include "ground/settings/pace.hpp"

namespace gatehouse::settings {

TypeOf<Over> over() {
  return words<Over>({{"reject", Over::reject, "429 with Retry-After"}, {"delay", Over::delay, "the request waits its turn, at most `max_delay`"}});
}

TypeOf<Duration> max_delay() { return duration(1ms, 30s); }

void check_burst(Reader& reader, const Node& block) {
  if (block.get("burst") != nullptr && block.get("rate") == nullptr) reader.note_in(block, "burst", "has a meaning only together with a rate");
}

void check_delay(Reader& reader, const Node& block, Over over) {
  if (over == Over::delay && block.get("rate") == nullptr) reader.note_in(block, "over", "can delay only what a rate limits");
}

void check_max_delay(Reader& reader, const Node& block, Over over) {
  if (over != Over::delay && block.get("max_delay") != nullptr) reader.note_in(block, "max_delay", "has a meaning only together with `over: delay`");
}

}  // namespace gatehouse::settings
