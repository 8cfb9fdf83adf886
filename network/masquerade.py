"""Packets between pods and the world: forwarded, and given the node's address where they leave the cluster.

    rules() -> chains of our own for each table (pure) -> one iptables-restore, which replaces them whole

Pods see each other's real addresses. Whatever leaves the cluster's ranges would find no way back, so it takes the
node's address (nat POSTROUTING); what kube-proxy has marked for masquerading (0x4000) is left to kube-proxy. Traffic
from outside that this node routes to a pod elsewhere takes it too, so that the answer comes back the same way. In the
filter table pods are forwarded even where the machine's policy is to drop (Docker's is, for one).

Everything is in chains named PYB-*, reached by one jump each from the built-in chains. The jumps are added only
where missing; chains are replaced in one transaction, so there is no moment without rules, and applying again
changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pybernetes.network.links import NetworkCommandError, run_command

POSTROUTING = "PYB-POSTROUTING"
FORWARD = "PYB-FORWARD"
# Kubernetes' mark for "masquerade this": bit 14, kube-proxy's --iptables-masquerade-bit.
MASQUERADE_MARK = "0x4000/0x4000"
_MULTICAST = {4: "224.0.0.0/4", 6: "ff00::/8"}
_JUMPS = {
    "nat": ("POSTROUTING", POSTROUTING, "pybernetes masquerade"),
    "filter": ("FORWARD", FORWARD, "pybernetes forward"),
}
_TOOLS = {4: "iptables", 6: "ip6tables"}


def rules(family: int, cluster_cidrs: Sequence[str], own_cidrs: Sequence[str]) -> dict[str, list[str]]:
    """The rules of our chains by table, for one IP family's CIDRs. Pure."""
    nat = [f"-A {POSTROUTING} -m mark --mark {MASQUERADE_MARK} -j RETURN"]
    # Within the cluster nothing is touched, whichever of its ranges the ends are in.
    nat += [f"-A {POSTROUTING} -s {a} -d {b} -j RETURN" for a in cluster_cidrs for b in cluster_cidrs]
    for cidr in cluster_cidrs:
        nat.append(f"-A {POSTROUTING} -s {cidr} ! -d {_MULTICAST[family]} -j MASQUERADE --random-fully")
    nat += [f"-A {POSTROUTING} -d {cidr} -j RETURN" for cidr in own_cidrs]
    nat += [f"-A {POSTROUTING} -d {cidr} -j MASQUERADE --random-fully" for cidr in cluster_cidrs]
    forward = [f"-A {FORWARD} -{way} {cidr} -j ACCEPT" for cidr in cluster_cidrs for way in "sd"]
    return {"nat": nat, "filter": forward}


def restore_text(wanted: dict[str, list[str]], missing_jumps: Iterable[str]) -> str:
    """The input of iptables-restore --noflush. Pure. `missing_jumps` are the tables that need one."""
    missing = set(missing_jumps)
    lines: list[str] = []
    for table, chain_rules in wanted.items():
        built_in, chain, comment = _JUMPS[table]
        lines += [f"*{table}", f":{chain} - [0:0]", *chain_rules]
        if table in missing:
            lines.append(f'-I {built_in} 1 -m comment --comment "{comment}" -j {chain}')
        lines.append("COMMIT")
    return "\n".join(lines) + "\n"


def has_jump(listing: str, table: str) -> bool:
    """Whether `iptables -S <built-in chain>` shows our jump. Pure."""
    built_in, chain, _ = _JUMPS[table]
    return any(line.startswith(f"-A {built_in} ") and line.endswith(f"-j {chain}") for line in listing.splitlines())


async def apply(
    family: int, cluster_cidrs: Sequence[str], own_cidrs: Sequence[str], prefix: Sequence[str] = ()
) -> None:
    """Put the rules in place for one IP family (4 or 6). Raises NetworkCommandError."""
    tool = _TOOLS[family]
    missing = []
    for table, (built_in, _, _) in _JUMPS.items():
        listed = await run_command([*prefix, tool, "-w", "-t", table, "-S", built_in])
        if not has_jump(listed.stdout, table):
            missing.append(table)
    text = restore_text(rules(family, cluster_cidrs, own_cidrs), missing)
    await run_command([*prefix, f"{tool}-restore", "-w", "--noflush"], text)


async def remove(family: int, prefix: Sequence[str] = ()) -> None:
    """Take jumps and chains away, leaving everybody else's rules. Fine where there are none."""
    tool = _TOOLS[family]
    for table, (built_in, chain, comment) in _JUMPS.items():
        command = [*prefix, tool, "-w", "-t", table]
        if (await run_command([*command, "-S", chain], check=False)).code != 0:
            continue
        jump = [built_in, "-m", "comment", "--comment", comment, "-j", chain]
        while (await run_command([*command, "-C", *jump], check=False)).code == 0:
            await run_command([*command, "-D", *jump])
        await run_command([*command, "-F", chain])
        emptied = await run_command([*command, "-X", chain], check=False)
        if emptied.code != 0:
            raise NetworkCommandError(f"{chain} is still used by other rules: {emptied.stderr.strip()}")
