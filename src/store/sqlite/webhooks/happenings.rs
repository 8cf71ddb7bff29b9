//! What has happened since messages were made last: read from the event log.

use crate::error::Error;
use crate::model::{SessionId, Timestamp};
use crate::store::handle::Store;

/// The most entries of the log that are read at a time.
const MAX_ENTRIES: i64 = 100;
/// The most messages that may be made of what is read at a time, unless one entry makes more: one for each
/// endpoint. One transaction queues them, and changes wait for it.
const MAX_MESSAGES: i64 = 50;

/// Something that has happened in a session.
#[derive(Debug)]
pub struct Happening {
    /// The key of the session inside the file.
    pub session: i64,
    /// The id of the session.
    pub session_id: SessionId,
    /// What the session belongs to.
    pub project_id: Option<String>,
    /// When it happened.
    pub at: Timestamp,
    /// The numbers of its first and its last event.
    pub seqs: (i64, i64),
    /// The name of the event; `created` or `content` for what is no single event.
    pub name: String,
    /// The revision of the content after it; None if it is no change of content.
    pub revision: Option<i64>,
    /// How many clients the session has after it; None if that has not changed.
    pub active_clients: Option<i64>,
    /// The payload of the event, a JSON object in which `changes` are names only.
    pub payload: String,
}

/// What has happened in order, up to some entry of the log.
#[derive(Debug)]
pub struct Happenings {
    /// Of each session in the order of the commits, but for its changes of content, which are one.
    pub all: Vec<Happening>,
    /// The first and the last entry of the log that stand for it: what was read comes behind the first.
    /// None if there is nothing new in the log.
    pub entries: Option<(i64, i64)>,
    /// Whether there is more already.
    pub is_more: bool,
}

impl Store {
    /// Some of what no endpoint knows of yet, the oldest first.
    pub async fn happenings(&self) -> Result<Happenings, Error> {
        // One transaction: a session whose events are in the log is known by then.
        let mut reader = self.database.bulk_readers.begin().await?;
        let endpoints =
            sqlx::query_scalar!(r#"select count(*) as "count!: i64" from webhook_endpoints"#)
                .fetch_one(&mut *reader)
                .await?;
        let limit = MAX_MESSAGES / endpoints.clamp(1, MAX_MESSAGES);
        let created = sqlx::query!(
            r#"select session as "session!", session_id as "session_id: SessionId", project_id,
                      created_at as "created_at: Timestamp"
               from internal_webhook_created_sessions order by session limit ?"#,
            limit
        )
        .fetch_all(&mut *reader)
        .await?;
        let mut all: Vec<Happening> = created
            .into_iter()
            .map(|row| Happening {
                session: row.session,
                session_id: row.session_id,
                project_id: row.project_id,
                at: row.created_at,
                seqs: (0, 0),
                name: "created".to_owned(),
                revision: None,
                active_clients: None,
                payload: "{}".to_owned(),
            })
            .collect();
        if all.len() as i64 == limit {
            return Ok(Happenings { all, entries: None, is_more: true });
        }
        // Up to where the next endpoint is, so that all of it is new to the same endpoints. The changes of a
        // session's content make one message.
        let entries = sqlx::query!(
            r#"with place (after, next) as (
                   select min(entry), (select min(entry) from webhook_endpoints
                                       where entry > (select min(entry) from webhook_endpoints))
                   from webhook_endpoints
               )
               select (select after from place) as "after: i64", max(entry) as "last: i64",
                      max(entry) < (select max(entry) from internal_event_log) as "is_more: bool"
               from (select entry, sum(messages) over (order by entry) as messages,
                            row_number() over (order by entry) as number
                     from (select entry,
                                  (row_number() over (partition by session order by entry) = 1)
                                  + (select count(*) from json_each(chunk.events) as e
                                     where e.value ->> 0 glob 'session-*') as messages
                           from (select entry, session, events from internal_event_log
                                 where entry > (select after from place)
                                   and entry <= coalesce((select next from place), entry)
                                 order by entry limit ?) as chunk))
               where messages <= ? or number = 1"#,
            MAX_ENTRIES,
            limit
        )
        .fetch_one(&mut *reader)
        .await?;
        let Some((after, last)) = entries.after.zip(entries.last) else {
            return Ok(Happenings { all, entries: None, is_more: false });
        };
        let is_more = entries.is_more.unwrap_or_default();
        // All changes of a session's content are one. A long entry has nothing else.
        let rows = sqlx::query!(
            r#"with chunk as (
                   select * from internal_event_log where entry > ? and entry <= ?
               ),
               event (entry, session, at, seq, name, payload) as (
                   select c.entry, c.session, c.at, c.first_seq + e.key, e.value ->> 0, e.value -> 1
                   from chunk as c join json_each(c.events) as e
               ),
               content (entry, session, at, first_seq, last_seq, revision) as (
                   select entry, session, at, seq, seq, payload ->> 'revision'
                   from event where name not glob 'session-*'
                   union all
                   select entry, session, at, first_seq, seq,
                          (select content ->> '$[0][1].revision' from internal_overflow_texts as t
                           where t.session = c.session and t.generation = c.overflow_generation
                             and t.kind = 'events' and t.part = c.overflow_part)
                   from chunk as c where events is null
               ),
               happening (entry, session, at, first_seq, last_seq, name, revision, payload) as (
                   select entry, session, at, seq, seq, name, null,
                          iif(name = 'session-updated',
                              json_object('changes', (select json_group_array(key)
                                                      from json_each(payload, '$.changes'))),
                              payload)
                   from event where name glob 'session-*'
                   union all
                   select min(entry), session, max(at), min(first_seq), max(last_seq), 'content',
                          max(revision), json_object('revision', max(revision))
                   from content group by session
               )
               select h.session as "session!: i64",
                      coalesce(s.session_id, t.session_id) as "session_id?: SessionId",
                      coalesce(s.project_id, r.project_id) as "project_id?: String",
                      h.at as "at!: Timestamp", h.first_seq as "first_seq!: i64",
                      h.last_seq as "last_seq!: i64", h.name as "name!: String",
                      h.revision as "revision?: i64",
                      h.payload ->> 'active_clients' as "active_clients?: i64",
                      h.payload as "payload!: String"
               from happening as h
               left join sessions as s on s.session = h.session
               left join tombstones as t on t.session = h.session
               left join internal_webhook_removed_sessions as r on r.session = h.session
               order by h.entry, h.first_seq"#,
            after,
            last
        )
        .fetch_all(&mut *reader)
        .await?;
        for row in rows {
            // A person has deleted the session, so nobody knows its id any more.
            let Some(session_id) = row.session_id else { continue };
            all.push(Happening {
                session: row.session,
                session_id,
                project_id: row.project_id,
                at: row.at,
                seqs: (row.first_seq, row.last_seq),
                name: row.name,
                revision: row.revision,
                active_clients: row.active_clients,
                payload: row.payload,
            });
        }
        Ok(Happenings { all, entries: Some((after, last)), is_more })
    }
}
