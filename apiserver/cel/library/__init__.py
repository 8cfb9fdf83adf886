"""What Kubernetes adds to CEL, and the extensions of CEL's own that it turns on. One file a library.

- `strings`, `formatting`: more about text, and ``format``
- `sets`, `lists`: what is in a list; `list_making`: lists made of lists
- `regex`: finding text by a pattern
- `urls`, `ip`: addresses and networks
- `quantity`, `semver`: numbers with a grammar of their own
- `formats`: the named formats of Kubernetes' names
- `authorizer`: asking who may do what
- `jsonpatch`: only for mutating policies, so not among `LIBRARIES`

Counterpart: apiserver/pkg/cel/library.
"""

from pybernetes.apiserver.cel.library.authorizer import AUTHORIZATION
from pybernetes.apiserver.cel.library.formats import NAMED_FORMATS
from pybernetes.apiserver.cel.library.ip import ADDRESSES
from pybernetes.apiserver.cel.library.list_making import LIST_MAKING
from pybernetes.apiserver.cel.library.lists import LISTS
from pybernetes.apiserver.cel.library.quantity import QUANTITIES
from pybernetes.apiserver.cel.library.regex import REGEX
from pybernetes.apiserver.cel.library.semver import SEMVERS
from pybernetes.apiserver.cel.library.sets import SETS
from pybernetes.apiserver.cel.library.strings import STRINGS
from pybernetes.apiserver.cel.library.urls import URLS

LIBRARIES = (
    STRINGS,
    SETS,
    LISTS,
    LIST_MAKING,
    REGEX,
    URLS,
    ADDRESSES,
    QUANTITIES,
    SEMVERS,
    NAMED_FORMATS,
    AUTHORIZATION,
)
