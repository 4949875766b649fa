#!/usr/bin/env python3
"""The identity that the upstream gets, checked as an upstream would: with another implementation than ours (the `openssl` command), the published key set,
and the rules of RFC 7515 and RFC 7519 by hand."""
import base64
import json
import subprocess
import time

from harness import tokens
from harness.case import GateCase, main

ROUTES = [{"name": "records", "path": "/records/{id}", "methods": ["GET"], "upstream": "clinic", "authenticate": ["api_key", "jwt"], "scopes": ["read"]},
          {"name": "open", "path": "/open", "methods": ["GET"], "upstream": "clinic", "authenticate": "none"}]


def decoded(part):
    data = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    if base64.urlsafe_b64encode(data).rstrip(b"=").decode() != part:
        raise ValueError("not canonical base64url")
    return data


def der_signature(raw):
    """SEQUENCE { INTEGER r, INTEGER s } of the 64 bytes that JWS has (RFC 7518 section 3.4)."""
    def integer(number):
        data = number.lstrip(b"\0") or b"\0"
        data = (b"\0" if data[0] & 0x80 else b"") + data
        return b"\x02" + bytes([len(data)]) + data
    body = integer(raw[:32]) + integer(raw[32:])
    return b"\x30" + bytes([len(body)]) + body


class Identity(GateCase):
    def setUp(self):
        super().setUp()
        self.gate = self.prepare({
            "issuers": {"clinic": {"issuer": "https://issuer.clinic.example", "audience": ["clinic"], "algorithms": ["ES256"], "jwks": {"file": "$jwks"}}},
            "routes": ROUTES})
        made = self.gate.json_word("keys", "create", "shop", "--scope", "read", "--scope", "write")
        self.key, self.key_id = made["secret"], made["key"]["id"]
        self.addCleanup(lambda: self.assertEqual(self.gate.stop(), []))
        self.gate.start()

    def told(self, path, **fields):
        """The identity in the request that the upstream got."""
        before = len(self.upstream.requests)
        self.assertEqual(self.ask(self.gate, path, **fields).status, 200)
        self.assertEqual(len(self.upstream.requests), before + 1)
        return self.upstream.requests[-1].values("gatehouse-identity")

    def key_set(self, gate=None):
        answer = self.ask(gate or self.gate, "/.well-known/gatehouse/jwks.json")
        self.assertEqual(answer.status, 200)
        return {key["kid"]: key for key in json.loads(answer.body)["keys"]}

    def verified(self, identity, keys):
        """The claims; None: no key of the set has signed this."""
        head, body, signature = identity.split(".")
        header = json.loads(decoded(head))
        self.assertEqual(header["alg"], "ES256")
        jwk = keys.get(header["kid"])
        if jwk is None:
            return None
        self.assertEqual((jwk["kty"], jwk["crv"], jwk["use"], jwk["alg"]), ("EC", "P-256", "sig", "ES256"))
        self.assertNotIn("d", jwk)
        files = [self.folder / name for name in ("public.pem", "signature", "signed")]
        for file, data in zip(files, (tokens.public_pem(jwk), der_signature(decoded(signature)), (head + "." + body).encode())):
            file.write_bytes(data)
        done = subprocess.run(["openssl", "dgst", "-sha256", "-verify", str(files[0]), "-signature", str(files[1]), str(files[2])], capture_output=True, text=True,
                              check=False)
        return json.loads(decoded(body)) if done.returncode == 0 and done.stdout == "Verified OK\n" else None

    def test_an_upstream_can_prove_who_asks_and_finds_out_what_was_altered(self):
        keys = self.key_set()
        (identity,) = self.told("/records/7", x_api_key=self.key)
        claims = self.verified(identity, keys)
        self.assertEqual({name: claims[name] for name in ("aud", "sub", "scope", "route")},
                         {"aud": "clinic", "sub": "shop", "scope": "read write", "route": "records"})
        self.assertEqual(claims["iss"], "gatehouse")
        self.assertIn(self.key_id, json.dumps(claims))
        self.assertLessEqual(claims["iat"], time.time() + 1)
        self.assertGreater(claims["exp"], claims["iat"])
        self.assertLessEqual(claims["exp"] - claims["iat"], 3600)
        self.assertNotIn(self.key, identity + json.dumps(claims))

        head, body, signature = identity.split(".")
        for forged in (".".join([head, base64.urlsafe_b64encode(decoded(body).replace(b"shop", b"root")).rstrip(b"=").decode(), signature]),
                       ".".join([head, body, ("B" if signature[0] == "A" else "A") + signature[1:]])):
            self.assertIsNone(self.verified(forged, keys))

    def test_the_holder_of_a_token_is_named_with_its_issuer_and_nobody_can_name_himself(self):
        keys = self.key_set()
        forged = "Bearer " + tokens.make(self.issuer, {"subject": "dr-quillary", "scopes": ["read"]}, {})
        (identity,) = self.told("/records/7", authorization=forged, gatehouse_identity="forged.by.hand", Gatehouse_Identity="once.more.forged")
        claims = self.verified(identity, keys)
        self.assertEqual((claims["sub"], claims["origin"]), ("dr-quillary", "https://issuer.clinic.example"))
        self.assertEqual(self.told("/open", gatehouse_identity=identity), [])  # where nobody is asked, nobody is named: not even by a real one

    def test_another_gate_signs_with_a_key_of_its_own(self):
        other = self.begin({})
        (identity,) = self.told("/records/7", x_api_key=self.key)
        self.assertIsNotNone(self.verified(identity, self.key_set()))
        self.assertIsNone(self.verified(identity, self.key_set(other)))


if __name__ == "__main__":
    main()
