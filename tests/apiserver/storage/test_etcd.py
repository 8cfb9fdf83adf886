"""What only the etcd store has: verdicts on failures, lost answers, leases, TLS, streams that are cut."""

from __future__ import annotations

import asyncio
import datetime
import ipaddress
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from pybernetes.apiserver.storage import etcd_feed, etcd_keyspace, etcd_rpc
from pybernetes.apiserver.storage.etcd import EtcdStore
from pybernetes.apiserver.storage.etcd_certificates import EtcdCertificates
from pybernetes.apiserver.storage.etcd_endpoints import EtcdRefused, OutcomeUnknown, Verdict, judge
from pybernetes.apiserver.storage.etcd_feed import RecentChanges
from pybernetes.apiserver.storage.etcdpb import etcd_pb2 as pb
from pybernetes.apiserver.storage.interface import (
    Event,
    EventType,
    KeyNotFound,
    KeyValue,
    RevisionMismatch,
    StoreUnavailable,
)
from pybernetes.apiserver.storage.rpc import link
from pybernetes.apiserver.storage.rpc.status import Code, StatusError, TransportError
from pybernetes.apiserver.storage.shared_call import SharedCall


@pytest.mark.parametrize(
    ("code", "details", "verdict"),
    [
        (Code.OUT_OF_RANGE, "etcdserver: mvcc: required revision has been compacted", Verdict.COMPACTED),
        (Code.OUT_OF_RANGE, "etcdserver: mvcc: required revision is a future revision", Verdict.FUTURE),
        (Code.NOT_FOUND, "etcdserver: requested lease not found", Verdict.NO_LEASE),
        (Code.RESOURCE_EXHAUSTED, "etcdserver: mvcc: database space exceeded", Verdict.NO_SPACE),
        (Code.RESOURCE_EXHAUSTED, "etcdserver: too many requests", Verdict.NOT_APPLIED),
        (Code.UNAVAILABLE, "etcdserver: no leader", Verdict.NOT_APPLIED),
        (Code.INVALID_ARGUMENT, "etcdserver: request is too large", Verdict.REFUSED),
        (Code.PERMISSION_DENIED, "etcdserver: permission denied", Verdict.REFUSED),
        (Code.UNAVAILABLE, "etcdserver: request timed out", Verdict.UNKNOWN),
        (Code.UNAVAILABLE, "etcdserver: leader changed", Verdict.UNKNOWN),
        (Code.UNKNOWN, "", Verdict.UNKNOWN),
        (Code.DEADLINE_EXCEEDED, "context deadline exceeded", Verdict.UNKNOWN),
    ],
)
def test_judge_the_word_of_etcd(code: Code, details: str, verdict: Verdict) -> None:
    assert judge(StatusError(code, details)) is verdict


@pytest.mark.parametrize("code", [Code.UNAVAILABLE, Code.RESOURCE_EXHAUSTED, Code.PERMISSION_DENIED, Code.NOT_FOUND])
def test_judge_what_is_not_the_word_of_etcd(code: Code) -> None:
    assert judge(TransportError(code, "")) is Verdict.UNKNOWN
    assert judge(TransportError(code, "", processed=False)) is Verdict.NOT_APPLIED


# Lost answers: the request or its answer is dropped between us and a real etcd.


class Lossy:
    """Endpoints whose writes lose their answers as told: before or after etcd has applied them."""

    def __init__(self, endpoints: Any, losses: list[str], meanwhile: Callable[[], Awaitable[Any]] | None) -> None:
        self._endpoints = endpoints
        self._losses = losses
        self._meanwhile = meanwhile

    def __getattr__(self, name: str) -> Any:
        return getattr(self._endpoints, name)

    async def write(self, rpc: etcd_rpc.Rpc, request: Any, **options: Any) -> Any:
        loss = self._losses.pop(0) if self._losses else ""
        if loss == "request":
            await self._run_meanwhile()
            raise OutcomeUnknown("the request was lost")
        response = await self._endpoints.write(rpc, request, **options)
        if loss == "answer":
            await self._run_meanwhile()
            raise OutcomeUnknown("the answer was lost")
        return response

    async def _run_meanwhile(self) -> None:
        if self._meanwhile is not None:
            await self._meanwhile()


@pytest.fixture
async def pair(etcd: Any, request: pytest.FixtureRequest) -> Any:
    """Two stores over one namespace: ours, whose answers get lost, and another writer's."""
    namespace = f"/lossy/{request.node.name}"
    stores = [await EtcdStore.open(etcd.urls, namespace=namespace) for _ in range(2)]
    yield stores
    for store in stores:
        await store.close()


def lose(store: EtcdStore, *losses: str, meanwhile: Callable[[], Awaitable[Any]] | None = None) -> None:
    store._endpoints = Lossy(store._endpoints, list(losses), meanwhile)  # type: ignore[assignment]


async def test_an_update_whose_request_was_lost_is_sent_again(pair: Any) -> None:
    ours, _ = pair
    revision = await ours.create("/a", b"1")
    lose(ours, "request", "request")
    updated = await ours.update("/a", b"2", expected_revision=revision)
    assert await ours.get("/a") == KeyValue("/a", b"2", updated)
    lose(ours, "request")
    await ours.delete("/a", expected_revision=updated)
    assert await ours.get("/a") is None


@pytest.mark.parametrize("verb", ["create", "update", "delete"])
async def test_a_write_whose_answer_was_lost_is_never_claimed_nor_doubled(pair: Any, verb: str) -> None:
    ours, _ = pair
    revision = 0 if verb == "create" else await ours.create("/a", b"1")
    lose(ours, "answer")
    with pytest.raises(StoreUnavailable):
        if verb == "create":
            await ours.create("/a", b"2")
        elif verb == "update":
            await ours.update("/a", b"2", expected_revision=revision)
        else:
            await ours.delete("/a", expected_revision=revision)
    found = await ours.get("/a")
    assert (found and found.value) == (None if verb == "delete" else b"2")


async def test_a_create_is_never_sent_again(pair: Any) -> None:
    ours, _ = pair
    lose(ours, "request")
    with pytest.raises(OutcomeUnknown):
        await ours.create("/a", b"1")
    assert await ours.get("/a") is None


async def test_another_value_in_our_place_is_a_mismatch(pair: Any) -> None:
    ours, other = pair
    revision = await ours.create("/a", b"1")
    lose(ours, "request", meanwhile=lambda: other.update("/a", b"theirs", expected_revision=revision))
    with pytest.raises(RevisionMismatch) as caught:
        await ours.update("/a", b"ours", expected_revision=revision)
    assert caught.value.current.value == b"theirs"


async def test_the_same_bytes_in_our_place_prove_nothing(pair: Any) -> None:
    ours, other = pair
    revision = await ours.create("/a", b"1")
    lose(ours, "request", meanwhile=lambda: other.update("/a", b"same", expected_revision=revision))
    with pytest.raises(OutcomeUnknown):
        await ours.update("/a", b"same", expected_revision=revision)


async def test_a_value_further_on_proves_nothing(pair: Any) -> None:
    ours, other = pair
    revision = await ours.create("/a", b"1")

    async def go_on() -> None:
        found = await other.get("/a")
        await other.update("/a", b"further", expected_revision=found.revision)

    lose(ours, "answer", meanwhile=go_on)
    with pytest.raises(OutcomeUnknown):
        await ours.update("/a", b"ours", expected_revision=revision)


async def test_a_delete_that_lost_to_an_update_is_a_mismatch(pair: Any) -> None:
    ours, other = pair
    revision = await ours.create("/a", b"1")
    lose(ours, "request", meanwhile=lambda: other.update("/a", b"2", expected_revision=revision))
    with pytest.raises(RevisionMismatch):
        await ours.delete("/a", expected_revision=revision)
    assert (await ours.get("/a")).value == b"2"


async def test_a_delete_that_another_may_have_done_is_unknown(pair: Any) -> None:
    ours, other = pair
    revision = await ours.create("/a", b"1")
    lose(ours, "request", meanwhile=lambda: other.delete("/a", expected_revision=revision))
    with pytest.raises(OutcomeUnknown):
        await ours.delete("/a", expected_revision=revision)
    with pytest.raises(KeyNotFound):
        await ours.delete("/a", expected_revision=revision)


# Failing over


async def test_a_dead_endpoint_is_passed_over(etcd: Any) -> None:
    store = await EtcdStore.open(["http://127.0.0.1:9", *etcd.urls], namespace="/dead-endpoint")
    watch = store.watch("/", after_revision=await store.current_revision())
    revision = await store.create("/a", b"")
    assert [event.revision for event in (await anext(watch)).events] == [revision]
    await watch.aclose()
    await store.close()


async def test_a_cut_stream_resumes_without_gap_or_duplicate(etcd: Any) -> None:
    store = await EtcdStore.open(etcd.urls, namespace="/cut-stream")
    watch = store.watch("/", after_revision=await store.current_revision())
    seen: list[int] = []

    async def see() -> None:
        async for batch in watch:
            seen.extend(event.revision for event in batch.events)

    seeing = asyncio.create_task(see())
    written: list[int] = []
    for i in range(200):
        written.append(await store.create(f"/{i}", bytes(1000)))
        if i % 20 == 0:
            assert store._feed._stream is not None
            store._feed._stream.cancel()
    async with asyncio.timeout(10):
        while not seen or seen[-1] < written[-1]:
            await asyncio.sleep(0.01)
    seeing.cancel()
    await asyncio.wait({seeing})
    await watch.aclose()
    await store.close()
    assert seen == written


async def test_a_late_watcher_reads_a_stream_of_its_own(etcd: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(etcd_feed, "_RECENT_EVENTS", 5)
    store = await EtcdStore.open(etcd.urls, namespace="/late")
    start = await store.current_revision()
    written = [await store.create(f"/{i}", b"") for i in range(50)]
    watch = store.watch("/", after_revision=start)
    seen: list[int] = []
    async with asyncio.timeout(10):
        while len(seen) < 50:
            seen += [event.revision for event in (await anext(watch)).events]
        written.append(await store.create("/more", b""))
        seen += [event.revision for event in (await anext(watch)).events]
    assert seen == written
    await watch.aclose()
    await store.close()


async def test_large_events_come_whole(etcd: Any) -> None:
    """etcd splits an answer of many large events into fragments."""
    store = await EtcdStore.open(etcd.urls, namespace="/large")
    start = await store.current_revision()
    written = [await store.create(f"/{i}", bytes([i]) * 1_000_000) for i in range(6)]
    late = await EtcdStore.open(etcd.urls, namespace="/large")
    watch = late.watch("/", after_revision=start)
    seen: list[Event] = []
    async with asyncio.timeout(10):
        while len(seen) < 6:
            seen += (await anext(watch)).events
    assert [(event.revision, event.value) for event in seen] == [
        (revision, bytes([i]) * 1_000_000) for i, revision in enumerate(written)
    ]
    await watch.aclose()
    await store.close()
    await late.close()


async def test_a_killed_member_leaves_writes_unknown_and_comes_back(etcd: Any, tmp_path: Path) -> None:
    """Killed amid writes: each is acknowledged, refused or unknown; what was acknowledged is there afterwards."""
    cluster = type(etcd)(tmp_path, 1)
    cluster.start()
    member = cluster.members[0]
    store = await EtcdStore.open(cluster.urls)
    watch = store.watch("/", after_revision=await store.current_revision())
    kept: list[str] = []
    unknown: list[str] = []

    async def write(worker: int) -> None:
        for number in range(1000):
            key = f"/{worker}/{number}"
            try:
                await store.create(key, bytes(100))
            except OutcomeUnknown:
                unknown.append(key)
                return
            kept.append(key)
            if len(kept) == 200:
                member.kill()

    try:
        await asyncio.gather(*(write(worker) for worker in range(8)))
        assert len(kept) >= 200
        assert len(unknown) == 8
        member.start(cluster.members)
        found = {item.key for item in (await store.list("/")).items}
        assert set(kept) <= found <= {*kept, *unknown}
        await store.create("/after", b"")
        seen: set[str] = set()
        async with asyncio.timeout(10):
            while "/after" not in seen:
                seen.update(event.key for event in (await anext(watch)).events)
        assert seen == found | {"/after"}
    finally:
        await watch.aclose()
        await store.close()
        cluster.stop()


async def test_a_paused_member_is_passed_over(etcd_of_three: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pybernetes.apiserver.storage.etcd_endpoints.TRY_SECONDS", 1.0)
    monkeypatch.setattr(link, "KEEPALIVE_SECONDS", 0.5)
    monkeypatch.setattr(link, "KEEPALIVE_ANSWER_SECONDS", 0.5)
    store = await EtcdStore.open(etcd_of_three.urls)
    watch = store.watch("/", after_revision=await store.current_revision())
    paused = etcd_of_three.members[0].process
    try:
        revision = await store.create("/a", b"1")
        paused.send_signal(signal.SIGSTOP)
        revision = await store.update("/a", b"2", expected_revision=revision)
        async with asyncio.timeout(20):
            while (await anext(watch)).revision < revision:
                pass
        with pytest.raises(RevisionMismatch):
            await store.update("/a", b"3", expected_revision=revision - 1)
    finally:
        paused.send_signal(signal.SIGCONT)
        await watch.aclose()
        await store.close()


async def test_a_value_that_etcd_does_not_take_is_refused(etcd: Any) -> None:
    store = await EtcdStore.open(etcd.urls, namespace="/refused")
    with pytest.raises(EtcdRefused, match="request is too large"):
        await store.create("/a", bytes(1_600_000))
    assert await store.get("/a") is None
    await store.close()


# Leases


async def test_keys_with_one_time_limit_share_a_lease(etcd: Any) -> None:
    store = await EtcdStore.open(etcd.urls, namespace="/leases")
    for i in range(10):
        await store.create(f"/events/{i}", b"", ttl_seconds=3600)
    await store.create("/short", b"", ttl_seconds=15)
    await store.create("/short2", b"", ttl_seconds=15)
    request = pb.RangeRequest(key=b"/leases/", range_end=b"/leases0")
    found = (await store._endpoints.read(etcd_rpc.RANGE, request)).kvs
    leases = {kv.key: kv.lease for kv in found}
    assert len({lease for key, lease in leases.items() if b"events" in key}) == 1
    assert 0 not in leases.values()
    # 5 % of 15 s is less than a second: sharing would lengthen lives noticeably.
    assert len(set(leases.values())) == 3
    await store.close()


async def test_a_lease_that_etcd_dropped_is_replaced(etcd: Any) -> None:
    store = await EtcdStore.open(etcd.urls, namespace="/dropped")
    await store.create("/a", b"", ttl_seconds=3600)
    store._leases._current[3600].id = 12345
    await store.create("/b", b"", ttl_seconds=3600)
    assert len((await store.list("/")).items) == 2
    await store.close()


# Pure parts


def test_recent_changes_are_bounded_and_know_where_they_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(etcd_feed, "_RECENT_EVENTS", 3)
    monkeypatch.setattr(etcd_feed, "_RECENT_BYTES", 100)
    recent = RecentChanges(10)
    events = {i: Event(EventType.PUT, f"/{'ab'[i % 2]}/{i}", b"", i) for i in range(11, 20)}
    recent.add([events[11], events[12], events[13]])
    assert recent.start == 10
    assert recent.after(10, "/") == [events[11], events[12], events[13]]
    assert recent.after(11, "/a") == [events[12]]
    recent.add([events[14]])
    assert recent.start == 11
    assert recent.after(11, "/") == [events[12], events[13], events[14]]
    recent.forget(13)
    assert (recent.start, recent.after(13, "/")) == (13, [events[14]])
    recent.add([Event(EventType.PUT, "/big", bytes(200), 20)])
    assert (recent.start, recent.after(20, "/")) == (20, [])


def test_foreign_keys_are_no_events() -> None:
    keyspace = etcd_keyspace.Keyspace("/ns")
    events = [
        pb.Event(type=pb.Event.PUT, kv=pb.KeyValue(key=key, value=b"v", mod_revision=revision))
        for revision, key in enumerate([b"/ns/a", b"/other", b"\xff\xfe", b"/ns/b"], start=5)
    ]
    assert [(e.key, e.revision) for e in keyspace.events(events, 0)] == [("/a", 5), ("/b", 8)]
    assert [e.revision for e in keyspace.events(events, 5)] == [8]


async def test_a_shared_call_begins_after_it_was_asked_for() -> None:
    begun: list[asyncio.Future[int]] = []

    async def call() -> int:
        begun.append(asyncio.get_running_loop().create_future())
        return await begun[-1]

    shared = SharedCall(call, name="test")
    first = asyncio.create_task(shared())
    await asyncio.sleep(0.001)
    others = [asyncio.create_task(shared()) for _ in range(10)]
    await asyncio.sleep(0.001)
    assert len(begun) == 1
    others[0].cancel()
    begun[0].set_result(1)
    assert await first == 1
    await asyncio.sleep(0.001)
    assert len(begun) == 2
    begun[1].set_exception(StoreUnavailable("gone"))
    results = await asyncio.gather(*others, return_exceptions=True)
    assert [type(result) for result in results] == [asyncio.CancelledError] + [StoreUnavailable] * 9
    third = asyncio.create_task(shared())
    await asyncio.sleep(0.001)
    begun[2].set_result(3)
    assert await third == 3


# TLS


def certificate(folder: Path, name: str, issuer: tuple[Any, Any] | None) -> tuple[Any, Any]:
    """A key and a certificate for 127.0.0.1 in NAME.key and NAME.crt, signed by `issuer` or by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer[1].subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
    )
    if issuer is not None:
        usages = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
        builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=False)
    signed = builder.sign(issuer[0] if issuer else key, hashes.SHA256())
    (folder / f"{name}.crt").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    (folder / f"{name}.key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return key, signed


async def test_mutual_tls(etcd: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ca = certificate(tmp_path, "ca", None)
    certificate(tmp_path, "server", ca)
    certificate(tmp_path, "client", ca)
    cluster = type(etcd)(tmp_path, 1)
    member = cluster.members[0]
    plain, member.client = member.client, member.client.replace("http://", "https://")
    member.options = [f"--cert-file={tmp_path}/server.crt", f"--key-file={tmp_path}/server.key"]
    member.options += [f"--trusted-ca-file={tmp_path}/ca.crt", "--client-cert-auth"]
    member.start(cluster.members)
    try:
        certificates = EtcdCertificates(tmp_path / "ca.crt", tmp_path / "client.crt", tmp_path / "client.key")
        store = await EtcdStore.open(cluster.urls, certificates=certificates)
        revision = await store.create("/a", b"1")
        assert await store.get("/a") == KeyValue("/a", b"1", revision)
        await store.close()
        monkeypatch.setattr("pybernetes.apiserver.storage.etcd.REQUEST_SECONDS", 1.0)
        for urls, wrong in (([plain], None), (cluster.urls, EtcdCertificates(tmp_path / "ca.crt"))):
            with pytest.raises(StoreUnavailable):
                await EtcdStore.open(urls, certificates=wrong)
    finally:
        cluster.stop()
