from tests.end_to_end.readme import BLOCK, README, rendered, unchanging


def test_the_readme_shows_what_the_program_prints():
    text = README.read_text("utf-8")
    shown = unchanging(text).splitlines()
    now = unchanging(rendered(text)).splitlines()
    assert shown == now, "to write it anew: python -m tests.end_to_end.readme"


def test_every_console_block_of_the_readme_is_such_an_example():
    text = README.read_text("utf-8")
    assert text.count("```console") == len(BLOCK.findall(text)) > 5
