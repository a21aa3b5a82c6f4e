-- grain: one row an alert event (stub)
with events as (

    select
        '5c243ff8da877bf9f72ed2ba71e9f555' as alert_id,
        '5c243ff8da877bf9f72ed2ba71e9f555' as episode_id,
        'opened' as change,
        'cost_drift' as alert_kind,
        'warning' as severity,
        '2026-07-26' as opened_on,
        'endpoint' as scope_type,
        'support.reply' as scope_value,
        'support' as use_case,
        'support.reply' as endpoint_tag,
        null as prompt_version,
        null as tenant_id,
        'gpt-5.6-sol' as model,
        'mixed' as spike_class,
        null as budget_id,
        2.02 as impact_usd,
        null as suppressed_by

    union all

    select
        'c27353e8acbadc88c1dc7575681cfb0e' as alert_id,
        'c27353e8acbadc88c1dc7575681cfb0e' as episode_id,
        'opened' as change,
        'context_creep' as alert_kind,
        'warning' as severity,
        '2026-08-09' as opened_on,
        'endpoint' as scope_type,
        'support.reply' as scope_value,
        'support' as use_case,
        'support.reply' as endpoint_tag,
        null as prompt_version,
        null as tenant_id,
        null as model,
        'token' as spike_class,
        null as budget_id,
        1.06 as impact_usd,
        null as suppressed_by

    union all

    select
        '65aacd38a47cf2232a0a022193a5a662' as alert_id,
        '65aacd38a47cf2232a0a022193a5a662' as episode_id,
        'opened' as change,
        'unknown_users' as alert_kind,
        'critical' as severity,
        '2026-08-12' as opened_on,
        'endpoint' as scope_type,
        'support.reply' as scope_value,
        'support' as use_case,
        'support.reply' as endpoint_tag,
        null as prompt_version,
        null as tenant_id,
        null as model,
        'abuse' as spike_class,
        null as budget_id,
        5.59 as impact_usd,
        null as suppressed_by

    union all

    select
        '46efa8470acb2cd54b731e319d9b3d43' as alert_id,
        '46efa8470acb2cd54b731e319d9b3d43' as episode_id,
        'opened' as change,
        'failing_burst' as alert_kind,
        'critical' as severity,
        '2026-08-12' as opened_on,
        'endpoint' as scope_type,
        'support.reply' as scope_value,
        'support' as use_case,
        'support.reply' as endpoint_tag,
        null as prompt_version,
        null as tenant_id,
        null as model,
        'abuse' as spike_class,
        null as budget_id,
        5.59 as impact_usd,
        null as suppressed_by

    union all

    select
        '1148d2a6c24bde274e7e41788d35d812' as alert_id,
        '1148d2a6c24bde274e7e41788d35d812' as episode_id,
        'opened' as change,
        'budget_state' as alert_kind,
        'critical' as severity,
        '2026-08-12' as opened_on,
        'endpoint' as scope_type,
        'support.reply' as scope_value,
        'support' as use_case,
        'support.reply' as endpoint_tag,
        null as prompt_version,
        null as tenant_id,
        null as model,
        'abuse' as spike_class,
        'reply_daily' as budget_id,
        5.59 as impact_usd,
        'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' as suppressed_by

    union all

    select
        'c86426ed20ad88a0cbc2606465dbaa7a' as alert_id,
        'c86426ed20ad88a0cbc2606465dbaa7a' as episode_id,
        'opened' as change,
        'retry_storm' as alert_kind,
        'critical' as severity,
        '2026-08-19' as opened_on,
        'endpoint' as scope_type,
        'support.reply' as scope_value,
        'support' as use_case,
        'support.reply' as endpoint_tag,
        null as prompt_version,
        null as tenant_id,
        null as model,
        'retry_storm' as spike_class,
        null as budget_id,
        1.21 as impact_usd,
        null as suppressed_by

    union all

    select
        '9eeb253639f043185129143320b5b8b9' as alert_id,
        '9eeb253639f043185129143320b5b8b9' as episode_id,
        'opened' as change,
        'cost_drift' as alert_kind,
        'warning' as severity,
        '2026-09-06' as opened_on,
        'endpoint' as scope_type,
        'docs.summarize' as scope_value,
        'documents' as use_case,
        'docs.summarize' as endpoint_tag,
        null as prompt_version,
        null as tenant_id,
        null as model,
        'token' as spike_class,
        null as budget_id,
        0.92 as impact_usd,
        null as suppressed_by

    union all

    select
        '45ea7d4b672d94e3d7d64ff8583b8f1b' as alert_id,
        '45ea7d4b672d94e3d7d64ff8583b8f1b' as episode_id,
        'opened' as change,
        'context_creep' as alert_kind,
        'warning' as severity,
        '2026-09-20' as opened_on,
        'endpoint' as scope_type,
        'rag.answer' as scope_value,
        'rag' as use_case,
        'rag.answer' as endpoint_tag,
        null as prompt_version,
        null as tenant_id,
        null as model,
        'token' as spike_class,
        null as budget_id,
        0.71 as impact_usd,
        null as suppressed_by

    union all

    select
        '8204131e386e5584858c028958fcf3ee' as alert_id,
        '8204131e386e5584858c028958fcf3ee' as episode_id,
        'opened' as change,
        'cost_drift' as alert_kind,
        'critical' as severity,
        '2026-09-27' as opened_on,
        'prompt_version' as scope_type,
        'support.reply / reply_v12' as scope_value,
        'support' as use_case,
        'support.reply' as endpoint_tag,
        'reply_v12' as prompt_version,
        null as tenant_id,
        null as model,
        'deploy' as spike_class,
        null as budget_id,
        0.83 as impact_usd,
        null as suppressed_by

    union all

    select
        'a167bf8b6698379b70c8b74ea86570d5' as alert_id,
        'a167bf8b6698379b70c8b74ea86570d5' as episode_id,
        'opened' as change,
        'tenant_concentration' as alert_kind,
        'warning' as severity,
        '2026-10-11' as opened_on,
        'tenant' as scope_type,
        'bluefin' as scope_value,
        null as use_case,
        'dev.generate_patch' as endpoint_tag,
        null as prompt_version,
        'bluefin' as tenant_id,
        null as model,
        'volume' as spike_class,
        null as budget_id,
        3.26 as impact_usd,
        null as suppressed_by

    union all

    select
        '0ee25b8b4ec3def373a7b0c01fd2adcd' as alert_id,
        '0ee25b8b4ec3def373a7b0c01fd2adcd' as episode_id,
        'opened' as change,
        'budget_state' as alert_kind,
        'critical' as severity,
        '2026-10-08' as opened_on,
        'use_case' as scope_type,
        'code' as scope_value,
        'code' as use_case,
        'dev.generate_patch' as endpoint_tag,
        null as prompt_version,
        'bluefin' as tenant_id,
        null as model,
        'volume' as spike_class,
        'code_weekly' as budget_id,
        3.26 as impact_usd,
        null as suppressed_by

    union all

    select
        '53e46645072c1989f1735ce43283078a' as alert_id,
        '53e46645072c1989f1735ce43283078a' as episode_id,
        'opened' as change,
        'budget_state' as alert_kind,
        'critical' as severity,
        '2026-10-19' as opened_on,
        'tenant' as scope_type,
        'bluefin' as scope_value,
        null as use_case,
        null as endpoint_tag,
        null as prompt_version,
        'bluefin' as tenant_id,
        null as model,
        null as spike_class,
        'bluefin_monthly' as budget_id,
        null as impact_usd,
        null as suppressed_by

    union all

    select
        '28979a7d4db9e679a2811a531335bff7' as alert_id,
        '28979a7d4db9e679a2811a531335bff7' as episode_id,
        'opened' as change,
        'late_source' as alert_kind,
        'info' as severity,
        '2026-09-02' as opened_on,
        'source' as scope_type,
        'gateway' as scope_value,
        null as use_case,
        null as endpoint_tag,
        null as prompt_version,
        null as tenant_id,
        null as model,
        null as spike_class,
        null as budget_id,
        null as impact_usd,
        null as suppressed_by

)

select
    alert_id,
    episode_id,
    change,
    alert_kind,
    severity,
    cast(opened_on as date) as opened_on,
    cast(opened_on as timestamp) as opened_at,
    scope_type,
    scope_value,
    use_case,
    endpoint_tag,
    prompt_version,
    tenant_id,
    cast(model as {{ type_text() }}) as model,
    spike_class,
    budget_id,
    alert_kind as metric,
    cast(1 as double) as value,
    cast(1 as double) as baseline,
    cast(1 as double) as threshold,
    cast(null as double) as standard_errors,
    7 as window_days,
    cast(impact_usd as decimal(38, 12)) as impact_usd,
    concat('stub of ', alert_kind, ' on ', scope_value) as evidence,
    'support-platform' as owner,
    'support-platform on-call > head of support' as escalation_path,
    concat('docs/runbooks/', alert_kind, '.md') as runbook,
    suppressed_by
from events
