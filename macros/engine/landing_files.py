"""What DuckDB cannot say of files in a landing folder: which names it does not list, and which
compressed file it stopped in. Its own errors name no file there, or nothing is said at all.

A plugin of dbt-duckdb (profiles.yml), which the macros ask before they read. Without it (in a
profile of somebody's own) such a file stops the build without its name, or is not seen.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from pathlib import Path

import duckdb
from dbt.adapters.duckdb.plugins import BasePlugin
from duckdb.func import FunctionNullHandling
from duckdb.sqltypes import VARCHAR

# As deep as the listing of DuckDB follows links (duckdb_files_below).
DEPTH = 8
# A thousand times as much, unpacked, is held at once.
CHUNK = 1 << 16


def names_not_listed(folder: str) -> list[str]:
    """The files below a folder whose names are not UTF-8, or hold a backslash."""
    if not Path(folder).is_dir():
        return []
    return sorted(
        os.fsdecode(path).encode("utf-8", "backslashreplace").decode("utf-8")
        for path in paths_below(os.fsencode(folder), DEPTH)
        if b"\\" in path[len(os.fsencode(folder)) :] or not is_utf8(path)
    )


def paths_below(folder: bytes, depth: int) -> Iterator[bytes]:
    try:
        with os.scandir(folder) as entries:
            found = [(entry.path, entry.is_dir()) for entry in entries]
    except PermissionError:
        # A folder of the system, such as lost+found: nobody lists it, DuckDB neither.
        return
    for path, is_folder in found:
        if not is_folder:
            yield path
        elif depth > 0:
            yield from paths_below(path, depth - 1)


def is_utf8(name: bytes) -> bool:
    try:
        name.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def why_not_unpacked(path: str) -> str | None:
    """What is wrong with a compressed file, which is read to its end, checksums and all."""
    try:
        if path.lower().endswith(".gz"):
            return why_no_gzip(path)
        # The adapter needs no pyarrow, so only who has such files has to have it.
        import pyarrow

        with pyarrow.CompressedInputStream(path, "zstd") as unpacked:
            while unpacked.read(CHUNK):
                pass
    except (OSError, zlib.error) as error:
        return str(error).splitlines()[0].rstrip(".")
    return None


def why_no_gzip(path: str) -> str | None:
    """Zeros after the end, which block copies leave, are named too: DuckDB stops there."""
    members = 0
    member = None
    with Path(path).open("rb") as file:
        while packed := file.read(CHUNK):
            while packed:
                if member is None:
                    if members and packed[0] == 0:
                        return "zeros follow its content"
                    member = zlib.decompressobj(wbits=31)
                    members += 1
                member.decompress(packed)
                packed = member.unused_data
                if member.eof:
                    member = None
    if members == 0:
        return "it is empty"
    return "it ends before its content does" if member else None


class Plugin(BasePlugin):  # type: ignore[misc]
    """Gives every session the two as SQL functions."""

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        texts = duckdb.list_type(VARCHAR)
        conn.create_function("names_not_listed", names_not_listed, [VARCHAR], texts)
        # "special": NULL is an answer, not the lack of one.
        conn.create_function(
            "why_not_unpacked",
            why_not_unpacked,
            [VARCHAR],
            VARCHAR,
            null_handling=FunctionNullHandling.SPECIAL,
        )
