"""The whole pipeline against an independent recomputation from the raw files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from compare import differences
from conftest import PROJECT, WITHOUT_OPERATIONS, connect
from warehouses import different_tables
from worlds import sample_worlds, write_landing

BuildWarehouse = Callable[..., Path]
REFERENCE = PROJECT / "seeds" / "reference"


def test_demo_company_is_what_the_rules_say(demo_warehouse: Path) -> None:
    with connect(demo_warehouse) as connection:
        found = differences(PROJECT / "seeds" / "raw", REFERENCE, connection)
    assert not found, "\n".join(found)


def check_world(build_warehouse: BuildWarehouse, folder: Path, number: int) -> None:
    world = sample_worlds(REFERENCE, 1, number)[0]
    landing = write_landing(world, folder / f"world_{number}", seed=number)
    warehouse = build_warehouse(landing, data_tests=True, **world.variables)
    with connect(warehouse) as connection:
        found = differences(landing, REFERENCE, connection, variables=world.variables)
    assert not found, f"world {number}: " + "\n".join(found)


@pytest.mark.parametrize("number", [1])
def test_small_worlds_are_what_the_rules_say(
    build_warehouse: BuildWarehouse, tmp_path: Path, number: int
) -> None:
    check_world(build_warehouse, tmp_path, number)


@pytest.mark.long
@pytest.mark.parametrize("number", [2, 3, *range(100, 160)])
def test_many_small_worlds_are_what_the_rules_say(
    build_warehouse: BuildWarehouse, tmp_path: Path, number: int
) -> None:
    check_world(build_warehouse, tmp_path, number)


def test_file_formats_and_row_order_change_nothing(
    build_warehouse: BuildWarehouse, tmp_path: Path
) -> None:
    world = sample_worlds(REFERENCE, 1, 50)[0]
    one, other = (
        build_warehouse(
            write_landing(world, tmp_path / str(seed), seed),
            arguments=WITHOUT_OPERATIONS,
            **world.variables,
        )
        for seed in (1, 2)
    )
    # Where a row came from is all that may differ.
    places = {"fct_attempts", "redeliveries", "rejected_rows"}
    assert set(different_tables(one, other)) <= places
