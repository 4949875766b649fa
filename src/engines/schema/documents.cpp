#include "engines/schema/documents.hpp"

namespace gatehouse::schema {

Result<> Documents::add(std::string_view url, json::Value root, Holds holds, std::optional<Dialect> dialect) {
  url = url.substr(0, url.find('#'));
  if (!documents_.try_emplace(std::string(url), Document{root, holds, dialect}).second)
    return refuse(Fault::conflict, "two documents have the URL " + std::string(url));
  return {};
}

const Documents::Document* Documents::find(std::string_view url) const noexcept {
  const auto found = documents_.find(url);
  return found == documents_.end() ? nullptr : &found->second;
}

}  // namespace gatehouse::schema
