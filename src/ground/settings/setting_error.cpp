#include "ground/settings/setting_error.hpp"

namespace gatehouse::settings {

Error of_setting(std::string_view path, const Error& error) {
  auto text = to_text(error);
  const bool nearer = text.starts_with(path) && text.size() > path.size() && (text[path.size()] == '.' || text[path.size()] == '[');
  return Error{error.fault, {}, nearer ? std::move(text) : std::string(path) + ": " + text, error.where};
}

}  // namespace gatehouse::settings
