"""The kernel's network state, read and changed through iproute2.

`ip -json` and `bridge -json` tell what is there (five processes, 8 ms in all here), `ip -batch` and
`bridge -batch` take all changes of a plan in one process each. Why not netlink from Python: pyroute2 would be one
more dependency that every node loads and keeps, for something that happens when a node joins or leaves; iproute2 is
on every node anyway, as iptables is, and a line of a batch can be typed by hand.

`prefix` runs the tools elsewhere: ("nsenter", "--net=/run/netns/node-1") for a node in a namespace of its own.
"""

from __future__ import annotations

import asyncio
import json
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pybernetes.network.vxlan import Change, Device, Kernel

# iproute2 answers in milliseconds; a machine that swaps may need seconds.
COMMAND_TIMEOUT_SECONDS = 30.0
DEFAULT_MTU_BYTES = 1500


class NetworkCommandError(RuntimeError):
    """A network tool failed; the message has its command, its input and what it said."""


@dataclass(frozen=True, slots=True)
class Output:
    code: int
    stdout: str
    stderr: str


async def run_command(command: Sequence[str], text: str = "", check: bool = True) -> Output:
    """Run a tool with `text` as its input. Raises NetworkCommandError if it fails (unless `check` is false)."""
    process = await asyncio.create_subprocess_exec(
        *command,
        # A tool that reads no input may be gone before it is written to, which uvloop takes for a fault of ours.
        stdin=asyncio.subprocess.PIPE if text else asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        out, err = await asyncio.wait_for(process.communicate(text.encode() if text else None), COMMAND_TIMEOUT_SECONDS)
    except TimeoutError as error:
        raise NetworkCommandError(f"{shlex.join(command)}: no answer in {COMMAND_TIMEOUT_SECONDS} s") from error
    finally:
        if process.returncode is None:  # too slow, or we are being cancelled: leave no tool behind
            process.kill()
            await process.wait()
    output = Output(process.returncode or 0, out.decode(errors="replace"), err.decode(errors="replace"))
    if check and output.code != 0:
        raise NetworkCommandError(f"{shlex.join(command)}: {output.stderr.strip()}\n{text}")
    return output


class Links:
    """The network state of this machine, or of where `prefix` leads."""

    def __init__(self, prefix: Sequence[str] = ()) -> None:
        self._prefix = tuple(prefix)

    async def read(self, device: str) -> Kernel:
        """The tunnel device and what hangs on it; an empty Kernel if there is none."""
        links = await self._json(["ip", "-details", "-json", "addr", "show", "dev", device], may_fail=True)
        if not links:
            return Kernel()
        routes = [
            *await self._json(["ip", "-4", "-json", "route", "show", "dev", device]),
            *await self._json(["ip", "-6", "-json", "route", "show", "dev", device]),
        ]
        neighbours = await self._json(["ip", "-json", "neigh", "show", "dev", device, "nud", "permanent"])
        forwarding = await self._json(["bridge", "-json", "fdb", "show", "dev", device])
        return kernel(links[0], routes, neighbours, forwarding)

    async def apply(self, changes: Sequence[Change]) -> None:
        """Make the changes, in order, and go on after one that fails.

        Raises NetworkCommandError at the end for those that failed: the next plan, made from what then is,
        has them again.
        """
        failed: list[str] = []
        for tool, lines in _runs(changes):
            text = "\n".join(lines) + "\n"
            output = await run_command([*self._prefix, tool, "-force", "-batch", "-"], text, check=False)
            if output.code != 0:
                failed.append(f"{tool}: {output.stderr.strip()} in\n{text}")
        if failed:
            raise NetworkCommandError("\n".join(failed))

    async def mtu_of(self, address: str) -> int:
        """The MTU of the interface that has an address; DEFAULT_MTU_BYTES if none has it."""
        for link in await self._json(["ip", "-json", "addr", "show"]):
            if any(each.get("local") == address for each in link.get("addr_info") or ()):
                return int(link["mtu"])
        return DEFAULT_MTU_BYTES

    async def remove_link(self, name: str) -> None:
        """Delete an interface; fine if there is none."""
        if (await run_command([*self._prefix, "ip", "link", "show", name], check=False)).code == 0:
            await run_command([*self._prefix, "ip", "link", "del", name])

    async def enable_forwarding(self, ipv6: bool) -> None:
        """Let the kernel route packets between pods, nodes and the world."""
        files = ["/proc/sys/net/ipv4/ip_forward"]
        if ipv6:
            files.append("/proc/sys/net/ipv6/conf/all/forwarding")
        for file in files:
            await run_command([*self._prefix, "sh", "-c", f"echo 1 > {file}"])

    async def _json(self, command: Sequence[str], may_fail: bool = False) -> list[dict[str, Any]]:
        output = await run_command([*self._prefix, *command], check=not may_fail)
        if output.code != 0 or not output.stdout.strip():
            return []
        return [entry for entry in json.loads(output.stdout) if entry]


def kernel(
    link: dict[str, Any],
    routes: Sequence[dict[str, Any]],
    neighbours: Sequence[dict[str, Any]],
    forwarding: Sequence[dict[str, Any]],
) -> Kernel:
    """iproute2's JSON as a Kernel. Pure. What the kernel itself adds (link-local, multicast) is left out."""
    info = link["linkinfo"]["info_data"]
    return Kernel(
        device=Device(
            vni=info["id"],
            port=info["port"],
            local=str(info.get("local") or info.get("local6") or ""),
            learning=bool(info.get("learning")),
            mac=link["address"],
            mtu=link["mtu"],
            up="UP" in link["flags"],
        ),
        addresses=frozenset(
            f"{each['local']}/{each['prefixlen']}" for each in link["addr_info"] if each["scope"] == "global"
        ),
        routes=frozenset((route["dst"], route["gateway"]) for route in routes if "gateway" in route),
        neighbours=frozenset((each["dst"], each["lladdr"]) for each in neighbours if "lladdr" in each),
        forwarding=frozenset((each["mac"], each["dst"]) for each in forwarding if "dst" in each),
    )


def _runs(changes: Sequence[Change]) -> list[tuple[str, list[str]]]:
    """Neighbouring changes of one tool together, keeping the order."""
    runs: list[tuple[str, list[str]]] = []
    for change in changes:
        if not runs or runs[-1][0] != change.tool:
            runs.append((change.tool, []))
        runs[-1][1].append(change.line)
    return runs
