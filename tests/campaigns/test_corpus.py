from tests.campaigns.corpus import BROKEN, GOOD, HARMLESS, NOTHING, make, wrong

FILES, SEED = 180, 6


def test_every_file_is_judged_as_it_was_made():
    assert list(wrong(range(FILES), SEED)) == []


def test_all_ways_of_making_one_are_met_and_repeat_themselves():
    made = [make(SEED, number) for number in range(FILES)]
    met = " ".join(each.how for each in made)
    assert [way for way in (*GOOD, *HARMLESS, *BROKEN, *NOTHING) if way not in met] == []
    assert {each.truth for each in made} == {
        None, "corrupt", "unsupported-format", "not-an-image", "empty", "too-many-pixels",
    }  # fmt: skip
    assert [each.data for each in made[:20]] == [make.__wrapped__(SEED, number).data for number in range(20)]
