// Any bytes as a configuration. What loads must print, load again and print the same; what does not load must have a problem
// to show, inside the document, and showing it must end.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "app/config/load.hpp"
#include "ground/base/assert.hpp"

using namespace gatehouse;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const settings::Surroundings surroundings{.file = "fuzz.yaml", .folder = "/", .environment = [](const std::string& name) {
                                              return name == "SECRET" ? std::optional<std::string>(std::string(40, 's')) : std::nullopt;
                                            }};
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto loaded = config::load(text, surroundings);
  if (!loaded) {
    GH_ASSERT(!loaded.error().empty());
    for (const auto& problem : loaded.error())
      GH_ASSERT(!problem.what.empty() && (problem.at == settings::whole_document || (problem.at.line >= 1 && problem.at.column >= 1)));
    GH_ASSERT(!config::render_errors(loaded.error()).empty());
    return 0;
  }
  const auto printed = config::to_text(*loaded);
  GH_ASSERT(!printed.contains("ssssssssssssssssssssssssssssssssssssssss"));
  const auto again = config::load(printed, surroundings);
  GH_ASSERT(again.has_value());
  GH_ASSERT(config::to_text(*again) == printed);
  return 0;
}
