"""What goes into a publication: all public marts, or of each the rows of one tenant."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass

from publishing.contracts import Contract
from publishing.warehouse import Column, ReaderError, Relation, Warehouse, literal, quoted

# The label of traffic without a tenant, which is nobody's to have.
NOBODY = "unknown"


@dataclass(frozen=True)
class Published:
    """A mart, or the part of it that a tenant may see."""

    name: str
    room: str
    description: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    key_is_complete: bool  # no part of it is ever NULL
    condition: str

    def query(self, warehouse: Warehouse) -> str:
        names = ", ".join(quoted(column.name) for column in self.columns)
        return f"select {names} from {warehouse.named(self.name)} where {self.condition}"


@dataclass(frozen=True)
class Content:
    marts: tuple[Published, ...]
    left_out: tuple[str, ...]
    columns_left_out: tuple[str, ...]


def published(
    relation: Relation, contract: Contract, condition: str, hidden: frozenset[str]
) -> Published:
    columns = tuple(column for column in relation.columns if column.name not in hidden)
    return Published(
        relation.name,
        contract.room,
        relation.description,
        columns,
        () if hidden & set(contract.key) else contract.key,
        not contract.may_be_missing,
        condition,
    )


def of_everybody(warehouse: Warehouse, contracts: Mapping[str, Contract]) -> Content:
    relations = warehouse.relations()
    marts = [
        published(relations[name], contract, "true", frozenset())
        for name, contract in contracts.items()
    ]
    left_out = sorted(set(relations) - set(contracts))
    return Content(tuple(marts), tuple(left_out), ())


def tenants_of(warehouse: Warehouse) -> list[str]:
    """Everybody whom a row of facts or the register names."""
    tables = [warehouse.named(name) for name in ("dim_tenants", "fct_attempts", "fct_tickets")]
    union = " union ".join(f"select tenant_id from {table}" for table in tables)
    return [tenant for (tenant,) in warehouse.rows(union + " order by 1") if tenant is not None]


def condition_of(relation: Relation, warehouse: Warehouse, tenant: str) -> str | None:
    """Which rows of a mart are a tenant's own; none where it does not know tenants."""
    names = {column.name for column in relation.columns}
    if "tenant_id" in names:
        return f"tenant_id = {literal(tenant)}"
    if {"segment_type", "segment_value"} <= names and warehouse.rows(
        f"select 1 from {warehouse.named(relation.name)} where segment_type = 'tenant' limit 1"
    ):
        return f"segment_type = 'tenant' and segment_value = {literal(tenant)}"
    return None


def of_tenant(warehouse: Warehouse, contracts: Mapping[str, Contract], tenant: str) -> Content:
    known = tenants_of(warehouse)
    if tenant == NOBODY or tenant not in known:
        near = difflib.get_close_matches(tenant, known, 3, 0.5)
        raise ReaderError(
            f"There is no tenant {tenant!r} in the warehouse."
            + (f" The nearest: {', '.join(near)}." if near else "")
        )
    relations = warehouse.relations()
    marts: list[Published] = []
    left_out: list[str] = []
    hidden: list[str] = []
    for name, contract in contracts.items():
        condition = condition_of(relations[name], warehouse, tenant)
        # What a ready view tells of others is said where its mart's columns are.
        if condition is None or not contract.columns:
            left_out.append(name)
        else:
            marts.append(
                published(relations[name], contract, condition, contract.kept_from_tenants)
            )
            hidden += [f"{name}.{column}" for column in sorted(contract.kept_from_tenants)]
    return Content(tuple(marts), tuple(sorted(left_out)), tuple(sorted(hidden)))
