"""`cp`: files to and from containers, packed with tar, which the container must have."""

from __future__ import annotations

import io
import sys
import tarfile
import tempfile
from pathlib import Path, PurePosixPath
from typing import IO, Any, NamedTuple

from pybernetes.api.resources import resource
from pybernetes.pyctl.command import Command
from pybernetes.pyctl.failures import Failure
from pybernetes.pyctl.flags import Flag
from pybernetes.pyctl.pods import choose_container
from pybernetes.pyctl.remote_streams import RemoteProcess, stream_query
from pybernetes.pyctl.session import Session

IN_MEMORY_BYTES = 16 << 20  # a larger archive goes through a temporary file


class Place(NamedTuple):
    """A path here (`pod` is empty) or in a pod."""

    namespace: str
    pod: str
    path: str


def parse_place(text: str, namespace: str) -> Place:
    """``[[namespace/]pod:]path``. Raises `Failure`."""
    head, colon, path = text.partition(":")
    if not colon:
        return Place("", "", text)
    if not path or not head:
        raise Failure("filepath can not be empty" if not path else f"invalid pod in {text}")
    space, slash, pod = head.rpartition("/")
    if "/" in space:
        return Place("", "", text)
    return Place(space if slash else namespace, pod, path)


def run(session: Session) -> int:
    if len(session.values.arguments) != 2:
        raise Failure("source and destination are required")
    source, target = (parse_place(text, session.namespace) for text in session.values.arguments)
    if source.pod and target.pod:
        raise Failure("one of src or dest must be a local file specification")
    if not source.pod and not target.pod:
        raise Failure("one of src or dest must be a remote file specification")
    if source.pod:
        _copy_here(session, source, Path(target.path))
    else:
        _copy_there(session, Path(source.path), target)
    return 0


def _open(session: Session, place: Place, command: list[str], *, stdin: bool) -> RemoteProcess:
    pod = session.connection.json("GET", resource("pods").path(place.namespace, place.pod))
    container = choose_container(session, pod, session.values.text("container"))
    query = [*stream_query(container, stdin=stdin, tty=False), *(("command", word) for word in command)]
    return RemoteProcess(session, resource("pods").path(place.namespace, place.pod, "exec"), query, stdin=stdin)


def _succeed(code: int, complaint: str, stderr: bytes) -> None:
    sys.stderr.buffer.write(stderr)
    sys.stderr.flush()
    if complaint or code:
        raise Failure(complaint or f"command terminated with exit code {code}", code or 1)


def _copy_there(session: Session, source: Path, target: Place) -> None:
    if not source.exists():
        raise Failure(f"{source} doesn't exist in local filesystem")
    path = PurePosixPath(target.path)
    if target.path.endswith("/") or _is_folder(session, target):
        path /= source.absolute().name
    flags = ["--no-same-permissions", "--no-same-owner"] if session.values.on("no-preserve") else []
    with tempfile.SpooledTemporaryFile(IN_MEMORY_BYTES) as packed:
        with tarfile.open(fileobj=packed, mode="w") as archive:
            archive.add(source, arcname=path.name)
        packed.seek(0)
        errors = io.BytesIO()
        command = ["tar", *flags, "-xmf", "-", "-C", str(path.parent)]
        with _open(session, target, command, stdin=True) as process:
            outcome = process.run(stdin=io.BufferedReader(_Unselectable(packed)), stdout=io.BytesIO(), stderr=errors)
    _succeed(*outcome, errors.getvalue())


class _Unselectable(io.RawIOBase):
    """A stream that is read to its end at once: it has no descriptor to wait for."""

    def __init__(self, inner: IO[bytes]):
        self._inner = inner

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._inner.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def _is_folder(session: Session, place: Place) -> bool:
    with _open(session, place, ["test", "-d", place.path], stdin=False) as process:
        code, _ = process.run(stdin=None, stdout=io.BytesIO(), stderr=io.BytesIO())
    return code == 0


def _copy_here(session: Session, source: Place, target: Path) -> None:
    errors = io.BytesIO()
    path = PurePosixPath(source.path)
    with tempfile.SpooledTemporaryFile(IN_MEMORY_BYTES) as packed:
        command = ["tar", "cf", "-", "-C", str(path.parent), path.name]
        with _open(session, source, command, stdin=False) as process:
            outcome = process.run(stdin=None, stdout=packed, stderr=errors)  # type: ignore[arg-type]
        _succeed(*outcome, errors.getvalue())
        packed.seek(0)
        with tarfile.open(fileobj=packed) as archive:
            unpack(session, archive, path.name, target / path.name if target.is_dir() else target)


def unpack(session: Session, archive: tarfile.TarFile, name: str, target: Path) -> None:
    """Put the archive's `name` at the target. What would land outside, and links, are passed over with a word."""
    root = target.absolute()
    for member in archive:
        inner = PurePosixPath(member.name).relative_to(name) if member.name != name else PurePosixPath()
        place = root.joinpath(*inner.parts)
        if ".." in inner.parts:
            session.complain(f"warning: file {member.name!r} is outside target destination, skipping")
        elif member.issym() or member.islnk():
            session.complain(f"warning: skipping symlink: {member.name!r} -> {member.linkname!r}")
        elif member.isdir():
            place.mkdir(parents=True, exist_ok=True)
        elif member.isfile():
            content = archive.extractfile(member)
            assert content is not None, "a regular file has content"
            place.parent.mkdir(parents=True, exist_ok=True)
            with place.open("wb") as file:
                while piece := content.read(1 << 20):
                    file.write(piece)
            if not session.values.on("no-preserve"):
                place.chmod(member.mode & 0o777)


COMMAND = Command(
    "cp <file-spec-src> <file-spec-dest>",
    "Copy files and directories to and from containers",
    run,
    (
        Flag("container", short="c", help="Container name; the first one if omitted"),
        Flag("no-preserve", "bool", False, help="Do not keep ownership and permissions"),
    ),
)
