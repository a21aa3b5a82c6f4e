{#-
  What was priced keeps its price, and finds it by its row. A row that was changed in place, or is gone, would hold for some attempts of
  it and not for others, so a run stops before it prices any. Corrections of a row that no attempt carries are free.
-#}
{% macro refuse_changed_prices() -%}
    {%- if execute and not run_is_whole() -%}
        {%- set changed = run_committed(
            "select
                applied.reference_key, applied.reference_value, changed.reference_value,
                cast(" ~ hash_key('applied.reference_key') ~ " as " ~ type_text() ~ ")
            from " ~ planned('run_references') ~ " as changed
            inner join " ~ run_state('applied_references') ~ " as applied
                on changed.reference_table = applied.reference_table and changed.reference_key = applied.reference_key
            where changed.reference_table = 'model_prices' and changed.is_changed"
        ).rows -%}
        {%- if changed | length > 0 -%}
            {%- set carried = run_committed(
                "select distinct price_id from " ~ previous_build('int_attempts_attributed')
                ~ " where price_id in (" ~ quoted_words(changed | map(attribute=3) | list) ~ ")"
            ).columns[0].values() -%}
            {%- set said = [] -%}
            {%- for row in changed if row[3] in carried -%}
                {%- do said.append("row " ~ parts_of(row[0]) ~ ": it said " ~ parts_of(row[1]) ~ ", and now "
                    ~ (parts_of(row[2]) if row[2] else 'it is gone')
                    ~ " (input, cached input, cache write, output, cache write for an hour)") -%}
            {%- endfor -%}
            {%- if said -%}
                {{- exceptions.raise_compiler_error(
                    seed_file('model_prices') ~ ": attempts are priced by rows that are others now. Put them back; for a new price add a"
                    ~ " row with a later effective_from. To restate what was reported, run `dbt build --full-refresh`.\n"
                    ~ said | sort | join("\n")
                ) -}}
            {%- endif -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}


{#- The prices of a row, an empty one as what stands in for it, as they are kept for the next run. -#}
{% macro prices_of_a_row() -%}
    {{- joined_text([
        'input_usd_per_million', 'coalesce(cached_input_usd_per_million, input_usd_per_million)',
        'coalesce(cache_write_usd_per_million, input_usd_per_million)', 'output_usd_per_million',
        'coalesce(cache_write_1h_usd_per_million, cache_write_usd_per_million, input_usd_per_million)'
    ]) -}}
{%- endmacro %}

{#- What joined_text() made one text of, for people. -#}
{% macro parts_of(text) -%}
    {%- set parts = [] -%}
    {%- set rest = [text] -%}
    {#- Jinja has no while. -#}
    {%- for character in text if rest[-1] -%}
        {%- set size, remainder = rest[-1].split(':', 1) -%}
        {%- do parts.append(remainder[:size | int] if size else 'nothing') -%}
        {%- do rest.append(remainder[size | int:]) -%}
    {%- endfor -%}
    {{- return(parts | join(', ')) -}}
{%- endmacro %}
