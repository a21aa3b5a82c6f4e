{#-
  The kinds of raw identifiers, by which their ids are shown, each with its condition; the first that holds. A name is looked for where the
  id is a person's. Letters of both cases are alike, and no pattern has a backslash, which the engines read differently. Bare digits are
  never a phone number: they are far more often the number of an account, or a date (DECISIONS.md, "Raw identifiers").
-#}
{% macro raw_kinds(id='id', is_person=true) -%}
    {%- set kinds = {'raw_email': is_raw_email(id), 'raw_phone': is_raw_phone(id)} -%}
    {%- if is_person -%}
        {%- do kinds.update({
            'raw_name': matches_pattern('trim(' ~ id ~ ')', "^[^0-9@:/_=+#<>|,]+,?( [^0-9@:/_=+#<>|,]+)+$")
        }) -%}
    {%- endif -%}
    {{- return(kinds) -}}
{%- endmacro %}


{#- What an id that was sent is: missing, a kind of raw identifier, or anything else, `hashed`. -#}
{% macro identifier_kind(id, is_person=false) -%}
    case
        when {{ id }} is null then 'missing'
        when not {{ may_be_raw(id) }} then 'hashed'
        {%- for kind, condition in raw_kinds(id, is_person).items() %}
        when {{ condition }} then '{{ kind }}'
        {%- endfor %}
        else 'hashed'
    end
{%- endmacro %}


{#- One look that spares nearly every id the others: what is written like no e-mail address, number, name or kind of ours. -#}
{% macro may_be_raw(id) -%}
    {{ matches_pattern(id, '[@＠%:( +＋&]|^[0-9]+[./‑-][0-9./‑-]*([xXeE]|$)|_[aA][tT]_|[aA][tT]]|^~*raw_') }}
{%- endmacro %}


{#-
  Something before an @ (also as URLs, HTML and the careful write it) and a domain behind it: with a dot and a last part that is no
  number, the name of one machine, or an address. A version (name@4.17.21, name@latest) is none, nor is a thread of Teams.
-#}
{% macro is_raw_email(id) -%}
    {%- set at = '(@|＠|%40|%2540|&#64;|&commat;| *[(]at[)] *| *.at] *|_at_)' -%}
    {%- set domain = '([^ @＠]+[.][^ @＠.0-9][^ @＠.]+|[a-z][a-z0-9_-]*([:/?>].*)?$|.?[0-9]+[.][0-9]+[.][0-9]+[.][0-9]+.?$)' -%}
    (
        ({{ matches_pattern(id, '(?i)[^ @＠<(]' ~ at ~ domain) }} or {{ matches_pattern(id, '(?i)[a-z0-9] at [a-z0-9.-]+([.]| dot )[a-z]{2,}$') }})
        and not {{ matches_pattern(
            id, '(?i)@(v?[0-9]+([.][0-9]+){0,2}(-[0-9a-z.-]+)?|latest|next|main|master|stable|prod|production|dev|staging|thread[.](v2|tacv2|skype)|unq[.]gbl[.]spaces)$'
        ) }}
        and not {{ matches_pattern(id, '(?i)^[^@＠]*_at_[a-z0-9-]+$') }}
    )
{%- endmacro %}


{#-
  A + or a scheme before digits; else digits with separators as somebody writes a number: brackets, a leading 0, the groups of North
  America, or groups behind a country code. Dates, addresses of machines, decimals, cards and book numbers are none.
-#}
{% macro is_raw_phone(id) -%}
    {%- set scheme = '(tel|callto|sms|sip|whatsapp|wa|phone|mobile|fax):[/]*' -%}
    {%- set extension = '([ ,;]*(x|ext[.]?|extension)[ .=]*[0-9]{1,6})?$' -%}
    {%- set text = "replace(replace(replace(replace(lower(trim(" ~ id ~ ")), '%2b', '+'), '%20', ' '), ' ', ' '), '‑', '-')" -%}
    {%- set digits = "length(" ~ replace_pattern(replace_pattern(text, extension, ''), '[^0-9]', '') ~ ")" -%}
    {%- set international = '[+＋][ (]*[0-9][0-9 ()./_-]*' -%}
    {%- set written = '[(0-9][0-9 ()./-]*[0-9]' -%}
    {%- set no_number = '^([0-9]+([.][0-9]+)?|[0-9]{1,3}([.][0-9]{1,3}){3}([/].*)?|(19|20)[0-9]{2}[./ -].*'
        ~ '|[0-9]{1,2}[./-][0-9]{1,2}[./-](19|20)[0-9]{2}.*|[0-9]{1,2}[./-][0-9]{1,2}[./-][0-9]{2}|[0-9]{3}-[0-9]{2}-[0-9]{4}'
        ~ '|[0-9]{4} [0-9]{4} [0-9]{4}|[0-9]{4} [0-9]{6} [0-9]{5}|97[89]-.*)$' -%}
    {%- set number = '^([0-9 ./-]*[(][0-9]{1,5}[)].*|0[1-9][0-9]{0,3}[ ./-].*|00[1-9][0-9]{0,2}[ ./-][0-9 ()./-]{8,}'
        ~ '|(1[ ./-])?[0-9]{3}[ ./-][0-9]{3}[ .-][0-9]{4}|[2-9][0-9]{2}[ -][0-9]{4}|[6-9][0-9]{4}-[0-9]{5}|[6-9][0-9]{2}-[0-9]{3}-[0-9]{3}'
        ~ '|[0-9]{1,5} [0-9 .-]*|[1-9][0-9]{0,2}[.-][0-9]{1,5}([.-][0-9]{2,8}){0,3}[.-][0-9]{4,8}|[1-9][0-9]{0,2}[.-][0-9]([.-][0-9]{2}){4}'
        ~ '|[1-9][0-9]?-[0-9]{2,3}-[0-9]{3}-[0-9]{2}-[0-9]{2})' ~ extension -%}
    (
        {{ matches_pattern(text, '^' ~ scheme ~ '[+＋]?' ~ written ~ extension) }}
        or (
            {{ matches_pattern(text, '(^|[:=/( ])' ~ international ~ extension) }}
            and {{ digits }} between 7 and 15
        )
        or {{ matches_pattern(text, '[^0-9][+][1-9][0-9]{7,14}$') }}
        or (
            {{ matches_pattern(text, '^' ~ written ~ extension) }}
            and {{ digits }} between 7 and 15
            and {{ matches_pattern(text, number) }}
            and not {{ matches_pattern(text, no_number) }}
        )
    )
{%- endmacro %}


{#-
  The key of this run, or an empty text. It is asked of the session, never written into SQL, so that it stands in no compiled file, view or
  log: on DuckDB the plugin of profiles.yml sets a variable, Spark fills in its environment when it parses.
-#}
{% macro identifier_key() -%} {{ return(adapter.dispatch('identifier_key', 'llm_costs')()) }} {%- endmacro %}
{% macro default__identifier_key() -%} coalesce(getvariable('llm_costs_identifier_key'), '') {%- endmacro %}
{% macro spark__identifier_key() -%} regexp_replace('${env:LLM_COSTS_IDENTIFIER_KEY}', '^[$].*', '') {%- endmacro %}


{#- SHA-256 of the key and the SHA-256 of the key and the text, each joined by a colon, as 64 hexadecimal digits. -#}
{% macro keyed_hash(text) -%} {{ return(adapter.dispatch('keyed_hash', 'llm_costs')(text)) }} {%- endmacro %}
{% macro default__keyed_hash(text) -%}
    sha256(concat({{ identifier_key() }}, ':', sha256(concat({{ identifier_key() }}, ':', {{ text }}))))
{%- endmacro %}
{% macro spark__keyed_hash(text) -%}
    sha2(concat({{ identifier_key() }}, ':', sha2(concat({{ identifier_key() }}, ':', {{ text }}), 256)), 256)
{%- endmacro %}


{#-
  An id as marts show it: as it was sent, but for a raw identifier, which stands as its kind and, where the run has a key, its keyed hash.
  What was sent like a name of ours is marked, so that it cannot pass for one.
    kept_apart_by  what tells ids of one kind apart where there is no key: for the id of a case its tenant, so that no case is of two
    is_row_key     whether the id is the key of a row of a help desk or an application: without a key it is NULL, and the row rejected, for what it
                   says of one case would be said of all
-#}
{% macro shown_id(id, is_person=false, kept_apart_by=none, is_row_key=false) -%}
    case
        when {{ id }} is null or not {{ may_be_raw(id) }} then {{ id }}
        {%- for kind, condition in raw_kinds(id, is_person).items() %}
        when {{ condition }}
            then case
                when {{ identifier_key() }} <> '' then concat('{{ kind }}:', substr({{ keyed_hash(id) }}, 1, 32))
                {%- if kept_apart_by is not none %}
                when {{ kept_apart_by }} is not null then concat('{{ kind }}:', {{ kept_apart_by }})
                {%- endif %}
                {%- if not is_row_key %}
                else '{{ kind }}'
                {%- endif %}
            end
        {%- endfor %}
        when {{ matches_pattern(id, '^~*(' ~ raw_kinds() | join('|') ~ ')(:|$)') }} then concat('~', {{ id }})
        else {{ id }}
    end
{%- endmacro %}


{#- The kind of an id as marts show it. -#}
{% macro shown_kind(id) -%}
    case
        when {{ id }} is null then 'missing'
        {%- for kind in raw_kinds() %}
        when substr({{ id }}, 1, {{ kind | length }}) = '{{ kind }}' then '{{ kind }}'
        {%- endfor %}
        else 'hashed'
    end
{%- endmacro %}


{#- The kind of the key of a row that is rejected because it is raw and the run has no key (shown_id); else NULL. -#}
{% macro withheld_kind(id) -%}
    case when {{ identifier_key() }} = '' and {{ may_be_raw(id) }} then nullif({{ identifier_kind(id) }}, 'hashed') end
{%- endmacro %}


{#- Whether the run has a key, and a mark by which a later run knows another one; nothing by which the key could be found. -#}
{% macro identifier_setting() -%}
    {{- return(run_committed(
        "select case when " ~ identifier_key() ~ " = '' then 'by kind' else concat('by the key ', substr("
        ~ keyed_hash("'llm_costs'") ~ ", 1, 8)) end"
    ).rows[0][0]) -}}
{%- endmacro %}
