// Texts that are edited while they stream: the first byte says by what, the second where they are cut. What leaves is the same wherever that is, and
// what was JSON still is.
#include <cstdint>
#include <string>

#include "engines/redaction/field_editor.hpp"
#include "engines/redaction/leaks.hpp"
#include "engines/redaction/numbers.hpp"
#include "ground/base/assert.hpp"
#include "ground/json/document.hpp"

namespace {
using namespace gatehouse;
using namespace gatehouse::redaction;

const FieldRules& rules() {
  static const FieldRules made =
      compile({{"ssn", Action::remove}, {"/a/*/b", Action::mask}, {"card", Action::last_four}, {"/l/*", Action::remove}}).value();
  return made;
}

/// What leaves of a text that comes in pieces of that size; `kept`: all of it may.
template <class Editor>
std::string edited(Editor editor, std::string_view text, std::size_t piece, bool& kept) {
  std::string out;
  kept = true;
  for (std::size_t at = 0; kept && at < text.size(); at += piece) kept = editor(text.substr(at, piece), false, out);
  kept = kept && editor({}, true, out);
  return out;
}

/// `make` makes an editor: bool(piece, last, out). `json`: what is JSON is kept, and stays it.
template <class Make>
void check(Make make, std::string_view text, std::size_t piece, bool json, bool same_length) {
  bool whole_kept = false, kept = false;
  const auto whole = edited(make(), text, text.size() + 1, whole_kept);
  const auto pieces = edited(make(), text, piece, kept);
  GH_ASSERT(kept == whole_kept);
  if (kept) GH_ASSERT(pieces == whole && (!same_length || whole.size() == text.size()));
  if (json && json::parse(text).has_value()) GH_ASSERT(kept && json::parse(whole).has_value());
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 2, size - 2);
  const std::size_t piece = 1 + data[1];
  const bool other = (data[0] & 4) != 0;
  switch (data[0] % 3) {
    case 0:
      check(
          [&] {
            return [editor = FieldEditor(rules(), compiled_root, Caller(rules()), other ? FieldEditor::Values::several : FieldEditor::Values::one)](
                       std::string_view part, bool last, std::string& out) mutable { return editor.take(part, last, out); };
          },
          text, piece, true, false);
      break;
    case 1:
      check(
          [&] {
            return [masker = NumberMasker({.cards = true, .ibans = true}, other)](std::string_view part, bool last, std::string& out) mutable {
              masker.take(part, last, out);
              return true;
            };
          },
          text, piece, other, true);
      break;
    case 2: {
      LeakActions actions{};
      actions.fill(LeakAction::mask);
      check(
          [&] {
            return [scanner = LeakScanner(actions)](std::string_view part, bool last, std::string& out) mutable {
              return scanner.take(part, last, out);
            };
          },
          text, piece, false, true);
      break;
    }
  }
  return 0;
}
