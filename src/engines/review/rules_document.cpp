#include "engines/review/rules_document.hpp"

#include <array>

#include "engines/review/finding.hpp"

namespace gatehouse::review {

namespace rules_page {
namespace {
constexpr std::array<ChangeKind, 75> kinds{{
    {"operation-removed", "an operation is gone"},
    {"operation-added", "an operation is new and asks for a credential"},
    {"open-operation-added", "an operation is new and asks for nothing"},
    {"operation-deprecated", "an operation is deprecated now"},
    {"server-removed", "the paths no longer stand below this path of a server"},
    {"server-added", "the paths stand below another one, too"},
    {"security-tightened", "some callers have not what is asked now"},
    {"security-loosened", "who holds less, or something else, is let in as well"},
    {"security-dropped", "nothing need be asked any more"},
    {"parameter-removed", "gone: in the query it is refused now, elsewhere no longer judged"},
    {"parameter-added", "new, and may be left out"},
    {"parameter-required", "new and required, or required now"},
    {"parameter-optional", "no longer required; of a header of an answer: no longer sure"},
    {"parameter-written-otherwise", "another style, or another media type"},
    {"parameter-empty", "may be empty, or no longer"},
    {"body-removed", "no body is taken any more"},
    {"body-added", "a body is taken now"},
    {"body-required", "a body is required now"},
    {"body-optional", "a body is no longer required"},
    {"answer-body-added", "an answer has a body now"},
    {"media-type-removed", "a media type is no longer taken or answered"},
    {"media-type-added", "a media type is new"},
    {"encoding-changed", "parts of a form are written in another form"},
    {"status-removed", "a status is no longer described"},
    {"status-added", "a status is new, and nothing described it before"},
    {"header-removed", "a header of an answer is no longer described"},
    {"header-added", "a header of an answer is new"},
    {"schema-dropped", "there is no schema any more"},
    {"schema-added", "there was no schema before"},
    {"type-narrowed", "a type is no longer taken"},
    {"type-widened", "a type is taken now"},
    {"values-listed", "only listed values are taken now ('enum', 'const')"},
    {"values-unlisted", "values are no longer listed"},
    {"value-removed", "a value is no longer on the list"},
    {"value-added", "a value is new on the list"},
    {"limit-tightened", "a limit is new or tighter (lengths, numbers, items, members, 'uniqueItems')"},
    {"limit-loosened", "a limit is gone or wider"},
    {"limit-changed", "a limit changed by less than numbers here can tell"},
    {"multiple-changed", "another 'multipleOf'"},
    {"pattern-added", "a pattern is new"},
    {"pattern-dropped", "a pattern is gone"},
    {"pattern-changed", "another pattern"},
    {"format-added", "a format is new"},
    {"format-dropped", "a format is gone"},
    {"format-narrowed", "a format that takes less, such as int32 for int64"},
    {"format-widened", "a format that takes more"},
    {"format-changed", "another format"},
    {"items-described", "items could be anything"},
    {"items-undescribed", "items may be anything now"},
    {"member-removed", "a member is no longer described"},
    {"member-added", "a member is new"},
    {"member-required", "a member is required now"},
    {"member-optional", "a member is no longer required"},
    {"member-pattern-changed", "members are described by another pattern of names"},
    {"members-closed", "members that nobody describes are no longer taken, or held to a schema"},
    {"members-opened", "members that nobody describes are let through"},
    {"became-read-only", "a member of requests is read-only now"},
    {"became-write-only", "a member of answers is write-only now"},
    {"became-writable", "a read-only member may be written now"},
    {"became-readable", "a write-only member is in answers now"},
    {"never", "a value became impossible, or possible"},
    {"alternative-removed", "an alternative of 'anyOf' or 'oneOf' is gone"},
    {"alternative-added", "an alternative is new"},
    {"alternatives-added", "what was one thing is one of several now"},
    {"alternatives-dropped", "what was one of several is one thing now"},
    {"alternatives-changed", "other lists of alternatives are combined"},
    {"alternatives-word", "'anyOf' became 'oneOf' or the reverse"},
    {"word-added", "a word is new that is not taken apart, such as 'not' or 'contains'"},
    {"word-dropped", "such a word is gone"},
    {"word-changed", "such a word says something else"},
    {"named-reference", "a schema is referred to by name ('$anchor', '$id', '$dynamicRef'), and the documents differ"},
    {"dialect-changed", "another 'jsonSchemaDialect'"},
    {"too-much-to-compare", "there is more than is compared"},
    {"webhooks-not-compared", "webhooks, which no gate sees"},
    {"callbacks-not-compared", "callbacks, which no gate sees"},
}};

std::string row_of(const Rule& one) {
  return "| `" + std::string(one.name) + "` | " + std::string(to_text(one.severity)) + " | " + std::string(one.gain) + " | " + std::string(one.cure) +
         " |\n";
}
}  // namespace
}  // namespace rules_page

std::span<const ChangeKind> change_kinds() noexcept { return rules_page::kinds; }

std::string rules_document() {
  std::string out = R"(<!-- Made by gatehouse_reference from the tables in src/engines/review; changes by hand are lost. -->
# Rules for contracts

What [`gatehouse contract check`](contract-check.md) and [`gatehouse contract diff`](contract-check.md#what-a-new-version-breaks) may say. The names are for scripts, and stay.

## Findings of `contract check`

| rule | severity | what an attacker gains, or what is lost | cure |
|---|---|---|---|
)";
  for (std::size_t i = 0; i < rule_count; ++i) out += rules_page::row_of(rule(static_cast<RuleId>(i)));
  out += R"(
## Changes of `contract diff`

Whether a change breaks depends on the direction: less in a request, more in an answer.

| change | meaning |
|---|---|
)";
  for (const auto& [kind, meaning] : change_kinds()) out += "| `" + std::string(kind) + "` | " + std::string(meaning) + " |\n";
  return out;
}

}  // namespace gatehouse::review
