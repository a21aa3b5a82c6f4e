"""One command as a whole process: what it took of processor, time and memory."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
    began = time.perf_counter()
    with log.open("wb") as out:
        process = subprocess.Popen(  # noqa: S603 - the commands are this package's own
            command, cwd=folder, env=dict(environment), stdout=out, stderr=subprocess.STDOUT
        )
        _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        last_lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:]
        raise CommandFailedError(
            f"{' '.join(command)} ended with {process.returncode}:\n" + "\n".join(last_lines)
        )
    # Linux counts kilobytes, macOS bytes.
    unit = 1 if sys.platform == "darwin" else 1024
    return Usage(used.ru_utime + used.ru_stime, wall, used.ru_maxrss * unit)
