-- grain: one row a provider and model that telemetry has named, by name that may be meant
with seen as (

    select distinct
        provider,
        model
    from {{ ref('int_models_seen') }}

),

provider_words as (

    select
        alias as word,
        provider
    from {{ ref('stg_reference__provider_aliases') }}

    union all

    select distinct
        provider as word,
        provider
    from {{ ref('stg_reference__model_prices') }}
    where provider not in (select aliases.alias from {{ ref('stg_reference__provider_aliases') }} as aliases)

),

-- What gateways put before a name: words up to a slash, each of which may be a provider. The more is taken off, the
-- less it counts.
whole as (

    select
        seen.provider,
        seen.model,
        seen.model as name,
        cast(null as {{ type_text() }}) as prefix_provider,
        0 as taken_off
    from seen

),
{% for taken_off in range(1, 9) %}
{%- set longer = 'whole' if loop.first else 'shorter_' ~ (taken_off - 1) %}
shorter_{{ taken_off }} as (

    select
        longer.provider,
        longer.model,
        substr(longer.name, instr(longer.name, '/') + 1) as name,
        coalesce(words.provider, longer.prefix_provider) as prefix_provider,
        {{ taken_off }} as taken_off
    from {{ longer }} as longer
    left join provider_words as words on {{ gateway_word("split_part(longer.name, '/', 1)") }} = words.word
    where longer.name like '%/%'

),
{% endfor %}
named as (

    select * from whole
    {%- for taken_off in range(1, 9) %}

    union all

    select * from shorter_{{ taken_off }}
    {%- endfor %}

),

-- A region is a prefix of clouds: us.anthropic.claude.
placed as (

    select * from named

    union all

    select
        provider,
        model,
        {{ replace_pattern('name', region_prefix(), '') }} as name,
        prefix_provider,
        taken_off + 100 as taken_off
    from named
    where {{ matches_pattern('name', region_prefix()) }}

)

select
    placed.provider,
    placed.model,
    placed.name,
    placed.taken_off,
    coalesce(words.provider, placed.provider) as named_provider,
    -- Who is named sells the model, whoever has made it: a prefix counts where the price book does not know that name.
    case when words.provider is null then placed.prefix_provider end as prefix_provider
from placed
left join provider_words as words on placed.provider = words.word
