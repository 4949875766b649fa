#!/usr/bin/python3
"""The clinic's own token issuer: signs a JWT with an ES256 key that it makes, with the `openssl` command, on first use.

In DIRECTORY it keeps `issuer.key` (PEM, for nobody else) and `issuer.jwks` (RFC 7517, for everybody who checks its tokens).
It stands for the login of a real clinic and asks nobody for anything: whoever can read the key is whoever he says he is.
"""
import argparse
import base64
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import time
import uuid

ISSUER = "https://issuer.clinic.example"
COORDINATE_BYTES = 32  # P-256


class Issuer:
    """The key in a directory, made if it is not there."""

    def __init__(self, directory):
        self._key = pathlib.Path(directory) / "issuer.key"
        self.jwks_file = pathlib.Path(directory) / "issuer.jwks"
        self._key.parent.mkdir(parents=True, exist_ok=True)
        if not self._key.exists():
            pem = _openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
            handle = os.open(self._key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(pem)
        self.jwk = self._public_jwk()
        self.jwks_file.write_text(json.dumps({"keys": [self.jwk]}, indent=1) + "\n")

    def _public_jwk(self) -> dict:
        # A P-256 SubjectPublicKeyInfo ends in the uncompressed point: 04, x, y (RFC 5480 section 2.2).
        point = _openssl("pkey", "-in", str(self._key), "-pubout", "-outform", "DER")[-2 * COORDINATE_BYTES:]
        required = {"crv": "P-256", "kty": "EC", "x": base64url(point[:COORDINATE_BYTES]), "y": base64url(point[COORDINATE_BYTES:])}
        thumbprint = hashlib.sha256(json.dumps(required, separators=(",", ":"), sort_keys=True).encode()).digest()  # RFC 7638
        return {**required, "kid": base64url(thumbprint), "alg": "ES256", "use": "sig"}

    def token(self, claims: dict, kind="at+jwt") -> str:
        """`claims` signed as they are, in compact form (RFC 7515 section 7.1)."""
        return self.signed({"alg": "ES256", "typ": kind, "kid": self.jwk["kid"]}, claims)

    def signed(self, header: dict, claims: dict) -> str:
        text = base64url(_compact(header)) + "." + base64url(_compact(claims))
        return text + "." + self.signature(text)

    def signature(self, text: str) -> str:
        return base64url(raw_signature(_openssl("dgst", "-sha256", "-sign", str(self._key), given=text.encode())))


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def raw_signature(der: bytes) -> bytes:
    """JWS wants r and s, 32 bytes each (RFC 7518 section 3.4); openssl writes SEQUENCE { INTEGER r, INTEGER s } in DER."""
    if len(der) < 8 or der[0] != 0x30 or der[1] != len(der) - 2:  # two P-256 integers always fit a one-byte length
        raise ValueError("not an ECDSA signature")
    r_end = 4 + der[3]
    r, s = der[4:r_end], der[r_end + 2:]
    return b"".join(int.from_bytes(number, "big").to_bytes(COORDINATE_BYTES, "big") for number in (r, s))


def claims_for(subject, audience, scopes, expires_in, more=None, now=None) -> dict:
    """The claims of an access token (RFC 9068 section 2.2), with `more` laid over them; a member that is null there is left out."""
    issued = int(time.time() if now is None else now)
    claims = {"iss": ISSUER, "sub": subject, "aud": audience, "client_id": "clinic-desk", "iat": issued, "exp": issued + expires_in, "jti": str(uuid.uuid4())}
    if scopes:
        claims["scope"] = " ".join(scopes)
    claims.update(more or {})
    return {name: value for name, value in claims.items() if value is not None}


def _compact(value) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _openssl(*words, given=None) -> bytes:
    done = subprocess.run(["openssl", *words], input=given, capture_output=True, check=False)
    if done.returncode != 0:
        raise OSError("openssl %s: %s" % (words[0], done.stderr.decode("utf-8", "replace").strip()))
    return done.stdout


def main():
    parser = argparse.ArgumentParser(description="Prints a token of the clinic's own issuer, " + ISSUER + ".",
                                     epilog="example: issuer.py --directory ./issuer --subject dr-quillary --scopes patients:read,patients:write")
    parser.add_argument("--directory", default="issuer", help="where issuer.key and issuer.jwks are kept (default: ./%(default)s)")
    parser.add_argument("--subject", help="sub: for whom; without it only the key and issuer.jwks are made")
    parser.add_argument("--audience", default="clinic", help="aud (default: %(default)s)")
    parser.add_argument("--scopes", default="", help="scope: names parted by commas or spaces")
    parser.add_argument("--expires-in", type=int, default=3600, metavar="SECONDS", help="exp from now on; negative: expired already (default: %(default)s)")
    parser.add_argument("--claims", default="{}", metavar="JSON", help="an object of further claims; null leaves a claim out")
    parser.add_argument("--type", default="at+jwt", choices=["at+jwt", "JWT"], help="typ (default: %(default)s)")
    arguments = parser.parse_args()
    try:
        more = json.loads(arguments.claims)
        if not isinstance(more, dict):
            raise ValueError("not an object")
    except ValueError as error:
        parser.error("--claims: %s" % error)
    try:
        issuer = Issuer(arguments.directory)
        if arguments.subject is None:
            print(issuer.jwks_file)
            return
        scopes = arguments.scopes.replace(",", " ").split()
        print(issuer.token(claims_for(arguments.subject, arguments.audience, scopes, arguments.expires_in, more), arguments.type))
    except OSError as error:
        sys.exit("issuer: %s" % error)


if __name__ == "__main__":
    main()
