-- Views for people at a SQL prompt. The service does not read them.

-- Every session, with what one asks first.
create view session_overview as
select
    s.session_id,
    s.name,
    s.project_id,
    s.active_clients,
    s.node_count,
    s.created_at,
    s.last_activity,
    round((julianday('now') - julianday(s.last_activity)) * 24, 2) as idle_hours,
    iif(s.pinned, 'pinned', coalesce(
        (select expires_at from internal_session_expiry as e where e.session = s.session),
        'after the service''s limit')) as removable,
    s.seq,
    s.revision
from sessions as s;

-- Who is connected to which session, and since when.
create view client_overview as
select s.session_id, c.client_id, c.transport, c.connected_at, c.user
from clients as c
join sessions as s on s.session = c.session;

-- Every event with the public id of its session, also of sessions that were removed.
create view event_overview as
select
    coalesce(s.session_id, r.session_id) as session_id,
    e.seq,
    e.at,
    e.event,
    e.payload
from events as e
left join sessions as s on s.session = e.session
left join tombstones as r on r.session = e.session;

-- Every node with its session, the name of its parent and its index among its siblings.
create view node_overview as
select
    s.session_id,
    n.node_id,
    n.name,
    n.blueprint_type_id,
    n.parent_id,
    p.name as parent_name,
    row_number() over (partition by n.session, n.parent_id order by n.position) - 1 as "index",
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
    h.step,
    h.at,
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
