import logging
import os
import socket
import ssl
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import h11
import httpx
import pytest

from syncd import errors
from syncd.model.clock import MachineClock
from syncd.service import ImageService, UploadBody
from syncd.service.connection import Connection
from syncd.service.transport import KEEPALIVE_SECONDS, PoolTransport
from tests.unit.service.peer import (
    KEY,
    SET,
    StillClock,
    answers_early,
    closes,
    document,
    drips,
    hangs,
    never_reads,
    nok,
    resets,
    resets_in_the_body,
    response,
    says,
)

IMAGE = {"id": "i1", "modelID": "m42", "type": "modelInput"}
SMALL = UploadBody(b"pixels", "png")
LARGE = UploadBody(os.urandom(8_000_000), "jpeg")
HUGE_JSON = b'{"result": "' + b"x" * (5 << 20) + b'"}'
WHOLE = document(IMAGE)

ACTS = {
    "a good answer": (says(WHOLE), None, None),
    "a reset": (resets, errors.Ambiguous, errors.Unreachable),
    "an end without an answer": (closes, errors.Ambiguous, errors.Unreachable),
    "silence": (hangs, errors.Ambiguous, errors.Unreachable),
    "a cut head": (says(WHOLE[:20]), errors.Ambiguous, errors.Unreachable),
    "a cut body": (says(WHOLE[:-5]), errors.Ambiguous, errors.UnexpectedAnswer),
    "a cut body of a 401": (says(response(401, b"x", length=99)), errors.KeyRejected, errors.KeyRejected),
    "a cut body of a 413": (says(response(413, b"x", length=99)), errors.Refused, errors.UnexpectedAnswer),
    "a cut body of a 429": (says(response(429, b"x", length=99)), errors.Unreachable, errors.Unreachable),
    "a cut body of a 400": (says(nok(400)[:-5]), errors.Ambiguous, errors.UnexpectedAnswer),
    "html": (says(response(200, b"<html>hello")), errors.Ambiguous, errors.UnexpectedAnswer),
    "a megabyte of garbage": (says(os.urandom(1 << 20)), errors.Ambiguous, errors.Unreachable),
    "garbage in the body": (says(response(200, b"\xff" * (1 << 20))), errors.Ambiguous, errors.UnexpectedAnswer),
    "an endless body": (says(response(200, HUGE_JSON)), errors.Ambiguous, errors.UnexpectedAnswer),
    "another protocol": (says(b"SSH-2.0-OpenSSH\r\n"), errors.Ambiguous, errors.Unreachable),
    "a compressed body": (
        says(response(200, b"\x1f\x8b", "Content-Encoding: gzip")),
        errors.Ambiguous,
        errors.UnexpectedAnswer,
    ),
    "a redirect": (says(response(302, b"", "Location: /api/images/i1")), errors.Ambiguous, errors.UnexpectedAnswer),
    "a dripping body": (drips(WHOLE[:-40], (bytes([b]) for b in WHOLE[-40:])), errors.Ambiguous, errors.Unreachable),
    "a dripping head": (drips(b"HTTP/1.1 200 OK\r\n", [b"X: 1\r\n"] * 99), errors.Ambiguous, errors.Unreachable),
    "a body up to the end of the connection": (says(WHOLE.replace(b"Content-Length", b"X-Length")), None, None),
}


SILENT = {"silence", "a dripping body", "a dripping head"}


def fault_of(call):
    try:
        call()
    except errors.SyncdError as fault:
        return type(fault)
    return None


@pytest.mark.parametrize("name", ACTS)
def test_on_the_wire(peer, service, name):
    act, writing, reading = ACTS[name]
    peer = peer(act)
    service = service(peer.url, timeout_seconds=0.2 if name in SILENT else 10)
    assert fault_of(lambda: service.upload(SET, SMALL)) is writing
    assert fault_of(lambda: service.inspect("i1")) is reading
    assert [line.split()[0] for line in peer.heard] == [b"POST", b"GET"]


def test_a_large_body_arrives_whole(peer, service):
    peer = peer(says(WHOLE))
    service(peer.url).upload(SET, LARGE)
    head, _, body = peer.heard[0].partition(b"\r\n\r\n")
    assert f"content-length: {LARGE.request_size}".encode() in head.lower()
    assert LARGE.data in body
    assert len(body) == LARGE.request_size


def test_a_reset_within_the_body_leaves_the_upload_unknown(peer, service):
    assert fault_of(lambda: service(peer(resets_in_the_body).url).upload(SET, LARGE)) is errors.Ambiguous


@pytest.mark.parametrize("stays", [True, False])
def test_a_413_before_the_body_was_read_is_heard(peer, service, stays):
    peer = peer(answers_early(nok(413, "too large"), stays=stays))
    with pytest.raises(errors.Refused) as caught:
        service(peer.url, timeout_seconds=0.5).upload(SET, LARGE)
    assert caught.value.words == "too large"


def test_a_server_that_does_not_read_leaves_the_upload_unknown(peer, service):
    assert fault_of(lambda: service(peer(never_reads).url, timeout_seconds=0.2).upload(SET, LARGE)) is errors.Ambiguous


def test_where_nobody_listens_nothing_happened(peer, service):
    peer = peer(closes)
    service = service(peer.url)
    peer.close()
    peer.close = lambda: None
    assert fault_of(lambda: service.upload(SET, SMALL)) is errors.Unreachable
    assert fault_of(lambda: service.delete("i1")) is errors.Unreachable
    assert fault_of(service.ping) is errors.Unreachable


def test_a_connection_is_used_again(peer, service):
    peer = peer(says(WHOLE, WHOLE, document(None, 200)), resets)
    service = service(peer.url)
    service.upload(SET, SMALL)
    service.inspect("i1")
    assert service.delete("i1")
    assert len(peer.heard) == 3


@pytest.mark.parametrize("at_once", [None, 40, 5])
def test_what_comes_beyond_an_answer_is_not_taken_for_the_next(peer, service, at_once):
    def says_too_much(talk):
        talk.request()
        talk.socket.sendall(WHOLE + document(None, 200)[:at_once])
        talk.peer.over.wait()

    service = service(peer(says_too_much, says(nok(404))).url)
    service.inspect("i1")
    assert not service.delete("i1")


def test_what_comes_between_two_requests_is_not_taken_for_an_answer(peer, service):
    answered, spoken = threading.Event(), threading.Event()

    def speaks_unasked(talk):
        talk.request()
        talk.socket.sendall(WHOLE)
        answered.wait()
        talk.socket.sendall(document(None, 200))
        spoken.set()
        talk.peer.over.wait()

    service = service(peer(speaks_unasked, says(nok(404))).url)
    service.inspect("i1")
    answered.set()
    spoken.wait()
    assert not service.delete("i1")


def test_a_deadline_of_an_earlier_request_does_not_end_a_later_one(peer, service):
    peer = peer(says(WHOLE), hangs, says(WHOLE))
    service = service(peer.url, timeout_seconds=0.5)
    service.inspect("i1")
    assert fault_of(lambda: service.inspect("i1")) is errors.Unreachable
    service.inspect("i1")


def test_many_threads_share_a_service(peer, service):
    peer = peer(says(*[WHOLE] * 50))
    service = service(peer.url, max_concurrency=8)
    with ThreadPoolExecutor(16) as pool:
        images = list(pool.map(lambda _: service.upload(SET, SMALL), range(100)))
    assert [image.id for image in images] == ["i1"] * 100
    assert len(peer.heard) == 100


def test_the_key_is_read_at_each_request(peer):
    keys = iter(["first-key", "second-key"])
    peer = peer(says(WHOLE))
    with ImageService(peer.url, lambda: next(keys), MachineClock()) as service:
        service.inspect("i1")
        service.inspect("i1")
    assert [b"Bearer first-key" in peer.heard[0], b"Bearer second-key" in peer.heard[1]] == [True, True]


def test_each_request_has_the_headers_that_are_its_own(peer, service):
    peer = peer(says(WHOLE))
    service = service(peer.url)
    service.inspect("i1")
    service.upload(SET, SMALL)
    service.inspect("i1")
    before, sent, after = (heard.partition(b"\r\n\r\n")[0].split(b"\r\n") for heard in peer.heard)
    assert before == after
    assert b"Host: " + peer.url.split("/")[2].encode() in before
    assert [line.partition(b":")[0] for line in sent[1:] if line not in before] == [b"Content-Type", b"Content-Length"]


@pytest.mark.parametrize("key", ["", "two words", "line\nbreak", "kéy", "nul\0", "\ud800"])
def test_a_key_that_cannot_be_one_is_not_sent_and_not_shown(peer, key):
    peer = peer(says(WHOLE))
    with ImageService(peer.url, lambda: key, MachineClock()) as service, pytest.raises(errors.KeyRejected) as caught:
        service.ping()
    assert peer.heard == []
    assert not key or key not in caught.value.message


def test_neither_proxies_nor_netrc_of_the_environment_are_used(peer, service, monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    peer = peer(says(WHOLE))
    service(peer.url).inspect("i1")
    assert f"Authorization: Bearer {KEY}".encode() in peer.heard[0]


def test_no_log_at_any_level_holds_the_key(peer, service, caplog):
    caplog.set_level(logging.DEBUG)
    service = service(peer(says(WHOLE), resets).url)
    service.inspect("i1")
    fault_of(lambda: service.upload(SET, SMALL))
    assert KEY not in caplog.text
    assert [record for record in caplog.records if record.name.startswith("http")] == []
    assert KEY not in repr(service) + str(vars(service))


def test_a_traceback_of_a_fault_holds_no_key(peer, service):
    service = service(peer(resets).url)
    with pytest.raises(errors.Ambiguous) as caught:
        service.upload(SET, SMALL)
    assert caught.value.__suppress_context__
    assert KEY not in str(caught.getrepr(style="native"))


def test_closing_turns_away_those_who_wait_and_those_who_come(peer, service):
    arrived = threading.Event()

    def act(talk):
        talk.request()
        arrived.set()
        talk.peer.over.wait()

    peer = peer(act)
    service = service(peer.url, timeout_seconds=30, max_concurrency=1)
    with ThreadPoolExecutor(2) as pool:
        inside = pool.submit(fault_of, service.ping)
        arrived.wait()
        waiting = pool.submit(fault_of, service.ping)
        service.close()
        assert waiting.result() is errors.Stopping
        peer.over.set()
        assert inside.result() is errors.Unreachable
    assert fault_of(service.ping) is errors.Stopping
    assert len(peer.heard) == 1


BAD_BASES = [
    "http://example.com/api",
    "http://10.0.0.1",
    "http://localhost.example.com",
    "ftp://127.0.0.1",
    "https://user:pass@example.com",
    "https://example.com/?a=b",
    "https://example.com/#x",
    "https://",
    "example.com",
    "",
    "https://[::1",
    "http://127.0.0.1:99999",
]


@pytest.mark.parametrize("url", BAD_BASES)
def test_a_base_url_that_is_not_safe_is_a_fault_of_the_configuration(url):
    with pytest.raises(errors.ConfigError):
        ImageService(url, lambda: KEY, MachineClock())


@pytest.mark.parametrize(
    "url", ["https://example.com", "http://127.8.8.8:1/api/", "http://[::1]:8", "http://localhost"]
)
def test_a_safe_base_url_is_taken(url):
    ImageService(url, lambda: KEY, MachineClock()).close()


@pytest.fixture
def certificate():
    return os.path.join(os.path.dirname(__file__), "cdn.test.pem")


def over_tls(stack, certificate, trusted):
    context = ssl.create_default_context(cafile=certificate) if trusted else ssl.create_default_context()
    transport = PoolTransport(2, lambda: context, MachineClock())
    stack.callback(transport.close)
    return transport


def served(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def request_to(host, port, body=b""):
    timeout = {"connect": 5.0, "read": 5.0, "write": 5.0, "pool": 5.0}
    extensions = {"timeout": timeout, "patience": 5.0, "addresses": ["127.0.0.1"]}
    return httpx.Request("POST", f"https://{host}:{port}/x", content=body, extensions=extensions)


def test_tls_proves_the_name_though_the_address_was_given(peer, stack, certificate):
    peer = peer(says(response(200, b"fine"), response(200, b"fine")), tls=served(certificate))
    transport = over_tls(stack, certificate, trusted=True)
    for body in (LARGE.data, b"small"):
        answer = transport.handle_request(request_to("cdn.test", peer.port, body))
        assert answer.read() == b"fine"
        answer.close()
    assert [len(heard.partition(b"\r\n\r\n")[2]) for heard in peer.heard] == [len(LARGE.data), 5]
    assert f"Host: cdn.test:{peer.port}".encode() in peer.heard[0]


@pytest.mark.parametrize(("host", "trusted"), [("other.test", True), ("cdn.test", False)])
def test_tls_without_proof_of_the_name_sends_nothing(peer, stack, certificate, host, trusted):
    peer = peer(says(response(200, b"fine")), tls=served(certificate))
    with pytest.raises(httpx.ConnectError):
        over_tls(stack, certificate, trusted).handle_request(request_to(host, peer.port))
    assert peer.heard == []


def test_the_next_address_is_tried_where_one_does_not_answer(peer, stack):
    peer = peer(says(response(200, b"fine")))
    transport = PoolTransport(2, ssl.create_default_context, MachineClock())
    stack.callback(transport.close)
    extensions = {"timeout": {"connect": 5.0, "read": 5.0}, "addresses": ["::1", "127.0.0.1"]}
    answer = transport.handle_request(httpx.Request("GET", f"http://host.test:{peer.port}/", extensions=extensions))
    assert answer.read() == b"fine"
    answer.close()


def sockets():
    """The descriptors of this process that are sockets, and which."""
    found = {}
    for number in os.listdir("/proc/self/fd"):
        with suppress(FileNotFoundError):
            found[number] = os.readlink(f"/proc/self/fd/{number}")
    return {pair for pair in found.items() if pair[1].startswith("socket:")}


def plain_request(port, body=b"", host="127.0.0.1", patience=30.0, timeout=30.0):
    times = dict.fromkeys(["connect", "read", "write"], timeout)
    extensions = {"timeout": times, "patience": patience, "addresses": ["127.0.0.1"]}
    return httpx.Request("POST", f"http://{host}:{port}/x", content=body, extensions=extensions)


@pytest.fixture
def transport(stack):
    made = PoolTransport(2, ssl.create_default_context, MachineClock())
    stack.callback(made.close)
    return made


def test_a_body_that_nobody_reads_is_late(peer, transport):
    with pytest.raises(httpx.WriteTimeout):
        transport.handle_request(plain_request(peer(never_reads).port, LARGE.data, timeout=0.1))


@pytest.mark.parametrize(("patience", "heard"), [(30.0, True), (0.0, False)])
def test_an_answer_is_heard_though_nothing_could_be_sent_and_in_time_only(patience, heard):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(response(413, b"too large"))
        ours.shutdown(socket.SHUT_WR)
        connection, request = Connection(ours, StillClock()), plain_request(1, patience=patience)
        if heard:
            assert connection.exchange(request).status_code == 413
            assert b"".join(connection.body()) == b"too large"
            # What is left of this request would be taken for the next.
            assert not connection.begin_anew()
        else:
            with pytest.raises(httpx.WriteError):
                connection.exchange(request)


def test_what_is_no_answer_is_not_waited_for(peer, transport):
    def greets(talk):
        talk.socket.sendall(b"SSH-2.0-OpenSSH\r\n")
        talk.peer.over.wait()

    with pytest.raises(httpx.RemoteProtocolError):
        transport.handle_request(plain_request(peer(greets).port))


def test_no_more_connections_are_kept_than_was_said(peer, transport):
    def stays(talk):
        talk.request()
        talk.socket.sendall(response(200, b"fine"))
        talk.peer.over.wait()

    peer = peer(stays)
    before = sockets()
    for number in range(6):
        answer = transport.handle_request(plain_request(peer.port, host=f"host{number}.test"))
        assert answer.read() == b"fine"
    assert len(sockets() - before) == 6 + 2
    transport.close()
    assert len(sockets() - before) == 6


def test_a_connection_that_waited_for_long_is_not_used_again(peer, stack):
    def answers_once(talk):
        talk.request()
        talk.socket.sendall(response(200, b"fine"))
        talk.peer.over.wait()

    peer, clock = peer(answers_once, says(response(200, b"more"))), StillClock()
    transport = PoolTransport(2, ssl.create_default_context, clock)
    stack.callback(transport.close)
    assert transport.handle_request(plain_request(peer.port)).read() == b"fine"
    clock.uptime += KEEPALIVE_SECONDS
    assert transport.handle_request(plain_request(peer.port)).read() == b"more"


def test_a_connection_that_has_told_its_end_is_not_used_again(peer, stack, certificate):
    def tells_its_end(talk):
        talk.request()
        talk.socket.sendall(b"HTTP/1.1 200 OK\r\n\r\nfine")
        with suppress(OSError):
            # The connection below stays open: who only looks there sees nothing.
            talk.socket.settimeout(0.01)
            talk.socket.unwrap()
        talk.peer.over.wait()

    peer = peer(tells_its_end, says(response(200, b"more")), tls=served(certificate))
    transport = over_tls(stack, certificate, trusted=True)
    assert transport.handle_request(request_to("cdn.test", peer.port)).read() == b"fine"
    assert transport.handle_request(request_to("cdn.test", peer.port)).read() == b"more"


def test_a_body_that_is_closed_twice_leaves_its_connection_to_others(peer, transport):
    peer = peer(says(response(200, b"fine"), response(200, b"more")), resets)
    answer = transport.handle_request(plain_request(peer.port))
    assert answer.read() == b"fine"
    answer.stream.close()
    assert transport.handle_request(plain_request(peer.port)).read() == b"more"


def test_closing_takes_no_descriptor_from_whoever_still_writes_to_it(peer, stack, certificate):
    # OpenSSL would write on under its number, which is the next file's.
    peer = peer(never_reads, tls=served(certificate))
    transport = over_tls(stack, certificate, trusted=True)
    own = []

    def body():
        yield b"begun"
        there = sockets()
        transport.close()
        own.append(there <= sockets())
        yield b"goes nowhere"

    before = sockets()
    with pytest.raises((httpx.TransportError, h11.ProtocolError)):
        transport.handle_request(request_to("cdn.test", peer.port, body()))
    assert own == [True]
    peer.over.set()
    for thread in peer.threads[1:]:
        thread.join()
    assert sockets() <= before


def test_a_connection_made_after_closing_is_ended_at_once(peer, stack):
    peer = peer(hangs)
    transport = PoolTransport(2, ssl.create_default_context, MachineClock())
    transport.close()
    with pytest.raises((httpx.TransportError, h11.ProtocolError)):
        transport.handle_request(httpx.Request("GET", peer.url))


def test_an_answer_that_is_read_after_closing_leaves_no_connection(peer):
    peer = peer(says(response(200, b"fine"), response(200, b"fine")))
    before = sockets()
    transport = PoolTransport(2, ssl.create_default_context, MachineClock())
    answer = transport.handle_request(httpx.Request("GET", peer.url))
    assert sockets() != before
    transport.close()
    with suppress(httpx.TransportError, h11.ProtocolError):
        answer.read()
    answer.close()
    for thread in peer.threads[1:]:
        thread.join()
    assert sockets() <= before
