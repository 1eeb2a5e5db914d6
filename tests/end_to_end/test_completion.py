import os
import pty
import re
import select
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.end_to_end.bench import COMMAND

ASK_BASH = """
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

ASK_FISH = """
syncd completion fish | source
for line in 'syncd st' 'syncd images do' 'syncd sync --de' 'syncd check ./pho'
    complete -C $line
end
"""

ZSHRC = """
autoload -U compinit && compinit -D -u
eval "$(syncd completion zsh)"
show() { print -r -- "<<$BUFFER>>"; BUFFER= }
zle -N show
bindkey '^X' show
"""


@pytest.fixture
def environ(tmp_path):
    (tmp_path / "photos").mkdir()
    path = f"{Path(COMMAND).parent}:{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "HOME": str(tmp_path), "ZDOTDIR": str(tmp_path), "TERM": "dumb"}


def needs(shell):
    return pytest.mark.skipif(shutil.which(shell) is None, reason=f"there is no {shell} on this machine")


def asked(home, environ, *line):
    done = subprocess.run(line, check=False, cwd=home, env=environ, capture_output=True, text=True, timeout=100)
    assert done.stderr == ""
    return [line.strip() for line in done.stdout.splitlines()]


def test_a_real_bash_completes_commands_options_and_paths(tmp_path, environ):
    lines = asked(tmp_path, environ, "bash", "--norc", "-c", ASK_BASH)
    assert lines[0].endswith("-F _syncd_completion syncd")
    assert lines[1:4] == ["status", "download", "--detailed-exitcode"]
    assert lines[4:] == ["compopt default", ""], "bash itself completes the path"


@needs("fish")
def test_a_real_fish_completes_commands_options_and_paths_and_says_what_they_are(tmp_path, environ):
    lines = asked(tmp_path, environ, "fish", "--no-config", "-c", ASK_FISH)
    assert [line.partition("\t")[0] for line in lines] == ["status", "download", "--detailed-exitcode", "./photos/"]
    assert all(line.partition("\t")[2] for line in lines[:3])


@needs("zsh")
def test_a_real_zsh_completes_commands_options_and_paths(tmp_path, environ):
    (tmp_path / ".zshrc").write_text(ZSHRC)
    ours, its = pty.openpty()
    shell = subprocess.Popen(
        ["zsh", "-d", "-i"], cwd=tmp_path, env=environ, stdin=its, stdout=its, stderr=its, start_new_session=True
    )
    os.close(its)
    try:
        typed = ["syncd st", "syncd images do", "syncd sync --de", "syncd check ./pho"]
        completed = [typed_into(ours, line) for line in typed]
    finally:
        shell.kill()
        shell.wait()
        os.close(ours)
    assert completed == [
        "syncd status",
        "syncd images download",
        "syncd sync --detailed-exitcode",
        "syncd check ./photos/",
    ]


def typed_into(terminal, line):
    """Type a line and the tab key; what the line became is shown by a key of ours."""
    os.write(terminal, f"{line}\t\x18".encode())
    said = b""
    while not (shown := re.search(rb"<<(.*?)>>", said)):
        assert select.select([terminal], [], [], 60)[0], said
        said += os.read(terminal, 4096)
    return shown[1].decode().strip()
