//! Running of queries, as `diesel_async` does it, with futures in boxes.
use diesel::deserialize::FromSqlRow;
use diesel::dsl::Limit;
use diesel::expression::QueryMetadata;
use diesel::pg::Pg;
use diesel::query_builder::{AsQuery, QueryFragment, QueryId};
use diesel::query_dsl::CompatibleType;
use diesel::query_dsl::methods::LimitDsl;
use diesel::result::{Error, QueryResult};
use diesel::row::Row;
use diesel_async::AsyncConnectionCore;
use diesel_async::methods::ExecuteDsl;
use futures_util::future::BoxFuture;
use futures_util::{StreamExt, TryStreamExt};

/// A query whose rows are read as `U`.
///
/// `LoadQuery` of `diesel_async` says the same. It has a parameter for the types of the columns, though, and before it knows
/// that, the compiler tries all tuples of the length of `U` for it: two seconds for each length of a row in the crate, which was
/// a third of the time of a check.
pub trait Rows<U>: AsQuery<Query: QueryFragment<Pg> + QueryId + Send> + Send {
    fn read<'a>(row: &impl Row<'a, Pg>) -> QueryResult<U>;
}

impl<Q, U> Rows<U> for Q
where
    Q: AsQuery<Query: QueryFragment<Pg> + QueryId + Send> + Send,
    Q::SqlType: CompatibleType<U, Pg>,
    Pg: QueryMetadata<Q::SqlType>,
    U: FromSqlRow<<Q::SqlType as CompatibleType<U, Pg>>::SqlType, Pg>,
{
    fn read<'a>(row: &impl Row<'a, Pg>) -> QueryResult<U> {
        U::build_from_row(row).map_err(Error::DeserializationError)
    }
}

/// Running of a query on a connection.
///
/// The future of `diesel_async` has the type of the whole query in its own. Handlers must be `Send`, and the compiler proves that
/// for each of them from the types of all that it awaits, over and over. Of a box it is known, which makes checking a third
/// faster, and one allocation is nothing beside a round trip.
pub trait RunQueryDsl<C: AsyncConnectionCore<Backend = Pg>>: Sized {
    /// Runs a statement, and returns the number of rows that it changed.
    fn execute<'a>(self, conn: &'a mut C) -> BoxFuture<'a, QueryResult<usize>>
    where
        Self: ExecuteDsl<C> + 'a,
    {
        Box::pin(ExecuteDsl::execute(self, conn))
    }

    /// Returns all rows.
    fn load<'a, U: Send + 'a>(self, conn: &'a mut C) -> BoxFuture<'a, QueryResult<Vec<U>>>
    where
        Self: Rows<U, Query: 'a> + 'a,
    {
        let rows = conn.load(self);
        Box::pin(async move { rows.await?.map(|row| <Self as Rows<U>>::read(&row?)).try_collect().await })
    }

    /// Returns all rows that a statement has made or changed.
    fn get_results<'a, U: Send + 'a>(self, conn: &'a mut C) -> BoxFuture<'a, QueryResult<Vec<U>>>
    where
        Self: Rows<U, Query: 'a> + 'a,
    {
        self.load(conn)
    }

    /// Returns the only row, or the first of several. Without any it fails.
    fn get_result<'a, U: Send + 'a>(self, conn: &'a mut C) -> BoxFuture<'a, QueryResult<U>>
    where
        Self: Rows<U, Query: 'a> + 'a,
    {
        let rows = conn.load(self);
        Box::pin(async move {
            let first = Box::pin(rows.await?).next().await;
            <Self as Rows<U>>::read(&first.ok_or(Error::NotFound)??)
        })
    }

    /// Asks for one row, and returns it. Without any it fails.
    fn first<'a, U: Send + 'a>(self, conn: &'a mut C) -> BoxFuture<'a, QueryResult<U>>
    where
        Self: LimitDsl,
        Limit<Self>: Rows<U, Query: 'a> + 'a,
    {
        RunQueryDsl::get_result(self.limit(1), conn)
    }
}

impl<Q, C: AsyncConnectionCore<Backend = Pg>> RunQueryDsl<C> for Q {}
