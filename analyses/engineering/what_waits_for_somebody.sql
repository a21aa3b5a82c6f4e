-- Which alerts, incidents, guardrails and actions wait for somebody?
-- grain: one row a finding
select
    finding_kind,
    subject_id,
    scope_value,
    owner,
    since,
    days_open,
    detail
from {{ ref('governance_findings') }}
order by
    days_open desc nulls last,
    finding_kind asc,
    subject_id asc
