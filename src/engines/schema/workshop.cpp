#include "engines/schema/workshop.hpp"

#include <algorithm>

#include "engines/schema/block_writer.hpp"

namespace gatehouse::schema {

namespace {
constexpr std::size_t notices_max = 1'000;
}

Workshop::Workshop(const Documents& documents, Options options)
    : options_(options), program_(std::make_unique<Program>()), places_(*program_), resources_(documents, options_, places_) {
  program_->seed = options_.seed;
  program_->places.push_back({none, 0});  // place 0 is nowhere: of the block that keeps everything
  static_cast<void>(places_.text(""));
  program_->code.push_back({.op = Op::done});
  program_->blocks.push_back({});
}

Error Workshop::error(PlaceId place, std::string_view text, Fault fault) const {
  return refuse(fault, absolute_location(*program_, place) + ": " + std::string(text));
}

void Workshop::failed(Error error) {
  if (errors_.size() < options_.limits.errors) errors_.push_back(std::move(error));
}

void Workshop::notice(Notice::Kind kind, PlaceId place, std::string text) {
  if (notices_.size() < notices_max) notices_.push_back({kind, absolute_location(*program_, place), std::move(text)});
}

Result<BlockId> Workshop::block_of(const Target& schema) {
  if (schema.value.boolean() == true) return keeps_all;
  if (!schema.value.is_object() && schema.value.boolean() != false) return error(schema.place, "a schema is an object or a boolean");
  const auto id = static_cast<BlockId>(program_->blocks.size());
  const auto [at, fresh] = blocks_.try_emplace(schema.value.identity(), id);
  if (!fresh) return at->second;
  if (program_->blocks.size() >= options_.limits.schemas) return error(schema.place, "more schemas than are allowed", Fault::exhausted);
  program_->blocks.push_back({.place = schema.place});
  waiting_.push_back({schema, id});
  return id;
}

void Workshop::work_off() {
  while (!waiting_.empty()) {
    const auto next = waiting_.back();
    waiting_.pop_back();
    compile(next);
  }
}

void Workshop::compile(const Waiting& waiting) {
  std::vector<Instruction> code;
  BlockWriter writer(*this, waiting.schema, code);
  auto written = writer.write();
  if (written && program_->code.size() + code.size() >= options_.limits.instructions)
    written = error(waiting.schema.place, "more instructions than are allowed", Fault::exhausted);
  if (!written) {
    failed(std::move(written).error());
    code.assign(1, {.op = Op::never, .place = waiting.schema.place});  // whoever uses the program in spite of the error is refused
  }
  program_->blocks[waiting.block].first = static_cast<std::uint32_t>(program_->code.size());
  program_->code.insert(program_->code.end(), code.begin(), code.end());
  program_->code.push_back({.op = Op::done});
}

Result<Target> Workshop::resolve(ResourceId from, std::string_view reference) {
  const auto key = std::to_string(from) + ' ' + std::string(reference);
  if (const auto known = resolved_.find(key); known != resolved_.end()) return known->second;
  const auto target = TRY(resources_.resolve(resources_[from].url, reference));
  CHECK_OK(resources_.declare(target));  // within an OpenAPI document a schema may be met here for the first time
  resolved_.emplace(key, target);
  return target;
}

TextId Workshop::call_for_dynamic_anchor(std::string_view name) {
  const auto id = places_.text(name);
  dynamic_anchors_.try_emplace(id, name);
  return id;
}

TextId Workshop::call_for_recursive_anchor() {
  using namespace std::string_view_literals;
  if (!recursive_anchor_) recursive_anchor_ = places_.text("\0recursive"sv);  // no anchor can be named so
  return *recursive_anchor_;
}

Result<> Workshop::gather_dynamic_anchors() {
  const auto add = [&](ResourceId resource, TextId anchor, const Target& target) -> Result<> {
    const auto block = TRY(block_of(target));
    program_->dynamic_anchors[static_cast<std::uint64_t>(resource) << 32 | anchor] = block;
    return {};
  };
  for (std::size_t before = 0; before != program_->blocks.size() + program_->dynamic_anchors.size();) {
    before = program_->blocks.size() + program_->dynamic_anchors.size();
    for (ResourceId id = 0; id < resources_.size(); ++id) {
      const auto& resource = resources_[id];
      for (const auto& [anchor, name] : dynamic_anchors_)
        if (const auto found = resource.dynamic_anchors.find(name); found != resource.dynamic_anchors.end()) CHECK_OK(add(id, anchor, found->second));
      if (recursive_anchor_ && resource.recursive_anchor) CHECK_OK(add(id, *recursive_anchor_, Target{resource.root, resource.place, id}));
    }
    work_off();
  }
  return {};
}

std::uint32_t Workshop::literal(json::Value value) {
  program_->literals.push_back(json::copy(value));
  return static_cast<std::uint32_t>(program_->literals.size() - 1);
}

Result<std::uint32_t> Workshop::pattern(PlaceId place, std::string_view source) {
  if (const auto known = patterns_.find(std::string(source)); known != patterns_.end()) return known->second;
  if (source.size() > options_.limits.pattern_bytes)
    return error(place, "a regular expression of more than " + std::to_string(options_.limits.pattern_bytes) + " bytes", Fault::exhausted);
  if (patterns_.size() >= options_.limits.patterns) return error(place, "more regular expressions than are allowed", Fault::exhausted);
  auto compiled = Pattern::compile(source, options_.limits.pattern_memory);
  if (!compiled) return error(place, "not a regular expression: " + compiled.error().told, compiled.error().fault);
  pattern_memory_ += (*compiled)->memory();
  if (pattern_memory_ > options_.limits.pattern_memory_all) return error(place, "the regular expressions need too much memory", Fault::exhausted);
  if ((*compiled)->backtracks())
    notice(Notice::Kind::backtracking_pattern, place,
           "the regular expression needs an engine that backtracks; it is stopped at a limit, and the value then refused");
  const auto id = static_cast<std::uint32_t>(program_->patterns.size());
  program_->patterns.push_back(std::move(*compiled));
  patterns_.emplace(source, id);
  return id;
}

}  // namespace gatehouse::schema
