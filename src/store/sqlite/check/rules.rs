//! What must hold between rows. Triggers hold most of it; a file that was written without them, or by a
//! server with a mistake, shows here.

/// A rule and how to see that it is broken.
pub struct Rule {
    /// The name in the report.
    pub name: &'static str,
    /// Returns a row for each place where it is broken: a clause that says what is wrong.
    pub query: &'static str,
    /// What to do about it.
    pub advice: &'static str,
}

/// The rule that every row of a table belongs to a session, or waits to be purged.
macro_rules! of_no_session {
    ($table:literal, $rows:literal) => {
        Rule {
            name: $table,
            query: concat!(
                "select count(*) || ' ",
                $rows,
                " with the session key ' || r.session
                       || ' belong to no session and wait for no purge'
                from ",
                $table,
                " as r
                left join sessions as s on s.session = r.session
                left join (select session from internal_purge_queue
                           union all select session from internal_removed_sessions) as p
                    on p.session = r.session
                where s.session is null and p.session is null
                group by r.session"
            ),
            advice: "Delete them: no session reads them.",
        }
    };
}

/// All rules. Each query is one pass over its tables.
pub const RULES: &[Rule] = &[
    Rule {
        name: "internal_session_total",
        query: "select 'internal_session_total says ' || t.sessions || ' sessions, and there are '
                       || (select count(*) from sessions)
                from internal_session_total as t where t.sessions <> (select count(*) from sessions)",
        advice: "Set internal_session_total.sessions to the number of rows.",
    },
    Rule {
        name: "active_clients",
        query: "select 'session ' || s.session_id || ' says ' || s.active_clients
                       || ' active_clients, and has ' || coalesce(c.n, 0) || ' rows in clients'
                from sessions as s
                left join (select session, count(*) as n from clients group by session) as c
                    on c.session = s.session
                where s.active_clients <> coalesce(c.n, 0)",
        advice: "Restart the server: it counts the clients of the last run out.",
    },
    Rule {
        name: "node_count",
        query: "select 'session ' || s.session_id || ' says ' || s.node_count || ' nodes and '
                       || s.root_count || ' roots, and has ' || coalesce(n.nodes, 0) || ' and '
                       || coalesce(n.roots, 0)
                from sessions as s
                left join (select session, generation, count(*) as nodes,
                                  sum(parent_id is null) as roots
                           from nodes group by session, generation) as n
                    on n.session = s.session and n.generation = s.generation
                where s.node_count <> coalesce(n.nodes, 0)
                   or s.root_count <> coalesce(n.roots, 0)",
        advice: "Set node_count and root_count of the session to the numbers of rows.",
    },
    Rule {
        name: "child_count",
        query: "select 'node ' || n.node_id || ' of session ' || s.session_id || ' says '
                       || n.child_count || ' children, and has ' || coalesce(c.children, 0)
                from sessions as s
                join nodes as n on n.session = s.session and n.generation = s.generation
                left join (select session, generation, parent_id, count(*) as children
                           from nodes where parent_id is not null
                           group by session, generation, parent_id) as c
                    on c.session = n.session and c.generation = n.generation
                       and c.parent_id = n.node_id
                where n.child_count <> coalesce(c.children, 0)",
        advice: "Set child_count of the node to the number of rows.",
    },
    Rule {
        name: "parents",
        query: "select 'node ' || n.node_id || ' of session ' || s.session_id
                       || ' is below node ' || n.parent_id || ', which is missing'
                from sessions as s
                join nodes as n on n.session = s.session and n.generation = s.generation
                left join nodes as p
                    on p.session = n.session and p.generation = n.generation
                       and p.node_id = n.parent_id
                where n.parent_id is not null and p.node_id is null",
        advice: "Set its parent_id to null, which makes it a root.",
    },
    Rule {
        name: "seq",
        query: "select 'the events of session ' || coalesce(s.session_id, '(key ' || e.session || ')')
                       || ' go from ' || e.before || ' to ' || e.first_seq
                from (select session, first_seq,
                             lag(seq) over (partition by session order by first_seq) as before
                      from internal_event_log) as e
                left join sessions as s on s.session = e.session
                where e.before is not null and e.first_seq <> e.before + 1",
        advice: "The log has lost or repeated events: restore a backup, or let clients read the session \
                 again.",
    },
    Rule {
        name: "last_seq",
        query: "select 'session ' || s.session_id || ' is at seq ' || s.seq
                       || ', and its last event is ' || e.last
                from sessions as s
                join (select session, max(seq) as last from internal_event_log group by session) as e
                    on e.session = s.session
                where e.last <> s.seq",
        advice: "The log has lost or repeated events: restore a backup, or let clients read the session \
                 again.",
    },
    Rule {
        name: "internal_event_index",
        query: "select 'entry ' || l.entry || ' of internal_event_log is not in internal_event_index'
                from internal_event_log as l
                where l.entry <= (select entry from internal_event_index_end)
                  and not exists (select 1 from internal_event_index as i
                                  where i.session = l.session and i.seq = l.seq
                                    and i.entry = l.entry)
                union all
                select 'entry ' || i.entry || ' of internal_event_index is not in internal_event_log'
                from internal_event_index as i
                where not exists (select 1 from internal_event_log as l
                                  where l.entry = i.entry and l.session = i.session
                                    and l.seq = i.seq)",
        advice: "Insert into internal_event_index what is missing, and delete what is too much.",
    },
    Rule {
        name: "nodes",
        query: "select count(*) || ' nodes with the session key ' || n.session || ' and the generation '
                       || n.generation || ' belong to no session and wait for no purge'
                from nodes as n
                left join sessions as s on s.session = n.session and s.generation = n.generation
                left join (select session from internal_purge_queue
                           union all select session from internal_removed_sessions) as p
                    on p.session = n.session
                left join internal_orphaned_content as o
                    on o.session = n.session and o.generation = n.generation and o.kind = 'nodes'
                where s.session is null and p.session is null and o.session is null
                group by n.session, n.generation",
        advice: "Delete them: no session reads them.",
    },
    Rule {
        name: "steps",
        query: "select 'session ' || s.session_id || ' says ' || s.steps
                       || ' steps, and the last in history is ' || h.last
                from sessions as s
                join (select session, max(step) as last from history group by session) as h
                    on h.session = s.session
                where s.steps < h.last",
        advice: "Set steps of the session to the last one: its next command would be a step that exists.",
    },
    of_no_session!("history", "steps"),
    of_no_session!("internal_position_remaps", "position remaps"),
    Rule {
        name: "tombstones",
        query: "select 'session ' || s.session_id || ' exists, and has a tombstone, too'
                from sessions as s join tombstones as t on t.session_id = s.session_id",
        advice: "Delete the tombstone.",
    },
    Rule {
        name: "internal_removed_sessions",
        query: "select 'session ' || s.session_id || ' exists, and waits to be restored, too'
                from sessions as s join internal_removed_sessions as r on r.session = s.session",
        advice: "Stop the server and delete the row of internal_removed_sessions before its content is lost.",
    },
    Rule {
        name: "internal_purge_queue",
        query: "select 'session ' || s.session_id || ' exists, and waits to be purged'
                from sessions as s join internal_purge_queue as p on p.session = s.session",
        advice: "Stop the server and delete the row of internal_purge_queue before its content is lost.",
    },
];
