"""Reference seeds load by name, and a mistake in one is named with its file, row and value."""

from __future__ import annotations

import csv
import re
import shutil
from pathlib import Path

import pytest
from conftest import PROJECT, DbtError, query, run_dbt
from test_incremental import event, telemetry

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")
REFERENCE = ("--select", "path:seeds/reference", "path:models/staging/reference")
# The row that prices what event() sends.
KEY = "openai,gpt-4.1,standard,0,1970-01-01"
ROW = f"{KEY},2,0.5,,8,"
MINI = "openai,gpt-4.1-mini,standard,0,1970-01-01"


class Copy:
    """A copy of the project whose seeds are edited, and a warehouse that it builds."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "project"
        ignored = shutil.ignore_patterns(".*", "target", "warehouse", "raw")
        shutil.copytree(PROJECT, self.folder, ignore=ignored)
        self.warehouse = folder / "llm_costs.duckdb"
        self.landing = folder / "landing"
        self.landing.mkdir()
        self.warnings: list[str] = []

    def clear(self) -> None:
        """No warehouse and no data; the paths stay, as others would have dbt parse all anew."""
        self.warehouse.unlink(missing_ok=True)
        shutil.rmtree(self.landing)
        self.landing.mkdir()
        self.restore()

    def restore(self) -> None:
        for file in (PROJECT / "seeds" / "reference").glob("*.csv"):
            shutil.copy(file, self.seed(file.stem))

    def seed(self, name: str) -> Path:
        return self.folder / "seeds" / "reference" / f"{name}.csv"

    def replace(self, seed: str, old: str, new: str) -> None:
        text = self.seed(seed).read_text(encoding="utf-8")
        assert old in text, (seed, old)
        self.seed(seed).write_text(text.replace(old, new, 1), encoding="utf-8")

    def append(self, seed: str, *lines: str) -> None:
        with self.seed(seed).open("a", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in lines)

    def dbt(self, command: str, *arguments: str) -> None:
        target = self.folder / "target"
        self.warnings.clear()
        heard: list[str] = []
        run_dbt([command, *arguments], self.warehouse, target, self.landing, self.folder, heard)
        self.warnings += [warning for warning in heard if "seeds/reference" in warning]

    def build(self) -> None:
        self.dbt("build", *REFERENCE)

    def refusal(self, *arguments: str) -> str:
        with pytest.raises(DbtError) as failure:
            self.dbt("build", *(arguments or REFERENCE))
        return str(failure.value)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    return Copy(tmp_path_factory.mktemp("seeds"))


@pytest.fixture
def copy(shared: Copy) -> Copy:
    shared.clear()
    return shared


def tables(copy: Copy) -> dict[str, list[tuple[object, ...]]]:
    found = {}
    for file in sorted((copy.folder / "seeds" / "reference").glob("*.csv")):
        with (PROJECT / "seeds" / "reference" / file.name).open(encoding="utf-8") as lines:
            header = next(csv.reader(lines))
        columns = ", ".join(header)
        sql = f"select {columns} from reference.{file.stem} order by all"
        found[file.stem] = query(copy.warehouse, sql)
    return found


def test_columns_in_another_order_load_by_name(copy: Copy) -> None:
    copy.dbt("seed")
    before = tables(copy)
    assert len(before) == len(list((PROJECT / "seeds" / "reference").glob("*.csv")))
    for name in before:
        with copy.seed(name).open(encoding="utf-8", newline="") as file:
            rows = [row[::-1] for row in csv.reader(file)]
        # Excel writes a byte order mark and ends lines as Windows does; a blank last line is none.
        with copy.seed(name).open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerows(rows)
            file.write("\r\n")
    copy.dbt("seed")
    assert tables(copy) == before
    copy.warehouse.unlink()
    copy.dbt("seed")
    assert tables(copy) == before
    copy.restore()
    copy.dbt("seed")
    assert tables(copy) == before


def test_unknown_missing_and_repeated_columns_are_named(copy: Copy) -> None:
    copy.build()
    before = tables(copy)
    copy.replace("tenant_users", "user_id,tenant_id", "user_id,tenent_id")
    copy.replace("tenants", "tenant_id,", "Tenant_ID,")
    copy.replace("intents", "intent,risk_level", "intent,intent")
    copy.replace("model_tiers", ",tier_rank", ", tier_rank")
    copy.replace("prompt_releases", ",owner,note", ",owner,note,reviewer")
    budgets = copy.seed("budgets").read_text(encoding="utf-8")
    copy.seed("budgets").write_text(budgets.replace(",", ";"), encoding="utf-8")
    # no row to load, and no column of a known name
    copy.seed("spend_spike_rules").write_text("grain,growth\n", encoding="utf-8")
    said = copy.refusal()
    for seed, unknown, missing in (
        ("tenant_users", "tenent_id", "tenant_id"),
        ("tenants", "Tenant_ID", "tenant_id"),
        ("intents", "intent_2", "risk_level"),
        ("model_tiers", " tier_rank", "tier_rank"),
        ("budgets", "budget_id;scope_type;", "budget_id, scope_type"),
        ("spend_spike_rules", "grain, growth", "period_grain, min_growth"),
    ):
        message = next(part for part in said.split("seeds/reference/") if part.startswith(seed))
        assert f"unknown: {unknown}" in said, seed
        assert f"missing: {missing}" in said, message
        assert f"seeds/reference/{seed}.csv, line 1" in said
    assert "seeds/reference/prompt_releases.csv, line 1" in said
    assert "unknown: reviewer" in said
    # What was there stays as it was.
    assert tables(copy) == before


CELLS = (
    # seed, a row of it, the same with a mistake, the value as it is named
    ("endpoint_taxonomy", "true,600,0.060", "true,600.5,0.060", "output_token_cap is '600.5'"),
    ("endpoint_taxonomy", "low,false,400", "low,falsch,400", "is_public is 'falsch'"),
    ("endpoint_taxonomy", "700,0.040", '"1,200",0.040', "output_token_cap is '1,200'"),
    ("endpoint_taxonomy", "60,0.005", "60,$0.005", "stage_cost_cap_usd is '$0.005'"),
    ("endpoint_taxonomy", "docs_summary,", "docs\u00a0summary,", "tag is 'docs\u00a0summary'"),
    ("endpoint_taxonomy", "4000,0.500", "4e3,0.500", "output_token_cap is '4e3'"),
    ("model_prices", f"{KEY},2,", f'{KEY},"2,0",', "input_usd_per_million is '2,0'"),
    ("model_prices", "1970-01-01,8,,,24", "1970-13-01,8,,,24", "effective_from is '1970-13-01'"),
    ("model_prices", "1970-01-01,0.8", "1970-01-01 08:00,0.8", "is '1970-01-01 08:00'"),
    ("model_prices", "0.8,0.08,1,4", "0.8,0.0800001,1,4", "is '0.0800001'"),
    ("model_tiers", "haiku,economy,1", "haiku,economy,I", "tier_rank is 'I'"),
    ("budgets", "42.00", '"1 042.00"', "amount_usd is '1 042.00'"),
    ("budgets", "20.00", '"20,00"', "amount_usd is '20,00'"),
    ("budgets", "7.50,,2026-07-01", "7.50,,2026-02-29", "effective_from is '2026-02-29'"),
    ("budgets", "2.50,,2026-07-01", "2.50,,01.07.2026", "effective_from is '01.07.2026'"),
    ("budgets", ",4200000,", ",4.2e6,", "amount_tokens is '4.2e6'"),
    ("peak_windows", "2026-08-24,", "24.08.2026,", "starts_on is '24.08.2026'"),
    ("incidents", "reply,2026-07-20", "reply,20.07.2026", "started_on is '20.07.2026'"),
    ("incidents", "drift context", "drift\u00a0context", "is 'cost_drift\u00a0context"),
    ("guardrails", "at_most,0.05", "at_most,5%", "limit_value is '5%'"),
    ("guardrails", "2026-10-16,", "2026-10-32,", "due_on is '2026-10-32'"),
    ("tenants", "scale,false", "scale,maybe", "is_internal is 'maybe'"),
    ("tenants", "\nwren,", "\nwren ,", "tenant_id is 'wren '"),
    ("tenant_users", ",xylo", ",\u00a0xylo", "tenant_id is '\u00a0xylo'"),
    ("tenant_users", "copperline", "copper\u200bline", "tenant_id is 'copper\u200bline'"),
    ("intents", "0.20,6", "20%,6", "baseline_escalation_rate is '20%'"),
    ("intents", "0.16,5", "0.16,5 min", "human_handle_minutes is '5 min'"),
    ("prompt_releases", "2026-05-26T09:00:00Z", "2026-05-26 25:00", "is '2026-05-26 25:00'"),
    ("prompt_releases", "2026-09-22T08:00:00Z", "2026-09-22T08:00:00+02:00", "+02:00'"),
    ("outcome_definitions", "2,false,true,72,168", "2,false,true,72.5,168", "'72.5'"),
    ("outcome_definitions", "human,2,false", "human,v2,false", "version is 'v2'"),
    ("spend_spike_rules", "3,28,0.50", "3,28,50%", "dominant_share is '50%'"),
    ("use_cases", "low,false", "low,no idea", "is_internal_tooling is 'no idea'"),
    ("use_case_outcomes", "patch,1,2026", "patch,v1,2026", "version is 'v1'"),
    (
        "use_case_outcomes",
        "answer,1,2026-01-01",
        "answer,1,1.1.2026",
        "effective_from is '1.1.2026'",
    ),
    ("tool_caps", "6,1500", '6,"1,500"', "output_tokens_per_call is '1,500'"),
)


def test_cells_that_do_not_fit_their_type_are_named(copy: Copy) -> None:
    lines = []
    for seed, old, new, _ in CELLS:
        copy.replace(seed, old, new)
        before = copy.seed(seed).read_text(encoding="utf-8").split(new)[0]
        lines.append(before.count("\n") + 1)
    said = copy.refusal()
    for (seed, _, new, value), line in zip(CELLS, lines, strict=True):
        line += new.startswith("\n")
        named = [part for part in said.split("\n") if f"line {line}: " in part and value in part]
        assert named, (seed, line, value, said)
        assert f"seeds/reference/{seed}.csv" in said


def test_rows_with_too_few_or_too_many_fields_are_named(copy: Copy) -> None:
    copy.replace("tenants", "willow,Willow Health,growth,false", "willow,Willow Health")
    copy.replace("model_tiers", "gpt-4o,standard,2", "gpt-4o,standard,2,new")
    said = copy.refusal()
    assert "seeds/reference/tenants.csv" in said
    assert "willow,Willow Health" in said
    assert "seeds/reference/model_tiers.csv" in said


# seed, lines to append, what is said of them
VALUES = (
    (
        "model_prices",
        ["openai,gpt-9,stadard,0,2026-01-01,1,,,2,,,us,1"],
        ["openai, gpt-9, stadard, 0, 2026-01-01: service_tier is 'stadard'"],
    ),
    (
        "model_prices",
        ["openai,gpt-9,standard,0,2206-01-01,1,,,2,,,us,1"],
        ["openai, gpt-9, standard, 0, 2206-01-01: effective_from is '2206-01-01'"],
    ),
    (
        "model_prices",
        ["openai,gpt-9,flex,-1,2026-01-01,-1,,,24000,,,us,1"],
        ["over_input_tokens is '-1'", "is '-1.000000'", "output_usd_per_million is '24000.000000'"],
    ),
    (
        "model_prices",
        ["OpenAI,gpt-9b,Standard,0,2026-01-01,1,,,2,,,us,1"] * 2,
        ["openai, gpt-9b, standard, 0, 2026-01-01: the key"],
    ),
    ("model_prices", ["openai,gpt-9c,standard,0,2026-01-01,,,,,,,us,1"], ["_million is empty"]),
    ("model_aliases", ["openai,gpt-y,prefix,gpt-8.9"], ["gpt-y, prefix: model is 'gpt-8.9'"]),
    ("model_aliases", ["openai,gpt-z,prefx,gpt-5"], ["gpt-z, prefx: match_type is 'prefx'"]),
    ("model_tiers", ["openai,gpt-8.9,economy,1"], ["openai, gpt-8.9: model is 'gpt-8.9'"]),
    ("model_tiers", ["groq,a,premium,1"], ["groq, a: tier_rank is '1'"]),
    ("model_tiers", ["groq,b,gold,3"], ["groq, b: model_tier is 'gold'"]),
    (
        "endpoint_taxonomy",
        ["reply,chat_answer,support,answer,o,p,low,true,,"],
        ["row reply: canonical_tag is 'chat_answer'"],
    ),
    (
        "endpoint_taxonomy",
        ["ragg,rag.anwser,rag,answer,o,p,lwo,true,0,-1"],
        ["is 'rag.anwser'", "risk_level is 'lwo'", "cap is '0'", "cap_usd is '-1.000000'"],
    ),
    (
        "endpoint_taxonomy",
        ["new.tag,new.tag,supprt,answer,o,p,low,true,,"],
        ["row new.tag: use_case is 'supprt'"],
    ),
    (
        "endpoint_taxonomy",
        ["bot_reply,support.reply,sales,answer,o,p,low,true,,"],
        ["row bot_reply: use_case is 'sales'"],
    ),
    ("use_cases", ["voice,v,o,p,hihg,"], ["'hihg'", "is_internal_tooling is empty"]),
    (
        "use_case_outcomes",
        ["sale,call,0,2206-01-01,,draft,,"],
        ["'sale'", "'0'", "'2206-01-01'", "outcome is empty", "unit is empty", "stage is 'draft'"],
    ),
    (
        "use_case_outcomes",
        ["support,chat,1,2026-01-01,support.reply,,solved,s"],
        ["flow is 'chat'", "outcome is 'solved'", "endpoint_tag is 'support.reply'"],
    ),
    # an earlier second version of another endpoint, and a flow that nothing tells from another
    (
        "use_case_outcomes",
        ["sales,email,2,2025-12-31,rag.answer,draft,opened,o", "code,bug,1,2026-01-01,,,closed,b"],
        [
            "sales, email, 2: effective_from is '2025-12-31'",
            "sales, email, 2: endpoint_tag is 'rag.answer'",
            "code, bug, 1: endpoint_tag is empty",
        ],
    ),
    (
        "use_case_risks",
        ["sale,leaks,,tool_calls,"],
        ["'sale'", "control is empty", "metric is empty"],
    ),
    ("tool_caps", ["rag.asnwer,0,-1"], ["'rag.asnwer'", "workflow is '0'", "call is '-1'"]),
    ("tenants", ["northwind,Northwind,growth,false"], ["row northwind: the key"]),
    ("tenant_users", ["u_1,"], ["row u_1: tenant_id is empty"]),
    ("intents", ["order,lo,prem,1.5,-1"], ["'lo'", "'prem'", "'1.500000'", "'-1.000000'"]),
    (
        "prompt_releases",
        ["rag.answr,v1,2026-09-01T00:00:00Z,,o,n"],
        ["rag.answr, v1: endpoint_tag is 'rag.answr'"],
    ),
    (
        "prompt_releases",
        ["rag.answer,v2,2062-09-01T00:00:00Z,v2,o,n", "rag.answer,v3,,,o,n"],
        ["released_at is '2062", "baseline_version is 'v2'", "v3: released_at is empty"],
    ),
    ("budgets", ["b1,use_case,suport,,monthly,1,,2026-07-01,o"], ["scope_value is 'suport'"]),
    ("budgets", ["b2,endpoint,chat,,monthly,1,,2026-07-01,o"], ["scope_value is 'chat'"]),
    (
        "budgets",
        ["b3,team,x,lo,yearly,0,0,2602-07-01,o"],
        ["'team'", "'lo'", "'yearly'", "'0.000000'", "amount_tokens is '0'", "'2602"],
    ),
    ("budgets", ["b4,workspace,support,,daily,1,,2026-07-01,o"], ["scope_value is 'support'"]),
    ("budgets", ["b5,intent,refnd,,daily,1,,2026-07-01,o"], ["scope_value is 'refnd'"]),
    ("budgets", ["b6,intent,refund,,daily,,,2026-07-01,o"], ["amount_usd is empty"]),
    (
        "budgets",
        ["support_monthly,use_case,sales,low,weekly,1,,2026-09-01,o"],
        [
            "support_monthly, 2026-09-01: scope_value is 'sales'",
            "risk_level is 'low'",
            "period is 'weekly'",
        ],
    ),
    (
        "peak_windows",
        ["p1,team,x,2026-08-01,2026-07-01,-1,n", "p2,intent,refnd,,2206-01-01,1,n"],
        ["'team'", "ends_on is '2026-07-01'", "'-1.000000'", "starts_on is empty", "'2206-01-01'"],
    ),
    ("peak_windows", ["p2b,intent,refnd,2026-08-01,2026-08-02,1,n"], ["value is 'refnd'"]),
    # the last day of one and the first of the other
    (
        "peak_windows",
        ["p3,use_case,support,2026-09-06,2026-09-10,2,n"],
        ["row p3: starts_on is '2026-09-06'"],
    ),
    (
        "incidents",
        ["i1,cost_drift burst,team,,2206-01-01,spike,o,c,,,,,2026-01-01,"],
        [
            *("i1: alert_kinds is 'cost_drift burst'", "'team'", "scope_value is empty"),
            *("started_on is '2206-01-01'", "spike_class is 'spike'"),
            "closed_on is '2026-01-01', which should be not before started_on",
        ],
    ),
    ("incidents", ["INC-1,,workspace,all,2026-07-01,,o,c,,,,,,"], ["row INC-1: the key"]),
    (
        "incidents",
        [
            "i2,,use_case,suport,2026-07-01,,o,c,,rag.answr,,,,capp",
            "i3,,workspace,support,2026-07-01,,o,c,,,,,,",
            "i4,,prompt_version,reply_v12,2026-07-01,,o,c,,,,,,",
            "i5,,prompt_version,reply / v12,2026-07-01,,o,c,,,,,,",
        ],
        [
            *("i2: scope_value is 'suport'", "driver_endpoint_tag is 'rag.answr'"),
            *("guardrail_id is 'capp'", "i3: scope_value is 'support'"),
            *("i4: scope_value is 'reply_v12'", "i5: scope_value is 'reply / v12'"),
        ],
    ),
    (
        "guardrails",
        ["g1,cost,endpoint,rag.answer,under,-1,2206-01-01,o,,2026-01-01,2026-01-02"],
        [
            *("g1: metric is 'cost'", "direction is 'under'", "limit_value is '-1.000000'"),
            *("since is '2206-01-01'", "due_on is '2026-01-01'", "done_on is '2026-01-02'"),
        ],
    ),
    (
        "guardrails",
        [
            "g2,tenant_share,endpoint,rag.answer,at_most,1,,o,,,",
            "g3,budget_use,budget,support_month,at_most,1,,o,,,",
            "g4,retry_ratio,endpoint,rag.answr,at_most,1,,o,,,",
        ],
        [
            *("g2: scope_type is 'endpoint'", "g3: scope_value is 'support_month'"),
            "g4: scope_value is 'rag.answr'",
        ],
    ),
    (
        "outcome_definitions",
        ["mine,0,,true,-1,,10001,true,false,true,9,,d"],
        ["'0'", "'-1'", "require_closed is", "'10001'", "'9'", "require_verdict is"],
    ),
    (
        "ticket_statuses",
        ["any,7,closed", "zendesk,done,finished"],
        ["source_system is", "'finished'"],
    ),
    ("spend_spike_rules", ["month,-1,-1,-1,1,2,-1,-1"], ["'month'", "history_days is '1'"]),
)


def test_values_that_change_a_number_stop_and_are_named(copy: Copy) -> None:
    for seed, lines, _ in VALUES:
        copy.append(seed, *lines)
    said = copy.refusal()
    for seed, _, values in VALUES:
        rows = [line for line in said.split("\n") if f"seeds/reference/{seed}.csv: row" in line]
        for value in values:
            assert any(value in row for row in rows), (value, said)
    copy.restore()
    copy.build()
    assert copy.warnings == []


# Marts that say which use case a row is of.
WITH_USE_CASE = (
    *("dim_endpoints", "dim_flows", "dim_use_case_risks", "dim_use_cases"),
    *("fct_attempts", "fct_requests", "fct_workflows", "attribution_coverage"),
    *("endpoint_economics", "weekly_endpoint_economics", "cost_per_successful_workflow"),
    *("use_case_economics", "use_case_stages", "longest_threads"),
    *("stage_costs", "stage_transitions", "tool_calls"),
)
OF_USE_CASES = tuple(f"+{mart}" for mart in WITH_USE_CASE)


def test_a_use_case_is_rows_of_seeds(copy: Copy) -> None:
    """A voice assistant: no SQL, every data test green, and it appears wherever the five do.

    Beside it a tool of the company's own, which no number of customers holds.
    """
    phones = "phones,phones lead > head of phones"
    copy.append(
        "use_cases",
        "Voice,What callers hear,head of phones,phones lead > head of phones,high,false",
        "bots,What our own teams ask,head of engineering,platform lead,low,true",
    )
    copy.append(
        "use_case_outcomes",
        "voice,call,1,2026-01-01,,,call_resolved,call resolved",
        "voice,callback,1,2026-01-01,voice.book,,callback_kept,callback kept",
        "voice,call,2,2026-03-08,,,call_confirmed,call confirmed",
    )
    copy.append("use_case_risks", "voice,long calls,a cap on turns,thread_growth,growth_per_turn")
    copy.append(
        "endpoint_taxonomy",
        f"voice.turn,voice.turn,voice,answer,{phones},medium,true,300,0.001",
        f"ivr,voice.turn,voice,answer,{phones},medium,true,300,0.001",
        f"voice.book,voice.book,voice,book,{phones},medium,true,300,",
        "bots.ask,bots.ask,bots,answer,platform,platform lead,low,false,,",
    )
    copy.append("tool_caps", "voice.turn,1,50")
    copy.append("budgets", "voice_monthly,use_case,voice,,monthly,5,,2026-03-01,head of phones")
    copy.append("prompt_releases", "voice.turn,v1,2026-03-01T00:00:00Z,,phones,First")
    real = {"promptVersion": "v1", "tenantId": "northwind"}
    lookup = {"toolName": "lookup", "toolInputHash": "h", "toolOutputTokens": 80, "turnIndex": 1}
    days = {"resolved": 2, "dropped": 3, "won": 4, "kept": 5, "later": 9}
    rows = []
    for call, day in days.items():
        at = AT.format(day)
        tags = ("voice.turn", "ivr", *(("voice.book",) if call == "kept" else ()))
        for tag in tags:
            tool = lookup if tag != "voice.book" else {}
            rows.append(
                event(f"{call} {tag}", at, at, endpointTag=tag, workflowId=call, **real, **tool)
            )
    at = AT.format(2)
    rows.append(event("asked", at, at, endpointTag="bots.ask", workflowId="asked", **real))
    telemetry(copy.landing, "voice.jsonl", rows)
    outcomes = copy.landing / "workflow_outcomes" / "calls.csv"
    outcomes.parent.mkdir()
    outcomes.write_text(
        "workflow_id,outcome,is_success,completed_at\n"
        f"resolved,call_resolved,true,{at}\n"
        f"dropped,hung_up,false,{at}\n"
        f"won,sold_something,true,{at}\n"
        f"kept,callback_kept,true,{at}\n"
        f"later,call_resolved,true,{at}\n"
        f"asked,answered,true,{at}\n"
    )
    cautious = ("--indirect-selection", "cautious", "--exclude-resource-type", "unit_test")
    copy.dbt("build", *cautious, "--select", *OF_USE_CASES)
    assert copy.warnings == []

    holding = query(
        copy.warehouse,
        """
        select table_name from information_schema.columns
        where table_schema = 'marts' and column_name = 'use_case' order by 1
        """,
    )
    assert {name for (name,) in holding} == set(WITH_USE_CASE)
    for mart in WITH_USE_CASE:
        found = query(copy.warehouse, f"select count(*) from {mart} where use_case = 'voice'")
        assert found[0][0], mart
    assert query(
        copy.warehouse,
        """select distinct use_case, status from attribution_coverage
        where use_case = 'voice'
        and dimension in ('endpoint_tag', 'owner_and_escalation_path', 'use_case_budget')""",
    ) == [("voice", "known")]
    assert query(
        copy.warehouse,
        """
        select use_case, flow, outcome_definition, audience, workflows, successful_workflows,
            other_successes, cost_per_successful_workflow_usd > cost_per_workflow_usd
        from use_case_economics where period_grain = 'month' order by all
        """,
    ) == [
        ("bots", "unknown", "as_sent", "internal", 1, 1, 0, False),
        ("voice", "call", "call_v1", "customers", 3, 1, 1, True),
        # Resolved is no longer what counts, and was for those that began before.
        ("voice", "call", "call_v2", "customers", 1, 0, 1, None),
        ("voice", "callback", "callback_v1", "customers", 1, 1, 0, False),
    ]
    assert query(
        copy.warehouse,
        """
        select sum(workflows_over_call_cap), sum(calls_over_call_cap), sum(output_tokens_over_cap)
        from tool_calls where period_grain = 'month' and use_case = 'voice'
        """,
    ) == [(5, 5, 300)]
    assert query(
        copy.warehouse,
        """
        select owner, endpoints, flows, risks, budgets from dim_use_cases
        where use_case = 'voice'
        """,
    ) == [("head of phones", 2, 2, 1, 1)]


def test_what_may_be_maintained_later_warns(copy: Copy) -> None:
    copy.append("use_cases", "voice,v,,,high,false")
    copy.append("tenant_users", "u_1,nortwind")
    copy.append("budgets", "b1,tenant,nortwind,,monthly,1,,2026-07-01,o")
    copy.append("peak_windows", "p1,tenant,nortwind,2026-07-01,2026-07-09,2,n")
    copy.append("tenants", "Northwind,Northwind,growth,false")
    copy.append("prompt_releases", "rag.answer,v9,2026-09-01T00:00:00Z,v8,o,n")
    copy.append(
        "model_prices",
        "openai,gpt-5,standard,0,2036-01-01,1.25,2.5,,10,,,us,1",
        "openai,gpt-4o,standard,0,2026-11-01,2.5,,,9000,,,us,1",
        "openai,gpt-8,standard,0,2026-11-01,8,,,2,,,us,1",
    )
    copy.build()
    said = "\n".join(copy.warnings)
    for value in (
        "tenant_users.csv: row u_1: tenant_id is 'nortwind'",
        "budgets.csv: row b1, 2026-07-01: scope_value is 'nortwind'",
        "peak_windows.csv: row p1: scope_value is 'nortwind'",
        "tenants.csv: row Northwind: tenant_id is 'Northwind'",
        "use_cases.csv: row voice: owner is empty",
        "escalation_path is empty",
        "prompt_releases.csv: row rag.answer, v9: baseline_version is 'v8'",
        "gpt-5, standard, 0, 2036-01-01: effective_from is '2036-01-01'",
        "cached_input_usd_per_million is '2.500000'",
        "gpt-4o, standard, 0, 2026-11-01: output_usd_per_million is '9000.000000'",
        "gpt-8, standard, 0, 2026-11-01: output_usd_per_million is '2.000000'",
    ):
        assert value in said, said


FACTS = (
    *("--select", "+run_request_dates", "+int_deliveries_repeated"),
    *("--indirect-selection", "cautious", "--exclude-resource-type", "unit_test"),
)
WITHOUT_TESTS = (*FACTS, "--exclude-resource-type", "test")


AT = "2026-03-0{}T10:00:00Z"
COSTS = "select request_id, priced_cost_usd from int_attempts_attributed order by 1"


def arrives(copy: Copy, day: int) -> None:
    at = AT.format(day)
    telemetry(copy.landing, f"{day}.jsonl", [event(f"r{day}", at, at)])


def test_a_price_that_attempts_carry_is_not_changed_in_place(copy: Copy) -> None:
    arrives(copy, 1)
    at = AT.format(1)
    telemetry(copy.landing, "mini.jsonl", [event("m1", at, at, model="gpt-4.1-mini")])
    copy.dbt("build", *WITHOUT_TESTS)
    before = query(copy.warehouse, COSTS)
    (_, mini), (_, cost) = before

    # Nothing was priced by the first, and the other says the same.
    other = "openai,gpt-4o,standard,0,1970-01-01,"
    copy.replace("model_prices", f"{other}2.5", f"{other}3")
    copy.replace("model_prices", ROW, f"{KEY.replace('openai', 'OpenAI')},2.00,0.50,2,8,")
    copy.dbt("build", *WITHOUT_TESTS)
    assert query(copy.warehouse, COSTS) == before

    arrives(copy, 2)
    copy.restore()
    copy.replace("model_prices", ROW, f"{KEY},9,0.5,,8,")
    copy.replace("model_prices", MINI, MINI.replace("1970-01-01", "2026-01-01"))
    said = copy.refusal(*WITHOUT_TESTS)
    assert "seeds/reference/model_prices.csv: attempts are priced by rows that are others" in said
    assert (
        f"row {KEY.replace(',', ', ')}: it said 2.000000, 0.500000, 2.000000, 8.000000, "
        "2.000000, and now 9.000000, 0.500000, 9.000000, 8.000000, 9.000000"
    ) in said
    assert re.search(rf"row {MINI.replace(',', ', ')}: it said [\d., ]+ and now it is gone", said)
    assert "later effective_from" in said
    assert "--full-refresh" in said
    assert query(copy.warehouse, COSTS) == before
    # Taken back, or restated.
    copy.restore()
    copy.dbt("build", *WITHOUT_TESTS)
    assert query(copy.warehouse, COSTS) == [*before, ("r2", cost)]
    copy.replace("model_prices", ROW, f"{KEY},9,0.5,,36,")
    copy.dbt("build", "--full-refresh", *WITHOUT_TESTS)
    restated = cost * 9 / 2
    assert query(copy.warehouse, COSTS) == [("m1", mini), ("r1", restated), ("r2", restated)]


def test_a_mistake_stops_before_the_facts_and_leaves_nothing(copy: Copy) -> None:
    arrives(copy, 1)
    copy.dbt("build", *WITHOUT_TESTS)
    before = query(copy.warehouse, COSTS)
    arrives(copy, 2)
    for seed, old, new in (
        ("model_prices", "gpt-4.1,batch,", "gpt-4.1,bacth,"),
        ("model_aliases", "-4o-2024-08-06,exact,gpt-4o", "-4o-2024-08-06,exact,gpt-4oo"),
    ):
        copy.restore()
        copy.replace(seed, old, new)
        with pytest.raises(DbtError, match=f"seeds/reference/{seed}.csv: row"):
            copy.dbt("build", *FACTS)
        assert query(copy.warehouse, COSTS) == before, seed
    copy.restore()
    copy.dbt("build", *WITHOUT_TESTS)
    assert query(copy.warehouse, COSTS) == [*before, ("r2", before[0][1])]
