{#-
  What the facts have already taken in, so that a run finds what is new however late it arrives:
    loaded_files     one row a landing file that is fully in the facts (a changed size or time makes it new again)
    loaded_through   one row a raw table: its origin, the settings that the facts were built with, and the newest
                     ingested_at that is fully in them
    last_run         whether the run before this one rebuilt everything that it was to rebuild, and whether this one has
  The record moves forward only after a run in which every incremental model succeeded. A failed or partial run leaves it
  as it is, and the next run takes the same rows again, which changes nothing.
-#}
{% macro create_load_state() -%}
    {%- do run_committed("create schema if not exists " ~ raw_input_relation('loaded_through').without_identifier()) -%}
    {%- if flags.FULL_REFRESH and flags.WHICH in ['build', 'run'] -%}
        {%- for record in ['loaded_files', 'loaded_through', 'inspected_files'] -%}
            {%- do run_committed("drop table if exists " ~ raw_input_relation(record)) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- do run_committed(
        "create table if not exists " ~ raw_input_relation('loaded_through')
        ~ " (raw_table " ~ type_text() ~ ", origin " ~ type_text() ~ ", settings " ~ type_text()
        ~ ", ingested_through timestamp)"
    ) -%}
    {%- for listing in ['landing_files', 'loaded_files'] -%}
        {%- do run_committed(
            "create table if not exists " ~ raw_input_relation(listing)
            ~ " (raw_table " ~ type_text() ~ ", source_file " ~ type_text() ~ ", file_size bigint, modified_at timestamp)"
        ) -%}
    {%- endfor -%}
    {%- do run_committed(
        "create table if not exists " ~ raw_input_relation('last_run') ~ " (was_finished boolean, is_finished boolean)"
    ) -%}
    {%- if flags.WHICH in ['build', 'run'] -%} {%- do adapter.dispatch('begin_run', 'llm_costs')() -%} {%- endif -%}
{%- endmacro %}


{#- A statement of a hook, with its result, that takes effect at once: hooks have no transaction that dbt would commit. -#}
{% macro run_committed(sql) -%}
    {%- call statement('run_committed', fetch_result=true, auto_begin=false) -%} {{ sql }} {%- endcall -%}
    {{- return(load_result('run_committed').table) -}}
{%- endmacro %}


{% macro raw_origin_name(raw_table) -%}
    {%- set origin = raw_table_origin(raw_table) -%}
    {{- return(origin ~ ':' ~ landing_folder() if origin == 'landing' else origin) -}}
{%- endmacro %}


{#- Facts of two origins must not be mixed: the older ones would stay beside the newer ones unnoticed. -#}
{% macro refuse_changed_origin(raw_table) -%}
    {%- set recorded = run_committed(
        "select origin from " ~ raw_input_relation('loaded_through') ~ " where raw_table = '" ~ raw_table ~ "'"
    ).rows -%}
    {%- if recorded | length > 0 and recorded[0][0] != raw_origin_name(raw_table) -%}
        {{- exceptions.raise_compiler_error(
            "This warehouse was built from '" ~ recorded[0][0] ~ "', and this run reads '" ~ raw_origin_name(raw_table)
            ~ "' for the raw table '" ~ raw_table ~ "'. Run `dbt build --full-refresh` to rebuild it from the new origin, "
            ~ "or name another warehouse file in LLM_COSTS_WAREHOUSE."
        ) -}}
    {%- endif -%}
{%- endmacro %}


{#-
  What every attempt is built with: the variables, a changed one of which would hold for the dates of a run and for no other,
  and how a request is hashed. Under another hash, which an upgrade of the engine may bring, a run would find no earlier
  attempt of a request.
-#}
{% macro fact_settings() -%}
    {%- set sample = run_committed("select cast(" ~ narrowing_hash("'request'") ~ " as " ~ type_text() ~ ")").rows[0][0] -%}
    {{- return(
        'cost_basis: ' ~ var('cost_basis') ~ ', reportable_data_modes: ' ~ var('reportable_data_modes') | join(' ')
        ~ ', reportable_environments: ' ~ var('reportable_environments') | join(' ') ~ ', hash of a request: ' ~ sample
    ) -}}
{%- endmacro %}


{% macro refuse_changed_settings() -%}
    {%- set recorded = run_committed("select max(settings) from " ~ raw_input_relation('loaded_through')).rows[0][0] -%}
    {%- set settings = fact_settings() -%}
    {%- if recorded is not none and recorded != settings -%}
        {{- exceptions.raise_compiler_error(
            "This warehouse was built with " ~ recorded ~ ", and this run has " ~ settings ~ ". Each of these reaches into "
            ~ "every attempt: run `dbt build --full-refresh` to rebuild history with the new ones, or set the old ones back. "
            ~ "Another hash comes with another version of this project or of the engine."
        ) -}}
    {%- endif -%}
{%- endmacro %}


{#-
  The models that a run must rebuild for what is new to be everywhere: the clock and the lists of what is affected, and all
  that follow the lists. The clock remembers where it stood: moved without what it ages, it would seem to stand still.
-#}
{% macro models_rebuilt_by_every_run() -%}
    {%- set prefix = 'model.' ~ project_name ~ '.' -%}
    {%- set lists = [] -%}
    {%- for name in affected_lists() -%} {%- do lists.append(prefix ~ name) -%} {%- endfor -%}
    {%- set rebuilt = [] -%}
    {%- for node in graph.nodes.values() if node.resource_type == 'model' -%}
        {%- set follows = node.depends_on.nodes | select('in', lists) | list | length > 0 -%}
        {%- if node.name == 'int_as_of' or node.unique_id in lists or (follows and node.config.materialized in ['incremental', 'table']) -%}
            {%- do rebuilt.append(node.unique_id) -%}
        {%- endif -%}
    {%- endfor -%}
    {{- return(rebuilt) -}}
{%- endmacro %}


{#- Runs after every command; moves the record forward when everything that a run must rebuild was rebuilt. -#}
{% macro remember_loaded_raw_tables(results) -%}
    {%- if execute and flags.WHICH in ['build', 'run'] -%}
        {%- set succeeded = [] -%}
        {%- set attempted = [] -%}
        {%- for result in results -%}
            {%- do attempted.append(result.node.unique_id) -%}
            {%- if result.status == 'success' -%} {%- do succeeded.append(result.node.unique_id) -%} {%- endif -%}
        {%- endfor -%}
        {%- set rebuilt = models_rebuilt_by_every_run() -%}
        {%- if rebuilt | reject('in', succeeded) | list | length == 0 -%}
            {%- do adapter.dispatch('write_load_state', 'llm_costs')() -%}
            {%- do adapter.dispatch('end_run', 'llm_costs')(true) -%}
        {%- elif rebuilt | select('in', attempted) | list | length == 0 -%}
            {%- do adapter.dispatch('end_run', 'llm_costs')(none) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}


{#-
  A model's relation as the last run left it, for models upstream of it; none before its first build and in a full
  refresh. Not a ref(): the model depends on its own past through the models downstream of it, not on this run's result.
-#}
{% macro previous_build(model_name, even_in_full_refresh=false) -%}
    {%- if execute and (even_in_full_refresh or not flags.FULL_REFRESH) -%}
        {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.name == model_name -%}
            {{- return(load_cached_relation(
                api.Relation.create(database=node.database, schema=node.schema, identifier=node.alias)
            )) -}}
        {%- endfor -%}
    {%- endif -%}
    {{- return(none) -}}
{%- endmacro %}
