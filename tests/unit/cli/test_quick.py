import os
import shutil
from hashlib import sha256

from syncd.model.local import Judgement
from syncd.model.words import Reason
from syncd.store.values import Depth, Judged
from tests.samples import jpeg, tiff
from tests.unit.cli.conftest import MODEL, SET

AUX = f"models/{MODEL}/auxiliaryType"


def two_sets(account):
    for folder in (SET, AUX):
        for number in range(1, 4):
            account.write(f"{folder}/{number}.jpg", jpeg(number))
    account.write(f"{SET}/raw.tif", tiff(1))
    account.doc("sync")
    account.asked = 0


def quick(account, *more, code=0):
    account.asked = 0
    return account.doc("sync", "--quick", *more, code=code)


def test_quick_asks_nothing_where_no_folder_changed_and_tells_the_same(account):
    two_sets(account)
    told = quick(account)
    assert account.asked == 0
    slow = account.doc("sync")
    assert {name: told[name] for name in ("summary", "sets", "operations")} == {
        name: slow[name] for name in ("summary", "sets", "operations")
    }
    status = account.doc("status")
    assert [one["up"] for one in status["sets"]] == [3, 3]


def test_quick_asks_for_the_set_whose_folder_changed_alone(account):
    two_sets(account)
    account.write(f"{AUX}/4.jpg", jpeg(4))
    paths = []
    account.before = lambda request: paths.append(request.path + request.args.get("imageType", ""))
    told = quick(account)
    assert [one["path"] for one in told["operations"] if one["action"] == "upload"] == [f"{AUX}/4.jpg"]
    assert not any(path.endswith("input") for path in paths)
    assert told["summary"]["unchanged"] == 6


def test_a_quick_dry_run_names_the_plan_as_the_quick_run_does(account):
    two_sets(account)
    account.write(f"{AUX}/4.jpg", jpeg(4))
    told, done = quick(account, "-n"), quick(account)
    assert (done["summary"]["upload"], told["digest"]) == (1, done["digest"])


def test_quick_sees_every_kind_of_change(account):
    two_sets(account)
    account.write(f"{SET}/empty.jpg", b"")
    assert quick(account)["summary"]["rejected"] == 2
    (account.home / SET / "empty.jpg").unlink()
    assert quick(account)["summary"]["rejected"] == 1
    (account.home / SET / "1.jpg").rename(account.home / SET / "9.jpg")
    assert quick(account)["summary"]["renamed"] == 1
    (account.home / SET / "9.jpg").unlink()
    assert quick(account)["summary"]["delete"] == 1
    shutil.rmtree(account.home / SET)
    assert quick(account, code=4)["summary"]["held"] == 2
    assert quick(account, code=4)["summary"]["held"] == 2, "its last pass was not a good one"


def test_quick_does_what_a_person_released(account):
    two_sets(account)
    account.before = refusing
    account.write(f"{SET}/4.jpg", jpeg(4))
    assert quick(account, code=1)["summary"]["failed"] == 1
    account.before = None
    assert quick(account)["summary"]["refused"] == 1
    account.doc("retry")
    assert quick(account)["summary"]["upload"] == 1


def refusing(request):
    from werkzeug.wrappers import Response

    if request.method != "POST":
        return None
    return Response(b'{"status":"NOK","message":"no","err":"no","result":null}', 422, content_type="application/json")


def test_quick_believes_its_memory_of_the_service_and_a_whole_pass_does_not(account):
    two_sets(account)
    account.service.delete_image(account.ids()[0])
    assert quick(account)["summary"]["upload"] == 0
    assert account.doc("sync")["summary"]["upload"] == 1


def test_checksum_distrusts_what_is_remembered_of_a_file(account):
    path = account.write(f"{SET}/1.jpg", jpeg(1))
    other = jpeg(2)
    size = max(path.stat().st_size, len(other))
    # Bytes behind the end of a picture are no fault of it.
    path.write_bytes(jpeg(1).ljust(size, b"\0"))
    os.utime(path, (1_000_000, 1_000_000))
    account.doc("sync")
    with account.state() as store:
        key = account.recorded()[0].key
        known = store.files.known(key)
    path.write_bytes(other.ljust(size, b"\0"))
    os.utime(path, (1_000_000, 1_000_000))
    seen_as_before(account, key, known)
    assert account.doc("sync", "-n")["summary"]["replace"] == 0
    assert account.doc("sync", "-n", "--checksum")["summary"]["replace"] == 1
    assert account.doc("sync", "--checksum")["summary"]["replace"] == 1


def test_checksum_distrusts_what_was_rejected(account):
    account.write(f"{SET}/1.jpg", jpeg(1))
    account.doc("sync")
    damaged = Judged(Depth.DECODE, Judgement("jpeg", Reason.CORRUPT, "damaged"))
    with account.state() as store:
        store.files.remember_judgements({sha256(jpeg(1)).hexdigest(): damaged})
    assert account.doc("sync")["summary"]["rejected"] == 1
    assert account.doc("sync", "--checksum")["summary"]["rejected"] == 0
    assert account.doc("sync")["summary"]["rejected"] == 0


def seen_as_before(account, key, known):
    """Remember the old digest with what the file system says of the file now: a change that left no trace."""
    from syncd.model.clock import MachineClock
    from syncd.scan.reading import fingerprint_of

    path = account.home / SET / "1.jpg"
    fingerprint = fingerprint_of(path.stat())
    with account.state() as store:
        lease = store.leases.acquire(key, MachineClock().now())
        one = known[b"1.jpg"]._replace(fingerprint=fingerprint, hashed_wall=fingerprint.ctime_ns / 1e9 + 10)
        store.files.remember(lease, key, {b"1.jpg": one})
        store.leases.release(lease)
