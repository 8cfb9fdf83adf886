"""Layers and configurations as one OCI archive: an image layout in a tar, which `ctr images import` reads.

One archive may hold several tags of a repository: their common layers are in it once. Pure: values to bytes.
"""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pybernetes.launcher.imagebuild.layer import Layer, digest

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"


@dataclass(frozen=True, slots=True)
class Run:
    """How a container of the image runs unless its pod says otherwise."""

    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    env: tuple[str, ...] = ("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",)
    user: str = ""
    stop_signal: str = ""
    ports: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tagged:
    """One image: its full reference, its layers from the bottom up, and how it runs."""

    reference: str
    layers: Sequence[Layer]
    run: Run


def archive(images: Sequence[Tagged], architecture: str) -> tuple[bytes, dict[str, str]]:
    """The archive's bytes, and the manifest digest of each reference."""
    blobs: dict[str, bytes] = {}
    digests: dict[str, str] = {}
    index: list[dict[str, Any]] = []
    for image in images:
        config = _json(image_config(image, architecture))
        manifest = _json(
            {
                "schemaVersion": 2,
                "mediaType": MANIFEST,
                "config": _descriptor(CONFIG, config),
                "layers": [_descriptor(LAYER, layer.content) for layer in image.layers],
            }
        )
        for blob in (config, manifest, *(layer.content for layer in image.layers)):
            blobs[digest(blob)] = blob
        digests[image.reference] = digest(manifest)
        index.append(
            {
                **_descriptor(MANIFEST, manifest),
                "platform": {"os": "linux", "architecture": architecture},
                "annotations": {
                    "io.containerd.image.name": image.reference,
                    "org.opencontainers.image.ref.name": image.reference.rpartition(":")[2],
                },
            }
        )
    files = {
        "oci-layout": _json({"imageLayoutVersion": "1.0.0"}),
        "index.json": _json({"schemaVersion": 2, "manifests": index}),
        **{f"blobs/{address.replace(':', '/')}": blob for address, blob in blobs.items()},
    }
    return _tar(files), digests


def image_config(image: Tagged, architecture: str) -> dict[str, Any]:
    """OCI image configuration."""
    run = image.run
    config = {
        "Entrypoint": list(run.entrypoint),
        "Cmd": list(run.command),
        "Env": list(run.env),
        "User": run.user,
        "StopSignal": run.stop_signal,
        "ExposedPorts": {port: {} for port in run.ports},
        "Labels": dict(run.labels),
        "WorkingDir": "/",
    }
    return {
        "architecture": architecture,
        "os": "linux",
        "created": "1970-01-01T00:00:00Z",
        "config": {name: value for name, value in config.items() if value},
        "rootfs": {"type": "layers", "diff_ids": [layer.digest for layer in image.layers]},
        "history": [{"created": "1970-01-01T00:00:00Z", "created_by": "hack/images"} for _ in image.layers],
    }


def _descriptor(media_type: str, blob: bytes) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": digest(blob), "size": len(blob)}


def _json(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def _tar(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name in sorted(files):
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(files[name]), 0o644
            tar.addfile(info, io.BytesIO(files[name]))
    return buffer.getvalue()
