{#-
  What a run leaves for the next one: plain tables beside the models of the planner.
    completed_run        one row: the settings of the last run that rebuilt all that it was to rebuild, the newest ingested_at that is
                         fully in the facts, the moment that its reports spoke for, and the first date with spend. It is absent until
                         a first run has completed: then, and while a whole run goes on, a run is whole (whole.sql)
    loaded_tables        one row a raw table: where it came from
    loaded_files         one row a landing file that is fully in the facts (a changed size or time makes it new again)
    applied_references   one row a key of a reference, with the value that the facts and rollups carry
    last_run             whether the run before this one rebuilt everything that it was to rebuild, and whether this one has
    run_settings         one row a run and setting: what it was built with (settings.sql); never taken away
    failed_tests         the data tests that failed when they last ran, which look at all of history until they pass
  All but the last two move forward only after a run in which every model that exists and follows the planner succeeded. A failed or partial run
  leaves them as they are, and the next run takes the same rows again, which changes nothing.
-#}
{% macro run_state(table) -%}
    {#- dbt knows no graph while it parses, or in a unit test. -#}
    {%- set planner = graph.nodes['model.llm_costs.run_dates'] if execute and graph.nodes else target -%}
    {{- return(api.Relation.create(database=planner.get('database'), schema=planner.schema, identifier=table)) -}}
{%- endmacro %}


{% macro relation_of(node) -%}
    {{- return(api.Relation.create(database=node.get('database'), schema=node.schema, identifier=node.alias)) -}}
{%- endmacro %}


{#-
  A model's relation as the last run left it, for the planner upstream of it; none before its first build. Not a ref(): the model
  depends on its own past through the models downstream of it, not on this run's result.
-#}
{% macro previous_build(model_name) -%}
    {%- if not execute or not graph.nodes -%} {{- return(run_state(model_name)) -}} {%- endif -%}
    {{- return(load_cached_relation(relation_of(graph.nodes['model.llm_costs.' ~ model_name]))) -}}
{%- endmacro %}


{#-
  The same of what a run of a part cannot be planned without. It is missing where the runs before were of a selection that left it out: no
  mart reads it, or another one that was not asked for does.
-#}
{% macro compared_build(model_name) -%}
    {%- set built = previous_build(model_name) -%}
    {%- if built is none and not run_is_whole() -%}
        {{- exceptions.raise_compiler_error(
            "This run goes on from the last one, and `" ~ model_name ~ "`, by which it is planned, is not in this warehouse: what was built before"
            ~ " left it out. Build everything once with `dbt build --full-refresh`, or what you select together with it:"
            ~ " `dbt build --full-refresh --select <your models> +" ~ model_name ~ " +path:models/run`, and then the same without --full-refresh."
        ) -}}
    {%- endif -%}
    {{- return(built) -}}
{%- endmacro %}


{#- A statement of a hook, with its result, that takes effect at once: hooks have no transaction that dbt would commit. -#}
{% macro run_committed(sql) -%}
    {%- call statement('run_committed', fetch_result=true, auto_begin=false) -%} {{ sql }} {%- endcall -%}
    {{- return(load_result('run_committed').table) -}}
{%- endmacro %}


{% macro create_run_state() -%}
    {%- do run_committed("create schema if not exists " ~ run_state('last_run').without_identifier()) -%}
    {%- do create_run_settings() -%}
    {%- set text = type_text() -%}
    {%- for table, columns in {
        'last_run': 'was_finished boolean, is_finished boolean',
        'loaded_tables': 'raw_table ' ~ text ~ ', origin ' ~ text,
        'loaded_files': 'raw_table ' ~ text ~ ', source_file ' ~ text ~ ', file_size bigint, modified_at timestamp',
        'applied_references': 'reference_table ' ~ text ~ ', reference_key ' ~ text ~ ', reference_value ' ~ text,
        'failed_tests': 'unique_id ' ~ text,
    }.items() -%}
        {%- do run_committed("create table if not exists " ~ run_state(table) ~ " (" ~ columns ~ ")") -%}
    {%- endfor -%}
{%- endmacro %}


{#- A whole run finds nothing of the runs before it. -#}
{% macro forget_runs() -%}
    {%- set completed_run = load_cached_relation(run_state('completed_run')) -%}
    {%- if completed_run is not none -%} {%- do adapter.drop_relation(completed_run) -%} {%- endif -%}
    {%- for table in ['loaded_tables', 'loaded_files', 'applied_references'] -%}
        {%- do run_committed("drop table if exists " ~ run_state(table)) -%}
    {%- endfor -%}
    {%- if flags.FULL_REFRESH -%}
        {%- for table in ['inspected_files', 'landing_records', 'landing_files', 'unparsable_lines'] -%}
            {%- do run_committed("drop table if exists " ~ raw_input_relation(table)) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- do create_run_state() -%}
{%- endmacro %}


{#- The number goes up when what a stored table holds, or how, becomes another: an older warehouse is told so before its first model. -#}
{% macro state_version() -%} 7 {%- endmacro %}


{#-
  What every attempt is built with: the version of the tables, the variables, a changed one of which would hold for the dates of a run
  and for no other, how a request is hashed, and by which key a raw identifier. Under another hash, which an upgrade of the engine may bring, a run would find no
  earlier attempt of a request.
-#}
{% macro fact_settings() -%}
    {%- set sample = run_committed("select cast(" ~ narrowing_hash("'request'") ~ " as " ~ type_text() ~ ")").rows[0][0] -%}
    {{- return(
        'version of the tables: ' ~ state_version() | trim ~ ', cost_basis: ' ~ var('cost_basis')
        ~ ', reportable_data_modes: ' ~ var('reportable_data_modes') | join(' ')
        ~ ', reportable_environments: ' ~ var('reportable_environments') | join(' ') ~ ', reported_cost_includes_fees: ' ~ var('reported_cost_includes_fees')
        ~ ', free_providers: ' ~ var('free_providers') | join(' ')
        ~ ', input_excludes_cache: ' ~ var('input_excludes_cache') | string | replace("'", '') ~ ', hash of a request: ' ~ sample
        ~ ', raw identifiers: ' ~ identifier_setting()
    ) -}}
{%- endmacro %}


{% macro refuse_changed_settings() -%}
    {%- set completed_run = load_cached_relation(run_state('completed_run')) -%}
    {%- if completed_run is not none and not flags.FULL_REFRESH -%}
        {%- set recorded = run_committed("select settings from " ~ completed_run).rows[0][0] -%}
        {%- set settings = fact_settings() -%}
        {%- if recorded != settings -%}
            {{- exceptions.raise_compiler_error(
                "This warehouse was built with " ~ recorded ~ ", and this run has " ~ settings ~ ". Each of these reaches into "
                ~ "every attempt: run `dbt build --full-refresh` to rebuild history with the new ones, or set the old ones back. "
                ~ "Another hash comes with another version of this project or of the engine."
            ) -}}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}


{#- A warehouse of before these tables: its incremental models are there, and nothing says what they hold. -#}
{% macro refuse_other_version(selected) -%}
    {%- if not flags.FULL_REFRESH and load_cached_relation(run_state('last_run')) is none -%}
        {%- for node in selected if load_cached_relation(relation_of(node)) is not none -%}
            {{- exceptions.raise_compiler_error(
                "This warehouse was built by another version of this project: " ~ relation_of(node) ~ " is there, and no record of the"
                ~ " run that built it. Run `dbt build --full-refresh`, or name another warehouse file in LLM_COSTS_WAREHOUSE."
            ) -}}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}


{#- Facts of two origins must not be mixed: the older ones would stay beside the newer ones unnoticed. -#}
{% macro refuse_changed_origin(raw_table) -%}
    {%- set recorded = run_committed(
        "select origin from " ~ run_state('loaded_tables') ~ " where raw_table = '" ~ raw_table ~ "'"
    ).rows if not flags.FULL_REFRESH else [] -%}
    {%- if recorded | length > 0 and recorded[0][0] != raw_origin_name(raw_table) -%}
        {{- exceptions.raise_compiler_error(
            "This warehouse was built from '" ~ recorded[0][0] ~ "', and this run reads '" ~ raw_origin_name(raw_table)
            ~ "' for the raw table '" ~ raw_table ~ "'. Is `landing` or LLM_COSTS_LANDING what it was? If so, run `dbt build --full-refresh` to rebuild it from the new origin, "
            ~ "or name another warehouse file in LLM_COSTS_WAREHOUSE."
        ) -}}
    {%- endif -%}
{%- endmacro %}


{#- A run that is killed leaves `is_finished` as it is set here. -#}
{% macro begin_run() -%} {%- do adapter.dispatch('begin_run', 'llm_costs')() -%} {%- endmacro %}
{% macro default__begin_run() -%}
    {%- set last_run = run_state('last_run') -%}
    {%- do run_committed(
        "create or replace table " ~ last_run ~ " as
        select coalesce(bool_and(is_finished), true) as was_finished, false as is_finished from " ~ last_run
    ) -%}
{%- endmacro %}
{#- Every build is a whole one on Spark, so nothing has to be remembered of the last. -#}
{% macro spark__begin_run() -%} {%- endmacro %}


{#- Runs after every command; moves the state forward when all that follows the planner was rebuilt. -#}
{% macro end_run(results) -%}
    {%- if execute and flags.WHICH in ['build', 'test'] -%}
        {%- do adapter.dispatch('record_tests', 'llm_costs')(results) -%}
    {%- endif -%}
    {%- if execute and flags.WHICH in ['build', 'run'] -%}
        {%- set succeeded = results | selectattr('status', 'equalto', 'success') | map(attribute='node.unique_id') | list -%}
        {%- do name_unread_files(succeeded) -%}
        {%- set attempted = results | map(attribute='node.unique_id') | list -%}
        {%- set followers = models_that_follow_the_planner() -%}
        {%- if not attempted | select('in', followers) | list -%}
            {%- do adapter.dispatch('leave_run', 'llm_costs')() -%}
        {#- What has no dates has not been built as far as a fact. -#}
        {%- elif not followers | reject('in', succeeded) | list and previous_build('run_dates') is not none -%}
            {%- do adapter.dispatch('record_run', 'llm_costs')() -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}


{#-
  Tests that fail stop what comes after them, but not the next run: what they found would be forgotten with its lists. A test that is no longer
  there cannot pass, and is forgotten.
-#}
{% macro default__record_tests(results) -%}
    {%- for test in failed_tests() if test not in graph.nodes -%}
        {%- do run_committed("delete from " ~ run_state('failed_tests') ~ " where unique_id = '" ~ test ~ "'") -%}
    {%- endfor -%}
    {%- for result in results if result.node.resource_type == 'test' and result.node.package_name == 'llm_costs' -%}
        {%- set has_failed = result.status in ['fail', 'error'] -%}
        {%- set is_known = result.node.unique_id in failed_tests() -%}
        {%- if has_failed and not is_known -%}
            {%- do run_committed("insert into " ~ run_state('failed_tests') ~ " values ('" ~ result.node.unique_id ~ "')") -%}
        {%- elif is_known and result.status in ['pass', 'warn'] -%}
            {%- do run_committed("delete from " ~ run_state('failed_tests') ~ " where unique_id = '" ~ result.node.unique_id ~ "'") -%}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}
{% macro spark__record_tests(results) -%} {%- endmacro %}


{#- The tests that failed when they last ran; asked once, when a command starts. -#}
{% macro failed_tests() -%}
    {{- return(adapter.dispatch('failed_tests', 'llm_costs')()) -}}
{%- endmacro %}
{% macro default__failed_tests() -%}
    {%- if not execute -%} {{- return([]) -}} {%- endif -%}
    {%- if 'failed_tests' not in graph -%}
        {%- set recorded = load_cached_relation(run_state('failed_tests')) -%}
        {%- set failed_tests = run_committed("select unique_id from " ~ recorded).columns[0].values() if recorded else [] -%}
        {%- do graph.update({'failed_tests': failed_tests | list}) -%}
    {%- endif -%}
    {{- return(graph['failed_tests']) -}}
{%- endmacro %}
{% macro spark__failed_tests() -%} {{- return([]) -}} {%- endmacro %}


{#-
  The planner, the clock, the releases that it compares with those of before, and what a run replaces in part, as far as they are there:
  what was never built holds nothing old.
-#}
{% macro models_that_follow_the_planner() -%}
    {%- set found = [] -%}
    {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.package_name == 'llm_costs' -%}
        {%- set follows = node.config.materialized == 'incremental' or node.fqn[1] == 'run' or node.name in ['int_as_of', 'dim_prompt_releases'] -%}
        {%- if follows and load_cached_relation(relation_of(node)) is not none -%} {%- do found.append(node.unique_id) -%} {%- endif -%}
    {%- endfor -%}
    {{- return(found) -}}
{%- endmacro %}


{% macro default__record_run() -%}
    {%- set origins = [] -%}
    {%- for raw_table in raw_fields() -%}
        {%- do origins.append("('" ~ raw_table ~ "', '" ~ raw_origin_name(raw_table) | replace("'", "''") ~ "')") -%}
    {%- endfor -%}
    {%- set completed_run = run_state('completed_run') -%}
    {%- set before = load_cached_relation(completed_run) -%}
    {%- set planned = previous_build('run_dates') -%}
    {%- set clock = previous_build('int_as_of') -%}
    {%- set spend = previous_build('int_tenant_days') -%}
    {%- do run_committed(
        "create or replace table " ~ run_state('loaded_tables') ~ " as select * from (values " ~ origins | join(', ')
        ~ ") as origins (raw_table, origin)"
    ) -%}
    {%- do run_committed(
        "create or replace table " ~ run_state('loaded_files') ~ " as " ~ duckdb_files_taken_in()
    ) -%}
    {%- do run_committed(
        "create or replace table " ~ run_state('applied_references') ~ " as "
        ~ applied_references(previous_build('run_references'), previous_build('int_tickets_merged'))
    ) -%}
    {%- do run_committed("update " ~ run_state('last_run') ~ " set is_finished = true") -%}
    {%- do record_settings({
        'run_is_complete': true,
        'reports_speak_for': run_committed("select clock.as_of from " ~ clock ~ " as clock").rows[0][0] if clock else none,
    }) -%}
    {#- The last, because it says that all of the others are there. -#}
    {%- do run_committed(
        "create or replace table " ~ completed_run ~ " as
        select *, " ~ rows_behind('completed.ingested_through') ~ " as rows_behind from (select
            '" ~ fact_settings() | replace("'", "''") ~ "' as settings,
            coalesce(
                (select max(planned.seen_through) from " ~ planned ~ " as planned),
                " ~ ("(select before.ingested_through from " ~ before ~ " as before)" if before else "cast(null as timestamp)") ~ "
            ) as ingested_through,
            " ~ ("(select clock.as_of from " ~ clock ~ " as clock)" if clock else "cast(null as timestamp)") ~ " as as_of,
            " ~ ("(select min(spend.request_date) from " ~ spend ~ " as spend)" if spend else "cast(null as date)") ~ " as first_spend_on
        ) as completed"
    ) -%}
{%- endmacro %}
{% macro spark__record_run() -%} {%- endmacro %}


{#- This run has touched nothing that counts, and leaves things as the run before it did. -#}
{% macro default__leave_run() -%} {%- do run_committed("update " ~ run_state('last_run') ~ " set is_finished = was_finished") -%} {%- endmacro %}
{% macro spark__leave_run() -%} {%- endmacro %}
