-- grain: one row an id of a workflow, a tenant or a user that anything names, with the reportable calls under it
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
        ('int_tickets_current', 'follow_up_of_ticket_id', 'workflow', 'ticket'),
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

)

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
