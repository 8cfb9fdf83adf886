"""Which pods are where, counted the way constraints between pods ask for it.

Pods are grouped by namespace, labels and whether they are on their way out (`_Group`): what a selector says of one
pod of a group holds for all. A question about pods ("how many match this selector, on each row?") is a `Counter`:
asked once, it is told by every group that matches it when a pod of that group comes or goes, so that the answer is
always there and costs O(1) a pod.

The other way round, terms that pods on nodes hold against or in favour of newcomers are columns too
(`TermColumn`): how many pods on each row hold the term, or the sum of the weights they give it. A newcomer asks
which terms match it; pods of one class share the answer.

Invariant: counts are what adding up over all pods in the index gives, in whatever order they came and went.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from pybernetes.api.selectors import Selector
from pybernetes.scheduler.pod import AffinityTerm, HeldTerm, PodClass
from pybernetes.scheduler.row_counts import RowCounts

NamespaceLabels = Mapping[str, Mapping[str, str]]


class Query(Protocol):
    """A question about one pod; hashable, so that equal questions share a counter."""

    def matches(
        self, namespace: str, labels: Mapping[str, str], terminating: bool, namespaces: NamespaceLabels
    ) -> bool: ...


@dataclass(frozen=True, slots=True)
class SpreadQuery:
    """Pods of a namespace that a selector matches and that stay: what topology spread counts."""

    namespace: str
    selector: Selector

    def matches(
        self, namespace: str, labels: Mapping[str, str], terminating: bool, namespaces: NamespaceLabels
    ) -> bool:
        return not terminating and namespace == self.namespace and self.selector.matches(labels)


@dataclass(frozen=True, slots=True)
class AffinityQuery:
    """Pods that every one of these terms matches."""

    terms: tuple[AffinityTerm, ...]

    def matches(
        self, namespace: str, labels: Mapping[str, str], terminating: bool, namespaces: NamespaceLabels
    ) -> bool:
        return all(term.matches(namespace, labels, namespaces) for term in self.terms)


class Counter(RowCounts):
    """The answer to a query: pods that match, on each row."""

    def __init__(self, query: Query, capacity: int):
        super().__init__(capacity)
        self.query = query
        self.users = 0


class TermColumn(RowCounts):
    """How many pods on each row hold a term (`repels`), or the sum of the weights they give it."""

    def __init__(self, term: AffinityTerm, repels: bool, capacity: int):
        super().__init__(capacity)
        self.term = term
        self.repels = repels
        self.pods = 0

    def add(self, row: int, sign: int, weight: int) -> None:
        self.pods += sign
        self.change(row, sign * (weight or 1))


@dataclass(slots=True)
class _Group:
    namespace: str
    labels: Mapping[str, str]
    terminating: bool
    rows: dict[int, int] = field(default_factory=dict)
    counters: list[Counter] = field(default_factory=list)


class PodIndex:
    """Groups, counters and term columns of the pods that are on rows."""

    def __init__(self, capacity: int):
        self._capacity = capacity
        self.namespaces: dict[str, Mapping[str, str]] = {}
        self._groups: dict[tuple[tuple[str, bytes], bool], _Group] = {}
        self._counters: dict[Query, Counter] = {}
        self._columns: dict[tuple[AffinityTerm, bool], TermColumn] = {}
        self.terms_version = 0

    def grow(self, capacity: int) -> None:
        self._capacity = capacity
        holders: list[RowCounts] = [*self._counters.values(), *self._columns.values()]
        for holder in holders:
            holder.grow(capacity)

    def add(self, cls: PodClass, terminating: bool, row: int) -> None:
        group = self._group(cls, terminating)
        group.rows[row] = group.rows.get(row, 0) + 1
        for counter in group.counters:
            counter.change(row, 1)
        for held in cls.held:
            self._column(held).add(row, 1, held.weight)

    def remove(self, cls: PodClass, terminating: bool, row: int) -> None:
        key = (cls.labels_key, terminating)
        group = self._groups[key]
        left = group.rows[row] - 1
        if left:
            group.rows[row] = left
        else:
            del group.rows[row]
        for counter in group.counters:
            counter.change(row, -1)
        if not group.rows:
            del self._groups[key]
        for held in cls.held:
            self._drop(held, row)

    def _group(self, cls: PodClass, terminating: bool) -> _Group:
        key = (cls.labels_key, terminating)
        group = self._groups.get(key)
        if group is None:
            group = self._groups[key] = _Group(cls.namespace, cls.labels, terminating)
            group.counters = [counter for counter in self._counters.values() if self._matches(counter.query, group)]
        return group

    def _matches(self, query: Query, group: _Group) -> bool:
        return query.matches(group.namespace, group.labels, group.terminating, self.namespaces)

    def _column(self, held: HeldTerm) -> TermColumn:
        key = (held.term, held.weight == 0)
        column = self._columns.get(key)
        if column is None:
            column = self._columns[key] = TermColumn(held.term, held.weight == 0, self._capacity)
            self.terms_version += 1
        return column

    def _drop(self, held: HeldTerm, row: int) -> None:
        key = (held.term, held.weight == 0)
        column = self._columns[key]
        column.add(row, -1, held.weight)
        if column.pods == 0:
            del self._columns[key]
            self.terms_version += 1

    def open_counter(self, query: Query) -> Counter:
        """The counter of a query, made if it is new. Give it back with `close_counter`."""
        counter = self._counters.get(query)
        if counter is None:
            counter = self._counters[query] = Counter(query, self._capacity)
            for group in self._groups.values():
                if self._matches(query, group):
                    self._attach(group, counter)
        counter.users += 1
        return counter

    @staticmethod
    def _attach(group: _Group, counter: Counter) -> None:
        group.counters.append(counter)
        for row, pods in group.rows.items():
            counter.change(row, pods)

    def close_counter(self, counter: Counter) -> None:
        counter.users -= 1
        if counter.users == 0:
            del self._counters[counter.query]
            for group in self._groups.values():
                if counter in group.counters:
                    group.counters.remove(counter)

    def columns_matching(self, namespace: str, labels: Mapping[str, str]) -> Iterator[TermColumn]:
        """The terms held by pods on nodes that a new pod matches. Good until `terms_version` moves."""
        for column in self._columns.values():
            if column.term.matches(namespace, labels, self.namespaces):
                yield column

    def set_namespace(self, name: str, labels: Mapping[str, str] | None) -> bool:
        """Learn a namespace's labels, or with None that it is gone; whether that changed what selectors match."""
        if self.namespaces.get(name) == labels:
            return False
        if labels is None:
            del self.namespaces[name]
        else:
            self.namespaces[name] = dict(labels)
        self.terms_version += 1
        for counter in self._counters.values():
            self._recount(counter)
        return True

    def _recount(self, counter: Counter) -> None:
        counter.clear()
        for group in self._groups.values():
            if counter in group.counters:
                group.counters.remove(counter)
            if self._matches(counter.query, group):
                self._attach(group, counter)
