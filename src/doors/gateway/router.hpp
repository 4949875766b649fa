// Which route a request takes: by host, path template and method. Compiled into a tree of segments; a literal segment wins
// over {variable}, which wins over {rest...}. The most specific path decides: if it does not allow the method, that is 405,
// whatever a wider route would say.
//
// "/a/b/" is another path than "/a/b", yet many servers answer both alike. So neither takes a wider route than its twin would:
// each has a route that is at least as narrow (of its own, or the one of both), or none. An open "/{rest...}" does not serve
// "/a/b" where "/a/b/{rest...}" is guarded, nor "/a/b/" where "/a/b" is.
//
// "/a/EXPORT" is another path than "/a/export", yet many servers (Express, ASP.NET, those on Windows) answer both alike. So a segment that is a literal of
// the configuration but for the case of ASCII letters takes no wider route than that literal would: "/a/{id}" does not serve "/a/EXPORT".
//
//   hosts: exact -> "*.parent" -> any        each with a tree:   / -> patients -> {id} -> report
//                                                                            \-> export
// A node has one depth, so a search visits each node at most once, and there are three of a request: its cost is bounded by the configuration, not by the request.
#pragma once
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "ground/base/result.hpp"
#include "ground/http/method.hpp"

namespace gatehouse::gateway {

/// The methods of one route: registered ones as a set, others by their token.
struct Methods {
  http::MethodSet known;
  std::vector<std::string> others;
  [[nodiscard]] bool has(http::Method method, std::string_view token) const noexcept;
  /// "GET, HEAD".
  [[nodiscard]] std::string to_text() const;
};

struct RoutePattern {
  std::vector<std::string> hosts;  ///< lower case; "*.example.org" for one label; empty: every host
  std::string path;                ///< "/patients/{id}", "/files/{rest...}"
  Methods methods;
};

/// A path template in its parts. Used for matching and to find templates that overlap.
struct PathTemplate {
  enum class Kind : std::uint8_t { literal, variable, rest };
  struct Part {
    Kind kind;
    std::string text;  ///< the literal as it stands in a normal path (templates are written decoded), or the variable's name
    bool operator==(const Part&) const = default;
  };
  std::vector<Part> parts;

  /// Refuses, with what is wrong as a sentence without its subject: no leading '/', an empty part except the last, a variable name that is not
  /// [A-Za-z0-9_-]{1,64} or stands twice, {rest...} before the end, braces within a literal, a literal that no normal path can hold, '*' and a leading ':'
  /// that are not escaped.
  [[nodiscard]] static Result<PathTemplate> parse(std::string_view text);
  /// The template of these parts, as if its text had been read: what has no text is refused.
  [[nodiscard]] static Result<PathTemplate> of(std::vector<Part> parts);
  /// parse() reads it back.
  [[nodiscard]] std::string to_text() const;
  /// Without the names of the variables: two of one shape match the same paths. "/patients/{}", "/{...}".
  [[nodiscard]] std::string shape() const;
  bool operator==(const PathTemplate&) const = default;
};

/// What is a wildcard in the configuration of other gateways would be plain text here: the route would guard a path that nobody asks for, and a wider one
/// would answer instead. What to write in place of such a segment; empty: it is none.
[[nodiscard]] std::string wildcard_hint(std::string_view segment);
/// The same of a regular expression: '[' and ']' stand in no path (RFC 3986 section 3.3), ".+" in none that means it.
[[nodiscard]] std::string regex_hint(std::string_view segment);

struct NoRoute {
  std::string_view why = "no route has this path";  ///< for the log
};
struct MethodNotAllowed {
  std::string allow;  ///< the value of the Allow field
};
using RouteMatch = std::variant<NoRoute, MethodNotAllowed, std::uint32_t>;

class Router {
 public:
  /// The index in `patterns` is what match() returns. Refuses two patterns that a request could match equally well.
  [[nodiscard]] static Result<Router> make(std::span<const RoutePattern> patterns);

  /// `host` in lower case, without port; `segments` of the normal path, percent-encoded as in normal form.
  [[nodiscard]] RouteMatch match(std::string_view host, std::span<const std::string_view> segments, http::Method method,
                                 std::string_view token) const;

 private:
  struct Leaf {
    Methods methods;
    std::uint32_t route;
  };
  struct Node {
    std::vector<std::pair<std::string, std::unique_ptr<Node>>> literals;  // sorted
    std::vector<std::pair<std::string_view, Node*>> any_case;             // the same, those together that differ in the case of letters alone
    std::unique_ptr<Node> variable;
    std::vector<Leaf> here, rest;  // routes that end here, and those whose {rest...} begins here
    // Where they stand in the order of precedence: of two that one path could take, the smaller is the narrower.
    std::uint32_t here_rank = 0, rest_rank = 0;
  };
  struct Host {
    std::string name;  // "*.parent" keeps its star; empty: any
    Node root;
  };
  Host& host_entry(std::string_view name);
  [[nodiscard]] static Result<> insert(Node& root, const PathTemplate& path, const RoutePattern& pattern, std::uint32_t route);
  /// A path as a tree is searched for it: its segments without the empty one that a slash at the end makes.
  struct Path {
    std::span<const std::string_view> segments;
    bool slash;
    [[nodiscard]] Path below() const noexcept { return {segments.subspan(1), slash}; }
    [[nodiscard]] Path twin() const noexcept { return {segments, !slash}; }
  };
  /// The routes that a path takes. "/a/b/" and "/a/b" have one rank if they end at one node.
  struct Found {
    const std::vector<Leaf>* leaves = nullptr;
    std::uint32_t rank = std::numeric_limits<std::uint32_t>::max();  ///< of nothing found: wider than any
  };
  /// What a segment finds: its own literal alone, or behind that also those which differ from it in the case of letters.
  enum class Letters : std::uint8_t { as_sent, any_case };
  static void number(Node& node, std::uint32_t& next);
  [[nodiscard]] static const Node* literal(const Node& node, std::string_view segment) noexcept;
  [[nodiscard]] static Found find(const Node& node, Path path, Letters letters) noexcept;
  [[nodiscard]] Found find(std::string_view host, Path path, Letters letters) const noexcept;

  std::vector<Host> hosts_;  // exact ones first, then wildcards, then any
};

}  // namespace gatehouse::gateway
