{#-
  Looks into the files that are new or have changed, and into no other, so that a long history costs no run anything.
  raw_input.inspected_files keeps of each: its layout ('regular' for JSON lines, the header for regular CSV, 'unpacked', or the columns
  and types of a Parquet file), how many records it holds, counted apart from the reader that the models read it by, whether they have
  any of the raw table's fields, and whose export they look like.
-#}
{% macro duckdb_inspect_new_files(raw_table) -%}
    {%- set inspected_files = raw_input_relation('inspected_files') -%}
    {%- set landing_files = raw_input_relation('landing_files') -%}
    {%- do run_committed(
        "delete from " ~ inspected_files ~ " where raw_table = '" ~ raw_table ~ "'
        and (source_file, file_size, modified_at) not in (
            select (source_file, file_size, modified_at) from " ~ landing_files ~ " where raw_table = '" ~ raw_table ~ "'
        )"
    ) -%}
    {%- set is_not_inspected -%}
        raw_table = '{{ raw_table }}'
        and source_file not in (select source_file from {{ inspected_files }} where raw_table = '{{ raw_table }}')
    {%- endset -%}
    {%- do run_committed("delete from " ~ raw_input_relation('landing_records') ~ " where " ~ is_not_inspected) -%}
    {%- set new_paths = {'parquet': [], 'csv': [], 'json': []} -%}
    {%- for row in run_committed(
        "select source_file, format from " ~ landing_files ~ " where " ~ is_not_inspected ~ " order by source_file"
    ).rows -%}
        {%- do new_paths[row[1]].append(row[0]) -%}
    {%- endfor -%}
    {#- Line numbers count rows in file order, which DuckDB keeps only on request. -#}
    {%- do run_committed("set preserve_insertion_order = true") -%}
    {%- if new_paths.parquet -%} {%- do duckdb_inspect_parquet(raw_table, new_paths.parquet) -%} {%- endif -%}
    {%- if new_paths.json -%} {%- do duckdb_inspect_json(raw_table, new_paths.json) -%} {%- endif -%}
    {%- if new_paths.csv -%} {%- do duckdb_inspect_csv(raw_table, new_paths.csv) -%} {%- endif -%}
    {%- do run_committed("set preserve_insertion_order = false") -%}
{%- endmacro %}


{#- `layouts`: a query of source_file, layout, records and fields. -#}
{% macro duckdb_remember_files(raw_table, layouts) -%}
    {%- do run_committed(
        "insert into " ~ raw_input_relation('inspected_files') ~ "
        select listed.raw_table, listed.source_file, listed.file_size, listed.modified_at, listed.format,
            layouts.layout, layouts.records,
            len(list_intersect(
                list_transform(layouts.fields, lambda field: lower(field)),
                " ~ duckdb_text_list(raw_spellings(raw_table) | map('lower')) ~ "
            )) > 0,
            " ~ looks_like_export('layouts.fields') ~ "
        from " ~ raw_input_relation('landing_files') ~ " as listed
        inner join (" ~ layouts ~ ") as layouts on listed.source_file = layouts.source_file
        where listed.raw_table = '" ~ raw_table ~ "'"
    ) -%}
{%- endmacro %}


{% macro duckdb_inspect_parquet(raw_table, paths) -%}
    {%- set files = duckdb_path_list(paths) -%}
    {%- do duckdb_remember_files(raw_table,
        "select described.source_file, described.layout, counted.records, described.fields
        from (
            select
                file_name as source_file,
                string_agg(column_layout, ', ' order by column_layout) as layout,
                list(name order by name) as fields
            from (
                select
                    file_name,
                    name,
                    concat_ws(' ', name, type, converted_type, logical_type, precision, scale, num_children) as column_layout
                from parquet_schema(" ~ files ~ ")
            )
            group by file_name
        ) as described
        inner join (
            select file_name as source_file, num_rows as records from parquet_file_metadata(" ~ files ~ ")
        ) as counted on described.source_file = counted.source_file"
    ) -%}
{%- endmacro %}


{#-
  One row a new text file in the temporary table inspected_text: what `counts`, a query by source_file that reads lines with rejects, says
  of it, and whether its lines are all that it holds. A compressed file has no size to compare with: there, no line was refused.
  A file that was written to while it was listed and does not end with a line end may still grow: its last line waits.
-#}
{% macro duckdb_inspect_text(raw_table, paths, counts) -%}
    {%- do duckdb_forget_rejects() -%}
    {%- do run_committed("create or replace temporary table counted_text as " ~ counts) -%}
    {%- do run_committed(
        "create or replace temporary table inspected_text as
        select
            counted.*,
            listed.source_file as listed_file,
            coalesce(
                case
                    when regexp_matches(listed.source_file, '(?i)\\.(gz|zst)$')
                        then listed.source_file not in (
                            select scans.file_path from reject_scans as scans semi join reject_errors as errors using (scan_id, file_id)
                        )
                    else listed.file_size - counted.bytes in (counted.lines, counted.lines - 1)
                end and counted.lines is not null,
                false
            ) as is_whole,
            coalesce(
                listed.file_size - counted.bytes = counted.lines - 1 and listed.modified_at > cast(now() as timestamp) - interval 2 second,
                false
            ) as is_still_written
        from " ~ raw_input_relation('landing_files') ~ " as listed
        left join counted_text as counted on listed.source_file = counted.source_file
        where listed.raw_table = '" ~ raw_table ~ "' and list_contains(" ~ duckdb_text_list(paths) ~ ", listed.source_file)"
    ) -%}
    {%- do duckdb_forget_rejects() -%}
    {%- do run_committed(
        "update " ~ raw_input_relation('landing_files') ~ " set is_still_written = true
        where raw_table = '" ~ raw_table ~ "' and source_file in (select listed_file from inspected_text where is_still_written)"
    ) -%}
{%- endmacro %}


{% macro duckdb_inspect_json(raw_table, paths) -%}
    {%- do duckdb_inspect_text(raw_table, paths,
        "select
            source_file,
            cast(sum(lines) as bigint) as lines,
            cast(sum(bytes) as bigint) as bytes,
            cast(sum(filled) as bigint) as records,
            coalesce(sum(filled) filter (where names is null), 0) = 0
            and not coalesce(bool_or(" ~ duckdb_repeats_a_field('names', raw_table) ~ "), false) as is_regular,
            list_sort(list_distinct(flatten(list(names)))) as fields
        from (
            select source_file, names, count(*) as lines, count(*) filter (where is_filled) as filled, coalesce(sum(strlen(line)), 0) as bytes
            from (
                select
                    source_file,
                    line,
                    " ~ duckdb_is_filled('line') ~ " as is_filled,
                    case when is_filled then json_keys(" ~ duckdb_json_object('line') ~ ") end as names
                from " ~ duckdb_read_lines(paths, with_rejects=true) ~ "
            )
            group by source_file, names
        )
        group by source_file"
    ) -%}
    {%- set regular = run_committed(
        "select listed_file from inspected_text where is_whole and is_regular and not is_still_written"
    ).columns[0].values() | list -%}
    {#- The reader of JSON lines knows no carriage return: a second look at how many it finds. -#}
    {%- if regular -%}
        {%- do duckdb_remember_files(raw_table,
            "select source_file, 'regular' as layout, records, fields from inspected_text
            inner join (select source_file, count(*) as found from " ~ duckdb_read_json(raw_table, regular) ~ " group by source_file) as read_again
                using (source_file)
            where records = found"
        ) -%}
    {%- endif -%}
    {%- for path in duckdb_not_inspected(raw_table, paths) -%} {%- do duckdb_unpack_json(raw_table, path) -%} {%- endfor -%}
{%- endmacro %}


{% macro duckdb_inspect_csv(raw_table, paths) -%}
    {%- do duckdb_inspect_text(raw_table, paths,
        "select
            source_file,
            count(*) as lines,
            coalesce(sum(strlen(line)), 0) as bytes,
            arg_min(line, line_number) filter (where is_filled) as header
        from (
            select source_file, line, " ~ duckdb_is_filled('line') ~ " as is_filled, row_number() over () as line_number
            from " ~ duckdb_read_lines(paths, with_rejects=true) ~ "
        )
        group by source_file"
    ) -%}
    {%- set by_header = {} -%}
    {%- for row in run_committed(
        "select listed_file, header from inspected_text
        where is_whole and not is_still_written and header is not null and not regexp_matches(header, '(?i)^sep=')
        order by listed_file"
    ).rows -%}
        {%- do by_header.setdefault(row[1], []).append(row[0]) -%}
    {%- endfor -%}
    {%- for header, of_header in by_header.items() -%}
        {%- set columns = duckdb_csv_columns(raw_table, header, of_header[0]) -%}
        {%- do duckdb_remember_files(raw_table,
            "select source_file, '" ~ header | replace("'", "''") ~ "' as layout, records, " ~ duckdb_text_list(columns.names) ~ " as fields
            from (
                select
                    source_file,
                    count(*) as records,
                    bool_and(coalesce(len(" ~ duckdb_csv_fields('line', columns.delimiter) ~ ") = " ~ columns.names | length ~ ", false)) as is_regular
                from " ~ duckdb_read_csv_lines(header, of_header) ~ "
                group by source_file
            )
            where is_regular"
        ) -%}
    {%- endfor -%}
    {%- for path in duckdb_not_inspected(raw_table, paths) -%} {%- do duckdb_unpack_csv(raw_table, path) -%} {%- endfor -%}
{%- endmacro %}


{#- Those of new files that are not regular. -#}
{% macro duckdb_not_inspected(raw_table, paths) -%}
    {{- return(run_committed(
        "select unnest(" ~ duckdb_text_list(paths) ~ ") as source_file
        except
        select source_file from " ~ raw_input_relation('inspected_files') ~ " where raw_table = '" ~ raw_table ~ "'
        order by source_file"
    ).columns[0].values()) -}}
{%- endmacro %}


{#- A list of texts as a DuckDB literal. -#}
{% macro duckdb_text_list(texts) -%}
    {%- set quoted = [] -%}
    {%- for text in texts -%} {%- do quoted.append("'" ~ text | replace("'", "''") ~ "'") -%} {%- endfor -%}
    {{- return("cast([" ~ quoted | join(', ') ~ "] as varchar[])") -}}
{%- endmacro %}


{#- The records of regular CSV files of one header; a header that is repeated is no record. -#}
{% macro duckdb_read_csv_lines(header, paths) -%}
    {{- return(
        "(select source_file, line from " ~ duckdb_read_lines(paths)
        ~ " where " ~ duckdb_is_filled('line') ~ " and line <> '" ~ header | replace("'", "''") ~ "')"
    ) -}}
{%- endmacro %}


{#-
  The delimiter and the names of the columns of a CSV header: the delimiter by which most names are known, else by which there
  are most names. A comma at the end names no column. A column of the raw table that is named twice is refused.
-#}
{% macro duckdb_csv_columns(raw_table, header, path, delimiter=none) -%}
    {%- set known = raw_spellings(raw_table) | map('lower') | list -%}
    {%- set best = {'delimiter': ',', 'names': [], 'known': -1} -%}
    {%- for candidate in ([delimiter] if delimiter else [',', ';', '\t', '|']) -%}
        {%- set names = [] -%}
        {%- for cell in modules.re.findall('(?:^|[' ~ candidate ~ '])("(?:[^"]|"")*"|[^"' ~ candidate ~ '][^' ~ candidate ~ ']*|)', header) -%}
            {%- do names.append((cell[1:-1] | replace('""', '"') if cell.startswith('"') else cell).strip()) -%}
        {%- endfor -%}
        {%- set known_names = names | map('lower') | select('in', known) | list -%}
        {%- if (known_names | length, names | length) > (best.known, best.names | length) -%}
            {%- do best.update({'delimiter': candidate, 'names': names, 'known': known_names | length}) -%}
        {%- endif -%}
        {%- for name in known_names if known_names.count(name) > 1 -%}
            {{- exceptions.raise_compiler_error("The file '" ~ path ~ "' names the column " ~ name ~ " twice: " ~ header) -}}
        {%- endfor -%}
    {%- endfor -%}
    {#- Jinja has no while. -#}
    {%- for surplus in best.names | list if not best.names[-1] -%} {%- do best.names.pop() -%} {%- endfor -%}
    {{- return(best) -}}
{%- endmacro %}
