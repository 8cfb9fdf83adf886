"""Names, credentials and pulls of images."""

from __future__ import annotations

import base64

import orjson
import pytest

from pybernetes.api.object import Json
from pybernetes.component.clock import FakeClock
from pybernetes.kubelet.durations import format_duration
from pybernetes.kubelet.image_credentials import credentials_for
from pybernetes.kubelet.image_gc import bytes_to_free, removable
from pybernetes.kubelet.image_manager import ImageError, ImageManager
from pybernetes.kubelet.image_reference import InvalidReference, pull_policy, registry_path, with_default_tag
from pybernetes.kubelet.pod_events import PodEvents
from pybernetes.kubelet.runtime.errors import NotFound
from pybernetes.kubelet.runtime.types import Image, ImageAuth
from tests.kubelet.pod_values import pod_of
from tests.kubelet.recorder import MemoryRecorder


@pytest.mark.parametrize(
    ("image", "tagged", "path", "policy"),
    [
        ("nginx", "nginx:latest", "docker.io/library/nginx", "Always"),
        ("nginx:1.25", "nginx:1.25", "docker.io/library/nginx", "IfNotPresent"),
        ("user/app:latest", "user/app:latest", "docker.io/user/app", "Always"),
        ("quay.io/a/b/c", "quay.io/a/b/c:latest", "quay.io/a/b/c", "Always"),
        ("localhost:5000/x:1", "localhost:5000/x:1", "localhost:5000/x", "IfNotPresent"),
        (f"x@sha256:{'a' * 64}", f"x@sha256:{'a' * 64}", "docker.io/library/x", "IfNotPresent"),
    ],
)
def test_names(image: str, tagged: str, path: str, policy: str) -> None:
    assert with_default_tag(image) == tagged
    assert registry_path(image) == path
    assert pull_policy(None, image) == policy
    assert pull_policy("Never", image) == "Never"


@pytest.mark.parametrize("image", ["", "UPPER", "a b", "x:", "x@sha256:short", "http://x/y", "-x"])
def test_what_is_no_name(image: str) -> None:
    with pytest.raises(InvalidReference):
        with_default_tag(image)


def docker_secret(auths: Json) -> Json:
    data = base64.b64encode(orjson.dumps({"auths": auths})).decode()
    return {"type": "kubernetes.io/dockerconfigjson", "data": {".dockerconfigjson": data}}


def test_credentials_the_most_specific_first() -> None:
    auth = base64.b64encode(b"u:p").decode()
    secrets = [
        docker_secret({"quay.io": {"username": "a", "password": "b"}, "https://index.docker.io/v1/": {"auth": auth}}),
        docker_secret({"quay.io/team": {"username": "c", "password": "d"}, "*.example.org": {"auth": auth}}),
        {"type": "Opaque", "data": {}},
        {"type": "kubernetes.io/dockerconfigjson", "data": {".dockerconfigjson": "bm8="}},
    ]
    assert [each.username for each in credentials_for("quay.io/team/x", secrets)] == ["c", "a"]
    assert [each.username for each in credentials_for("quay.io/teams/x", secrets)] == ["a"]
    assert credentials_for("nginx", secrets) == [ImageAuth("u", "p")]
    assert [each.username for each in credentials_for("r.example.org/x", secrets)] == ["u"]
    assert credentials_for("a.b.example.org/x", secrets) == []


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0s"), (0.098, "98ms"), (1.531, "1.531s"), (20, "20s"), (80, "1m20s"), (300, "5m0s"), (3723.5, "1h2m3.5s")],
)
def test_durations(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


class Registry:
    """A runtime's image service in memory; `pulls` lists what was asked for."""

    def __init__(self) -> None:
        self.present: dict[str, Image] = {}
        self.remote: dict[str, Image] = {}
        self.pulls: list[tuple[str, str]] = []

    @property
    def images(self) -> Registry:
        return self

    async def status(self, image: str) -> Image | None:
        return self.present.get(image)

    async def pull(self, image: str, auth: ImageAuth | None, config: object) -> str:
        self.pulls.append((image, auth.username if auth is not None else ""))
        if image not in self.remote:
            raise NotFound("PullImage", f"{image}: not found")
        found = self.remote[image]
        self.present |= {image: found, found.id: found}
        return found.id


async def no_secret(namespace: str, name: str) -> Json | None:
    return None


async def test_a_pull_that_fails_backs_off() -> None:
    clock, registry, told = FakeClock(), Registry(), MemoryRecorder()
    manager = ImageManager(registry, PodEvents(told), clock, no_secret)  # type: ignore[arg-type]
    pod = pod_of({"name": "a", "image": "x:1"})
    container = pod["spec"]["containers"][0]

    async def failed() -> tuple[str, float]:
        with pytest.raises(ImageError) as caught:
            await manager.ensure(pod, container)
        return caught.value.reason, caught.value.retry_seconds

    assert await failed() == ("ErrImagePull", 10.0)
    assert await failed() == ("ImagePullBackOff", 10.0)
    await clock.advance(10)
    assert await failed() == ("ErrImagePull", 20.0)
    await clock.advance(20)
    registry.remote["x:1"] = Image("sha256:9", ("x:1",), (), 1234)
    assert (await manager.ensure(pod, container)).reference == "sha256:9"
    assert (await manager.ensure(pod, container)).reference == "sha256:9"
    assert registry.pulls == [("x:1", "")] * 3
    reasons = [reason for reason, _ in told.told]
    assert reasons == ["Pulling", "Failed", "BackOff", "Pulling", "Failed", "Pulling", "Pulled", "Pulled"]
    assert told.told[-2][1] == ('Successfully pulled image "x:1" in 0s (0s including waiting). Image size: 1234 bytes.')


def image(name: str, size: int, *, pinned: bool = False) -> Image:
    return Image(name, (), (), size, pinned=pinned)


@pytest.mark.parametrize(("available", "expected"), [(20, 0), (16, 0), (15, 5), (10, 10)])
def test_how_much_disk_to_free(available: int, expected: int) -> None:
    assert bytes_to_free(100, available, 85, 80) == expected


def test_the_longest_unused_images_go_first() -> None:
    images = [image("a", 5), image("b", 5), image("c", 5, pinned=True), image("d", 5), image("e", 5)]
    used = {"a": 300.0, "b": 100.0, "c": 0.0, "d": 0.0, "e": 990.0}
    chosen = removable(images, {"d"}, used, 1000.0, 6)
    assert [each.id for each in chosen] == ["b", "a"]
    assert removable(images, {"d"}, used, 1000.0, 0) == []
