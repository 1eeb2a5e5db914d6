import re
import tomllib
from pathlib import Path

from syncd.config.ignore import BUILT_IN
from syncd.config.schema import Config, Folder, keys, section_type

TEXT = (Path(__file__).parents[3] / "config.example.toml").read_text(encoding="utf-8")
ACTIVE = {f"{section}.{key}": value for section, table in tomllib.loads(TEXT).items() for key, value in table.items()}
COMMENTED = set(re.findall(r"^# (\w+) = ", TEXT, re.MULTILINE))


def default_of(key: str) -> object:
    section, name = keys()[key]
    return section_type(section).model_fields[name].default


def has_value(key: str) -> bool:
    return default_of(key) not in (None, "") and key not in {"notify.command", "dataset.folders"}


def test_the_example_holds_every_key_with_a_default_and_no_other():
    assert set(ACTIVE) == {key for key in keys() if has_value(key)}


def test_the_example_shows_every_key_without_a_default_as_a_comment():
    without = {name for key, (_, name) in keys().items() if not has_value(key)} - {"folders"}
    assert without | set(Folder.model_fields) == COMMENTED
    assert "# [[dataset.folders]]" in TEXT


def test_the_examples_values_are_the_defaults():
    config = Config.model_validate(tomllib.loads(TEXT))
    assert config == Config()


def test_the_example_is_good_once_its_comments_are_taken_off():
    bare = re.sub(r"^# (\w+ = |\[\[)", r"\1", TEXT, flags=re.MULTILINE)
    config = Config.model_validate(tomllib.loads(bare), context={"base": b"/etc/syncd"})
    assert config.dataset.root == b"/srv/photos"
    assert config.dataset.folders[0].model_id == "your-model-id"


def test_the_built_in_ignore_list_is_printed_in_full():
    printed = TEXT.split("# Always ignored:\n")[1].split("ignore = []")[0]
    assert tuple(re.findall(r"^#   (.+)$", printed, re.MULTILINE)) == BUILT_IN


def test_every_key_is_preceded_by_its_description():
    lines = TEXT.split("\n")
    for number, line in enumerate(lines):
        if re.match(r"\w+ = ", line) and not re.match(r"\w+_per_second", lines[number - 1]):
            assert lines[number - 1].startswith("# "), line
