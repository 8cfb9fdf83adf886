"""Who has a say in writes."""

from __future__ import annotations

from dataclasses import dataclass

from pybernetes.component.flag_set import flag


@dataclass(frozen=True)
class AdmissionOptions:
    """Which plugins are on besides Kubernetes' defaults, which are not, and what they are told."""

    SECTION = "Admission"

    enabled_admission: tuple[str, ...] = flag(
        (), "admission plugins to have besides those that are on by default", name="enable-admission-plugins"
    )
    disabled_admission: tuple[str, ...] = flag((), "admission plugins to leave out", name="disable-admission-plugins")
    admission_control_config_file: str = flag("", "AdmissionConfiguration: what single plugins are told")
    default_not_ready_toleration_seconds: int = flag(
        300, "how long pods tolerate nodes that are not ready, where they do not say"
    )
    default_unreachable_toleration_seconds: int = flag(
        300, "how long pods tolerate nodes that cannot be reached, where they do not say"
    )
