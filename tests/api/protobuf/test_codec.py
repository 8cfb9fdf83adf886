"""Whole bodies: what Go sends is what its JSON says, every kind survives the way there and back, garbage does not."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pybernetes.api.definition import definition_of
from pybernetes.api.object import Json, deep_copy
from pybernetes.api.protobuf import numbers
from pybernetes.api.protobuf.codec import MAX_BYTES, PREFIX, decode, encode, envelope, watch_frame
from pybernetes.api.protobuf.kinds import UnknownKind, find_kind
from pybernetes.api.protobuf.reading import MAX_DEPTH
from pybernetes.api.protobuf.wire import WireError, delimited
from pybernetes.api.resources import RESOURCES, resource
from pybernetes.api.schema.tree import ListOf, MapOf, Node, OneOf, Struct
from tests.api.protobuf.shapes import some_object

UNNUMBERED_FIELDS = {"CustomResourceDefinitionCondition.observedGeneration", "ListMeta.shardInfo"}
KINDS = [(known.api_version, known.kind) for known in RESOURCES]
MORE_KINDS = [
    ("v1", "Status"),
    ("v1", "DeleteOptions"),
    ("apps/v1", "DeleteOptions"),
    ("autoscaling/v1", "Scale"),
    ("policy/v1", "Eviction"),
    ("authentication.k8s.io/v1", "TokenRequest"),
    ("meta.k8s.io/v1", "PartialObjectMetadata"),
    ("meta.k8s.io/v1", "PartialObjectMetadataList"),
    ("v1", "PodList"),
    ("autoscaling/v2", "HorizontalPodAutoscalerList"),
    ("events.k8s.io/v1", "EventList"),
]


@pytest.mark.parametrize(("api_version", "kind"), [*KINDS, *MORE_KINDS])
def test_every_kind_there_and_back(api_version: str, kind: str) -> None:
    struct, table = find_kind(api_version, kind)
    for seed in range(30):
        obj = some_object(struct, table, random.Random(seed))
        obj |= {"apiVersion": api_version, "kind": kind}
        assert decode(encode(obj)) == obj, f"seed {seed}"


@pytest.mark.parametrize(("api_version", "kind"), KINDS)
def test_every_declared_field_has_a_number(api_version: str, kind: str) -> None:
    missing: set[str] = set()
    _without_number(*find_kind(api_version, kind), missing, set())
    assert missing <= UNNUMBERED_FIELDS


def _without_number(struct: Struct, near: str, missing: set[str], seen: set[int]) -> None:
    if id(struct) in seen:
        return
    seen.add(id(struct))
    table, places = numbers.find(struct.name, near)
    missing |= {f"{struct.name}.{name}" for name in struct.fields if name not in places} - {
        f"{struct.name}.apiVersion",
        f"{struct.name}.kind",
    }
    assert set(places) <= set(struct.fields), "a number for a field that is not declared"
    assert len(set(places.values())) == len(places), "two fields in one place"
    for field in struct.fields.values():
        for inner in _structs(field.node):
            _without_number(inner, table, missing, seen)


def _structs(node: Node) -> list[Struct]:
    match node:
        case Struct():
            return [node]
        case ListOf(items=inner) | MapOf(values=inner):
            return _structs(inner)
        case OneOf(choices=choices):
            return [found for choice in choices for found in _structs(choice)]
        case _:
            return []


# --- bytes written by hand from the encoding's definition -----------------------------------------------------------


def message(*fields: tuple[int, bytes]) -> bytes:
    return b"".join(delimited(number, value) for number, value in fields)


CONFIG_MAP = message(
    (1, message((1, b"x"), (2, b""), (3, b"default"), (4, b""), (5, b""), (6, b"")) + b"\x38\x00" + message((8, b""))),
    (2, message((1, b"a"), (2, b"b"))),
    (3, message((1, b"bin"), (2, b"\x00\xff"))),
)


def test_a_config_map_as_client_go_sends_it() -> None:
    """Go sends the zero value of every field that is not a pointer; decoding drops them, as it does for JSON."""
    sent = bytes.fromhex("6b 38 73 00  0a 0f 0a 02 76 31 12 09") + b"ConfigMap" + delimited(2, CONFIG_MAP)
    sent += bytes.fromhex("1a 00 22 00")
    obj = decode(sent)
    assert obj["metadata"]["name"] == "x"
    assert "creationTimestamp" not in obj["metadata"]
    result, unknown = definition_of(resource("configmaps")).decoder.decode(obj)
    assert unknown == []
    assert result == {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "x", "namespace": "default"},
        "data": {"a": "b"},
        "binaryData": {"bin": "AP8="},
    }


LEAVES: list[tuple[str, str, bytes, Json]] = [
    ("a time", "Pod", message((1, message((8, b"\x08\xa5\xfa\xcd\xac\x06")))),
     {"metadata": {"creationTimestamp": "2024-01-02T03:04:05Z"}}),
    ("the zero time", "Pod", message((1, message((8, b"\x08\x00\x10\x00")))), {"metadata": {}}),
    ("a time before 1970", "Pod", message((1, message((8, b"\x08" + b"\xff" * 9 + b"\x01")))),
     {"metadata": {"creationTimestamp": "1969-12-31T23:59:59Z"}}),
    ("a negative number", "Pod", message((2, b"\x20" + b"\xe2" + b"\xff" * 8 + b"\x01")),
     {"spec": {"terminationGracePeriodSeconds": -30}}),
    ("a quantity in a map", "Node", message((3, message((1, message((1, b"cpu"), (2, message((1, b"100m")))))))),
     {"status": {"capacity": {"cpu": "100m"}}}),
    ("a number or a text: a number", "Service", message((2, message((1, message((4, b"\x08\x00\x10\x50\x1a\x00")))))),
     {"spec": {"ports": [{"targetPort": 80}]}}),
    ("a number or a text: a text", "Service",
     message((2, message((1, message((4, b"\x08\x01\x10\x00\x1a\x04http")))))),
     {"spec": {"ports": [{"targetPort": "http"}]}}),
    ("managed fields", "Pod", message((1, message((17, message((7, message((1, b'{"f:spec":{}}')))))))),
     {"metadata": {"managedFields": [{"fieldsV1": {"f:spec": {}}}]}}),
    ("a volume's source is a message of its own", "Pod",
     message((2, message((1, message((1, b"v"), (2, message((19, message((1, message((1, b"cm"))))))))))),),
     {"spec": {"volumes": [{"name": "v", "configMap": {"name": "cm"}}]}}),
    ("so is a probe's handler", "Pod",
     message((2, message((2, message((10, message((1, message((1, message((1, b"true")))))) + b"\x10\x05")))))),
     {"spec": {"containers": [{"livenessProbe": {"exec": {"command": ["true"]}, "initialDelaySeconds": 5}}]}}),
    ("numbers one by one", "Pod", message((2, message((14, b"\x20\x01\x20\x02")))),
     {"spec": {"securityContext": {"supplementalGroups": [1, 2]}}}),
    ("numbers packed", "Pod", message((2, message((14, b"\x22\x02\x01\x02")))),
     {"spec": {"securityContext": {"supplementalGroups": [1, 2]}}}),
]  # fmt: skip


@pytest.mark.parametrize(("what", "kind", "sent", "expected"), LEAVES, ids=[case[0] for case in LEAVES])
def test_known_bytes(what: str, kind: str, sent: bytes, expected: Json) -> None:
    assert decode(envelope("v1", kind, sent)) == {"apiVersion": "v1", "kind": kind, **expected}


def test_fields_from_the_future_are_passed_over() -> None:
    sent = message((2, message((2000, b"x"), (10, b"n1")) + b"\xc0\x3e\x05"), (99, b"y"))
    assert decode(envelope("v1", "Pod", sent))["spec"] == {"nodeName": "n1"}


def test_a_message_in_two_pieces_is_one() -> None:
    sent = message((2, message((10, b"n1"))), (2, message((3, b"Always"))))
    assert decode(envelope("v1", "Pod", sent))["spec"] == {"nodeName": "n1", "restartPolicy": "Always"}


SCHEMAS: list[tuple[bytes, Json]] = [
    (message((30, b"\x08\x01")), {"additionalProperties": True}),
    (message((30, b"")), {"additionalProperties": False}),
    (message((30, b"\x08\x01" + message((2, message((5, b"string")))))), {"additionalProperties": {"type": "string"}}),
    (message((24, message((1, message((5, b"string")))))), {"items": {"type": "string"}}),
    (message((24, message((2, message((5, b"a"))), (2, b"")))), {"items": [{"type": "a"}, {}]}),
    (message((32, message((1, b"k"), (2, message((2, b"x")))))), {"dependencies": {"k": ["x"]}}),
    (b"\x49" + bytes.fromhex("000000000000f83f"), {"maximum": 1.5}),
    (b"\xb0\x02\x01" + message((3, b"#/r"), (8, message((1, b"[1]")))),
     {"x-kubernetes-preserve-unknown-fields": True, "$ref": "#/r", "default": [1]}),
]  # fmt: skip


@pytest.mark.parametrize(("sent", "expected"), SCHEMAS)
def test_schemas_of_custom_resources(sent: bytes, expected: Json) -> None:
    version = message((1, b"v1"), (4, message((1, sent))))
    body = envelope("apiextensions.k8s.io/v1", "CustomResourceDefinition", message((2, message((7, version)))))
    assert decode(body)["spec"]["versions"] == [{"name": "v1", "schema": {"openAPIV3Schema": expected}}]


def test_what_is_written_is_what_the_definition_says() -> None:
    obj = {"apiVersion": "v1", "kind": "Binding", "metadata": {"name": "p"}, "target": {"kind": "Node", "name": "n"}}
    written = message((1, message((1, b"p"))), (2, message((1, b"Node"), (3, b"n"))))
    assert encode(obj) == envelope("v1", "Binding", written)


def test_null_is_not_sent() -> None:
    obj = {"apiVersion": "v1", "kind": "Pod", "metadata": {"creationTimestamp": None, "name": "p"}, "spec": None}
    assert decode(encode(obj)) == {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}}


def test_extra_values_are_wrapped() -> None:
    obj = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview"}
    obj |= {"spec": {"extra": {"scopes": ["a", "b"], "none": []}}}
    assert decode(encode(obj)) == obj


def test_a_watch_event_in_its_frame() -> None:
    obj = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "n"}}
    frame = watch_frame("ADDED", obj)
    assert int.from_bytes(frame[:4], "big") == len(frame) - 4
    assert frame[4:] == message((1, b"ADDED"), (2, message((1, encode(obj)))))


def test_what_is_decoded_is_what_json_would_have_given() -> None:
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {"containers": [{"name": "c"}]}}
    decoder = definition_of(resource("pods")).decoder
    assert decoder.decode(decode(encode(pod))) == decoder.decode(deep_copy(pod))


# --- bytes that nobody should send ----------------------------------------------------------------------------------


def test_an_unknown_kind_says_so() -> None:
    with pytest.raises(UnknownKind, match='no kind "Nothing" is registered for version "v1"') as raised:
        decode(envelope("v1", "Nothing", b""))
    assert not raised.value.has_other_form
    with pytest.raises(UnknownKind) as raised:
        decode(envelope("example.com/v1", "Custom", b""))
    assert raised.value.has_other_form


HOSTILE = [
    ("nothing", b""),
    ("JSON", b'{"kind":"Pod"}'),
    ("no kind", envelope("v1", "", b"")),
    ("a cut envelope", envelope("v1", "Pod", b"")[:-1][:8]),
    ("a field of zero", envelope("v1", "Pod", b"\x00\x00")),
    ("a length beyond the end", envelope("v1", "Pod", b"\x0a\x7f")),
    ("a huge length", envelope("v1", "Pod", b"\x0a" + b"\xff" * 9 + b"\x01")),
    ("a group", envelope("v1", "Pod", b"\x9b\x06")),
    ("a number where a message is", envelope("v1", "Pod", b"\x08\x01")),
    ("a text where a number is", envelope("v1", "Pod", message((2, message((4, b"x")))))),
    ("no UTF-8", envelope("v1", "Pod", message((1, message((1, b"\xff")))))),
    ("a time out of range", envelope("v1", "Pod", message((1, message((8, b"\x08" + b"\xff" * 8 + b"\x7f")))))),
    ("an impossible choice", envelope("v1", "Service", message((2, message((1, message((4, b"\x08\x05")))))))),
    ("free-form that is not JSON", envelope("apps/v1", "ControllerRevision", message((2, message((1, b"{")))))),
]


@pytest.mark.parametrize(("what", "body"), HOSTILE, ids=[case[0] for case in HOSTILE])
def test_hostile_bytes_are_refused(what: str, body: bytes) -> None:
    with pytest.raises(WireError):
        decode(body)


def test_depth_is_bounded() -> None:
    schema = b""
    for _ in range(MAX_DEPTH):
        schema = delimited(28, schema)
    version = delimited(4, delimited(1, schema))
    with pytest.raises(WireError, match="nested more than"):
        decode(envelope("apiextensions.k8s.io/v1", "CustomResourceDefinition", delimited(2, delimited(7, version))))


def test_size_is_bounded() -> None:
    with pytest.raises(WireError, match="over the limit"):
        decode(PREFIX + bytes(MAX_BYTES))


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_an_object_or_an_error(garbage: bytes) -> None:
    try:
        assert isinstance(decode(envelope("v1", "Pod", garbage)), dict)
    except ValueError:
        pass


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10_000), st.data())
def test_a_damaged_object_is_an_object_or_an_error(seed: int, data: st.DataObject) -> None:
    struct, table = find_kind("v1", "Pod")
    body = bytearray(encode({**some_object(struct, table, random.Random(seed)), "apiVersion": "v1", "kind": "Pod"}))
    for _ in range(data.draw(st.integers(1, 4))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    try:
        assert isinstance(decode(bytes(body)), dict)
    except ValueError:
        pass
