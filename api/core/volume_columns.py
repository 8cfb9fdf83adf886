"""The columns of volumes and claims. Counterpart: printPersistentVolume* in pkg/printers/internalversion."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from pybernetes.api.columns import AGE, NAME, WIDE, text_of
from pybernetes.api.core.claim_warnings import BETA_STORAGE_CLASS
from pybernetes.api.definition import Column
from pybernetes.api.object import Json, annotations_of, is_deleting

_UNSET = "<unset>"
_SHORT_MODES = {
    "ReadWriteOnce": "RWO",
    "ReadOnlyMany": "ROX",
    "ReadWriteMany": "RWX",
    "ReadWriteOncePod": "RWOP",
}


def _short_modes(modes: Sequence[str]) -> str:
    return ",".join(short for mode, short in _SHORT_MODES.items() if mode in modes)


def _status(obj: Json, now: datetime) -> str:
    return "Terminating" if is_deleting(obj) else str((obj.get("status") or {}).get("phase") or "")


def _class(obj: Json, now: datetime) -> str:
    beta = annotations_of(obj).get(BETA_STORAGE_CLASS)
    return str(beta if beta is not None else (obj.get("spec") or {}).get("storageClassName") or "")


def _or_unset(field: str) -> Callable[[Json, datetime], str]:
    def cell(obj: Json, now: datetime) -> str:
        value = (obj.get("spec") or {}).get(field)
        return _UNSET if value is None else str(value)

    return cell


_STORAGE_CLASS = Column("StorageClass", _class, description="The storage class that it is of.")
_SETTINGS = Column(
    "VolumeAttributesClass", _or_unset("volumeAttributesClassName"), description="The class of its settings."
)
_MODE = Column("VolumeMode", _or_unset("volumeMode"), priority=WIDE, description="Filesystem or Block.")


def _capacity(volume: Json, now: datetime) -> str:
    return str(((volume.get("spec") or {}).get("capacity") or {}).get("storage") or "0")


def _modes(volume: Json, now: datetime) -> str:
    return _short_modes((volume.get("spec") or {}).get("accessModes") or ())


def _claim(volume: Json, now: datetime) -> str:
    reference = (volume.get("spec") or {}).get("claimRef")
    return f"{reference.get('namespace') or ''}/{reference.get('name') or ''}" if reference is not None else ""


VOLUME_COLUMNS = (
    NAME,
    Column("Capacity", _capacity, description="How large it is."),
    Column("Access Modes", _modes, description="How it can be mounted."),
    Column(
        "Reclaim Policy", text_of("spec", "persistentVolumeReclaimPolicy"), description="What becomes of it afterwards."
    ),
    Column("Status", _status, description="Whether it is in use."),
    Column("Claim", _claim, description="The claim that it is bound to."),
    _STORAGE_CLASS,
    _SETTINGS,
    Column("Reason", text_of("status", "reason"), description="Why it failed."),
    AGE,
    _MODE,
)


def _bound(claim: Json) -> bool:
    return bool((claim.get("spec") or {}).get("volumeName"))


def _claim_capacity(claim: Json, now: datetime) -> str:
    if not _bound(claim):
        return ""
    return str(((claim.get("status") or {}).get("capacity") or {}).get("storage") or "0")


def _claim_modes(claim: Json, now: datetime) -> str:
    return _short_modes((claim.get("status") or {}).get("accessModes") or ()) if _bound(claim) else ""


CLAIM_COLUMNS = (
    NAME,
    Column("Status", _status, description="Whether it has a volume."),
    Column("Volume", text_of("spec", "volumeName"), description="The volume that it is bound to."),
    Column("Capacity", _claim_capacity, description="How large the volume is."),
    Column("Access Modes", _claim_modes, description="How the volume can be mounted."),
    _STORAGE_CLASS,
    _SETTINGS,
    AGE,
    _MODE,
)
