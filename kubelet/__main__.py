"""python -m pybernetes.kubelet: the node agent as a process."""

from __future__ import annotations

import sys

from pybernetes.client.https import connect
from pybernetes.component.flags import add_client_flags, component_parser, configure_logs
from pybernetes.component.process import run_component
from pybernetes.kubelet.agent import run
from pybernetes.kubelet.options import Options, add_flags, from_flags


async def _main(kubeconfig: str, options: Options) -> None:
    async with connect(kubeconfig, user_agent=f"kubelet/{options.version}") as client:
        await run(client, options)


def main() -> int:
    parser = component_parser("kubelet", "Runs the pods of one node")
    add_client_flags(parser)
    add_flags(parser)
    flags = parser.parse_args()
    configure_logs(flags)
    try:
        options = from_flags(flags)
    except ValueError as error:
        parser.error(str(error))
    return run_component("kubelet", _main(flags.kubeconfig, options))


if __name__ == "__main__":
    sys.exit(main())
