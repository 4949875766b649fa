#include "app/config/yaml.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>
#include <algorithm>
#include <istream>
#include <set>
#include <streambuf>
#include <vector>

#include "ground/base/text.hpp"

namespace gatehouse::config {

namespace yaml {

using settings::Node, settings::Position, settings::Reader;

namespace {

/// What YAML looks like, for those who lost a bracket or a quotation mark.
constexpr std::string_view example = "plans: { free: { rate: 10/s, quota: { day: 1000 } } }";

/// Bytes to characters: the library counts bytes.
class Places {
 public:
  explicit Places(std::string_view text) : lines_(text::split(text, '\n')) {}

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
  std::vector<std::string_view> lines_;
};

/// Builds the tree from the parser's events. Names and values of a map arrive alternately.
class Builder final : public YAML::EventHandler {
 public:
  Builder(std::string_view text, Reader& reader) : places_(text), reader_(reader) {}

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override { put(node(Node::Kind::null, mark)); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    // A few nested aliases grow to gigabytes ("billion laughs"), and a reader no longer sees what holds where.
    reader_.note(places_.of(mark), "is an alias; write the value out, aliases and anchors are not taken");
    put(node(Node::Kind::null, mark));
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& value) override {
    check(mark, tag, anchor);
    Node scalar = node(Node::Kind::scalar, mark);
    scalar.text = value;
    scalar.quoted = tag == "!";
    put(std::move(scalar));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    begin(Node::Kind::list, mark, tag, anchor);
  }
  void OnSequenceEnd() override { end(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    begin(Node::Kind::map, mark, tag, anchor);
  }
  void OnMapEnd() override { end(); }

  [[nodiscard]] std::optional<Node> take() { return std::move(root_); }
  /// The tree is not the whole document; what it lacks would only be complained about again.
  [[nodiscard]] bool cut_short() const noexcept { return cut_short_; }

 private:
  struct Frame {
    Node node;
    std::set<std::string, std::less<>> names;
    std::optional<Node> name;  ///< of the value that comes next, when it is a proper one
    bool value_next = false;
  };

  [[nodiscard]] Node node(Node::Kind kind, const YAML::Mark& mark) {
    Node out;
    out.kind = kind;
    out.at = places_.of(mark);
    return out;
  }

  void check(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (anchor != 0) reader_.note(places_.of(mark), "has an anchor; anchors and aliases are not taken");
    if (!tag.empty() && tag != "?" && tag != "!") reader_.note(places_.of(mark), "has a tag; tags are not taken");
  }

  void begin(Node::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    check(mark, tag, anchor);
    if (frames_.size() == yaml_depth_max) {
      if (too_deep_++ == 0) reader_.note(places_.of(mark), "is nested deeper than " + std::to_string(yaml_depth_max) + " levels");
      cut_short_ = true;
      return;
    }
    if (too_deep_ > 0) {
      ++too_deep_;
      return;
    }
    frames_.push_back({node(kind, mark), {}, {}, false});
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
      if (frame.name) frame.node.entries.push_back({std::move(frame.name->text), frame.name->at, std::move(value)});
      frame.name.reset();
    } else {
      frame.value_next = true;
      put_name(frame, std::move(value));
    }
  }

  void put_name(Frame& frame, Node name) {
    if (name.kind != Node::Kind::scalar) return reader_.note(name.at, "must be a name, not " + std::string(name.kind_text()));
    if (!frame.names.insert(name.text).second)
      return reader_.note(name.at, "the name '" + name.text.substr(0, 64) + "' stands here for the second time");
    frame.name = std::move(name);
  }

  Places places_;
  Reader& reader_;
  std::vector<Frame> frames_;
  std::optional<Node> root_;
  std::size_t too_deep_ = 0;
  std::size_t count_ = 0;
  bool cut_short_ = false;
};

/// The library reads from a stream; this one reads from the text where it stands.
class View final : public std::streambuf {
 public:
  explicit View(std::string_view text) {
    char* begin = const_cast<char*>(text.data());  // the get area is only read
    setg(begin, begin, begin + text.size());
  }
};

/// What the library would guess about or stumble over: other encodings, control characters, tabs that pretend to be spaces.
bool check_characters(std::string_view text, Reader& reader) {
  const auto before = reader.problems().size();
  if (text.size() > yaml_bytes_max) reader.note({}, "the document is larger than 1MiB");
  else if (text.starts_with("\xef\xbb\xbf")) reader.note({}, "the document begins with a byte order mark; save it as plain UTF-8");
  else if (!text::is_utf8(text)) reader.note({}, "the document is not UTF-8");
  if (reader.problems().size() != before) return false;
  std::uint32_t line = 1, column = 1;
  bool indentation = true;
  for (std::size_t i = 0; i < text.size(); ++i, ++column) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c == '\t' && indentation) {
      reader.note({line, column}, "is a tab; indentation is made of spaces");
      indentation = false;
    } else if ((c < 0x20 && c != '\t' && c != '\n' && !(c == '\r' && text.substr(i + 1).starts_with('\n'))) || c == 0x7F) {
      reader.note({line, column}, "is a control character, which has no place in this document");
    }
    if (c != ' ') indentation = false;
    if (c == '\n') {
      ++line;
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
    yaml::View view(text);
    std::istream stream(&view);
    YAML::Parser parser(stream);
    if (!parser.HandleNextDocument(builder)) {
      reader.note_at({}, {}, "the document is empty", {}, std::string(yaml::example));
      return std::nullopt;
    }
    yaml::Builder rest(text, reader);
    auto root = builder.take();
    if (parser.HandleNextDocument(rest)) reader.note({}, "the file has a second document ('---'); there can be only one");
    if (builder.cut_short()) return std::nullopt;
    return root;
  } catch (const YAML::Exception& error) {
    reader.note_at({}, yaml::Places(text).of(error.mark), "cannot be read as YAML: " + error.msg, {}, std::string(yaml::example));
  } catch (const std::exception& error) {
    reader.note_at({}, {}, std::string("cannot be read as YAML: ") + error.what(), {}, std::string(yaml::example));
  }
  return std::nullopt;
}

}  // namespace gatehouse::config
