// The files that a configuration names: there, readable, of the kind that they should be, private where they hold a secret, and taken by
// the very code that will use them when the gate serves.
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <cerrno>

#include <map>
#include <optional>

#include "app/config/account.hpp"
#include "app/config/load.hpp"
#include "engines/net/tls.hpp"
#include "engines/token/key_set.hpp"
#include "ground/base/descriptor.hpp"
#include "ground/base/file.hpp"
#include "ground/base/random.hpp"
#include "ground/base/text.hpp"
#include "ground/crypto/certificate.hpp"
#include "ground/settings/describe.hpp"

namespace gatehouse::config {

namespace files {

namespace {

struct Expected {
  std::string_view kind;    ///< "a certificate"
  std::string_view marker;  ///< what the file must hold somewhere in its first 64 KiB
  bool is_private = false;
  bool is_trusted = false;  ///< what it holds is believed: whoever may write it may say who somebody is
};

/// What is wrong with the file, as a sentence; empty when nothing is.
std::string wrong_with(const std::string& path, const Expected& expected) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.open()) return "the file " + path + " cannot be read: " + system_text(errno);
  struct stat info{};
  std::string head(64 * 1024, '\0');
  const bool is_file = ::fstat(file.get(), &info) == 0 && S_ISREG(info.st_mode);
  const auto got = is_file ? ::pread(file.get(), head.data(), head.size(), 0) : -1;
  const bool marked = got > 0 && std::string_view(head).substr(0, static_cast<std::size_t>(got)).contains(expected.marker);
  if (expected.is_private) wipe(head.data(), head.size());
  if (!is_file) return path + " is not a file";
  if (!marked) return "the file " + path + " holds no " + std::string(expected.kind);
  // A group may share a key (Debian's ssl-cert); everybody may not.
  if (expected.is_private && (info.st_mode & (S_IROTH | S_IWOTH | S_IWGRP)) != 0)
    return "the file " + path + " can be read or changed by others; run: chmod 640 " + path;
  if (expected.is_trusted && (info.st_mode & (S_IWOTH | S_IWGRP)) != 0)
    return "the file " + path + " can be changed by others, who could then make tokens that are good here; run: chmod go-w " + path;
  return {};
}

constexpr Expected certificate{"certificate in PEM form", "-----BEGIN CERTIFICATE-----"};
constexpr Expected private_key{"unencrypted private key in PEM form", "PRIVATE KEY-----", true};
constexpr Expected key_set{"JWK Set (\"keys\")", "\"keys\"", false, true};

void note(settings::Reader& reader, const settings::Node& root, std::string path, std::string what) {
  const auto at = root.nearest(path).at;
  auto example = settings::example_at(*configuration_settings().erased(), path);
  reader.note_at(std::move(path), at, std::move(what), {}, std::move(example));
}

/// Whether the file is what it should be. One whose name could not be read is not looked for.
bool check(settings::Reader& reader, const settings::Node& root, std::string path, const std::string& file, const Expected& expected) {
  if (file.empty() || reader.broken(path)) return false;
  auto wrong = wrong_with(file, expected);
  if (wrong.empty()) return true;
  note(reader, root, std::move(path), std::move(wrong));
  return false;
}

constexpr std::size_t pem_bytes_max = 1024 * 1024;
constexpr std::size_t authorities_bytes_max = net::UpstreamOptions::authorities_bytes_max;

/// What the file of a setting holds; nothing when it cannot be read, which is noted.
std::optional<std::string> read(settings::Reader& reader, const settings::Node& root, const std::string& setting, const std::string& path,
                                std::size_t bytes_max) {
  auto text = read_file(path, bytes_max);
  if (text) return std::move(*text);
  note(reader, root, setting, to_text(text.error()));
  return std::nullopt;
}

/// A certificate and its key, in the listener's own hands.
void check_pair(settings::Reader& reader, const settings::Node& root, const std::string& path, const std::string& certificate_file,
                const std::string& key_file) {
  const bool has_certificate = check(reader, root, path + ".certificate", certificate_file, certificate);
  const bool has_key = check(reader, root, path + ".key", key_file, private_key);
  if (!has_certificate || !has_key) return;
  SystemRandom random;
  const SystemClock clock;
  auto chain = read(reader, root, path + ".certificate", certificate_file, pem_bytes_max);
  auto key = read(reader, root, path + ".key", key_file, pem_bytes_max);
  if (!chain || !key) return;
  const bool readable = crypto::read_certificate(*chain).has_value();
  net::ServerTlsOptions options;
  options.certificates.push_back({std::move(*chain), Secret(std::move(*key)), certificate_file});
  const auto made = net::ServerTls::create(options, std::make_shared<net::TicketKeys>(random, clock));
  if (!made) note(reader, root, path + (readable ? ".key" : ".certificate"), to_text(made.error()));
}

/// The server names that a certificate is chosen for.
std::vector<std::string> served_names(const net::CertificateFiles& files) {
  std::vector<std::string> names = files.hosts;
  if (names.empty()) {
    const auto chain = read_file(files.certificate, pem_bytes_max);
    const auto facts = chain ? crypto::read_certificate(*chain) : chain.error();
    if (facts)
      for (const auto& name : facts->names)
        if (!http::Address::parse(name)) names.push_back(name);  // no client asks for an address by SNI (RFC 6066 section 3)
  }
  for (auto& name : names) name = text::lower(name);
  return names;
}

/// Of two certificates for one name the first would be shown, and the second never: by nothing but their order.
void check_names(settings::Reader& reader, const settings::Node& root, const std::string& list,
                 const std::vector<net::CertificateFiles>& certificates) {
  std::map<std::string, std::size_t> owners;
  for (std::size_t i = 0; i < certificates.size(); ++i) {
    const auto path = list + '[' + std::to_string(i) + ']';
    if (reader.broken(path + ".hosts") || reader.broken(path + ".certificate")) continue;
    const auto names = served_names(certificates[i]);
    std::string twice, left;
    std::size_t owner = 0;
    for (const auto& name : names) {
      const auto [at, fresh] = owners.emplace(name, i);
      if (fresh) (left += left.empty() ? "" : ", ") += name.starts_with('*') ? '"' + name + '"' : name;
      else if (at->second != i && twice.empty()) twice = name, owner = at->second;
    }
    if (twice.empty()) continue;
    const auto place = path + (certificates[i].hosts.empty() ? ".certificate" : ".hosts");
    reader.note_at(place, root.nearest(place).at,
                   "is for '" + twice + "', as certificates[" + std::to_string(owner) + "] is, and only the first would be shown; " +
                       (left.empty() ? "leave one of them out" : "say with `hosts` which names this one is for"),
                   {}, left.empty() ? "hosts: [other.example.org]" : "hosts: [" + left + "]");
  }
}

void check_authorities(settings::Reader& reader, const settings::Node& root, const std::string& path, const std::string& file) {
  if (!check(reader, root, path, file, certificate)) return;
  auto text = read(reader, root, path, file, authorities_bytes_max);
  if (!text) return;
  const auto made = net::ClientTls::create({.authorities = std::move(*text), .verify = true});
  if (!made) note(reader, root, path, file + ": " + to_text(made.error()));
}

/// Keys that none of the algorithms fits would refuse every token: the algorithms that they are for are offered.
void check_key_set(settings::Reader& reader, const settings::Node& root, const std::string& issuer, const gateway::IssuerOptions& options) {
  const auto path = issuer + ".jwks.file";
  const auto& file = options.jwks->file;
  if (!check(reader, root, path, file, key_set)) return;
  const auto text = read(reader, root, path, file, token::KeySet::text_bytes_max);
  if (!text) return;
  const auto made = token::KeySet::parse(*text);
  if (!made) return note(reader, root, path, file + ": " + to_text(made.error()));
  token::AlgorithmSet allowed;
  for (const auto& name : options.algorithms)
    if (const auto algorithm = token::algorithm_from(name)) allowed.add(*algorithm);
  if (reader.broken(issuer + ".algorithms") || allowed.empty()) return;
  const auto usable = made->check_usable(allowed);
  if (usable) return;
  std::string nearest = made->algorithms().names();
  for (auto at = nearest.find(' '); at != nearest.npos; at = nearest.find(' ', at + 2)) nearest.insert(at, ",");
  const auto place = issuer + ".algorithms";
  reader.note_at(place, root.nearest(place).at, file + ": " + to_text(usable.error()), "[" + nearest + "]",
                 settings::example_at(*configuration_settings().erased(), place));
}

/// What is wrong with a path at which something is to be made, in a folder that nobody makes; empty when nothing is.
std::string wrong_with_place(const std::string& path) {
  const auto slash = path.rfind('/');
  const auto folder = slash == path.npos ? std::string(".") : path.substr(0, std::max<std::size_t>(slash, 1));
  struct stat info{};
  if (::stat(folder.c_str(), &info) != 0) {
    const int error = errno;
    if (error == EACCES) return {};  // another user than who serves reads this, for a word of the command line
    return path + " cannot be made, because " +
           (error == ENOENT ? "there is no directory " + folder : "the directory " + folder + " cannot be reached: " + system_text(error));
  }
  return S_ISDIR(info.st_mode) ? std::string{} : path + " cannot be made, because " + folder + " is no directory";
}

/// The data directory may be absent: it is made by who first serves, but not the folders above it.
void check_data(settings::Reader& reader, const settings::Node& root, std::string folder) {
  if (reader.broken("data")) return;
  while (folder.size() > 1 && folder.ends_with('/')) folder.pop_back();
  struct stat info{};
  if (::stat(folder.c_str(), &info) != 0) {
    if (auto wrong = wrong_with_place(folder); !wrong.empty()) note(reader, root, "data", std::move(wrong));
  } else if (!S_ISDIR(info.st_mode)) {
    note(reader, root, "data", folder + " is no directory");
  }
}

/// A file that the gate writes. The data directory itself is no matter of this one.
void check_written(settings::Reader& reader, const settings::Node& root, const Configuration& configuration, std::string path,
                   const std::string& file) {
  if (reader.broken(path) || reader.broken("data")) return;
  struct stat info{};
  if (::stat(file.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) return note(reader, root, std::move(path), file + " is a directory");
  if (file.substr(0, file.rfind('/')) == configuration.data) return;
  if (auto wrong = wrong_with_place(file); !wrong.empty()) note(reader, root, std::move(path), std::move(wrong));
}

void check_socket(settings::Reader& reader, const settings::Node& root, const Configuration& configuration) {
  const auto& socket = configuration.admin.socket;
  constexpr std::size_t longest = sizeof(sockaddr_un::sun_path) - 1;
  if (socket.size() > longest && !reader.broken("admin.socket") && !reader.broken("data"))
    return note(reader, root, "admin.socket",
                "a path of a socket has at most " + std::to_string(longest) + " bytes, and this one is longer: " + socket);
  check_written(reader, root, configuration, "admin.socket", socket);
}

}  // namespace
}  // namespace files

void check_account(settings::Reader& reader, const settings::Node& root, const Configuration& configuration) {
  if (configuration.process.user.empty() || reader.broken("process") || reader.broken("process.user") || reader.broken("process.group")) return;
  if (::geteuid() != 0) return;
  const auto account = find_account(configuration.process);
  if (!account) return files::note(reader, root, "process.user", to_text(account.error()));
  if (reader.broken("data")) return;
  if (auto wrong = wrong_with_data(configuration.data, *account); !wrong.empty()) files::note(reader, root, "data", std::move(wrong));
}

void check_files(settings::Reader& reader, const settings::Node& root, const Configuration& configuration) {
  files::check_data(reader, root, configuration.data);
  files::check_written(reader, root, configuration, "audit.file", configuration.audit.file);
  files::check_socket(reader, root, configuration);
  for (std::size_t i = 0; i < configuration.listeners.size(); ++i) {
    const auto& certificates = configuration.listeners[i].tls.certificates;
    for (std::size_t j = 0; j < certificates.size(); ++j) {
      const std::string path = "listeners[" + std::to_string(i) + "].tls.certificates[" + std::to_string(j) + "]";
      files::check_pair(reader, root, path, certificates[j].certificate, certificates[j].key);
    }
    files::check_names(reader, root, "listeners[" + std::to_string(i) + "].tls.certificates", certificates);
  }
  for (const auto& [name, upstream] : configuration.upstreams)
    files::check_authorities(reader, root, "upstreams." + name + ".ca_file", upstream.ca_file);
  for (const auto& [name, issuer] : configuration.issuers)
    if (issuer.jwks) {
      files::check_key_set(reader, root, "issuers." + name, issuer);
      files::check_authorities(reader, root, "issuers." + name + ".jwks.ca_file", issuer.jwks->ca_file);
    }
}

}  // namespace gatehouse::config
