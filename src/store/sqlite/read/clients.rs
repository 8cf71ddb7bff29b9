//! Who is in a session.

use serde_json::value::RawValue;

use crate::error::Error;
use crate::model::SessionId;
use crate::store::handle::Store;
use crate::store::sqlite::rows::sessions;

impl Store {
    /// The clients of a session, as a JSON list of [`Client`](crate::model::Client).
    pub async fn clients(&self, session_id: SessionId) -> Result<Box<RawValue>, Error> {
        let mut reader = self.database.bulk_readers.acquire().await?;
        let key = sessions::key(&mut reader, session_id).await?;
        let list = sqlx::query_scalar!(
            r#"select json_group_array(json_object(
                   'client_id', client_id, 'transport', transport, 'connected_at', connected_at,
                   'user', json(user), 'presence', null)) as "list!: String"
               from (select * from clients where session = ? order by connected_at, client_id)"#,
            key
        )
        .fetch_one(&mut *reader)
        .await?;
        RawValue::from_string(list).map_err(|cause| Error::internal(cause.into()))
    }

    /// Whether a client is in a session.
    pub async fn has_client(&self, session_id: SessionId, client_id: &str) -> Result<bool, Error> {
        let mut reader = self.database.readers.begin().await?;
        let key = sessions::key(&mut reader, session_id).await?;
        let is_in = sqlx::query_scalar!(
            r#"select exists (select 1 from clients where session = ? and client_id = ?) as "is_in!: bool""#,
            key,
            client_id
        )
        .fetch_one(&mut *reader)
        .await?;
        Ok(is_in)
    }
}
