#include <doctest/doctest.h>

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <set>

#include "app/main/command/arguments.hpp"
#include "app/main/command/completion.hpp"
#include "app/main/command/help.hpp"
#include "app/main/command/progress.hpp"
#include "app/main/command/run.hpp"
#include "ground/base/text.hpp"

using namespace gatehouse;
using namespace gatehouse::main;

namespace {

Result<CommandLine> read(std::vector<std::string_view> arguments) { return CommandLine::parse(arguments, all_words(), common_options()); }

std::string told(const Result<CommandLine>& line) { return line ? std::string("(no error)") : line.error().told; }

/// What a run writes to standard output, and its code.
struct Ran {
  ExitCode code;
  std::string out, err;
};
Ran run_words(std::vector<std::string_view> arguments) {
  char* texts[2];
  std::size_t sizes[2];
  std::FILE* const out = ::open_memstream(&texts[0], &sizes[0]);
  std::FILE* const err = ::open_memstream(&texts[1], &sizes[1]);
  Ran ran{};
  {
    auto terminal = Terminal::plain(out, err);
    ran.code = run(arguments, terminal);
  }
  std::fclose(out);
  std::fclose(err);
  ran.out.assign(texts[0], sizes[0]);
  ran.err.assign(texts[1], sizes[1]);
  std::free(texts[0]);
  std::free(texts[1]);
  return ran;
}

}  // namespace

TEST_CASE("options are read with a blank, with an equals sign, as letters and as letters with the value attached") {
  for (const auto& given : {std::vector<std::string_view>{"check", "--config", "a.yaml"},
                            {"check", "--config=a.yaml"},
                            {"check", "-c", "a.yaml"},
                            {"check", "-ca.yaml"}}) {
    const auto line = read(given);
    REQUIRE(line);
    CHECK(line->word()->name == "check");
    CHECK(line->arguments().value("--config") == "a.yaml");
  }
}

TEST_CASE("a repeated option keeps all its values in order, and one that may not repeat is refused") {
  const auto line = read({"keys", "create", "shop", "--scope", "a", "--scope=b"});
  REQUIRE(line);
  CHECK(line->arguments().values("--scope") == std::vector<std::string_view>{"a", "b"});
  CHECK(line->arguments().operand(0) == "shop");
  CHECK(told(read({"keys", "create", "shop", "--plan", "a", "--plan", "b"})) == "option --plan is given twice");
}

TEST_CASE("a typo is refused with the word that was meant") {
  CHECK(told(read({"chek"})).contains("did you mean 'check'?"));
  CHECK(told(read({"keys", "revok", "x"})).contains("did you mean 'keys revoke'?"));
  CHECK(told(read({"keys", "lst"})) == "there is no word 'keys lst'; did you mean 'keys list'?");
  CHECK(told(read({"keys", "create", "shop", "--pln", "x"})).contains("did you mean '--plan'?"));
  CHECK(told(read({"completion", "bsh"})).contains("did you mean 'bash'?"));
}

TEST_CASE("what is far from every word is refused without a guess, and told where all words are") {
  CHECK(told(read({"xyzzyxyzzy"})) == "there is no word 'xyzzyxyzzy'; `gatehouse help` lists them");
  CHECK(told(read({"keys", "foo"})) == "there is no word 'keys foo'; `gatehouse help keys` lists them");
}

TEST_CASE("a missing value, a value for a switch, a missing operand and one too many are refused") {
  CHECK(told(read({"check", "--config"})) == "option --config wants a value: FILE");
  CHECK(told(read({"keys", "list", "--all=yes"})) == "option --all takes no value");
  CHECK(told(read({"keys", "show"})) == "`gatehouse keys show` wants ID");
  CHECK(told(read({"keys", "show", "a", "b"})) == "`gatehouse keys show` does not expect 'b'");
  CHECK(told(read({"keys"})).contains("wants one more word"));
  CHECK(told(read({})).contains("a word is missing"));
}

TEST_CASE("an empty name is no file and no directory, and an empty text elsewhere is a value") {
  const auto nothing = [](std::string_view what) { return std::string(what) + ": its value is empty (a variable that is not set?)"; };
  CHECK(told(read({"check", "-c", ""})) == nothing("--config names no file"));
  CHECK(told(read({"check", "--config="})) == nothing("--config names no file"));
  CHECK(told(read({"status", "--data", ""})) == nothing("--data names no directory"));
  CHECK(told(read({"keys", "import", ""})) == nothing("FILE names no file"));
  CHECK(read({"keys", "create", "shop", "--subject", ""}));
}

TEST_CASE("after two dashes an operand may begin with a dash, and a lone dash is an operand") {
  const auto dashed = read({"keys", "show", "--", "-x"});
  REQUIRE(dashed);
  CHECK(dashed->arguments().operand(0) == "-x");
  const auto lone = read({"keys", "import", "-"});
  REQUIRE(lone);
  CHECK(lone->arguments().operand(0) == "-");
}

TEST_CASE("help is shown for all, for a group and for a word, whatever else is wrong behind it") {
  CHECK(read({"help"})->kind() == CommandLine::Kind::help);
  CHECK(read({"keys", "--help"})->group() == "keys");
  CHECK(read({"help", "keys"})->group() == "keys");
  CHECK(read({"keys", "create", "--help"})->word()->name == "keys create");
  CHECK(read({"help", "keys", "create"})->word()->name == "keys create");
}

TEST_CASE("every word explains itself: about, an example that parses, exit codes") {
  const auto terminal = Terminal::plain(stdout, stderr);
  std::set<std::string_view> names;
  for (const auto& word : all_words()) {
    CAPTURE(word.name);
    CHECK(names.insert(word.name).second);
    const auto help = help_for(word, common_options(), terminal);
    CHECK(help.contains("example:"));
    CHECK(help.contains("exit codes:"));
    CHECK(help.contains("--json"));
    for (const auto example : text::split(word.example, '\n')) {
      auto command = example.substr(0, example.find_first_of(">&"));  // a redirection and a second command are the shell's
      command = text::trim(command);
      auto parts = text::split(command, ' ');
      REQUIRE(parts[0] == "gatehouse");
      parts.erase(parts.begin());
      const auto line = read({parts.begin(), parts.end()});
      CHECK_MESSAGE(line, told(line));
      if (line) CHECK(line->word() == &word);
    }
  }
}

TEST_CASE("help fits a terminal of 100 columns, and loses none of its words by that") {
  const auto terminal = Terminal::plain(stdout, stderr);
  const auto words_of = [](std::string_view text) {
    std::vector<std::string> words;
    for (const auto line : text::split(text, '\n'))
      for (const auto word : text::split(line, ' '))
        if (!word.empty()) words.emplace_back(word);
    return words;
  };
  for (const auto& word : all_words()) {
    CAPTURE(word.name);
    const auto help = help_for(word, common_options(), terminal);
    const auto examples = help.find("example:");
    for (const auto line : text::split(std::string_view(help).substr(0, examples), '\n')) CHECK_MESSAGE(line.size() <= 100, line);
    for (const auto line : text::split(std::string_view(help).substr(help.find("exit codes:")), '\n')) CHECK_MESSAGE(line.size() <= 100, line);
    const auto all = words_of(help), about = words_of(word.about);
    CHECK(std::ranges::search(all, about).size() == about.size());
    for (const auto& option : word.options) CHECK(std::ranges::search(all, words_of(option.help)).size() != 0);
  }
}

TEST_CASE("no two options of a word share a name or a letter") {
  for (const auto& word : all_words()) {
    CAPTURE(word.name);
    std::set<std::string> seen;
    for (const auto options : {word.options, common_options()}) {
      for (const auto& option : options) {
        CHECK(option.name.starts_with("--"));
        CHECK(seen.insert(std::string(option.name)).second);
        if (option.letter != 0) CHECK(seen.insert(std::string(1, option.letter)).second);
      }
    }
  }
}

TEST_CASE("completion names every word and option, and no text of the table can end a quotation in a shell") {
  for (const auto& word : all_words()) {
    CHECK_FALSE(word.summary.contains('\''));
    for (const auto& option : word.options) CHECK_FALSE(option.help.contains('\''));
  }
  for (const auto shell : {Shell::bash, Shell::zsh, Shell::fish}) {
    const auto script = completion(shell, all_words(), common_options());
    for (const auto& word : all_words()) {
      CHECK(script.contains(text::split(word.name, ' ').back()));
      for (const auto& option : word.options) CHECK(script.contains(option.name.substr(2)));
    }
  }
}

TEST_CASE("an error of the command line is exit code 2, on standard error, and in JSON where that was asked for") {
  const auto plain = run_words({"keys", "show"});
  CHECK(plain.code == ExitCode::usage);
  CHECK(plain.out.empty());
  CHECK(plain.err == "gatehouse: `gatehouse keys show` wants ID\n");
  const auto json = run_words({"keys", "show", "--json"});
  CHECK(json.code == ExitCode::usage);
  CHECK(json.out == "{\"error\":{\"fault\":\"invalid\",\"text\":\"`gatehouse keys show` wants ID\"}}\n");
}

TEST_CASE("a completion script is refused where JSON was asked for, and printed where it was not") {
  const auto json = run_words({"completion", "bash", "--json"});
  CHECK(json.code == ExitCode::usage);
  CHECK(json.out.starts_with("{\"error\":{\"fault\":\"invalid\""));
  CHECK(run_words({"completion", "bash"}).out.contains("complete -"));
}

TEST_CASE("the version is answered as a line and as JSON") {
  CHECK(run_words({"--version"}).out == "gatehouse " GATEHOUSE_VERSION "\n");
  CHECK(run_words({"version", "--json"}).out.starts_with("{\"name\":\"gatehouse\",\"version\":\"" GATEHOUSE_VERSION "\""));
}

TEST_CASE("what a terminal would act on is shown as numbers, and other text is left alone") {
  CHECK(printable("a\033[2Jb") == "a\\x1b[2Jb");
  CHECK(printable("x\xC2\x9Bm") == "x\\xc2\\x9bm");
  CHECK(printable("caf\xC3\xA9") == "caf\xC3\xA9");
  CHECK(printable("bad\xFF") == "bad\\xff");
}

TEST_CASE("columns of a table are as wide as their widest cell, counted in characters") {
  const auto terminal = Terminal::plain(stdout, stderr);
  const std::array<std::string_view, 2> heading{"name", "plan"};
  const std::vector<std::vector<std::string>> rows{{"caf\xC3\xA9", "free"}, {"warehouse", "paid"}};
  CHECK(terminal.table(heading, rows) == "name       plan\ncaf\xC3\xA9       free\nwarehouse  paid\n");
}

TEST_CASE("what the command line alone shows to be wrong is misuse; a file that cannot be read is not") {
  using Words = std::vector<std::string_view>;
  for (const auto& words : {Words{"keys", "list", "--limit", "0"},
                            {"tokens", "list", "--limit", "1001"},
                            {"keys", "create", "x", "--expires", "soon"},
                            {"keys", "create", "x", "--expires", "2001-01-01"},
                            {"keys", "import", "/nowhere", "--expires", "soon"},
                            {"keys", "set", "x"},
                            {"keys", "show", "abc"},
                            {"keys", "revoke", "abc"},
                            {"keys", "rotate", "abc"},
                            {"keys", "set", "abc", "--plan", "free"},
                            {"keys", "list", "--after", "abc"},
                            {"usage", "--key", "abc"},
                            {"why", "abc"},
                            {"keys", "create", ""},
                            {"keys", "create", "x", "--plan", ""},
                            {"keys", "create", "x", "--scope", "a b"},
                            {"keys", "create", "x", "--address", "10.0.0.1/8"},
                            {"keys", "create", "x", "--address", "nowhere"},
                            {"keys", "import", "/nowhere", "--address", "10.0.0.1/8"},
                            {"keys", "set", "x", "--scope", "a", "--no-scopes"},
                            {"keys", "set", "x", "--address", "a", "--no-addresses"},
                            {"keys", "rotate", "x", "--overlap", "soon"},
                            {"usage", "--csv", "--json"},
                            {"usage", "--from", "yesterday"},
                            {"usage", "--to", "2201-01-01"},
                            {"usage", "--from", "2026-02-02", "--to", "2026-02-01"},
                            {"tokens", "revoke", "--issuer", "i", "--subject", "s", "--before", "soon"},
                            {"tokens", "revoke", "--issuer", "i", "--jti", "\xff"}}) {
    CAPTURE(words.at(0));
    CAPTURE(words.back());
    CHECK(run_words(words).code == ExitCode::usage);
  }
  CHECK(run_words({"keys", "create", "x", "--address", "10.0.0.1/8"}).err.contains("bits after its prefix are set"));
  CHECK(run_words({"keys", "show", "Zk3JvQ0aT9xB", "-d", "/nowhere"}).code != ExitCode::usage);
  CHECK(run_words({"keys", "set", "Zk3JvQ0aT9xB", "--address", "10.0.0.0/8", "-d", "/nowhere"}).code != ExitCode::usage);
  CHECK(run_words({"keys", "import", "/nowhere/keys", "-d", "/nowhere"}).code == ExitCode::not_found);
  CHECK(run_words({"tokens", "revoke", "--token", "/nowhere/token", "-d", "/nowhere"}).code == ExitCode::not_found);
}

TEST_CASE("whoever waits at a terminal sees what is done, nothing of it is left at the end, and elsewhere there is nothing at all") {
  char* text = nullptr;
  std::size_t size = 0;
  std::FILE* const terminal = ::open_memstream(&text, &size);
  {
    Progress never_begun(terminal, "nothing");
    Progress elsewhere(nullptr, "importing a.txt");
    elsewhere.begin();
    elsewhere.end();
    Progress progress(terminal, "importing keys.txt");
    progress.begin();
    progress.begin();
    progress.end();
    progress.end();
    Progress again(terminal, "more");
    again.begin();
  }
  std::fclose(terminal);
  const std::string shown(text, size);
  std::free(text);
  CHECK(shown.starts_with("\rimporting keys.txt: 0 s\x1b[K"));
  CHECK(shown.contains("\r\x1b[K\rmore: 0 s\x1b[K"));
  CHECK(shown.ends_with("\r\x1b[K"));
  CHECK_FALSE(shown.contains("nothing"));
  CHECK_FALSE(shown.contains("a.txt"));
  CHECK(Terminal(stdout, stderr).for_progress() ==
        (::isatty(2) == 1 && std::getenv("TERM") != nullptr && std::string_view(std::getenv("TERM")) != "dumb" ? stderr : nullptr));
}
