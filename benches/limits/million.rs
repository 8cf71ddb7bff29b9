//! A file with a million sessions.

use super::support::{File, raw, settle};

pub const SESSIONS: i64 = 1_000_000;
/// How many of them are long idle; only these have content: ten nodes and ten steps each.
pub const EXPIRED: i64 = 100_000;

/// The public id of the session with this number, from 1.
pub fn id(number: i64) -> String {
    format!("0190a1b2-c3d4-7e5f-8a9b-{number:012x}")
}

/// Fills a prepared file. Every tenth session is expired.
pub fn fill(file: &File) {
    let connection = raw(&file.path);
    connection
        .execute_batch(&format!(
            "pragma synchronous = off;
             begin;
             with recursive n (n) as (select 1 union all select n + 1 from n where n < {SESSIONS})
             insert into sessions (session_id, created_at, last_activity)
             select printf('0190a1b2-c3d4-7e5f-8a9b-%012x', n), at, at
             from (select n, iif(n % 10 = 0, '2024-01-15T10:30:00.000000+00:00',
                                 strftime('%Y-%m-%dT%H:%M:%S', 'now') || '.000000+00:00') as at
                   from n);
             with recursive i (i) as (select 0 union all select i + 1 from i where i < 9)
             insert into nodes (session, node_id, position, blueprint_type_id, name, properties)
             select session, printf('0190a1b2-c3d4-7e5f-8a9b-%012x', i),
                    printf('%012x', 140737488355328 + i), 'task', 'A task', '{{\"done\":false}}'
             from sessions cross join i where session % 10 = 0;
             with recursive i (i) as (select 1 union all select i + 1 from i where i < 10)
             insert into history (session, step, command_id, command_type, at, seq, revision, changes)
             select session, i, printf('0190a1b2-c3d4-7e5f-8a9b-%012x', i), 'RenameNode',
                    created_at, i, i, '[{{\"change\":\"renamed\",\"node_id\":\"x\",\"old\":\"a\",\"new\":\"b\"}}]'
             from sessions cross join i where session % 10 = 0;
             commit;
             pragma wal_checkpoint(truncate);"
        ))
        .unwrap();
    settle();
}
