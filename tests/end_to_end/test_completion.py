import os
import subprocess
from pathlib import Path

from tests.end_to_end.bench import COMMAND

ASK = """
eval "$(syncd completion bash)"
compopt() { echo "compopt $2"; }  # which only a bash that waits for the tab key allows
ask() {
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()
    _syncd_completion syncd
    printf '%s ' "${COMPREPLY[@]}"; echo
}
complete -p syncd
ask syncd st
ask syncd images do
ask syncd sync --de
ask syncd check ./pho
"""


def test_a_real_bash_completes_commands_options_and_paths(tmp_path):
    (tmp_path / "photos").mkdir()
    environ = {**os.environ, "PATH": f"{Path(COMMAND).parent}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "--norc", "-c", ASK],
        check=False,
        cwd=tmp_path,
        env=environ,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.stderr == ""
    lines = [line.strip() for line in done.stdout.splitlines()]
    assert lines[0].endswith("-F _syncd_completion syncd")
    assert lines[1:4] == ["status", "download", "--detailed-exitcode"]
    assert lines[4:] == ["compopt default", ""], "bash itself completes the path"
