"""h2spec "hpack": header blocks that break RFC 7541. Each is a COMPRESSION_ERROR of the connection (RFC 9113 section 4.3)."""
from wire import frames, hpack
from wire.frames import COMPRESSION_ERROR, HEADER_TABLE_SIZE
from wire.hpack import encode

from . import case


def refuses(peer, bad, before=b""):
    client = peer.connect()
    client.headers(1, block=before + encode(client.fields()) + bad)
    client.expect_connection_error(COMPRESSION_ERROR)
    peer.expect_nothing_upstream()


@case("hpack", "2.3.3", "Sends a indexed header field representation with invalid index")
def indexed_too_high(peer):
    refuses(peer, hpack.indexed(70))


@case("hpack", "2.3.3", "Sends a literal header field representation with invalid index")
def literal_too_high(peer):
    refuses(peer, hpack.literal(70, b"empty", "incremental"))


@case("hpack", "4.2", "Sends a dynamic table size update at the end of header block")
def table_size_at_the_end(peer):
    refuses(peer, hpack.table_size(4096))


@case("hpack", "5.2", "Sends a Huffman-encoded string literal representation with padding longer than 7 bits")
def long_padding(peer):
    refuses(peer, hpack.literal(b"x-test", b"test", "without", True, "long"))


@case("hpack", "5.2", "Sends a Huffman-encoded string literal representation padded by zero")
def zero_padding(peer):
    refuses(peer, hpack.literal(0, b"", "without")[:1] + hpack.string(b"x-test") + hpack.string(b"test", True, "zeros"))


@case("hpack", "5.2", "Sends a Huffman-encoded string literal representation containing the EOS symbol")
def eos(peer):
    refuses(peer, hpack.literal(b"x-test", b"test", "without", True, "eos"))


@case("hpack", "6.1", "Sends a indexed header field representation with index 0")
def index_0(peer):
    refuses(peer, hpack.indexed(0))


@case("hpack", "6.3", "Sends a dynamic table size update larger than the value of SETTINGS_HEADER_TABLE_SIZE")
def table_size_too_large(peer):
    client = peer.connect()
    size = client.peer_settings.get(HEADER_TABLE_SIZE, 4096)
    client.headers(1, block=hpack.table_size(size + 1) + encode(client.fields()))
    client.expect_connection_error(frames.COMPRESSION_ERROR)
    peer.expect_nothing_upstream()
