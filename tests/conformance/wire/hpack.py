"""HPACK (RFC 7541), both ways, for tests: the encoder writes each representation on demand, also wrong ones; the decoder
is strict and is compared with the 6,090 blocks of the hpack suite. The Huffman code of Appendix B is canonical, so the
lengths of its codes are enough to build it.
"""

STATIC_TABLE = [(name.encode(), value.encode()) for name, value in [
    (":authority", ""), (":method", "GET"), (":method", "POST"), (":path", "/"), (":path", "/index.html"), (":scheme", "http"),
    (":scheme", "https"), (":status", "200"), (":status", "204"), (":status", "206"), (":status", "304"), (":status", "400"),
    (":status", "404"), (":status", "500"), ("accept-charset", ""), ("accept-encoding", "gzip, deflate"), ("accept-language", ""),
    ("accept-ranges", ""), ("accept", ""), ("access-control-allow-origin", ""), ("age", ""), ("allow", ""), ("authorization", ""),
    ("cache-control", ""), ("content-disposition", ""), ("content-encoding", ""), ("content-language", ""), ("content-length", ""),
    ("content-location", ""), ("content-range", ""), ("content-type", ""), ("cookie", ""), ("date", ""), ("etag", ""),
    ("expect", ""), ("expires", ""), ("from", ""), ("host", ""), ("if-match", ""), ("if-modified-since", ""),
    ("if-none-match", ""), ("if-range", ""), ("if-unmodified-since", ""), ("last-modified", ""), ("link", ""), ("location", ""),
    ("max-forwards", ""), ("proxy-authenticate", ""), ("proxy-authorization", ""), ("range", ""), ("referer", ""), ("refresh", ""),
    ("retry-after", ""), ("server", ""), ("set-cookie", ""), ("strict-transport-security", ""), ("transfer-encoding", ""),
    ("user-agent", ""), ("vary", ""), ("via", ""), ("www-authenticate", "")]]

# Appendix B: the length in bits of the code of each octet, then of EOS.
CODE_LENGTHS = [int(length) for length in """
13 23 28 28 28 28 28 28 28 24 30 28 28 30 28 28 28 28 28 28 28 28 30 28 28 28 28 28 28 28 28 28
6 10 10 12 13 6 8 11 10 10 8 11 8 6 6 6 5 5 5 6 6 6 6 6 6 6 7 8 15 6 12 10
13 6 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 8 7 8 13 19 13 14 6
15 5 6 5 6 5 6 6 6 5 7 7 6 6 6 5 6 7 6 5 5 6 7 7 7 7 7 15 11 14 13 28
20 22 20 20 22 22 22 23 22 23 23 23 23 23 24 23 24 24 22 23 24 23 23 23 23 21 22 23 22 23 23 24
22 21 20 22 22 23 23 21 23 22 22 24 21 22 23 23 21 21 22 21 23 22 23 23 20 22 22 22 23 22 22 23
26 26 20 19 22 23 22 25 26 26 26 27 27 26 24 25 19 21 26 27 27 26 27 24 21 21 26 26 28 27 27 27
20 24 20 21 22 21 21 23 22 22 25 25 24 24 26 23 26 27 26 26 27 27 27 27 27 28 27 27 27 27 27 26
30""".split()]
EOS = 256


def canonical_codes():
    codes, code, length_before = {}, 0, 0
    for length, symbol in sorted((length, symbol) for symbol, length in enumerate(CODE_LENGTHS)):
        code <<= length - length_before
        codes[symbol] = (code, length)
        code, length_before = code + 1, length
    return codes


CODES = canonical_codes()
SYMBOLS = {(length, code): symbol for symbol, (code, length) in CODES.items()}


class HpackError(Exception):
    """A decoding error: COMPRESSION_ERROR in HTTP/2."""


def huffman_encode(text, padding="ones"):
    """`padding`: 'ones' is right (section 5.2); 'zeros', 'long' (a whole octet too much) and 'eos' are wrong."""
    bits = "".join(format(CODES[octet][0], f"0{CODES[octet][1]}b") for octet in text)
    if padding == "eos":
        bits += format(CODES[EOS][0], f"0{CODES[EOS][1]}b")
    missing = -len(bits) % 8
    if padding == "zeros" and not missing:
        raise ValueError("this text needs no padding")
    bits += ("0" if padding == "zeros" else "1") * missing
    if padding == "long":
        bits += "1" * 8
    return int(bits or "0", 2).to_bytes(len(bits) // 8, "big") if bits else b""


def huffman_decode(data):
    text, code, length = bytearray(), 0, 0
    for octet in data:
        for shift in range(7, -1, -1):
            code, length = code << 1 | octet >> shift & 1, length + 1
            symbol = SYMBOLS.get((length, code))
            if symbol == EOS:
                raise HpackError("EOS in a string")
            if symbol is not None:
                text.append(symbol)
                code = length = 0
            elif length > 30:
                raise HpackError("no Huffman code")
    if length > 7 or code != (1 << length) - 1:
        raise HpackError("padding that is not the beginning of EOS")
    return bytes(text)


def integer(value, prefix_bits, first=0):
    """Section 5.1; `first` holds the bits before the prefix."""
    limit = (1 << prefix_bits) - 1
    if value < limit:
        return bytes([first | value])
    out, value = bytearray([first | limit]), value - limit
    while value >= 128:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def string(text, huffman=False, padding="ones"):
    if huffman:
        coded = huffman_encode(text, padding)
        return integer(len(coded), 7, 0x80) + coded
    return integer(len(text), 7) + text


def indexed(index):
    return integer(index, 7, 0x80)


def literal(name, value, kind="without", huffman=False, padding="ones"):
    """A literal; `name` is an index or octets. `kind`: 'incremental', 'without' (indexing), 'never' (indexed)."""
    prefix_bits, first = {"incremental": (6, 0x40), "without": (4, 0x00), "never": (4, 0x10)}[kind]
    if isinstance(name, int):
        return integer(name, prefix_bits, first) + string(value, huffman, padding)
    return integer(0, prefix_bits, first) + string(name, huffman, padding) + string(value, huffman, padding)


def table_size(size):
    return integer(size, 5, 0x20)


def encode(fields):
    """A block of plain literals that leaves no trace in the dynamic table."""
    return b"".join(literal(name, value) for name, value in fields)


class Decoder:
    """One decoding context: a dynamic table whose size is at most `size_max` octets."""

    def __init__(self, size_max=4096):
        self.size_max = self.size_limit = size_max
        self.table = []

    def decode(self, block):
        fields, at = [], 0
        while at < len(block):
            octet = block[at]
            if octet & 0x80:
                index, at = self._integer(block, at, 7)
                fields.append(self._entry(index))
            elif octet & 0x40:
                field, at = self._literal(block, at, 6)
                self._add(field)
                fields.append(field)
            elif octet & 0x20:
                size, at = self._integer(block, at, 5)
                if fields or size > self.size_max:
                    raise HpackError("a table size update out of place or out of bounds")
                self.size_limit = size
                self._evict()
            else:
                field, at = self._literal(block, at, 4)
                fields.append(field)
        return fields

    def _integer(self, block, at, prefix_bits):
        limit = (1 << prefix_bits) - 1
        value, at, shift = block[at] & limit, at + 1, 0
        if value < limit:
            return value, at
        while True:
            if at >= len(block) or shift > 28:
                raise HpackError("a broken integer")
            octet, at = block[at], at + 1
            value += (octet & 127) << shift
            shift += 7
            if octet < 128:
                return value, at

    def _string(self, block, at):
        if at >= len(block):
            raise HpackError("a broken string")
        huffman = block[at] & 0x80
        length, at = self._integer(block, at, 7)
        if at + length > len(block):
            raise HpackError("a string over the end")
        text = block[at:at + length]
        return (huffman_decode(text) if huffman else text), at + length

    def _literal(self, block, at, prefix_bits):
        index, at = self._integer(block, at, prefix_bits)
        if index:
            name = self._entry(index)[0]
        else:
            name, at = self._string(block, at)
        value, at = self._string(block, at)
        return (name, value), at

    def _entry(self, index):
        if 1 <= index <= len(STATIC_TABLE):
            return STATIC_TABLE[index - 1]
        if len(STATIC_TABLE) < index <= len(STATIC_TABLE) + len(self.table):
            return self.table[index - len(STATIC_TABLE) - 1]
        raise HpackError(f"index {index}")

    def _add(self, field):
        self.table.insert(0, field)
        self._evict()

    def _evict(self):
        size = sum(len(name) + len(value) + 32 for name, value in self.table)
        while size > self.size_limit:
            name, value = self.table.pop()
            size -= len(name) + len(value) + 32
