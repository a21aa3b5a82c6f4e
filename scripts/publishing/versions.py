"""A folder of publications: every version whole in a folder of its own, `current` leads to one.

    <folder>/current -> versions/20261026T031500Z-01
    <folder>/versions/20261026T031500Z-01/llm_costs.duckdb, parquet/*.parquet, manifest.json

Whoever opens a file through `current` has that version until he closes it, also when it is
replaced and, later, removed.
"""

from __future__ import annotations

import os
import re
import time
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from publishing.folders import point_to, remove
from publishing.warehouse import ReaderError, Warehouse, quoted

CURRENT, VERSIONS = "current", "versions"
VERSION = re.compile(r"(\d{8}T\d{6}Z)-(\d{2,})")
KEPT = 3
ABANDONED_SECONDS = 24 * 60 * 60
# Longer names of files are refused by most systems.
NAME_BYTES = 200


def folder_of_tenant(folder: Path, tenant: str) -> Path:
    """A folder of its own, whatever the tenant is called: no name leads out of it."""
    name = quote(tenant, safe="").replace(".", "%2E").replace("~", "%7E")
    if len(name) > NAME_BYTES:
        raise ReaderError(f"The tenant's id is too long for the name of a folder: {tenant[:40]}...")
    return folder / "tenants" / name


def versions(folder: Path) -> list[Path]:
    """Complete versions, oldest first."""
    found = [path for path in (folder / VERSIONS).glob("*") if VERSION.fullmatch(path.name)]
    return sorted(found, key=lambda path: (path.name.split("-")[0], int(path.name.split("-")[1])))


def next_version(folder: Path, warehouse: Warehouse) -> str:
    """Named by when the run began that built it, and counted: a name of the data, not of now."""
    started: datetime = warehouse.rows(
        f"select max(started_at) from {quoted(warehouse.runs)}.run_settings"
        " where setting = 'run_is_complete'"
    )[0][0]
    moment = f"{started:%Y%m%dT%H%M%SZ}"
    numbers = [
        int(path.name.split("-")[1]) for path in versions(folder) if path.name.startswith(moment)
    ]
    return f"{moment}-{max(numbers, default=0) + 1:02d}"


def refuse_what_is_no_publication(folder: Path) -> None:
    """Nothing of somebody else's is replaced."""
    link = folder / CURRENT
    leads_to = link.readlink() if link.is_symlink() else None
    is_ours = (
        leads_to is not None
        and leads_to.parent == Path(VERSIONS)
        and VERSION.fullmatch(leads_to.name) is not None
    )
    if os.path.lexists(link) and not is_ours:
        raise ReaderError(f"{link} is not a link of an earlier publication. Name another folder.")


def make_current(folder: Path, version: Path) -> None:
    point_to(folder / CURRENT, version)


def remove_old(folder: Path, kept: int = KEPT) -> None:
    """The newest are kept, for who has resolved `current` and opens one more file of it."""
    current = Path(os.path.realpath(folder / CURRENT))
    for version in versions(folder)[:-kept]:
        if version.resolve() != current:
            remove(version)
    # What a publication that was killed had begun; one that is still at work is younger.
    for begun in (folder / VERSIONS).glob(".*"):
        if begun.stat().st_mtime < time.time() - ABANDONED_SECONDS:
            remove(begun)
