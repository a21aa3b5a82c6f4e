"""What dbt gives to templates and sqlfluff's jinja templater does not.

sqlfluff makes every name of this module known to the templates that it lints. Macros render with
the engine that the project builds on by default, and with the variables of dbt_project.yml, so
that what is linted is what is run.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, pass_context
from jinja2.runtime import Context, Macro
from sqlfluff.core.templaters.builtins.dbt import MacroReturn, RelationEmulator

_ENGINE = "duckdb"
_PROJECT: dict[str, Any] = yaml.safe_load(
    (Path(__file__).resolve().parents[2] / "dbt_project.yml").read_text(encoding="utf-8")
)


class _Anything(RelationEmulator):
    """Stands for objects whose methods only matter when a query really runs."""


class _Adapter(_Anything):
    @staticmethod
    @pass_context
    def dispatch(context: Context, macro_name: str, macro_namespace: str = "") -> object:
        """The engine's own version of a macro, else the default one, as dbt chooses it."""
        del macro_namespace
        for prefix in (_ENGINE, "default"):
            if f"{prefix}__{macro_name}" in context:
                return context[f"{prefix}__{macro_name}"]
        raise LookupError(f"no {_ENGINE}__{macro_name} and no default__{macro_name}")


def env_var(name: str, default: str = "") -> str:
    """Every environment variable is unset: lint results do not depend on who lints."""
    del name
    return default


def var(name: str, default: object = "") -> object:
    """A variable of the project as dbt_project.yml sets it."""
    return _PROJECT.get("vars", {}).get(name, default)


def log(message: str, info: bool = False) -> str:
    """Messages are for those who build."""
    del message, info
    return ""


def as_number(value: str) -> str:
    """Type filters matter to dbt's configuration only."""
    return value


class _Column:
    """Types by the names that the engine gives them."""

    @staticmethod
    def translate_type(name: str) -> str:
        return {"string": "varchar"}.get(name, name)


class _Relation:
    @staticmethod
    def create(**parts: object) -> RelationEmulator:
        return RelationEmulator(str(parts["identifier"]))


class _Api:
    Column = _Column
    Relation = _Relation


class _Flags:
    """What is linted is what a build runs."""

    WHICH = "build"
    FULL_REFRESH = False


def load_cached_relation(relation: object) -> object:
    """Every relation is there, so that what is linted is a run of a part."""
    return relation


def _let_macros_return() -> None:
    """Make `return` end the macro that says it.

    sqlfluff ends the outermost macro of a file there: one that calls another macro of its own file
    would end with it.
    """
    call = Macro.__call__
    if hasattr(call, "ends_at_return"):  # sqlfluff loads this module once a linted file
        return

    @wraps(call)
    def call_until_return(*args: Any, **kwargs: Any) -> Any:
        try:
            return call(*args, **kwargs)
        except MacroReturn as returned:
            return returned.value

    call_until_return.ends_at_return = True  # type: ignore[attr-defined]
    Macro.__call__ = call_until_return  # type: ignore[method-assign]


def _compile_templates_once() -> None:
    """Keep what a template was compiled to.

    sqlfluff reads all macros anew for every file that it lints, which is half of its time. Its
    environments are alike: what one of them compiles is what another one does.
    """
    compile_template = Environment.compile
    if hasattr(compile_template, "compiles_once"):
        return

    compiled: dict[str, Any] = {}

    @wraps(compile_template)
    def compile_once(self: Environment, source: Any, *args: Any, **kwargs: Any) -> Any:
        if args or kwargs or not isinstance(source, str):
            return compile_template(self, source, *args, **kwargs)
        if source not in compiled:
            compiled[source] = compile_template(self, source)
        return compiled[source]

    compile_once.compiles_once = True  # type: ignore[attr-defined]
    Environment.compile = compile_once  # type: ignore[method-assign]


_let_macros_return()
_compile_templates_once()

adapter = _Adapter("adapter")
api = _Api()
exceptions = _Anything("exceptions")
flags = _Flags()
model = _Anything("this_model")
selected_resources = ["model.llm_costs.run_dates"]
target = _Anything("target")
execute = True
graph: dict[str, Any] = {"failed_tests": [], "tests_all_files": False}
invocation_id = "invocation"

SQLFLUFF_JINJA_FILTERS = {"as_number": as_number}


def _as_function(name: str) -> Callable[..., str]:
    def called(column: str = "id", *ways: object, **named_ways: object) -> str:
        del ways, named_ways
        return f"{name}({column})"

    return called


# What is called of the macros that .sqlfluff leaves out.
unusual_timestamp = _as_function("unusual_timestamp")
has_known_zone = _as_function("has_known_zone")


is_one_of = _as_function("is_one_of")
says_several_counts = _as_function("says_several_counts")
largest_count = _as_function("largest_count")
has_differing_spellings = _as_function("has_differing_spellings")


def raw_kinds() -> list[str]:
    return ["raw_email", "raw_phone", "raw_name"]


shown_id = _as_function("shown_id")
shown_kind = _as_function("shown_kind")
withheld_kind = _as_function("withheld_kind")
identifier_kind = _as_function("identifier_kind")
