"""Gatehouse, the release binary under GATEHOUSE_ROOT, on the defaults of `gatehouse init`: only listener, routes, upstream, keys, issuer,
limits, idle time and one worker are set."""
import json, os, subprocess, sys

SCENARIOS = {"plain", "tls", "tls_full", "tls_resume", "h2", "rl", "apikey", "apikey_rl", "jwt_rs256", "jwt_es256", "jwt_es256_new", "jwt_es256_rl",
             "post_1k", "post_10k", "post_contract", "rej401", "rej429", "mem", "mem_tls", "protect_start"}
BINARY = os.path.join(os.environ.get("GATEHOUSE_ROOT", os.path.join(os.path.dirname(__file__), "../../..")), "build/src/gatehouse")

def own_key(c):
    """The harness's key is readable by everybody, which Gatehouse refuses: a copy that is not."""
    with open(c.key) as key: copy = c.write("tls.key", key.read())
    os.chmod(copy, 0o600)
    return copy

def contract(c):
    """What the harness posts, described as its author would: every member, its type and its bounds, nothing else allowed."""
    text = lambda **more: {"type": "string", "minLength": 1, "maxLength": 200, **more}
    whole = lambda low, high: {"type": "integer", "minimum": low, "maximum": high}
    item = {"id": whole(1, 10**9), "name": text(), "sku": text(pattern="^SKU-[0-9]{6}$"), "qty": whole(1, 1000), "price": {"type": "number", "exclusiveMinimum": 0},
            "city": text(enum=["Lyon", "Graz", "Porto", "Turku"]), "note": text()}
    order = {"customer": text(), "items": {"type": "array", "maxItems": 100, "items": {"$ref": "#/components/schemas/Item"}}, "pad": {"type": "string", "maxLength": 20000}}
    closed = lambda members, optional=(): {"type": "object", "required": [m for m in members if m not in optional], "properties": members, "additionalProperties": False}
    query = lambda name, schema: {"name": name, "in": "query", "required": True, "schema": schema}
    operation = {"operationId": "addItems", "parameters": [query("page", whole(1, 10000)), query("sort", text(enum=["name", "price"]))],
                 "requestBody": {"required": True, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}}},
                 "responses": {"200": {"description": "added"}}}
    return c.write("openapi.json", json.dumps({"openapi": "3.1.0", "info": {"title": "bench", "version": "1"}, "paths": {"/v1/items": {"post": operation}},
                                               "components": {"schemas": {"Item": closed(item), "Order": closed(order, ("pad",))}}}))

def configuration(scn, c):
    needs_key = scn in ("rl", "apikey", "apikey_rl", "rej401")
    authenticate = "[jwt]" if scn.startswith("jwt") else "[api_key]" if needs_key else "none"
    tls = f"{{certificates: [{{certificate: {c.cert}, key: {own_key(c)}}}]}}" if c.tls else "off"
    lines = [
        f"listeners: [{{address: 127.0.0.1:{c.port}, tls: {tls}}}]",
        f"data: {c.dir}/data",
        "workers: 1",
        f"upstreams: {{api: {{servers: ['http://127.0.0.1:{c.backend_port}']}}}}",
        "connections: {keep_alive_idle: 300s, per_address_max: 20000, per_address_rate: 100000/s, per_address_burst: 100000}",  # all come from one address
        "metrics: {address: '127.0.0.1:0'}",
    ]
    never_reached = "rate: 1000000/s, burst: 100000"  # as the peers' limits are
    lines.append(f"plans: {{bench: {{{never_reached if scn in ('rl', 'apikey_rl') else ''}}}}}")
    per_subject = f", per_subject: {{{never_reached}}}" if scn == "jwt_es256_rl" else ""
    if scn == "rej429":
        lines.append("limits: {per_address: {rate: 1/m, burst: 1}}")
    elif scn == "rej401":  # failures are counted as by default, and never so many that the address would be banned for its 401s
        lines.append(f"limits: {{per_address: {{{never_reached}, concurrency: 100000}}, failures: {{count: 1000000, window: 1s}}}}")
    else:
        lines.append(f"limits: {{per_address: {{{never_reached}, concurrency: 100000}}{per_subject}}}")
    if scn.startswith("jwt"):
        jwks, algorithm = (c.rs_jwks, "RS256") if "rs256" in scn else (c.es_jwks, "ES256")
        lines.append(f"issuers: {{bench: {{issuer: 'https://id.example.com', audience: [api.example.com], jwks: {{file: {jwks}}}, algorithms: [{algorithm}]}}}}")
    if scn == "post_contract":
        return "\n".join([*lines, f"contracts: {{items: {{file: {contract(c)}, upstream: api, unsecured: none, validate: {{requests: enforce, answers: off}}}}}}", "routes: []"]) + "\n"
    lines.append(f"routes: [{{name: items, path: /v1/items, methods: [GET, POST], upstream: api, authenticate: {authenticate}}}]")
    return "\n".join(lines) + "\n"

def start(scn, c):
    file = c.write("gatehouse.yaml", configuration(scn, c))
    if scn in ("rl", "apikey", "apikey_rl"):
        subprocess.run([BINARY, "keys", "import", c.keys, "--plan", "bench", "--config", file], check=True, stdout=subprocess.DEVNULL)
    return c.popen([BINARY, "serve", "--config", file])

def protect(c):
    """`gatehouse protect` as somebody types it, but for where it listens and what is told of it."""
    return subprocess.Popen(["taskset", "-c", c.cores, BINARY, "protect", f"http://127.0.0.1:{c.backend_port}", "--listen", f"127.0.0.1:{c.port}", "--metrics", "none",
                             "--data", c.dir + "/data", "--json"], stdout=subprocess.PIPE, stderr=open(c.dir + "/stderr", "w"), text=True, start_new_session=True)

def status(c):
    done = subprocess.run([BINARY, "status", "--json", "--config", c.dir + "/gatehouse.yaml"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try: return json.loads(done.stdout)
    except ValueError: return {}

def stop(c, p):
    s = status(c)
    audit = s.get("audit", {})
    print(f"gatehouse: stages {' '.join(s.get('stages', []))}; audit bytes written {audit.get('written_bytes')}, lines dropped {audit.get('dropped')}", flush=True)
    p.terminate()
