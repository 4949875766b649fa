"""The gate as a process, in a folder of its own: `gatehouse serve -c FILE`, and its other words beside it."""
import contextlib
import json
import os
import pathlib
import queue
import re
import signal
import ssl
import subprocess
import threading

import yaml

from .fault import PATIENCE_SECONDS, Failed

BASE = {
    "listeners": [{"address": "127.0.0.1:0", "tls": "off"}],
    "data": "data",
    "workers": 1,
    "upstreams": {"clinic": {"servers": ["http://127.0.0.1:$upstream"]}},
    "limits": {"per_address": "none", "failures": "none"},
    "routes": [{"name": "all", "path": "/{path...}", "methods": ["GET", "HEAD", "POST", "PUT", "PATCH"], "upstream": "clinic", "authenticate": "none"}],
}
REPORTS = re.compile(r"Sanitizer|runtime error:|[Aa]ssert(?:ion)? |GH_ASSERT|terminate called|Segmentation fault")


def merged(base, over):
    """`over` laid on `base`: mappings member by member, everything else replaced; null takes a member away."""
    if not isinstance(base, dict) or not isinstance(over, dict):
        return over
    both = {**base, **{name: merged(base.get(name), value) for name, value in over.items()}}
    return {name: value for name, value in both.items() if value is not None}


class Gate:
    def __init__(self, binary, folder, names):
        """`names` are the texts that $name stands for in the configuration."""
        self.binary, self.folder, self.names = binary, pathlib.Path(folder), names
        self.file = self.folder / "gatehouse.yaml"
        self.process = None
        self._told_to_stop = False
        self._drainer = self._stderr = None
        self.addresses = []  # (host, port, speaks TLS), one a listener
        self.authority = None  # whom clients trust; None: the authority that the gate makes itself
        self._lines = queue.Queue()
        self.printed = ""

    def configure(self, config):
        text = yaml.safe_dump(merged(BASE, config), sort_keys=False)
        for name in sorted(self.names, key=len, reverse=True):
            text = text.replace("$" + name, str(self.names[name]))
        self.file.write_text(text)

    def word(self, *words):
        """Runs another word of the command line: exit status, stdout, stderr."""
        done = subprocess.run([self.binary, *words, "--config", str(self.file)], capture_output=True, text=True, timeout=PATIENCE_SECONDS, cwd=self.folder,
                              stdin=subprocess.DEVNULL, check=False)
        return done.returncode, done.stdout, done.stderr

    def json_word(self, *words):
        status, out, error = self.word(*words, "--json")
        if status != 0:
            raise Failed("gatehouse %s ended with %d: %s" % (" ".join(words), status, error.strip() or out.strip()))
        return json.loads(out)

    def start(self, **more):
        """Also after kill(): then on the data that it left. `more` is for subprocess.Popen."""
        self.addresses = []
        self._launch(["serve", "--config", str(self.file)], **more)
        while (line := self._next_line()) != "ready":
            if found := re.search(r"listening on (https?)://([\d.]+):(\d+)", line):
                self.addresses.append((found[2], int(found[3]), found[1] == "https"))
        if not self.addresses:
            raise Failed("the gate is ready but listens nowhere:\n" + self.printed)

    def _launch(self, words, **more):
        self.printed, self._lines = "", queue.Queue()
        self._stderr = open(self.folder / "stderr", "w+", encoding="utf-8", errors="replace")  # noqa: SIM115: closed in stop()
        self.process = subprocess.Popen([self.binary, *words], cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self._stderr, text=True, **more)
        self._drainer = threading.Thread(target=self._drain, daemon=True)
        self._drainer.start()

    def tls_context(self, protocols=("http/1.1",)):
        context = ssl.create_default_context(cafile=self.authority or self.folder / "data" / "tls" / "ca.pem")
        context.set_alpn_protocols(list(protocols))
        return context

    def stop(self):
        """SIGTERM, then what is wrong with the end, if anything. Also for a gate that never started."""
        if self.process is None:
            return []
        faults = []
        if self.process.poll() is None and not self._told_to_stop:  # told twice it would not finish what it has begun
            self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(PATIENCE_SECONDS)
            if status != 0:
                faults.append("the gate ended with status %d" % status)
        except subprocess.TimeoutExpired:
            faults.append("the gate did not stop on SIGTERM within %d s" % PATIENCE_SECONDS)
            self.process.kill()
            self.process.wait()
        return faults + self._let_go()

    def kill(self):
        """SIGKILL, which asks nobody; then what was wrong before."""
        self.process.kill()
        status = self.process.wait(PATIENCE_SECONDS)
        return ([] if status == -signal.SIGKILL else ["the gate had ended with status %d before it was killed" % status]) + self._let_go()

    def _let_go(self):
        """Of a process that has ended; the faults that it reported."""
        self._drainer.join(PATIENCE_SECONDS)
        self.process.stdout.close()
        self.process = None
        self._stderr.seek(0)
        report = self._stderr.read()
        self._stderr.close()
        if found := REPORTS.search(report):
            return ["the gate reports a fault of its own:\n" + report[max(0, found.start() - 200):found.start() + 3000]]
        return []

    def errors(self):
        """What the gate has written to stderr so far."""
        return (self.folder / "stderr").read_text(errors="replace") if (self.folder / "stderr").exists() else ""

    def log_lines(self):
        """Everything in the audit log."""
        file = self.folder / "data" / "audit.jsonl"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    def audit_lines(self):
        """Of requests."""
        return [line for line in self.log_lines() if "event" not in line]

    def acts(self, *names):
        """Administrative acts, of these names only if there are any."""
        return [line for line in self.log_lines() if line.get("event") == "act" and (not names or line["act"] in names)]

    def signal(self, name):
        self._told_to_stop = self._told_to_stop or name in ("TERM", "INT")
        os.kill(self.process.pid, getattr(signal, "SIG" + name))

    @contextlib.contextmanager
    def standing_still(self):
        """Not one instruction of it is run meanwhile; what comes to its sockets waits in the order in which it comes."""
        os.kill(self.process.pid, signal.SIGSTOP)
        try:
            os.waitid(os.P_PID, self.process.pid, os.WSTOPPED)
            yield
        finally:
            os.kill(self.process.pid, signal.SIGCONT)

    def wait_for_line(self, pattern):
        """The next line of stdout that matches; for what the gate says after a signal."""
        while not re.search(pattern, line := self._next_line()):
            pass
        return line

    def _next_line(self):
        try:
            line = self._lines.get(timeout=PATIENCE_SECONDS)
        except queue.Empty:
            line = None
        if line is None:
            raise Failed("the gate ended or fell silent; it printed:\n%s%s" % (self.printed, self.errors()))
        return line

    def _drain(self):
        for line in self.process.stdout:
            self.printed += line
            self._lines.put(line.rstrip("\n"))
        self._lines.put(None)


class Protecting(Gate):
    """`gatehouse protect URL --json`: a gate without a file. `said` is everything that it says at its start."""

    def __init__(self, binary, folder, url, *more, data="data"):
        super().__init__(binary, folder, {})
        self.url, self.more, self.data = url, more, self.folder / data
        self.said = {}

    def word(self, *words):
        done = subprocess.run([self.binary, *words, "--data", str(self.data)], capture_output=True, text=True, timeout=PATIENCE_SECONDS, cwd=self.folder,
                              stdin=subprocess.DEVNULL, check=False)
        return done.returncode, done.stdout, done.stderr

    def start(self, **more):
        self.said = {}
        self._launch(["protect", self.url, "--listen", "127.0.0.1:0", "--metrics", "none", "--data", str(self.data), "--json", *self.more], **more)
        while "ready" not in self.said:
            self.said.update(json.loads(self._next_line()))
        host, port = self.said["listening"].removeprefix("https://").rsplit(":", 1)
        self.addresses, self.authority = [(host, int(port), True)], self.said["ca"]
        return self
