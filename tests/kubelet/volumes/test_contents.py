"""Volumes' contents: what files there are, how they are replaced, whose they are."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest

from pybernetes.api.object import Json
from pybernetes.kubelet.environment import ConfigError
from pybernetes.kubelet.volumes.atomic_writer import write_payload
from pybernetes.kubelet.volumes.empty_dir import _tmpfs_bytes
from pybernetes.kubelet.volumes.host_path import check_type
from pybernetes.kubelet.volumes.mounting import _unescaped
from pybernetes.kubelet.volumes.mounts import cri_mount, wanted_mounts
from pybernetes.kubelet.volumes.ownership import set_ownership
from pybernetes.kubelet.volumes.payload import FileContent, Payload, VolumeError, config_map_data, select
from pybernetes.kubelet.volumes.plugin import Volume
from pybernetes.kubelet.volumes.projected import common_user
from tests.kubelet.pod_values import pod_of


def payload(**files: str) -> Payload:
    return {name.replace("__", "/"): FileContent(text.encode(), 0o644) for name, text in files.items()}


def visible(directory: Path) -> dict[str, str]:
    """What a container sees: the files below, without what begins with two dots."""
    found = {}
    for entry in sorted(directory.iterdir()):
        if entry.name.startswith(".."):
            continue
        files = [each for each in entry.rglob("*") if each.is_file()] if entry.is_dir() else [entry]
        found |= {str(each.relative_to(directory)): each.read_text() for each in files}
    return found


def test_config_maps_have_text_and_bytes() -> None:
    config_map = {"data": {"a": "ü"}, "binaryData": {"b": base64.b64encode(b"\xff").decode()}}
    assert config_map_data(config_map) == {"a": "ü".encode(), "b": b"\xff"}


def test_items_choose_paths_and_modes() -> None:
    data = {"k": b"1", "l": b"2"}
    assert select(data, [], 0o600, optional=False, missing="") == {
        "k": FileContent(b"1", 0o600),
        "l": FileContent(b"2", 0o600),
    }
    items = [{"key": "k", "path": "d/e", "mode": 0o400}]
    assert select(data, items, 0o600, optional=False, missing="") == {"d/e": FileContent(b"1", 0o400)}
    with pytest.raises(VolumeError, match="references non-existent secret key: none"):
        select(
            data, [{"key": "none", "path": "x"}], 0o600, optional=False, missing="references non-existent secret key"
        )
    assert select(data, [{"key": "none", "path": "x"}], 0o600, optional=True, missing="") == {}


def test_all_files_change_at_once(tmp_path: Path) -> None:
    assert write_payload(tmp_path, payload(a="1", d__e="2"))
    assert visible(tmp_path) == {"a": "1", "d/e": "2"}
    held = (tmp_path / "..data").resolve()
    assert not write_payload(tmp_path, payload(a="1", d__e="2"))
    assert (tmp_path / "..data").resolve() == held
    assert write_payload(tmp_path, payload(a="3", f="4"))
    assert visible(tmp_path) == {"a": "3", "f": "4"}
    assert len([each for each in tmp_path.iterdir() if each.name.startswith("..2")]) == 1


def test_what_a_kill_left_is_swept(tmp_path: Path) -> None:
    write_payload(tmp_path, payload(a="1"))
    (tmp_path / "..2020_01_01_00_00_00.000000").mkdir()
    (tmp_path / "..data_tmp").symlink_to("nowhere")
    (tmp_path / "a").unlink()
    write_payload(tmp_path, payload(a="1"))
    assert visible(tmp_path) == {"a": "1"}
    assert len([each for each in tmp_path.iterdir() if each.name.startswith("..")]) == 2


@pytest.mark.parametrize("path", ["/abs", "../up", "a/../b", "..hidden", ""])
def test_paths_that_leave_the_volume_are_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(VolumeError):
        write_payload(tmp_path, {path: FileContent(b"", 0o644)})


def test_groups_and_owners(tmp_path: Path) -> None:
    assert os.geteuid() == 0, "this test needs root"
    write_payload(tmp_path, {"a": FileContent(b"", 0o600, owner=5)}, group=7)
    status = (tmp_path / "a").stat()
    assert (status.st_uid, status.st_gid, status.st_mode & 0o777) == (5, 7, 0o640)
    tree = tmp_path / "tree"
    (tree / "d").mkdir(parents=True)
    (tree / "d" / "f").touch(mode=0o600)
    (tree / "link").symlink_to("/etc/passwd")
    set_ownership(tree, 9)
    assert (tree / "d" / "f").stat().st_mode & 0o7777 == 0o660
    assert (tree / "d").stat().st_mode & 0o2070 == 0o2070
    assert (tree / "d").stat().st_gid == 9
    assert Path("/etc/passwd").stat().st_gid != 9


def test_host_paths_are_checked(tmp_path: Path) -> None:
    check_type(tmp_path / "none", "")
    check_type(tmp_path / "made", "DirectoryOrCreate")
    check_type(tmp_path / "file", "FileOrCreate")
    check_type(Path("/dev/null"), "CharDevice")
    for path, kind in ((tmp_path / "none", "Directory"), (tmp_path / "made", "File"), (tmp_path / "file", "Socket")):
        with pytest.raises(VolumeError, match=f"hostPath type check failed: {path} is not a"):
            check_type(path, kind)


@pytest.mark.parametrize(
    ("source", "limits", "size"),
    [({}, {}, None), ({"sizeLimit": "1Mi"}, {}, 1 << 20), ({"sizeLimit": "4Mi"}, {"memory": "2Mi"}, 2 << 20)],
)
def test_the_size_of_memory_volumes(source: Json, limits: Json, size: int | None) -> None:
    assert _tmpfs_bytes(pod_of({"name": "a", "resources": {"limits": limits}}), source) == size


def test_mounts() -> None:
    container = {
        "name": "a",
        "volumeMounts": [
            {"name": "v", "mountPath": "/x", "readOnly": True},
            {"name": "v", "mountPath": "y", "subPathExpr": "$(A)/b"},
        ],
    }
    volumes = {"v": Volume(Path("/h"))}
    first, second = wanted_mounts(container, volumes, {"A": "1"})
    assert cri_mount(first, Path("/h")).readonly
    assert (second.subpath, cri_mount(second, Path("/s")).container_path) == ("1/b", "/y")
    with pytest.raises(ConfigError, match='missing value for "A"'):
        list(wanted_mounts(container, volumes, {}))
    with pytest.raises(ConfigError, match='cannot find volume "v"'):
        list(wanted_mounts(container, {}, {"A": "1"}))
    with pytest.raises(ConfigError, match="must not contain"):
        list(wanted_mounts(container, volumes, {"A": ".."}))


def test_tokens_belong_to_whom_all_containers_run_as() -> None:
    assert common_user(pod_of("a")) is None
    assert common_user(pod_of("a", "b", securityContext={"runAsUser": 7})) == 7
    assert common_user(pod_of({"name": "a", "securityContext": {"runAsUser": 1}}, "b")) is None


def test_mount_points_with_spaces() -> None:
    assert _unescaped("/a\\040b\\134c") == "/a b\\c"
