#include "engines/schema/compiler.hpp"

#include "engines/schema/schema.hpp"
#include "engines/schema/workshop.hpp"

namespace gatehouse::schema {

namespace {
/// The blocks that a block hands the same value on to, whatever that value is.
template <class Visit>
void for_each_in_place(const Program& program, BlockId block, Visit visit) {
  for (auto at = program.blocks[block].first; program.code[at].op != Op::done; ++at) {
    const auto& step = program.code[at];
    switch (step.op) {
      case Op::call:
      case Op::negation: visit(step.a); break;
      case Op::all_of:
      case Op::any_of:
      case Op::one_of:
        for (std::uint32_t i = 0; i < step.b; ++i) visit(program.lists[step.a + i]);
        break;
      case Op::discriminated: {
        const auto& discriminator = program.discriminators[step.a];
        for (std::uint32_t i = 0; i < discriminator.count; ++i) visit(program.lists[discriminator.alternatives + i]);
        break;
      }
      case Op::condition: {
        const auto& condition = program.conditions[step.a];
        visit(condition.test);
        if (condition.then != none) visit(condition.then);
        if (condition.otherwise != none) visit(condition.otherwise);
        break;
      }
      case Op::dependencies:
        for (std::uint32_t i = 0; i < step.b; ++i)
          if (const auto inner = program.dependencies[step.a + i].block; inner != none) visit(inner);
        break;
      case Op::done:
      case Op::never:
      case Op::scope:
      case Op::track:
      case Op::type:
      case Op::choice:
      case Op::range:
      case Op::multiple_of:
      case Op::length:
      case Op::pattern:
      case Op::format:
      case Op::content:
      case Op::items:
      case Op::contains:
      case Op::item_count:
      case Op::unique_items:
      case Op::object:
      case Op::member_count:
      case Op::property_names:
      case Op::dynamic_call:  // leads where the way of judging says; what circles there is stopped by the depth
      case Op::unevaluated_properties:
      case Op::unevaluated_items:
      case Op::annotate: break;
    }
  }
}

/// A block that leads back to itself without a step into the instance; nothing if there is none. A depth-first search with a stack of its own,
/// since a hostile chain of references may be as long as the program.
std::optional<BlockId> endless_block(const Program& program) {
  enum class Colour : std::uint8_t { white, grey, black };
  std::vector<Colour> colours(program.blocks.size(), Colour::white);
  std::vector<BlockId> stack;
  for (BlockId root = 0; root < program.blocks.size(); ++root) {
    if (colours[root] != Colour::white) continue;
    stack.push_back(root);
    while (!stack.empty()) {
      const auto block = stack.back();
      if (colours[block] != Colour::white) {  // back from all that it leads to, or met twice
        colours[block] = Colour::black;
        stack.pop_back();
        continue;
      }
      colours[block] = Colour::grey;
      std::optional<BlockId> closed;
      for_each_in_place(program, block, [&](BlockId next) {
        if (colours[next] == Colour::grey) closed = next;
        if (colours[next] == Colour::white) stack.push_back(next);
      });
      if (closed) return closed;
    }
  }
  return std::nullopt;
}

BlockForm form_of(const Program& program, std::uint32_t at) {
  const auto* const code = program.code.data();
  if (code[at].op == Op::done) return BlockForm::nothing;
  if (code[at].op == Op::object && code[at + 1].op == Op::done) return BlockForm::object;
  if (code[at].op == Op::items && code[at + 1].op == Op::done) return BlockForm::items;
  bool leaf = true;
  for (; code[at].op != Op::done; ++at) {
    if (code[at].op == Op::scope || code[at].op == Op::track) return BlockForm::framed;
    leaf = leaf && is_leaf(code[at].op);
  }
  return leaf ? BlockForm::leaf : BlockForm::plain;
}

/// Finds for each block what a silent run takes. Its references were found to end.
void prepare(Program& program) {
  constexpr std::uint8_t any_kind = 0xFF;
  const auto is_alias = [&](std::uint32_t at) {
    return program.code[at].op == Op::call && program.code[at].flag && program.code[at + 1].op == Op::done;
  };
  for (auto& block : program.blocks) {
    block.silent = block.first;
    while (is_alias(block.silent)) block.silent = program.blocks[program.code[block.silent].a].first;
    const auto& first = program.code[block.silent];
    const bool typed = first.op == Op::type;
    block.way.kinds = typed ? first.small : any_kind;
    block.way.rest = block.silent + (typed ? 1 : 0);
    block.way.form = form_of(program, block.way.rest);
  }
  for (auto& slot : program.slots)
    if (slot.block != none) slot.way = program.blocks[slot.block].way;
}

/// A member that holds others, and so perhaps more alternatives.
bool is_deep(const Program& program, BlockId block) {
  if (block == none) return false;
  const auto form = program.blocks[block].way.form;
  return form != BlockForm::nothing && form != BlockForm::leaf;
}

/// Finds the tables of which one look at some members tells that a value is another alternative's. The ways of all blocks are known.
void find_telling_tables(Program& program) {
  for (auto& table : program.objects) {
    bool deep = is_deep(program, table.additional), telling = false;
    for (std::uint32_t i = 0; i < table.name_count; ++i) {
      const auto& slot = program.slots[table.order + i];
      deep = deep || is_deep(program, slot.block);
      telling = telling || (slot.block != none && slot.way.form == BlockForm::leaf && program.code[slot.way.rest].op == Op::choice);
    }
    table.tells_soon = deep && telling;
  }
}

void shrink(Program& program) {
  program.code.shrink_to_fit();
  program.blocks.shrink_to_fit();
  program.characters.shrink_to_fit();
  program.texts.shrink_to_fit();
  program.places.shrink_to_fit();
  program.slots.shrink_to_fit();
  program.lists.shrink_to_fit();
  program.literals.shrink_to_fit();
}
}  // namespace

class Compiler::Work {
 public:
  Work(const Documents& documents, const Options& options) : shop(documents, options) {}
  Workshop shop;
};

Compiler::Compiler(const Documents& documents, Options options) : work_(std::make_unique<Work>(documents, options)) {}
Compiler::~Compiler() = default;

Result<> Compiler::declare(std::string_view url) {
  const auto target = TRY(work_->shop.resources().resolve("", url));
  return work_->shop.resources().declare(target);
}

Result<Entry> Compiler::add(std::string_view url) {
  auto& shop = work_->shop;
  const auto errors_before = shop.errors().size();
  auto added = [&]() -> Result<Entry> {
    auto target = shop.resources().resolve("", url);
    if (!target) return refuse(target.error().fault, std::string(url) + ": " + target.error().told);
    if (auto declared = shop.resources().declare(*target); !declared) return shop.error(target->place, declared.error().told, declared.error().fault);
    const auto block = TRY(shop.block_of(*target));
    shop.work_off();
    if (shop.has_dynamic_anchors(target->resource)) shop.program().entry_scopes[block] = target->resource;
    return Entry{block};
  }();
  if (!added) shop.failed(added.error());
  if (shop.errors().size() > errors_before) return shop.errors()[errors_before];
  return added;
}

std::span<const Error> Compiler::errors() const noexcept { return work_->shop.errors(); }
std::span<const Notice> Compiler::notices() const noexcept { return work_->shop.notices(); }

Result<std::shared_ptr<const Program>> Compiler::finish() && {
  auto& shop = work_->shop;
  if (auto gathered = shop.gather_dynamic_anchors(); !gathered) shop.failed(std::move(gathered).error());
  if (!shop.errors().empty()) return shop.errors().front();
  if (const auto endless = endless_block(shop.program()))
    return shop.error(shop.program().blocks[*endless].place, "refers to itself without a step into the instance, so that judging would never end");
  auto program = std::move(shop).take_program();
  prepare(*program);
  find_telling_tables(*program);
  shrink(*program);
  return std::shared_ptr<const Program>(std::move(program));
}

Result<Schema> compile(json::Value root, const Options& options, const Documents& documents, std::string_view url) {
  Documents all = documents;
  CHECK_OK(all.add(url, root));
  Compiler compiler(all, options);
  const auto entry = TRY(compiler.add(url));
  auto program = TRY(std::move(compiler).finish());
  return Schema(std::move(program), entry);
}

}  // namespace gatehouse::schema
