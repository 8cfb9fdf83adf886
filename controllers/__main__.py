"""``python -m pybernetes.controllers``: the control loops as a process of their own."""

from __future__ import annotations

import sys
from argparse import Namespace

from pybernetes.client.https import connect
from pybernetes.component.flags import (
    add_client_flags,
    add_leader_election_flags,
    component_parser,
    configure_logs,
)
from pybernetes.component.process import run_component
from pybernetes.component.serving import serve_health
from pybernetes.controllers.manager import run
from pybernetes.controllers.options import Options, add_options, options_from

_NAME = "kube-controller-manager"
_HEALTH_PORT = 10257


def _parse(arguments: list[str]) -> tuple[Namespace, Options]:
    parser = component_parser("controllers", "The control loops of the cluster.")
    add_client_flags(parser)
    parser.add_argument(
        "--healthz-port", "--secure-port", type=int, default=_HEALTH_PORT, help="port of health and metrics, over HTTP"
    )
    add_leader_election_flags(parser)
    add_options(parser)
    parsed = parser.parse_args(arguments)
    try:
        return parsed, options_from(parsed)
    except ValueError as error:
        parser.error(str(error))


async def _main(parsed: Namespace, options: Options) -> None:
    async with (
        connect(parsed.kubeconfig, user_agent=_NAME) as client,
        serve_health(parsed.healthz_bind_address, parsed.healthz_port),
    ):
        await run(client, options)


def main(arguments: list[str] | None = None) -> int:
    """The exit code: 0 when told to stop, 1 when a controller failed or leadership was lost."""
    parsed, options = _parse(sys.argv[1:] if arguments is None else arguments)
    configure_logs(parsed)
    return run_component(_NAME, _main(parsed, options))


if __name__ == "__main__":
    sys.exit(main())
