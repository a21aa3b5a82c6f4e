{#-
  Files whose lines are not all records are taken apart once, into raw_input.landing_records: a record as a JSON object, or the text
  that is none, each with the number of its first line (in a JSON array, its place).
-#}
{% macro duckdb_unpack_json(raw_table, path) -%}
    {%- if duckdb_number_lines(raw_table, path) -%}
        {#- An array, or objects of several lines each: there the first line is no object. A line end stands in no JSON text. -#}
        {%- do run_committed(
            "create or replace temporary table json_document as
            select case
                when not json_valid(whole) then
                    case when json_valid('[' || stream || ']') then '[' || stream || ']' end
                when json_type(whole) = 'ARRAY' then whole
                when json_type(whole) = 'OBJECT' then '[' || whole || ']'
            end as document
            from (
                select whole, regexp_replace(whole, '\\}[ \\t]*\\n\\s*\\{', '},{', 'g') as stream
                from (
                    select string_agg(text, chr(10) order by source_line) as whole
                    from numbered_lines
                    having
                        count(*) = count(text)
                        and sum(length(bytes)) < 268435456
                        and arg_min(" ~ duckdb_json_object('text') ~ " is null, source_line) filter (where " ~ duckdb_is_filled('text') ~ ")
                )
            )"
        ) -%}
        {%- do duckdb_keep_records(raw_table, path,
            "select
                source_line,
                case when not " ~ duckdb_repeats_a_field('json_keys(object)', raw_table) ~ " then object end as record,
                coalesce(text, bytes) as text
            from (
                select source_line, text, bytes, " ~ duckdb_json_object('text') ~ " as object
                from (
                    select cast(unnest(from_json(document, '[\"JSON\"]')) as varchar) as text, null as bytes, generate_subscripts(from_json(document, '[\"JSON\"]'), 1) as source_line
                    from json_document
                    where document is not null
                    union all
                    select text, bytes, source_line
                    from numbered_lines
                    where " ~ duckdb_is_filled('bytes') ~ " and not exists (from json_document where document is not null)
                )
            )"
        ) -%}
    {%- endif -%}
{%- endmacro %}


{#-
  A line whose quotes are balanced and that has a cell for each column is a record. A line that leaves a cell open is one together with the
  lines up to the next one with an odd number of quotes, if all of them are one; if not, it is none, and the next line is looked at by
  itself again, so that one bad quote costs one line.
-#}
{% macro duckdb_unpack_csv(raw_table, path) -%}
    {%- if duckdb_number_lines(raw_table, path) -%}
        {%- set first_lines = run_committed(
            "select source_line, coalesce(text, bytes) from numbered_lines where " ~ duckdb_is_filled('bytes') ~ " order by source_line limit 2"
        ).rows -%}
        {#- The line by which Excel is told the delimiter -#}
        {%- set named = modules.re.match('(?i)sep=([,;|\\t])$', first_lines[0][1]) if first_lines else none -%}
        {%- set header = (first_lines[1:] if named else first_lines) | first -%}
        {%- set columns = duckdb_csv_columns(raw_table, header[1], path, named.group(1) if named) if header else {'names': []} -%}
        {%- set spelling_of = {} -%}
        {%- for spelling in raw_spellings(raw_table) -%} {%- do spelling_of.update({spelling | lower: spelling}) -%} {%- endfor -%}
        {%- set names = [] -%}
        {%- set cells = [] -%}
        {%- for name in columns.names if name | lower in spelling_of -%}
            {%- do names.append(spelling_of[name | lower]) -%}
            {%- do cells.append("nullif(fields[" ~ (columns.names.index(name) + 1) ~ "], '')") -%}
        {%- endfor -%}
        {%- set is_record -%}
            coalesce(len(fields) >= {{ columns.names | length }} and list_unique(fields[{{ columns.names | length + 1 }}:]) <= 1
            and coalesce(list_aggregate(fields[{{ columns.names | length + 1 }}:], 'max'), '') = '', false)
        {%- endset -%}
        {%- do duckdb_keep_records(raw_table, path,
            "with lines as (
                select *, " ~ is_record ~ " as is_record, (length(bytes) - length(replace(bytes, '\"', ''))) % 2 = 1 as is_odd
                from (
                    select source_line, text, bytes, " ~ duckdb_csv_fields('text', columns.delimiter) ~ " as fields
                    from numbered_lines
                    where source_line > " ~ header[0] ~ "
                )
            ),
            odd_lines as (
                select *, lead(source_line) over (order by source_line) as next_odd_line, row_number() over (order by source_line) as odd_number
                from lines
                where is_odd
            ),
            joined as (
                select source_line, last_line, text, fields, " ~ is_record ~ " as is_record
                from (
                    select *, " ~ duckdb_csv_fields('text', columns.delimiter) ~ " as fields
                    from (
                        select
                            odd_lines.source_line,
                            odd_lines.next_odd_line as last_line,
                            case when bool_and(lines.text is not null) then string_agg(lines.text, chr(10) order by lines.source_line) end as text
                        from odd_lines
                        inner join lines on lines.source_line between odd_lines.source_line and odd_lines.next_odd_line
                        where not odd_lines.is_record and odd_lines.next_odd_line - odd_lines.source_line < 10000
                        group by odd_lines.source_line, odd_lines.next_odd_line
                    )
                )
            ),
            -- Every second one of neighbours that could begin a record does: the others end it.
            several as (
                select source_line, last_line, text, fields
                from (
                    select *, row_number() over (partition by odd_number - place order by odd_number) as place_in_run
                    from (
                        select joined.*, odd_lines.odd_number, row_number() over (order by odd_lines.odd_number) as place
                        from joined
                        inner join odd_lines on joined.source_line = odd_lines.source_line
                        where joined.is_record
                    )
                )
                where place_in_run % 2 = 1
            ),
            records as (
                select source_line, text, fields, true as is_record from several
                union all
                select source_line, coalesce(text, bytes), fields, is_record
                from lines
                where
                    " ~ duckdb_is_filled('bytes') ~ "
                    and not exists (from several where lines.source_line between several.source_line and several.last_line)
            )
            select source_line, case when is_record then cast(to_json(map(
                " ~ duckdb_text_list(names) ~ ", cast([" ~ cells | join(', ') ~ "] as varchar[])
            )) as varchar) end as record, text
            from records
            where text <> '" ~ header[1] | replace("'", "''") ~ "'" if header else "select 0 as source_line, null as record, null as text where false",
            columns.names
        ) -%}
    {%- endif -%}
{%- endmacro %}


{#-
  The lines of a file in the temporary table numbered_lines: its text, or what is left of it where it is not UTF-8 (`bytes`). False
  where a line has more than 16 MB: then the file stands among those that are not read.
-#}
{% macro duckdb_number_lines(raw_table, path) -%}
    {%- set of_file = "raw_table = '" ~ raw_table ~ "' and source_file = '" ~ path | replace("'", "''") ~ "'" -%}
    {%- set sizes = [] -%}
    {%- for mode, line_ends in {'every': "new_line = '\\n', ", 'pairs': "new_line = '\\r\\n', "}.items() -%}
        {%- do duckdb_forget_rejects() -%}
        {%- do run_committed(
            "create or replace temporary table lines_by_" ~ mode ~ " as
            select row_number() over () as place, coalesce(line, '') as line
            from " ~ duckdb_read_lines([path], with_rejects=true, line_ends=line_ends)
        ) -%}
        {%- do run_committed(
            "create or replace temporary table refused_by_" ~ mode ~ " as
            select line as source_line, coalesce(nullif(ltrim(csv_line, chr(10) || chr(13) || ' '), ''), '?') as bytes, error_type from reject_errors"
        ) -%}
        {%- do sizes.append(run_committed(
            "select (select coalesce(sum(strlen(line)), 0) from lines_by_" ~ mode ~ "), (select count(*) from refused_by_" ~ mode ~ ")"
        ).rows[0]) -%}
    {%- endfor -%}
    {%- do duckdb_forget_rejects() -%}
    {%- if run_committed("select 1 from refused_by_every where error_type <> 'INVALID ENCODING'").rows -%}
        {%- do run_committed(
            "insert into " ~ raw_input_relation('skipped_files') ~ "
            select raw_table, source_file, file_size, 'unreadable' from " ~ raw_input_relation('landing_files') ~ " where " ~ of_file
        ) -%}
        {{- return(false) -}}
    {%- endif -%}
    {%- set mode = 'pairs' if sizes[0][0] == sizes[1][0] and sizes[0][1] == sizes[1][1] else 'every' -%}
    {#- Lines that were given have the places that refused ones leave. -#}
    {%- do run_committed(
        "create or replace temporary table numbered_lines as
        select source_line, bytes, text
        from (
            select
                places.source_line,
                given.line as bytes,
                case when places.source_line = 1 then ltrim(given.line, chr(65279)) else given.line end as text
            from (
                select source_line, row_number() over (order by source_line) as place
                from (
                    select unnest(range(1, (select count(*) from lines_by_" ~ mode ~ ") + (select count(*) from refused_by_" ~ mode ~ ") + 1)) as source_line
                )
                where source_line not in (select refused.source_line from refused_by_" ~ mode ~ " as refused)
            ) as places
            inner join lines_by_" ~ mode ~ " as given on places.place = given.place
            union all
            select source_line, bytes, null from refused_by_" ~ mode ~ "
        )"
        ~ (" qualify source_line < max(source_line) over ()" if run_committed(
            "select is_still_written from " ~ raw_input_relation('landing_files') ~ " where " ~ of_file
        ).rows[0][0])
    ) -%}
    {{- return(true) -}}
{%- endmacro %}


{#- `records`: a query of source_line, record (NULL where there is none) and text. -#}
{% macro duckdb_keep_records(raw_table, path, records, names=none) -%}
    {%- set landing_records = raw_input_relation('landing_records') -%}
    {%- set of_file = "raw_table = '" ~ raw_table ~ "' and source_file = '" ~ path | replace("'", "''") ~ "'" -%}
    {%- do run_committed(
        "insert into " ~ landing_records ~ "
        select '" ~ raw_table ~ "', '" ~ path | replace("'", "''") ~ "', source_line, record, case when record is null then text end
        from (" ~ records ~ ")"
    ) -%}
    {%- do duckdb_remember_files(raw_table,
        "select
            '" ~ path | replace("'", "''") ~ "' as source_file,
            'unpacked' as layout,
            count(*) as records,
            " ~ (duckdb_text_list(names) if names is not none
                else "list_sort(list_distinct(coalesce(flatten(list(json_keys(record))), [])))") ~ " as fields
        from " ~ landing_records ~ " where " ~ of_file
    ) -%}
{%- endmacro %}
