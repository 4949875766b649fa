"""HTTP/2 as another's client speaks it: nghttp (Debian's nghttp2-client), all requests of a step as streams of one TLS connection."""
import re
import subprocess

from .fault import PATIENCE_SECONDS, Failed, Unclear, known

ASK_WORDS = {"get", "post", "body", "headers", "times", "listener"}
EXPECT_WORDS = {"statuses", "bodies", "trailers", "upstream"}


def arguments(wanted, gate, folder):
    """What nghttp is called with: `get: [/a, /b]`, or `post: [/a]` with `body`; `times` asks for each so often; `headers` go with all."""
    known(wanted, ASK_WORDS, "nghttp")
    if ("get" in wanted) == ("post" in wanted) or ("body" in wanted) != ("post" in wanted):
        raise Unclear("nghttp: either `get`, or `post` with a `body`")
    host, port, secure = gate.addresses[wanted.get("listener", 0)]
    if not secure:
        raise Unclear("nghttp speaks HTTP/2 over TLS: the listener must, too")
    # The certificate is for the scenarios about TLS: nghttp can be given no authority of its own.
    words = ["nghttp", "-v", "-y", "-m", str(wanted.get("times", 1))]
    for name, value in wanted.get("headers", {}).items():
        words += ["-H", "%s: %s" % (name, value)]
    if "body" in wanted:
        file = folder / "nghttp-body"
        file.write_text(wanted["body"])
        words += ["-d", str(file)]
    return words + ["https://%s:%d%s" % (host, port, path) for path in wanted.get("get", wanted.get("post"))]


def ask(wanted, gate, folder):
    """What nghttp printed."""
    try:
        done = subprocess.run(arguments(wanted, gate, folder), capture_output=True, text=True, timeout=PATIENCE_SECONDS, stdin=subprocess.DEVNULL, check=False)
    except FileNotFoundError:
        raise Failed("nghttp is missing: ./do setup installs it") from None
    except subprocess.TimeoutExpired:
        raise Failed("nghttp got no end of its answers") from None
    if done.returncode != 0:
        raise Failed("nghttp ended with %d: %s" % (done.returncode, done.stderr[-1000:] or done.stdout[-1000:]))
    return done.stdout


def check(printed, expected):
    """`statuses`: of all streams, in any order; `bodies`: texts, each of which some answer held, as often as it is named; `trailers`: the fields
    behind each answer's last DATA frame, all of them."""
    known(expected, EXPECT_WORDS, "expect")
    seen = "; nghttp printed: %s" % printed[-3000:]
    if "The negotiated protocol: h2" not in printed:
        raise Failed("HTTP/2 was not agreed on" + seen)
    statuses = sorted(int(number) for number in re.findall(r"recv \(stream_id=\d+\) :status: (\d+)", printed))
    if statuses != sorted(expected["statuses"]):
        raise Failed("the statuses %s expected, they were %s%s" % (sorted(expected["statuses"]), statuses, seen))
    if re.search(r"recv (?:RST_STREAM|GOAWAY) frame.*?\n.*error_code=(?!NO_ERROR)", printed):
        raise Failed("a stream or the connection was broken off" + seen)
    for body in set(expected.get("bodies", [])):
        if printed.count(body) != expected["bodies"].count(body):
            raise Failed("the body %r expected %d times, it came %d times%s" % (body, expected["bodies"].count(body), printed.count(body), seen))
    if "trailers" in expected:
        check_trailers(printed, expected["trailers"], seen)


def check_trailers(printed, wanted, seen):
    for stream in sorted(set(re.findall(r"recv \(stream_id=(\d+)\) :status", printed))):
        pieces = re.split(r"recv DATA frame <[^>]*stream_id=%s>" % stream, printed)
        found = dict(re.findall(r"recv \(stream_id=%s\) ([a-z-]+): (.*)" % stream, pieces[-1])) if len(pieces) > 1 else {}
        if found != wanted:
            raise Failed("the trailers %s expected behind the body of stream %s, they were %s%s" % (wanted, stream, found, seen))
