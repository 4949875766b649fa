// `gatehouse contract check`: whether an OpenAPI document compiles, what it leaves open, what of it cannot be enforced, and how much is.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "app/main/words/contract_file.hpp"
#include "app/main/words/words.hpp"
#include "engines/review/audit.hpp"

namespace gatehouse::main {

namespace contract_check {
namespace {
using review::Report, review::RuleId, review::Severity;

constexpr std::array severities{Severity::high, Severity::medium, Severity::low, Severity::info};

/// Nothing: findings are no failure, whatever they are.
std::optional<Severity> threshold(const Arguments& arguments) {
  const auto given = arguments.value("--fail-on").value_or("high");
  for (const auto severity : severities)
    if (given == to_text(severity)) return severity;
  return std::nullopt;
}

std::string_view version_text(contract::Version version) noexcept {
  switch (version) {
    case contract::Version::v3_0: return "3.0";
    case contract::Version::v3_1: return "3.1";
    case contract::Version::v3_2: return "3.2";
  }
  return "";
}

/// Rules with findings, the gravest first.
std::vector<RuleId> broken(const Report& report) {
  std::vector<RuleId> out;
  for (std::size_t i = 0; i < review::rule_count; ++i)
    if (report.counts[i] > 0) out.push_back(static_cast<RuleId>(i));
  std::ranges::stable_sort(out, std::ranges::greater{}, [](RuleId id) { return review::rule(id).severity; });
  return out;
}

std::size_t count_of(const Report& report, RuleId id) { return report.counts[static_cast<std::size_t>(id)]; }

std::size_t count_of(const Report& report, Severity severity) {
  std::size_t out = 0;
  for (const auto id : broken(report))
    if (review::rule(id).severity == severity) out += count_of(report, id);
  return out;
}

std::string shown(Severity severity, const Terminal& terminal) {
  const auto word = std::string(to_text(severity));
  if (severity == Severity::high) return terminal.red(word);
  return severity == Severity::medium ? terminal.yellow(word) : word;
}

/// Text of a stranger's file, short enough for a cell.
std::string cell(std::string_view text) {
  constexpr std::size_t shown_max = 90;
  if (text.size() <= shown_max) return printable(text);
  auto end = shown_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return printable(text.substr(0, end)) + "...";
}

std::string coverage_text(const review::Coverage& coverage, const Terminal& terminal) {
  constexpr std::array<std::string_view, 4> heading{"ENFORCED", "WHOLE", "IN PART", "NOT"};
  const auto row = [](std::string_view name, const review::Coverage::Count& count) {
    return std::vector<std::string>{std::string(name), std::to_string(count.whole), std::to_string(count.part), std::to_string(count.none)};
  };
  const std::vector<std::vector<std::string>> rows{row("operations", coverage.operations), row("parameters", coverage.parameters),
                                                   row("request bodies", coverage.bodies), row("answers", coverage.answers)};
  return terminal.table(heading, rows);
}

std::string summary_text(const Report& report, const Terminal& terminal) {
  constexpr std::array<std::string_view, 5> heading{"SEVERITY", "RULE", "TIMES", "FIRST AT", "WHAT"};
  std::vector<std::vector<std::string>> rows;
  for (const auto id : broken(report)) {
    const auto first = std::ranges::find(report.findings, id, &review::Finding::rule);
    const auto& rule = review::rule(id);
    if (first == report.findings.end()) continue;
    rows.push_back({std::string(to_text(rule.severity)), std::string(rule.name), std::to_string(count_of(report, id)),
                    cell(fmt::format("{}:{}", first->place.file, first->place.line)), cell(first->what)});
  }
  return rows.empty() ? std::string() : terminal.table(heading, rows);
}

/// What a rule is about. Of the lesser ones only with --all: who reads a summary wants to know where to begin.
std::string explanations_text(const Report& report, bool all, const Terminal& terminal) {
  std::string out;
  for (const auto id : broken(report)) {
    const auto& rule = review::rule(id);
    if (!all && rule.severity < Severity::medium) continue;
    out += fmt::format("{} ({})\n  gains: {}\n  cure:  {}\n", terminal.bold(rule.name), shown(rule.severity, terminal), rule.gain, rule.cure);
  }
  return out;
}

std::string findings_text(const Report& report, const Terminal& terminal) {
  std::string out;
  for (const auto& finding : report.findings) {
    const auto& rule = review::rule(finding.rule);
    out += fmt::format("{} {} {}: {}\n", shown(rule.severity, terminal), rule.name, printable(to_text(finding.place)), printable(finding.what));
  }
  return out;
}

std::string operation_name(const contract::OperationRules& operation) { return operation.method_token() + ' ' + operation.path(); }

/// "body application/json#/items/*/id", "query.limit"
std::string value_name(const contract::HarmlessValue& value) {
  return value.where + (value.media_type.empty() ? "" : ' ' + value.media_type) + (value.pointer.empty() ? "" : '#' + value.pointer);
}

std::string harmless_text(const contract::Contract& contract, const Terminal& terminal) {
  constexpr std::array<std::string_view, 3> heading{"OPERATION", "HARMLESS", "SINCE IT IS"};
  std::vector<std::vector<std::string>> rows;
  for (const auto& operation : contract.operations())
    for (const auto& value : operation.harmless_values())
      rows.push_back({cell(operation_name(operation)), cell(value_name(value)), schema::to_text(value.why)});
  return rows.empty() ? "no value of a request is proven harmless by its schema\n" : terminal.table(heading, rows);
}

void show(const std::string& file, const contract::Reading& reading, const Report& report, bool all, const Terminal& terminal) {
  terminal.line(fmt::format("{}: {}, OpenAPI {}, {} operation{}", file, terminal.green("compiles"), version_text(reading.description.version),
                            report.coverage.operations.all(), report.coverage.operations.all() == 1 ? "" : "s"));
  terminal.print(coverage_text(report.coverage, terminal));
  if (!report.findings.empty()) {
    terminal.line("");
    terminal.print(summary_text(report, terminal));
    terminal.line("");
    terminal.print(explanations_text(report, all, terminal));
  }
  if (all) terminal.print(findings_text(report, terminal));
  std::string sum;
  for (const auto severity : severities) sum += fmt::format("{}{} {}", sum.empty() ? "" : ", ", count_of(report, severity), to_text(severity));
  terminal.line(sum + (all || report.findings.empty() ? "" : "; every place with --all"));
}

void write_counts(json::Writer& writer, std::string_view name, const review::Coverage::Count& count) {
  writer.key(name).begin_object().member("whole", count.whole).member("part", count.part).member("not", count.none).end();
}

void write_harmless(json::Writer& writer, const contract::Contract& contract) {
  writer.key("harmless").begin_array();
  for (const auto& operation : contract.operations())
    for (const auto& value : operation.harmless_values()) {
      writer.begin_object().member("operation", operation_name(operation)).member("where", value.where);
      if (!value.media_type.empty()) writer.member("media_type", value.media_type);
      writer.member("pointer", value.pointer).member("why", schema::to_text(value.why)).end();
    }
  writer.end();
}

/// `proven`: the contract, if what it proves harmless is to be listed.
std::string to_json(const std::string& file, const contract::Reading& reading, const Report& report, const contract::Contract* proven) {
  std::string out;
  json::Writer writer(out);
  writer.begin_object().member("file", file).member("compiles", true).member("openapi", version_text(reading.description.version));
  write_errors(writer, reading.complaints);
  writer.key("coverage").begin_object();
  write_counts(writer, "operations", report.coverage.operations);
  write_counts(writer, "parameters", report.coverage.parameters);
  write_counts(writer, "bodies", report.coverage.bodies);
  write_counts(writer, "answers", report.coverage.answers);
  writer.end();
  if (proven != nullptr) write_harmless(writer, *proven);
  writer.key("counts").begin_object();
  for (const auto severity : severities) writer.member(to_text(severity), count_of(report, severity));
  writer.end().key("rules").begin_array();
  for (const auto id : broken(report)) {
    const auto& rule = review::rule(id);
    writer.begin_object().member("rule", rule.name).member("severity", to_text(rule.severity)).member("count", count_of(report, id));
    writer.member("gains", rule.gain).member("cure", rule.cure).end();
  }
  writer.end().key("findings").begin_array();
  for (const auto& finding : report.findings) {
    const auto& rule = review::rule(finding.rule);
    writer.begin_object().member("rule", rule.name).member("severity", to_text(rule.severity));
    write_place(writer, finding.place);
    writer.member("what", finding.what).end();
  }
  writer.end().end();
  return out;
}

ExitCode refused(const std::string& file, const ContractFile& opened, const Terminal& terminal) {
  const auto& complaints = opened.complaints();
  if (terminal.json) {
    std::string out;
    json::Writer writer(out);
    writer.begin_object().member("file", file).member("compiles", false);
    write_errors(writer, complaints);
    writer.end();
    terminal.line(out);
  } else {
    terminal.print(opened.errors_text(terminal.colours()));
    terminal.line(fmt::format("{}: {}; nothing else was looked at", file, terminal.red("does not compile")));
  }
  return ExitCode::invalid;
}
}  // namespace
}  // namespace contract_check

ExitCode run_contract_check(const Arguments& arguments, Terminal& terminal) {
  const std::string file(*arguments.operand(0));
  const auto opened = ContractFile::open(file);
  if (!opened) return terminal.fail(opened.error());
  auto& document = **opened;
  if (document.contract() == nullptr) return contract_check::refused(file, document, terminal);
  const auto report = review::audit(*document.contract(), document.reading());
  const auto* const proven = arguments.has("--harmless") ? document.contract() : nullptr;
  if (terminal.json) terminal.line(contract_check::to_json(file, document.reading(), report, proven));
  else contract_check::show(file, document.reading(), report, arguments.has("--all"), terminal);
  if (proven != nullptr && !terminal.json) terminal.print('\n' + contract_check::harmless_text(*proven, terminal));
  const auto threshold = contract_check::threshold(arguments);
  return threshold && report.at_least(*threshold) > 0 ? ExitCode::failed : ExitCode::done;
}

}  // namespace gatehouse::main
