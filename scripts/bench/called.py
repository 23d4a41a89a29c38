# SPDX-License-Identifier: MIT
"""A model whose loss takes next to no time: bench_process measures how long a call of it takes.

    called.py           its numbers come as bytes, by dtrain_model
    called.py text      its numbers come as text, and no module is needed
"""
import json
import os
import sys

PARAMETERS = [{}] * 200


def loss(theta, call):
    return theta[0] + theta[-1]


def serve_text():
    requests, answers = os.fdopen(3), os.fdopen(4, "w")

    def write(message):
        answers.write(json.dumps(message) + "\n")
        answers.flush()

    requests.readline()
    write({"dtrain_model": 1, "name": "bench", "numbers": "text", "parameters": PARAMETERS})
    write({"ready": True})
    for line in requests:
        write({"values": [loss(json.loads(line)["theta"], None)]})


if sys.argv[1:] == ["text"]:
    serve_text()
else:
    import dtrain_model
    dtrain_model.serve(loss, "bench", PARAMETERS)
