#include "app/main/gate/log_watch.hpp"

#include <utility>

namespace gatehouse::main {

std::string LogWatch::look(const audit::Log::Counts& counts, std::string_view failure, Ticks now) {
  const bool loses = counts.dropped != std::exchange(dropped_, counts.dropped);
  const bool is = loses || !counts.healthy;
  const auto lost = std::to_string(counts.dropped - dropped_before_);
  const auto say = trouble_.look(is, now);
  if (!is) dropped_before_ = counts.dropped;
  switch (say) {
    case Trouble::Say::nothing: return {};
    case Trouble::Say::that_it_is:
      return (counts.healthy ? "the audit log " + path_ + " takes lines more slowly than they come" : std::string(failure)) +
             "; requests are served on, " + lost + " lines are lost so far";
    case Trouble::Say::that_it_is_over: return "the audit log " + path_ + " is written again; " + lost + " lines were lost";
  }
  return {};
}

}  // namespace gatehouse::main
