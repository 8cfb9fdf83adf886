"""The CNI configuration list: what is written, and how."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pybernetes.network.cni import FILE_NAME, conflist, write_conflist


def test_one_family() -> None:
    config = conflist(["10.1.2.0/24"], 1450, bridge="cni7", data_dir="/x")
    bridge, portmap = config["plugins"]
    assert config["name"] == "pybernetes"
    assert (bridge["type"], bridge["bridge"], bridge["mtu"]) == ("bridge", "cni7", 1450)
    assert (bridge["ipMasq"], bridge["hairpinMode"], bridge["isGateway"]) == (False, True, True)
    assert bridge["ipam"] == {
        "type": "host-local",
        "ranges": [[{"subnet": "10.1.2.0/24"}]],
        "routes": [{"dst": "0.0.0.0/0"}],
        "dataDir": "/x",
    }
    assert portmap == {"type": "portmap", "snat": True, "capabilities": {"portMappings": True}}


def test_two_families() -> None:
    ipam = conflist(["10.1.2.0/24", "fd00:1::/64"], 1450)["plugins"][0]["ipam"]
    assert ipam["ranges"] == [[{"subnet": "10.1.2.0/24"}], [{"subnet": "fd00:1::/64"}]]
    assert ipam["routes"] == [{"dst": "0.0.0.0/0"}, {"dst": "::/0"}]
    assert "dataDir" not in ipam


@pytest.mark.parametrize("cidrs", [[], ["nonsense"], ["10.1.2.3/24"]])
def test_nonsense_is_refused(cidrs: list[str]) -> None:
    with pytest.raises(ValueError, match=r"pod CIDR|network|host bits"):
        conflist(cidrs, 1450)


def test_written_once_and_whole(tmp_path: Path) -> None:
    directory = tmp_path / "net.d"
    config = conflist(["10.1.2.0/24"], 1450)
    assert write_conflist(directory, config)
    assert not write_conflist(directory, config)
    assert json.loads((directory / FILE_NAME).read_text()) == config
    assert [path.name for path in directory.iterdir()] == [FILE_NAME]
