{#-
  Where a raw table comes from, in the order of precedence that contradicts least:
    landing    the variable `landing` (or LLM_COSTS_LANDING) names a folder of files
    warehouse  <table>_identifier names a table that a loader already maintains; raw tables without one are empty
    demo       neither: the demo company's seeds (seeds/raw/_raw_seeds.yml loads them under the same condition)
-#}
{% macro raw_table_origin(raw_table) -%}
    {%- set named = [] -%}
    {%- for other in raw_fields() if var(other ~ '_identifier', '') -%} {%- do named.append(other) -%} {%- endfor -%}
    {%- if landing_folder() and named -%}
        {{- exceptions.raise_compiler_error(
            "Two origins for the raw table '" ~ named[0] ~ "': the landing folder '" ~ landing_folder() ~ "' and the variable "
            ~ named[0] ~ "_identifier. Keep one: unset `landing` and LLM_COSTS_LANDING, or drop the variable."
        ) -}}
    {%- endif -%}
    {#- One origin for all raw tables: a company's telemetry beside the demo company's tickets would be nobody's numbers. -#}
    {{- return('landing' if landing_folder() else 'warehouse' if named else 'demo') -}}
{%- endmacro %}


{% macro landing_folder() -%}
    {#- Text, also of what check_variables() will refuse: dbt asks while it parses. -#}
    {{- return(((var('landing', '') or env_var('LLM_COSTS_LANDING', '')) ~ '').rstrip('/')) -}}
{%- endmacro %}


{#- What is recorded of a raw table: facts of two origins must not be mixed. -#}
{% macro raw_origin_name(raw_table) -%}
    {%- set origin = raw_table_origin(raw_table) -%}
    {{- return(origin ~ ':' ~ landing_folder() if origin == 'landing' else origin) -}}
{%- endmacro %}


{#- The source_file of all rows of a raw table that is no folder. -#}
{% macro raw_table_as_file(raw_table) -%}
    {{- return(
        'seeds/raw/' ~ raw_table ~ '.csv' if raw_table_origin(raw_table) == 'demo' else warehouse_table(raw_table).render()
    ) -}}
{%- endmacro %}


{% macro warehouse_table(raw_table) -%}
    {{- return(api.Relation.create(
        database=var(raw_table ~ '_database', target.get('database')),
        schema=var(raw_table ~ '_schema', target.schema),
        identifier=var(raw_table ~ '_identifier', '')
    )) -}}
{%- endmacro %}


{#-
  The relation that staging reads: the fields of raw_fields() plus source_file and source_line. Demo seeds keep their
  lineage as seeds; the other origins go through the view that stage_raw_tables() lays over them when a run starts.
-#}
{% macro raw_table(raw_table) -%}
    {%- if raw_table_origin(raw_table) == 'demo' -%}
        {#- A field that the demo's files lack is NULL, as it is of any other origin. -#}
        {%- set seed = graph.nodes.get('seed.llm_costs.' ~ raw_table) if execute and graph.nodes -%}
        {%- set present = seed.config.column_types if seed else raw_fields(raw_table) -%}
        (
            select
                *,
                {%- for field in raw_fields(raw_table) if field not in present %}
                cast(null as {{ type_text() }}) as {{ field }},
                {%- endfor %}
                '{{ raw_table_as_file(raw_table) }}' as source_file,
                cast(null as bigint) as source_line
            from {{ ref(raw_table) }}
        )
    {%- else -%}
        {{ source('raw_input', raw_table) }}
    {%- endif -%}
{%- endmacro %}
