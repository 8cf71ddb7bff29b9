-- Views for people at a SQL prompt: docs/sql.md has every column. The service does not read them. Names and
-- values are those of REST.

-- The sessions that exist or were removed, for what outlives them.
create view internal_known_sessions as
select session, session_id, name from sessions
union all
select t.session, t.session_id, (select name from internal_removed_sessions as r where r.session = t.session)
from tombstones as t;

-- Every session, with what one asks first, and why it stays.
create view session_overview as
select
    session_id,
    name,
    project_id,
    active_clients,
    node_count,
    created_at,
    last_activity,
    last_command_at,
    round((julianday('now') - julianday(last_activity)) * 24, 2) as idle_hours,
    pinned,
    idle_timeout_hours,
    nullif(rtrim(iif(active_clients > 0, 'has_clients, ', '')
                 || iif(pinned, 'pinned, ', '')
                 || iif(idle_end >= strftime('%Y-%m-%dT%H:%M:%f000+00:00', 'now'), 'active_recently', ''),
                 ', '), '') as stays_because,
    iif(active_clients = 0 and not pinned, idle_end, null) as removable_at,
    seq,
    revision,
    attributes
from (
    select
        *,
        strftime('%Y-%m-%dT%H:%M:%S', microseconds / 1000000, 'unixepoch')
        || printf('.%06d+00:00', microseconds % 1000000) as idle_end
    from (
        select
            s.*,
            unixepoch(substr(last_activity, 1, 19)) * 1000000
            + cast(substr(last_activity, 21, 6) as integer)
            + cast(round(coalesce(idle_timeout_hours, max_inactive_hours) * 3600000000.0) as integer)
                as microseconds
        from sessions as s
        join internal_cleanup_rule
    )
);

-- Every session that was removed, and until when it can be restored.
create view removed_session_overview as
select
    t.session_id,
    r.name,
    r.project_id,
    t.removed_at,
    t.reason,
    nullif(r.restorable_until, '') as restorable_until,
    r.created_at,
    r.node_count
from tombstones as t
left join internal_removed_sessions as r on r.session = t.session;

-- Who is connected to which session, and since when.
create view client_overview as
select s.session_id, s.name as session_name, c.client_id, c.transport, c.connected_at, c.user
from clients as c
join sessions as s on s.session = c.session;

-- Every event with the public id of its session, also of sessions that were removed.
create view event_overview as
select
    s.session_id,
    s.name as session_name,
    e.seq,
    e.at as timestamp,
    e.event,
    e.payload ->> 'client_id' as client_id,
    e.payload
from internal_known_sessions as s
join events as e on e.session = s.session;

-- Every visit of a client to a session, as far as its events are kept. The visits that go on are the rows of
-- `clients`. The others have ended with the event of the departure, or with the removal of the session. Of those
-- that began before the oldest event, only the end is known.
--
-- There is one window, by session and client: so SQLite reads the events of one session only, if a query names it.
create view visit_overview as
select
    session_id,
    session_name,
    client_id,
    user,
    joined_at,
    left_at,
    round((julianday(coalesce(left_at, 'now')) - julianday(joined_at)) * 1440, 1) as minutes,
    reason
from (
    select session_id, session_name, client_id, user, connected_at as joined_at, null as left_at, null as reason
    from client_overview
    union all
    select
        session_id,
        session_name,
        client_id,
        nullif(user, 'null'),
        iif(event = 'session-connected', timestamp, null),
        case
            when event = 'session-disconnected' then timestamp
            when next_event = 'session-disconnected' then next_timestamp
            else (select min(r.timestamp) from event_overview as r
                  where r.session_id = e.session_id and r.seq > e.seq and r.event = 'session-removed')
        end,
        case
            when event = 'session-disconnected' then reason
            when next_event = 'session-disconnected' then next_reason
            else 'session_removed'
        end
    from (
        select
            session_id,
            session_name,
            seq,
            timestamp,
            event,
            client_id,
            payload -> 'user' as user,
            payload ->> 'reason' as reason,
            lag(event) over of_client as previous_event,
            lead(event) over of_client as next_event,
            lead(timestamp) over of_client as next_timestamp,
            lead(payload ->> 'reason') over of_client as next_reason
        from event_overview
        where event in ('session-connected', 'session-disconnected')
        window of_client as (partition by session_id, client_id order by seq)
    ) as e
    where (event = 'session-connected'
           and (next_event is not null
                or not exists (select 1 from client_overview as c
                               where c.session_id = e.session_id and c.client_id = e.client_id)))
       or (event = 'session-disconnected' and previous_event is null)
)
where left_at is not null or reason is null;

-- Every node with its session, the name of its parent and its index among its siblings.
create view node_overview as
select
    s.session_id,
    s.name as session_name,
    n.node_id,
    n.name,
    n.blueprint_type_id,
    n.parent_id,
    p.name as parent_name,
    row_number() over (partition by s.session_id, n.parent_id order by n.position) - 1 as "index",
    n.child_count,
    n.properties
from sessions as s
join nodes as n on n.session = s.session and n.generation = s.generation
left join nodes as p
    on p.session = n.session and p.generation = n.generation and p.node_id = n.parent_id;

-- Who changed what, when, from what to what, and whether it is still in force: one row for each change
-- of each command.
create view command_overview as
select
    s.session_id,
    s.name as session_name,
    h.step,
    h.seq,
    h.revision,
    h.at as timestamp,
    h.client_id,
    h.command_type,
    h.command_id,
    h.state,
    c.value ->> 'change' as change,
    coalesce(c.value ->> 'node_id', c.value ->> '$.nodes[0].node_id') as node_id,
    c.value ->> 'property_id' as property_id,
    iif(c.value ->> 'change' = 'deleted', c.value -> 'nodes', c.value -> 'old') as was,
    iif(c.value ->> 'change' = 'created', c.value -> 'nodes', c.value -> 'new') as became
from internal_history_full as h
join sessions as s on s.session = h.session
join json_each(h.changes) as c;

-- Every message of a webhook: what was sent where, and what came of it.
create view delivery_overview as
select
    w.endpoint_id,
    w.url,
    d.message_id,
    d.type,
    d.body ->> '$.data.session_id' as session_id,
    d.at as timestamp,
    d.state,
    d.attempts,
    d.next_at as next_attempt_at,
    d.last_attempt_at,
    d.last_status,
    d.last_error,
    d.last_duration_ms,
    d.body
from webhook_deliveries as d
join webhook_endpoints as w on w.endpoint = d.endpoint;

-- Every webhook, without its secrets.
create view endpoint_overview as
select
    endpoint_id,
    url,
    types,
    project_id,
    disabled_at is null as enabled,
    created_at,
    disabled_at,
    disabled_reason,
    failing_since,
    (select count(*) from webhook_deliveries as d
     where d.endpoint = w.endpoint and d.state = 'pending') as pending
from webhook_endpoints as w;

-- Every service token, without the hash of its secret.
create view token_overview as
select id, name, scope, project_id, created_at, expires_at, last_used_at, revoked_at
from tokens;
