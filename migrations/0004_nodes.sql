-- Nodes: one row for each node of a session's tree.
--
-- The table has a rowid, so that rows are stored in the order in which they came, and each is found by
-- an index. Stored in the order of the primary key, each new row would go between those of two
-- sessions. When a page in the middle of that tree is full, SQLite rewrites its neighbours as well, and
-- these pages hold whole rows.
create table nodes (
    session integer not null,
    -- The node is in the session if this is equal to `sessions.generation`. Otherwise it belongs to
    -- nothing, and `internal_orphaned_content` lists its generation.
    generation integer not null default 0,
    -- A UUID in lower case. The checks refuse texts that the service cannot parse: such a row would
    -- let every command of its session fail, and the transaction that it shares with others. A pattern
    -- with each character is read once, in half the time of '*[^0-9a-f]*'.
    node_id text not null
        check (node_id glob '[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]'),
    -- Null for a root.
    parent_id text
        check (parent_id <> node_id
               and parent_id glob '[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]'),
    -- The order key of the node among its siblings. They are sorted by this text, and there is always
    -- room for another key between two of them, so it only changes when the node moves. Twelve or
    -- more hexadecimal digits.
    position text not null
        check (length(position) >= 12 and position not glob '*[^0-9a-f]*'),
    blueprint_type_id text not null,
    name text not null,
    -- JSON as in RFC 8259. SQLite itself would also read JSON5.
    properties text not null check (json_valid(properties) and json_type(properties) = 'object'),
    -- How many nodes name this one as their parent. Triggers keep it.
    child_count integer not null default 0 check (child_count >= 0),
    primary key (session, generation, node_id)
) strict;
create index nodes_by_parent on nodes (session, generation, parent_id, position);

-- A row comes into the session without children, or belongs to a generation that is being staged. Both are one
-- trigger, since each one that is fired costs as much as its condition.
create trigger nodes_check_generation_on_insert before insert on nodes
when (new.generation <> (select generation from sessions where session = new.session)
        and not exists (select 1 from internal_orphaned_content
                        where session = new.session and generation = new.generation
                          and kind = 'nodes'))
    or (new.child_count <> 0
        and new.generation = (select generation from sessions where session = new.session)) begin
    select raise(abort, 'child_count counts the rows below: start with 0') where new.child_count <> 0;
    select raise(abort, 'generation must be that of the session (sessions.generation)');
end;

-- `node_count`, `root_count` and `child_count` are numbers of rows in the session's generation, also when a
-- person writes them with a SQL shell. Rows of another generation are counted by the program that stages
-- them. The content of a removed session is no longer counted.
create trigger nodes_count_on_insert after insert on nodes
when new.generation = (select generation from sessions where session = new.session) begin
    update sessions
    set node_count = node_count + 1, root_count = root_count + (new.parent_id is null)
    where session = new.session;
    update nodes set child_count = child_count + 1
    where session = new.session and generation = new.generation and node_id = new.parent_id;
    -- Rows may come in any order, also children before their parent.
    update nodes
    set child_count = (select count(*) from nodes
                       where session = new.session and generation = new.generation
                         and parent_id = new.node_id)
    where rowid = new.rowid
      and exists (select 1 from nodes
                  where session = new.session and generation = new.generation
                    and parent_id = new.node_id);
end;

create trigger nodes_count_on_delete after delete on nodes
when old.generation = (select generation from sessions where session = old.session) begin
    update sessions
    set node_count = node_count - 1, root_count = root_count - (old.parent_id is null)
    where session = old.session;
    update nodes set child_count = child_count - 1
    where session = old.session and generation = old.generation and node_id = old.parent_id;
end;

-- The condition on the generation matters: while a change is staged, moves under the next generation
-- must not change the counts of the present one.
create trigger nodes_count_on_update after update of parent_id on nodes
when new.parent_id is not old.parent_id
    and new.generation = (select generation from sessions where session = new.session) begin
    update sessions
    set root_count = root_count + (new.parent_id is null) - (old.parent_id is null)
    where session = new.session;
    update nodes set child_count = child_count - 1
    where session = old.session and generation = old.generation and node_id = old.parent_id;
    update nodes set child_count = child_count + 1
    where session = new.session and generation = new.generation and node_id = new.parent_id;
end;

-- Statements that set a count are compared with the rows, unless they come from the triggers above and change it by
-- one: to count with every node would make each as slow as the session is large. A staged change brings its counts
-- together with its generation.
create trigger sessions_check_node_count_on_update before update of node_count, root_count on sessions
when (abs(new.node_count - old.node_count) > 1 or abs(new.root_count - old.root_count) > 1)
    and new.generation = old.generation
    and (new.node_count, new.root_count)
        <> (select count(*), coalesce(sum(parent_id is null), 0) from nodes
            where session = new.session and generation = new.generation) begin
    select raise(abort, 'node_count and root_count count the rows in nodes: insert or delete there');
end;

create trigger nodes_check_child_count_on_update before update of child_count on nodes
when abs(new.child_count - old.child_count) > 1
    and new.child_count <> (select count(*) from nodes
                            where session = new.session and generation = new.generation
                              and parent_id = new.node_id) begin
    select raise(abort, 'child_count counts the rows below: insert or delete there');
end;

-- No trigger counts a row that is given to another session, generation or id.
create trigger nodes_keep_keys_on_update before update of session, generation, node_id on nodes
when new.session <> old.session or new.generation <> old.generation or new.node_id <> old.node_id
begin
    select raise(abort, 'a node keeps its keys: delete the row and insert another');
end;
