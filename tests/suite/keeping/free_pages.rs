//! Free pages go back to the file system.

use crate::support::board::Board;
use crate::support::{Server, eventually, number, run};

const FILL: &str = "update internal_write_probe set filler = randomblob(64 * 1024 * 1024)";
const EMPTY: &str = "update internal_write_probe set filler = zeroblob(0)";

#[tokio::test]
async fn file_becomes_small_again_after_much_was_removed() {
    let server = Server::start().await;
    let board = Board::new(server.api()).await;
    board.create(1, None).await;
    let mut sql = server.sql().await;
    assert_eq!(number(&mut sql, "pragma auto_vacuum").await, 2);
    run(&mut sql, FILL).await.unwrap();
    assert!(number(&mut sql, "pragma page_count").await > 16_000);
    run(&mut sql, EMPTY).await.unwrap();
    eventually("pages are given back", async || {
        number(&mut server.sql().await, "pragma page_count").await < 6_000
    })
    .await;
    assert_eq!(board.outline().await, "n1");
    assert_eq!(
        number(
            &mut sql,
            "select count(*) from pragma_integrity_check where integrity_check = 'ok'"
        )
        .await,
        1
    );
}
