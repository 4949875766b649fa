"""For tests of what becomes of an upstream's answers: each is asked for over HTTP/1.1 and HTTP/2, as curl sends it."""
import subprocess
import urllib.request

from .case import GateCase
from .fault import PATIENCE_SECONDS


class AnswersCase(GateCase):
    """`self.gate` has a listener with TLS, and `self.metrics` is where its metrics are."""

    def counted(self, name):
        with urllib.request.urlopen(self.metrics, timeout=PATIENCE_SECONDS) as answer:
            return next(int(line.split()[1]) for line in answer.read().decode().splitlines() if line.startswith("gatehouse_%s_total " % name))

    def fetch(self, path, version, *more):
        """Status, fields and body as curl got them."""
        host, port, _ = self.gate.addresses[0]
        words = ["curl", "-q", "--silent", "--show-error", "--include", "--http%s" % version, "--noproxy", "*", "--max-time", str(PATIENCE_SECONDS), "--cacert",
                 str(self.gate.folder / "data" / "tls" / "ca.pem"), "--connect-to", "localhost:%d:%s:%d" % (port, host, port), *more]
        done = subprocess.run([*words, "https://localhost:%d%s" % (port, path)], capture_output=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        head, _, body = done.stdout.partition(b"\r\n\r\n")
        start, *fields = head.decode("latin-1").split("\r\n")
        return int(start.split(" ")[1]), {name.lower(): value for name, value in (field.split(": ", 1) for field in fields)}, body

    def both(self, path, *more):
        first, second = self.fetch(path, "1.1", *more), self.fetch(path, "2", *more)
        self.assertEqual((first[0], first[2] if first[0] < 400 else b""), (second[0], second[2] if second[0] < 400 else b""))
        return first, second
