-- Two faults of `nodes`.
--
-- Its columns took texts that no reader can parse, such as 'x' as a position. Then every command of
-- that session failed, and with it the transaction that it shared with the commands of others.
--
-- And a node that moved was counted in every generation: while a large change was prepared, the rows
-- that were written under the next generation took the children of the present one out of their counts.

create table kept as select * from nodes;
drop table nodes;
create table nodes (
    session integer not null,
    -- Of the session (sessions.generation), else the node is not in it; see loose_content.
    generation integer not null default 0,
    -- A UUID in lower case.
    node_id text not null
        check (node_id glob '????????-????-????-????-????????????'
               and length(replace(node_id, '-', '')) = 32
               and replace(node_id, '-', '') not glob '*[^0-9a-f]*'),
    -- Null for a root.
    parent_id text
        check (parent_id <> node_id
               and parent_id glob '????????-????-????-????-????????????'
               and length(replace(parent_id, '-', '')) = 32
               and replace(parent_id, '-', '') not glob '*[^0-9a-f]*'),
    -- Where among its siblings: they are ordered by this text, and there is always room between
    -- two of them. It never changes unless the node moves. Twelve or more hexadecimal digits.
    position text not null
        check (length(position) >= 12 and position not glob '*[^0-9a-f]*'),
    blueprint_type_id text not null,
    name text not null,
    -- JSON as RFC 8259 has it: SQLite itself would read JSON5 as well.
    properties text not null check (json_valid(properties) and json_type(properties) = 'object'),
    -- How many nodes name this one as their parent; kept by triggers.
    child_count integer not null default 0 check (child_count >= 0),
    primary key (session, generation, node_id)
) strict;
insert into nodes select * from kept order by session, generation, node_id;
drop table kept;
create index nodes_by_place on nodes (session, generation, parent_id, position);

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

-- A row that was given to another session, generation or id would be counted nowhere.
create trigger node_keeps_its_keys before update of session, generation, node_id on nodes
when new.session <> old.session or new.generation <> old.generation or new.node_id <> old.node_id
begin
    select raise(abort, 'a node keeps its keys: delete the row and insert another');
end;
