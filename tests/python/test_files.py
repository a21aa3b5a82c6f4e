"""Whatever a landing file looks like, its rows are in one place, and what is not read is named."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import duckdb
import pyarrow
import pytest
from conftest import DbtError, query

BuildWarehouse = Callable[..., Path]
AT = "2026-03-01T08:00:00Z"
HEADER = "external_request_id,occurred_at,input_tokens,note\n"


def row(request: str, note: str = "x") -> str:
    return f"{request},{AT},1,{note}\n"


def rows(*requests: str) -> str:
    return "".join(row(request) for request in requests)


def line(request: str, **fields: object) -> str:
    return json.dumps({"externalRequestId": request, "occurredAt": AT, "inputTokens": 1} | fields)


def many(first: int, last: int) -> list[str]:
    return [f"r{number}" for number in range(first, last + 1)]


class File(NamedTuple):
    """What a file holds, the requests that are attempts, and the lines that are rejected."""

    content: str | bytes
    accepted: list[str]
    rejected: list[int | None] = []  # noqa: RUF012 - never changed


FILES: dict[str, File] = {
    # CSV: quotes
    "backslashes.csv": File(
        HEADER + row("r1") + f'r2,{AT},1,"said \\"no\\" twice"\n' + rows(*many(3, 1000)),
        ["r1", *many(3, 1000)],
        [3],
    ),
    "text_after_quote.csv": File(
        HEADER + row("r1") + f'r2,{AT},1,"a"b\n' + row("r3"), ["r1", "r3"], [3]
    ),
    "quote_never_closed.csv": File(
        HEADER + row("r1") + f'r2,{AT},1,"never closed\n' + rows("r3", "r4"),
        ["r1", "r3", "r4"],
        [3],
    ),
    "two_never_closed.csv": File(
        HEADER + f'r1,{AT},1,"open\n' + rows("r2", "r3") + f'r4,{AT},1,"open\n' + row("r5"),
        ["r2", "r3", "r5"],
        [2, 5],
    ),
    "inches.csv": File(HEADER + row("r1", '12" screen') + row("r2", '5" x 7"'), ["r1", "r2"]),
    "quoted.csv": File(
        HEADER + row('"r1"', '"a, ""b"", c"') + row("r2", '""') + row("r3", '""""'),
        ["r1", "r2", "r3"],
    ),
    "too_few_and_too_many.csv": File(
        HEADER + f"r1,{AT},1\n" + row("r2") + f"r3,{AT},1,x,surplus\n" + f"r4,{AT},1,x,\n",
        ["r2", "r4"],
        [2, 4],
    ),
    # CSV: line ends
    "line_breaks_in_cells.csv": File(
        HEADER + row("r1", '"a\nb\n\nc"') + row("r2", '"d"",""\ne"') + row("r3"), ["r1", "r2", "r3"]
    ),
    "breaks_of_the_other_kind.csv": File(
        (HEADER + row("r1", '"a<LF>b"') + row("r2")).replace("\n", "\r\n").replace("<LF>", "\n"),
        ["r1", "r2"],
    ),
    "windows_breaks_in_unix_rows.csv": File(
        HEADER + row("r1", '"a\r\nb"') + row("r2"), ["r1", "r2"]
    ),
    "windows_header.csv": File(HEADER.replace("\n", "\r\n") + rows("r1", "r2"), ["r1", "r2"]),
    "old_mac.csv": File((HEADER + rows("r1", "r2")).replace("\n", "\r"), ["r1", "r2"]),
    "no_last_line_end.csv": File((HEADER + rows("r1", "r2")).rstrip("\n"), ["r1", "r2"]),
    "break_then_bad.csv": File(
        HEADER + row("r1", '"a\nb"') + f'r2,{AT},1,"x"y\n' + row("r3", '"c\nd"') + row("r4"),
        ["r1", "r3", "r4"],
        [4],
    ),
    # CSV: encodings
    "cp1252_key.csv": File(
        (HEADER + row("r1") + row("rä") + row("r3")).encode("cp1252"), ["r1", "r3"], [3]
    ),
    "cp1252_ignored.csv": File(
        (HEADER + row("r1") + row("r2", "schön") + row("r3")).encode("cp1252"), ["r1", "r3"], [3]
    ),
    "cp1252_header.csv": File(
        (HEADER.replace("note", "größe") + rows("r1", "r2")).encode("cp1252"), ["r1", "r2"]
    ),
    "excel.csv": File("\ufeff" + HEADER + rows("r1", "r2"), ["r1", "r2"]),
    # CSV: headers
    "trailing_comma.csv": File(HEADER.replace("\n", ",\n") + rows("r1", "r2"), ["r1", "r2"]),
    "trailing_commas.csv": File((HEADER + rows("r1", "r2")).replace("\n", ",\n"), ["r1", "r2"]),
    "excel_separator.csv": File(
        "sep=;\n" + (HEADER + rows("r1", "r2")).replace(",", ";"), ["r1", "r2"]
    ),
    "blank_line_first.csv": File("\n\n" + HEADER + "\n" + rows("r1", "r2"), ["r1", "r2"]),
    "semicolons.csv": File((HEADER + rows("r1", "r2")).replace(",", ";"), ["r1", "r2"]),
    "pipes.csv": File((HEADER + rows("r1", "r2")).replace(",", "|"), ["r1", "r2"]),
    "tabs.tsv": File((HEADER + rows("r1", "r2")).replace(",", "\t"), ["r1", "r2"]),
    "filename_column.csv": File(HEADER.replace("note", "filename") + rows("r1"), ["r1"]),
    "our_column.csv": File(HEADER.replace("note", "source_file") + rows("r1"), ["r1"]),
    "unknown_twice.csv": File(HEADER.replace("note", "note,note") + row("r1", "x,y"), ["r1"]),
    "header_again.csv": File(HEADER + row("r1") + HEADER + row("r2"), ["r1", "r2"]),
    "empty.csv": File("", []),
    "only_header.csv": File(HEADER, []),
    "semicolon_in_comma.csv": File(HEADER + row("r1", "a;b;c;d;e"), ["r1"]),
    # JSON
    "one_windows_line.jsonl": File(
        line("r1") + "\n" + line("r2") + "\r\n" + line("r3") + "\n", ["r1", "r2", "r3"]
    ),
    "old_mac.jsonl": File(line("r1") + "\r" + line("r2") + "\r", ["r1", "r2"]),
    "marked.jsonl": File("\ufeff" + line("r1") + "\n" + line("r2") + "\n", ["r1", "r2"]),
    "bad_lines.jsonl": File(
        line("r1") + '\n\n{"externalRequestId":\n[1, 2]\n' + line("r2") + "\n", ["r1", "r2"], [3, 4]
    ),
    "cp1252.jsonl": File(
        (line("r1") + "\n" + '{"externalRequestId": "rä"}' + "\n").encode("cp1252"), ["r1"], [2]
    ),
    "two_on_a_line.jsonl": File(line("r1") + line("r2") + "\n" + line("r3") + "\n", ["r3"], [1]),
    "key_twice.jsonl": File(
        line("r1") + '\n{"externalRequestId": "r2", "occurredAt": "' + AT + '", "inputTokens": 1, '
        '"inputTokens": 2}\n{"tag": 1, "tag": 2, ' + line("r3")[1:] + "\n",
        ["r1", "r3"],
        [2],
    ),
    "object.json": File(json.dumps(json.loads(line("r1")), indent=2), ["r1"]),
    "array.json": File("[" + line("r1") + ",\n" + line("r2") + ", 5]\n", ["r1", "r2"], [3]),
    "pretty_array.json": File(
        json.dumps([json.loads(line("r1")), json.loads(line("r2"))], indent=1), ["r1", "r2"]
    ),
    "pretty_objects.json": File(
        "\n".join(json.dumps(json.loads(line(name)), indent=1) for name in ("r1", "r2")) + "\n",
        ["r1", "r2"],
    ),
    "array_named_lines.jsonl": File(f"[{line('r1')}]", ["r1"]),
    "lines.json": File(line("r1") + "\n" + line("r2"), ["r1", "r2"]),
    "lines.ndjson": File(line("r1") + "\n", ["r1"]),
    "UPPER.JSONL": File(line("r1") + "\n", ["r1"]),
    "nested.jsonl": File(line("r1", tenantId={"id": 1}, model=["a"]) + "\n", ["r1"]),
    "raw_far_letters.json": File(
        "[" + json.dumps(json.loads(line("r1", toolName="— “b” 你")), ensure_ascii=False) + "]",
        ["r1"],
    ),
    "euro_in_cp1252.csv": File(
        (HEADER + row("r1", "5 €") + row("r2")).encode("cp1252"), ["r2"], [2]
    ),
    "both_spellings.csv": File(
        "external_request_id,externalRequestId,occurred_at,input_tokens,note\n"
        f',r1,{AT},1,x\nr2,,{AT},1,"x\ny"\n',
        ["r1", "r2"],
    ),
    # compressed
    "far_letters.jsonl.gz": File(
        gzip.compress(
            (json.dumps(json.loads(line("r1", toolName="—")), ensure_ascii=False) + "\n").encode()
        ),
        ["r1"],
    ),
    "lines.jsonl.gz": File(
        gzip.compress((line("r1") + "\n" + line("r2") + "\n").encode()), ["r1", "r2"]
    ),
    "bad_lines.jsonl.gz": File(
        gzip.compress((line("r1") + "\n{\n" + line("r2") + "\n").encode()), ["r1", "r2"], [2]
    ),
    "array.json.gz": File(gzip.compress(f"[{line('r1')}]".encode()), ["r1"]),
    "rows.csv.gz": File(gzip.compress((HEADER + rows("r1", "r2")).encode()), ["r1", "r2"]),
    "cp1252.csv.gz": File(
        gzip.compress((HEADER + row("r1") + row("rä")).encode("cp1252")), ["r1"], [3]
    ),
    # names
    "export[1].jsonl": File(line("r1") + "\n", ["r1"]),
    "export1.jsonl": File(line("r1") + "\n", ["r1"]),
    "inv*.csv": File(HEADER + row("r1"), ["r1"]),
    "inv-a.csv": File(HEADER + row("r1"), ["r1"]),
    "what?.jsonl": File(line("r1") + "\n", ["r1"]),
    "{a,b}.jsonl": File(line("r1") + "\n", ["r1"]),
    'it\'s "quoted".csv': File(HEADER + row("r1"), ["r1"]),
    "provider=azure/environment=prod/line=3/a.jsonl": File(line("r1") + "\n", ["r1"]),
    "provider=azure/tenant_id=t/source_file=x/a.csv": File(HEADER + row("r1"), ["r1"]),
    "link.jsonl": File(line("r1") + "\n", ["r1"]),
    "link_of_a_folder/2026/a.csv": File(HEADER + row("r1"), ["r1"]),
}


@pytest.fixture(scope="module")
def landed(build_warehouse: BuildWarehouse, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All files in one landing folder; the name of its file stands before each request's id."""
    landing = tmp_path_factory.mktemp("landing")
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    for name, file in FILES.items():
        folder = elsewhere if name.startswith("link") else landing / "llm_requests"
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        content = file.content if isinstance(file.content, bytes) else file.content.encode()
        path.write_bytes(content)
        # Not just now: what may still be written to, and ends within a line, waits.
        os.utime(path, (path.stat().st_mtime - 60,) * 2)
    for linked in elsewhere.iterdir():
        (landing / "llm_requests" / linked.name).symlink_to(linked)
    parquet = landing / "llm_requests" / "provider=azure" / "odd.parquet"
    duckdb.sql(f"""
        copy (
            select
                'r' || i as external_request_id, timestamp '2026-03-01 08:00' as occurred_at,
                1 as input_tokens, {{'id': i}} as tenant_id, 'x' as filename, 'y' as source_file,
                cast(0.1 as double) as reported_cost_usd
            from range(1, 3) as r(i)
        ) to '{parquet}'
    """)
    selected = ("--select", "+redeliveries", "+unread_files", "+attribution_coverage")
    return build_warehouse(
        landing, arguments=(*selected, "--indirect-selection=cautious"), data_tests=True
    )


@pytest.mark.parametrize("name", FILES)
def test_every_row_of_a_file_is_in_one_place(landed: Path, name: str) -> None:
    quoted = name.replace("'", "''")
    of_file = f"ends_with(source_file, '/llm_requests/{quoted}')"
    found = query(
        landed,
        f"""
        select external_request_id from raw_input.llm_requests
        where {of_file} and occurred_at is not null and input_tokens = '1'
        """,
    )
    assert sorted(request for (request,) in found) == sorted(FILES[name].accepted)
    rejected = query(landed, f"select source_line from rejected_rows where {of_file}")
    assert sorted(number for (number,) in rejected) == FILES[name].rejected
    counted = query(landed, f"select records from raw_input.inspected_files where {of_file}")
    assert counted == [(len(found) + len(rejected),)]


def test_names_of_folders_and_strange_columns_say_nothing(landed: Path) -> None:
    said = query(landed, "select distinct provider, environment from fct_attempts")
    assert said == [(None, None)]
    odd = """
        select tenant_id, sum(cast(reported_cost_usd as double)) from raw_input.llm_requests
        where source_file like '%odd.parquet' group by all order by all
    """
    assert [tenant for tenant, _ in query(landed, odd)] == ["{'id': 1}", "{'id': 2}"]


WITH_UNREAD_FILES = ("--select", "+unread_files", "+attribution_coverage")


def land(landing: Path, files: dict[str, str]) -> None:
    for name, content in files.items():
        path = landing / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")


def test_what_gives_the_warehouse_nothing_is_named_and_fails_after_the_marts(
    build_warehouse: BuildWarehouse, tmp_path: Path
) -> None:
    """Another tool's export, a format, a folder: each stands in unread_files with a reason."""
    landing = tmp_path / "landing"
    spend_log = {"request_id": "c", "call_type": "acompletion", "startTime": AT, "spend": 0.1}
    land(
        landing,
        {
            "llm_requests/spend.jsonl": f"{json.dumps(spend_log)}\n" * 20,
            "llm_requests/undated.csv": "external_request_id\n" + "r\n" * 20,
            "llm_requests/few.csv": "external_request_id\n" + "r\n" * 19,
            "llm_requests/export.xlsx": "x",
            "llm_request/a.jsonl": line("r1"),
            "notes.txt": "x",
            "llm_requests/told.jsonl": json.dumps(
                {"corrupt_record": "half a line", "occurredAt": AT}
            )
            + "\n",
            "tickets/people.csv": "name,age\nA,1\n",
            "tickets/fine.csv": "ticket_id\nT1\n",
        },
    )
    long = line("r1", note="x" * 17_000_000) + "\n"
    (landing / "llm_requests" / "long.jsonl.gz").write_bytes(gzip.compress(long.encode()))
    duckdb.sql(f"copy (select 1 as age) to '{landing}/tickets/people.parquet'")
    warehouse = tmp_path / "llm_costs.duckdb"
    selected = (*WITH_UNREAD_FILES, "assert_some_telemetry_is_usable")
    with pytest.raises(DbtError, match="assert_some_telemetry_is_usable"):
        build_warehouse(
            landing,
            warehouse=warehouse,
            arguments=(*selected, "--indirect-selection=cautious"),
            data_tests=True,
        )
    unread = "select parse_filename(source_file), reason, records, looks_like from unread_files"
    assert sorted(query(warehouse, unread)) == [
        ("a.jsonl", "unknown_raw_table", None, None),
        ("export.xlsx", "unknown_format", None, None),
        ("long.jsonl.gz", "unreadable", None, None),
        ("notes.txt", "unknown_raw_table", None, None),
        ("people.csv", "no_known_field", 1, None),
        ("people.parquet", "no_known_field", 1, None),
        ("spend.jsonl", "no_known_field", 20, "LiteLLM spend logs"),
        ("undated.csv", "no_usable_record", 20, None),
    ]
    assert query(warehouse, "select count(*) from rejected_rows") == [(62,)]


def test_what_cannot_be_unpacked_or_listed_is_refused_with_its_name(
    build_warehouse: BuildWarehouse, tmp_path: Path
) -> None:
    """DuckDB names no file where it stops, takes a false checksum, and lists no backslash."""
    folder = tmp_path / "llm_requests"
    folder.mkdir()
    packed = gzip.compress((line("r1") + "\n").encode() * 50)
    header = b"\x1f\x8b\x08\x00"
    damaged = {
        "half.jsonl.gz": packed[:-20],
        "half.csv.gz": packed[: len(packed) // 2],
        "zeros.jsonl.gz": packed + bytes(512),
        "checksum.jsonl.gz": packed[:-8] + b"1234" + packed[-4:],
        "noise.json.gz": header + b"x" * 50,
        "plain.jsonl.GZ": line("r2").encode(),
        "plain.csv.zst": b"external_request_id\nr3\n",
        "nothing.jsonl.gz": b"",
    }
    sound = {
        "twice.jsonl.gz": packed + packed,
        "of_nothing.jsonl.gz": gzip.compress(b""),
        "sound.jsonl.zst": zstd(line("r4")) + zstd("\n" + line("r5") + "\n"),
    }
    for name, content in (damaged | sound).items():
        (folder / name).write_bytes(content)
    only = ("--select", "+fct_attempts")
    with pytest.raises(DbtError, match="cannot be unpacked") as failure:
        build_warehouse(tmp_path, arguments=only)
    said = str(failure.value)
    assert {name for name in damaged | sound if f"/llm_requests/{name}: " in said} == set(damaged)

    for name in damaged:
        (folder / name).unlink()
    unlisted = [b"back\\slash.jsonl", b"caf\xe9.jsonl"]
    paths = [Path(os.fsdecode(os.fsencode(folder) + b"/" + name)) for name in unlisted]
    for path in paths:
        path.write_text(line("r6") + "\n", encoding="utf-8")
    with pytest.raises(DbtError, match="not UTF-8 or hold a backslash") as failure:
        build_warehouse(tmp_path, arguments=only)
    said = str(failure.value)
    assert "llm_requests/back\\slash.jsonl" in said
    assert "llm_requests/caf\\udce9.jsonl" in said
    for path in paths:
        path.unlink()
    warehouse = build_warehouse(tmp_path, arguments=only)
    requests = "select distinct request_id from fct_attempts order by 1"
    assert query(warehouse, requests) == [("r1",), ("r4",), ("r5",)]


def zstd(text: str) -> bytes:
    packed: bytes = pyarrow.Codec("zstd").compress(text.encode(), asbytes=True)
    return packed


def test_a_column_that_is_named_twice_is_refused_with_its_file(
    build_warehouse: BuildWarehouse, tmp_path: Path
) -> None:
    land(tmp_path, {"tickets/twice.csv": "ticket_id,Ticket_ID\nT1,T2\n"})
    with pytest.raises(DbtError, match=r"twice\.csv' names the column ticket_id twice"):
        build_warehouse(tmp_path)


def test_a_time_that_nobody_can_believe_moves_nothing(
    build_warehouse: BuildWarehouse, tmp_path: Path
) -> None:
    """Rejected for good, with the time: not read as missing, and not the newest event of all."""
    loaded = "2026-03-02T00:00:00Z"
    times = ["infinity", "-infinity", "epoch", "9999-12-31", "1999-12-31", "2026-03-04"]
    unbelievable = [
        line(f"bad{number}", occurredAt=time, ingestedAt=loaded)
        for number, time in enumerate(times)
    ]
    believable = [line("good", ingestedAt=loaded), line("late", occurredAt="2026-03-02T23:59:59Z")]
    loaded_never = line("bad", ingestedAt="9999-12-31T00:00:00Z")
    wrong = "2090-01-01T00:00:00Z"
    wrong_alike = line("wrong", occurredAt=wrong, ingestedAt=wrong)
    land(
        tmp_path,
        {
            "llm_requests/a.jsonl": "\n".join(
                [*unbelievable, *believable, loaded_never, wrong_alike]
            )
            + "\n",
            "tickets/a.jsonl": json.dumps(
                {"ticketId": "T1", "status": "open", "updatedAt": "infinity", "openedAt": AT}
            )
            + "\n",
        },
    )
    selected = ("--select", "+unread_files", "+int_as_of", "+int_tickets_current")
    warehouse = build_warehouse(tmp_path, arguments=selected)
    assert query(warehouse, "select as_of::varchar from int_as_of") == [("2026-03-02 23:59:59",)]
    rejected = "select reason, detail from rejected_rows order by source_line, detail"
    found = query(warehouse, rejected)
    assert {reason for reason, _ in found} == {"no_usable_time"}
    assert len(found) == len(times) + 2
    assert "occurred_at: 9999-12-31" in [detail for _, detail in found]
    assert query(warehouse, "select updated_at from int_tickets_current") == [(None,)]


def test_what_could_not_be_read_shows_nobody(
    build_warehouse: BuildWarehouse, tmp_path: Path
) -> None:
    told = '{"externalRequestId": "r", "note": "Ann Lee, ann@example.com, +49 170 1234567'
    land(tmp_path, {"llm_requests/a.jsonl": told + "x" * 500 + "\n"})
    warehouse = build_warehouse(tmp_path, arguments=("--select", "+rejected_rows"))
    ((detail,),) = query(warehouse, "select detail from rejected_rows")
    assert (
        detail == '{"xxxxxxxxxxxxxxxxx": "x", "xxxx": "xxx xxx, xxx@xxxxxxx.xxx, +00 000 0000000xxx'
    )
