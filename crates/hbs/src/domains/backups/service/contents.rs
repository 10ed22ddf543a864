//! What there is, in numbers: written into the manifest, and compared with what is restored.
use super::super::repository;
use crate::archive::{Chain, Contents};
use crate::numbers::hex;
use crate::outbox::{self, Head};
use crate::stores::postgres::Conn;
use diesel::QueryResult;

/// What PostgreSQL holds, as the transaction sees it. Documents and files are counted by whoever copies them.
pub async fn of_postgres(conn: &Conn) -> QueryResult<Contents> {
    let chain = |Head { stream_id, seq, hash }| Chain { stream_id, seq, hash: hex(&hash) };
    Ok(Contents {
        tables: repository::rows_of_tables(conn).await?.into_iter().collect(),
        folios: repository::folio_sums(conn).await?,
        ledgers: repository::ledger_sums(conn).await?,
        chains: outbox::standing(conn).await?.heads.into_iter().map(chain).collect(),
        ..Contents::default()
    })
}
