// XML read strictly (XML 1.0, fifth edition, and Namespaces in XML 1.0): one text, one meaning, and nothing that names another text. expat reads it in one pass; what it
// says becomes one compact list of nodes.
//
// Refused beyond what is not well-formed: a document type declaration, and with it every entity that is not of the five of XML itself; processing instructions; any
// encoding but UTF-8; any version but 1.0. Namespaces are resolved here and not by the library, which copies the name of a namespace once for each attribute in it:
// one tag of half a megabyte would cost it minutes.
//
// Invariant: every name in a document is resolved, no element has one attribute twice, every text is UTF-8, and no limit was passed.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ground/base/result.hpp"

namespace gatehouse::xml {

/// What a text may hold; one thing more is refused.
struct Limits {
  std::size_t bytes = 1U << 20U;       ///< of the whole text
  std::size_t depth = 64;              ///< of elements within each other
  std::size_t nodes = 100'000;         ///< elements, attributes, texts and comments together
  std::size_t attributes = 64;         ///< of one element, declarations of namespaces among them
  std::size_t namespaces = 64;         ///< declared for one element, by itself and by those around it
  std::size_t names = 10'000;          ///< of elements, each of them counted once: each costs what is looked up in a table
  std::size_t name_bytes = 256;        ///< of an element or attribute, its prefix included
  std::size_t namespace_bytes = 1024;  ///< of the name of a namespace
  std::size_t text_bytes = 1U << 20U;  ///< of one text or the value of one attribute
};

/// What XML Namespaces calls an expanded name. `space` is empty: in no namespace.
struct Name {
  std::string_view space, local;
  [[nodiscard]] bool operator==(const Name&) const = default;
};

/// The namespace of `nil` and `type` (XML Schema part 1 section 2.6).
constexpr std::string_view instance_namespace = "http://www.w3.org/2001/XMLSchema-instance";

enum class Kind : std::uint8_t { element, text, cdata, comment };

namespace internal {
struct Text {
  std::uint32_t offset = 0, size = 0;
};
struct Node {
  Kind kind = Kind::element;
  Text text = {};               // of an element its local name
  std::uint32_t space = 0;      // of an element: number of its namespace
  std::uint32_t end = 0;        // behind the last node within it
  std::uint32_t attribute = 0;  // the first of an element
  std::uint32_t attributes = 0;
};
struct Attribute {
  std::uint32_t space = 0;
  Text local, value;
};
}  // namespace internal

struct Attribute {
  Name name;
  std::string_view value;  ///< normalised (XML section 3.3.3): each tab and line end is a space
};

class Document;

/// One node of a document, which must outlive it.
class Node {
 public:
  [[nodiscard]] Kind kind() const noexcept;
  [[nodiscard]] bool is_element() const noexcept { return kind() == Kind::element; }
  /// Of an element.
  [[nodiscard]] Name name() const noexcept;
  /// Of a text or a CDATA section. White space that only stands between elements is no text.
  [[nodiscard]] std::string_view text() const noexcept;

  [[nodiscard]] std::size_t attribute_count() const noexcept;
  [[nodiscard]] Attribute attribute(std::size_t index) const noexcept;
  [[nodiscard]] std::optional<std::string_view> attribute(Name name) const noexcept;

  /// The first node within it, and the next beside it; nothing: there is none.
  [[nodiscard]] std::optional<Node> first() const noexcept;
  [[nodiscard]] std::optional<Node> next() const noexcept;

 private:
  friend class Document;
  Node(const Document& document, std::uint32_t at, std::uint32_t end) noexcept : document_(&document), at_(at), end_(end) {}
  [[nodiscard]] const internal::Node& node() const noexcept;
  const Document* document_;
  std::uint32_t at_;
  std::uint32_t end_;  // of what it stands in
};

class Document {
 public:
  /// The one element.
  [[nodiscard]] Node root() const noexcept { return {*this, 0, static_cast<std::uint32_t>(nodes_.size())}; }
  /// Elements, attributes, texts and comments.
  [[nodiscard]] std::size_t size() const noexcept { return nodes_.size() + attributes_.size(); }

 private:
  friend class Node;
  friend class Reader;
  [[nodiscard]] std::string_view text(internal::Text at) const noexcept { return std::string_view(characters_).substr(at.offset, at.size); }
  std::vector<internal::Node> nodes_;  // in the order of the text
  std::vector<internal::Attribute> attributes_;
  std::vector<std::string> spaces_;  // the first is none
  std::string characters_;
};

/// Reads one text. Fault::invalid: it is none, or has what is refused; Fault::exhausted: a limit. `told` is a sentence without its full stop that begins with "must", and
/// holds nothing of the text but a line and a column (in bytes), both from 1. Time and memory are linear in the text.
[[nodiscard]] Result<Document> parse(std::string_view text, const Limits& limits = {});

/// Nothing but spaces, tabs and line ends (XML section 2.3).
[[nodiscard]] bool is_blank(std::string_view text) noexcept;

inline const internal::Node& Node::node() const noexcept { return document_->nodes_[at_]; }
inline Kind Node::kind() const noexcept { return node().kind; }
inline Name Node::name() const noexcept { return {document_->spaces_[node().space], document_->text(node().text)}; }
inline std::string_view Node::text() const noexcept { return document_->text(node().text); }
inline std::size_t Node::attribute_count() const noexcept { return node().attributes; }

}  // namespace gatehouse::xml
