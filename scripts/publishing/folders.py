"""Folders that appear whole or not at all."""

from __future__ import annotations

import ctypes
import errno
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

AT_FDCWD, RENAME_EXCHANGE = -100, 2


@contextmanager
def made_aside(parent: Path, name: str) -> Iterator[Path]:
    """A folder beside its later place, on the same disk; gone again if anything goes wrong."""
    parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f".{name[:60]}.", dir=parent))
    # mkdtemp lets nobody else read.
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        if folder.exists():
            remove(folder)


def put_in_place(folder: Path, place: Path) -> None:
    """One rename. Where something stands, both change places at once, and the old one goes."""
    try:
        folder.rename(place)
        return
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise
    if not exchanged(folder, place):
        # No such call on this system: for an instant nothing stands there.
        old = folder.with_name(folder.name + ".old")
        place.rename(old)
        try:
            folder.rename(place)
        except OSError:
            old.rename(place)
            raise
        folder = old
    remove(folder)


def exchanged(one: Path, other: Path) -> bool:
    """Two folders change places in one step, as Linux can do and Python cannot say."""
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:
        return False
    done = rename(AT_FDCWD, os.fsencode(one), AT_FDCWD, os.fsencode(other), RENAME_EXCHANGE)
    return bool(done == 0)


def point_to(link: Path, version: Path) -> None:
    """Make the link lead to a folder beside it, by one rename: whoever opens it finds one or the
    other."""
    new = link.with_name(f".{link.name}.{os.getpid()}")
    new.unlink(missing_ok=True)
    new.symlink_to(version.relative_to(link.parent))
    try:
        new.replace(link)
    except OSError:
        new.unlink(missing_ok=True)
        raise


def remove(folder: Path) -> None:
    """Files that are open stay readable for whoever has them open."""
    shutil.rmtree(folder)


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def file_entry(path: Path, folder: Path) -> dict[str, Any]:
    """What a manifest says of a file."""
    return {
        "path": path.relative_to(folder).as_posix(),
        "bytes": path.stat().st_size,
        "sha256": sha256(path),
    }


def write_manifest(path: Path, manifest: dict[str, Any]) -> None:
    text = json.dumps(manifest, indent=2, ensure_ascii=False, sort_keys=False)
    path.write_text(text + "\n", encoding="utf-8")
