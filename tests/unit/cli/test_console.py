import io
import json
import sys

import pytest

from syncd.cli.console import Console, cell_width, columns, folded, moment, size
from syncd.cli.options import Options
from syncd.cli.progress import Bar, NoProgress, progress
from syncd.model.counted import count


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_results_go_to_stdout_and_remarks_to_stderr(capsys):
    console = Console(Options())
    console.say("result")
    console.note("remark")
    console.warn("care")
    assert capsys.readouterr() == ("result\n", "remark\nwarning: care\n")


def test_with_json_only_the_document_is_on_stdout(capsys):
    console = Console(Options(json=True))
    console.say("for people")
    console.document({"a": 1})
    out, err = capsys.readouterr()
    assert json.loads(out) == {"a": 1}
    assert err == "for people\n"


def test_quiet_leaves_results_and_warnings(capsys):
    console = Console(Options(quiet=True))
    console.say("result")
    console.note("remark")
    console.warn("care")
    assert capsys.readouterr() == ("result\n", "warning: care\n")
    Console(Options(quiet=True, json=True)).say("for people")
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("stream", "options", "environ", "coloured"),
    [
        (Terminal, Options(), {}, True),
        (io.StringIO, Options(), {}, False),
        (Terminal, Options(color=False), {}, False),
        (Terminal, Options(), {"NO_COLOR": "1"}, False),
        (Terminal, Options(), {"NO_COLOR": ""}, True),
        (Terminal, Options(), {"TERM": "dumb"}, False),
    ],
)
def test_colour_is_for_terminals_that_want_it(monkeypatch, stream, options, environ, coloured):
    monkeypatch.setattr(sys, "stdout", stream())
    painted = Console(options, environ).paint("up", "green")
    assert painted == ("\x1b[32mup\x1b[0m" if coloured else "up")


def test_columns_are_aligned_and_end_without_blanks():
    assert columns([["a", "bb", "c"], ["aaa", "b", ""]]) == ["a    bb  c", "aaa  b"]
    assert columns([]) == []


def test_wide_and_combining_characters_count_as_the_terminal_shows_them():
    assert [cell_width(text) for text in ("写真", "e\u0301", "\x1b[31mred\x1b[0m")] == [4, 1, 3]
    assert columns([["写真", "x"], ["abcd", "x"]]) == ["写真  x", "abcd  x"]


@pytest.mark.parametrize("name", ["models/m42/modelInput/a-very-long-name.jpg", "写真" * 12 + ".jpg"])
def test_on_a_narrow_terminal_the_widest_column_gives_way_in_its_middle(name):
    rows = [[name, "upload", "new"], ["b.png", "replace", "content changed"]]
    lines = columns(rows, 48)
    assert all(cell_width(line) <= 48 for line in lines)
    assert ".jpg  upload" in lines[0].replace("   ", "  ")
    assert "…" in lines[0]
    assert lines[1].endswith("replace  content changed")
    assert name in columns(rows)[0]


def test_a_sentence_without_room_stands_whole_below_its_row():
    rows = [["a.jpg", "rejected", "TIFF is not accepted"], ["b.png", "upload", "new"]]
    below = ["a.jpg  rejected\n    TIFF is not accepted", "b.png  upload    new"]
    assert (folded(rows, 24), folded(rows), folded([], 24)) == (below, columns(rows), [])


def test_a_table_in_a_pipe_is_not_cut(capsys):
    Console(Options()).table([["x" * 300, "end"]], ["name", "state"])
    head, line = capsys.readouterr().out.splitlines()
    assert line == "x" * 300 + "  end"
    assert head.split() == ["name", "state"]


def test_a_terminal_of_unknown_width_has_80_columns(monkeypatch):
    monkeypatch.setattr(sys, "stdout", Terminal())
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.setattr(sys, "__stdout__", None)
    assert Console(Options()).width == 80
    monkeypatch.setenv("COLUMNS", "100")
    assert Console(Options()).width == 100


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1 kB"),
        (99_400, "99 kB"),
        (900_000, "0.9 MB"),
        (1_234_567, "1.2 MB"),
        (2_100_000_000, "2.1 GB"),
        (999_960_000, "1.0 GB"),
    ],
)
def test_sizes_are_decimal(number, text):
    assert size(number) == text


def test_counts_agree_with_their_noun():
    assert [count(1, "image"), count(0, "image"), count(2000, "entry", "entries")] == [
        "1 image",
        "0 images",
        "2,000 entries",
    ]


def test_a_document_survives_names_and_encodings(monkeypatch):
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", stream)
    Console(Options(json=True)).document({"name": "café 写"})
    stream.seek(0)
    assert json.load(stream) == {"name": "café 写"}


@pytest.mark.parametrize(
    ("stream", "options", "kind"),
    [
        (Terminal, Options(), Bar),
        (io.StringIO, Options(), NoProgress),
        (Terminal, Options(quiet=True), NoProgress),
        (Terminal, Options(json=True), NoProgress),
    ],
)
def test_a_bar_is_only_for_someone_who_watches(monkeypatch, stream, options, kind):
    monkeypatch.setattr(sys, "stderr", stream())
    shown = progress(options)
    assert type(shown) is kind
    shown.start(2, 100)
    shown.advance(files=1, bytes=50)
    shown.stop()
    shown.stop()
    text = sys.stderr.getvalue()
    assert ("1 of 2" in text) == (kind is Bar)
    assert kind is Bar or text == ""


def test_a_bar_without_colour_has_none(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setenv("TERM", "xterm-256color")
    shown = progress(Options(color=False))
    shown.start(2, 100)
    shown.advance(files=1, bytes=50)
    shown.stop()
    assert "\x1b[3" not in sys.stderr.getvalue().replace("\x1b[3A", "")


def test_an_id_is_never_cut_and_a_long_sentence_is_wrapped_below():
    rows = [("e849c6e49dda4e829bd663da36fab65b", "A rather long name of a model", "ready")]
    assert columns(rows, 60, whole=0)[0].startswith(f"{rows[0][0]}  A rather …")
    assert columns(rows, 60)[0].startswith("e849")
    lines = folded([("a.jpg", "rejected", "one word after another, " * 5)], 60)[0].splitlines()
    assert len(lines) == 4
    assert all(line.startswith("    ") for line in lines[1:])
    assert max(map(len, lines)) <= 60


def test_a_moment_is_told_by_the_clock_on_the_wall(monkeypatch):
    import time

    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    assert moment(0) == "1970-01-01 09:00:00"
    monkeypatch.undo()
    time.tzset()
