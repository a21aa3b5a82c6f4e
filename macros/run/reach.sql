{#-
  What a run can read and write: the landing folder, the project and where its seeds lie, the folder of the warehouse (and DuckDB's spill
  folder, which it allows by itself), and `more_directories`. Nothing else of the machine, and nothing of the network. Extensions
  are neither installed nor loaded on demand (profiles.yml). Publishing, and connectors that need more, run outside the build.

  DuckDB takes the limit once and keeps it for as long as the connection lives: where one process runs dbt several times, the first
  run has set it. dbt sets its own settings for every connection anew, so they cannot be locked as well.
-#}
{% macro limit_reach() -%}
    {#- Whose project it is decides, where this one is but a package of it. -#}
    {%- if project_name == 'llm_costs' -%} {%- do adapter.dispatch('limit_reach', 'llm_costs')() -%} {%- endif -%}
{%- endmacro %}
{% macro default__limit_reach() -%}
    {%- if not duckdb_reach_is_limited() -%}
        {%- set folders = [project_folder(), (target.path or '').rpartition('/')[0] or '.'] -%}
        {%- for node in graph.nodes.values() if node.resource_type == 'seed' and node.root_path -%}
            {%- do folders.append(node.root_path) -%}
        {%- endfor -%}
        {%- if landing_folder() -%}
            {#- DuckDB asks where a link leads, and a raw table's folder may be one; of a pattern it asks for the pattern. -#}
            {%- for landing in [landing_folder(), duckdb_file_name(landing_folder()) | replace("''", "'")] -%}
                {%- do folders.append(landing) -%}
                {%- for raw_table in raw_fields() -%} {%- do folders.append(landing ~ '/' ~ raw_table) -%} {%- endfor -%}
            {%- endfor -%}
        {%- endif -%}
        {%- do folders.extend(var('more_directories')) -%}
        {#- So of each file that a link leads to. -#}
        {%- set linked = duckdb_linked_files(duckdb_file_name(landing_folder())) if landing_folder() else [] -%}
        {%- if linked -%} {%- do run_committed("set allowed_paths = " ~ duckdb_text_list(linked)) -%} {%- endif -%}
        {%- do run_committed("set allowed_directories = " ~ duckdb_text_list(folders | unique | list)) -%}
        {%- do run_committed("set enable_external_access = false") -%}
    {%- endif -%}
{%- endmacro %}
{#- Spark reads tables of its catalog. -#}
{% macro spark__limit_reach() -%} {%- endmacro %}


{% macro duckdb_reach_is_limited() -%}
    {{- return(run_committed("select current_setting('enable_external_access')").rows[0][0] | string | lower == 'false') -}}
{%- endmacro %}
