"""Great Expectations at both borders: on what arrives, and on what is published.

    import borders

    borders.breaches(Path("warehouse/llm_costs.duckdb"))  # what must not be published, else []

What dbt tests cannot say well: whether data is like that of the weeks before. DuckDB adds up; GX
judges small frames with a row for each thing, says which rows breach, and writes Data Docs.
"""

from __future__ import annotations

from borders.checking import Finding, Report, breaches, check
from borders.suite import BorderError

__all__ = ["BorderError", "Finding", "Report", "breaches", "check"]
