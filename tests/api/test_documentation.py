"""What `kubectl explain` shows: every declared kind and field says in a sentence what it is for."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Iterator
from types import ModuleType

import pytest
from typing_extensions import is_typeddict

import pybernetes.api
from pybernetes.api.apps.deployment import DeploymentSpec
from pybernetes.api.core.pod import Pod, PodSpec
from pybernetes.api.core.probe import GRPCAction, HTTPGetAction
from pybernetes.api.schema.declare import struct_of
from pybernetes.api.schema.documentation import field_doc, field_docs
from pybernetes.api.schema.tree import Field, Struct
from pybernetes.api.storage.csi_driver import CSIDriverSpec

GROUPS = (
    "admissionregistration",
    "apiextensions",
    "apiregistration",
    "apps",
    "authentication",
    "authorization",
    "autoscaling",
    "batch",
    "certificates",
    "coordination",
    "core",
    "discovery",
    "events",
    "flowcontrol",
    "meta",
    "networking",
    "node",
    "policy",
    "rbac",
    "resource",
    "scheduling",
    "storage",
)


def _modules(package: ModuleType) -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        yield importlib.import_module(found.name)


def _structs(group: str) -> list[Struct]:
    package = importlib.import_module(f"{pybernetes.api.__name__}.{group}")
    return [
        struct_of(value)
        for module in _modules(package)
        for name, value in vars(module).items()
        if is_typeddict(value) and value.__module__ == module.__name__ and not name.startswith("_")
    ]


def _faults(name: str, text: str) -> Iterator[str]:
    words = text.rstrip(".").lower().replace(" ", "")
    if not text:
        yield f"{name} has no description"
    elif not text.endswith("."):
        yield f"{name}: {text!r} does not end with a full stop"
    elif not text[0].isupper() and not text.startswith("$("):
        yield f"{name}: {text!r} does not begin like a sentence"
    elif words in (name.rpartition(".")[2].lower(), f"the{name.rpartition('.')[2].lower()}"):
        yield f"{name}: {text!r} only repeats the name"


@pytest.mark.parametrize("group", GROUPS)
def test_every_kind_and_field_says_what_it_is_for(group: str) -> None:
    structs = _structs(group)
    faults = [fault for struct in structs for fault in _faults(struct.name, struct.doc)]
    for struct in structs:
        for field in struct.fields.values():
            faults += _faults(f"{struct.name}.{field.name}", field_doc(struct, field))
    assert structs
    assert faults == []


def test_a_description_stands_below_its_field(declared: ModuleType) -> None:
    module = declared
    assert field_docs(module.__name__, "Kettle") == {"litres": "How much water it holds, up to the mark.", "on": "Hot."}
    assert field_docs(module.__name__, "Lid") == {}
    assert field_docs(module.__name__, "Spoon") == {}


@pytest.fixture
def declared(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    folder = tmp_path_factory.mktemp("declared")
    (folder / "kettle_declared_for_a_test.py").write_text(
        '''
class Kettle:
    """Boils water."""

    litres: int
    """How much water it holds,
    up to the mark."""
    on: bool
    "Hot."
    lid: str


class Lid:
    """Keeps the steam in."""
'''
    )
    monkeypatch.syspath_prepend(folder)
    yield importlib.import_module("kettle_declared_for_a_test")
    del sys.modules["kettle_declared_for_a_test"]


@pytest.mark.parametrize(
    ("declaration", "field", "told"),
    [
        (DeploymentSpec, "replicas", "How many pods there should be. The default is 1."),
        (HTTPGetAction, "path", "The path of the request. The default is /."),
        (
            CSIDriverSpec,
            "seLinuxMount",
            "Whether the driver can mount volumes with an SELinux label. The default is false.",
        ),
        (GRPCAction, "service", "The name of the service that the health request asks about."),
        (PodSpec, "securityContext", "Security settings for the pod as a whole, and defaults for its containers."),
    ],
)
def test_a_description_ends_with_the_default(declaration: type, field: str, told: str) -> None:
    struct = struct_of(declaration)
    assert field_doc(struct, struct.fields[field]) == told


def test_what_a_schema_says_of_a_field_comes_first() -> None:
    pod = struct_of(Pod)
    told = Field("spec", pod.fields["spec"].node, doc="Said by the schema.")
    assert field_doc(pod, told) == "Said by the schema."
    assert field_doc(pod, pod.fields["spec"]) == "What the pod should run, and how."
    assert field_doc(Struct("Undeclared"), pod.fields["spec"]) == ""
