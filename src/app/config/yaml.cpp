#include "app/config/yaml.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>
#include <algorithm>
#include <istream>
#include <map>
#include <utility>
#include <vector>

#include "app/config/configuration.hpp"
#include "app/config/yaml_slip.hpp"
#include "ground/base/text.hpp"
#include "ground/settings/describe.hpp"
#include "ground/yaml/characters.hpp"

namespace gatehouse::config {

namespace yaml {

using settings::Node, settings::Position, settings::Reader;

namespace {

/// What YAML looks like, for those who lost a bracket or a quotation mark.
constexpr std::string_view example = "plans: { free: { rate: 10/s, features: [export] } }";

/// Bytes to characters: the library counts bytes.
class Places {
 public:
  explicit Places(std::string_view text) : text_(text), lines_(text::split(text, '\n')) {}

  /// The byte of the text at which the mark stands; its size when there is none.
  [[nodiscard]] std::size_t offset_of(const YAML::Mark& mark) const noexcept {
    const auto line = static_cast<std::size_t>(mark.line);
    if (mark.line < 0 || mark.column < 0 || line >= lines_.size()) return text_.size();
    return std::min(static_cast<std::size_t>(lines_[line].data() - text_.data()) + static_cast<std::size_t>(mark.column), text_.size());
  }

  Position of(const YAML::Mark& mark) {
    if (mark.line < 0 || mark.column < 0) return {};
    const auto line = static_cast<std::size_t>(mark.line);
    auto column = static_cast<std::size_t>(mark.column);
    constexpr std::size_t longest = 4096;  // counting is linear in the line; a longer one has no reader who counts
    if (line < lines_.size() && lines_[line].size() <= longest) {
      const auto before = lines_[line].substr(0, column);
      column -= static_cast<std::size_t>(std::ranges::count_if(before, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }));
    }
    return {static_cast<std::uint32_t>(line + 1), static_cast<std::uint32_t>(column + 1)};
  }

 private:
  std::string_view text_;
  std::vector<std::string_view> lines_;
};

/// Builds the tree from the parser's events. Names and values of a map arrive alternately.
class Builder final : public YAML::EventHandler {
 public:
  Builder(std::string_view text, Reader& reader) : text_(text), places_(text), reader_(reader) {}

  void OnDocumentStart(const YAML::Mark& mark) override { began_ = places_.of(mark); }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Node null = node(Node::Kind::null, mark);
    if (anchor != 0) refuse(null, "begins with '&', which makes it an anchor, and anchors are not taken; a text that begins so stands in quotes");
    put(std::move(null));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    // A few nested aliases grow to gigabytes ("billion laughs"), and a reader no longer sees what holds where.
    Node alias = node(Node::Kind::null, mark);
    refuse(alias,
           "begins with '*' and so is an alias; write the value out, aliases and anchors are not taken, and a text that begins so stands in quotes");
    put(std::move(alias));
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& value) override {
    Node scalar = node(Node::Kind::scalar, mark);
    scalar.text = value;
    scalar.quoted = tag == "!";
    check(scalar, tag, anchor);
    const auto offset = places_.offset_of(mark);
    if (scalar.quoted && offset < text_.size() && (text_[offset] == '"' || text_[offset] == '\'') &&
        !gatehouse::yaml::is_closed_quotation(text_, offset)) {
      refuse(scalar, "begins with a quotation mark that has no other one");
      cut_short_ = true;  // all the rest of the text is in it
    }
    put(std::move(scalar));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value style) override {
    begin(Node::Kind::list, mark, tag, anchor, style);
  }
  void OnSequenceEnd() override { end(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value style) override {
    begin(Node::Kind::map, mark, tag, anchor, style);
  }
  void OnMapEnd() override { end(); }

  [[nodiscard]] std::optional<Node> take() { return std::move(root_); }
  /// The tree is not the whole document; what it lacks would only be complained about again.
  [[nodiscard]] bool cut_short() const noexcept { return cut_short_; }
  [[nodiscard]] Position began() const noexcept { return began_; }

  /// Where what comes next belongs: "routes[2].path".
  [[nodiscard]] std::string path() const {
    std::string path;
    for (const auto& frame : frames_) {
      if (frame.node.kind == Node::Kind::list) path += '[' + std::to_string(frame.node.items.size()) + ']';
      else if (frame.name) path += (path.empty() ? "" : ".") + frame.name->text;
    }
    return path;
  }

 private:
  struct Frame {
    Node node;
    std::map<std::string, std::uint32_t, std::less<>> names;  ///< each with its line
    std::optional<Node> name;                                 ///< of the value that comes next, when it is a proper one
    bool value_next = false;
  };

  [[nodiscard]] Node node(Node::Kind kind, const YAML::Mark& mark) {
    Node out;
    out.kind = kind;
    out.at = places_.of(mark);
    return out;
  }

  void note(Position at, std::string what, std::string path, std::string nearest = {}) {
    auto right = settings::example_at(*configuration_settings().erased(), path);
    if (right.empty()) right = example;
    reader_.note_at(std::move(path), at, std::move(what), std::move(nearest), std::move(right));
  }

  /// Noted once, here; nobody complains of what is left of it.
  void refuse(Node& node, std::string what) {
    note(node.at, std::move(what), path());
    node.refused = true;
  }

  void check(Node& node, const std::string& tag, YAML::anchor_t anchor) {
    if (anchor != 0) note(node.at, "has an anchor; anchors and aliases are not taken, and a text that begins with '&' stands in quotes", path());
    if (!tag.empty() && tag != "?" && tag != "!") refuse(node, "has a tag; tags are not taken, and a text that begins with '!' stands in quotes");
  }

  void begin(Node::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value style) {
    Node begun = node(kind, mark);
    begun.flow = style == YAML::EmitterStyle::Flow;
    check(begun, tag, anchor);
    if (frames_.size() == yaml_depth_max) {
      if (too_deep_++ == 0) reader_.note(places_.of(mark), "is nested deeper than " + std::to_string(yaml_depth_max) + " levels");
      cut_short_ = true;
      return;
    }
    if (too_deep_ > 0) {
      ++too_deep_;
      return;
    }
    frames_.push_back({std::move(begun), {}, {}, false});
  }

  void end() {
    if (too_deep_ > 0) {
      --too_deep_;
      return;
    }
    Node done = std::move(frames_.back().node);
    frames_.pop_back();
    put(std::move(done));
  }

  void put(Node value) {
    if (too_deep_ > 0) return;
    if (++count_ > yaml_nodes_max) {
      cut_short_ = true;
      if (count_ == yaml_nodes_max + 1) reader_.note(value.at, "is one value too many; a document has at most " + std::to_string(yaml_nodes_max));
      return;
    }
    if (frames_.empty()) {
      root_ = std::move(value);
      return;
    }
    Frame& frame = frames_.back();
    if (frame.node.kind == Node::Kind::list) {
      frame.node.items.push_back(std::move(value));
    } else if (frame.value_next) {
      frame.value_next = false;
      if (auto name = std::exchange(frame.name, std::nullopt)) put_entry(frame, std::move(*name), std::move(value));
    } else {
      frame.value_next = true;
      put_name(frame, std::move(value));
    }
  }

  void put_name(Frame& frame, Node name) {
    if (name.kind != Node::Kind::scalar) {
      if (!name.refused) note(name.at, "must be a name, not " + std::string(name.kind_text()) + "; a name that looks so stands in quotes", path());
      return;
    }
    if (!is_new(frame, name)) return;
    frame.name = std::move(name);
  }

  bool is_new(Frame& frame, const Node& name) {
    const auto [at, fresh] = frame.names.emplace(name.text, name.at.line);
    if (fresh) return true;
    const auto where = path();
    note(name.at, "the name '" + name.text.substr(0, 64) + "' stands here for the second time, after line " + std::to_string(at->second),
         where.empty() ? name.text : where + '.' + name.text);
    return false;
  }

  /// "workers:4" is a name without a value to YAML. It is read as it was meant, so that the rest of it can be judged, too.
  void put_entry(Frame& frame, Node name, Node value) {
    const auto colon = name.text.find(':');
    const bool glued = value.kind == Node::Kind::null && !value.refused && !name.quoted && colon != name.text.npos && colon + 1 < name.text.size() &&
                       settings::is_name(std::string_view(name.text).substr(0, colon));
    if (glued) {
      const auto meant = settings::holds_secret(name.text) ? std::string{} : name.text.substr(0, colon) + ": " + name.text.substr(colon + 1);
      value = Node::scalar(name.text.substr(colon + 1), name.at);
      name.text.resize(colon);
      const auto where = path();
      note(name.at, "needs a space behind its ':'", where.empty() ? name.text : where + '.' + name.text, meant);
      if (!is_new(frame, name)) return;
    }
    frame.node.entries.push_back({std::move(name.text), name.at, std::move(value)});
  }

  std::string_view text_;
  Places places_;
  Reader& reader_;
  Position began_;
  std::vector<Frame> frames_;
  std::optional<Node> root_;
  std::size_t too_deep_ = 0;
  std::size_t count_ = 0;
  bool cut_short_ = false;
};

/// `path` is the setting at which the library stopped.
void note_slip(std::string_view text, const YAML::Exception& error, const std::string& path, Reader& reader) {
  Places places(text);
  const YamlPlace at{static_cast<std::size_t>(std::max(error.mark.line, 0)), static_cast<std::size_t>(std::max(error.mark.column, 0))};
  auto slip = yaml_slip(text, at, error.msg).value_or(YamlSlip{at, error.msg, {}});
  YAML::Mark mark;
  mark.line = static_cast<int>(slip.at.line);
  mark.column = static_cast<int>(slip.at.column);
  if (slip.example.empty() && slip.at.line == at.line) slip.example = settings::example_at(*configuration_settings().erased(), path);
  if (slip.example.empty()) slip.example = example;
  reader.note_at({}, places.of(mark), "cannot be read as YAML: " + slip.what, {}, std::move(slip.example));
}

/// The line that begins there, its indentation made of spaces; any line when this one has nothing else in it, or what must not be shown.
std::string without_tabs(std::string_view text) {
  constexpr std::size_t longest = 120;
  const auto line = text.substr(0, text.find_first_of("\r\n"));
  const auto begin = line.find_first_not_of(" \t");
  if (begin == line.npos || line.size() > longest || settings::holds_secret(line)) return std::string(example);
  if (std::ranges::any_of(line.substr(begin), [](unsigned char c) { return c < 0x20 || c == 0x7F; })) return std::string(example);
  std::string out;
  for (const char c : line.substr(0, begin)) out += c == '\t' ? "  " : " ";
  return out + std::string(line.substr(begin));
}

/// What the library would guess about or stumble over: other encodings, control characters, tabs that pretend to be spaces.
bool check_characters(std::string_view text, Reader& reader) {
  const auto before = reader.problems().size();
  const auto whole = [&](std::string_view what) { reader.note_at({}, settings::whole_document, std::string(what)); };
  if (text.size() > yaml_bytes_max) whole(too_large);
  else if (text.empty()) whole("is empty; `gatehouse init URL` writes a configuration to begin with");
  else if (text.starts_with("\xef\xbb\xbf")) whole("begins with a byte order mark; save it as plain UTF-8");
  else if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff")) whole("is UTF-16; save it as UTF-8");
  else if (text.contains('\0')) whole("holds NUL bytes and is no text: is it the file that was meant?");
  else if (!text::is_utf8(text)) whole("is not UTF-8: is it the file that was meant?");
  if (reader.problems().size() != before) return false;
  std::uint32_t line = 1, column = 1;
  std::size_t line_begin = 0;
  bool indentation = true;
  for (std::size_t i = 0; i < text.size(); ++i, ++column) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c == '\t' && indentation) {
      reader.note_at({}, {line, column}, "is a tab; indentation is made of spaces", {}, without_tabs(text.substr(line_begin)));
      indentation = false;
    } else if ((c < 0x20 && c != '\t' && c != '\n' && !(c == '\r' && text.substr(i + 1).starts_with('\n'))) || c == 0x7F) {
      reader.note({line, column}, "is a control character, which has no place in this document");
    }
    if (c != ' ') indentation = false;
    if (c == '\n') {
      ++line;
      line_begin = i + 1;
      column = 0;
      indentation = true;
    }
  }
  return reader.problems().size() == before;
}

}  // namespace
}  // namespace yaml

std::optional<settings::Node> parse_yaml(std::string_view text, settings::Reader& reader) {
  if (!yaml::check_characters(text, reader)) return std::nullopt;
  yaml::Builder builder(text, reader);
  try {  // the library throws on everything that is no YAML; nothing of it leaves this function
    gatehouse::yaml::TextBuffer view(text);
    std::istream stream(&view);
    YAML::Parser parser(stream);
    if (!parser.HandleNextDocument(builder)) {
      reader.note_at({}, settings::whole_document, "holds no setting; `gatehouse init URL` writes a configuration to begin with");
      return std::nullopt;
    }
    yaml::Builder rest(text, reader);
    auto root = builder.take();
    if (parser.HandleNextDocument(rest)) reader.note(rest.began(), "the file has a second document behind '---' or '...'; there can be only one");
    if (builder.cut_short()) return std::nullopt;
    return root;
  } catch (const YAML::Exception& error) {
    yaml::note_slip(text, error, builder.path(), reader);
  } catch (const std::exception& error) {
    reader.note_at({}, {}, std::string("cannot be read as YAML: ") + error.what(), {}, std::string(yaml::example));
  }
  return std::nullopt;
}

}  // namespace gatehouse::config
