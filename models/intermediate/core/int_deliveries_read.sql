-- grain: one row a telemetry event as delivered, on a date that this run rebuilds
select * from {{ ref('int_deliveries_new') }}

union all

select * from {{ ref('int_deliveries_reread') }}
