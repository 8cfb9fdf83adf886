"""The parameters of operations, each declared once: where it stands, its type, and what it does.

An operation is shown with all of its own; what every operation of a path has is written down once for the path, and
in version 2 of the documents those that many paths have once for the document.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass

import orjson

from pybernetes.api.object import Json


@dataclass(frozen=True)
class Parameter:
    """One parameter. `shared`: it is the same wherever it stands, so that version 2 writes it down once."""

    name: str
    type: str = "string"
    place: str = "query"
    description: str = ""
    shared: bool = True

    def v2(self) -> Json:
        return {**self._head(), "type": self.type, "uniqueItems": True}

    def v3(self) -> Json:
        return {**self._head(), "schema": {"type": self.type, "uniqueItems": True}}

    def _head(self) -> Json:
        head: Json = {"name": self.name, "in": self.place}
        if self.description:
            head["description"] = self.description
        if self.place == "path":
            head["required"] = True
        return head


def shared_name(parameter: Json) -> str:
    """What version 2 of the document calls a parameter that it writes down once."""
    digest = hashlib.sha256(orjson.dumps(parameter, option=orjson.OPT_SORT_KEYS)).digest()[:6]
    return f"{parameter['name']}-{base64.urlsafe_b64encode(digest).decode()}"


def object_name(kind: str) -> Parameter:
    return Parameter("name", place="path", description=f"The name of the {kind}.", shared=False)


NAMESPACE = Parameter(
    "namespace", place="path", description="The namespace of the objects, which is also who sees them."
)
PRETTY = Parameter(
    "pretty", description="Whether the answer is laid out for people to read. Browsers and curl get it so."
)
CONTINUE = Parameter("continue", description="The token that came with the last part of a long list, to get the next.")
FIELD_SELECTOR = Parameter(
    "fieldSelector", description="Only objects with these values in these fields. All if not set."
)
LABEL_SELECTOR = Parameter("labelSelector", description="Only objects with these labels. All if not set.")
LIMIT = Parameter("limit", "integer", description="How many objects the answer may have; more follow with continue.")
RESOURCE_VERSION = Parameter("resourceVersion", description="How old the answer may be, or where a watch begins.")
VERSION_MATCH = Parameter("resourceVersionMatch", description="NotOlderThan or Exact: what resourceVersion means.")
INITIAL_EVENTS = Parameter(
    "sendInitialEvents", "boolean", description="Whether a watch begins with what there is, and a bookmark after it."
)
SHARD_SELECTOR = Parameter("shardSelector", description="Only objects that fall into this range of a hash.")
TIMEOUT = Parameter("timeoutSeconds", "integer", description="After how many seconds a list or a watch ends.")
WATCH = Parameter("watch", "boolean", description="Whether changes follow as they happen, in place of a list.")
BOOKMARKS = Parameter(
    "allowWatchBookmarks", "boolean", description="Whether a watch may have events that only tell how far it is."
)
DRY_RUN = Parameter("dryRun", description="All to go through everything and store nothing.", shared=False)
MANAGER = Parameter("fieldManager", description="Who owns the fields that this request sets. Up to 128 characters.")
APPLIER = Parameter(
    "fieldManager", description="Who owns the fields that this request sets. An apply has to say; others may."
)
FIELD_VALIDATION = Parameter(
    "fieldValidation",
    description="Ignore, Warn or Strict: what becomes of fields that are unknown or stand there twice.",
    shared=False,
)
FORCE = Parameter("force", "boolean", description="Whether an apply takes over fields that others own.")
GRACE = Parameter("gracePeriodSeconds", "integer", description="How many seconds the object has to end. 0 is at once.")
BREAKING = Parameter(
    "ignoreStoreReadErrorWithClusterBreakingPotential",
    "boolean",
    description="Whether an object that can no longer be read is deleted without its finalizers. Dangerous.",
)
ORPHAN = Parameter("orphanDependents", "boolean", description="Old form of propagationPolicy: whether dependents stay.")
PROPAGATION = Parameter(
    "propagationPolicy", description="Orphan, Background or Foreground: what becomes of dependents."
)

LIST = (
    BOOKMARKS,
    CONTINUE,
    FIELD_SELECTOR,
    LABEL_SELECTOR,
    LIMIT,
    RESOURCE_VERSION,
    VERSION_MATCH,
    INITIAL_EVENTS,
    SHARD_SELECTOR,
    TIMEOUT,
    WATCH,
)
WRITE = (DRY_RUN, MANAGER, FIELD_VALIDATION)
PATCH = (DRY_RUN, APPLIER, FIELD_VALIDATION, FORCE)
DELETE = (DRY_RUN, GRACE, BREAKING, ORPHAN, PROPAGATION)
DELETE_MANY = (
    CONTINUE,
    DRY_RUN,
    FIELD_SELECTOR,
    GRACE,
    BREAKING,
    LABEL_SELECTOR,
    LIMIT,
    ORPHAN,
    PROPAGATION,
    RESOURCE_VERSION,
    VERSION_MATCH,
    INITIAL_EVENTS,
    SHARD_SELECTOR,
    TIMEOUT,
)

_CONTAINER = Parameter("container", description="The container. It has to be named where a pod has several.")
_STREAMS = (
    Parameter("stderr", "boolean", description="Whether what goes to stderr comes back."),
    Parameter("stdin", "boolean", description="Whether the client sends input."),
    Parameter("stdout", "boolean", description="Whether what goes to stdout comes back."),
    Parameter("tty", "boolean", description="Whether there is a terminal."),
)
PROXY_REST = Parameter("path", place="path", description="The path of the request that is passed on.")
_PROXY = Parameter("path", description="The path of the request that is passed on, in place of what follows proxy.")
CONNECT: dict[str, tuple[Parameter, ...]] = {
    "attach": (_CONTAINER, *_STREAMS),
    "exec": (
        Parameter("command", description="The command and its arguments; no shell reads it."),
        _CONTAINER,
        *_STREAMS,
    ),
    "portforward": (Parameter("ports", "integer", description="The ports of the pod."),),
    "proxy": (_PROXY,),
}
LOG = (
    _CONTAINER,
    Parameter("follow", "boolean", description="Whether further lines follow as they are written."),
    Parameter("insecureSkipTLSVerifyBackend", "boolean", description="Whether the kubelet may have any certificate."),
    Parameter("limitBytes", "integer", description="After how many bytes the answer ends."),
    Parameter("previous", "boolean", description="Whether the lines are those of the container before its restart."),
    Parameter("sinceSeconds", "integer", description="Only lines of so many seconds before now."),
    Parameter("stream", description="All, Stdout or Stderr: which lines."),
    Parameter("tailLines", "integer", description="How many lines from the end."),
    Parameter("timestamps", "boolean", description="Whether each line begins with its time."),
)
LOG_PATH = Parameter("logpath", place="path", description="The path of the log.")
