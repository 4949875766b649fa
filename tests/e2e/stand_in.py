#!/usr/bin/python3
"""Stands in for the gate while the harness itself is tested: forwards what has the key `k-shop`, refuses the rest, and has faults that
the harness must find, each behind a path of its own. It protects nothing."""
import json
import pathlib
import signal
import socket
import sys
import threading

import yaml

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from harness.message import Reader  # noqa: E402

UPSTREAM = 0


def refusal(status, slug, detail="It is refused."):
    body = json.dumps({"type": "urn:gatehouse:problem:" + slug, "status": status, "title": "No", "detail": detail, "decision": "d1"}).encode()
    head = "HTTP/1.1 %d No\r\nContent-Type: application/problem+json\r\nGatehouse-Decision: d1\r\nContent-Length: %d\r\n\r\n" % (status, len(body))
    return head.encode() + body


def forwarded(message, times=1):
    for _ in range(times):
        with socket.create_connection(("127.0.0.1", UPSTREAM)) as upstream:
            kept = message.raw.replace(b"X-Api-Key: k-shop\r\n", b"")
            upstream.sendall(kept)
            reader = Reader(lambda: upstream.recv(65536))
            answer = reader.response(message.start.split(" ")[0])
    return reader.raw[:len(reader.raw)] if answer else refusal(502, "upstream-malformed")


def serve(connection):
    reader = Reader(lambda: connection.recv(65536))
    while message := reader.request():
        path = message.start.split(" ")[1]
        if path == "/dies":
            print("GH_ASSERT failed", file=sys.stderr, flush=True)
        if path == "/vanishes":
            break
        if path == "/mumbles":
            connection.sendall(refusal(401, "credential-missing", "no key Send one."))
            continue
        if message.values("x-api-key") != ["k-shop"]:
            connection.sendall(refusal(401, "credential-missing"))
            continue
        connection.sendall(forwarded(message, 2 if path == "/twice" else 1))
    connection.close()


def main():
    global UPSTREAM
    if sys.argv[1:3] == ["keys", "create"]:
        print(json.dumps({"secret": "k-" + sys.argv[3], "key": {"id": "id-" + sys.argv[3]}}))
        return
    config = yaml.safe_load(open(sys.argv[sys.argv.index("--config") + 1], encoding="utf-8"))
    UPSTREAM = int(config["upstreams"]["clinic"]["servers"][0].rpartition(":")[2])
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    listener = socket.create_server(("127.0.0.1", 0))
    print("listening on http://127.0.0.1:%d\nready" % listener.getsockname()[1], flush=True)

    def accept():
        while True:
            threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    signal.sigwait({signal.SIGTERM})
    sys.exit(3 if config["data"] == "ends-badly" else 0)


if __name__ == "__main__":
    main()
