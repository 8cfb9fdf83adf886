"""What differs between resources when they are written: one small file a resource, all through these hooks.

A hook runs at its point of the generic verb, after admission and before validation for `before_*`, and once the
write is in the store for `after_*`. `before_*` hooks may allocate; what they allocated is given back by the undo
that they return if the write does not happen. Subresources with a verb of their own (binding, eviction, scale,
token) are functions in `subresources`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pybernetes.api.field import ErrorList
from pybernetes.api.object import Json

if TYPE_CHECKING:
    from pybernetes.apiserver.http import Answer
    from pybernetes.apiserver.rest.context import Context

Undo = Callable[[], Awaitable[None]]
BeforeCreate = Callable[["Context", Json], Awaitable[Undo | None]]
BeforeUpdate = Callable[["Context", Json, Json], Awaitable[Undo | None]]
AfterDelete = Callable[["Context", Json], Awaitable[None]]
Handler = Callable[["Context"], Awaitable["Answer"]]


@dataclass(frozen=True)
class Hooks:
    """The behaviours of one resource.

    - `before_create(context, obj)` and `before_update(context, new, old)` change the object in place
    - `before_status(context, new, old)`: the same of a write to the status subresource
    - `validate(obj, old, errors)`: rules that need more than `api` has; `old` is None for a create
    - `after_update(context, new, old)`: the new state is in the store; `after_delete(context, obj)`: the object is gone
    - `before_delete(context, obj)`: changes or refuses an object that is to be deleted
    - `default_propagation`: what a delete does with dependents when the request does not say, empty if the objects
      never have any; the client is then sent the `default_propagation_warning`, if there is one
    - `graceful(context, obj, seconds)`: how many seconds a delete waits for the object's owner to finish; 0 deletes now
    - `handlers`: by (verb, subresource), in place of the generic verb
    """

    before_create: BeforeCreate | None = None
    before_update: BeforeUpdate | None = None
    before_status: Callable[[Context, Json, Json], None] | None = None
    validate: Callable[[Json, Json | None, ErrorList], None] | None = None
    after_delete: AfterDelete | None = None
    before_delete: Callable[[Context, Json], None] | None = None
    after_update: Callable[[Context, Json, Json], Awaitable[None]] | None = None
    default_propagation: str = "Background"
    default_propagation_warning: str = ""
    graceful: Callable[[Json, int | None], int] | None = None
    handlers: Mapping[tuple[str, str], Handler] = field(default_factory=dict)


NO_HOOKS = Hooks()
