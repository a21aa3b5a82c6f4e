"""Keys made of parts: two of them are equal exactly where all their parts are, whatever data says.

Every call of a macro that makes a key is found in the project's own files, so that a key that is
added later is tested too, and no key is put together by other means.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import duckdb
import pyarrow as pa
import pytest
from conftest import PROJECT, invoke_dbt
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

Parts = tuple[Any, ...]

# What data may say to pass for something else: separators, sentinels, digits and the encoder's own.
TRAPS: Final = ("", "~", "|", ":", "0:", "1:", ":1", "0", "1", "~|", "id:x", "no:1", "r|id:1")
TRAPS_OF_KEYS: Final = (*TRAPS, "1|id:x", "1:r", "id:1:r", "unknown", "NULL", "\\", "'", "ä", "a\0")
ALPHABET: Final = "|~:01\\ä"
TEXTS: Final = st.none() | st.sampled_from(TRAPS_OF_KEYS) | st.text(ALPHABET, max_size=4)

# Lists of parts that have a name. A new one needs its list here.
NAMED_PARTS: Final = {
    "delivered_fields()": ["delivered_fields()"],
    "fingerprinted_fields()": ["fingerprinted_fields()"],
    "fields": ["ticket_fields()", "workflow_outcome_fields()"],
    # case_state() prefixes each column with its relation.
    "columns": [],
}
# What is hashed: one text, or what joined_text() begins and the rules of telemetry end.
HASHED: Final = {
    "{{ text }}",
    "column",
    "'prompt_version'",
    "sent_request_id()",
    "'request_id'",
    "key",
    "'applied.reference_key'",
    "\"'request'\"",
    '"concat(" ~ joined_text([\'request_id\']) ~ ", " ~ attempt_name() ~ ")"',
    '"concat(" ~ joined_text([\'request_id\']) ~ ", coalesce(" ~ attempt_name() ~ ", '
    "concat('fp:', \" "
    '~ event_fingerprint() ~ ")))"',
    "coalesce('id:' || attempt_id, concat('fp:', {{ event_fingerprint() }}))",
}
# Texts of several values that are no keys: a version is digits, a rule's name is told from another.
NO_KEYS: Final = {
    "{{ rule",
    "definition_id",
    # The flow stands beside it in every key.
    "flow, '_v'",
    # A kind of raw identifiers and a tenant: what was sent like it has a mark before it.
    "user_id, ':', tenant_id",
    # A currency has no blank.
    "currency, ' ', cast(valid_from",
    # What an alert is about, for people: its parts are columns too
    "endpoint_tag, ' / ', prompt_version",
    "endpoint_tag, ' / ', numbers.prompt_version",
    # What an alert rests on, as a sentence, its runbook, and what a budget's state was told by
    "alerts.",
    # What a finding says
    "incident_id, ' took it, '",
    "spike_class, ', its alerts say ', alert_spike_classes",
    "metric, ' was '",
    "decided_by, '_', told_by",
    # A time, put together again
    'substr(" ~ text',
    # The key of a run and what is hashed by it: of one run it is the same text.
    "identifier_key()",
    # What could not be read, for people, and the names of its fields
    "unreadable_separator()",
    "is_beyond_belief(",
    # Counts that are compared with each other, two by two
    "counts_separator()",
    "name, type, converted_type",
    "split_part(",
    "joined_lines(",
    # What a message says
    "seed_file(",
    "which should be",
}


def sources() -> Iterator[tuple[str, str]]:
    """Every file of SQL, with its comments taken out."""
    for folder in ("models", "macros", "tests", "analyses"):
        for file in sorted((PROJECT / folder).rglob("*.sql")):
            text = re.sub(r"\{#.*?#\}", "", file.read_text(encoding="utf-8"), flags=re.DOTALL)
            yield str(file.relative_to(PROJECT)), re.sub(r"--[^\n{]*", "", text)


def calls(macro: str) -> Iterator[tuple[str, str]]:
    """The argument of every call of a macro, by file."""
    for file, text in sources():
        for found in re.finditer(rf"\b{macro}\(", text):
            if re.search(r"(macro|default__|spark__)\s*$", text[: found.start()]):
                continue
            depth, end = 1, found.end()
            while depth:
                depth += {"(": 1, ")": -1}.get(text[end], 0)
                end += 1
            yield file, re.sub(r"\s+", " ", text[found.end() : end - 1]).strip()


def lists_of_parts() -> list[str]:
    """The argument of every joined_text() of the project, as Jinja that dbt can render."""
    found = set()
    for _, argument in calls("joined_text"):
        found.update([argument] if argument.startswith("[") else NAMED_PARTS[argument])
    return sorted(found)


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The SQL of every key of the project, as dbt compiles it."""
    folder = tmp_path_factory.mktemp("keys")
    templates = {f"joined {parts}": f"{{{{ joined_text({parts}) }}}}" for parts in lists_of_parts()}
    templates |= {f"parts {parts}": f"{{{{ {parts} | tojson }}}}" for parts in lists_of_parts()}
    templates |= {
        "attempt_key": "{{ attempt_key() }}",
        "request_id": "{{ event_request_id() }}",
        "fingerprint": "{{ event_fingerprint() }}",
        "case_state": "{{ case_state('cases') }}",
        "user": "{{ labelled('value', calls_without_user(), [unknown_users()]) }}",
        "stage": "{{ labelled('value', 'start') }}",
        "driver": "{{ labelled('value', '(others)') }}",
    }
    inline = "\n=====\n".join(templates.values())
    options = ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT), "--quiet"]
    options += ["--target-path", str(folder), "--log-path", str(folder)]
    compiled = invoke_dbt(["compile", "--inline", inline, *options, "--log-level-file", "none"])
    texts = compiled.results[0].node.compiled_code.split("=====")
    return dict(zip(templates, (text.strip() for text in texts), strict=True))


def columns_and_key(rendered: dict[str, str], parts: str) -> tuple[list[str], str]:
    """A column for each part, which may be more than the name of one, and the key over them."""
    names = json.loads(rendered[f"parts {parts}"])
    expression = rendered[f"joined {parts}"]
    for place, name in enumerate(names):
        if not re.fullmatch(r"[\w.]+", name):
            expression = expression.replace(name, f"cases.part_{place}")
    columns = [
        name.split(".")[-1] if re.fullmatch(r"[\w.]+", name) else f"part_{place}"
        for place, name in enumerate(names)
    ]
    return columns, re.sub(r"\b\w+\.(?=[a-z_])", "cases.", expression)


def keys_of(expression: str, columns: Sequence[str], rows: Sequence[Parts]) -> list[Any]:
    """What the expression makes of each row of texts."""
    arrays = {
        name: pa.array([row[place] for row in rows], pa.string())
        for place, name in enumerate(columns)
    }
    cases = pa.table({**arrays, "place": range(len(rows))})
    with duckdb.connect() as connection:
        connection.register("cases", cases)
        found = connection.execute(f"select {expression} from cases order by place").fetchall()
    return [key for (key,) in found]


def assert_injective(
    expression: str,
    columns: Sequence[str],
    rows: Sequence[Parts],
    parts_of: Callable[[Parts], Any] = lambda row: row,
) -> None:
    """Keys are equal exactly where parts are."""
    keys = keys_of(expression, columns, rows)
    by_key: dict[Any, Any] = {}
    by_parts: dict[Any, Any] = {}
    for row, key in zip(rows, keys, strict=True):
        parts = parts_of(row)
        assert by_key.setdefault(key, parts) == parts, f"{row} has the key of another: {key}"
        assert by_parts.setdefault(parts, key) == key, f"{row} has two keys"


def shifted_pairs(columns: int) -> list[Parts]:
    """Every pair of traps in every two neighbouring parts; the others are missing or a trap."""
    traps = (None, *TRAPS)
    rows = []
    for place in range(max(columns - 1, 1)):
        for pair in itertools.product(traps, repeat=min(columns, 2)):
            row: list[Any] = [None] * columns
            row[place : place + 2] = pair
            rows.append(tuple(row))
    return list(dict.fromkeys(rows))


def arguments(text: str) -> list[str]:
    """The arguments of a call, cut at its own commas."""
    cut, depth, quoted = [""], 0, False
    for sign in text:
        quoted ^= sign == "'"
        depth += 0 if quoted else {"(": 1, "[": 1, "{": 1}.get(sign, -1 if sign in ")]}" else 0)
        if sign == "," and not quoted and depth == 0:
            cut.append("")
        else:
            cut[-1] += sign
    return [argument.strip() for argument in cut]


def test_no_key_is_made_by_other_means() -> None:
    hashed = {text for macro in ("hash_key", "narrowing_hash", "md5") for _, text in calls(macro)}
    assert {text for text in hashed if not re.match(r"(\{\{ )?joined_text\(", text)} == HASHED
    for file, text in (found for macro in ("concat", "concat_ws") for found in calls(macro)):
        values = [value for value in arguments(text) if not re.fullmatch(r"'(?:[^']|'')*'", value)]
        is_ours = "joined_text" in text or "strlen(" in text or "octet_length(" in text
        is_no_key = any(known in text for known in NO_KEYS)
        assert len(values) == 1 or is_ours or is_no_key, f"{file}: concat({text})"
    folders = ("models", "seeds", "tests")
    files = [file for folder in folders for file in (PROJECT / folder).rglob("*.yml")]
    declared = [(str(file), file.read_text(encoding="utf-8")) for file in files]
    for file, text in (*sources(), *declared):
        # A sign that stands for a missing value. The empty text does where nothing is empty.
        signs = re.findall(r"coalesce\((?:[^()]|\([^()]*\))*, '(\W+)'\)", text)
        assert not signs, file


def test_every_list_of_parts_is_told_apart(rendered: dict[str, str]) -> None:
    lists = lists_of_parts()
    assert len(lists) >= 14
    for parts in lists:
        columns, expression = columns_and_key(rendered, parts)
        assert_injective(expression, columns, shifted_pairs(len(columns)))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_any_texts_are_told_apart(rendered: dict[str, str], data: st.DataObject) -> None:
    parts = data.draw(st.sampled_from(lists_of_parts()))
    columns, expression = columns_and_key(rendered, parts)
    rows = data.draw(st.lists(st.tuples(*[TEXTS] * len(columns)), min_size=2, max_size=30))
    # And each again, with its texts cut at other places.
    for row in list(rows):
        text = "|".join("~" if part is None else part for part in row)
        cuts = sorted(data.draw(st.integers(0, len(text))) for _ in columns[1:])
        places = itertools.pairwise([0, *cuts, len(text)])
        rows.append(tuple(text[start:end] for start, end in places))
    assert_injective(expression, columns, rows)


def test_states_of_a_case_are_told_apart(rendered: dict[str, str]) -> None:
    columns = re.findall(r"strlen\(cast\(cases\.(\w+) as", rendered["case_state"])
    assert len(columns) > 15
    rows = [row for row in shifted_pairs(len(columns)) if row[0] is not None]
    assert_injective(rendered["case_state"], columns, rows)


IDENTITY: Final = ("external_request_id", "attempt_id", "attempt_number")


def fingerprinted(rendered: dict[str, str]) -> list[str]:
    return re.findall(r"strlen\(cast\((\w+) as", rendered["fingerprint"])


def identities(rendered: dict[str, str]) -> Iterator[Parts]:
    names = fingerprinted(rendered)
    traps = (None, *TRAPS_OF_KEYS)
    for request, attempt in itertools.product(traps, repeat=2):
        for number in (None, "1", "0", "12"):
            for called in (None, "", "~", "1:r", "|"):
                did: list[Any] = [None] * len(names)
                did[names.index("provider")] = called
                yield (request or None, attempt or None, number, *did)


def test_attempts_are_told_apart(rendered: dict[str, str]) -> None:
    """By request and id, else number, provider and model, else all that the call did."""
    names = fingerprinted(rendered)
    called = [names.index("provider"), names.index("model")]

    def parts_of(row: Parts) -> Any:
        request, attempt, number, *did = row
        if attempt is not None:
            return (request, "id", attempt)
        if number is not None:
            return (request, "no", number, *(did[place] for place in called))
        return (request, "fp", *did)

    columns = ["request_id", *IDENTITY[1:], *fingerprinted(rendered)]
    rows = [row for row in identities(rendered) if row[0] is not None]
    assert_injective(rendered["attempt_key"], columns, rows, parts_of)


def test_requests_are_told_apart(rendered: dict[str, str]) -> None:
    """By the id that was sent, else the attempt's, else all that the call did."""
    columns = [*IDENTITY, *fingerprinted(rendered)]

    def parts_of(row: Parts) -> Any:
        request, attempt, _, *did = row
        if request is not None:
            return ("sent", request)
        return ("id", attempt) if attempt is not None else ("fp", *did)

    rows = list(identities(rendered))
    # Names that we have given, and that somebody sends back.
    for _ in range(3):
        names = set(keys_of(rendered["request_id"], columns, rows))
        named = [name for name in names if name.startswith("synthetic-")]
        nothing = [None] * (len(columns) - 1)
        rows += [(name, *nothing) for name in named]
        # What is hashed, sent as the id of an attempt.
        text = keys_of(rendered["fingerprint"], columns, rows[:40])
        rows += [(None, fingerprint, *nothing[1:]) for fingerprint in text]
    assert_injective(rendered["request_id"], columns, rows, parts_of)


@pytest.mark.parametrize("label", ["user", "stage", "driver"])
def test_no_value_is_shown_as_a_missing_one(rendered: dict[str, str], label: str) -> None:
    words = ("(no user id)", "(unknown users)", "start", "(others)")
    values = [*words, *(f"~{word}" for word in words), "~", "~~", "~~start", "u", "unknown"]
    assert_injective(rendered[label], ["value"], [(None,), *((value,) for value in values)])
