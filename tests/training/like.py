# SPDX-License-Identifier: MIT
"""The run like-3 of like.sh has on record the options of the run that it is like, and where they are from."""
import json


def options(run):
    with open(f"{run}/run.json") as file:
        return json.load(file)["options"]


new = options("like-3")
assert new["like"] == {"value": "other", "origin": "command line"}, new["like"]
for name, option in options("other").items():
    if name not in ("like", "run-dir", "max-time", "progress", "quiet"):
        origin = "default" if option["origin"] == "default" else "run"
        assert new[name] == {"value": option["value"], "origin": origin}, (name, option, new[name])
