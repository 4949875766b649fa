"""Tokens of the clinic's own issuer, good ones and every kind of bad one:

    token: { subject: dr-quillary, scopes: [patients:read] }
Words: subject, scopes, audience, expires_in, claims (laid over; null leaves one out), header (likewise), more_claims and more_header (JSON text put
before the closing brace: a member once more), altered (one character of the claims), padded (base64 with `=`), signed_by (the name of another key),
embeds_key (the signer's public key in the header), signature (`none`: empty; `hmac-with-public-key`: what a verifier that trusts the header's `alg`
would take).

    given: { issuer_keys: { rsa: RS256, other: ES256 } }
makes further keys; $jwks.rsa is then a file with the one of that name, $kid.rsa its name in tokens.
"""
import base64
import hashlib
import hmac
import json
import pathlib
import subprocess
import sys

from .fault import Unclear, known

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "examples" / "clinic"))
import issuer as clinic_issuer  # noqa: E402: the sample's own issuer, as a client of it would use it

WORDS = {"subject", "scopes", "audience", "expires_in", "claims", "header", "more_claims", "more_header", "altered", "padded", "signed_by", "embeds_key",
         "signature"}
base64url = clinic_issuer.base64url


class RsaKey:
    """As the clinic's Issuer, with RS256."""

    def __init__(self, directory):
        folder = pathlib.Path(directory)
        self._key, self.jwks_file = folder / "issuer.key", folder / "issuer.jwks"
        _openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", str(self._key))
        modulus = bytes.fromhex(_openssl("rsa", "-in", str(self._key), "-noout", "-modulus").decode().strip().partition("=")[2])
        self.jwk = {"kty": "RSA", "n": base64url(modulus), "e": "AQAB", "kid": "rsa-" + folder.name, "alg": "RS256", "use": "sig"}
        self.jwks_file.write_text(json.dumps({"keys": [self.jwk]}))

    def signature(self, text):
        return base64url(_openssl("dgst", "-sha256", "-sign", str(self._key), given=text.encode()))

    def public_pem(self):
        return _openssl("pkey", "-in", str(self._key), "-pubout")


def further_key(folder, algorithm):
    folder.mkdir(parents=True)
    if algorithm not in ("ES256", "RS256"):
        raise Unclear("issuer_keys: ES256 or RS256, not %s" % algorithm)
    return RsaKey(folder) if algorithm == "RS256" else clinic_issuer.Issuer(folder)


def make(issuer, wanted, further):
    known(wanted, WORDS, "token")
    if (name := wanted.get("signed_by")) and name not in further:
        raise Unclear("token: no key '%s' was made" % name)
    signer = further[name] if name else issuer
    claims = clinic_issuer.claims_for(wanted.get("subject", "dr-quillary"), wanted.get("audience", "clinic"), wanted.get("scopes", []),
                                      wanted.get("expires_in", 600), wanted.get("claims"))
    header = {"alg": signer.jwk["alg"], "typ": "at+jwt", "kid": signer.jwk["kid"], **wanted.get("header", {})}
    if wanted.get("embeds_key"):
        header["jwk"] = signer.jwk
    header = {name: value for name, value in header.items() if value is not None}
    head, body = (_text(members, wanted.get(more, "")) for members, more in ((header, "more_header"), (claims, "more_claims")))
    signed = base64url(head) + "." + base64url(body)
    signature = _signature(wanted["signature"], signed, signer) if "signature" in wanted else signer.signature(signed)
    if wanted.get("altered"):
        signed = base64url(head) + "." + base64url(_text({**claims, "sub": "somebody-else"}, ""))
    parts = (signed + "." + signature).split(".")
    if wanted.get("padded"):
        parts = [part + "=" * (-len(part) % 4) for part in parts]
    return ".".join(parts)


def _text(members, more):
    return (json.dumps(members, separators=(",", ":"))[:-1] + more + "}").encode()


def _signature(kind, signed, signer):
    if kind == "none":
        return ""
    if kind == "hmac-with-public-key":
        pem = signer.public_pem() if isinstance(signer, RsaKey) else public_pem(signer.jwk)
        return base64url(hmac.new(pem, signed.encode(), hashlib.sha256).digest())
    raise Unclear("token: no signature '%s'" % kind)


def public_pem(jwk):
    """The key as an attacker has it: from the published JWK set."""
    point = b"\x04" + b"".join(base64.urlsafe_b64decode(jwk[name] + "=") for name in ("x", "y"))
    der = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200") + point
    text = base64.b64encode(der).decode()
    return ("-----BEGIN PUBLIC KEY-----\n%s\n%s\n-----END PUBLIC KEY-----\n" % (text[:64], text[64:])).encode()


def _openssl(*words, given=None):
    done = subprocess.run(["openssl", *words], input=given, capture_output=True, check=False)
    if done.returncode != 0:
        raise OSError("openssl %s: %s" % (words[0], done.stderr.decode("utf-8", "replace").strip()))
    return done.stdout
