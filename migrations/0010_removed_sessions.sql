-- Sessions that were removed: their content stays for a while, so that they can be restored.

-- The rows of sessions that were removed, as they were. The content is still there, under the same key.
-- Tombstones have the public ids, and outlive these rows.
create table internal_removed_sessions (
    session integer primary key,
    -- Until when the session can be restored. Then its content is purged. It is empty for a session that
    -- cannot be restored at all, such as one that a person has deleted.
    restorable_until text not null default '',
    project_id text,
    name text,
    created_at text not null,
    last_activity text not null,
    last_command_at text,
    time_floor text,
    pinned integer not null,
    idle_timeout_hours real,
    -- The number of the session's last event, which is its removal.
    seq integer not null,
    revision integer not null,
    generation integer not null,
    node_count integer not null,
    root_count integer not null,
    steps integer not null,
    history_bytes integer not null,
    attributes text not null
) strict;
create index internal_removed_sessions_by_time on internal_removed_sessions (restorable_until);

-- The content is no longer queued to be purged at once.
drop trigger sessions_queue_purge_on_delete;

create trigger sessions_keep_removed_on_delete after delete on sessions begin
    insert into internal_removed_sessions
        (session, project_id, name, created_at, last_activity, last_command_at, time_floor, pinned,
         idle_timeout_hours, seq, revision, generation, node_count, root_count, steps, history_bytes,
         attributes)
    values
        (old.session, old.project_id, old.name, old.created_at, old.last_activity,
         old.last_command_at, old.time_floor, old.pinned, old.idle_timeout_hours, old.seq,
         old.revision, old.generation, old.node_count, old.root_count, old.steps,
         old.history_bytes, old.attributes);
end;

-- A restored session goes on at the number of its removal.
drop trigger sessions_check_seq_on_insert;

create trigger sessions_check_seq_on_insert before insert on sessions
when new.seq <> 0
    and new.seq is not (select seq from internal_removed_sessions where session = new.session) begin
    select raise(abort, 'seq counts the rows in events: start with 0');
end;

-- It brings its counts along, and its nodes are there.
create trigger sessions_check_node_count_on_insert before insert on sessions
when (new.node_count <> 0 or new.root_count <> 0)
    and (new.node_count, new.root_count)
        is not (select node_count, root_count from internal_removed_sessions where session = new.session) begin
    select raise(abort, 'node_count and root_count count the rows in nodes: start with 0');
end;

-- When the last backup was made, for those who watch that there is one. Always one row; null before the first.
create table internal_last_backup (
    only_row integer primary key check (only_row = 1),
    made_at text check (made_at glob '????-??-??T??:??:??.??????+00:00')
) strict;
insert into internal_last_backup values (1, null);
