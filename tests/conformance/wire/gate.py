"""The gate as a process: `gatehouse serve -c FILE` with a configuration made here, and, to check the drivers themselves,
nginx, haproxy or nghttpx in its place. All bind 127.0.0.1; the gate on port 0.

    with start("gatehouse", upstream, tls=True) as gate: ... gate.address, gate.tls, gate.resident_bytes()
"""
import os
import queue
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

from .suite import ROOT

READY_SECONDS_MAX = 10
STAND_INS = ("nginx", "haproxy", "nghttpx")
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "OPTIONS"]

GATE_CONFIGURATION = """\
listeners:
  - address: 127.0.0.1:0
    tls: {tls}
data: {folder}/data
upstreams:
  u: {{ servers: [ "http://127.0.0.1:{upstream}" ] }}
limits:
  per_address: {{ rate: 100000/s, burst: 100000 }}
  failures: {{ count: 1000000, window: 1m, ban: 1s }}
routes:
  - name: all
    path: "/{{path...}}"
    methods: [{methods}]
    upstream: u
    authenticate: none
    trailers: [x-sum]
"""

NGINX_CONFIGURATION = """\
daemon off;
master_process off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 512; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  upstream u {{ server 127.0.0.1:{upstream}; keepalive 8; }}
  server {{
    listen 127.0.0.1:{port} {listen};
    ssl_certificate {folder}/certificate.pem; ssl_certificate_key {folder}/key.pem;
    large_client_header_buffers 4 16k;
    location / {{
      if ($request_method !~ ^(GET|HEAD|POST|PUT|PATCH|OPTIONS)$) {{ return 405; }}
      proxy_pass http://u; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_request_buffering off;
    }}
  }}
}}
"""

HAPROXY_CONFIGURATION = """\
global
  maxconn 512
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
frontend front
  bind 127.0.0.1:{port} {listen}
  default_backend back
backend back
  server u 127.0.0.1:{upstream}
"""


class Gate:
    """A running server under test. `address` is (host, port), `tls` an ssl context that trusts it, or None."""

    def __init__(self, name, process, folder, address, tls):
        self.name = name
        self.process = process
        self.folder = folder
        self.address = address
        self.tls = tls

    @property
    def host(self):
        return f"localhost:{self.address[1]}"

    def running(self):
        return self.process.poll() is None

    def resident_bytes(self):
        """Memory of the process that is resident now."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
            for line in status:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1]) * 1024
        return 0

    def processor_seconds(self):
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        if self.running():
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                print("the server did not stop on SIGTERM within 10 s", file=sys.stderr)
                self.process.kill()
                self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
        if self.name == "gatehouse" and self.process.returncode != 0:  # a crash, or what a sanitizer found
            sys.exit(f"the gate ended with status {self.process.returncode}")


def client_context(authority=None, protocols=("h2",)):
    """TLS as a careful client does it: verified where an authority is given (never off for the gate), ALPN set."""
    context = ssl.create_default_context(cafile=authority)
    context.set_alpn_protocols(list(protocols))
    return context


def find_binary(name, given):
    if given:
        return given
    if name == "gatehouse":
        root = os.environ.get("GATEHOUSE_ROOT") or ROOT
        return os.environ.get("GATEHOUSE_BINARY") or os.path.join(root, "build", "src", "gatehouse")
    return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin") or name


def start(name, upstream, tls=False, binary=None, protocols=("h2",), more=""):
    """Starts the server and waits until it listens. `more` is YAML added to the gate's configuration."""
    binary = find_binary(name, binary)
    folder = tempfile.mkdtemp(prefix="gatehouse-conform-")
    try:
        if name == "gatehouse":
            return start_gate(binary, folder, upstream, tls, protocols, more)
        return start_stand_in(name, binary, folder, upstream, tls, protocols)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def start_gate(binary, folder, upstream, tls, protocols, more):
    if not os.path.exists(binary):
        sys.exit(f"{binary}: not built")
    path = os.path.join(folder, "gatehouse.yaml")
    with open(path, "w", encoding="utf-8") as text:
        text.write(GATE_CONFIGURATION.format(tls="local" if tls else "off", folder=folder, upstream=upstream.port,
                                             methods=", ".join(METHODS)) + more)
    process = subprocess.Popen([binary, "serve", "-c", path], cwd=folder, stdout=subprocess.PIPE, text=True)
    port = read_ready(process, binary)
    context = client_context(os.path.join(folder, "data", "tls", "ca.pem"), protocols) if tls else None
    return Gate("gatehouse", process, folder, ("127.0.0.1", port), context)


def read_ready(process, binary):
    """The port from the `listening on` line, once `ready` was printed. A thread keeps reading, so that the gate never
    blocks on a full pipe."""
    lines = queue.Queue()

    def drain():
        for line in process.stdout:
            lines.put(line)
        lines.put(None)

    threading.Thread(target=drain, daemon=True).start()
    port, seen, deadline = None, "", time.monotonic() + READY_SECONDS_MAX
    while True:
        try:
            line = lines.get(timeout=max(0.01, deadline - time.monotonic()))
        except queue.Empty:
            line = None
        if line is None:
            process.kill()
            sys.exit(f"{binary} serve did not become ready; it printed:\n{seen}")
        seen += line
        match = re.search(r"listening on https?://127\.0\.0\.1:(\d+)", line)
        if match and port is None:
            port = int(match[1])
        if line.strip() == "ready" and port:
            return port


def make_certificate(folder):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                    "-keyout", f"{folder}/key.pem", "-out", f"{folder}/certificate.pem"], check=True, capture_output=True)
    with open(f"{folder}/both.pem", "w", encoding="ascii") as both:
        for part in ("certificate.pem", "key.pem"):
            with open(os.path.join(folder, part), encoding="ascii") as text:
                both.write(text.read())


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def start_stand_in(name, binary, folder, upstream, tls, protocols):
    make_certificate(folder)
    port = free_port()
    values = {"folder": folder, "port": port, "upstream": upstream.port}
    path = os.path.join(folder, "configuration")
    if name == "nginx":
        listen = "ssl http2" if tls else ""
        text, command = NGINX_CONFIGURATION.format(listen=listen, **values), [binary, "-c", path]
    elif name == "haproxy":
        listen = f"ssl crt {folder}/both.pem alpn h2,http/1.1" if tls else ""
        text, command = HAPROXY_CONFIGURATION.format(listen=listen, **values), [binary, "-db", "-f", path]
    else:
        text = ""
        command = [binary, f"--conf={path}", f"-f127.0.0.1,{port}" + ("" if tls else ";no-tls"), f"-b127.0.0.1,{upstream.port}",
                   "--workers=1", "--single-process", "--no-ocsp", f"--errorlog-file={folder}/error.log",
                   "--accesslog-file=/dev/null", f"{folder}/key.pem", f"{folder}/certificate.pem"]
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + READY_SECONDS_MAX
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            break
        except OSError:
            try:
                process.wait(0.02)  # it has no other way to say that it does not come
            except subprocess.TimeoutExpired:
                if time.monotonic() < deadline:
                    continue
            process.kill()
            sys.exit(f"{name} did not start")
    context = client_context(f"{folder}/certificate.pem", protocols) if tls else None
    return Gate(name, process, folder, ("127.0.0.1", port), context)
