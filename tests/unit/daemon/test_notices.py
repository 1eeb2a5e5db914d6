import json
import sys

import pytest

from syncd.daemon.notices import Notices
from syncd.model.words import HaltName
from syncd.store import SetStatus
from tests.unit.daemon.test_journal import HELD, KEY, UP, plan

SCRIPT = """
import json, os, sys
told = {name: value for name, value in os.environ.items() if name.startswith(("SYNCD_", "OTHER"))}
with open(sys.argv[1], "a") as file:
    file.write(json.dumps(told) + chr(10))
"""


class Told:
    def __init__(self, path, clock, log):
        self.path = path
        environ = {"SYNCD_API_KEY": "sk-secret", "OTHER": "kept"}
        self.notices = Notices([sys.executable, "-ISc", SCRIPT, str(path)], environ, clock, log)

    def facts(self):
        self.notices.close(60)
        return [json.loads(line) for line in self.path.read_text().splitlines()] if self.path.exists() else []

    def events(self):
        return [(one["SYNCD_EVENT"], one["SYNCD_REASON"]) for one in self.facts()]


@pytest.fixture
def told(tmp_path, clock, log):
    return Told(tmp_path / "told", clock, log)


def learn(told, *plans):
    for each in plans:
        told.notices.learn(each)


def test_a_halt_a_hold_and_their_end_are_told_once_each(told):
    missing = plan(halt=HaltName.ROOT_MISSING)
    learn(told, plan(UP), missing, missing, plan(UP), plan(UP, HELD), plan(UP, HELD), plan(UP))
    assert told.events() == [
        ("halted", "root-missing"),
        ("cleared", "root-missing"),
        ("held", "held"),
        ("cleared", "held"),
    ]


def test_the_command_has_the_facts_and_not_the_key(told):
    learn(told, plan(UP, HELD))
    (facts,) = told.facts()
    assert facts == {
        "OTHER": "kept",
        "SYNCD_EVENT": "held",
        "SYNCD_REASON": "held",
        "SYNCD_FOLDER": "/photos/models/m42/modelInput",
        "SYNCD_MODEL_ID": "m42",
        "SYNCD_IMAGE_TYPE": "modelInput",
        "SYNCD_DETAIL": "the folder is empty",
        "SYNCD_REMEDY": "syncd approve /photos/models/m42/modelInput",
        "SYNCD_HELD": "1",
    }


def test_an_outage_is_told_only_when_it_lasts(told, clock):
    out = plan(halt=HaltName.UNREACHABLE)
    learn(told, out, out, plan(UP), out)
    clock.advance(299)
    learn(told, out)
    clock.advance(2)
    learn(told, out, out, plan(UP))
    assert told.events() == [("halted", "unreachable"), ("cleared", "unreachable")]


def test_a_halt_is_over_when_its_set_exists_no_more(told):
    learn(told, plan(halt=HaltName.MODEL_NOT_FOUND))
    told.notices.keep({KEY})
    told.notices.keep(())
    told.notices.keep(())
    facts = told.facts()
    assert [one["SYNCD_EVENT"] for one in facts] == ["halted", "cleared"]
    assert facts[0]["SYNCD_FOLDER"] == facts[1]["SYNCD_FOLDER"]


def test_an_outage_of_a_set_that_was_gone_meanwhile_begins_anew(told, clock):
    out = plan(halt=HaltName.UNREACHABLE)
    learn(told, out)
    told.notices.keep(())
    clock.advance(301)
    learn(told, out)
    assert told.events() == []


def test_a_set_that_somebody_else_works_on_is_no_news(told):
    learn(told, plan(UP), plan(halt=HaltName.LEASED), plan(UP))
    assert told.events() == []


def test_what_an_earlier_process_told_is_not_told_again(told):
    halt = plan(halt=HaltName.ROOT_MISSING).halt
    told.notices.know([SetStatus(KEY, halt=halt)])
    learn(told, plan(halt=HaltName.ROOT_MISSING), plan(UP))
    assert told.events() == [("cleared", "root-missing")]


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (["/nonexistent/tell"], "No such file or directory"),
        ([sys.executable, "-c", "raise SystemExit(3)"], "exit code 3"),
    ],
)
def test_a_command_that_fails_is_told_and_stops_nothing(clock, log, lines, command, why):
    notices = Notices(command, {}, clock, log)
    notices.learn(plan(UP, HELD))
    notices.close(60)
    assert [(record.getMessage(), record.why) for record in lines.records] == [("notify.command failed", why)]


def test_a_command_that_hangs_is_ended_and_told(clock, log, lines, monkeypatch):
    monkeypatch.setattr("syncd.daemon.notices.LONGEST", 0.2)
    notices = Notices(["sleep", "600"], {}, clock, log)
    notices.learn(plan(UP, HELD))
    notices.close(60)
    assert [record.why for record in lines.records] == ["it took longer than 0.2 s, and was ended"]


def test_without_a_command_nothing_is_run(clock, log, lines):
    notices = Notices((), {}, clock, log)
    notices.learn(plan(UP, HELD))
    notices.close(60)
    assert lines.messages == []
