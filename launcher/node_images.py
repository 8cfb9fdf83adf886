"""Images for a cluster's nodes, built where needed and imported: ``python -m pybernetes.launcher.node_images DIR``.

The pause image first, on every node, since no pod starts without it; then the others, which examples use. A job: it
ends when all is there. Where nothing is built yet and no package archive can be reached it fails, and is tried again.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

from pybernetes.component.clock import SYSTEM_CLOCK, Clock
from pybernetes.launcher.imagebuild import build_images, import_images
from pybernetes.launcher.imagebuild.recipes import RECIPES
from pybernetes.launcher.plan import Plan, read_plan

# containerd listens within 0.1 s of its node's start; nodes start with the control plane.
_SOCKET_SECONDS = 60.0
_POLL_SECONDS = 0.05


async def run(plan: Plan, clock: Clock = SYSTEM_CLOCK) -> None:
    """Raises PackageError, RuntimeError."""
    sockets = [node.containerd_directory / "containerd.sock" for node in plan.nodes]
    pause = [recipe for recipe in RECIPES if recipe.name == "pause"]
    others = [recipe for recipe in RECIPES if recipe.name != "pause"]
    for recipes in (pause, others):
        images = await asyncio.to_thread(build_images, Path(plan.cache_dir), recipes)
        for socket in sockets:
            await _wait_for(socket, clock)
            imported = await import_images(socket, images)
            for image in imported:
                print(f"{socket.parent.parent.name}: {image.reference}", flush=True)


async def _wait_for(socket: Path, clock: Clock) -> None:
    deadline = clock.monotonic() + _SOCKET_SECONDS
    while not socket.exists():
        if clock.monotonic() > deadline:
            raise RuntimeError(f"{socket} did not appear")
        await clock.sleep(_POLL_SECONDS)


async def _until_told_to_stop(plan: Plan) -> None:
    """Run; SIGTERM cancels, so that what is importing right now is ended too."""
    task = asyncio.current_task()
    assert task is not None, "a coroutine that runs has a task"
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    await run(plan)


def main(data_dir: str) -> int:
    plan = read_plan(Path(data_dir))
    if plan is None:
        print(f"{data_dir} is no cluster's directory", file=sys.stderr)
        return 1
    try:
        asyncio.run(_until_told_to_stop(plan))
    except asyncio.CancelledError:
        return 128 + signal.SIGTERM
    plan.images_done.touch()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
