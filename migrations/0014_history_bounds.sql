-- The history of a session is bounded in bytes as well as in steps, and an undo costs what it touches.

alter table sessions add column
    -- The bytes of the changes of all steps that the session has ever had.
    history_bytes integer not null default 0 check (history_bytes >= 0);

create table kept as select * from history;
drop table history;
create table history (
    session integer not null,
    step integer not null,
    command_id text not null,
    command_type text not null,
    -- Who; null where a caller of REST did not say.
    client_id text,
    at text not null,
    -- Of the command-executed event.
    seq integer not null,
    revision integer not null,
    -- applied: it counts. undone: it may be redone. discarded: undone, and then something else
    -- was done instead.
    state text not null default 'applied' check (state in ('applied', 'undone', 'discarded')),
    -- For an undone step: whose undo it was (session or client), and its event, the order of redo.
    undo_scope text check (undo_scope in ('session', 'client')),
    undo_seq integer,
    -- sessions.history_bytes before this step: how much a suffix of the history takes is known
    -- without adding it up.
    bytes_before integer not null default 0,
    -- The revision up to which `changes` has the positions of position_remaps; null: that of the step.
    remapped_at integer,
    -- A JSON list of changes, in the order in which they were made.
    changes text not null,
    -- Of long changes: the generation under which large_texts has them; `changes` is then an empty list.
    large_changes integer,
    primary key (session, step)
) strict;
insert into history (session, step, command_id, command_type, client_id, at, seq, revision, state,
                     undo_scope, undo_seq, changes, large_changes)
select session, step, command_id, command_type, client_id, at, seq, revision, state,
       undo_scope, undo_seq, changes, large_changes
from kept order by session, step;
drop table kept;
create index history_undone on history (session, undo_seq) where state = 'undone';

create trigger step_leaves_its_changes after update of large_changes on history
when old.large_changes is not null and new.large_changes is not old.large_changes begin
    insert or ignore into loose_content (session, generation, kind)
    values (old.session, old.large_changes, 'changes');
end;

create trigger step_takes_its_changes after delete on history
when old.large_changes is not null begin
    insert or ignore into loose_content (session, generation, kind)
    values (old.session, old.large_changes, 'changes');
end;

-- Where a node came back beside its old position, because somebody stood there. A step that was written
-- before speaks of the old position and is read with the new one, else it would look as if somebody
-- had moved the node. To write all steps anew would cost as much as the whole history is long.
create table position_remaps (
    session integer not null,
    -- Of the undo or redo, and its place among those of the same one.
    revision integer not null,
    place integer not null,
    node_id text not null,
    parent_id text,
    from_position text not null,
    to_position text not null,
    primary key (session, revision, place)
) strict, without rowid;

-- History with its changes in full, however long they are, and their bytes.
drop view whole_history;
create view whole_history as
select
    session, step, command_id, command_type, client_id, at, seq, revision, state, undo_scope, undo_seq,
    remapped_at,
    iif(large_changes is null, length(cast(changes as blob)),
        (select sum(length(cast(content as blob))) from large_texts as t
         where t.session = h.session and t.generation = h.large_changes
           and t.kind = 'changes')) as size,
    iif(large_changes is null, changes,
        (select group_concat(content, '')
         from (select content from large_texts as t
               where t.session = h.session and t.generation = h.large_changes
                 and t.kind = 'changes'
               order by part))) as changes
from history as h;

update history set bytes_before = coalesce(
    (select sum(size) from whole_history as h
     where h.session = history.session and h.step < history.step), 0);
update sessions set history_bytes = coalesce(
    (select sum(size) from whole_history as h where h.session = sessions.session), 0);
