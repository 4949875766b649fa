#include "engines/contract/multipart.hpp"

#include <doctest/doctest.h>

using namespace gatehouse;
using contract::parse_multipart;

namespace {
std::string parts_of(std::string_view body, std::string_view boundary = "x") {
  const auto parts = parse_multipart(body, boundary);
  if (!parts) return "refused: " + parts.error();
  std::string out;
  for (const auto& part : *parts) {
    out += '[' + std::string(part.name);
    if (part.filename) out += " file " + std::string(*part.filename);
    if (part.type) out += ' ' + part.type->type + '/' + part.type->subtype;
    out += '=' + std::string(part.content) + ']';
  }
  return out;
}
std::string with_headers(std::string_view headers) { return parts_of("--x\r\n" + std::string(headers) + "\r\n\r\nv\r\n--x--\r\n"); }
}  // namespace

TEST_CASE("parts are read in their order, whatever they hold") {
  CHECK(
      parts_of(
          "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--x\r\ncontent-disposition: form-data; name=b; filename=\"c d.txt\"\r\nContent-Type: "
          "Text/CSV\r\n\r\nline\r\n--xx\r\n-x\r\n--x--\r\n") == "refused: must have a line end behind each boundary");
  CHECK(
      parts_of(
          "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--x\r\ncontent-disposition: form-data; name=b; filename=\"c d.txt\"\r\nContent-Type: "
          "Text/CSV\r\n\r\nline\r\n-x\r\n\r\n--x--\r\n") == "[a=1][b file c d.txt text/csv=line\r\n-x\r\n]");
  CHECK(parts_of("--x\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n--x--") == "[a=]");
  CHECK(parts_of("--x\r\nContent-Disposition: form-data; name=a\r\n\r\nx\n-x\r\r\n--\n\r\n--x--") == "[a=x\n-x\r\r\n--\n]");
  CHECK(parts_of("--x--\r\n") == "");
  CHECK(with_headers("Content-Disposition: form-data; name=\"\xc3\xbc\"; filename=\"C:\\a.txt\"") == "[\xc3\xbc file C:\\a.txt=v]");
}

TEST_CASE("what servers read in different ways is refused") {
  CHECK(parts_of("preamble\r\n--x\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--x--").starts_with("refused"));
  CHECK(parts_of("--x\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--x--\r\nepilogue").starts_with("refused"));
  CHECK(parts_of("--x \r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--x--").starts_with("refused"));
  CHECK(parts_of("--x\nContent-Disposition: form-data; name=a\n\n1\n--x--").starts_with("refused"));
  CHECK(parts_of("--x\r\nContent-Disposition: form-data; name=a\r\n\r\n1").starts_with("refused"));
  CHECK(parts_of("--x\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--y--").starts_with("refused"));
  CHECK(parts_of("--x\r\nContent-Disposition: form-data; name=a\r\n").starts_with("refused"));
  CHECK(parts_of("").starts_with("refused"));
  for (const auto* headers :
       {"Content-Disposition: attachment; name=a", "Content-Disposition: form-data", "X: y", "Content-Disposition: form-data; name=a; name=b",
        "Content-Disposition: form-data; name=a; filename=b; filename=c", "Content-Disposition: form-data; name*=utf-8''a",
        "Content-Disposition: form-data; name=a; filename*=utf-8''b", "Content-Disposition: form-data; name=\"a\\\"; filename=\"b\"",
        "Content-Disposition: form-data; name=\"a", "Content-Disposition: form-data; name=\"a\"b", "Content-Disposition : form-data; name=a",
        "Content-Disposition: form-data;\r\n name=a", "Content-Disposition: form-data; name=a\r\nContent-Disposition: form-data; name=b",
        "Content-Disposition: form-data; name=a\r\nContent-Type: nonsense",
        "Content-Disposition: form-data; name=a\r\nContent-Transfer-Encoding: base64", "Content-Disposition: form-data; name=\"\xff\"",
        "Content-Disposition: form-data; name=\"a\nb\""}) {
    CAPTURE(headers);
    CHECK(with_headers(headers).starts_with("refused"));
  }
  CHECK(with_headers("Content-Disposition: form-data; name=a\r\nContent-Transfer-Encoding: binary") == "[a=v]");
}

TEST_CASE("the boundary stands nowhere but at the start of a line that CRLF precedes: some servers cut there, too") {
  constexpr std::string_view hidden = "Content-Disposition: form-data; name=role\r\n\r\nadmin\r\n--x--\r\n";
  for (const auto* before : {"\n", "\r", "", " ", "\r\n ", "\n\r", "text"}) {
    CAPTURE(before);
    const auto content = std::string("hello") + before + "--x\r\n" + std::string(hidden);
    CHECK(parts_of("--x\r\nContent-Disposition: form-data; name=a\r\n\r\n" + content + "\r\n--x--\r\n").starts_with("refused"));
  }
  CHECK(parts_of("--x\r\nContent-Disposition: form-data; name=a; filename=\"--x\"\r\n\r\n1\r\n--x--").starts_with("refused"));
  // A part without a line end of its own is its headers to some, and all that follows to others.
  CHECK(parts_of("--x\r\nContent-Disposition: form-data; name=a\r\n\r\n--x--").starts_with("refused"));
  CHECK(parts_of("--x\r\nContent-Disposition: form-data; name=a\r\n--x--").starts_with("refused"));
  CHECK(parts_of("--x\r\nContent-Disposition: form-data; name=a\r\n\r\n--y\n--X\r\n--x--") == "[a=--y\n--X]");
}

TEST_CASE("a part is read by its name and bytes as they are, and by nothing that only some servers look at") {
  const auto named = [](std::string_view name) { return with_headers("Content-Disposition: form-data; name=\"" + std::string(name) + '"'); };
  for (const auto* name : {"ro\\le", "=?UTF-8?B?cm9sZQ==?=", "a%22b", "a%0Ab", "a%0db"}) {
    CAPTURE(name);
    CHECK(named(name).starts_with("refused"));
  }
  CHECK(named("off%") == "[off%=v]");
  CHECK(named("a=b?") == "[a=b?=v]");
  const auto with = [](std::string_view header) { return with_headers("Content-Disposition: form-data; name=a\r\n" + std::string(header)); };
  for (const auto* header : {"Content-Encoding: gzip", "Content-Length: 2", "Content-Length: 01", "Content-Type: multipart/mixed; boundary=y",
                             "Content-Type: text/plain; charset*=utf-7", "Content-Transfer-Encoding: quoted-printable"}) {
    CAPTURE(header);
    CHECK(with(header).starts_with("refused"));
  }
  CHECK(with("Content-Encoding: identity") == "[a=v]");
  CHECK(with("Content-Length: 1") == "[a=v]");
}

TEST_CASE("boundaries, parts and headers have limits") {
  CHECK(parts_of("--x,y--", "x,y").starts_with("refused"));
  CHECK(parts_of("--x y--", "x y").starts_with("refused"));
  CHECK(parts_of("--x--", "").starts_with("refused"));
  CHECK(parts_of("--x\"--", "x\"").starts_with("refused"));
  CHECK(parts_of("--" + std::string(71, 'x') + "--", std::string(71, 'x')).starts_with("refused"));
  CHECK(parts_of("--" + std::string(70, 'x') + "--", std::string(70, 'x')) == "");
  std::string many;
  for (int i = 0; i < 1001; ++i) many += "--x\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n";
  CHECK(parts_of(many + "--x--").contains("at most 1000 parts"));
  CHECK(with_headers("Content-Disposition: form-data; name=" + std::string(3000, 'a')).contains("not too long"));
}
