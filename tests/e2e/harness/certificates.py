"""Certificates of a certification authority of the scenario's own, made with the `openssl` command:

    given:
      certificates:
        good:    { names: [clinic.internal.example] }
        late:    { names: [clinic.internal.example], expired: true }
        alone:   { names: [clinic.internal.example], self_signed: true }
Then $certificate.good and $certificate_key.good are files, and $authority is the file of the authority.
"""
import pathlib
import subprocess

from .fault import Unclear, known

WORDS = {"names", "expired", "self_signed"}


class Authority:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir()
        self.file = self.folder / "authority.pem"
        self._key("authority")
        _openssl("req", "-x509", "-key", self.key_of("authority"), "-out", self.file, "-days", "30", "-subj", "/CN=scenario authority", "-addext",
                 "basicConstraints=critical,CA:true")
        (self.folder / "index.txt").write_text("")
        (self.folder / "serial").write_text("1000\n")

    def issue(self, name, wanted):
        known(wanted, WORDS, "certificate " + name)
        names = wanted.get("names") or []
        if not names:
            raise Unclear("certificate %s: names for whom it is made" % name)
        self._key(name)
        alternatives = ", ".join(("IP:" if each.replace(".", "").isdigit() else "DNS:") + each for each in names)
        if wanted.get("self_signed"):
            _openssl("req", "-x509", "-key", self.key_of(name), "-out", self.file_of(name), "-days", "30", "-subj", "/CN=" + names[0], "-addext",
                     "subjectAltName=" + alternatives)
            return
        request = self.folder / (name + ".csr")
        _openssl("req", "-new", "-key", self.key_of(name), "-out", request, "-subj", "/CN=" + names[0])
        settings = self.folder / (name + ".conf")
        settings.write_text(SETTINGS % (self.folder, alternatives))
        times = ["-startdate", "20200101000000Z", "-enddate", "20200201000000Z"] if wanted.get("expired") else ["-days", "30"]
        _openssl("ca", "-batch", "-notext", "-config", settings, "-cert", self.file, "-keyfile", self.key_of("authority"), "-in", request, "-out",
                 self.file_of(name), "-extensions", "server", *times)

    def file_of(self, name):
        return self.folder / (name + ".pem")

    def key_of(self, name):
        return self.folder / (name + ".key")

    def _key(self, name):
        _openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", self.key_of(name))
        self.key_of(name).chmod(0o600)


SETTINGS = """[ca]
default_ca = own
[own]
dir = %s
database = $dir/index.txt
serial = $dir/serial
new_certs_dir = $dir
default_md = sha256
unique_subject = no
policy = any
[any]
commonName = supplied
[server]
subjectAltName = %s
extendedKeyUsage = serverAuth
"""


def _openssl(*words):
    done = subprocess.run(["openssl", *map(str, words)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise OSError("openssl %s: %s" % (words[0], done.stderr.strip()))
