-- grain: one row a kind of id and a difference that ids of it have which may be one id, written in two ways
-- A view: whether an id has a near miss depends on all others, of any date, and no number depends on it.
{{ config(materialized='view') }}

with ids as (

    select * from {{ ref('int_ids_named') }}

),

forms as (

    select
        joined_as,
        id_kind,
        id,
        {{ id_core('id') }} as form,
        0 as has_prefix
    from ids

    union all

    select
        joined_as,
        id_kind,
        id,
        {{ id_core(id_after_prefix('id')) }} as form,
        1 as has_prefix
    from ids
    where {{ id_after_prefix('id') }} is not null

),

-- Two ids with different prefixes are two ids: one of them has to be without.
beside as (

    select
        *,
        first_value(id) over (
            partition by joined_as, form
            order by has_prefix, case when id = form then 0 else 1 end, length(id), id
        ) as plain_id,
        min(has_prefix) over (partition by joined_as, form) as all_have_prefixes
    from forms

),

pairs as (

    select
        joined_as,
        id_kind,
        id,
        plain_id,
        case
            when has_prefix = 1 then 'prefix'
            when lower(id) = lower(plain_id) then 'case'
            when {{ id_before_numbers('id') }} = {{ id_before_numbers('plain_id') }} then 'decimal_zero'
            else 'leading_zeros'
        end as difference
    from beside
    where
        id <> plain_id
        and all_have_prefixes = 0

),

sides as (

    select
        id_kind,
        difference,
        joined_as,
        id
    from pairs

    union

    select
        id_kind,
        difference,
        joined_as,
        plain_id as id
    from pairs

),

counted as (

    select
        sides.id_kind,
        sides.difference,
        cast(sum(ids.attempts) as bigint) as attempts,
        cast(sum(ids.unpriced_attempts) as bigint) as unpriced_attempts,
        {{ sum_usd('ids.cost_usd') }} as cost_usd
    from sides
    inner join ids
        on
            sides.joined_as = ids.joined_as
            and sides.id = ids.id
    group by
        sides.id_kind,
        sides.difference

),

-- An id that is personal data is no example.
shown as (

    select
        id_kind,
        difference,
        count(*) as near_misses,
        min(
            case
                when {{ identifier_kind('id') }} = 'hashed' and {{ identifier_kind('plain_id') }} = 'hashed'
                    then id || ' beside ' || plain_id
            end
        ) as example
    from pairs
    group by
        id_kind,
        difference

)

select
    shown.id_kind,
    shown.difference,
    shown.near_misses,
    shown.example,
    counted.attempts,
    counted.unpriced_attempts,
    counted.cost_usd
from shown
inner join counted
    on
        shown.id_kind = counted.id_kind
        and shown.difference = counted.difference
