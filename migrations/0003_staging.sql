-- Content that belongs to no session: not yet, because a large change is being staged, or no longer,
-- because it waits to be purged.
--
-- A change of many thousand nodes would make everybody wait while it is written. It is staged instead:
-- its nodes and its long texts are written in chunks, under a new generation of the session that
-- nobody reads yet. One small transaction then sets `sessions.generation` and makes them visible.
--
-- The tables of content have no foreign key to `sessions`: a removal deletes the session's row at once
-- and its content in chunks afterwards, so that a large session blocks nobody.

-- Long texts that are too large for one transaction, written in parts before the row that they belong to.
create table internal_overflow_texts (
    session integer not null,
    generation integer not null,
    -- changes: of one step of `history`, cut anywhere. events: each part is one entry of `internal_event_log`.
    kind text not null check (kind in ('changes', 'events')),
    part integer not null,
    content text not null,
    primary key (session, generation, kind, part)
) strict;

-- Which rows of `nodes` and `internal_overflow_texts` belong to nothing: not yet, while a change is staged, or
-- no longer. The latter are removed in chunks.
create table internal_orphaned_content (
    session integer not null,
    generation integer not null,
    kind text not null check (kind in ('nodes', 'changes', 'events')),
    -- Whether the generation is still being written. When a server starts, none is.
    unfinished integer not null default 0 check (unfinished in (0, 1)),
    primary key (session, generation, kind)
) strict, without rowid;

-- Any other generation has no nodes, so the session would lose its content.
create trigger sessions_check_generation_on_update before update of generation on sessions
when new.generation <> old.generation
    and not exists (select 1 from internal_orphaned_content
                    where session = new.session and generation = new.generation and kind = 'nodes') begin
    select raise(abort, 'generation names rows of nodes: change these');
end;

-- The nodes of the new generation belong to the session from now on, and those of the old one belong
-- to nothing.
create trigger sessions_orphan_nodes_on_update after update of generation on sessions
when new.generation <> old.generation begin
    delete from internal_orphaned_content where session = new.session and generation = new.generation;
    insert or ignore into internal_orphaned_content (session, generation, kind)
    values (old.session, old.generation, 'nodes');
end;

-- Sessions that were removed, and whose content is still to be deleted.
create table internal_purge_queue (
    session integer primary key,
    -- An upper bound of the session's rows in `nodes` and `history`.
    max_rows integer not null
) strict;

-- A session with orphaned content counts as too large to be purged in one transaction.
create trigger sessions_queue_purge_on_delete after delete on sessions begin
    insert or ignore into internal_purge_queue
    values (old.session,
            old.node_count + old.steps + 1000000 * (select count(*) from internal_orphaned_content
                                                    where session = old.session));
end;
