// What expat says while it reads, made a document. The library gets the whole text in one piece: no token is looked at twice, however long it is.
#include <expat.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <set>

#include "ground/base/text.hpp"
#include "ground/xml/document.hpp"
#include "ground/xml/namespaces.hpp"

namespace gatehouse::xml {

class Reader {
 public:
  Reader(std::string_view text, const Limits& limits)
      : text_(text), limits_(limits), namespaces_(document_.spaces_, limits.namespaces, limits.namespace_bytes) {}

  Result<Document> run() {
    if (text_.size() > std::min<std::size_t>(limits_.bytes, std::numeric_limits<int>::max()))
      return refuse(Fault::exhausted, "must have at most " + std::to_string(limits_.bytes) + " bytes");
    // The library takes the bytes of UTF-16 for what they are, whatever encoding it is told, and they may be UTF-8 as well: but for the zeros, which no XML has.
    if (!text::is_utf8(text_) || text_.contains('\0')) return refuse(Fault::invalid, "must be XML in UTF-8");
    // The encoding is given, so that no declaration changes how bytes are read; one that says something else is refused below.
    const std::unique_ptr<XML_ParserStruct, decltype(&XML_ParserFree)> parser(XML_ParserCreate("UTF-8"), &XML_ParserFree);
    if (parser == nullptr) return refuse(Fault::exhausted, "must be XML that there is memory for");
    parser_ = parser.get();
    XML_SetUserData(parser_, this);
    XML_SetXmlDeclHandler(parser_, [](void* self, const char* version, const char* encoding, int) {
      static_cast<Reader*>(self)->declaration(version == nullptr ? "" : version, encoding == nullptr ? "" : encoding);
    });
    XML_SetStartDoctypeDeclHandler(parser_, [](void* self, const char*, const char*, const char*, int) {
      static_cast<Reader*>(self)->refuse_here("must have no document type declaration");
    });
    XML_SetProcessingInstructionHandler(
        parser_, [](void* self, const char*, const char*) { static_cast<Reader*>(self)->refuse_here("must have no processing instructions"); });
    XML_SetElementHandler(
        parser_, [](void* self, const char* name, const char** attributes) { static_cast<Reader*>(self)->begin(name, attributes); },
        [](void* self, const char*) { static_cast<Reader*>(self)->end(); });
    XML_SetCharacterDataHandler(
        parser_, [](void* self, const char* text, int size) { static_cast<Reader*>(self)->characters({text, static_cast<std::size_t>(size)}); });
    XML_SetCdataSectionHandler(
        parser_, [](void* self) { static_cast<Reader*>(self)->cdata(true); }, [](void* self) { static_cast<Reader*>(self)->cdata(false); });
    XML_SetCommentHandler(parser_, [](void* self, const char*) { static_cast<Reader*>(self)->comment(); });
    const auto done = XML_Parse(parser_, text_.data(), static_cast<int>(text_.size()), XML_TRUE);
    if (wrong_) return std::move(*wrong_);
    if (done != XML_STATUS_OK)
      return refuse(Fault::invalid, "must be well-formed XML: " + std::string(XML_ErrorString(XML_GetErrorCode(parser_))) + place());
    return std::move(document_);
  }

 private:
  [[nodiscard]] std::string place() const {
    return " (line " + std::to_string(XML_GetCurrentLineNumber(parser_)) + ", column " + std::to_string(XML_GetCurrentColumnNumber(parser_) + 1) +
           ')';
  }

  /// The first fault is the one that is told; the library may still say some things before it stops.
  void refuse_here(std::string_view what, Fault fault = Fault::invalid) {
    if (wrong_) return;
    wrong_ = refuse(fault, std::string(what) + place());
    XML_StopParser(parser_, XML_FALSE);
  }
  void too_many(std::string_view what) { refuse_here(what, Fault::exhausted); }

  void declaration(std::string_view version, std::string_view encoding) {
    if (version != "1.0") return refuse_here("must be XML 1.0");
    // US-ASCII is part of UTF-8, if it is true.
    const bool ascii = text::equal_ignoring_case(encoding, "us-ascii") && std::ranges::none_of(text_, [](char c) { return (c & '\x80') != 0; });
    if (!encoding.empty() && !text::equal_ignoring_case(encoding, "utf-8") && !ascii) refuse_here("must be XML in UTF-8");
  }

  internal::Text keep(std::string_view text) {
    const internal::Text at{static_cast<std::uint32_t>(document_.characters_.size()), static_cast<std::uint32_t>(text.size())};
    document_.characters_ += text;
    return at;
  }

  /// Whether one node more may be.
  bool counted() {
    if (document_.size() < limits_.nodes) return true;
    too_many("must have fewer elements, attributes and texts");
    return false;
  }

  bool counted_name(std::string_view name) {
    if (names_.contains(name)) return true;
    if (names_.size() < limits_.names) {
      names_.emplace(name);
      return true;
    }
    too_many("must have fewer names of elements");
    return false;
  }

  std::uint32_t size() const noexcept { return static_cast<std::uint32_t>(document_.nodes_.size()); }

  void begin(const char* name, const char** attributes) {
    if (wrong_) return;
    end_text(true);
    if (open_.size() >= limits_.depth) return too_many("must have fewer elements within each other");
    if (!counted()) return;
    if (!open_.empty()) open_.back().elements = true;
    open_.push_back({size()});
    namespaces_.open();
    document_.nodes_.push_back({.attribute = static_cast<std::uint32_t>(document_.attributes_.size())});
    if (!declare(attributes)) return;
    if (!counted_name(name)) return;
    const auto space = resolve(name, true);
    if (!space) return;
    document_.nodes_.back().space = space->first;
    document_.nodes_.back().text = keep(space->second);
    for (; *attributes != nullptr; attributes += 2)
      if (!attribute(attributes[0], attributes[1])) return;
  }

  /// The namespaces first: a prefix may be used before the attribute that declares it.
  bool declare(const char** attributes) {
    for (std::size_t count = 0; *attributes != nullptr; attributes += 2) {
      if (++count > limits_.attributes) {
        too_many("must have fewer attributes");
        return false;
      }
      const std::string_view name = attributes[0];
      const bool by_default = name == "xmlns";
      if (!by_default && !name.starts_with("xmlns:")) continue;
      const auto parts = qualified(name);
      const auto what = !parts                             ? std::string_view("must have names with one colon at most")
                        : name.size() > limits_.name_bytes ? std::string_view("must have shorter names")
                                                           : namespaces_.declare(by_default ? "" : parts->local, attributes[1]);
      if (what.empty()) continue;
      refuse_here(what);
      return false;
    }
    return true;
  }

  /// The number of the namespace, and the local name.
  std::optional<std::pair<std::uint32_t, std::string_view>> resolve(std::string_view name, bool element) {
    if (name.size() > limits_.name_bytes) {
      too_many("must have shorter names");
      return std::nullopt;
    }
    const auto parts = qualified(name);
    if (!parts) {
      refuse_here("must have names with one colon at most");
      return std::nullopt;
    }
    // An attribute without a prefix is in no namespace (Namespaces in XML section 6.2).
    const auto space = parts->prefix.empty() && !element ? Namespaces::none : namespaces_.find(parts->prefix);
    if (!space) {
      refuse_here("must declare each prefix that it uses");
      return std::nullopt;
    }
    return std::pair(*space, parts->local);
  }

  bool attribute(std::string_view name, std::string_view value) {
    if (name == "xmlns" || name.starts_with("xmlns:")) return true;
    if (value.size() > limits_.text_bytes) too_many("must have shorter values of attributes");
    const auto space = resolve(name, false);
    if (!space || wrong_ || !counted()) return false;
    auto& node = document_.nodes_.back();
    // Two prefixes may mean one namespace. (The library has seen to names that are written alike.)
    if (space->first != Namespaces::none) {
      for (auto i = node.attribute; i < node.attribute + node.attributes; ++i) {
        const auto& other = document_.attributes_[i];
        if (other.space != space->first || document_.text(other.local) != space->second) continue;
        refuse_here("must not have an attribute twice");
        return false;
      }
    }
    const auto local = keep(space->second), text = keep(value);
    document_.attributes_.push_back({space->first, local, text});
    ++node.attributes;
    return true;
  }

  void end() {
    if (wrong_) return;
    end_text(open_.back().elements);
    document_.nodes_[open_.back().at].end = size();
    open_.pop_back();
    namespaces_.close();
  }

  /// The text that was read last, if nothing has come since, and it is of that kind.
  internal::Node* running(Kind kind) {
    if (open_.empty() || !open_.back().running) return nullptr;
    auto& last = document_.nodes_.back();
    return last.kind == kind ? &last : nullptr;
  }

  void add(Kind kind) {
    if (!counted()) return;
    document_.nodes_.push_back({.kind = kind, .text = {static_cast<std::uint32_t>(document_.characters_.size()), 0}});
    document_.nodes_.back().end = size();
    open_.back().running = true;
  }

  void characters(std::string_view text) {
    if (wrong_ || open_.empty()) return;
    const auto kind = in_cdata_ ? Kind::cdata : Kind::text;
    if (running(kind) == nullptr) add(kind);
    auto* const node = running(kind);
    if (node == nullptr) return;
    if (node->text.size + text.size() > limits_.text_bytes) return too_many("must have shorter texts");
    document_.characters_ += text;
    node->text.size += static_cast<std::uint32_t>(text.size());
  }

  void cdata(bool begins) {
    if (wrong_ || open_.empty()) return;
    in_cdata_ = begins;
    if (begins) add(Kind::cdata);
    else open_.back().running = false;
  }

  void comment() {
    if (wrong_ || open_.empty()) return;
    add(Kind::comment);
    open_.back().running = false;
  }

  /// White space before, between and behind elements means nothing to who reads elements. In an element that holds nothing else it may be its value.
  void end_text(bool beside_elements) {
    if (open_.empty()) return;
    const auto* const last = running(Kind::text);
    open_.back().running = false;
    if (!beside_elements || last == nullptr || !is_blank(document_.text(last->text))) return;
    document_.characters_.resize(last->text.offset);
    document_.nodes_.pop_back();
  }

  struct Open {
    std::uint32_t at;
    bool elements = false;  // it holds some
    bool running = false;   // the last node is a text of its own that may go on
  };

  std::string_view text_;
  const Limits& limits_;
  XML_Parser parser_ = nullptr;
  Document document_;
  Namespaces namespaces_;
  std::vector<Open> open_;
  std::set<std::string, std::less<>> names_;
  std::optional<Error> wrong_;
  bool in_cdata_ = false;
};

Result<Document> parse(std::string_view text, const Limits& limits) { return Reader(text, limits).run(); }

}  // namespace gatehouse::xml
