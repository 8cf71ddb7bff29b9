-- A change of many thousand nodes would keep everybody waiting while it is written. It is prepared
-- aside instead: its nodes and its long texts are written in slices, under a generation of the
-- session that nobody reads yet, and one small transaction makes the session go over to it.

-- Which of the rows of `nodes` are the session's; others are not yet or not any more.
alter table sessions add column generation integer not null default 0;

create table nodes_in_generations (
    session integer not null,
    -- Of the session (sessions.generation), else the node is not in it; see loose_content.
    generation integer not null default 0,
    node_id text not null check (length(node_id) = 36),
    -- Null for a root.
    parent_id text check (parent_id <> node_id),
    -- Where among its siblings: they are ordered by this text, and there is always room between
    -- two of them. It never changes unless the node moves.
    position text not null,
    blueprint_type_id text not null,
    name text not null,
    properties text not null check (json_type(properties) = 'object'),
    -- How many nodes name this one as their parent; kept by triggers.
    child_count integer not null default 0 check (child_count >= 0),
    primary key (session, generation, node_id)
) strict, without rowid;

drop view node_overview;
insert into nodes_in_generations (session, node_id, parent_id, position, blueprint_type_id, name,
                                  properties, child_count)
select session, node_id, parent_id, position, blueprint_type_id, name, properties, child_count
from nodes;
drop table nodes;
alter table nodes_in_generations rename to nodes;
create index nodes_by_place on nodes (session, generation, parent_id, position);

-- Long texts that were written ahead of what they belong to.
create table large_texts (
    session integer not null,
    generation integer not null,
    -- changes: of a step of `history`, cut anywhere. events: each part of an entry of `event_log`.
    kind text not null check (kind in ('changes', 'events')),
    part integer not null,
    content text not null,
    primary key (session, generation, kind, part)
) strict;

-- Rows of `nodes` and `large_texts` that belong to nothing: not yet, while a change is prepared, or
-- not any more. The latter are removed in slices.
create table loose_content (
    session integer not null,
    generation integer not null,
    kind text not null check (kind in ('nodes', 'changes', 'events')),
    -- Whether somebody is still writing it; nobody is when a server starts.
    unfinished integer not null default 0 check (unfinished in (0, 1)),
    primary key (session, generation, kind)
) strict, without rowid;

-- A step whose changes are long: the generation under which large_texts has them; `changes` is then
-- an empty list.
alter table history add column large_changes integer;
-- An entry of the log that is long: the generation under which large_texts has its events, and which
-- part of them it is; `events` is then null.
alter table event_log add column large_events integer
    check ((large_events is null) = (events is not null));
alter table event_log add column large_part integer
    check ((large_part is null) = (large_events is null));

-- The nodes of a generation that is left behind belong to nothing; what was prepared under the one
-- that is gone over to belongs to the session.
create trigger generation_is_gone_over_to after update of generation on sessions
when new.generation <> old.generation begin
    delete from loose_content where session = new.session and generation = new.generation;
    insert or ignore into loose_content (session, generation, kind)
    values (old.session, old.generation, 'nodes');
end;

-- node_count, root_count and child_count are the numbers of rows of the session's generation,
-- whoever writes them; those of another are counted by who prepares it. The content of a session
-- that is gone is not counted any more.
create trigger node_is_of_a_generation before insert on nodes
when new.generation <> (select generation from sessions where session = new.session)
    and not exists (select 1 from loose_content
                    where session = new.session and generation = new.generation
                      and kind = 'nodes') begin
    select raise(abort, 'generation must be that of the session (sessions.generation)');
end;

create trigger node_came after insert on nodes
when new.generation = (select generation from sessions where session = new.session) begin
    update sessions
    set node_count = node_count + 1, root_count = root_count + (new.parent_id is null)
    where session = new.session;
    update nodes set child_count = child_count + 1
    where session = new.session and generation = new.generation and node_id = new.parent_id;
    -- Rows may come in any order, children before their parent, too.
    update nodes
    set child_count = (select count(*) from nodes
                       where session = new.session and generation = new.generation
                         and parent_id = new.node_id)
    where session = new.session and generation = new.generation and node_id = new.node_id
      and exists (select 1 from nodes
                  where session = new.session and generation = new.generation
                    and parent_id = new.node_id);
end;

create trigger node_went after delete on nodes
when old.generation = (select generation from sessions where session = old.session) begin
    update sessions
    set node_count = node_count - 1, root_count = root_count - (old.parent_id is null)
    where session = old.session;
    update nodes set child_count = child_count - 1
    where session = old.session and generation = old.generation and node_id = old.parent_id;
end;

create trigger node_moved after update of parent_id on nodes
when new.parent_id is not old.parent_id begin
    update sessions
    set root_count = root_count + (new.parent_id is null) - (old.parent_id is null)
    where session = new.session;
    update nodes set child_count = child_count - 1
    where session = old.session and generation = old.generation and node_id = old.parent_id;
    update nodes set child_count = child_count + 1
    where session = new.session and generation = new.generation and node_id = new.parent_id;
end;

-- Long texts go when what they belong to goes.
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

create trigger entry_takes_its_events after delete on event_log
when old.large_events is not null begin
    delete from large_texts
    where session = old.session and generation = old.large_events and kind = 'events'
      and part = old.large_part;
end;

-- What is loose counts as more than goes at once.
drop trigger session_discards_its_content;
create trigger session_discards_its_content after delete on sessions begin
    insert or ignore into discarded_content
    values (old.session,
            old.node_count + old.steps + 1000000 * (select count(*) from loose_content
                                                    where session = old.session));
end;

-- For people at a SQL prompt: every node with its session, its parent's name and its place.
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

drop view command_overview;

-- History with its changes in full, however long they are, and their bytes.
create view whole_history as
select
    session, step, command_id, command_type, client_id, at, seq, revision, state, undo_scope, undo_seq,
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

-- For people at a SQL prompt: who changed what, when, from what to what, and whether it counts
-- still: a row for each change of each command.
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
from whole_history as h
join sessions as s on s.session = h.session
join json_each(h.changes) as c;

-- The log with its events in full, however long they are.
create view whole_log as
select
    entry, session, first_seq, seq, at,
    iif(large_events is null, events,
        (select content from large_texts as t
         where t.session = l.session and t.generation = l.large_events and t.kind = 'events'
           and t.part = l.large_part)) as events
from event_log as l;

-- Events: what happened in each session, in order.
drop view events;
create view events as
select
    l.session,
    l.first_seq + e.key as seq,
    l.at,
    e.value ->> 0 as event,
    e.value -> 1 as payload
from whole_log as l
join json_each(l.events) as e;

-- An event by hand is the next of its session, and activity, as any other.
create trigger event_by_hand instead of insert on events begin
    insert into event_log (session, first_seq, seq, at, events)
    values (new.session, new.seq, new.seq, new.at,
            json_array(json_array(new.event, json(new.payload))));
end;

create trigger event_keeps_its_place instead of update on events begin
    select raise(abort, 'an event keeps its place');
end;
