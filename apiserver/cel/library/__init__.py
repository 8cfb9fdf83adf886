"""What Kubernetes adds to CEL, and the extensions of CEL's own that it turns on. One file a library.

- `strings`, `formatting`: more about text, and ``format``
- `sets`, `lists`: what is in a list
- `regex`: finding text by a pattern
- `urls`, `ip`, `cidr`: addresses
- `quantity`, `semver`: numbers with a grammar of their own
- `formats`: the named formats of Kubernetes' names
- `authorizer`: asking who may do what
- `jsonpatch`: only for mutating policies, so not among `LIBRARIES`

Counterpart: apiserver/pkg/cel/library.
"""

from pybernetes.apiserver.cel.library.strings import STRINGS

LIBRARIES = (STRINGS,)
