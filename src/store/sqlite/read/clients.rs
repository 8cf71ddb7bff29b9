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
}
