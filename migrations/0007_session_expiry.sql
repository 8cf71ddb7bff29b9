-- When a session's own timeout lets the cleanup take it, as an index on the expression in place of a
-- generated column: SQLite computes such a column with every change of a session, whether it has a
-- timeout or not, but the index only for those that have.

drop view session_overview;
drop index sessions_by_expiry;
alter table sessions drop column expires_at;

-- Sessions with a timeout of their own, and the moment when it is over. Whole seconds and
-- microseconds are added apart, because SQLite's date functions keep only milliseconds. The index
-- below has the same expression, letter by letter.
create view session_expiry as
select
    session,
    session_id,
    active_clients,
    pinned,
    strftime('%Y-%m-%dT%H:%M:%S',
             (unixepoch(substr(last_activity, 1, 19)) * 1000000
              + cast(substr(last_activity, 21, 6) as integer)
              + cast(round(idle_timeout_hours * 3600000000.0) as integer)) / 1000000,
             'unixepoch')
    || printf('.%06d+00:00',
              (cast(substr(last_activity, 21, 6) as integer)
               + cast(round(idle_timeout_hours * 3600000000.0) as integer)) % 1000000)
        as expires_at
from sessions
where idle_timeout_hours is not null;

create index sessions_by_expiry on sessions (
    strftime('%Y-%m-%dT%H:%M:%S',
             (unixepoch(substr(last_activity, 1, 19)) * 1000000
              + cast(substr(last_activity, 21, 6) as integer)
              + cast(round(idle_timeout_hours * 3600000000.0) as integer)) / 1000000,
             'unixepoch')
    || printf('.%06d+00:00',
              (cast(substr(last_activity, 21, 6) as integer)
               + cast(round(idle_timeout_hours * 3600000000.0) as integer)) % 1000000)
) where idle_timeout_hours is not null;

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
    iif(s.pinned, 'pinned', coalesce(
        (select expires_at from session_expiry as e where e.session = s.session),
        'after the service''s limit')) as removable,
    s.seq,
    s.revision
from sessions as s;
