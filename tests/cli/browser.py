"""A page in headless Chromium, asked over its debugging protocol."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from tornado.websocket import websocket_connect

OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1200,900",
    "--remote-debugging-port=0",
)
PATIENCE_S = 60


def chromium() -> str:
    """Program of the browser; skips where there is none."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    pytest.skip("no Chromium is installed to open pages in")


class Page:
    """A page that was opened, with everything it asked a network for and everything that failed in it."""

    def __init__(self, address: str) -> None:
        self.requests: list[str] = []
        self.faults: list[str] = []
        self._loop = asyncio.new_event_loop()
        self._number = 0
        self._socket = self._loop.run_until_complete(_connected(address))

    def ask(self, method: str, **parameters: object) -> Any:
        """Result of a call of the protocol; what the browser tells meanwhile is kept."""
        return self._loop.run_until_complete(self._ask(method, parameters))

    async def _ask(self, method: str, parameters: dict[str, object]) -> Any:
        self._number += 1
        sent = {"id": self._number, "method": method, "params": parameters}
        await self._socket.write_message(json.dumps(sent))
        while True:
            message = json.loads(await asyncio.wait_for(self._socket.read_message(), PATIENCE_S))
            if message.get("id") == sent["id"]:
                assert "error" not in message, message
                return message["result"]
            self._keep(message)

    def _keep(self, message: dict[str, Any]) -> None:
        told = message.get("params", {})
        if message.get("method") == "Network.requestWillBeSent":
            self.requests.append(told["request"]["url"])
        elif message.get("method") == "Runtime.exceptionThrown":
            self.faults.append(json.dumps(told["exceptionDetails"]))
        elif message.get("method") == "Log.entryAdded" and told["entry"]["level"] == "error":
            self.faults.append(told["entry"]["text"])

    def value(self, expression: str) -> Any:
        """Value of an expression in the page."""
        found = self.ask("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def wait_for(self, expression: str) -> None:
        """Wait until an expression holds in the page."""
        until = time.monotonic() + PATIENCE_S
        while not self.value(expression):
            assert time.monotonic() < until, (expression, self.faults)
            time.sleep(0.1)

    def open(self, file: Path) -> None:
        """Open a file, listening before anything of it is loaded."""
        for domain in ("Network", "Runtime", "Log", "Page"):
            self.ask(f"{domain}.enable")
        self.ask("Page.navigate", url=file.as_uri())

    def close(self) -> None:
        self._socket.close()
        self._loop.close()


async def _connected(address: str) -> Any:
    return await websocket_connect(address, max_message_size=2**28)


def _address(profile: Path) -> str:
    """Address of the first page of a browser that has just been started."""
    port = profile / "DevToolsActivePort"
    until = time.monotonic() + PATIENCE_S
    while not port.is_file() or not port.read_text().strip():
        assert time.monotonic() < until, "the browser did not start"
        time.sleep(0.1)
    number = port.read_text().split()[0]
    while time.monotonic() < until:
        with urlopen(f"http://127.0.0.1:{number}/json/list") as answer:
            pages = [page for page in json.load(answer) if page["type"] == "page"]
        if pages:
            return str(pages[0]["webSocketDebuggerUrl"])
        time.sleep(0.1)
    raise AssertionError("the browser opened no page")


@contextmanager
def opened(file: Path, profile: Path) -> Iterator[Page]:
    """A file opened in a browser of its own."""
    quiet = {**os.environ, "DBUS_SESSION_BUS_ADDRESS": "disabled:"}
    command = [chromium(), *OPTIONS, f"--user-data-dir={profile}", "about:blank"]
    browser = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=quiet)
    page = None
    try:
        page = Page(_address(profile))
        page.open(file)
        yield page
    finally:
        if page is not None:
            page.close()
        browser.terminate()
        browser.wait(PATIENCE_S)
