{#- The file that a reference is kept in, for messages: a seed of ours, or what a project that installed this one has in its place. -#}
{% macro seed_file(seed) -%}
    {%- set found = [] -%}
    {%- if execute and graph.nodes -%}
        {%- for node in graph.nodes.values() if node.name == seed and node.resource_type in ['seed', 'model'] -%}
            {%- do found.append(node) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- set ours = found | selectattr('package_name', 'equalto', 'llm_costs') | list -%}
    {{- return(((ours or found) | first).original_file_path if found else seed) -}}
{%- endmacro %}


{#- dbt says of a test that warns how many rows it found; this says which. Runs after every command. -#}
{% macro say_seed_warnings(results) -%}
    {%- if execute -%}
        {%- for result in results if result.status == 'warn' and result.node.test_metadata is defined -%}
            {%- if result.node.test_metadata.name == 'seed_rules' -%}
                {%- set mistakes = run_committed(
                    "select mistake from (" ~ result.node.compiled_code ~ ") as found order by mistake limit " ~ lines_said()
                ).columns[0].values() -%}
                {%- do exceptions.warn(mistakes | join("\n")) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}


{#- The lines of a message that a person still reads. -#}
{% macro lines_said() -%} {{- return(20) -}} {%- endmacro %}


{#- Whether a date may be meant: 2206 is not. A year, not today, so that a seed is as good tomorrow. -#}
{% macro is_believable_date(date) -%} {{ date }} between date '2015-01-01' and date '2049-12-31' {%- endmacro %}
