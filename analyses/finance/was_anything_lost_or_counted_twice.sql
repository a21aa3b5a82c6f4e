-- Was anything lost, or sent twice and counted once?
-- grain: one row a kind of row that is in no total
--
-- Every raw row ends in one place: in the facts, or here.
select
    'rejected: ' || reason as what_happened,
    raw_table,
    count(*) as raw_rows
from {{ ref('rejected_rows') }}
group by
    reason,
    raw_table

union all

select
    case when has_conflict then 'sent again with other content' else 'sent again' end as what_happened,
    'llm_requests' as raw_table,
    count(*) as raw_rows
from {{ ref('redeliveries') }}
group by case when has_conflict then 'sent again with other content' else 'sent again' end
order by
    what_happened asc,
    raw_table asc
