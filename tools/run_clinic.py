#!/usr/bin/env python3
"""Starts the sample clinic and Gatehouse in front of it, prints what to try, and stops both in good order on Ctrl-C.

`./do run` runs this. Everything that is made lies in gatehouse-data/. The key that is printed ends after twelve hours; the admin
credential is printed by the first start only.
"""
import argparse, base64, json, os, re, shlex, signal, subprocess, sys, time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
CLINIC = os.path.join(ROOT, "examples/clinic")
CLIENT = "desk"
STOP = {signal.SIGINT, signal.SIGTERM}


def arguments():
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--gatehouse", default=os.path.join(ROOT, "build/src/gatehouse"), help="the program")
    options.add_argument("--data", default=os.path.join(ROOT, "gatehouse-data"), help="the data directory")
    options.add_argument("--port", type=int, default=8443, help="of the gate, 0: any free one")
    options.add_argument("--clinic-port", type=int, default=3000, help="of the clinic, 0: any free one")
    options.add_argument("--metrics-port", type=int, default=9464, help="of /metrics, 0: any free one")
    return options.parse_args()


class Child:
    """A program in a session of its own, so that Ctrl-C reaches us alone and we decide who stops first."""

    def __init__(self, *command):
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)

    def line(self, pattern, hint=""):
        """The first line that the pattern matches. The program ending before that is the end of us, too, with the hint."""
        for text in self.process.stdout:
            found = re.search(pattern, text)
            if found:
                return found
        sys.exit(f"{self.process.args[0]} ended with status {self.process.wait()}{hint}")

    def stop(self):
        """In good order; whoever asks once more meanwhile is passed on, and the gate then stops at once. After a minute it is killed."""
        patience_ends = time.monotonic() + 60
        if self.process.poll() is None:
            self.process.terminate()
        while self.process.poll() is None:
            if time.monotonic() > patience_ends:
                self.process.kill()
            elif signal.sigtimedwait(STOP, 0.1):
                self.process.terminate()
        self.process.wait()


def configuration(o, clinic_port):
    """The sample's own file; with other ports or another place, a copy that differs in these alone."""
    file = os.path.join(CLINIC, "gatehouse.yaml")
    if (o.port, clinic_port, o.metrics_port, os.path.abspath(o.data)) == (8443, 3000, 9464, os.path.join(ROOT, "gatehouse-data")):
        return file
    with open(file) as source:
        text = source.read()
    for before, after in (("127.0.0.1:8443", f"127.0.0.1:{o.port}"), ("127.0.0.1:3000", f"127.0.0.1:{clinic_port}"),
                          ("127.0.0.1:9464", f"127.0.0.1:{o.metrics_port}"), ("../../gatehouse-data", os.path.abspath(o.data)),
                          ("file: openapi.yaml", "file: " + json.dumps(os.path.join(CLINIC, "openapi.yaml")))):
        if before not in text:
            sys.exit(f"{file} does not hold {before}")
        text = text.replace(before, after)
    file = os.path.join(o.data, "clinic.yaml")
    with open(file, "w") as copy:
        copy.write(text)
    return file


def run(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(done.returncode)
    return done.stdout.strip()


def token(o, *options):
    return run(sys.executable, os.path.join(CLINIC, "issuer.py"), "--directory", os.path.join(o.data, "issuer"), *options)


def altered(jwt):
    """The same token for another subject, with the old signature."""
    head, claims, signature = jwt.split(".")
    said = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    said["sub"] = "dr-nobody"
    return f"{head}.{base64.urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip('=')}.{signature}"


def things_to_try(o, url, ca, key):
    """(what it shows, the command): each can be pasted as it stands."""
    doctor = ["--subject", "dr-quillary", "--scopes", "patients:read"]
    good = token(o, *doctor)

    def curl(path, *options, more=""):
        words = ["curl", "-sS", "-i", "--cacert", ca, *options, url + path]
        return " ".join(shlex.quote(w) for w in words) + more

    def bearer(jwt):
        return ["-H", f"Authorization: Bearer {jwt}"]

    with_key = ["-H", f"X-Api-Key: {key}"]
    yield "200: the price list is public", curl("/prices")
    yield "401: a record without a key", curl("/patients/7")
    yield "200: the same record with a key", curl("/patients/7", *with_key)
    yield "403: the export of all records, for which the key has no scope", curl("/export", *with_key)
    yield "200: a token of the clinic's own issuer", curl("/patients/7", *bearer(good))
    yield "401: the same token, altered", curl("/patients/7", *bearer(altered(good)))
    yield "401: a token that has expired", curl("/patients/7", *bearer(token(o, *doctor, "--expires-in", "-3600")))
    yield "401: a token for another audience", curl("/patients/7", *bearer(token(o, *doctor, "--audience", "bakery")))
    yield "404: a path that the contract does not describe", curl("/nowhere", *with_key)
    yield "405: a method that is closed there; the field Allow names those that are not", curl("/patients/7", "-X", "DELETE", *with_key)
    yield "400: a malformed request", curl("/patients/%zz", *with_key)
    yield ("400: a parameter that is not as the contract says; without the gate this one reads every table of the database",
           curl("/patients?name=%27%20OR%20%271%27=%271", *with_key))
    patient = {"name": "Ilana Quaverby", "born": "yesterday", "ward": "kitchen", "doctor": "dr-munterby", "insurance_number": "TEST0000000A", "role": "admin"}
    yield ("422: a new patient with four mistakes; each is told with its place and what would be right",
           curl("/patients", *bearer(token(o, "--subject", "dr-quillary", "--scopes", "patients:write")), "-H", "Content-Type: application/json", "-d", json.dumps(patient)))
    loop = " ".join(shlex.quote(w) for w in ["curl", "-sS", "--cacert", ca, *with_key, "-o", "/dev/null", "-w", "%{http_code} Retry-After: %header{retry-after}\\n",
                                             url + "/patients/[1-40]"])
    yield "429: more than the burst of the key's plan; Retry-After says when to come again", loop


def say(o, gate_url, url, metrics, clinic_url, ca, key, file):
    print(f"""
The clinic, a careless sample API, is guarded at {url}
  listening on   {gate_url}
  metrics        {metrics}   (also /healthz and /readyz)
  the clinic     {clinic_url}   (unguarded, on this machine only)
  API key        {key}   (shown only now; ends in 12 hours)
  authority      {ca}
                 `--cacert` in the lines below trusts it for one command; to trust it on this machine:
                 cp {shlex.quote(ca)} /usr/local/share/ca-certificates/gatehouse-local.crt && update-ca-certificates

Try it in another terminal:
""")
    for what, command in things_to_try(o, url, ca, key):
        print(f"# {what}\n{command}\n")
    program, file = os.path.abspath(o.gatehouse), os.path.abspath(file)
    print(f"Each refusal carries an id (field Gatehouse-Decision):  {program} why ID -c {file}")
    print(f"How it is doing:                                        {program} status -c {file}")
    print("Ctrl-C finishes the requests that have begun and stops both; once more stops at once.", flush=True)


def main():
    o = arguments()
    os.makedirs(o.data, mode=0o700, exist_ok=True)
    token(o)  # without a subject it only makes the issuer's key set, which the gate reads at its start
    # Signals are waited for, so that none is lost between the starts.
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP)
    children = []
    hint = "; if a port is taken: ./do run --clinic-port 0 --port 0 --metrics-port 0 (0 is any free one)"
    try:
        clinic = Child(sys.executable, os.path.join(CLINIC, "server.py"), "--port", str(o.clinic_port))
        children.append(clinic)
        clinic_port = int(clinic.line(r"listening on http://127\.0\.0\.1:(\d+)", hint)[1])
        file = configuration(o, clinic_port)
        made = json.loads(run(o.gatehouse, "keys", "create", CLIENT, "--plan", "desk", "--scope", "patients:read", "--expires", "12h", "--json", "-c", file))
        gate = Child(o.gatehouse, "serve", "-c", file)
        children.insert(0, gate)  # the gate stops first: what it has begun needs the clinic
        gate_url = gate.line(r"listening on (https://\S+)", hint)[1]
        gate.line(r"^ready$")
        ca = os.path.abspath(os.path.join(o.data, "tls/ca.pem"))
        metrics = json.loads(run(o.gatehouse, "status", "--json", "-c", file))["metrics"]  # with port 0 nobody else knows the port
        say(o, gate_url, gate_url.replace("127.0.0.1", "localhost"), metrics, f"http://127.0.0.1:{clinic_port}", ca, made["secret"], file)
        while True:
            asked = signal.sigtimedwait({*STOP, signal.SIGCHLD}, 1)
            if asked and asked.si_signo in STOP:
                print("stopping", flush=True)
                return
            for child in children:
                if child.process.poll() is not None:
                    sys.exit(f"{child.process.args[0]} ended with status {child.process.returncode}")
    finally:
        for child in children:
            child.stop()


if __name__ == "__main__":
    main()
