"""The behaviours of policies and webhook configurations when they are written: their expressions are looked at.

What looks at them is imported with the first that is written, since it brings CEL with it.
"""

from __future__ import annotations

from pybernetes.api.field import ErrorList
from pybernetes.api.object import Json
from pybernetes.apiserver.admission.rules import ADMISSION_GROUP
from pybernetes.apiserver.resources.hooks import Hooks


def _check_policy(policy: Json, old: Json | None, errors: ErrorList) -> None:
    from pybernetes.apiserver.admission.policy.acceptance import check_policy

    check_policy(policy, old, errors)


def _check_webhooks(configuration: Json, old: Json | None, errors: ErrorList) -> None:
    from pybernetes.apiserver.admission.policy.acceptance import check_webhooks

    check_webhooks(configuration, old, errors)


_CHECKS = {
    "mutatingadmissionpolicies": _check_policy,
    "validatingadmissionpolicies": _check_policy,
    "mutatingwebhookconfigurations": _check_webhooks,
    "validatingwebhookconfigurations": _check_webhooks,
}
HOOKS = {f"{plural}.{ADMISSION_GROUP}": Hooks(validate=check) for plural, check in _CHECKS.items()}
