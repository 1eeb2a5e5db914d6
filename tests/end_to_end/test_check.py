import os
import subprocess

import pytest

from tests.end_to_end.bench import COMMAND
from tests.end_to_end.test_rebuild import read_all
from tests.samples import gif, jpeg, truncated


@pytest.mark.parametrize("watched", [True, False])
def test_a_bar_is_for_who_watches_and_goes_when_all_is_told(tmp_path, watched):
    for name, data in {"a.jpg": jpeg(1), "b.jpg": gif(1), "c.jpg": truncated(jpeg(2))}.items():
        (tmp_path / name).write_bytes(data)
    upper, lower = os.openpty()
    told = lower if watched else subprocess.PIPE
    environment = {"PATH": os.environ["PATH"], "TERM": "xterm", "COLUMNS": "90"}
    with subprocess.Popen(
        [COMMAND, "check"], cwd=tmp_path, env=environment, stdin=lower, stdout=subprocess.PIPE, stderr=told
    ) as process:
        os.close(lower)
        watching = read_all(upper)
        out, piped = process.communicate(timeout=60)
    os.close(upper)
    assert process.returncode == 0
    assert [line.split()[:3] for line in out.decode().splitlines()[:3]] == [
        ["+", "a.jpg", "jpeg"],
        ["!", "b.jpg", "rejected"],
        ["!", "c.jpg", "rejected"],
    ]
    if watched:
        assert watching.index("checking 0 of 3") < watching.index("checking 3 of 3") < watching.rindex("\x1b[2K")
    assert not piped
