"""kubernetes_asyncio, unmodified: create, read, watch, patch, delete, and its errors."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from kubernetes_asyncio import client, config, watch
from kubernetes_asyncio.client.exceptions import ApiException

NAMESPACE = "asynchronous"


@pytest.fixture
async def api(kubeconfig: Path) -> AsyncIterator[client.ApiClient]:
    async with await config.new_client_from_config(str(kubeconfig)) as made:
        namespace = client.V1Namespace(metadata=client.V1ObjectMeta(name=NAMESPACE))
        try:
            await client.CoreV1Api(made).create_namespace(namespace)
        except ApiException as error:
            assert error.status == 409
        yield made


async def test_objects_round_trip(api: client.ApiClient) -> None:
    core = client.CoreV1Api(api)
    body = client.V1ConfigMap(metadata=client.V1ObjectMeta(name="settings"), data={"x": "1"})
    made = await core.create_namespaced_config_map(NAMESPACE, body)
    patched = await core.patch_namespaced_config_map("settings", NAMESPACE, {"data": {"y": "2"}})
    assert patched.data == {"x": "1", "y": "2"}
    with pytest.raises(ApiException) as stale:
        await core.replace_namespaced_config_map("settings", NAMESPACE, made)
    assert stale.value.status == 409
    await core.delete_namespaced_config_map("settings", NAMESPACE)
    with pytest.raises(ApiException) as missing:
        await core.read_namespaced_config_map("settings", NAMESPACE)
    assert missing.value.status == 404


async def test_a_watch_goes_on_where_a_list_ended(api: client.ApiClient) -> None:
    core = client.CoreV1Api(api)
    listed = await core.list_namespaced_config_map(NAMESPACE)
    names = [f"cm-{number}" for number in range(5)]
    for name in names:
        await core.create_namespaced_config_map(NAMESPACE, client.V1ConfigMap(metadata=client.V1ObjectMeta(name=name)))
    seen: list[str] = []
    async with watch.Watch() as watching:
        version = listed.metadata.resource_version
        stream = watching.stream(
            core.list_namespaced_config_map, NAMESPACE, resource_version=version, timeout_seconds=20
        )
        async for event in stream:
            if event["type"] == "ADDED" and event["object"].metadata.name in names:
                seen.append(event["object"].metadata.name)
            if len(seen) == len(names):
                break
    assert seen == names


async def test_every_typed_group_can_be_listed(api: client.ApiClient) -> None:
    listed = [
        client.AppsV1Api(api).list_deployment_for_all_namespaces(),
        client.BatchV1Api(api).list_cron_job_for_all_namespaces(),
        client.NetworkingV1Api(api).list_ingress_for_all_namespaces(),
        client.PolicyV1Api(api).list_pod_disruption_budget_for_all_namespaces(),
        client.RbacAuthorizationV1Api(api).list_cluster_role(),
        client.StorageV1Api(api).list_storage_class(),
        client.FlowcontrolApiserverV1Api(api).list_flow_schema(),
        client.AdmissionregistrationV1Api(api).list_validating_admission_policy(),
        client.ResourceV1Api(api).list_device_class(),
        client.ApiregistrationV1Api(api).list_api_service(),
        client.CertificatesV1Api(api).list_certificate_signing_request(),
    ]
    for each in listed:
        assert (await each).items is not None
