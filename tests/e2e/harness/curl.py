"""A POST over HTTP/2 as curl sends it, on a connection of its own: the answer is judged like any other (`harness/expect.py`).

    curl: { post: /a, body: text, headers: { x-api-key: $key.shop }, awaits_continue: true, times: 4 }
`bytes: N` in place of `body` is a body of that size. With `awaits_continue` it says `Expect: 100-continue`, without it sends the body at once.
"""
import subprocess

from .fault import PATIENCE_SECONDS, Failed, Unclear, known
from .message import Message

WORDS = {"post", "body", "bytes", "headers", "awaits_continue", "times", "listener"}
EXPECT_WORDS = {"status", "problem", "headers", "body", "json", "interim", "upstream"}


def body_of(wanted):
    known(wanted, WORDS, "curl")
    if "post" not in wanted or ("body" in wanted) == ("bytes" in wanted):
        raise Unclear("curl: `post` with either `body` or `bytes`")
    return wanted["body"].encode() if "body" in wanted else b"b" * wanted["bytes"]


def post(wanted, gate):
    """The answer as curl gave it out."""
    body = body_of(wanted)
    host, port, secure = gate.addresses[wanted.get("listener", 0)]
    if not secure:
        raise Unclear("curl is for HTTP/2 over TLS: the listener must speak it, too")
    words = ["curl", "-q", "--silent", "--show-error", "--include", "--http2", "--noproxy", "*", "--max-time", str(PATIENCE_SECONDS)]
    words += ["--cacert", str(gate.authority or gate.folder / "data" / "tls" / "ca.pem"), "--connect-to", "localhost:%d:%s:%d" % (port, host, port)]
    words += ["--data-binary", "@-", "--header", "Expect: 100-continue" if wanted.get("awaits_continue") else "Expect:"]
    for name, value in wanted.get("headers", {}).items():
        words += ["--header", "%s: %s" % (name, value)]
    try:
        done = subprocess.run([*words, "https://localhost:%d%s" % (port, wanted["post"])], input=body, capture_output=True, check=False)
    except FileNotFoundError:
        raise Failed("curl is missing: ./do setup installs it") from None
    if done.returncode != 0:
        raise Failed("curl ended with %d: %s; it had got: %r" % (done.returncode, done.stderr.decode("utf-8", "replace").strip(), done.stdout[:600]))
    return read(done.stdout)


def read(printed):
    """What `curl --include` printed: the heads of the 1xx, then the answer."""
    interim = []
    while True:
        head, parted, rest = printed.partition(b"\r\n\r\n")
        start, *fields = head.decode("latin-1").split("\r\n")
        if not parted or not start.startswith("HTTP/2 "):
            raise Failed("no answer over HTTP/2; curl printed: %r" % printed[:600])
        answer = Message(start, [tuple(each.split(": ", 1)) for each in fields], rest, printed, interim=interim)
        if answer.status >= 200:
            return answer
        interim.append(answer.status)
        printed = rest
