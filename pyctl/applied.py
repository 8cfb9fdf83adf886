"""The annotation in which `apply` remembers what it applied last."""

from __future__ import annotations

import json
from typing import Any

from pybernetes.api.object import deep_copy
from pybernetes.pyctl.flags import Flag
from pybernetes.pyctl.output.json_text import compact

Json = dict[str, Any]
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
SAVE_CONFIG = Flag("save-config", "bool", False, help="Remember this configuration in an annotation, for apply.")


def with_last_applied(obj: Json) -> Json:
    """A copy that carries its own text, less the annotation itself, as `apply` will compare with it."""
    copied: Json = deep_copy(obj)
    metadata = copied.setdefault("metadata", {})
    annotations = metadata.get("annotations") or {}
    annotations.pop(LAST_APPLIED, None)
    metadata["annotations"] = annotations
    metadata["annotations"] = {**annotations, LAST_APPLIED: compact(copied) + "\n"}
    return copied


def last_applied(obj: Json) -> Json | None:
    """What was applied last, or None when nothing has been."""
    text = ((obj.get("metadata") or {}).get("annotations") or {}).get(LAST_APPLIED)
    if not text:
        return None
    value = json.loads(text)
    return value if isinstance(value, dict) else None
