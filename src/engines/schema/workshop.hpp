// What is at hand while a program is made: its tables, the resources that references lead to, and the list of schemas that wait for their turn.
// Each is compiled when its turn comes and not where it is met, so nothing recurses and a reference needs no more than a number.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engines/schema/compiler.hpp"
#include "engines/schema/places.hpp"
#include "engines/schema/program.hpp"
#include "engines/schema/resources.hpp"

namespace gatehouse::schema {

class Workshop {
 public:
  Workshop(const Documents& documents, Options options);

  [[nodiscard]] const Options& options() const noexcept { return options_; }
  [[nodiscard]] Program& program() noexcept { return *program_; }
  [[nodiscard]] Places& places() noexcept { return places_; }
  [[nodiscard]] Resources& resources() noexcept { return resources_; }

  /// The block of the schema at a place; compiled later, if it is new.
  [[nodiscard]] Result<BlockId> block_of(const Target& schema);
  /// Compiles whatever waits.
  void work_off();

  /// What a reference within that resource means; each is looked up once.
  [[nodiscard]] Result<Target> resolve(ResourceId from, std::string_view reference);

  /// Dynamic anchors of that name, in whichever resource, are called for.
  [[nodiscard]] TextId call_for_dynamic_anchor(std::string_view name);
  [[nodiscard]] TextId call_for_recursive_anchor();
  [[nodiscard]] bool has_dynamic_anchors(ResourceId resource) const noexcept {
    return !resources_[resource].dynamic_anchors.empty() || resources_[resource].recursive_anchor;
  }
  /// The blocks of all dynamic anchors that are called for; such blocks may call for more.
  [[nodiscard]] Result<> gather_dynamic_anchors();

  [[nodiscard]] std::uint32_t literal(json::Value value);
  [[nodiscard]] Result<std::uint32_t> pattern(PlaceId place, std::string_view source);
  void notice(Notice::Kind kind, PlaceId place, std::string text);

  /// An error that begins with the place.
  [[nodiscard]] Error error(PlaceId place, std::string_view text, Fault fault = Fault::invalid) const;
  void failed(Error error);

  [[nodiscard]] std::span<const Error> errors() const noexcept { return errors_; }
  [[nodiscard]] std::span<const Notice> notices() const noexcept { return notices_; }
  [[nodiscard]] std::unique_ptr<Program> take_program() && noexcept { return std::move(program_); }

 private:
  struct Waiting {
    Target schema;
    BlockId block;
  };
  void compile(const Waiting& waiting);

  Options options_;
  std::unique_ptr<Program> program_;
  Places places_;
  Resources resources_;
  std::vector<Waiting> waiting_;
  std::unordered_map<const void*, BlockId> blocks_;
  std::map<std::string, Target, std::less<>> resolved_;
  std::unordered_map<std::string, std::uint32_t> patterns_;
  std::size_t pattern_memory_ = 0;
  std::map<TextId, std::string> dynamic_anchors_;
  std::optional<TextId> recursive_anchor_;
  std::vector<Error> errors_;
  std::vector<Notice> notices_;
};

}  // namespace gatehouse::schema
