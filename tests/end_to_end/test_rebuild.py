import os
import subprocess
import sys

import pytest

from tests.end_to_end.bench import COMMAND
from tests.samples import jpeg


@pytest.mark.parametrize(("answer", "kept"), [("n", 0), ("y", 1)])
def test_on_a_terminal_a_rebuild_asks_first(bench, answer, kept):
    bench.fill(3)
    bench.seed(jpeg(500))
    assert bench.sync().code == 0
    upper, lower = os.openpty()
    with subprocess.Popen(
        [COMMAND, "rebuild"], cwd=bench.home, env=bench.environment({}), stdin=lower, stdout=lower, stderr=lower
    ) as process:
        os.close(lower)
        os.write(upper, f"{answer}\n".encode())
        told = read_all(upper)
        assert process.wait(60) == 0
    os.close(upper)
    assert "match what is up with the folders again? [y/N]" in told
    assert ("Nothing was changed." in told, "adopt" in told) == (not kept, bool(kept))
    assert len(list(bench.home.glob("state.db.before-*"))) == kept
    assert (bench.did("upload"), bench.did("delete")) == (3, 0)


def read_all(terminal: int) -> str:
    found = b""
    try:
        while data := os.read(terminal, 65536):
            found += data
    except OSError:
        pass  # the other side has hung up
    return found.decode(sys.getdefaultencoding(), "replace")
