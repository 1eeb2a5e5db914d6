import subprocess

from syncd.cli.calling import path_line


def installed(folder, words):
    folder.mkdir()
    (folder / "syncd").write_text(f"#!/bin/sh\necho {words}\n")
    (folder / "syncd").chmod(0o755)
    return folder / "syncd"


def test_a_shell_that_does_not_find_the_program_is_told_how_to(tmp_path):
    ours, other = installed(tmp_path / "it's ours", "ours"), installed(tmp_path / "other", "other")
    for search in ("/usr/bin:/bin", f"{other.parent}:/usr/bin:/bin"):
        line = path_line(str(ours), search)
        done = subprocess.run(["sh", "-c", f"PATH={search}; {line}; syncd"], capture_output=True, text=True, check=True)
        assert done.stdout == "ours\n"


def test_a_shell_that_finds_it_is_told_nothing(tmp_path):
    ours = installed(tmp_path / "ours", "ours")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/syncd").symlink_to(ours)
    assert path_line(str(ours), str(tmp_path / "bin")) is None
    assert path_line("/usr/lib/python3/syncd/__main__.py", "/usr/bin") is None
