#!/usr/bin/env python3
"""Writes src/engines/schema/idna_tables.hpp: what RFC 5892 derives from Unicode's properties, as ranges. Run it to take up a newer Unicode:
the version is that of this Python's unicodedata, and is named in the file."""
import unicodedata as u
from pathlib import Path

EXCEPTIONS_VALID = {0xDF, 0x3C2, 0x6FD, 0x6FE, 0xF0B, 0x3007}
EXCEPTIONS_CONTEXT = {0xB7, 0x375, 0x5F3, 0x5F4, 0x30FB, *range(0x660, 0x66A), *range(0x6F0, 0x6FA)}
EXCEPTIONS_DISALLOWED = {0x640, 0x7FA, 0x302E, 0x302F, *range(0x3031, 0x3036), 0x303B}
JOIN_CONTROL = {0x200C, 0x200D}


def is_ignorable(c):  # Default_Ignorable_Code_Point beyond what the other rules refuse, White_Space, noncharacters (section 2.3)
    return (c in (0xAD, 0x34F, 0x61C, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFEFF, 0xFFA0) or 0x180B <= c <= 0x180F or 0x200B <= c <= 0x200F or
            0x202A <= c <= 0x202E or 0x2060 <= c <= 0x206F or 0xFE00 <= c <= 0xFE0F or 0xFFF0 <= c <= 0xFFF8 or 0x1BCA0 <= c <= 0x1BCA3 or
            0x1D173 <= c <= 0x1D17A or 0xE0000 <= c <= 0xE0FFF or 0xFDD0 <= c <= 0xFDEF or c & 0xFFFE == 0xFFFE or chr(c).isspace())


def is_old_jamo(c):
    return 0x1100 <= c <= 0x11FF or 0xA960 <= c <= 0xA97C or 0xD7B0 <= c <= 0xD7C6 or 0xD7CB <= c <= 0xD7FB


def is_valid(c):
    """RFC 5892 section 3, in its order."""
    if c in EXCEPTIONS_VALID: return True
    if c in EXCEPTIONS_DISALLOWED or c in EXCEPTIONS_CONTEXT or c in JOIN_CONTROL: return False
    category = u.category(chr(c))
    if category in ("Cn", "Cs", "Co"): return False
    if c < 0x80: return chr(c) == "-" or chr(c).isdigit() or "a" <= chr(c) <= "z"
    folded = u.normalize("NFKC", u.normalize("NFKC", chr(c)).casefold())
    if folded != chr(c): return False
    if is_ignorable(c) or is_old_jamo(c): return False
    if 0x20D0 <= c <= 0x20FF or 0x1D100 <= c <= 0x1D24F: return False  # combining marks for symbols, musical symbols (section 2.5)
    return category in ("Ll", "Lu", "Lo", "Nd", "Lm", "Mn", "Mc")


def ranges(points):
    out = []
    for c in sorted(points):
        if out and out[-1][1] == c - 1: out[-1][1] = c
        else: out.append([c, c])
    return out


def table(name, comment, points):
    rows = "".join(f"{{0x{a:X}, 0x{b:X}}}, " for a, b in ranges(points))
    return f"/// {comment}\ninline constexpr CodePointRange {name}[] = {{\n    {rows.rstrip()}\n}};\n"


def main():
    every = [c for c in range(0x110000) if not 0xD800 <= c <= 0xDFFF]
    valid = [c for c in every if is_valid(c)]
    permitted = set(valid) | EXCEPTIONS_CONTEXT | JOIN_CONTROL
    def bidi(*classes): return [c for c in permitted if u.bidirectional(chr(c)) in classes]
    initial, final = set(), set()
    for c in every:  # Arabic letters show how they join by the presentation forms that they have
        kind, *rest = (u.decomposition(chr(c)) or "- ").split(" ")
        if kind in ("<initial>", "<medial>", "<final>") and len(rest) == 1:
            (initial if kind != "<final>" else final).add(int(rest[0], 16))
    def script(word): return [c for c in every if u.name(chr(c), "").startswith(word)]
    text = f"""// Made by tools/idna_tables.py from Unicode {u.unidata_version}; not to be edited.
// clang-format off
#pragma once
#include <cstdint>

namespace gatehouse::schema::idna {{

struct CodePointRange {{
  char32_t first, last;
}};

"""
    text += table("valid", "PVALID of RFC 5892.", valid)
    text += table("marks", "General category M, with which no label begins (RFC 5891 section 4.2.3.2).",
                  [c for c in permitted if u.category(chr(c)).startswith("M")])
    text += table("viramas", "Canonical combining class 9.", [c for c in permitted if u.combining(chr(c)) == 9])
    text += table("joins_next", "Joining types L and D of Arabic letters.", initial & permitted)
    text += table("joins_previous", "Joining types R and D of Arabic letters.", (final | initial) & permitted)
    text += table("transparent", "Joining type T.", [c for c in permitted if u.category(chr(c)) in ("Mn", "Me", "Cf") and c not in JOIN_CONTROL])
    for name, words in (("greek", ("GREEK",)), ("hebrew", ("HEBREW",)), ("hiragana_katakana_han", ("HIRAGANA LETTER", "KATAKANA LETTER", "CJK UNIFIED"))):
        text += table(name, "Scripts, of what may stand in a label.", [c for word in words for c in script(word) if c in permitted])
    text += table("right_to_left", "Bidirectional classes R and AL (RFC 5893).", bidi("R", "AL"))
    text += table("arabic_numbers", "Bidirectional class AN.", bidi("AN"))
    text += table("european_numbers", "Bidirectional class EN.", bidi("EN"))
    text += table("nonspacing", "Bidirectional class NSM.", bidi("NSM"))
    text += table("neutrals", "Bidirectional classes ES, CS, ET, ON and BN.", bidi("ES", "CS", "ET", "ON", "BN"))
    text += "\n}  // namespace gatehouse::schema::idna\n"
    lines = []
    for line in text.split("\n"):  # rows of ranges, cut at 140 columns
        while len(line) > 140:
            at = line.rfind("}, ", 0, 138) + 2
            lines.append(line[:at])
            line = "    " + line[at + 1:]
        lines.append(line)
    (Path(__file__).resolve().parent.parent / "src/engines/schema/idna_tables.hpp").write_text("\n".join(lines))


main()
