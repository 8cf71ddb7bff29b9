-- The content of sessions: a tree of nodes, the commands that made it, and what may be undone.
--
-- These tables have no foreign key to `sessions`: a removal takes the session's row at once and
-- its content in slices afterwards (`discarded_content`), so that a large one blocks nobody.

alter table sessions add column root_count integer not null default 0 check (root_count >= 0);
-- How many commands the session has had; the number of the last step of `history`.
alter table sessions add column steps integer not null default 0 check (steps >= 0);
-- When somebody last changed the content; last_activity moves with joins, too.
alter table sessions add column last_command_at text;

-- Nodes: one row for each node of a session's tree.
create table nodes (
    session integer not null,
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
    primary key (session, node_id)
) strict, without rowid;
create index nodes_by_place on nodes (session, parent_id, position);

-- node_count, root_count and child_count are the numbers of rows, whoever writes them. The
-- content of a session that is gone is not counted any more.
create trigger node_came after insert on nodes begin
    update sessions
    set node_count = node_count + 1, root_count = root_count + (new.parent_id is null)
    where session = new.session;
    update nodes set child_count = child_count + 1
    where session = new.session and node_id = new.parent_id;
    -- Rows may come in any order, children before their parent, too.
    update nodes
    set child_count = (select count(*) from nodes
                       where session = new.session and parent_id = new.node_id)
    where session = new.session and node_id = new.node_id
      and exists (select 1 from nodes where session = new.session and parent_id = new.node_id);
end;

create trigger node_went after delete on nodes
when exists (select 1 from sessions where session = old.session) begin
    update sessions
    set node_count = node_count - 1, root_count = root_count - (old.parent_id is null)
    where session = old.session;
    update nodes set child_count = child_count - 1
    where session = old.session and node_id = old.parent_id;
end;

create trigger node_moved after update of parent_id on nodes
when new.parent_id is not old.parent_id begin
    update sessions
    set root_count = root_count + (new.parent_id is null) - (old.parent_id is null)
    where session = new.session;
    update nodes set child_count = child_count - 1
    where session = old.session and node_id = old.parent_id;
    update nodes set child_count = child_count + 1
    where session = new.session and node_id = new.parent_id;
end;

-- History: the last commands of each session, each with the changes that it made, from what to
-- what. `step` counts 1, 2, 3 … within the session.
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
    -- A JSON list of changes, in the order in which they were made.
    changes text not null,
    primary key (session, step)
) strict, without rowid;
create index history_undone on history (session, undo_seq) where state = 'undone';

-- Answers to requests with an Idempotency-Key, for those that ask again.
create table idempotency_keys (
    session integer not null,
    key text not null,
    -- Of the request, to tell a retry from another request under the same key.
    digest text not null,
    answer text not null,
    at text not null,
    primary key (session, key)
) strict, without rowid;
create index idempotency_keys_by_time on idempotency_keys (at);

-- Sessions that are gone and whose content is still to be removed.
create table discarded_content (
    session integer primary key,
    -- At most so many rows of `nodes` and `history`.
    content integer not null
) strict;

create trigger session_discards_its_content after delete on sessions begin
    insert or ignore into discarded_content values (old.session, old.node_count + old.steps);
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
from nodes as n
join sessions as s on s.session = n.session
left join nodes as p on p.session = n.session and p.node_id = n.parent_id;

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
from history as h
join sessions as s on s.session = h.session
join json_each(h.changes) as c;
