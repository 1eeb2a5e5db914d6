from tests.unit.cli.conftest import SET


def test_pause_is_kept_until_resume_and_each_is_idempotent(account):
    assert account.run("sync").exit_code == 0
    told = [account.doc(word) for word in ("pause", "pause", "resume", "resume")]
    assert told == [
        {"paused": True, "changed": True},
        {"paused": True, "changed": False},
        {"paused": False, "changed": True},
        {"paused": False, "changed": False},
    ]
    assert account.run("pause").stdout.startswith("Paused: ")
    assert account.doc("status")["paused"] is True
    assert account.run("pause").stdout == "It is paused already.\n"
    assert "paused" in account.run("sync").stderr
    assert account.run("resume").stdout == "Resumed: the daemon goes on.\n"
    assert account.run("resume").stdout == "It was not paused.\n"
    assert account.doc("status")["paused"] is False


def test_a_daemon_can_tell_that_something_was_asked_for(account):
    account.run("sync")
    with account.state() as store:
        before = store.meta.wishes()
    account.run("pause")
    account.run("pause")
    with account.state() as store:
        assert store.meta.wishes() == before + 1


def test_a_retry_without_a_refusal_says_what_it_does_all_the_same(account):
    (account.home / SET).mkdir(parents=True, exist_ok=True)
    account.run("sync")
    with account.state() as store:
        before = store.meta.wishes()
    told = account.run("retry")
    assert (told.exit_code, told.stdout.count("tries at once")) == (0, 1)
    with account.state() as store:
        assert store.meta.wishes() == before + 1


def test_pausing_before_the_first_sync_makes_the_state_and_resuming_does_not(account):
    assert account.run("resume").stdout == "It was not paused.\n"
    assert not (account.home / "state.db").exists()
    assert account.run("pause").exit_code == 0
    with account.state() as store:
        assert store.meta.paused()
    assert account.asked == 0
