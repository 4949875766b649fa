// The library's events become nodes of a JSON document at once; there is no tree of YAML. An anchor is a range of nodes, and an alias copies it.
#include "ground/yaml/yaml.hpp"

#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>
#include <algorithm>
#include <istream>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "ground/base/text.hpp"
#include "ground/json/builder.hpp"
#include "ground/yaml/characters.hpp"
#include "ground/yaml/core_schema.hpp"

namespace gatehouse::yaml {

namespace {
constexpr std::size_t shown_bytes_max = 64;  // of a text of the document in a slip

/// Offsets of the beginnings of lines are only looked for when there is something to complain about.
std::size_t line_start(std::string_view text, std::size_t line) noexcept {
  std::size_t at = 0;
  for (; line > 0; --line) {
    const auto end = text.find('\n', at);
    if (end == text.npos) return text.size();
    at = end + 1;
  }
  return at;
}

std::size_t offset_of(std::string_view text, const YAML::Mark& mark) noexcept {
  if (mark.line < 0 || mark.column < 0) return 0;
  return std::min(line_start(text, static_cast<std::size_t>(mark.line)) + static_cast<std::size_t>(mark.column), text.size());
}

Slip slip_at(std::string_view text, std::size_t offset, std::string what, Fault fault = Fault::invalid) {
  const auto before = text.substr(0, std::min(offset, text.size()));
  const auto begin = before.rfind('\n') == before.npos ? 0 : before.rfind('\n') + 1;
  const auto characters = std::ranges::count_if(before.substr(begin), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; });
  return {fault, static_cast<std::uint32_t>(std::ranges::count(before, '\n') + 1), static_cast<std::uint32_t>(characters + 1), std::move(what)};
}

class Assembler final : public YAML::EventHandler {
 public:
  Assembler(std::string_view text, const Limits& limits) : text_(text), limits_(limits), depth_max_(std::min(limits.depth, depth_max)) {}

  void OnDocumentStart(const YAML::Mark& mark) override { began_ = mark; }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (!is_open(mark)) return;
    if (expects_name()) return slip(mark, "a name is empty or null; write it in quotes");
    const auto at = out_.position();
    out_.null();
    finish_value(mark, at, anchor, 0);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& value) override {
    if (tag == "!") quoted_ = mark;
    if (!is_open(mark)) return;
    if (value.size() > limits_.string_bytes) return slip(mark, "a text is too long", Fault::exhausted);
    if (expects_name()) return name(mark, tag, anchor, value);
    const auto kind = kind_of(tag, value);
    if (!kind) return slip(mark, "has a tag that is not of YAML's core schema");
    const auto at = out_.position();
    switch (add_as(*kind, value, out_)) {
      case Added::yes: break;
      case Added::other: return slip(mark, "'" + shown(value) + "' is not what its tag says");
      case Added::unrepresentable: return slip(mark, "'" + shown(value) + "' is a number that JSON has no word for");
    }
    finish_value(mark, at, anchor, 0);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (failed_) return;
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) return slip(mark, "an alias stands within what it names");
    if (merging()) return merge(mark, found->second);
    if (!is_open(mark)) return;
    if (expects_name()) return alias_as_name(mark, found->second);
    const auto& named = found->second;
    const auto span = named.end - named.begin;
    if (span > limits_.nodes || out_.position() > limits_.nodes - span)
      return slip(mark, "the aliases of this document stand for more than " + std::to_string(limits_.nodes) + " values", Fault::exhausted);
    if (frames_.size() + named.depth > depth_max_) return slip(mark, too_deep(), Fault::exhausted);
    const auto at = out_.position();
    out_.repeat(named.begin, named.end);
    finish_value(mark, at, 0, named.depth);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    if (!failed_ && !frames_.empty() && frames_.back().merging == Merging::value) {
      frames_.back().merging = Merging::list;
      return;
    }
    begin(mark, tag, "tag:yaml.org,2002:seq", anchor, false);
  }
  void OnSequenceEnd() override {
    if (!failed_ && !frames_.empty() && frames_.back().merging == Merging::list) {
      frames_.back().merging = Merging::no;
      frames_.back().name_next = true;
      return;
    }
    end();
  }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    begin(mark, tag, "tag:yaml.org,2002:map", anchor, true);
  }
  void OnMapEnd() override { end(); }

  [[nodiscard]] const YAML::Mark& began() const noexcept { return began_; }
  /// Where the last quotation begins, of which only the last can be without an end.
  [[nodiscard]] const std::optional<YAML::Mark>& last_quotation() const noexcept { return quoted_; }

  std::expected<Tree, Slip> finish() && {
    if (failed_) return std::unexpected(std::move(*failed_));
    auto document = std::move(out_).finish();
    if (!document) return std::unexpected(slip_at(text_, 0, document.error().told, document.error().fault));
    return Tree(std::move(*document), std::move(lines_));
  }

 private:
  enum class Merging : std::uint8_t { no, value, list };  // within a map: behind `<<:`, and in the list there

  struct Frame {
    std::size_t at = 0;
    YAML::Mark mark;
    YAML::anchor_t anchor = 0;
    bool map = false;
    bool name_next = false;
    Merging merging = Merging::no;
    std::size_t depth = 1;            // of this container with all that is in it so far
    std::vector<std::size_t> merges;  // maps to be merged, by position
  };
  struct Named {
    std::size_t begin, end, depth;
  };

  static std::string shown(std::string_view text) {
    auto end = std::min(text.size(), shown_bytes_max);
    while (end > 0 && end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
    return std::string(text.substr(0, end));
  }
  [[nodiscard]] std::string too_deep() const { return "is nested deeper than " + std::to_string(depth_max_) + " levels"; }

  void slip(const YAML::Mark& mark, std::string what, Fault fault = Fault::invalid) {
    if (!failed_) failed_ = slip_at(text_, offset_of(text_, mark), std::move(what), fault);
  }

  [[nodiscard]] bool merging() const noexcept { return !frames_.empty() && frames_.back().merging != Merging::no; }
  [[nodiscard]] bool expects_name() const noexcept { return !frames_.empty() && frames_.back().name_next; }

  /// Whether anything may be added.
  bool is_open(const YAML::Mark& mark) {
    if (failed_) return false;
    if (merging()) slip(mark, "'<<' takes an alias of a map, or a list of such");
    else if (out_.position() >= limits_.nodes)
      slip(mark, "is one value too many; a document has at most " + std::to_string(limits_.nodes), Fault::exhausted);
    return !failed_;
  }

  void line_up_to_here(const YAML::Mark& mark) { lines_.resize(out_.position(), static_cast<std::uint32_t>(mark.line + 1)); }

  static std::optional<Core> kind_of(const std::string& tag, std::string_view value) noexcept {
    if (tag == "?" || tag.empty()) return resolve(value);
    if (tag == "!" || tag == "tag:yaml.org,2002:str") return Core::string;
    if (tag == "tag:yaml.org,2002:null") return Core::null;
    if (tag == "tag:yaml.org,2002:bool") return Core::boolean;
    if (tag == "tag:yaml.org,2002:int") return Core::integer;
    if (tag == "tag:yaml.org,2002:float") return Core::real;
    return std::nullopt;
  }

  void name(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& text) {
    if (!kind_of(tag, text)) return slip(mark, "has a tag that is not of YAML's core schema");
    Frame& frame = frames_.back();
    frame.name_next = false;
    if (text == "<<" && tag == "?") {
      frame.merging = Merging::value;
      return;
    }
    const auto at = out_.position();
    out_.key(text);
    line_up_to_here(mark);
    if (anchor != 0) anchors_.insert_or_assign(anchor, Named{at, at + 1, 0});
  }

  void alias_as_name(const YAML::Mark& mark, const Named& named) {
    if (out_.kind(named.begin) != json::Kind::string) return slip(mark, "a name is an alias of what is no text");
    frames_.back().name_next = false;
    out_.key(std::string(out_.text(named.begin)));
    line_up_to_here(mark);
  }

  void merge(const YAML::Mark& mark, const Named& named) {
    if (out_.kind(named.begin) != json::Kind::object) return slip(mark, "'<<' takes an alias of a map, or a list of such");
    Frame& frame = frames_.back();
    if (frame.merging == Merging::value) {
      frame.merging = Merging::no;
      frame.name_next = true;
    }
    frame.merges.push_back(named.begin);
    frame.depth = std::max(frame.depth, named.depth);
    if (frames_.size() - 1 + named.depth > depth_max_) slip(mark, too_deep(), Fault::exhausted);
  }

  void begin(const YAML::Mark& mark, const std::string& tag, std::string_view core_tag, YAML::anchor_t anchor, bool map) {
    if (!is_open(mark)) return;
    if (expects_name()) return slip(mark, "a name is a map or a list; a text that looks so stands in quotes");
    if (!tag.empty() && tag != "?" && tag != "!" && tag != core_tag) return slip(mark, "has a tag that is not of YAML's core schema");
    if (frames_.size() >= depth_max_) return slip(mark, too_deep(), Fault::exhausted);
    Frame frame;
    frame.at = out_.position();
    frame.mark = mark;
    frame.anchor = anchor;
    frame.map = frame.name_next = map;
    if (map) out_.begin_object();
    else out_.begin_array();
    line_up_to_here(mark);
    frames_.push_back(std::move(frame));
  }

  void end() {
    if (failed_) return;
    if (!frames_.back().merges.empty()) add_merged(frames_.back());
    if (failed_) return;
    out_.end();
    const Frame done = std::move(frames_.back());
    frames_.pop_back();
    if (const auto twice = out_.repeated()) return name_twice(done, *twice);
    finish_value(done.mark, done.at, done.anchor, done.depth);
  }

  /// Members of the map itself go before those that are merged, an earlier map before a later one.
  void add_merged(const Frame& frame) {
    std::set<std::string, std::less<>> names;
    for (auto at = frame.at + 1; at < out_.position(); at += 1 + out_.span(at + 1)) names.emplace(out_.text(at));
    for (const auto map : frame.merges) {
      for (auto at = map + 1; at < map + out_.span(map); at += 1 + out_.span(at + 1)) {
        if (!names.emplace(out_.text(at)).second) continue;
        const auto span = 1 + out_.span(at + 1);
        if (out_.position() + span > limits_.nodes) return slip(frame.mark, "merges more than a document may hold", Fault::exhausted);
        out_.repeat(at, at + span);
        line_up_to_here(frame.mark);
      }
    }
  }

  void name_twice(const Frame& map, std::size_t twice) {
    const auto name = out_.text(twice);
    auto first = map.at + 1;
    while (out_.text(first) != name) first += 1 + out_.span(first + 1);
    failed_ = Slip{Fault::invalid, lines_[twice], 1,
                   "the name '" + shown(name) + "' stands here for the second time, after line " + std::to_string(lines_[first])};
    const auto begin = line_start(text_, lines_[twice] - 1);
    const auto column = text_.substr(begin, text_.find('\n', begin) - begin).find_first_not_of(" -{,\t");
    if (column != text_.npos) failed_->column = static_cast<std::uint32_t>(column + 1);
  }

  /// A value stands at [at, position) now; `depth` is how many containers are within each other there.
  void finish_value(const YAML::Mark& mark, std::size_t at, YAML::anchor_t anchor, std::size_t depth) {
    line_up_to_here(mark);
    if (anchor != 0) anchors_.insert_or_assign(anchor, Named{at, out_.position(), depth});
    if (frames_.empty()) return;
    Frame& frame = frames_.back();
    frame.depth = std::max(frame.depth, depth + 1);
    frame.name_next = frame.map;
  }

  std::string_view text_;
  const Limits& limits_;
  std::size_t depth_max_;
  json::Builder out_;
  std::vector<std::uint32_t> lines_;
  std::vector<Frame> frames_;
  std::map<YAML::anchor_t, Named> anchors_;
  std::optional<Slip> failed_;
  std::optional<YAML::Mark> quoted_;
  YAML::Mark began_;
};

/// A directive that asks for the rules of another version, such as 1.1 with its `yes` and `no`.
std::optional<Slip> foreign_version(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto line = text.substr(at, text.find('\n', at) - at);
    if (line.starts_with("%YAML") && text::trim(line.substr(5, line.find('#') - 5)).substr(0, 3) != "1.2")
      return slip_at(text, at, "asks for another version of YAML than 1.2");
    if (!line.empty() && line.front() != '%' && line.front() != '#' && line.front() != '\r') break;
    at += line.size() + 1;
  }
  return std::nullopt;
}

/// Before a quotation may stand an anchor and a tag, which the mark is of.
bool ends_quotation(std::string_view text, const YAML::Mark& mark) {
  auto at = offset_of(text, mark);
  while (at < text.size() && (text[at] == '&' || text[at] == '!')) {
    at = std::min(text.find_first_of(" \t\r\n", at), text.size());
    at = std::min(text.find_first_not_of(" \t\r\n", at), text.size());
  }
  if (at >= text.size() || (text[at] != '"' && text[at] != '\'')) return true;  // a block scalar, or a comment in between: those end
  return is_closed_quotation(text, at);
}

std::expected<Tree, Slip> assemble(std::string_view text, const Limits& limits) {
  Assembler assembler(text, limits);
  TextBuffer buffer(text);
  std::istream stream(&buffer);
  YAML::Parser parser(stream);
  if (!parser.HandleNextDocument(assembler)) return std::unexpected(slip_at(text, 0, "the document is empty"));
  if (const auto& quotation = assembler.last_quotation(); quotation && !ends_quotation(text, *quotation))
    return std::unexpected(slip_at(text, offset_of(text, *quotation), "begins with a quotation mark that has no other one"));
  const Limits none{.bytes = 0, .depth = 1, .nodes = 1, .string_bytes = limits.string_bytes};
  Assembler rest(text, none);
  if (parser.HandleNextDocument(rest)) return std::unexpected(slip_at(text, offset_of(text, rest.began()), "the file has a second document"));
  return std::move(assembler).finish();
}
}  // namespace

std::uint32_t Tree::line_of(const json::Value& value) const noexcept {
  const auto* const first = static_cast<const json::internal::Node*>(document_.root().identity());
  const auto at = static_cast<std::size_t>(static_cast<const json::internal::Node*>(value.identity()) - first);
  return at < lines_.size() ? lines_[at] : 1;
}

std::expected<Tree, Slip> read(std::string_view text, const Limits& limits) {
  if (text.size() > limits.bytes)
    return std::unexpected(Slip{Fault::exhausted, 1, 1, "the text is larger than " + std::to_string(limits.bytes) + " bytes"});
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  if (const auto stray = stray_character(text)) return std::unexpected(slip_at(text, stray->offset, stray->what));
  if (auto version = foreign_version(text)) return std::unexpected(std::move(*version));
  try {  // the library throws on everything that is no YAML; nothing of it leaves this function
    return assemble(text, limits);
  } catch (const YAML::DeepRecursion& error) {
    return std::unexpected(slip_at(text, offset_of(text, error.mark), "is nested too deep", Fault::exhausted));
  } catch (const YAML::Exception& error) {
    return std::unexpected(slip_at(text, offset_of(text, error.mark), "cannot be read as YAML: " + error.msg));
  } catch (const std::exception& error) {
    return std::unexpected(slip_at(text, 0, std::string("cannot be read as YAML: ") + error.what()));
  }
}

}  // namespace gatehouse::yaml
