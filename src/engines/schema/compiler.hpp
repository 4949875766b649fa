// From schemas to instructions. Each place that is a schema is compiled once, however many references lead to it, so thousands of schemas of
// one OpenAPI document cost what their distinct parts cost. The result keeps nothing of the documents.
//
//     Documents documents;
//     CHECK_OK(documents.add("file:///api.json", api.root(), Documents::Holds::other, Dialect::openapi_3_0));
//     Compiler compiler(documents, options);
//     const Entry pet = TRY(compiler.add("file:///api.json#/components/schemas/Pet"));
//     const Schema schema(TRY(std::move(compiler).finish()), pet);
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "engines/schema/dialect.hpp"
#include "engines/schema/documents.hpp"
#include "ground/base/result.hpp"
#include "ground/base/siphash.hpp"
#include "ground/json/document.hpp"

namespace gatehouse::schema {

struct Program;  // what compiled schemas share

/// A schema of a program, where judging begins.
enum class Entry : std::uint32_t {};

/// What compiling may take; one more of anything is an error that names the place.
struct CompileLimits {
  std::size_t instructions = 4'000'000;
  std::size_t schemas = 2'000'000;         ///< places compiled
  std::size_t patterns = 20'000;           ///< distinct regular expressions
  std::size_t pattern_bytes = 8'192;       ///< of one regular expression as written
  std::size_t pattern_memory = 4U << 20U;  ///< of one, compiled
  std::size_t pattern_memory_all = 256U << 20U;
  std::size_t depth = 400;   ///< of schemas within schemas, as written
  std::size_t errors = 100;  ///< kept
};

struct Options {
  Dialect dialect = Dialect::draft2020_12;  ///< of documents that name none by `$schema`
  bool assert_formats = true;               ///< `format` is judged; else it is an annotation, unless a metaschema asks for more
  bool assert_content = false;              ///< draft 7: `contentEncoding` base64 and `contentMediaType` application/json are judged
  /// OpenAPI: where `oneOf` or `anyOf` stands beside `discriminator`, the value of that member chooses the one alternative that must fit. Else it
  /// is a remark, as the specification has it, and a value may claim to be one thing and pass as another.
  bool discriminators = false;
  bool annotations = false;  ///< reports bring annotations
  CompileLimits limits = {};
  siphash::Seed seed = {};  ///< hashes of instance values are keyed by it; by chance, where instances come from strangers
};

/// What compiled, but an author should know.
struct Notice {
  enum class Kind : std::uint8_t {
    backtracking_pattern,  ///< look-around or a back-reference: judged by PCRE2 within a match limit, not in linear time
    unknown_format,        ///< a `format` that nothing is known of: an annotation
    foreign_keyword,       ///< a word of another dialect, which does nothing in this one
    idle_discriminator,    ///< a `discriminator` that chooses nothing: an alternative is no reference, or there are none
  };
  Kind kind;
  std::string location;  ///< URL, '#', JSON Pointer
  std::string text;
};

class Compiler {
 public:
  /// Both must outlive the compiler.
  explicit Compiler(const Documents& documents, Options options = {});
  Compiler(const Compiler&) = delete;
  Compiler& operator=(const Compiler&) = delete;
  ~Compiler();

  /// Makes `$id`, `$anchor` and `$dynamicAnchor` within the schema at that URL known before anything refers to them. Only needed for schemas
  /// within a document that holds other things; of a document that is a schema it happens by itself.
  [[nodiscard]] Result<> declare(std::string_view url);

  /// The schema at that URL, whose fragment is a JSON Pointer or an anchor. Fault::not_found: there is none; Fault::invalid: it, or what it
  /// refers to, is no schema; Fault::exhausted: a limit. `told` begins with the place (URL, '#', JSON Pointer). An error poisons the
  /// program, but further schemas may be added to learn what else is wrong.
  [[nodiscard]] Result<Entry> add(std::string_view url);

  /// All errors so far, at most `limits.errors`.
  [[nodiscard]] std::span<const Error> errors() const noexcept;
  [[nodiscard]] std::span<const Notice> notices() const noexcept;

  /// The program of all entries. The first error of those added, if there was one; Fault::invalid: a schema that refers to itself without a
  /// step into the instance, so that judging would never end.
  [[nodiscard]] Result<std::shared_ptr<const Program>> finish() &&;

 private:
  class Work;
  std::unique_ptr<Work> work_;
};

}  // namespace gatehouse::schema
