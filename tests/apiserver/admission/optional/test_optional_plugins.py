"""Plugins that are off by default, each in a server that has it on."""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from pybernetes.api.errors import APIError
from pybernetes.api.object import Json
from pybernetes.apiserver.admission.operation import Operation
from pybernetes.apiserver.admission.optional.always_deny import AlwaysDeny
from pybernetes.apiserver.admission.optional.event_rate_limit import EventRateLimit
from pybernetes.apiserver.admission.optional.image_policy_webhook import asked_of
from pybernetes.apiserver.admission.optional.namespace_exists import NamespaceExists
from pybernetes.apiserver.admission.optional.owner_references_permission_enforcement import newly_blocking
from pybernetes.apiserver.admission.optional.pod_node_selector import labels_of_text
from pybernetes.apiserver.admission.optional.pod_toleration_restriction import covers, merged
from pybernetes.apiserver.options import Options
from pybernetes.component.clock import FakeClock
from tests.apiserver.conftest import ADMIN, Api, config_map, running

PODS = "/api/v1/namespaces/default/pods"
MERGE = "application/merge-patch+json"
Started = Callable[..., AbstractAsyncContextManager[Api]]


@pytest.fixture
def started(tmp_path: Path) -> Started:
    @asynccontextmanager
    async def start(*plugins: str, configuration: str = "") -> AsyncIterator[Api]:
        path = tmp_path / "admission.yaml"
        head = "apiVersion: apiserver.config.k8s.io/v1\nkind: AdmissionConfiguration\n"
        path.write_text(f"{head}plugins: [{{name: {plugins[0]}, configuration: {configuration or '{}'}}}]")
        options = Options(tmp_path, secure_port=-1, enabled_admission=plugins, admission_control_config_file=str(path))
        async with running(options) as server:
            api = Api(server)
            await api.create("/api/v1/namespaces/default/serviceaccounts", {"metadata": {"name": "default"}})
            yield api

    return start


def pod(name: str, **spec: Any) -> Json:
    spec = {"containers": [{"name": "c", "image": "busybox"}], **spec}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec}


async def annotate(api: Api, **annotations: str) -> None:
    prefix = "scheduler.alpha.kubernetes.io/"
    given = {f"{prefix}{key.replace('_', '-')}": value for key, value in annotations.items()}
    await api.ok("PATCH", "/api/v1/namespaces/default", {"metadata": {"annotations": given}}, content_type=MERGE)


async def refused(api: Api, path: str, body: Json) -> tuple[int, str]:
    status, answer = await api.call("POST", path, body)
    return status, answer["message"]


async def test_namespaces(started: Started) -> None:
    async with started("NamespaceAutoProvision", "NamespaceExists") as api:
        path = "/api/v1/namespaces/new/configmaps"
        assert (await api.call("POST", path, config_map("a"), query={"dryRun": "All"}))[0] == 404
        await api.create(path, config_map("a"))
        assert (await api.get("/api/v1/namespaces/new"))["status"] == {"phase": "Active"}
        operation = Operation(
            api.server.state,
            "UPDATE",
            api.server.state.cache.caches["configmaps"].resource,
            "",
            "none",
            "a",
            ADMIN,
            {},
            {},
        )
        with pytest.raises(APIError, match='namespaces "none" not found'):
            await NamespaceExists().validate(operation)


async def test_always_pull_images(started: Started) -> None:
    async with started("AlwaysPullImages") as api:
        volume = {"name": "v", "image": {"reference": "x", "pullPolicy": "Never"}}
        body = pod("a", volumes=[volume])
        body["spec"]["containers"][0] |= {"image": "a:1", "imagePullPolicy": "Never"}
        made = await api.create(PODS, body)
        assert made["spec"]["containers"][0]["imagePullPolicy"] == "Always"
        assert made["spec"]["volumes"][0]["image"]["pullPolicy"] == "Always"


async def test_anti_affinity_is_by_node(started: Started) -> None:
    def away(key: str) -> Json:
        term = {"topologyKey": key, "labelSelector": {}}
        return {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}

    async with started("LimitPodHardAntiAffinityTopology") as api:
        await api.create(PODS, pod("a", affinity=away("kubernetes.io/hostname")))
        assert await refused(api, PODS, pod("b", affinity=away("zone"))) == (
            403,
            'pods "b" is forbidden: affinity.PodAntiAffinity.RequiredDuringScheduling has TopologyKey zone but only '
            "key kubernetes.io/hostname is allowed",
        )


async def test_external_addresses(started: Started) -> None:
    async with started("DenyServiceExternalIPs") as api:
        services = "/api/v1/namespaces/default/services"
        service: Json = {"metadata": {"name": "s"}, "spec": {"ports": [{"port": 80}], "externalIPs": ["1.2.3.4"]}}
        message = 'services "s" is forbidden: Use of external IPs is denied by admission control.'
        assert await refused(api, services, service) == (403, message)
        del service["spec"]["externalIPs"]
        await api.create(services, service)


async def test_extended_resources(started: Started) -> None:
    async with started("ExtendedResourceToleration") as api:
        body = pod("a")
        asked = {"example.com/b": "1", "example.com/a": "1", "cpu": "1"}
        body["spec"]["containers"][0]["resources"] = {"requests": asked, "limits": asked}
        body["spec"]["tolerations"] = [{"key": "example.com/b", "operator": "Exists", "effect": "NoSchedule"}]
        made = await api.create(PODS, body)
        keys = [one["key"] for one in made["spec"]["tolerations"]]
        assert [key for key in keys if key.startswith("example.com")] == ["example.com/b", "example.com/a"]


async def test_node_selectors(started: Started) -> None:
    told = "{podNodeSelectorPluginConfig: {clusterDefaultNodeSelector: env=prod, default: 'env=test,zone=a'}}"
    async with started("PodNodeSelector", configuration=told) as api:
        conflict = "pod node label selector labels conflict with its namespace whitelist"
        assert await refused(api, PODS, pod("a")) == (403, f'pods "a" is forbidden: {conflict}')
        await annotate(api, node_selector="env=test")
        made = await api.create(PODS, pod("a", nodeSelector={"zone": "a"}))
        assert made["spec"]["nodeSelector"] == {"env": "test", "zone": "a"}
        conflict = "pod node label selector conflicts with its namespace node label selector"
        body = pod("b", nodeSelector={"env": "prod"})
        assert await refused(api, PODS, body) == (403, f'pods "b" is forbidden: {conflict}')


def test_selectors_as_text() -> None:
    assert labels_of_text("a=b, c=d") == {"a": "b", "c": "d"} and labels_of_text("") == {}


async def test_tolerations(started: Started) -> None:
    default, allowed = "{key: a, operator: Exists}", "{operator: Exists, effect: NoExecute}"
    told = f"{{default: [{default}], whitelist: [{allowed}, {default}]}}"
    async with started("PodTolerationRestriction", configuration=told) as api:
        made = await api.create(PODS, pod("a"))
        assert {"key": "a", "operator": "Exists"} in made["spec"]["tolerations"]
        body = pod("b", tolerations=[{"key": "b", "operator": "Exists", "effect": "NoSchedule"}])
        conflict = (
            "pod tolerations (possibly merged with cluster default tolerations) conflict with its cluster whitelist"
        )
        assert await refused(api, PODS, body) == (500, conflict)
        await annotate(api, defaultTolerations="[]", tolerationsWhitelist="[]")
        made = await api.create(PODS, body)
        assert all(one["key"] != "a" for one in made["spec"]["tolerations"])
        await annotate(api, tolerationsWhitelist="{")
        assert (await refused(api, PODS, pod("c", tolerations=body["spec"]["tolerations"])))[0] == 500


@pytest.mark.parametrize(
    ("wide", "narrow", "expected"),
    [
        ({"operator": "Exists"}, {"key": "a", "operator": "Equal", "value": "b"}, True),
        ({"key": "a", "operator": "Exists"}, {"key": "b", "operator": "Exists"}, False),
        ({"key": "a", "value": "b"}, {"key": "a", "operator": "Equal", "value": "b", "effect": "NoExecute"}, True),
        ({"key": "a", "value": "b"}, {"key": "a", "operator": "Equal", "value": "c"}, False),
        ({"key": "a", "operator": "Exists", "effect": "NoExecute"}, {"key": "a", "effect": "NoSchedule"}, False),
        (
            {"operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 5},
            {"key": "a", "effect": "NoExecute", "tolerationSeconds": 9},
            False,
        ),
        (
            {"operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 5},
            {"key": "a", "effect": "NoExecute", "tolerationSeconds": 3},
            True,
        ),
    ],
)
def test_which_toleration_covers_which(wide: Json, narrow: Json, expected: bool) -> None:
    assert covers(wide, narrow) is expected


def test_merging_keeps_the_widest() -> None:
    wide, narrow = {"key": "a", "operator": "Exists"}, {"key": "a", "operator": "Equal", "value": "b"}
    assert merged([narrow, wide, copy.deepcopy(wide)]) == [wide]


async def test_owners(started: Started) -> None:
    async with started("OwnerReferencesPermissionEnforcement") as api:
        rules = [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["create"]}]
        role = {"metadata": {"name": "maker"}, "rules": rules}
        await api.create("/apis/rbac.authorization.k8s.io/v1/clusterroles", role)
        binding = {
            "metadata": {"name": "maker"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "maker"},
            "subjects": [{"kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": "jane"}],
        }
        await api.create("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", binding)
        jane, maps = api.as_user("jane"), "/api/v1/namespaces/default/configmaps"
        await jane.create(maps, config_map("free"))
        body = config_map("a")
        owner: Json = {"apiVersion": "v1", "kind": "Pod", "name": "p", "uid": "u"}
        body["metadata"]["ownerReferences"] = [owner]
        status, message = await refused(jane, maps, body)
        assert status == 403 and "cannot set an ownerRef on a resource you can't delete: " in message
        path = "/apis/rbac.authorization.k8s.io/v1/clusterroles/maker"
        rules[0]["verbs"] = ["create", "delete"]
        await api.ok("PATCH", path, {"rules": rules}, content_type=MERGE)
        owner["blockOwnerDeletion"] = True
        status, message = await refused(jane, maps, body)
        assert status == 403
        assert (
            "cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set finalizers on"
            in (message)
        )
        owner["kind"] = "Nothing"
        status, message = await refused(jane, maps, body)
        assert 'Kind Nothing: no matches for kind "Nothing" in version "v1"' in message
        owner |= {"kind": "Pod", "blockOwnerDeletion": False}
        await jane.create(maps, body)


def test_owners_that_wait_from_now_on() -> None:
    def obj(*owners: tuple[str, bool]) -> Json:
        return {"metadata": {"ownerReferences": [{"uid": uid, "blockOwnerDeletion": on} for uid, on in owners]}}

    found = newly_blocking(obj(("a", True), ("b", True), ("c", False)), obj(("a", True), ("b", False)))
    assert [one["uid"] for one in found] == ["b"]
    assert newly_blocking(obj(("a", True)), None) != []


async def test_always_deny(started: Started) -> None:
    async with started("NamespaceExists") as api:
        state = api.server.state
        resource = state.cache.caches["configmaps"].resource
        operation = Operation(state, "CREATE", resource, "", "default", "a", ADMIN, config_map("a"), None)
        message = 'configmaps "a" is forbidden: admission control is denying all modifications'
        for step in (AlwaysDeny().admit, AlwaysDeny().validate):
            with pytest.raises(APIError, match=message):
                await step(operation)


class _Operation:
    def __init__(self, namespace: str = "a"):
        self.dry_run, self.namespace, self.obj = False, namespace, {}


async def test_events_are_limited() -> None:
    clock = FakeClock()
    limits = [{"type": "Namespace", "qps": 1, "burst": 2, "cacheSize": 1}]
    plugin = EventRateLimit(clock, {"limits": limits})
    operation: Any = _Operation()
    for _ in range(2):
        await plugin.validate(operation)
    with pytest.raises(Exception, match="Too many requests: limit reached on type Namespace for key a"):
        await plugin.validate(operation)
    other: Any = _Operation("b")
    await plugin.validate(other)
    await plugin.validate(operation)  # forgotten meanwhile: one name is kept


@pytest.mark.parametrize(
    ("limits", "error"),
    [
        ([], "limits: Required value: must not be empty"),
        ([{"type": "Odd"}], 'limits\\[0\\].type: Unsupported value: "Odd"'),
        ([{"type": "User", "qps": 1, "burst": 0}], "limits\\[0\\].burst: Invalid value: 0: must be positive"),
        ([{"type": "User", "qps": 1, "burst": 1, "cacheSize": -1}], "must not be negative"),
    ],
)
def test_limits_that_cannot_be(limits: list[Json], error: str) -> None:
    with pytest.raises(ValueError, match=error):
        EventRateLimit(FakeClock(), {"limits": limits})


def test_what_an_image_policy_is_asked() -> None:
    body = pod("a", initContainers=[{"name": "i", "image": "x:1"}])
    body["spec"]["containers"][0]["image"] = "y:1"
    body["metadata"]["annotations"] = {"my.image-policy.k8s.io/ticket": "1", "other": "2"}
    assert asked_of(body, "default") == {
        "containers": [{"image": "y:1"}, {"image": "x:1"}],
        "annotations": {"my.image-policy.k8s.io/ticket": "1"},
        "namespace": "default",
    }
