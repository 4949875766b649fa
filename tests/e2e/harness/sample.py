"""The sample API behind the gate: examples/clinic with its own gatehouse.yaml, of which only what belongs to the place is changed:
ports, the data directory, the files of the issuer's keys and of the contract."""
import pathlib
import sys

import yaml

CLINIC = pathlib.Path(__file__).resolve().parents[3] / "examples" / "clinic"
sys.path.insert(0, str(CLINIC))
import server  # noqa: E402: the clinic's own program


def start():
    """A running clinic, to be stopped with stop(); `address` is its URL."""
    clinic = server.Clinic(port=0)
    clinic.__enter__()
    return clinic


def configuration(clinic):
    config = yaml.safe_load((CLINIC / "gatehouse.yaml").read_text(encoding="utf-8"))
    config["listeners"][0]["address"] = "127.0.0.1:0"
    config["metrics"]["address"] = "127.0.0.1:0"
    config["data"] = "data"
    config["upstreams"]["clinic"]["servers"] = [clinic.address]
    config["issuers"]["clinic"]["jwks"]["file"] = "$jwks"
    config["contracts"]["clinic"]["file"] = str(CLINIC / config["contracts"]["clinic"]["file"])
    return config
