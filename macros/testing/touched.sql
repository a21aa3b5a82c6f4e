{#-
  What data tests look at. In a build it is what the run has touched: a test then costs what the run costs, not what history does, and
  belongs to every run. All of it is looked at where there is no such run to speak of: in a whole one, in `dbt test`, in a build of a
  part that leaves the planner out, and by a test that has failed before, until it passes: what it found is in no later run's lists.
-#}
{% macro tests_all_of_history() -%}
    {#- While dbt parses, a test shows all that it may read. -#}
    {{- return(execute and (
        flags.WHICH not in ['build', 'compile'] or run_is_whole() or 'model.llm_costs.run_dates' not in selected_resources
        or model.unique_id in failed_tests()
    )) -}}
{%- endmacro %}


{#- in_run() for a singular test: the same lists, the same arguments. -#}
{% macro touched(column, list, dated_by=none) -%}
    {%- if tests_all_of_history() -%} true {%- else -%} {{ in_run(column, list, dated_by) }} {%- endif -%}
{%- endmacro %}


{#-
  Storage skips dates, not workflows: attempts of the run's workflows lie on the dates of their days, or on dates of the run, where a day
  may have been lost.
-#}
{% macro touched_workflow_dates() -%}
    {%- if tests_all_of_history() -%} true
    {%- else -%}
    (
        {{ in_run('request_date', 'dates') }}
        or request_date in (
            select days.request_date
            from {{ ref('int_workflow_days') }} as days
            where {{ in_run('days.workflow_id', 'workflows', dated_by='days.request_date') }}
        )
    )
    {%- endif -%}
{%- endmacro %}


{#- Whether a raw row lies in a file that the run has read (in_run_files). -#}
{% macro touched_files(list) -%}
    {%- if tests_all_of_history() or (list == 'new_files' and tests_all_files()) -%} true
    {%- else -%} {{ in_run_files(list) }}
    {%- endif -%}
{%- endmacro %}


{#- What a file that was rewritten or is gone held before can be looked for in everything that is left only. -#}
{% macro tests_all_files() -%}
    {%- if not execute or tests_all_of_history() -%} {{- return(tests_all_of_history()) -}} {%- endif -%}
    {%- if 'tests_all_files' not in graph -%}
        {%- set rewritten = run_committed(
            "select count(*) from " ~ run_state('loaded_files') ~ " as loaded where loaded.source_file in ("
            ~ run_lists('new_files').listed ~ ")"
        ).rows[0][0] -%}
        {%- do graph.update({'tests_all_files': rewritten > 0}) -%}
    {%- endif -%}
    {{- return(graph['tests_all_files']) -}}
{%- endmacro %}


{#-
  The rows that a generic test looks at, in dbt's place: `where` of its config, and of a model that follows the planner what the run has
  replaced. A view says by which column (`meta.touched_by`). What is to be unique is looked for without `dated_by`: a row that should
  have left may lie before the date that storage skips to.
-#}
{% macro get_where_subquery(relation) -%}
    {%- set conditions = [config.get('where')] if config.get('where') else [] -%}
    {%- set tested = graph.nodes.get(model.attached_node) if execute and graph.nodes else none -%}
    {%- if tested and not tests_all_of_history() -%}
        {%- set meta = tested.config.meta -%}
        {%- set replaced = tested.config.unique_key if tested.config.incremental_strategy == 'in_run' else none -%}
        {%- set column = meta.get('touched_by') or replaced -%}
        {%- set list = meta.get('in_run', 'dates') -%}
        {%- if column and list in ['files', 'new_files'] -%} {%- do conditions.append(in_run_files(list)) -%}
        {%- elif column -%}
            {%- set looks_for_keys = model.test_metadata.name.startswith('unique') -%}
            {%- do conditions.append(in_run(column, list, none if looks_for_keys else meta.get('dated_by'))) -%}
        {%- endif -%}
    {%- endif -%}
    {{- return('(select * from ' ~ relation ~ ' where ' ~ conditions | join(' and ') ~ ') dbt_subquery' if conditions else relation) -}}
{%- endmacro %}
