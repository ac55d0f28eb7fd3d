"""Records what the sites of `peer/` answer, as scenarios in the format of tests/conformance.

    pip install -r tests/sites/peer/requirements.txt
    python tests/sites/record.py            # all sites
    python tests/sites/record.py boards     # one of them

A site is served by uvicorn. For each entry of `plays/<site>.py` its tables are filled, the steps are played one after
the other, and whatever comes after a step on any connection is written down behind it. What differs from run to run is
replaced by a placeholder. An entry that is not raw by nature is played a second time over the multiplexer.
"""

import asyncio
import importlib
import json
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

HERE = Path(__file__).parent
#: Seconds without a frame after which a step is over.
QUIET = 0.15
DATETIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)$")
WAIT = re.compile(r"(.* Expected available in )\d+( seconds?\.)$")


class Site:
    """A site that is being served."""

    def __init__(self, name):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.address = f"127.0.0.1:{free.getsockname()[1]}"
        arguments = ["--app-dir", HERE / "peer", "--port", self.address.split(":")[1], "--log-level", "critical"]
        self.process = subprocess.Popen([sys.executable, "-m", "uvicorn", *arguments, f"{name}_site:application"])
        while True:
            try:
                return self.reset({})
            except OSError:
                time.sleep(0.1)

    def reset(self, tables):
        assert self.post("/_reset/", tables) == 204

    def post(self, path, body):
        request = urllib.request.Request(f"http://{self.address}{path}", json.dumps(body).encode(), method="POST")
        with urllib.request.urlopen(request) as response:
            return response.status


class Connection:
    """A connection, and what came on it."""

    def __init__(self, socket):
        self.socket, self.came, self.code = socket, [], None
        self.reader = asyncio.create_task(self.read())

    async def read(self):
        try:
            async for text in self.socket:
                self.came.append(text)
        except ConnectionClosed:
            pass
        self.code = self.socket.close_code


def masked(value):
    """The value with placeholders for what differs from run to run."""
    if isinstance(value, dict):
        return {key: masked(item) for key, item in value.items()}
    if isinstance(value, list):
        return [masked(item) for item in value]
    if isinstance(value, str) and DATETIME.match(value):
        return {"$match": "datetime"}
    if isinstance(value, str) and (wait := WAIT.match(value)):
        return {"$match": "regex", "pattern": rf"^{re.escape(wait[1])}\d+{re.escape(wait[2])}$"}
    return value


async def play(site, steps):
    """Plays steps; they and what came, as steps of a scenario."""
    connections, played = {}, []

    async def listen(seconds):
        """Writes down what comes until nothing comes for a while."""
        until = time.monotonic() + seconds
        heard = -1
        while time.monotonic() < until or heard != sum(len(one.came) for one in connections.values()):
            heard = sum(len(one.came) for one in connections.values())
            await asyncio.sleep(QUIET)
        for name in sorted(connections):
            one = connections[name]
            frames = [json.loads(text) for text in one.came]
            # The order of the frames of two streams means nothing.
            frames.sort(key=lambda frame: frame.get("stream", ""))
            played.extend({"conn": name, "recv": masked(frame)} for frame in frames)
            one.came.clear()
            if one.reader.done():
                played.append({"conn": name, "closed": one.code})
                del connections[name]

    for step in steps:
        if "listen" in step:
            await listen(step["listen"])
            continue
        name = step["conn"]
        if "send" in step and name not in connections:
            # The site has closed it, and what follows cannot be played.
            break
        played.append(step)
        if "open" in step:
            options = {"subprotocols": step.get("subprotocols"), "additional_headers": step.get("headers")}
            try:
                opened = await connect(f"ws://{site.address}{step['open']}", proxy=None, **options)
            except InvalidStatus as refused:
                played.append({"conn": name, "rejected": refused.response.status_code})
                continue
            if "subprotocols" in step:
                played.append({"conn": name, "subprotocol": opened.subprotocol})
            connections[name] = Connection(opened)
        elif "post" in step:
            answered = await asyncio.to_thread(site.post, step["post"], step["body"])
            played.append({"conn": name, "answered": answered})
        elif "close" in step:
            one = connections.pop(name)
            await one.socket.close()
            await one.reader
        elif "send" in step:
            await connections[name].socket.send(json.dumps(step["send"]))
        elif "send_text" in step:
            await connections[name].socket.send(step["send_text"])
        await listen(0)
    for one in connections.values():
        await one.socket.close()
        await one.reader
    # What the end of a connection causes must not come into the next scenario.
    await asyncio.sleep(QUIET)
    return played


def multiplexed(plays, steps):
    """The same steps over the multiplexer."""
    streams = {}
    for step in steps:
        if "open" in step:
            streams[step["conn"]], path = plays.multiplexed(step["open"])
            yield {**step, "open": path}
        elif "send" in step:
            yield {**step, "send": {"stream": streams[step["conn"]], "payload": step["send"]}}
        else:
            yield step


def write(site, entry, steps, mode):
    closed = any(step.get("closed") in (1006, 1011, 1012) for step in steps)
    name = f"{site}/{entry['name']}" + ("@mux" if mode == "multiplex" else "")
    scenario = {"name": name, "about": entry["about"], "mode": mode, "peer_defect": entry["defect"] is not None}
    if entry["defect"]:
        scenario["defect"] = entry["defect"]
    assert entry["defect"] or not closed, f"{name}: why is the socket closed?"
    scenario["fixtures"] = entry["fixtures"]
    lines = ",\n".join("    " + json.dumps(step, ensure_ascii=False) for step in steps)
    head = json.dumps(scenario, ensure_ascii=False, indent=2).removesuffix("\n}")
    path = HERE / "scenarios" / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'{head},\n  "steps": [\n{lines}\n  ]\n}}\n')


async def record(name):
    sys.path.insert(0, str(HERE))
    plays = importlib.import_module(f"plays.{name}")
    folder = HERE / "scenarios" / name
    shutil.rmtree(folder, ignore_errors=True)
    site = Site(name)
    count = 0
    try:
        for entry in plays.PLAYS:
            for mode in ["raw", "multiplex"] if entry["twin"] else ["raw"]:
                steps = entry["steps"] if mode == "raw" else list(multiplexed(plays, entry["steps"]))
                site.reset(entry["fixtures"])
                write(name, entry, await play(site, steps), mode)
                count += 1
    finally:
        site.process.terminate()
        site.process.wait()
    print(f"{name}: {count} scenarios")


if __name__ == "__main__":
    for name in sys.argv[1:] or ["boards", "chat", "orders"]:
        asyncio.run(record(name))
