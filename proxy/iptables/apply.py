"""The iptables backend: runs what `restore` writes, and finds out whether it is still there.

The kernel takes a table's changes at once or not at all, so a failed run leaves the former rules in force; the next
attempt then is `replace`, which assumes nothing. What is in the kernel is only ever read as names of chains and for
single rules, never parsed back into services.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping

from pybernetes.proxy.backend import BackendError, Target, Targets
from pybernetes.proxy.commands import Commands, Outcome
from pybernetes.proxy.iptables import names, restore
from pybernetes.proxy.iptables.rules import ServiceRules, Settings, service_rules
from pybernetes.proxy.iptables.shared import (
    ALL_ANCHORS,
    CANARY_CHAIN,
    CANARY_RULE,
    LOCALNET_CHAIN,
    SHARED_CHAINS,
    TABLES,
    Anchor,
    anchors,
    first_rules,
    last_rules,
)

log = logging.getLogger(__name__)

_LOCK_SECONDS = "5"  # how long to wait for another program's hold on xtables.lock, as kube-proxy does
_NFT_BATCH = 250  # services; each text then takes about 20 ms
_MOST_COPIES = 10  # how often one anchor may be found again while cleaning up


class IptablesBackend:
    """A `Backend` over iptables-restore, for one address family."""

    def __init__(self, settings: Settings, commands: Commands):
        self.settings = settings
        self._commands = commands
        self._program = "iptables" if settings.family == 4 else "ip6tables"
        self._applied: dict[str, ServiceRules] = {}

    async def replace(self, targets: Targets) -> None:
        """Make the node serve exactly these, whatever was there. Raises `BackendError`."""
        wanted = {name: service_rules(target, self.settings) for name, target in targets.items()}
        present = {table: frozenset(c for c in await self._chains(table) if is_service_chain(c)) for table in TABLES}
        await self._make_anchor_chain()
        missing = await self._missing(anchors(self.settings))
        texts = restore.whole(
            wanted.values(), self.settings, present=present, missing=missing, batch=await self._batch()
        )
        for text in texts:
            await self._restore(text)
        self._applied = wanted

    async def update(self, changes: Mapping[str, Target | None]) -> None:
        """Change only these (None: gone). Needs an earlier `replace`. Raises `BackendError`."""
        wanted = {
            name: service_rules(target, self.settings) if target is not None else None
            for name, target in changes.items()
        }
        text = restore.difference(self._applied, wanted, self.settings)
        if text:
            await self._restore(text)
        for name, rules in wanted.items():
            if rules is None:
                self._applied.pop(name, None)
            else:
                self._applied[name] = rules

    async def intact(self) -> bool:
        """Whether the anchors and canaries are there: a transaction that only checks, so one process in all."""
        lines: list[str] = []
        for table in TABLES:
            checks = [f"-C {a.chain} {a.rule}" for a in anchors(self.settings) if a.table == table]
            lines += [f"*{table}", *checks, f"-C {CANARY_CHAIN} {CANARY_RULE}", "COMMIT"]
        outcome = await self._run_restore("\n".join(lines) + "\n")
        return outcome == ""

    async def cleanup(self) -> None:
        """Take out anchors and chains, of this process or of any before it."""
        for _ in range(_MOST_COPIES):
            missing = await self._missing(ALL_ANCHORS)
            for anchor in [anchor for anchor in ALL_ANCHORS if anchor not in missing]:
                await self._restore(f"*{anchor.table}\n-D {anchor.chain} {anchor.rule}\nCOMMIT\n")
            if len(missing) == len(ALL_ANCHORS):
                break
        for table in TABLES:
            chains = [c for c in await self._chains(table) if c in SHARED_CHAINS[table] or is_service_chain(c)]
            if chains:
                lines = [f":{chain} - [0:0]" for chain in chains] + [f"-X {chain}" for chain in chains]
                await self._restore("\n".join([f"*{table}", *lines, "COMMIT"]) + "\n")
        await self._drop_anchor_chain()
        self._applied = {}

    def rule_counts(self) -> dict[str, int]:
        """Rules in force, by table."""
        counts = dict.fromkeys(TABLES, 0)
        for place, rules in [*first_rules(self.settings).items(), *last_rules(self.settings).items()]:
            counts[place[0]] += len(rules)
        for service in self._applied.values():
            counts["nat"] += sum(map(len, service.chains.values()))
            for rule in service.shared:
                counts[rule.table] += 1
        return counts

    async def _batch(self) -> int:
        """How many services to write at once. iptables-legacy sends the whole table every time, so there all."""
        version = await self._commands.run(self._program, "--version")
        return _NFT_BATCH if "nf_tables" in version.output else 0

    async def _make_anchor_chain(self) -> None:
        """KUBE-FIREWALL is shared with a kubelet, so it is made when missing and never emptied."""
        if any(a.chain == LOCALNET_CHAIN for a in anchors(self.settings)):
            listed = await self._list_chain("filter", LOCALNET_CHAIN)
            if listed.code:
                await self._restore(f"*filter\n:{LOCALNET_CHAIN} - [0:0]\nCOMMIT\n")

    async def _drop_anchor_chain(self) -> None:
        listed = await self._list_chain("filter", LOCALNET_CHAIN)
        if listed.code == 0 and listed.output.split() == ["-N", LOCALNET_CHAIN]:
            await self._restore(f"*filter\n-X {LOCALNET_CHAIN}\nCOMMIT\n")

    async def _missing(self, wanted: tuple[Anchor, ...]) -> list[Anchor]:
        """Those of the anchors that are not there. Costs one process for each chain."""
        present: set[Anchor] = set()
        for table, chain in dict.fromkeys((anchor.table, anchor.chain) for anchor in wanted):
            listed = await self._list_chain(table, chain)
            rules = [line.removeprefix(f"-A {chain} ") for line in listed.output.splitlines()]
            present.update(Anchor(table, chain, rule) for rule in rules)
        return [anchor for anchor in wanted if anchor not in present]

    async def _list_chain(self, table: str, chain: str) -> Outcome:
        return await self._commands.run(self._program, "-w", _LOCK_SECONDS, "-t", table, "-S", chain)

    async def _chains(self, table: str) -> list[str]:
        outcome = await self._commands.run(f"{self._program}-save", "-t", table)
        if outcome.code:
            raise BackendError(f"{self._program}-save: {outcome.errors.strip()}")
        return [line[1:].split(" ", 1)[0] for line in outcome.output.splitlines() if line.startswith(":")]

    async def _restore(self, text: str) -> None:
        errors = await self._run_restore(text)
        if errors:
            raise BackendError(f"{self._program}-restore: {errors}")

    async def _run_restore(self, text: str) -> str:
        """What went wrong, or nothing."""
        outcome = await self._commands.run(
            f"{self._program}-restore", "-w", _LOCK_SECONDS, "--noflush", "--counters", text=text
        )
        if outcome.code == 0:
            return ""
        return explain(outcome.errors.strip() or f"exit code {outcome.code}", text)


def is_service_chain(chain: str) -> bool:
    """Whether a chain is one service's own."""
    return chain.startswith(names.PREFIXES)


def explain(errors: str, text: str) -> str:
    """The error with the lines of input that it speaks of."""
    lines = text.splitlines()
    numbers = [int(word.strip(":.")) for word in errors.split() if word.strip(":.").isdigit()]
    blamed: Iterable[str] = (lines[number - 1] for number in numbers if 0 < number <= len(lines))
    return "; ".join([errors, *blamed])
