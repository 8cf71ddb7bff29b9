//! Free pages of the file, given back to the file system after much was removed.

use crate::error::Error;
use crate::store::handle::Store;
use crate::store::job::Write;
use crate::store::sqlite::transaction::Transaction;

/// With fewer free pages, 16 MiB, nothing is given back: they are soon used again.
const MIN_FREE_PAGES: i64 = 4096;
/// Nothing is given back while less than this part of the file is free.
const MIN_FREE_PART: i64 = 4;
/// What SQLite's `auto_vacuum` says for a file that can give back pages. Files from before it was set cannot.
const INCREMENTAL: i64 = 2;

/// Gives back some pages from the end of the file: a millisecond of work.
struct GiveBackPages;

impl Write for GiveBackPages {
    type Output = ();

    async fn apply(&self, transaction: &mut Transaction<'_>) -> Result<(), Error> {
        transaction.storage.execute(sqlx::query("pragma incremental_vacuum(64)")).await?;
        Ok(())
    }
}

impl Store {
    /// Gives free pages back to the file system, in chunks, while a large part of the file is free.
    pub async fn give_back_pages(&self) -> Result<(), Error> {
        while self.has_many_free_pages().await? {
            self.write_chunk(GiveBackPages).await?;
        }
        Ok(())
    }

    async fn has_many_free_pages(&self) -> Result<bool, Error> {
        let file = sqlx::query!(
            r#"select auto_vacuum + 0 as "auto_vacuum!: i64", page_count + 0 as "pages!: i64",
                      freelist_count + 0 as "free!: i64"
               from pragma_auto_vacuum, pragma_page_count, pragma_freelist_count"#
        )
        .fetch_one(&self.database.readers)
        .await?;
        Ok(file.auto_vacuum == INCREMENTAL
            && file.free >= MIN_FREE_PAGES
            && file.free * MIN_FREE_PART >= file.pages)
    }
}
