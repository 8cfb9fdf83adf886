"""What the API server counts, under kube-apiserver's names."""

from __future__ import annotations

from prometheus_client import Counter

from pybernetes.apiserver.http import Answer, Upgrade
from pybernetes.apiserver.paths import PathInfo

_REQUESTS = Counter(
    "apiserver_request_total",
    "Requests answered, by verb, resource and code",
    ["verb", "group", "version", "resource", "subresource", "code"],
)


class RequestCounter:
    """Counts answers. The counter of a combination is looked up once: that is most of what counting costs."""

    def __init__(self) -> None:
        self._counters: dict[tuple[str, str, str, str, str, int], Counter] = {}

    def count(self, verb: str, info: PathInfo, answer: Answer) -> None:
        code = 101 if isinstance(answer, Upgrade) else answer.status
        known = code != 404 or not info.resource
        resource = info.resource if known else ""
        key = (verb, info.group if known else "", info.version if known else "", resource, info.subresource, code)
        counter = self._counters.get(key)
        if counter is None:
            counter = self._counters[key] = _REQUESTS.labels(
                verb.upper(), key[1], key[2], key[3], key[4] if known else "", str(code)
            )
        counter.inc()


REQUESTS = RequestCounter()
