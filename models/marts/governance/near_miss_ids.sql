-- grain: one row a kind of id and a difference that ids of it have which may be one id, written in two ways
-- A view: whether an id has a near miss depends on all others, of any date, and no number depends on it.
{{ config(materialized='view') }}

with workflows as (

    select * from {{ ref('fct_workflows') }}

),

attempts as (

    select * from {{ ref('fct_attempts') }}
    where is_reportable

),

tenant_days as (

    select * from {{ ref('int_tenant_days') }}

),

-- What is joined with each other: workflows are looked up among tickets, tenants and users in their registers.
sent as (

    select
        'workflow' as joined_as,
        workflow_kind as id_kind,
        workflow_id as id,
        attempts,
        unpriced_attempts,
        cost_usd
    from workflows

    union all

    select
        'tenant' as joined_as,
        'tenant' as id_kind,
        tenant_id as id,
        attempts,
        unpriced_attempts,
        cost_usd
    from tenant_days

    union all

    select
        'user' as joined_as,
        'user' as id_kind,
        user_id as id,
        count(*) as attempts,
        count(*) - count(cost_usd) as unpriced_attempts,
        {{ sum_usd('cost_usd') }} as cost_usd
    from attempts
    group by user_id
    {%- for relation, column, joined_as, id_kind in [
        ('int_tickets_current', 'ticket_id', 'workflow', 'ticket'),
        ('int_workflow_outcomes_current', 'workflow_id', 'workflow', 'workflow'),
        ('int_tickets_current', 'tenant_id', 'tenant', 'tenant'),
        ('int_workflow_outcomes_current', 'tenant_id', 'tenant', 'tenant'),
        ('stg_reference__tenants', 'tenant_id', 'tenant', 'tenant'),
        ('stg_reference__tenant_users', 'tenant_id', 'tenant', 'tenant'),
        ('stg_reference__tenant_users', 'user_id', 'user', 'user'),
    ] %}

    union all

    select
        '{{ joined_as }}' as joined_as,
        '{{ id_kind }}' as id_kind,
        {{ column }} as id,
        0 as attempts,
        0 as unpriced_attempts,
        cast(null as {{ type_usd_sum() }}) as cost_usd
    from {{ ref(relation) }}
    {%- endfor %}

),

ids as (

    select
        joined_as,
        id,
        coalesce(max(case when attempts > 0 then id_kind end), min(id_kind)) as id_kind,
        cast(sum(attempts) as bigint) as attempts,
        cast(sum(unpriced_attempts) as bigint) as unpriced_attempts,
        {{ sum_usd('cost_usd') }} as cost_usd
    from sent
    where id is not null
    group by
        joined_as,
        id

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
