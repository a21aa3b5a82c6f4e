{#-
  Whether a run rebuilds everything. It is decided once, by plan_run() before the first model, and stands in the warehouse: a run is
  whole where no record of a completed one is left. While dbt parses, every run is a part, so that it sees what such a run reads.
-#}
{% macro run_is_whole() -%}
    {{- return(adapter.dispatch('run_is_whole', 'llm_costs')()) -}}
{%- endmacro %}
{% macro default__run_is_whole() -%}
    {%- if not execute -%} {{- return(false) -}} {%- endif -%}
    {#- Asked hundreds of times in a run: the answer is kept in what all models of it share. -#}
    {%- if 'run_is_whole' not in graph -%}
        {%- do graph.update({'run_is_whole': load_cached_relation(run_state('completed_run')) is none}) -%}
    {%- endif -%}
    {{- return(graph['run_is_whole']) -}}
{%- endmacro %}
{#- Its tables know no DELETE. -#}
{% macro spark__run_is_whole() -%} {{- return(execute) -}} {%- endmacro %}


{#-
  Decides whether this run is whole: with --full-refresh, after a whole one that did not end, and where a model that it is to replace
  in part does not exist. Then the record of the last run goes, and every model that is built from nothing must find all that it
  reads rebuilt whole in the same run: a part that calls itself the whole is a wrong number without a word.
-#}
{% macro plan_run() -%}
    {%- set selected = incremental_models() | selectattr('unique_id', 'in', selected_resources) | list -%}
    {%- if selected -%}
        {%- do refuse_other_version(selected) -%}
        {%- set missing = [] -%}
        {%- for node in selected if load_cached_relation(relation_of(node)) is none -%} {%- do missing.append(node.name) -%} {%- endfor -%}
        {%- if flags.FULL_REFRESH or missing or run_is_whole() -%}
            {%- do require_all_that_is_read(selected) -%}
            {%- do forget_runs() -%}
            {%- do graph.update({'run_is_whole': true}) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}


{#- The models of this package that a run replaces in part. -#}
{% macro incremental_models() -%}
    {%- set found = [] -%}
    {%- for node in graph.nodes.values()
        if node.resource_type == 'model' and node.package_name == 'llm_costs' and node.config.materialized == 'incremental' -%}
        {%- do found.append(node) -%}
    {%- endfor -%}
    {{- return(found) -}}
{%- endmacro %}


{#- Staging holds no state of a run: it may be left out. -#}
{% macro require_all_that_is_read(selected) -%}
    {%- set seen = {} -%}
    {%- set to_visit = selected | map(attribute='unique_id') | list -%}
    {#- Jinja has no while: each round visits what the last one found. -#}
    {%- for round in range(graph.nodes | length) if to_visit -%}
        {%- set reader = to_visit.pop() -%}
        {%- for name in graph.nodes[reader].depends_on.nodes
            if name.startswith('model.llm_costs.') and name not in seen and 'staging' not in graph.nodes[name].fqn -%}
            {%- do seen.update({name: reader}) -%}
            {%- do to_visit.append(name) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for name, reader in seen.items() if name not in selected_resources -%}
        {{- exceptions.raise_compiler_error(
            graph.nodes[reader].name ~ " would be built from nothing, and " ~ graph.nodes[name].name ~ ", which it reads, is not"
            ~ " rebuilt whole in this run: it would hold a part of its rows. Run `dbt build --full-refresh`, or select it with all"
            ~ " that it reads (--full-refresh --select +" ~ graph.nodes[reader].name ~ "); then the next run is a whole one."
        ) -}}
    {%- endfor -%}
{%- endmacro %}
