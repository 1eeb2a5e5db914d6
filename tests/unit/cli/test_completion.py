import pytest
from click.shell_completion import ShellComplete

from syncd.cli.main import COMMANDS, cli


def completed(*words, incomplete=""):
    return [
        (one.type, one.value)
        for one in ShellComplete(cli, {}, "syncd", "_SYNCD_COMPLETE").get_completions(list(words), incomplete)
    ]


def test_commands_options_values_and_paths_are_completed(account):
    assert {name for _, name in completed()} == set(COMMANDS)
    assert completed(incomplete="res") == [("plain", "resume")]
    assert ("plain", "--listen") in completed("sandbox", incomplete="--")
    assert completed("images", "list", "m42", "--type", incomplete="aux") == [("plain", "auxiliaryType")]
    for line in (["sync"], ["explain"], ["check"], ["--config"], ["sync", "--plan"], ["images", "upload"]):
        assert completed(*line, incomplete="pho") == [("file", "pho")]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_its_lines(account, shell):
    done = account.run("completion", shell)
    assert (done.exit_code, "_SYNCD_COMPLETE" in done.stdout) == (0, True)
    assert account.doc("completion", shell)["script"] in done.stdout


def test_another_shell_is_told_which_there_are(account):
    done = account.run("completion", "basg")
    assert done.exit_code == 2
    assert "'bash', 'zsh', 'fish'" in done.stderr
