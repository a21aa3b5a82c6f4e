"""NumPy arrays to Arrow columns without a Python object a row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Array = npt.NDArray[Any]
BASE32 = np.frombuffer(b"abcdefghijklmnopqrstuvwxyz234567", dtype=np.uint8)
HEX = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)
DIGITS = 11


def mix(numbers: Array, salt: int) -> Array:
    """splitmix64: well-mixed 64 bits for every number, the same on every machine."""
    x = numbers.astype(np.uint64) + np.uint64((salt * 0x9E3779B97F4A7C15) % 2**64)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def unit(bits: Array) -> Array:
    """64 random bits to a number from 0 to 1."""
    return (bits >> np.uint64(11)).astype(float) / 2**53


def slots(weights: Sequence[float], size: int = 256) -> Array:
    """A lookup table in which every choice fills its share of the slots."""
    share = np.cumsum(np.asarray(weights, dtype=float))
    return np.searchsorted(share / share[-1], (np.arange(size) + 0.5) / size)


def words(codes: Array, names: Sequence[str]) -> pa.Array:
    """Strings by code, dictionary-encoded; a negative code is NULL."""
    # Parquet's dictionaries want every value once: two endpoints may share a provider.
    once = {name: place for place, name in enumerate(dict.fromkeys(names))}
    place = np.array([once[name] for name in names], dtype=np.int32)
    index = pa.array(place[np.maximum(codes, 0)], mask=codes < 0)
    return pa.DictionaryArray.from_arrays(index, pa.array(list(once), pa.string()))


def times(microseconds: Array, given: Array | None = None) -> pa.Array:
    moments = microseconds.astype(np.int64).view("datetime64[us]")
    return pa.array(moments, pa.timestamp("us"), mask=None if given is None else ~given)


def money(picodollars: Array, given: Array) -> pa.Array:
    """DECIMAL(18,12) from integers of 10^-12 dollars."""
    words_ = np.empty((len(picodollars), 2), dtype=np.int64)
    words_[:, 0], words_[:, 1] = picodollars, np.where(picodollars < 0, -1, 0)
    valid = pa.py_buffer(np.packbits(given, bitorder="little").tobytes())
    buffers = [valid, pa.py_buffer(words_)]
    return pa.Array.from_buffers(pa.decimal128(18, 12), len(picodollars), buffers)


def base32(prefix: str, bits: Array, seed: int) -> pa.Array:
    """prefix and 16 characters, from two hashes of the bits."""
    low, high = mix(bits, seed + 10), mix(bits, seed + 11)
    shifts = (np.arange(8) * 5).astype(np.uint64)
    halves = [
        BASE32[((half[:, None] >> shifts) & np.uint64(31)).astype(np.intp)] for half in (low, high)
    ]
    return _fixed(prefix, np.hstack(halves), None)


def hexadecimal(prefix: str, bits: Array) -> pa.Array:
    shifts = (np.arange(12) * 4).astype(np.uint64)
    return _fixed(prefix, HEX[((bits[:, None] >> shifts) & np.uint64(15)).astype(np.intp)], None)


def numbered(numbers: Array) -> Array:
    """Decimal digits, one row of bytes a number."""
    powers = 10 ** np.arange(DIGITS - 1, -1, -1)
    return (numbers[:, None] // powers % 10 + ord("0")).astype(np.uint8)


def prefixed(prefix: str, text: Array, given: Array) -> pa.Array:
    return _fixed(prefix, text, given)


def either(first: str, second: str, text: Array, is_first: Array) -> pa.Array:
    whole = np.empty((len(text), text.shape[1] + 1), dtype=np.uint8)
    whole[:, 0] = np.where(is_first, ord(first), ord(second))
    whole[:, 1:] = text
    return _fixed("", whole, None)


def _fixed(prefix: str, text: Array, given: Array | None) -> pa.Array:
    """A string column of equally long values; NULL where not given."""
    rows = len(text)
    kept = text if given is None else text[given]
    width = len(prefix) + text.shape[1]
    whole = np.empty((len(kept), width), dtype=np.uint8)
    whole[:, : len(prefix)] = np.frombuffer(prefix.encode(), dtype=np.uint8)
    whole[:, len(prefix) :] = kept
    lengths = np.full(rows, width) if given is None else np.where(given, width, 0)
    offsets = np.concatenate(([0], np.cumsum(lengths))).astype(np.int32)
    valid = None if given is None else pa.py_buffer(np.packbits(given, bitorder="little").tobytes())
    buffers = [valid, pa.py_buffer(offsets), pa.py_buffer(whole)]
    return pa.Array.from_buffers(pa.string(), rows, buffers)
