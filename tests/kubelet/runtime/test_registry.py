"""Pulls from a real registry (Debian's docker-registry): what succeeds, and what is said of what fails."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import shutil
import socket
import tarfile
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from pybernetes.kubelet.runtime import errors
from pybernetes.kubelet.runtime.client import Runtime
from pybernetes.kubelet.runtime.types import ImageAuth
from pybernetes.launcher.containerd import Settings, oom_score_limited, start_containerd, write_registry
from pybernetes.launcher.imagebuild import build_images

CACHE = Path(__file__).parents[3] / ".cache"
# "user" with the password "secret", bcrypt with cost 4, as htpasswd writes it.
HTPASSWD = "user:$2b$04$m.oU7pYRqSq1yRCF0yrdoe6M4XR.Ia5tI9fA4uKKgkLAYRBCkSDv2\n"


@pytest.fixture
def directory() -> Iterator[Path]:
    """A short path: a Unix socket's name may have 107 characters."""
    made = Path(f"/tmp/pyb-r{os.getpid()}")
    made.mkdir()
    yield made
    shutil.rmtree(made)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def registry(directory: Path, htpasswd: str = "") -> AsyncIterator[str]:
    """A registry on loopback; its host:port."""
    assert shutil.which("docker-registry"), "this test needs the package docker-registry"
    port = free_port()
    auth = ""
    if htpasswd:
        (directory / "htpasswd").write_text(htpasswd)
        auth = f"auth:\n  htpasswd:\n    realm: test\n    path: {directory / 'htpasswd'}\n"
    config = directory / f"registry-{port}.yml"
    config.write_text(
        f"version: 0.1\nlog:\n  level: error\nstorage:\n  filesystem:\n    rootdirectory: {directory}/data-{port}\n"
        f"http:\n  addr: 127.0.0.1:{port}\n  secret: test\n{auth}"
    )
    with (directory / f"registry-{port}.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec("docker-registry", "serve", str(config), stdout=log, stderr=log)
    try:
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                await writer.wait_closed()
                break
            except ConnectionRefusedError:
                assert process.returncode is None, "docker-registry does not start"
                await asyncio.sleep(0.02)
        yield f"127.0.0.1:{port}"
    finally:
        process.terminate()
        await process.wait()


def push(host: str, repository: str, tag: str, archive: Path, auth: str = "") -> None:
    """Push the first image of an OCI archive over the registry's HTTP API."""
    headers = {"Authorization": f"Basic {base64.b64encode(auth.encode()).decode()}"} if auth else {}

    def send(method: str, url: str, body: bytes = b"", kind: str = "application/octet-stream") -> str:
        request = urllib.request.Request(url, body, {**headers, "Content-Type": kind}, method=method)
        with urllib.request.urlopen(request) as answer:
            return str(answer.headers.get("Location", ""))

    with tarfile.open(archive) as tar:

        def blob(digest: str) -> bytes:
            member = tar.extractfile(f"blobs/{digest.replace(':', '/')}")
            assert member is not None
            return member.read()

        index = tar.extractfile("index.json")
        assert index is not None
        entry = json.load(index)["manifests"][0]
        content = blob(entry["digest"])
        manifest = json.loads(content)
        for part in (manifest["config"], *manifest["layers"]):
            where = send("POST", f"http://{host}/v2/{repository}/blobs/uploads/")
            joint = "&" if "?" in where else "?"
            send("PUT", f"{where}{joint}digest={part['digest']}", blob(part["digest"]))
        send("PUT", f"http://{host}/v2/{repository}/manifests/{tag}", content, entry["mediaType"])


@asynccontextmanager
async def puller(directory: Path) -> AsyncIterator[tuple[Runtime, Settings]]:
    """A containerd that has no image at all."""
    settings = Settings(directory / "node", directory / "cni", oom_score_limited=oom_score_limited())
    containerd = await start_containerd(settings, ["unshare", "--mount"])
    try:
        async with Runtime(containerd.address) as runtime:
            yield runtime, settings
    finally:
        await containerd.stop()


async def failed_pull(runtime: Runtime, image: str, auth: ImageAuth | None = None) -> errors.RuntimeFailure:
    with pytest.raises(errors.RuntimeFailure) as caught:
        await runtime.images.pull(image, auth)
    reason, message = errors.pull_failure(image, caught.value)
    assert reason == "ErrImagePull"
    assert message.startswith(f"rpc error: code = {caught.value.code} desc = ")
    assert image in message
    return caught.value


def busybox() -> Path:
    return next(image.archive for image in build_images(CACHE) if image.archive.stem == "busybox")


async def test_pulls_and_what_is_said_of_those_that_fail(directory: Path) -> None:
    archive = await asyncio.to_thread(busybox)
    async with registry(directory) as host, puller(directory) as (runtime, settings):
        await asyncio.to_thread(push, host, "team/busybox", "1", archive)
        image = f"{host}/team/busybox:1"
        assert await runtime.images.status(image) is None
        pulled = await runtime.images.pull(image)
        status = await runtime.images.status(image)
        assert status is not None
        assert status.id == pulled
        assert status.repo_tags == (image,)
        assert status.repo_digests[0].startswith(f"{host}/team/busybox@sha256:")
        assert status.size_bytes > 1_000_000
        assert [each.id for each in await runtime.images.list(image)] == [pulled]
        assert await runtime.images.pull(status.repo_digests[0]) == pulled
        assert (await runtime.images.filesystem_info()).images[0].mountpoint.startswith(str(directory))

        missing_tag = await failed_pull(runtime, f"{host}/team/busybox:9")
        assert isinstance(missing_tag, errors.NotFound)
        assert "not found" in missing_tag.message
        assert isinstance(await failed_pull(runtime, f"{host}/nobody/nothing:1"), errors.NotFound)
        nobody = await failed_pull(runtime, f"127.0.0.1:{free_port()}/a/b:1")
        assert "connection refused" in nobody.message
        unknown_host = await failed_pull(runtime, "registry.invalid/a/b:1")
        assert "no such host" in unknown_host.message or "lookup" in unknown_host.message

        await runtime.images.remove(image)
        await runtime.images.remove(image)
        assert await runtime.images.status(image) is None

        write_registry(settings, "mirrored.example", "http://127.0.0.1:1", mirrors=[f"http://{host}"])
        assert await runtime.images.pull("mirrored.example/team/busybox:1") == pulled


async def test_credentials(directory: Path) -> None:
    archive = await asyncio.to_thread(busybox)
    async with registry(directory, HTPASSWD) as host, puller(directory) as (runtime, _):
        await asyncio.to_thread(push, host, "team/busybox", "1", archive, "user:secret")
        image = f"{host}/team/busybox:1"
        anonymous = await failed_pull(runtime, image)
        assert "401 Unauthorized" in anonymous.message
        wrong = await failed_pull(runtime, image, ImageAuth("user", "guess"))
        assert "401 Unauthorized" in wrong.message
        assert "guess" not in str(wrong)
        assert await runtime.images.pull(image, ImageAuth("user", "secret"))
        await runtime.images.remove(image)
        encoded = base64.b64encode(b"user:secret").decode()
        assert await runtime.images.pull(image, ImageAuth(auth=encoded))
