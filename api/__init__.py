"""What a resource is: one folder an API group, one file a resource, and the machinery that all of them share.

- `resources`: the table of everything the API has; imports nothing, so that a process pays for what it uses
- `schema/`: a shape as values, made from a declaration, and what follows from it: decoding, defaults, limits
- `definition`: all that is known of one kind, gathered from its module
- `object`, `quantity`, `intstr`, `duration`, `addresses`, `names`, `selectors`, `hash`: values as they are on the wire
- `field`, `errors`, `difference`: what is wrong, in Kubernetes' words
- `columns`: columns that many kinds share
- `patch/`: changing an object by a patch, and making patches

A write passes ``Decoder.decode`` (types, fixed defaults), ``Definition.set_defaults``, ``prepare_create`` or
``prepare_update`` (``prepare_status`` for a status), admission, ``schema.constraints`` and ``Definition.validate*``.
Everything here is a pure function of objects; nothing reads a clock, a file or a socket.
"""
