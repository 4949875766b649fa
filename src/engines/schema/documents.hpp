// The documents that schemas may refer to, by URL. Nothing is ever fetched: what is not here cannot be referred to.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "engines/schema/dialect.hpp"
#include "ground/base/result.hpp"
#include "ground/json/document.hpp"

namespace gatehouse::schema {

class Documents {
 public:
  /// `schema`: the root is one schema, and so is what its words say is one. `other`: schemas stand somewhere in it, as in an OpenAPI
  /// document; its root is none.
  enum class Holds : std::uint8_t { schema, other };

  struct Document {
    json::Value root;
    Holds holds;
    std::optional<Dialect> dialect;  // of schemas without `$schema`; nothing: that of the compiler's options
  };

  /// The value must outlive every compiler that is given these documents, not what is compiled. `url` is absolute; a fragment is
  /// left away. Fault::conflict: there is one of that URL.
  [[nodiscard]] Result<> add(std::string_view url, json::Value root, Holds holds = Holds::schema, std::optional<Dialect> dialect = std::nullopt);

  /// Nothing if there is none of that URL (which has no fragment).
  [[nodiscard]] const Document* find(std::string_view url) const noexcept;

 private:
  std::map<std::string, Document, std::less<>> documents_;
};

}  // namespace gatehouse::schema
