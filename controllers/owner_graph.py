"""Who belongs to whom: a graph of all objects by uid, kept current by what informers see. Pure.

An object may be seen before its owner, or its owner may never have existed: then the owner stands in the graph as
`virtual`, known from hearsay only, until it is seen or found to be absent. Each change answers with what should be
looked at: `examine` (may have to be deleted, or may now be free to go) and `orphan` (its dependents are to be left
alone when it goes).

Invariant: `a` is among the dependents of `b` exactly when `a` lists `b` among its owners.

Counterpart: GraphBuilder of pkg/controller/garbagecollector.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from pybernetes.api.object import Json, is_deleting, name_of, namespace_of, uid_of
from pybernetes.api.resources import Resource

FOREGROUND = "foregroundDeletion"
ORPHAN = "orphan"


@dataclass(frozen=True, slots=True)
class Coordinates:
    """Where an object is, or is said to be."""

    api_version: str
    kind: str
    namespace: str
    name: str
    uid: str


@dataclass(slots=True, eq=False)
class Node:
    """One object. `resource` is None while the object is virtual."""

    at: Coordinates
    resource: Resource | None = None
    owners: tuple[Json, ...] = ()
    dependents: dict[str, Node] = field(default_factory=dict)
    deleting: bool = False
    deleting_dependents: bool = False
    orphaning: bool = False

    @property
    def virtual(self) -> bool:
        return self.resource is None

    def blocks(self, uid: str) -> bool:
        """Whether the owner with this uid may go, in the foreground, only after this object."""
        return any(owner["uid"] == uid and owner.get("blockOwnerDeletion") for owner in self.owners)

    def blocking_dependents(self) -> list[Node]:
        return [node for node in self.dependents.values() if node.blocks(self.at.uid)]


@dataclass(slots=True)
class Work:
    """Uids to look at, in order, each once."""

    examine: dict[str, None] = field(default_factory=dict)
    orphan: dict[str, None] = field(default_factory=dict)

    def add(self, nodes: Iterable[Node]) -> None:
        self.examine.update((node.at.uid, None) for node in nodes)


def finalizers_of(obj: Json) -> list[str]:
    return obj["metadata"].get("finalizers") or []


def is_relevant_change(new: Json, old: Json) -> bool:
    """Whether an update says anything about ownership: most do not, and are dropped before they cost anything."""
    fields = ("ownerReferences", "finalizers", "deletionTimestamp")
    return any(new["metadata"].get(name) != old["metadata"].get(name) for name in fields)


class OwnerGraph:
    """All objects by uid."""

    def __init__(self) -> None:
        self.nodes: dict[str, Node] = {}

    def observe(self, obj: Json, resource: Resource) -> Work:
        """The object is there, with these owners and finalizers."""
        work, uid = Work(), uid_of(obj)
        at = Coordinates(resource.api_version, resource.kind, namespace_of(obj), name_of(obj), uid)
        node = self.nodes.get(uid)
        if node is None:
            node = self.nodes[uid] = Node(at, resource)
        elif node.virtual:
            node.resource = resource
            if node.at != at:
                node.at = at
                work.add(node.dependents.values())  # they had heard of it elsewhere: each has to be looked at
        self._set_owners(node, tuple(obj["metadata"].get("ownerReferences") or ()), work)
        self._note_deletion(node, obj, work)
        return work

    def remove(self, uid: str) -> Work:
        """The object is gone, or was found never to have been."""
        work, node = Work(), self.nodes.pop(uid, None)
        if node is None:
            return work
        work.add(node.dependents.values())
        for owner in self._owners(node):
            owner.dependents.pop(uid, None)
            if owner.deleting_dependents:
                work.add((owner,))
            self._forget_if_idle(owner)
        return work

    def _owners(self, node: Node) -> list[Node]:
        found = (self.nodes.get(reference["uid"]) for reference in node.owners)
        return [owner for owner in found if owner is not None]

    def _set_owners(self, node: Node, owners: tuple[Json, ...], work: Work) -> None:
        before = {reference["uid"]: reference for reference in node.owners}
        after = {reference["uid"]: reference for reference in owners}
        node.owners = owners
        for uid, reference in before.items():
            owner = self.nodes.get(uid)
            if owner is None:
                continue
            freed = uid not in after or (
                reference.get("blockOwnerDeletion") and not after[uid].get("blockOwnerDeletion")
            )
            if freed and owner.deleting_dependents:
                work.add((owner,))
            if uid not in after:
                owner.dependents.pop(node.at.uid, None)
                self._forget_if_idle(owner)
        for uid, reference in after.items():
            if uid not in before:
                self._add_dependent(reference, node, work)

    def _add_dependent(self, reference: Json, node: Node, work: Work) -> None:
        said = Coordinates(
            reference.get("apiVersion") or "", reference["kind"], node.at.namespace, reference["name"], reference["uid"]
        )
        owner = self.nodes.get(said.uid)
        if owner is None:
            owner = self.nodes[said.uid] = Node(said)
            work.add((owner,))
        elif not _same_place(owner, said) or owner.deleting_dependents:
            work.add((node,))
        owner.dependents[node.at.uid] = node

    def _forget_if_idle(self, node: Node) -> None:
        """A virtual node is there for its dependents only."""
        if node.virtual and not node.dependents:
            self.nodes.pop(node.at.uid, None)

    @staticmethod
    def _note_deletion(node: Node, obj: Json, work: Work) -> None:
        if not is_deleting(obj):
            return
        finalizers = finalizers_of(obj)
        node.deleting = True
        if ORPHAN in finalizers:
            if not node.orphaning:
                node.orphaning = True
                work.orphan[node.at.uid] = None
        elif FOREGROUND in finalizers and not node.deleting_dependents:
            node.deleting_dependents = True
            work.add(node.dependents.values())
            work.add((node,))


def _same_place(owner: Node, said: Coordinates) -> bool:
    """Whether an owner reference, read in its object's namespace, leads to this very owner."""
    at = owner.at
    group, said_group = at.api_version.rpartition("/")[0], said.api_version.rpartition("/")[0]
    if (group, at.kind, at.name) != (said_group, said.kind, said.name):
        return False
    return at.namespace in ("", said.namespace)
