-- Nodes and steps stand in the order in which they came, each found by its index. Before, they stood in
-- the order of their sessions, where every new one was put between those of two sessions: a page that is
-- full in the midst of a tree is evened out with its neighbours, and it holds whole rows.

create table kept as select * from nodes;
drop table nodes;
create table nodes (
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
) strict;
insert into nodes select * from kept order by session, generation, node_id;
drop table kept;
create index nodes_by_place on nodes (session, generation, parent_id, position);

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
    -- A JSON list of changes, in the order in which they were made.
    changes text not null,
    -- Of long changes: the generation under which large_texts has them; `changes` is then an empty list.
    large_changes integer,
    primary key (session, step)
) strict;
insert into history select * from kept order by session, step;
drop table kept;
create index history_undone on history (session, undo_seq) where state = 'undone';

-- All as before.

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
