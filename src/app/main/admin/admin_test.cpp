#include <doctest/doctest.h>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <latch>
#include <thread>

#include "app/main/admin/client.hpp"
#include "app/main/admin/protocol.hpp"
#include "app/main/admin/server.hpp"
#include "app/main/place/data_directory.hpp"
#include "ground/base/testing.hpp"
#include "ground/json/writer.hpp"

using namespace gatehouse;
using namespace gatehouse::main;
using namespace std::chrono_literals;

namespace {

Result<std::string> echo(std::string_view what, const json::Value& arguments, const audit::Actor& who) {
  if (what == "who") return R"({"uid":)" + std::to_string(who.user.value_or(0)) + R"(,"pid":)" + std::to_string(who.process.value_or(0)) + "}";
  if (what == "fail") return refuse(Fault::conflict, "changed meanwhile", "row 7");
  return json::to_json(arguments);
}

std::string asked(const std::string& path, std::string_view what, std::string_view arguments) {
  const auto answer = ask_server(path, what, arguments, {});
  return !answer ? to_text(answer.error()) : answer->value_or("(no server)");
}

}  // namespace

TEST_CASE("a question over the socket gets its answer, an error arrives with its fault and both texts") {
  const gatehouse::testing::TemporaryFolder folder;
  const auto path = folder.file("admin.sock");
  const auto server = AdminServer::start({path, {}}, echo);
  REQUIRE(server);
  CHECK(asked(path, "echo", R"({"a":[1,"x"]})") == R"({"a":[1,"x"]})");
  const auto failed = ask_server(path, "fail", "{}", {});
  REQUIRE_FALSE(failed);
  CHECK(failed.error().fault == Fault::conflict);
  CHECK(failed.error().told == "changed meanwhile");
  CHECK(failed.error().detail == "row 7");
}

TEST_CASE("who asks is told to who answers, as the kernel knows it and whatever the question says") {
  const gatehouse::testing::TemporaryFolder folder;
  const auto path = folder.file("admin.sock");
  const auto server = AdminServer::start({path, {}}, echo);
  REQUIRE(server);
  CHECK(asked(path, "who", R"({"uid":99,"pid":1})") == R"({"uid":)" + std::to_string(::getuid()) + R"(,"pid":)" + std::to_string(::getpid()) + "}");
}

TEST_CASE("who listens at the socket is looked at before anything is sent: keys and credentials are for the gate's user, root and oneself") {
  if (::geteuid() != 0) {
    MESSAGE("only root can be another user");
    return;
  }
  const gatehouse::testing::TemporaryFolder folder;
  REQUIRE(::chmod(folder.path().c_str(), 0777) == 0);
  const auto path = folder.file("admin.sock");
  constexpr ::uid_t other = 65534;
  int heard[2];
  REQUIRE(::pipe(heard) == 0);
  const Descriptor reading(heard[0]), writing(heard[1]);
  const auto child = ::fork();
  if (child == 0) {  // an impostor, who tells of each of two connections whether a byte came
    ::alarm(30);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, path.size());
    if (::setresuid(other, other, other) != 0) ::_exit(1);
    const int listener = ::socket(AF_UNIX, SOCK_STREAM, 0);
    if (::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 || ::listen(listener, 4) != 0) ::_exit(1);
    (void)!::write(writing.get(), "!", 1);
    for (int i = 0; i < 2; ++i) {
      char line[4096];
      const int connection = ::accept(listener, nullptr, nullptr);
      (void)!::write(writing.get(), ::read(connection, line, sizeof line) > 0 ? "y" : "n", 1);
      ::close(connection);
    }
    ::_exit(0);
  }
  const auto said = [&] {
    char c = '?';
    REQUIRE(::read(reading.get(), &c, 1) == 1);
    return c;
  };
  REQUIRE(said() == '!');
  const auto refused = ask_server(path, "import", R"({"keys":"secret"})", "gha_secret");
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().fault == Fault::forbidden);
  CHECK(refused.error().told.contains("(65534), who is neither you nor root"));
  CHECK(said() == 'n');
  (void)ask_server(path, "import", "{}", {}, other);  // the gate's own user, by the operator's word
  CHECK(said() == 'y');
  int status = 0;
  ::waitpid(child, &status, 0);
}

TEST_CASE("the socket is for its owner alone, and goes with the server") {
  const gatehouse::testing::TemporaryFolder folder;
  const auto path = folder.file("admin.sock");
  {
    const auto server = AdminServer::start({path, {}}, echo);
    REQUIRE(server);
    struct stat info{};
    REQUIRE(::stat(path.c_str(), &info) == 0);
    CHECK((info.st_mode & 0777U) == 0600U);
  }
  CHECK_FALSE(std::filesystem::exists(path));
  CHECK(asked(path, "echo", "{}") == "(no server)");
}

TEST_CASE("a socket left by a killed server is replaced, any other file in the place is not") {
  const gatehouse::testing::TemporaryFolder folder;
  const auto path = folder.file("admin.sock");
  {
    std::ignore = write_file(path, "mine", 0600, Replace::no);
  }
  CHECK(AdminServer::start({path, {}}, echo).error().fault == Fault::conflict);
  std::filesystem::remove(path);
  const Descriptor left(::socket(AF_UNIX, SOCK_STREAM, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, path.size());
  REQUIRE(::bind(left.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  const auto server = AdminServer::start({path, {}}, echo);
  REQUIRE(server);
  CHECK(asked(path, "echo", "{}") == "{}");
}

TEST_CASE("what is no request is answered with an error, and a line without end is cut off") {
  int pair[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
  const Descriptor here(pair[0]), there(pair[1]);
  SUBCASE("too long") {
    std::jthread writer([&] { std::ignore = send_line(there.get(), std::string(5000, 'x')); });
    const auto line = receive_line(here.get(), 1000);
    REQUIRE_FALSE(line);
    CHECK(line.error().fault == Fault::exhausted);
  }
  SUBCASE("as long as allowed") {
    REQUIRE(send_line(there.get(), std::string(1000, 'x')));
    CHECK(receive_line(here.get(), 1000).value() == std::string(1000, 'x'));
  }
  SUBCASE("the peer goes away in the middle") {
    REQUIRE(::send(there.get(), "abc", 3, 0) == 3);
    ::shutdown(there.get(), SHUT_WR);
    CHECK(receive_line(here.get(), 1000).error().fault == Fault::unavailable);
  }
}

TEST_CASE("who waits long for an answer, or behind one that takes long, is told that it is being worked on, and the answer is the same") {
  const gatehouse::testing::TemporaryFolder folder;
  const auto path = folder.file("admin.sock");
  std::latch may_answer(1);
  const auto server =
      AdminServer::start({.socket = path, .reassurance = 1ms}, [&](std::string_view, const json::Value& arguments, const audit::Actor&) {
        may_answer.wait();
        return Result<std::string>(json::to_json(arguments));
      });
  REQUIRE(server);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, path.size());
  std::vector<Descriptor> waiting;
  for (int i = 0; i < 4; ++i) {  // two threads answer
    waiting.emplace_back(::socket(AF_UNIX, SOCK_STREAM, 0));
    REQUIRE(::connect(waiting.back().get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(send_line(waiting.back().get(), R"({"do":"wait","arguments":{"i":)" + std::to_string(i) + "}}"));
  }
  for (const auto& one : waiting)
    for (int signs = 0; signs < 3; ++signs) {
      char sign = 0;
      REQUIRE(::recv(one.get(), &sign, 1, 0) == 1);
      CHECK(sign == ' ');
    }
  may_answer.count_down();
  for (int i = 0; i < 4; ++i) {
    const auto line = receive_line(waiting[static_cast<std::size_t>(i)].get(), 1000);
    REQUIRE(line);
    CHECK(read_answer(*line).value() == R"({"i":)" + std::to_string(i) + "}");
  }
}

TEST_CASE("a peer that says nothing is given up, and signs of life before its line are no part of it") {
  int pair[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
  const Descriptor here(pair[0]), there(pair[1]);
  CHECK(receive_line(here.get(), 1000, 1ms).error().fault == Fault::unavailable);
  REQUIRE(send_line(there.get(), std::string(2000, ' ') + " a b "));
  CHECK(receive_line(here.get(), 1000).value() == "a b ");
  REQUIRE(::send(there.get(), "   ", 3, 0) == 3);
  CHECK(receive_line(here.get(), 1000, 1ms).error().fault == Fault::unavailable);
}

TEST_CASE("answers survive the way through a line, newlines and quotes included") {
  CHECK(read_answer(answer_line(std::string(R"({"text":"a\nb\"c"})"))).value() == R"({"text":"a\nb\"c"})");
  const auto error = read_answer(answer_line(refuse(Fault::not_found, "no\nsuch \"key\"", "d")));
  REQUIRE_FALSE(error);
  CHECK(error.error().told == "no\nsuch \"key\"");
  CHECK(read_answer("nonsense").error().fault == Fault::internal);
  CHECK(read_answer("{}").error().fault == Fault::internal);
}

TEST_CASE("one process at a time holds a data directory, and it is free again afterwards") {
  const gatehouse::testing::TemporaryFolder folder;
  const auto path = folder.file("data");
  {
    const auto held = DataDirectory::hold(path);
    REQUIRE(held);
    CHECK(held->fresh());
    CHECK(DataDirectory::hold(path).error().fault == Fault::unavailable);
  }
  const auto again = DataDirectory::hold(path);
  REQUIRE(again);
  CHECK_FALSE(again->fresh());
}

TEST_CASE("a data directory that others can read is refused, and so is one that is not there when it should be") {
  const gatehouse::testing::TemporaryFolder folder;
  const auto path = folder.file("data");
  CHECK(DataDirectory::hold_existing(path).error().fault == Fault::not_found);
  REQUIRE(::mkdir(path.c_str(), 0700) == 0);
  CHECK(DataDirectory::hold_existing(path));
  REQUIRE(::chmod(path.c_str(), 0750) == 0);
  CHECK(DataDirectory::hold_existing(path).error().fault == Fault::forbidden);
}

TEST_CASE("a file is written whole with its mode, and replaced only when that is meant") {
  const gatehouse::testing::TemporaryFolder folder;
  const auto path = folder.file("file");
  REQUIRE(write_file(path, "one", 0640, Replace::no));
  CHECK(write_file(path, "two", 0600, Replace::no).error().fault == Fault::conflict);
  CHECK(read_file(path, 100).value() == "one");
  REQUIRE(write_file(path, "two", 0600, Replace::yes));
  CHECK(read_file(path, 100).value() == "two");
  CHECK(read_file(path, 2).error().fault == Fault::invalid);
  CHECK(read_file(folder.path(), 100).error().fault == Fault::invalid);
  CHECK(read_file(path + "x", 100).error().fault == Fault::not_found);
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);  // nothing is left beside it
}

TEST_CASE("connections that say nothing hold up no question, however many they are") {
  const gatehouse::testing::TemporaryFolder folder;
  const auto path = folder.file("admin.sock");
  const auto server = AdminServer::start({path, {}}, echo);
  REQUIRE(server);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, path.size());
  std::vector<Descriptor> silent;
  for (int i = 0; i < 100; ++i) {
    silent.emplace_back(::socket(AF_UNIX, SOCK_STREAM, 0));
    REQUIRE(::connect(silent.back().get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  }
  CHECK(asked(path, "echo", R"({"a":1})") == R"({"a":1})");
}
