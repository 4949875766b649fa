"""Tokens of the clinic's own issuer, good ones and every kind of bad one:

    token: { subject: dr-quillary, scopes: [patients:read] }
Words: subject, scopes, audience, expires_in, claims (laid over; null leaves one out), header (likewise), altered (one character of
the claims), signature (`none`: empty; `hmac-with-public-key`: what a verifier that trusts the header's `alg` would take).
"""
import base64
import hashlib
import hmac
import json
import pathlib
import sys

from .fault import Unclear, known

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "examples" / "clinic"))
import issuer as clinic_issuer  # noqa: E402: the sample's own issuer, as a client of it would use it

WORDS = {"subject", "scopes", "audience", "expires_in", "claims", "header", "altered", "signature"}


def make(issuer, wanted):
    known(wanted, WORDS, "token")
    claims = clinic_issuer.claims_for(wanted.get("subject", "dr-quillary"), wanted.get("audience", "clinic"), wanted.get("scopes", []),
                                      wanted.get("expires_in", 600), wanted.get("claims"))
    header = {"alg": "ES256", "typ": "at+jwt", "kid": issuer.jwk["kid"], **wanted.get("header", {})}
    header = {name: value for name, value in header.items() if value is not None}
    token = issuer.signed(header, claims)
    if wanted.get("altered"):
        head, body, signature = token.split(".")
        changed = {**claims, "sub": "somebody-else"}
        token = ".".join([head, clinic_issuer.base64url(json.dumps(changed).encode()), signature])
        if body in token:
            raise Unclear("the token was not altered")
    if kind := wanted.get("signature"):
        signed = token.rpartition(".")[0]
        token = signed + "." + _signature(kind, signed, issuer)
    return token


def _signature(kind, signed, issuer):
    if kind == "none":
        return ""
    if kind == "hmac-with-public-key":
        return clinic_issuer.base64url(hmac.new(public_pem(issuer.jwk), signed.encode(), hashlib.sha256).digest())
    raise Unclear("token: no signature '%s'" % kind)


def public_pem(jwk):
    """The key as an attacker has it: from the published JWK set."""
    point = b"\x04" + b"".join(base64.urlsafe_b64decode(jwk[name] + "=") for name in ("x", "y"))
    der = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200") + point
    text = base64.b64encode(der).decode()
    return ("-----BEGIN PUBLIC KEY-----\n%s\n%s\n-----END PUBLIC KEY-----\n" % (text[:64], text[64:])).encode()
