import os

import pytest

from tests.end_to_end.bench import AUXILIARY, MODEL, SET


@pytest.fixture
def sets(bench):
    """Three sets of two models, the paths of which say which is meant."""
    bench.service.create_model("m7", "Ben")
    for folder in (SET, AUXILIARY, "models/m7/modelInput"):
        bench.write("a.jpg", 1, folder)
    return bench


def chosen(bench, *paths, **how):
    done = bench.plan(*paths, **how)
    assert done.code == 0, done
    return [one["folder"] for one in done.doc["sets"]]


EVERY = [AUXILIARY, SET, "models/m7/modelInput"]


def test_a_path_stands_for_the_sets_at_or_below_it(sets):
    bench, root = sets, sets.root
    assert chosen(bench, f"{root / SET}/") == [SET]
    assert chosen(bench, str(root / SET / "a.jpg")) == [SET]
    assert chosen(bench, f"models/{MODEL}") == [AUXILIARY, SET]
    assert chosen(bench, ".", cwd=root) == EVERY
    assert chosen(bench, "a.jpg", "../auxiliaryType/", cwd=root / SET) == [AUXILIARY, SET]
    assert chosen(bench, "photos/models/m7", SET, f"{SET}/a.jpg") == [SET, "models/m7/modelInput"]


def test_a_path_may_lead_through_links_above_the_sets(sets):
    bench = sets
    link = bench.home / "link"
    link.symlink_to(bench.root)
    assert chosen(bench, str(link / SET), f"link/{AUXILIARY}/a.jpg") == [AUXILIARY, SET]
    assert chosen(bench, "link") == chosen(bench, f"{link}/") == EVERY
    bench.configure(dataset={"root": "link"})
    assert chosen(bench, str(bench.root / SET), f"{link}/{AUXILIARY}/") == [AUXILIARY, SET]
    assert bench.sync().code == 0
    assert len(bench.remote()) == 1


def test_a_path_in_no_set_is_a_usage_error_of_each_command(sets):
    bench = sets
    bench.sync()
    (bench.root / "models" / MODEL / "modelinput").mkdir()
    for path in (f"models/{MODEL}/modelinput", f"{SET}x", ""):
        assert bench.plan(SET, path).code == 2, path
    for command in ("explain", "approve", "forget", "retry"):
        done = bench.run(command, "/etc/passwd", "--json")
        assert (done.code, done.error) == (2, "usage"), command
        assert "/etc/passwd" in done.doc["error"]["message"]


def test_paths_of_files_that_are_gone_still_mean_their_set(sets):
    bench = sets
    bench.sync()
    bench.remove("a.jpg")
    assert chosen(bench, f"{SET}/a.jpg") == [SET]
    os.rmdir(bench.root / SET)
    gone = bench.plan(str(bench.root / SET / "a.jpg"))
    assert (gone.code, [one["folder"] for one in gone.doc["sets"]]) == (4, [SET])


def test_a_set_elsewhere_has_absolute_paths_and_a_marker_of_its_own(bench):
    outside = bench.home / "else where"
    bench.write("a.jpg", 1)
    bench.config.write_text(
        bench.config.read_text()
        + f'[[dataset.folders]]\npath = "{outside}"\nmodel_id = "{MODEL}"\nimage_type = "auxiliaryType"\n'
    )
    bench.write("b.jpg", 2, str(outside))
    assert bench.plan().code == 0
    assert not (outside / ".syncd-root").exists()
    done = bench.sync()
    assert done.code == 0
    assert [one["path"] for one in done.operations()] == [f"{outside}/b.jpg", f"{SET}/a.jpg"]
    assert [one["folder"] for one in done.doc["sets"]] == [str(outside), SET]
    assert (outside / ".syncd-root").exists()
    assert (bench.root / ".syncd-root").exists()
    assert bench.explain(str(outside / "b.jpg"))["state"] == "up"
    assert chosen(bench, "else where/b.jpg") == [str(outside)]
    assert bench.remote("auxiliaryType") != bench.remote()
