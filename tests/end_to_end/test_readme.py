import re

from syncd.cli.images import images
from syncd.cli.main import COMMANDS
from tests.end_to_end.readme import BLOCK, README, rendered, unchanging


def test_the_readme_shows_what_the_program_prints():
    text = README.read_text("utf-8")
    shown = unchanging(text).splitlines()
    now = unchanging(rendered(text)).splitlines()
    assert shown == now, "to write it anew: python -m tests.end_to_end.readme"


def test_every_console_block_of_the_readme_is_such_an_example():
    text = README.read_text("utf-8")
    assert text.count("```console") == len(BLOCK.findall(text)) > 5


def test_every_command_is_shown_at_work():
    blocks = "".join(block for _, _, block, _ in BLOCK.findall(README.read_text("utf-8")))
    shown = {tuple(words.split()) for words in re.findall(r"^\$ syncd (.+)$", blocks, re.MULTILINE)}
    by_hand = {("images", name) for name in images.commands}
    assert {words[:1] for words in shown} >= {(name,) for name in COMMANDS}
    assert {words[:2] for words in shown} >= by_hand
