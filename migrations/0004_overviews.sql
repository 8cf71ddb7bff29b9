-- For people at a SQL prompt: every session with what one asks first.
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
    iif(s.pinned, 'pinned', coalesce(s.expires_at, 'after the service''s limit')) as removable,
    s.seq,
    s.revision
from sessions as s;

-- For people at a SQL prompt: who is connected to what, and since when.
create view client_overview as
select s.session_id, c.client_id, c.transport, c.connected_at, c.user
from clients as c
join sessions as s on s.session = c.session;

-- For people at a SQL prompt: the event log with the sessions' public ids, removed ones included.
create view event_overview as
select
    coalesce(s.session_id, r.session_id) as session_id,
    e.seq,
    e.at,
    e.event,
    e.payload
from events as e
left join sessions as s on s.session = e.session
left join removed_sessions as r on r.session = e.session;
