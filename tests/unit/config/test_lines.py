import tomllib

from syncd.config.lines import line_of, lines_of

TEXT = """\
top.key = 1

[a]  # remark
one = 1
"two" = [
  "x = 1",
]

[[a.list]]
k = 1
[[ a.list ]]
k = 2
[b.c]
inline = { x = 1 }
"""


def test_keys_and_tables_are_found_on_their_lines():
    tomllib.loads(TEXT)
    lines = lines_of(TEXT)
    assert [
        lines[place]
        for place in (
            ("top", "key"),
            ("a",),
            ("a", "one"),
            ("a", "two"),
            ("a", "list", 0, "k"),
            ("a", "list", 1),
            ("a", "list", 1, "k"),
            ("b", "c", "inline"),
        )
    ] == [1, 3, 4, 5, 10, 11, 12, 14]


def test_what_has_no_line_is_told_by_the_table_around_it():
    lines = lines_of(TEXT)
    assert line_of(("a", "list", 1, "missing"), lines) == 11
    assert line_of(("b", "c", "inline", "x"), lines) == 14
    assert line_of(("nowhere",), lines) is None
