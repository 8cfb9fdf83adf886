"""API servers as processes of their own, several on one etcd, and a client that says which one it asks."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import orjson

TOKEN = "administrator"
_READY_SECONDS = 60.0


class ServerProcess:
    """One server. `ask` gives status and value; `ok` expects success."""

    def __init__(self, folder: Path, etcd: str, port: int, *flags: str):
        self._folder, self.port = folder, port
        folder.mkdir(exist_ok=True)
        tokens = folder / "tokens.csv"
        tokens.write_text(f'{TOKEN},admin,admin,"system:masters"\n')
        command = [sys.executable, "-m", "pybernetes.apiserver", "--data-dir", str(folder), "--etcd-servers", etcd]
        command += ["--bind-address", "127.0.0.1", "--secure-port", str(port), "--token-auth-file", str(tokens)]
        self._log = (folder / f"log-{port}-{id(self)}").open("wb")
        self.process = subprocess.Popen([*command, *flags], stdout=self._log, stderr=self._log)
        self._session: aiohttp.ClientSession | None = None

    async def ready(self) -> ServerProcess:
        """Until it says that it is ready."""
        async with asyncio.timeout(_READY_SECONDS):
            while not await self._is_ready():
                assert self.process.poll() is None, Path(self._log.name).read_text()
                await asyncio.sleep(0.05)
        return self

    async def _is_ready(self) -> bool:
        if self._session is None:
            if not (self._folder / "pki" / "ca.crt").exists():
                return False
            self._session = self.session()
        with contextlib.suppress(aiohttp.ClientError):
            async with self._session.get("/readyz") as answer:
                return answer.status == 200
        return False

    def session(self, *, token: str = TOKEN, keep: bool = True) -> aiohttp.ClientSession:
        """A client of this server's port; without `keep`, every request has a connection of its own."""
        context = ssl.create_default_context(cafile=self._folder / "pki" / "ca.crt")
        return aiohttp.ClientSession(
            f"https://127.0.0.1:{self.port}",
            connector=aiohttp.TCPConnector(ssl=context, force_close=not keep, limit=0),
            headers={"Authorization": f"Bearer {token}"},
        )

    async def ask(
        self, method: str, path: str, body: Any = None, *, kind: str = "application/json", token: str = TOKEN
    ) -> tuple[int, Any]:
        assert self._session is not None, "it is not ready"
        data = orjson.dumps(body) if body is not None else None
        headers = {"Content-Type": kind, "Authorization": f"Bearer {token}"}
        async with self._session.request(method, path, data=data, headers=headers) as answer:
            return answer.status, orjson.loads(await answer.read())

    async def ok(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        status, value = await self.ask(method, path, body, **more)
        assert status < 400, value
        return value

    async def watch(self, path: str) -> AsyncIterator[Any]:
        """The events of a watch, for ever."""
        async with self.session() as session, session.get(path) as answer:
            assert answer.status == 200, await answer.text()
            async for line in answer.content:
                yield orjson.loads(line)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it, in whichever way, and wait for that."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            self.process.wait(20)
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()

    async def close(self) -> None:
        """As `stop`, and give back what this side holds."""
        if self._session is not None:
            await self._session.close()
        await asyncio.to_thread(self.stop)
        self._log.close()
