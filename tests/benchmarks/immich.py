"""`immich upload --watch`, beside a service that takes all it sends; its defaults, but as many uploads at once as ours.

Its waits are its own: a file must have stood still for two seconds, and what is no hundred files waits for ten.
"""

import json
import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

from tests.benchmarks import sink
from tests.benchmarks.living import Sink

PROGRAM = "immich"
AT_ONCE = 16


class Assets(sink.Sets):
    """Its API, as far as it is asked."""

    def answer(self, head: bytes, body: bytes) -> tuple[int, dict[str, object]]:
        target = head.split(b" ", 2)[1].decode()
        self.requests += 1
        match target.rpartition("/")[2]:
            case "assets":
                self.uploads += 1
                return 201, {"id": str(self.uploads), "status": "created"}
            case "bulk-upload-check":
                asked = json.loads(body)["assets"]
                return 200, {"results": [{"id": one["id"], "action": "accept"} for one in asked]}
            case "me" if "users" in target:
                return 200, {"id": "u", "email": "u@example.com", "name": "u"}
            case "me":
                return 200, {"id": "k", "name": "k", "permissions": ["all"]}
            case "media-types":
                return 200, {"image": [".jpg"], "video": [], "sidecar": []}
        return 404, {}


def watching(home: Path, stack: ExitStack) -> tuple[Path, Sink, subprocess.Popen]:
    """Start it on a folder; returns that, the service, and the leader of its group."""
    served, root = Sink(1, stack, of=__name__), home / "immich-photos"
    root.mkdir()
    where = ["-u", served.url, "-k", "key", "-d", str(home)]
    line = [PROGRAM, *where, "upload", "--recursive", "--watch", "--concurrency", str(AT_ONCE), str(root)]
    log = stack.enter_context((home / "immich.log").open("w"))
    process = subprocess.Popen(line, stdout=log, stderr=log, env=dict(os.environ), start_new_session=True)
    stack.enter_context(process)
    stack.callback(process.terminate)
    return root, served, process


if __name__ == "__main__":
    sink.serve(Assets(int(sys.argv[1])))
