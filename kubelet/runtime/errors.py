"""What goes wrong when the container runtime is asked, as exceptions, and what a pod's status says of it.

A gRPC status code becomes a class here; `str()` of one reads as Kubernetes prints it
("rpc error: code = NotFound desc = ..."), because users and dashboards search events for that text.
`.message` is the runtime's own description alone.

Who may retry: `Unavailable` and `DeadlineExceeded` say nothing of whether the call took effect; every CRI
call that the kubelet repeats is idempotent or is looked up by name (`AlreadyExists`) afterwards.
"""

from __future__ import annotations


class RuntimeFailure(Exception):
    """A CRI call failed. `method` is the CRI method, `code` gRPC's name of the status, `message` its text."""

    code = "Unknown"

    def __init__(self, method: str, message: str) -> None:
        super().__init__(method, message)
        self.method = method
        self.message = message

    def __str__(self) -> str:
        return f"rpc error: code = {self.code} desc = {self.message}"


class Cancelled(RuntimeFailure):
    """The runtime gave the call up because its client did."""

    code = "Canceled"


class InvalidArgument(RuntimeFailure):
    """The runtime refuses the request as it stands: repeating it unchanged cannot help."""

    code = "InvalidArgument"


class DeadlineExceeded(RuntimeFailure):
    """No answer in time; for exec_sync also: the command ran longer than its timeout and was killed."""

    code = "DeadlineExceeded"


class NotFound(RuntimeFailure):
    """No such sandbox, container or image (for a pull: no such repository or tag)."""

    code = "NotFound"


class AlreadyExists(RuntimeFailure):
    """The name (pod and attempt, or container and attempt) is taken."""

    code = "AlreadyExists"


class PermissionDenied(RuntimeFailure):
    """Refused, also after authentication."""

    code = "PermissionDenied"


class ResourceExhausted(RuntimeFailure):
    """A limit was hit; for a list, the answer was larger than the message limit."""

    code = "ResourceExhausted"


class FailedPrecondition(RuntimeFailure):
    """The object is not in the state that the call needs."""

    code = "FailedPrecondition"


class Aborted(RuntimeFailure):
    """A concurrent call was in the way."""

    code = "Aborted"


class OutOfRange(RuntimeFailure):
    """A value outside what the runtime accepts."""

    code = "OutOfRange"


class Unimplemented(RuntimeFailure):
    """This runtime has no such method (GetContainerEvents before containerd 1.7, for one)."""

    code = "Unimplemented"


class Internal(RuntimeFailure):
    """The runtime broke one of its own invariants."""

    code = "Internal"


class Unavailable(RuntimeFailure):
    """Nobody answers at the runtime's address, or it went away during the call."""

    code = "Unavailable"


class DataLoss(RuntimeFailure):
    """The runtime lost what was asked for."""

    code = "DataLoss"


class Unauthenticated(RuntimeFailure):
    """Credentials are missing or wrong."""

    code = "Unauthenticated"


# gRPC's numbers (grpc.StatusCode.X.value[0]); 2, Unknown, is the base class.
BY_STATUS_NUMBER: dict[int, type[RuntimeFailure]] = {
    1: Cancelled,
    3: InvalidArgument,
    4: DeadlineExceeded,
    5: NotFound,
    6: AlreadyExists,
    7: PermissionDenied,
    8: ResourceExhausted,
    9: FailedPrecondition,
    10: Aborted,
    11: OutOfRange,
    12: Unimplemented,
    13: Internal,
    14: Unavailable,
    15: DataLoss,
    16: Unauthenticated,
}

# Reasons of a waiting container whose image is the matter (Kubernetes: pkg/kubelet/images/types.go).
ERR_IMAGE_PULL = "ErrImagePull"
ERR_REGISTRY_UNAVAILABLE = "RegistryUnavailable"
ERR_SIGNATURE_VALIDATION = "SignatureValidationFailed"


def failure(method: str, status_number: int, message: str) -> RuntimeFailure:
    """The exception for a gRPC status number; numbers nobody knows are RuntimeFailure itself."""
    return BY_STATUS_NUMBER.get(status_number, RuntimeFailure)(method, message)


def pull_failure(image: str, error: RuntimeFailure) -> tuple[str, str]:
    """The waiting reason and message for a failed pull (Kubernetes: evalCRIPullErr).

    Runtimes that tell an unreachable registry or a bad signature apart begin their description with the
    reason's name; everything else is ErrImagePull with the runtime's text as it is.
    """
    if error.message.startswith(ERR_REGISTRY_UNAVAILABLE):
        return (
            ERR_REGISTRY_UNAVAILABLE,
            f"image pull failed for {image} because the registry is unavailable{_rest(error.message)}",
        )
    if error.message.startswith(ERR_SIGNATURE_VALIDATION):
        return (
            ERR_SIGNATURE_VALIDATION,
            f"image pull failed for {image} because the signature validation failed{_rest(error.message)}",
        )
    return ERR_IMAGE_PULL, str(error)


def _rest(message: str) -> str:
    """What a description says after its leading reason: ": details", or nothing."""
    _, colon, details = message.partition(":")
    return f": {details.strip()}" if colon else ""
