// `gatehouse contract diff`: what a new version of an OpenAPI document breaks for callers of the old one, and what it no longer holds them to.
#include <fmt/format.h>

#include <array>

#include "app/main/words/contract_file.hpp"
#include "app/main/words/words.hpp"
#include "engines/review/comparison.hpp"

namespace gatehouse::main {

namespace contract_diff {
namespace {
using review::Comparison, review::Effect;

constexpr std::array effects{Effect::breaks, Effect::undecided, Effect::looser, Effect::harmless};

std::string painted(Effect effect, const Terminal& terminal) {
  auto word = std::string(to_text(effect));
  switch (effect) {
    case Effect::breaks: return terminal.red(word);
    case Effect::undecided:
    case Effect::looser: return terminal.yellow(word);
    case Effect::harmless: return word;
  }
  return word;
}

std::string change_text(const review::Change& change, const Terminal& terminal) {
  const auto subject = change.subject.empty() ? std::string("the document") : change.subject;
  return fmt::format("{} {}: {} {}\n  old {}\n  new {}\n", painted(change.effect, terminal), change.kind, printable(subject), printable(change.what),
                     printable(to_text(change.before)), printable(to_text(change.after)));
}

/// A hundred of each effect; what is harmless only with --all.
void show(const Comparison& comparison, bool all, const Terminal& terminal) {
  constexpr std::size_t shown_max = 100;
  std::array<std::size_t, review::effect_count> shown{};
  for (const auto& change : comparison.changes) {
    auto& count = shown[static_cast<std::size_t>(change.effect)];
    if (!all && (change.effect == Effect::harmless || count >= shown_max)) continue;
    ++count;
    terminal.print(change_text(change, terminal));
  }
  std::string sum;
  bool left_out = false;
  for (const auto effect : effects) {
    sum += fmt::format("{}{} {}", sum.empty() ? "" : ", ", comparison.count(effect), to_text(effect));
    left_out = left_out || shown[static_cast<std::size_t>(effect)] < comparison.count(effect);
  }
  terminal.line(sum + (left_out && !all ? "; every change with --all" : ""));
}

std::string to_json(const std::string& before, const std::string& after, const Comparison& comparison) {
  std::string out;
  json::Writer writer(out);
  const auto place = [&](std::string_view name, const review::Place& at) {
    writer.key(name).begin_object();
    write_place(writer, at);
    writer.end();
  };
  writer.begin_object().member("old", before).member("new", after).key("counts").begin_object();
  for (const auto effect : effects) writer.member(to_text(effect), comparison.count(effect));
  writer.end().key("changes").begin_array();
  for (const auto& change : comparison.changes) {
    writer.begin_object().member("change", change.kind).member("effect", to_text(change.effect));
    writer.member("subject", change.subject).member("what", change.what);
    place("old", change.before);
    place("new", change.after);
    writer.end();
  }
  writer.end().end();
  return out;
}

/// Null: it does not compile, or cannot be read, which was told.
std::unique_ptr<ContractFile> opened(const std::string& file, const Terminal& terminal, ExitCode& code) {
  auto made = ContractFile::open(file);
  if (!made) {
    code = terminal.fail(made.error());
    return nullptr;
  }
  if ((*made)->contract() != nullptr) return std::move(*made);
  code = ExitCode::invalid;
  if (terminal.json) {
    std::string out;
    json::Writer writer(out);
    writer.begin_object().member("file", file).member("compiles", false);
    write_errors(writer, (*made)->complaints());
    writer.end();
    terminal.line(out);
  } else {
    terminal.print((*made)->errors_text(terminal.colours()));
    terminal.line(fmt::format("{}: {}; nothing was compared", file, terminal.red("does not compile")));
  }
  return nullptr;
}

bool fails(const Comparison& comparison, std::string_view on) {
  if (on == "none") return false;
  // What nobody can tell apart may break: it counts as if it did.
  const bool breaks = comparison.count(Effect::breaks) + comparison.count(Effect::undecided) > 0;
  return breaks || (on == "looser" && comparison.count(Effect::looser) > 0);
}
}  // namespace
}  // namespace contract_diff

ExitCode run_contract_diff(const Arguments& arguments, Terminal& terminal) {
  const std::string old_file(*arguments.operand(0)), new_file(*arguments.operand(1));
  auto code = ExitCode::done;
  const auto before = contract_diff::opened(old_file, terminal, code);
  if (before == nullptr) return code;
  const auto after = contract_diff::opened(new_file, terminal, code);
  if (after == nullptr) return code;
  const auto comparison = review::compare(before->reading(), after->reading());
  if (terminal.json) terminal.line(contract_diff::to_json(old_file, new_file, comparison));
  else contract_diff::show(comparison, arguments.has("--all"), terminal);
  return contract_diff::fails(comparison, arguments.value("--fail-on").value_or("breaks")) ? ExitCode::failed : ExitCode::done;
}

}  // namespace gatehouse::main
