// The files that a configuration names: there, readable, of the kind that they should be, and private where they hold a secret.
// What is in them is judged by those who use them.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>

#include "app/config/load.hpp"
#include "ground/base/error.hpp"

namespace gatehouse::config {

namespace files {

namespace {

struct Expected {
  std::string_view kind;    ///< "a certificate"
  std::string_view marker;  ///< what the file must hold somewhere in its first 64 KiB
  bool is_private = false;
};

/// What is wrong with the file, as a sentence; empty when nothing is.
std::string wrong_with(const std::string& path, const Expected& expected) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return "the file " + path + " cannot be read: " + system_text(errno);
  struct stat info{};
  std::string head(64 * 1024, '\0');
  const bool is_file = ::fstat(descriptor, &info) == 0 && S_ISREG(info.st_mode);
  const auto got = is_file ? ::pread(descriptor, head.data(), head.size(), 0) : -1;
  ::close(descriptor);
  const bool marked = got > 0 && std::string_view(head).substr(0, static_cast<std::size_t>(got)).contains(expected.marker);
  if (expected.is_private) wipe(head.data(), head.size());
  if (!is_file) return path + " is not a file";
  if (!marked) return "the file " + path + " holds no " + std::string(expected.kind);
  // A group may share a key (Debian's ssl-cert); everybody may not.
  if (expected.is_private && (info.st_mode & (S_IROTH | S_IWOTH | S_IWGRP)) != 0)
    return "the file " + path + " can be read or changed by others; run: chmod 640 " + path;
  return {};
}

constexpr Expected certificate{"certificate in PEM form", "-----BEGIN CERTIFICATE-----"};
constexpr Expected private_key{"unencrypted private key in PEM form", "PRIVATE KEY-----", true};
constexpr Expected key_set{"JWK Set (\"keys\")", "\"keys\""};

void check(settings::Reader& reader, const settings::Node& root, std::string path, const std::string& file, const Expected& expected) {
  auto wrong = wrong_with(file, expected);
  if (wrong.empty()) return;
  const auto at = root.nearest(path).at;
  reader.note_at(std::move(path), at, std::move(wrong));
}

}  // namespace
}  // namespace files

void check_files(settings::Reader& reader, const settings::Node& root, const Configuration& configuration) {
  for (std::size_t i = 0; i < configuration.listeners.size(); ++i) {
    const auto& certificates = configuration.listeners[i].tls.certificates;
    for (std::size_t j = 0; j < certificates.size(); ++j) {
      const std::string path = "listeners[" + std::to_string(i) + "].tls.certificates[" + std::to_string(j) + "]";
      files::check(reader, root, path + ".certificate", certificates[j].certificate, files::certificate);
      files::check(reader, root, path + ".key", certificates[j].key, files::private_key);
    }
  }
  for (const auto& [name, upstream] : configuration.upstreams)
    if (!upstream.ca_file.empty()) files::check(reader, root, "upstreams." + name + ".ca_file", upstream.ca_file, files::certificate);
  for (const auto& [name, issuer] : configuration.issuers)
    if (issuer.jwks && !issuer.jwks->file.empty()) files::check(reader, root, "issuers." + name + ".jwks.file", issuer.jwks->file, files::key_set);
}

}  // namespace gatehouse::config
