#!/usr/bin/env python3
"""Every rule that `gatehouse why` can print is known to who reads it: the path of a setting that the schema has, or a rule that the guide explains."""
import glob, json, os, re, unittest

import summed

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# The first words that rules begin with; NAME below stands for what the operator has named.
RULE = re.compile(r"(?:http1?|route|admit|authenticate|keys|revocations|pool|memory|limits|connections|addresses|tls)\.[a-z][a-z0-9._-]*")
NAMED = r'"(?:routes|plans|upstreams|keys|revocations)\.'
# Answers of the operator's own listener are on no record.
UNRECORDED = {"src/doors/gateway/operations.cpp"}


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def key_verdicts():
    return re.findall(r'case KeyVerdict::\w+: return "([a-z-]+)"', read("src/services/keys/key_ring.cpp"))


def revocation_kinds():
    return re.findall(r'"(\w+)"', re.search(r"kind_texts\{([^}]*)\}", read("src/services/revocations/revocation.cpp")).group(1))


def joined(parts):
    """`"plans.", plan->name, ".rate"` as plans.NAME.rate; a rule whose end is not a literal here is one for each text that it can end in."""
    parts = [part.strip() for part in parts if part.strip()]
    text = "".join(part[1:-1] if part.startswith('"') else "NAME" for part in parts)
    if text == "revocations.NAME":
        return ["revocations." + kind for kind in revocation_kinds()]
    if text == "plans.NAME.quota.NAME":
        return ["plans.NAME.quota.day", "plans.NAME.quota.month"]
    return [text[:-len("NAME")] + verdict for verdict in key_verdicts() if verdict not in ("good", "address-refused")] if text == "keys.NAME" else [text]


def rules_in(source):
    source = "\n".join(line for line in source.splitlines() if not line.lstrip().startswith(("#include", "//")))
    source = re.sub(r"number_of\([^()]*\)", "", source)  # names of counters
    rules = [text for text in re.findall(r'"([^"\n]*)"', source) if RULE.fullmatch(text)]
    rules += re.findall(r'\brule_? = "([^"]+[^".])"', source)
    rules += ["routes.NAME." + setting for setting in re.findall(r'rule_of_route\("([^"]+)"\)', source)]
    for parts in re.findall(r"\{(" + NAMED + r"[^{}]*)\}", source):
        if not parts.rstrip().endswith("setting"):  # rule_of_route() itself
            rules += joined(parts.split(","))
    for sum_of in re.findall(NAMED + r'" \+ [^;,{}]*', source):
        rules += joined(sum_of.rstrip(" )").split(" + "))
    return rules


def printed_rules():
    found = {}
    for path in sorted(glob.glob("src/**/*.[ch]pp", root_dir=ROOT, recursive=True)):
        if path in UNRECORDED or not re.match(r"src/(ground/http|engines/net|doors/gateway)/", path) or re.search(r"_test\.cpp$|/trial_", path):
            continue
        for rule in rules_in(read(path)):
            found.setdefault(rule, path)
    return found


def is_setting(schema, path):
    if not path:
        return True
    if any(is_setting(one, path) for one in schema.get("anyOf", [])):
        return True
    if "items" in schema:  # a list of named things
        return path[0] == "NAME" and is_setting(schema["items"], path[1:])
    if path[0] in schema.get("properties", {}):
        return is_setting(schema["properties"][path[0]], path[1:])
    others = schema.get("additionalProperties")
    return path[0] == "NAME" and isinstance(others, dict) and is_setting(others, path[1:])


def explained_rules():
    """What stands between backticks in the guide; `.b` after `a.c` is a.b, and `a.*` is all that begins so."""
    rules, whole = set(), ""
    for page in ("docs/guide/one-request.md", "docs/guide/audit.md"):
        for text in re.findall(r"`([^`\n]+)`", read(page)):
            if text.startswith("."):
                text = whole.rpartition(".")[0] + text
            whole = text
            rules.add(text)
    return rules


def is_explained(rule, explained):
    return rule in explained or any(one.endswith(".*") and one != "http.*" and rule.startswith(one[:-1]) for one in explained)


# Refusals of a request by the rules of HTTP for which the advice of their kind is right; each other one has a row of its own in rule_remedies.
ADVISED_BY_KIND = {
    "malformed_request": ("http.request-line.", "http.line.", "http.field.", "http.chunk.", "http.connection", "http.trailers.line"),
    "ambiguous_framing": ("http.framing.both", "http.framing.repeated-length", "http.framing.repeated-coding", "http.framing.coding-list"),
    "bad_host": ("http.host.missing", "http.host.repeated", "http.host.conflict"),
    "bad_path": ("http.path.dot-segment", "http.path.empty-segment", "http.path.backslash", "http.path.double-encoding"),
    "bad_query": ("http.query.percent",),
    "bad_header": ("http.forwarding.form",),
    "bad_cookie": ("http.cookie.name",),
    "unsupported_version": ("http.request-line.version",),
    "unsupported_coding": ("http.framing.coding",),
    "expectation_failed": ("http.expect",),
    "uri_too_long": ("http.request-line.target",),
    "headers_too_large": ("http.head.bytes", "http.head.fields"),
    "method_unsupported": ("http.connect",),
}
HTTP_RULE = r"http\.[a-z0-9.-]*[a-z0-9]"


def refusals_of_http():
    """(kind, rule) of what a request is refused by in the reading of the wire and the canonical form."""
    for path in sorted(glob.glob("src/ground/http/*.cpp", root_dir=ROOT) + glob.glob("src/engines/net/**/*.[ch]pp", root_dir=ROOT, recursive=True)):
        if path.endswith(("_test.cpp", "ground/http/problem.cpp")) or "/trial_" in path:
            continue
        source = read(path)
        yield from re.findall(r'ProblemKind::(\w+),\s*"(%s)"' % HTTP_RULE, source)
        yield from re.findall(r'\.kind = http::ProblemKind::(\w+),[^}]*?\.rule = "(%s)"' % HTTP_RULE, source)
        if path.endswith("http1/chunked.cpp"):  # one kind for all, named where they are made
            yield from (("malformed_request", rule) for rule in re.findall(r'refuse\("(%s)"' % HTTP_RULE, source))


def advised_by_rule():
    return set(re.findall(r'RuleRemedy\{\s*ProblemKind::(\w+),\s*"(%s)"' % HTTP_RULE, read("src/ground/http/problem.cpp")))


class Rules(unittest.TestCase):
    def test_whoever_breaks_a_rule_of_http_is_told_what_cures_that(self):
        refusals, own = set(refusals_of_http()), advised_by_rule()
        self.assertGreater(len(refusals), 60)  # they are found at all
        for refusal in (("bad_query", "http.query.method-override"), ("bad_path", "http.path.control"), ("malformed_request", "http.clear-text"),
                        ("malformed_request", "http.body.incomplete"), ("malformed_request", "http.chunk.size")):
            self.assertIn(refusal, refusals)
        by_kind = {(kind, rule) for kind, rule in refusals if any(rule == one or one.endswith(".") and rule.startswith(one) for one in ADVISED_BY_KIND.get(kind, ()))}
        self.assertEqual(refusals - own - by_kind, set(), "neither a row of their own nor known to be cured by the advice of their kind")
        self.assertEqual(own & by_kind, set(), "advised twice")
        self.assertEqual(own - refusals, set(), "rows for what is not refused")
        named = {(kind, one) for kind, all_of in ADVISED_BY_KIND.items() for one in all_of}
        self.assertEqual({(kind, one) for kind, one in named if not any(k == kind and r.startswith(one) for k, r in refusals)}, set())

    def test_every_printed_rule_is_a_setting_or_is_explained(self):
        schema, explained, printed = json.loads(read("gatehouse.schema.json")), explained_rules(), printed_rules()
        self.assertGreater(len(printed), 70)  # they are found at all
        unknown = ["%s (%s)" % (rule, path) for rule, path in printed.items() if not is_setting(schema, rule.split(".")) and not is_explained(rule, explained)]
        self.assertEqual(unknown, [])

    def test_what_is_looked_for_is_found(self):
        printed = printed_rules()
        for rule in ("routes.NAME.body_max", "routes.NAME.limits.rate", "routes.NAME.limits.concurrency", "routes.NAME.scopes", "plans.NAME.quota.day",
                     "plans.NAME.rate", "limits.per_address.rate", "upstreams.NAME", "keys.revoked", "http.path.dot-segment", "client-gone"):
            self.assertIn(rule, printed)

    def test_a_setting_that_does_not_exist_is_not_taken_for_one(self):
        schema, explained = json.loads(read("gatehouse.schema.json")), explained_rules()
        for rule in ("routes.NAME.body_bytes_max", "limits.route", "address", "limits.body_time", "routes.NAME.limits.NAME"):
            self.assertFalse(is_setting(schema, rule.split(".")), rule)
            self.assertFalse(is_explained(rule, explained), rule)
        self.assertTrue(is_setting(schema, ["routes", "NAME", "body_max"]))
        self.assertFalse(is_explained("http.path.invented", explained))


if __name__ == "__main__":
    summed.main()
