// What happens while a document is read: where we are, what was wrong. All problems are collected; none ends the reading.
#pragma once
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ground/settings/node.hpp"

namespace gatehouse::settings {

/// One thing that is wrong with a configuration.
struct Problem {
  std::string file;
  Position at;
  std::string path;     ///< "routes[2].path"; empty for the document itself
  std::string what;     ///< what is wrong, in a sentence without its full stop; never a secret
  std::string nearest;  ///< the valid name that was probably meant; empty when there is none
  std::string example;  ///< a line that would be right; empty when there is none
  std::string line;     ///< the line of the document, without its end; empty when it is not to be shown
};

/// What the values of a document refer to outside of it. Handed in, so that a test needs neither files nor variables.
struct Surroundings {
  std::string file;    ///< name of the document, for problems
  std::string folder;  ///< relative paths start here; empty: the working directory
  /// The value of an environment variable. Unset: the process's own environment.
  std::function<std::optional<std::string>(const std::string& name)> environment;
};

class Reader {
 public:
  static constexpr std::size_t problems_max = 200;  ///< a file of rubbish must not become a report without end

  /// `text`, if there is one, is the document itself and outlives the reader: problems quote its lines.
  explicit Reader(Surroundings surroundings, std::string_view text = {});

  /// Notes a problem at the current path, with the example of the innermost setting that has one.
  void note(Position at, std::string what, std::string nearest = {});
  /// The same at one of the names of the block that is read: for rules over several of them.
  void note_in(const Node& block, std::string_view name, std::string what);
  /// The same, where the line must not be shown because a secret stands in it.
  void note_hidden(Position at, std::string what);
  /// Notes a problem at a path of the whole document: for checks that compare distant settings.
  void note_at(std::string path, Position at, std::string what, std::string nearest = {}, std::string example = {});

  /// Notes a problem of another file that the document names.
  void note(Problem problem) {
    if (!full()) problems_.push_back(std::move(problem));
  }

  [[nodiscard]] const Surroundings& surroundings() const noexcept { return surroundings_; }
  [[nodiscard]] const std::vector<Problem>& problems() const noexcept { return problems_; }
  [[nodiscard]] std::vector<Problem> take_problems() noexcept { return std::move(problems_); }
  /// Enough is enough: what else is wrong is no longer kept.
  [[nodiscard]] bool full() const noexcept { return problems_.size() >= problems_max; }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  /// The example of the innermost setting that has one; empty when none has.
  [[nodiscard]] const std::string& example() const noexcept { return example_; }
  /// Whether a problem was noted at that path, below it, or at a block that it stands in: whoever compares settings leaves such a one out.
  [[nodiscard]] bool broken(std::string_view path) const noexcept;
  /// Gives the problem with that number in problems() another example.
  void set_example(std::size_t problem, std::string example) { problems_[problem].example = std::move(example); }
  /// `path` in the file system, from the document's folder when it is relative.
  [[nodiscard]] std::string resolve(std::string_view path) const;
  [[nodiscard]] std::optional<std::string> environment(const std::string& name) const;

  /// While it lives, problems belong to a setting below the current one.
  class Inside {
   public:
    Inside(Reader& reader, std::string_view name, std::string_view example = {});  ///< a named setting
    Inside(Reader& reader, std::size_t index);                                     ///< an item of a list
    ~Inside();
    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;

   private:
    Reader& reader_;
    std::size_t path_size_;
    std::string example_;
  };

 private:
  [[nodiscard]] std::string quoted_line(std::uint32_t line) const;
  Surroundings surroundings_;
  std::vector<std::string_view> lines_;
  std::vector<Problem> problems_;
  std::string path_;
  std::string example_;
};

/// Whether a secret was written into that line of a document, `secret: hunter2`, where its place belongs, `secret: { file: ... }`.
[[nodiscard]] bool holds_secret(std::string_view line) noexcept;

/// "did you mean"-help: the candidate nearest to the word, else the only one that holds it or is held by it; or empty.
[[nodiscard]] std::string nearest_name(std::string_view word, std::span<const std::string_view> candidates);
[[nodiscard]] std::string nearest_name(std::string_view word, std::span<const std::string> candidates);

}  // namespace gatehouse::settings
