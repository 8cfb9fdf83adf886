"""Input for ``iptables-restore --noflush``: what to declare, fill and delete, one transaction for each text and table.

Declaring a chain makes it, or empties it if it is there. So a chain is always written whole, except shared chains
when little changes: from those, single rules are taken out (-D) and put in at the top (-I). With 5,000 services that
makes a change cost milliseconds instead of a quarter of a second (nft) since no large chain is sent again.

Writing everything may take several texts, since iptables-nft's time grows with the square of what one holds: 5,000
services take 2.7 s in one and 0.6 s in twenty. Each service's chains lead only to each other and to what is written
first, and the shared chains that lead to services come last, so traffic finds whole rules at every moment.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pybernetes.proxy.iptables.rules import ServiceRules, Settings, SharedRule
from pybernetes.proxy.iptables.shared import MARK_CHAIN, SHARED_CHAINS, TABLES, Anchor, first_rules, last_rules

_MOST_EDITS = 100  # a deletion is a search through the chain: from about here on, writing it anew is cheaper


@dataclass(slots=True)
class _Table:
    declared: list[str] = field(default_factory=list)
    deletions: list[str] = field(default_factory=list)
    rules: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)

    def fill(self, chain: str, rules: Iterable[str]) -> None:
        self.declared.append(chain)
        self.rules += [f"-A {chain} {rule}" for rule in rules]

    def drop(self, chain: str) -> None:
        self.declared.append(chain)
        self.dropped.append(chain)

    def lines(self) -> list[str]:
        declared = [f":{chain} - [0:0]" for chain in self.declared]
        return [*declared, *self.deletions, *self.rules, *(f"-X {chain}" for chain in self.dropped)]


class _Document:
    def __init__(self) -> None:
        self.tables = {table: _Table() for table in TABLES}

    def __getitem__(self, table: str) -> _Table:
        return self.tables[table]

    def text(self) -> str:
        parts: list[str] = []
        for name, table in self.tables.items():
            lines = table.lines()
            if lines:
                parts += [f"*{name}", *lines, "COMMIT"]
        return "\n".join(parts) + "\n" if parts else ""


def whole(
    services: Iterable[ServiceRules],
    settings: Settings,
    *,
    present: Mapping[str, frozenset[str]],
    missing: Iterable[Anchor],
    batch: int = 0,
) -> list[str]:
    """Everything, from whatever there was, as texts to apply in order.

    `present` are the chains of services that exist, by table: those that nothing needs any more are deleted.
    `missing` are the anchors to put in. `batch` is how many services to write in one text; 0: all.
    """
    services = list(services)
    size = batch or max(1, len(services))
    texts = []
    if len(services) > size:
        base = _Document()
        base["nat"].fill(MARK_CHAIN, first_rules(settings)["nat", MARK_CHAIN])
        texts.append(base.text())
    last = _Document()
    for start in range(0, len(services), size):
        document = _Document() if len(services) > size else last
        for service in services[start : start + size]:
            for chain, rules in service.chains.items():
                document["nat"].fill(chain, rules)
        if document is not last:
            texts.append(document.text())
    wanted = frozenset(chain for service in services for chain in service.chains)
    _fill_shared(last, services, settings)
    for table in TABLES:
        for chain in sorted(present.get(table, frozenset()) - (wanted if table == "nat" else frozenset())):
            last[table].drop(chain)
    for anchor in reversed(list(missing)):
        last[anchor.table].rules.append(f"-I {anchor.chain} {anchor.rule}")
    return [text for text in [*texts, last.text()] if text]


def _fill_shared(document: _Document, services: Iterable[ServiceRules], settings: Settings) -> None:
    contents = shared_contents(services, settings)
    for table, chains in SHARED_CHAINS.items():
        for chain in chains:
            document[table].fill(chain, contents.get((table, chain), ()))


def shared_contents(services: Iterable[ServiceRules], settings: Settings) -> dict[tuple[str, str], list[str]]:
    """The rules of each shared chain, by (table, chain), in order."""
    contents = {place: list(rules) for place, rules in first_rules(settings).items()}
    for service in services:
        for table, chain, rule in service.shared:
            contents.setdefault((table, chain), []).append(rule)
    for place, rules in last_rules(settings).items():
        contents.setdefault(place, []).extend(rules)
    return contents


def difference(
    before: Mapping[str, ServiceRules],
    after: Mapping[str, ServiceRules | None],
    settings: Settings,
) -> str:
    """What leads from `before` to `before` with `after` put in (None: gone). Empty when nothing does."""
    document = _Document()
    removed: dict[tuple[str, str], list[str]] = {}
    added: dict[tuple[str, str], list[str]] = {}
    for name, wanted in after.items():
        old, new = before.get(name) or ServiceRules(), wanted or ServiceRules()
        for chain, rules in new.chains.items():
            if old.chains.get(chain) != rules:
                document["nat"].fill(chain, rules)
        for chain in old.chains.keys() - new.chains.keys():
            document["nat"].drop(chain)
        _sort_out(old.shared, new.shared, removed)
        _sort_out(new.shared, old.shared, added)
    rewritten = {place for place, rules in removed.items() if len(rules) > _MOST_EDITS}
    if rewritten:
        result = {name: rules for name, rules in {**before, **after}.items() if rules is not None}
        contents = shared_contents(result.values(), settings)
        for place in sorted(rewritten):
            document[place[0]].fill(place[1], contents.get(place, ()))
    for table, chain in (removed.keys() | added.keys()) - rewritten:
        document[table].deletions += [f"-D {chain} {rule}" for rule in removed.get((table, chain), ())]
        document[table].rules += [f"-I {chain} {rule}" for rule in added.get((table, chain), ())]
    return document.text()


def _sort_out(
    have: Iterable[SharedRule], without: Iterable[SharedRule], into: dict[tuple[str, str], list[str]]
) -> None:
    """Put the rules of `have` that `without` lacks under their places."""
    spared = set(without)
    for rule in have:
        if rule not in spared:
            into.setdefault((rule.table, rule.chain), []).append(rule.rule)
