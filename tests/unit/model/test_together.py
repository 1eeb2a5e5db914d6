from concurrent.futures import ThreadPoolExecutor
from threading import Event

from syncd.model.together import all_ended


def test_one_that_fails_is_no_reason_not_to_wait_for_the_others():
    failed, ended = Event(), []

    def fails():
        try:
            raise MemoryError
        finally:
            failed.set()

    def works():
        failed.wait(20)
        ended.append(1)

    with ThreadPoolExecutor(2) as pool:
        futures = all_ended([pool.submit(fails), pool.submit(works)])
        assert ended == [1]
        assert [type(future.exception()) for future in futures] == [MemoryError, type(None)]
