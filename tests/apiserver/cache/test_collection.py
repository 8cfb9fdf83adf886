"""Whatever happened to a collection, its lists are in order and a selector finds what looking at all would find."""

from __future__ import annotations

import random

import pytest

from pybernetes.api.definition import definition_of
from pybernetes.api.resources import resource
from pybernetes.apiserver.cache import collection as collection_module
from pybernetes.apiserver.cache.collection import Collection
from pybernetes.apiserver.cache.entry import Entry
from pybernetes.apiserver.cache.selection import selection_of

PODS = definition_of(resource("pods"))
FIELDS = tuple(PODS.fields)
NAMESPACES = ["a", "a-b", "a.b", "b", ""]
NAMES = [f"{letter}{number}" for letter in ("x", "x-", "y.") for number in range(30)]
SELECTORS = [
    {"labelSelector": "app=one"},
    {"labelSelector": "app in (one,two)"},
    {"labelSelector": "app=one,tier=back"},
    {"labelSelector": "app!=one"},
    {"labelSelector": "app notin (one,two),tier"},
    {"labelSelector": "!app"},
    {"labelSelector": "app=none"},
    {"fieldSelector": "spec.nodeName=n1"},
    {"fieldSelector": "spec.nodeName="},
    {"fieldSelector": "spec.nodeName!=n1,status.phase=Running"},
    {"fieldSelector": "metadata.name=x-1"},
    {"fieldSelector": "metadata.name!=x-1"},
    {"fieldSelector": "metadata.namespace=a-b", "labelSelector": "app=two"},
    {"labelSelector": "app=one", "fieldSelector": "status.phase=Running"},
]


def made(namespace: str, name: str, revision: int) -> Entry:
    labels = {}
    for label, values in (("app", ("one", "two", "three", "four", "five")), ("tier", ("front", "back"))):
        value = random.choice((*values, None))
        if value is not None:
            labels[label] = value
    fields = dict.fromkeys(FIELDS, "")
    fields["spec.nodeName"] = random.choice(("", "n1", "n2", "n3", "n4", "n5", "n6"))
    fields["status.phase"] = random.choice(("Pending", "Running"))
    return Entry(namespace, name, revision, b"", labels, tuple(fields.values()))


def key(entry: Entry) -> str:
    return f"{entry.namespace}/{entry.name}" if entry.namespace else entry.name


@pytest.mark.parametrize("max_indexes", [1, 16])
@pytest.mark.parametrize("seed", range(10))
def test_a_list_by_selector_is_a_full_filter(seed: int, max_indexes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    random.seed(seed)
    monkeypatch.setattr(collection_module, "MAX_INDEXES", max_indexes)
    namespaces = random.choice((NAMESPACES[:-1], NAMESPACES[-1:]))
    collection, model = Collection(), dict[str, Entry]()
    for revision in range(1, 1500):
        namespace, name = random.choice(namespaces), random.choice(NAMES)
        if random.random() < 0.3:
            gone = collection.remove(namespace, name)
            assert gone is model.pop(f"{namespace}/{name}" if namespace else name, None)
        else:
            entry = made(namespace, name, revision)
            assert collection.put(entry) is model.get(key(entry))
            model[key(entry)] = entry
        if revision % 7:
            continue
        asked = random.choice(("", *namespaces))
        wanted = [model[one] for one in sorted(model) if not asked or model[one].namespace == asked]
        assert collection.entries(asked) == wanted
        selection = selection_of(random.choice(SELECTORS), PODS)
        assert collection.select(asked, selection) == [entry for entry in wanted if selection.matches(entry)]
        assert len(collection) == len(model)
        assert {key(entry) for entry in collection} == set(model)
        assert collection.get(namespace, name) is model.get(f"{namespace}/{name}" if namespace else name)


def test_what_is_listed_stays_as_it_was() -> None:
    collection = Collection()
    for number in range(100):
        collection.put(made("a", f"x{number:02d}", 1))
    before = collection.entries()
    copied = list(before)
    collection.put(made("a", "x50", 2))
    collection.remove("a", "x51")
    collection.entries()
    assert before == copied


def test_indexes_are_few_and_go_by_age(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collection_module, "MAX_INDEXES", 3)
    collection = Collection()
    for number in range(100):
        collection.put(Entry("a", f"x{number}", 1, b"", {f"l{label}": str(number) for label in range(9)}, ()))
    for label in range(9):
        assert len(collection.select("a", selection_of({"labelSelector": f"l{label}=5"}, PODS))) == 1
        collection.select("a", selection_of({"labelSelector": "l0=5"}, PODS))
    assert [equality.label for equality in collection._indexes] == ["l7", "l8", "l0"]


def test_an_index_forgets_values_that_nobody_has() -> None:
    collection = Collection()
    for number in range(100):
        collection.put(Entry("a", f"x{number}", 1, b"", {"app": str(number)}, ()))
    collection.select("", selection_of({"labelSelector": "app=5"}, PODS))
    for number in range(100):
        collection.remove("a", f"x{number}")
    assert [*collection._indexes.values()] == [{}]
    assert collection.entries() == []
