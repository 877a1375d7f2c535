"""A guard that asks a model behind an address.

    python remote.py                                # asks a stand-in, which this program starts
    TOX_URL=http://localhost:8000 python remote.py  # asks a server of the Open Inference Protocol

Needs `pip install 'guardc[remote]'`. One line is one text; all of them are judged at the same time.
"""

import json
import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import guardc

HERE = Path(__file__).parent
INSULTS = ("idiot", "fool")


class StandIn(BaseHTTPRequestHandler):
    """A model that knows two words."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        texts = asked["inputs"][0]["data"]
        print(f"    {self.path}: {len(texts)} texts", file=sys.stderr)
        scores = [[0.9, 0.9] if any(word in text.lower() for word in INSULTS) else [0.1, 0.1] for text in texts]
        output = {"name": "scores", "shape": [len(texts), 2], "datatype": "FP32", "data": scores}
        answer = json.dumps({"model_name": "toxicity", "outputs": [output]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


def main():
    if "TOX_URL" not in os.environ:
        server = ThreadingHTTPServer(("127.0.0.1", 0), StandIn)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        os.environ["TOX_URL"] = f"http://127.0.0.1:{server.server_port}"
    guard = guardc.compile(HERE / "remote.guard").guard("reply")
    for outcome in guard.validate_many(line.rstrip("\n") for line in sys.stdin):
        errors = [str(failure.cause) for failure in outcome.failures if failure.error]
        print(outcome.output or f"({', '.join(errors) or 'not shown'})")


main()
