// Secrets are never written into the document, which is shown, mailed and committed. It names a file or a variable.
#include <fcntl.h>
#include <sys/stat.h>
#include <cerrno>

#include "ground/base/descriptor.hpp"
#include "ground/base/file.hpp"
#include "ground/settings/block.hpp"
#include "ground/settings/value.hpp"

namespace gatehouse::settings {

namespace {

constexpr std::size_t secret_bytes_max = 64 * 1024;  // a large RSA key in PEM has 6 KiB

/// What is wrong, or nothing and the text in `secret`.
std::optional<std::string> read_secret_file(const std::string& path, Secret& secret) {
  // The file is checked through the descriptor that is read, so that it cannot be exchanged in between.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat info{};
  if (!file.open() || ::fstat(file.get(), &info) != 0) return "the file " + path + " cannot be read: " + system_text(errno);
  if (!S_ISREG(info.st_mode)) return path + " is not a file";
  if ((info.st_mode & 077U) != 0) return "the file " + path + " can be read or changed by others than its owner; run: chmod 600 " + path;
  auto text = read_descriptor(file.get(), secret_bytes_max);
  if (!text) return "the file " + path + " " + text.error().detail;
  std::string_view trimmed = *text;
  if (trimmed.ends_with('\n')) trimmed.remove_suffix(1);
  if (trimmed.ends_with('\r')) trimmed.remove_suffix(1);
  secret = Secret(std::string(trimmed));
  wipe(text->data(), text->size());
  if (secret.empty()) return "the file " + path + " is empty";
  return std::nullopt;
}

bool is_variable_name(std::string_view name) noexcept {
  return is_name(name) && !name.contains('-') && !(name.front() >= '0' && name.front() <= '9');
}

class SecretType final : public Type {
 public:
  SecretType(Shape shape, TypeOf<SecretReference> block) : Type(std::move(shape)), block_(std::move(block)) {}

  bool read(Reader& reader, const Node& node, void* value) const override {
    if (node.kind == Node::Kind::scalar) {
      reader.note_hidden(node.at, "is a secret and is not written into this file; name the file or the environment variable that holds it");
      return false;
    }
    auto& reference = *static_cast<SecretReference*>(value);
    if (!block_.read(reader, node, reference)) return false;
    return reference.file.empty() ? read_environment(reader, *node.get("env"), reference) : read_file(reader, *node.get("file"), reference);
  }
  [[nodiscard]] std::string print(const void* value) const override {
    const auto& reference = *static_cast<const SecretReference*>(value);
    if (reference.file.empty() && reference.environment.empty()) return {};
    return block_.print(reference);  // where the secret is, never the secret
  }

 private:
  static bool read_file(Reader& reader, const Node& node, SecretReference& reference) {
    const auto wrong = read_secret_file(reference.file, reference.secret);
    if (wrong) reader.note(node.at, *wrong);
    return !wrong;
  }
  static bool read_environment(Reader& reader, const Node& node, SecretReference& reference) {
    auto found = reader.environment(reference.environment);
    if (!found || found->empty()) {
      reader.note(node.at, "the environment variable " + reference.environment + (found ? " is empty" : " is not set"));
      return false;
    }
    reference.secret = Secret(std::move(*found));
    return true;
  }
  TypeOf<SecretReference> block_;
};

}  // namespace

TypeOf<SecretReference> secret() {
  TypeOf<SecretReference> block = Block<SecretReference>("secret", "Where a secret is kept. One of the two.")
                                      .field("file", &SecretReference::file, file_path(),
                                             "A file that only its owner can read. An end of line at its end is dropped.", "issuer.secret")
                                      .field("env", &SecretReference::environment,
                                             text_of(
                                                 "environment variable", "^[A-Za-z_][A-Za-z0-9_]{0,63}$",
                                                 [](std::string_view name) -> std::optional<std::string> {
                                                   if (is_variable_name(name)) return std::nullopt;
                                                   return "is not the name of an environment variable";
                                                 },
                                                 {},
                                                 [](std::string_view name) -> Guesses {  // as a shell writes its value
                                                   if (name.starts_with("${") && name.ends_with('}'))
                                                     return {std::string(name.substr(2, name.size() - 3))};
                                                   return {std::string(name.substr(name.starts_with('$') ? 1 : 0))};
                                                 }),
                                             "An environment variable.", "ISSUER_SECRET")
                                      .check({.given = {"file", "env"}}, [](Reader& reader, const Node& node, const SecretReference&) {
                                        if ((node.get("file") == nullptr) == (node.get("env") == nullptr))
                                          reader.note(node.at, "needs either 'file' or 'env'");
                                      });
  Shape shape = block.shape();
  return TypeOf<SecretReference>(std::make_shared<SecretType>(std::move(shape), std::move(block)));
}

}  // namespace gatehouse::settings
