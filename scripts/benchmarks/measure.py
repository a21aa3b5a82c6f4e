"""One command as a whole process: what it took of processor, time and memory.

A small process of its own starts the command: the peak memory of a process counts from its fork, so
that of a large parent would be its least.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


class CommandFailedError(RuntimeError):
    """A measured command did not end well; its output is in the message."""


@dataclass(frozen=True)
class Usage:
    """Processor seconds of the process and its children, and the largest one's peak memory."""

    cpu_seconds: float
    wall_seconds: float
    peak_bytes: int


def run(command: Sequence[str], folder: Path, log: Path, environment: Mapping[str, str]) -> Usage:
    """Runs a command to its end; `log` takes what it prints."""
    log.parent.mkdir(parents=True, exist_ok=True)
    usage = log.with_suffix(".usage.json")
    with log.open("wb") as out:
        done = subprocess.run(  # noqa: S603 - the commands are this package's own
            [sys.executable, __file__, str(usage), *command],
            cwd=folder,
            env=dict(environment),
            stdout=out,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode != 0:
        last_lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:]
        raise CommandFailedError(
            f"{' '.join(command)} ended with {done.returncode}:\n" + "\n".join(last_lines)
        )
    found = Usage(**json.loads(usage.read_text(encoding="utf-8")))
    usage.unlink()
    return found


def main(usage: Path, command: Sequence[str]) -> int:
    began = time.perf_counter()
    process = subprocess.Popen(command)  # noqa: S603
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    # Linux counts kilobytes, macOS bytes.
    unit = 1 if sys.platform == "darwin" else 1024
    found = Usage(used.ru_utime + used.ru_stime, wall, used.ru_maxrss * unit)
    usage.write_text(json.dumps(asdict(found)), encoding="utf-8")
    process.returncode = os.waitstatus_to_exitcode(status)
    # A command that a signal ended has a negative code, which no process can pass on.
    return process.returncode if process.returncode >= 0 else 128 - process.returncode


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
