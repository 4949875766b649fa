"""For tests that are programs: what a scenario in YAML cannot say (a server of key sets, HTTP/2 frames, a second process) said in Python, with the same gate,
upstream and client."""
import os
import pathlib
import sys
import tempfile
import time
import unittest

from . import tokens
from .client import Client
from .fault import PATIENCE_SECONDS
from .gate import Gate
from .upstream import Upstream

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.append(str(ROOT / "tools"))
from summed import main  # noqa: E402,F401: what every program of these tests ends with
BINARY = os.environ.get("GATEHOUSE_BINARY", str(ROOT / "build" / "src" / "gatehouse"))


class GateCase(unittest.TestCase):
    """A folder, an upstream, an issuer, and as many gates as are begun; each must end as it should."""

    @classmethod
    def setUpClass(cls):
        cls.issuer = tokens.clinic_issuer.Issuer(cls.enterClassContext(tempfile.TemporaryDirectory(prefix="gatehouse-e2e-issuer-")))

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="gatehouse-e2e-")))
        self.upstream = Upstream({})
        self.addCleanup(self.upstream.close)
        self._gates = 0

    def prepare(self, config, **names):
        """A gate that has its configuration and is not started yet."""
        folder = self.folder / ("gate%d" % self._gates)
        self._gates += 1
        folder.mkdir()
        gate = Gate(BINARY, folder, {"upstream": self.upstream.port, "jwks": self.issuer.jwks_file, "folder": folder, **names})
        gate.configure(config)
        return gate

    def begin(self, config, **names):
        gate = self.prepare(config, **names)
        self.addCleanup(lambda: self.assertEqual(gate.stop(), []))
        gate.start()
        return gate

    def connect(self, gate, listener=0):
        client = Client(gate, listener, None)
        self.addCleanup(client.close)
        return client

    def send(self, client, path, method="GET", **fields):
        """Without waiting for the answer. `fields`: x_api_key="..." is the field X-Api-Key."""
        lines = ["%s %s HTTP/1.1" % (method, path), "Host: localhost"] + ["%s: %s" % (name.replace("_", "-"), value) for name, value in fields.items()]
        client.send(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"), False)

    def ask(self, gate, path, method="GET", **fields):
        """The answer to a request on a connection of its own."""
        client = Client(gate, 0, None)
        try:
            self.send(client, path, method, **fields)
            return client.reader.response(method)
        finally:
            client.close()

    def eventually(self, question, wanted):
        """Asks until the answer is as wanted: for what another thread or process is about to do."""
        give_up = time.monotonic() + PATIENCE_SECONDS
        while (answer := question()) != wanted:
            self.assertLess(time.monotonic(), give_up, "still %r, not %r" % (answer, wanted))
        return answer
