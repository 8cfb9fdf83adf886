"""Images from Debian packages: the pure parts as values, then the real images, unpacked and looked at."""

from __future__ import annotations

import io
import json
import os
import shutil
import tarfile
from pathlib import Path

import pytest

from pybernetes.launcher.imagebuild import build_images
from pybernetes.launcher.imagebuild.build import Image
from pybernetes.launcher.imagebuild.layer import Directory, File, Link, build_layer, digest
from pybernetes.launcher.imagebuild.load import absent
from pybernetes.launcher.imagebuild.oci import Run, Tagged, archive, image_config
from pybernetes.launcher.imagebuild.recipes import RECIPES

CACHE = Path(__file__).parents[2] / ".cache"
REFERENCES = {
    "registry.k8s.io/pause:3.10",
    "docker.io/library/busybox:1.36",
    "docker.io/library/nginx:1.25",
    "docker.io/library/nginx:1.26",
    "docker.io/library/nginx:latest",
    "docker.io/pybernetes/hostname:1.0",
    "docker.io/pybernetes/hostname:2.0",
    "docker.io/pybernetes/tools:1.0",
}


def test_a_layer_is_the_same_whatever_the_order_and_the_time(tmp_path: Path) -> None:
    source = tmp_path / "f"
    source.write_bytes(b"x")
    one = build_layer({"a/b/f": File(source, 0o755), "tmp": Directory(0o1777), "l": Link("a")})
    os.utime(source, (1, 1))
    other = build_layer({"l": Link("a"), "tmp": Directory(0o1777), "a/b/f": File(b"x", 0o755)})
    assert one == other
    assert one.digest == digest(one.content)
    with tarfile.open(fileobj=io.BytesIO(one.content)) as tar:
        assert [(member.name, oct(member.mode)) for member in tar] == [
            ("a", "0o755"),
            ("a/b", "0o755"),
            ("a/b/f", "0o755"),
            ("l", "0o777"),
            ("tmp", "0o1777"),
        ]
        assert {(member.mtime, member.uid, member.gid) for member in tar} == {(0, 0, 0)}


def test_an_archive_names_its_images_and_holds_shared_layers_once() -> None:
    base, top = build_layer({"a": File(b"1")}), build_layer({"b": File(b"2")})
    content, digests = archive(
        [Tagged("x.io/y:1", [base], Run()), Tagged("x.io/y:2", [base, top], Run(stop_signal="SIGQUIT"))], "amd64"
    )
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        names = tar.getnames()
        index = json.load(tar.extractfile("index.json"))  # type: ignore[arg-type]
    assert len([name for name in names if name.startswith("blobs/")]) == 2 + 2 + 2  # layers, configs, manifests
    assert {each["annotations"]["io.containerd.image.name"]: each["digest"] for each in index["manifests"]} == digests
    assert set(digests) == {"x.io/y:1", "x.io/y:2"}


def test_an_image_configuration_says_only_what_is_set() -> None:
    config = image_config(Tagged("x:1", [build_layer({})], Run(command=("sh",), user="7", ports=("80/tcp",))), "arm64")
    assert config["architecture"] == "arm64"
    assert config["config"]["Cmd"] == ["sh"]
    assert config["config"]["User"] == "7"
    assert config["config"]["ExposedPorts"] == {"80/tcp": {}}
    assert "Entrypoint" not in config["config"]
    assert "StopSignal" not in config["config"]


def test_what_is_there_is_not_imported_again() -> None:
    images = [
        Image("a:1", "sha256:1", Path("x")),
        Image("b:1", "sha256:2", Path("x")),
        Image("c:1", "sha256:3", Path("y")),
    ]
    assert absent(images, {"a:1": "sha256:1", "b:1": "sha256:9"}) == images[1:]


@pytest.fixture(scope="module")
def images() -> list[Image]:
    for tool in ("apt-get", "apt-cache", "dpkg-deb", "dpkg"):
        assert shutil.which(tool), f"building images needs {tool}"
    return build_images(CACHE)


def test_all_images_are_built_and_not_twice(images: list[Image]) -> None:
    assert {image.reference for image in images} == REFERENCES
    before = {image.archive: image.archive.stat().st_mtime_ns for image in images}
    assert build_images(CACHE) == images
    assert {image.archive: image.archive.stat().st_mtime_ns for image in images} == before


def test_the_same_packages_make_the_same_image(images: list[Image], tmp_path: Path) -> None:
    (tmp_path / "debs").symlink_to(CACHE / "debs")
    again = build_images(tmp_path, [recipe for recipe in RECIPES if recipe.name == "busybox"])
    assert [image.digest for image in again] == [image.digest for image in images if image.archive.stem == "busybox"]


def test_a_changed_recipe_is_built_anew(images: list[Image], tmp_path: Path) -> None:
    (tmp_path / "debs").symlink_to(CACHE / "debs")
    (recipe,) = [recipe for recipe in RECIPES if recipe.name == "pause"]
    build_images(tmp_path, [recipe])
    note = tmp_path / "images" / "pause.json"
    recorded = json.loads(note.read_text())
    note.write_text(json.dumps({**recorded, "key": "of an older recipe", "images": {}}))
    (image,) = build_images(tmp_path, [recipe])
    assert image.digest == recorded["images"][image.reference]
