-- History: the last commands of each session, each with the changes that it made, from what to what.
-- `step` counts 1, 2, 3 … within the session.
--
-- Rows are stored in the order in which they came, for the same reason as those of `nodes`.
create table history (
    session integer not null,
    step integer not null,
    command_id text not null,
    command_type text not null,
    -- The client that sent the command; null if a caller of REST did not name one.
    client_id text,
    at text not null,
    -- The number of the command-executed event.
    seq integer not null,
    revision integer not null,
    -- applied: the step is in force. undone: it may be redone. discarded: it was undone, and then
    -- another command was executed, so that it cannot be redone.
    state text not null default 'applied' check (state in ('applied', 'undone', 'discarded')),
    -- For an undone step: the scope of the undo (session or client) and the number of its event, which
    -- is the order of redo.
    undo_scope text check (undo_scope in ('session', 'client')),
    undo_seq integer,
    -- `sessions.history_bytes` before this step. The bytes of the last steps are then known without
    -- adding them up.
    bytes_before integer not null default 0,
    -- `changes` already has the positions of `internal_position_remaps` up to this revision. If it is null, up
    -- to the revision of the step.
    remapped_at integer,
    -- A JSON list of changes, in the order in which they were made.
    changes text not null,
    -- For long changes: the generation under which `internal_overflow_texts` has them. `changes` is then an
    -- empty list.
    overflow_generation integer,
    primary key (session, step)
) strict;
create index history_by_undo on history (session, undo_seq) where state = 'undone';

-- Long texts are removed when the step that they belong to lets go of them, or is deleted.
create trigger history_orphan_changes_on_update after update of overflow_generation on history
when old.overflow_generation is not null
    and new.overflow_generation is not old.overflow_generation begin
    insert or ignore into internal_orphaned_content (session, generation, kind)
    values (old.session, old.overflow_generation, 'changes');
end;

create trigger history_orphan_changes_on_delete after delete on history
when old.overflow_generation is not null begin
    insert or ignore into internal_orphaned_content (session, generation, kind)
    values (old.session, old.overflow_generation, 'changes');
end;

-- The history with all changes in full, however long they are, and their size in bytes.
create view internal_history_full as
select
    session, step, command_id, command_type, client_id, at, seq, revision, state, undo_scope, undo_seq,
    remapped_at,
    iif(overflow_generation is null, length(cast(changes as blob)),
        (select sum(length(cast(content as blob))) from internal_overflow_texts as t
         where t.session = h.session and t.generation = h.overflow_generation
           and t.kind = 'changes')) as size,
    iif(overflow_generation is null, changes,
        (select group_concat(content, '')
         from (select content from internal_overflow_texts as t
               where t.session = h.session and t.generation = h.overflow_generation
                 and t.kind = 'changes'
               order by part))) as changes
from history as h;

-- Nodes that an undo or a redo put beside their old position, because another node was there. An older
-- step names the old position. It is read with the new one, or else it would look as if somebody had
-- moved the node since. To rewrite all steps would cost as much as the whole history is long.
create table internal_position_remaps (
    session integer not null,
    -- The revision of the undo or redo, and the number of the remap within it.
    revision integer not null,
    place integer not null,
    node_id text not null,
    parent_id text,
    from_position text not null,
    to_position text not null,
    primary key (session, revision, place)
) strict, without rowid;

-- The answers to requests with an Idempotency-Key, for clients that send the request again.
create table internal_idempotency_keys (
    session integer not null,
    key text not null,
    -- A digest of the request. It distinguishes a retry from another request under the same key.
    digest text not null,
    answer text not null,
    at text not null,
    primary key (session, key)
) strict, without rowid;
create index internal_idempotency_keys_by_time on internal_idempotency_keys (at);
