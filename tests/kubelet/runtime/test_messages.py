"""Our values to CRI's messages and back, and gRPC's failures to exceptions."""

from __future__ import annotations

import pytest

from pybernetes.kubelet.runtime import errors, requests, responses
from pybernetes.kubelet.runtime.cri import wire as cri
from pybernetes.kubelet.runtime.types import (
    ContainerConfig,
    ContainerSecurity,
    ContainerState,
    Mount,
    MountPropagation,
    NamespaceMode,
    Namespaces,
    PortMapping,
    Protocol,
    Resources,
    SandboxConfig,
    SandboxSecurity,
    SecurityProfile,
)


def test_a_sandbox_on_the_hosts_network() -> None:
    message = requests.sandbox_config(
        SandboxConfig(
            "p",
            "u",
            "ns",
            port_mappings=(PortMapping(80, 8080, Protocol.UDP),),
            cgroup_parent="/kubepods/podu",
            security=SandboxSecurity(namespaces=Namespaces(network=NamespaceMode.NODE), run_as_user=0),
        )
    )
    context = message.linux.security_context
    assert context.namespace_options.network == 2
    assert context.HasField("run_as_user")
    assert not context.HasField("run_as_group")
    assert not message.HasField("dns_config")
    assert message.port_mappings[0].protocol == 1
    assert message.linux.cgroup_parent == "/kubepods/podu"


def test_resources_and_mounts_survive_the_way_there_and_back() -> None:
    limits = Resources(100_000, 5000, 102, 1 << 20, 1 << 20, 999, "0-1", "0", {"2MB": 4}, {"memory.high": "1"})
    assert responses.resources(requests.resources(limits)) == limits
    mount = Mount("/data", "/srv/x", readonly=True, propagation=MountPropagation.BIDIRECTIONAL)
    config = requests.container_config(ContainerConfig("c", "img", mounts=(mount,)))
    status = responses.container_status(cri.ContainerStatus(mounts=config.mounts, state=2))
    assert status.mounts == (mount,)
    assert status.state is ContainerState.EXITED


def test_profiles_and_groups() -> None:
    message = requests.container_config(
        ContainerConfig(
            "c",
            "img",
            security=ContainerSecurity(
                run_as_user=1000, supplemental_groups=(7, 8), seccomp=SecurityProfile(), drop_capabilities=("ALL",)
            ),
        )
    ).linux.security_context
    assert message.run_as_user.value == 1000
    assert list(message.supplemental_groups) == [7, 8]
    assert message.HasField("seccomp")
    assert not message.HasField("apparmor")
    assert list(message.capabilities.drop_capabilities) == ["ALL"]


@pytest.mark.parametrize(
    ("name", "number"),
    [("", 0), ("SIGTERM", 23), ("SIGKILL", 13), ("SIGRTMIN", 35), ("SIGRTMIN+3", 38), ("SIGRTMAX-14", 51)],
)
def test_stop_signals(name: str, number: int) -> None:
    assert requests.signal_number(name) == number
    assert responses.signal_name(number) == name


def test_a_stop_signal_nobody_knows() -> None:
    with pytest.raises(ValueError, match="SIGWHAT"):
        requests.signal_number("SIGWHAT")


def test_states_of_a_later_cri_make_the_kubelet_look_again() -> None:
    assert responses.container(cri.Container(state=9)).state is ContainerState.UNKNOWN


def test_details_are_decoded_where_they_are_json() -> None:
    assert responses.info({"a": '{"pid": 1}', "b": "plain"}) == {"a": {"pid": 1}, "b": "plain"}


@pytest.mark.parametrize(
    ("number", "kind", "text"),
    [
        (5, errors.NotFound, "rpc error: code = NotFound desc = no"),
        (14, errors.Unavailable, "rpc error: code = Unavailable desc = no"),
        (4, errors.DeadlineExceeded, "rpc error: code = DeadlineExceeded desc = no"),
        (2, errors.RuntimeFailure, "rpc error: code = Unknown desc = no"),
        (99, errors.RuntimeFailure, "rpc error: code = Unknown desc = no"),
    ],
)
def test_failures(number: int, kind: type[errors.RuntimeFailure], text: str) -> None:
    failure = errors.failure("Exec", number, "no")
    assert type(failure) is kind
    assert str(failure) == text
    assert failure.method == "Exec"


@pytest.mark.parametrize(
    ("message", "reason", "told"),
    [
        ("failed to resolve x", "ErrImagePull", "rpc error: code = Unknown desc = failed to resolve x"),
        (
            "RegistryUnavailable: 502",
            "RegistryUnavailable",
            "image pull failed for img because the registry is unavailable: 502",
        ),
        (
            "SignatureValidationFailed",
            "SignatureValidationFailed",
            "image pull failed for img because the signature validation failed",
        ),
    ],
)
def test_what_a_pod_says_of_a_failed_pull(message: str, reason: str, told: str) -> None:
    assert errors.pull_failure("img", errors.RuntimeFailure("PullImage", message)) == (reason, told)
