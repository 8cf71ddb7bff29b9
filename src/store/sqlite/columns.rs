//! How the domain's words stand in columns.

use serde_json::{Map, Value};
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::sqlite::{Sqlite, SqliteArgumentsBuffer, SqliteTypeInfo, SqliteValueRef};
use sqlx::{Decode, Encode, Type};

use crate::model::webhook::Secret;
use crate::model::{CommandId, EndpointId, NodeId, OrderKey, SessionId, Timestamp};

/// A column of text that is read by `FromStr` and written by `Display`.
macro_rules! text_column {
    ($type:ty) => {
        impl Type<Sqlite> for $type {
            fn type_info() -> SqliteTypeInfo {
                <str as Type<Sqlite>>::type_info()
            }
        }

        impl<'r> Decode<'r, Sqlite> for $type {
            fn decode(value: SqliteValueRef<'r>) -> Result<Self, BoxDynError> {
                Ok(<&str as Decode<Sqlite>>::decode(value)?.parse::<$type>()?)
            }
        }

        impl Encode<'_, Sqlite> for $type {
            fn encode_by_ref(
                &self,
                buffer: &mut SqliteArgumentsBuffer,
            ) -> Result<IsNull, BoxDynError> {
                <String as Encode<Sqlite>>::encode(self.to_string(), buffer)
            }
        }
    };
}

text_column!(SessionId);
text_column!(NodeId);
text_column!(CommandId);
text_column!(EndpointId);
text_column!(OrderKey);
text_column!(Timestamp);
text_column!(Secret);

/// A column whose text may be one that can't be read: then only its row fails, not the statement that
/// reads it together with others.
#[derive(Debug)]
pub struct Unchecked<T>(pub Result<T, BoxDynError>);

impl<T: Type<Sqlite>> Type<Sqlite> for Unchecked<T> {
    fn type_info() -> SqliteTypeInfo {
        T::type_info()
    }

    fn compatible(info: &SqliteTypeInfo) -> bool {
        T::compatible(info)
    }
}

impl<'r, T: Decode<'r, Sqlite>> Decode<'r, Sqlite> for Unchecked<T> {
    fn decode(value: SqliteValueRef<'r>) -> Result<Self, BoxDynError> {
        Ok(Self(T::decode(value)))
    }
}

/// A column of JSON text that holds an object.
#[derive(Debug)]
pub struct Object(pub Map<String, Value>);

impl Type<Sqlite> for Object {
    fn type_info() -> SqliteTypeInfo {
        <str as Type<Sqlite>>::type_info()
    }
}

impl<'r> Decode<'r, Sqlite> for Object {
    fn decode(value: SqliteValueRef<'r>) -> Result<Self, BoxDynError> {
        Ok(Self(serde_json::from_str(<&str as Decode<Sqlite>>::decode(value)?)?))
    }
}

impl From<Object> for Map<String, Value> {
    fn from(object: Object) -> Self {
        object.0
    }
}
