//! Running of queries, as `diesel_async` does it, with futures in boxes.
use diesel::dsl::Limit;
use diesel::query_dsl::methods::LimitDsl;
use diesel::result::QueryResult;
use diesel_async::AsyncConnectionCore;
use diesel_async::methods::{ExecuteDsl, LoadQuery};
use futures_util::future::BoxFuture;

/// Running of a query on a connection.
///
/// The future of `diesel_async` has the type of the whole query in its own. Handlers must be `Send`, and the compiler proves that
/// for each of them from the types of all that it awaits, over and over. Of a box it is known, which makes checking a third
/// faster, and one allocation is nothing beside a round trip.
pub trait RunQueryDsl<C: AsyncConnectionCore + Send>: Sized {
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
        Self: LoadQuery<'a, C, U> + 'a,
    {
        Box::pin(diesel_async::RunQueryDsl::load(self, conn))
    }

    /// Returns all rows that a statement has made or changed.
    fn get_results<'a, U: Send + 'a>(self, conn: &'a mut C) -> BoxFuture<'a, QueryResult<Vec<U>>>
    where
        Self: LoadQuery<'a, C, U> + 'a,
    {
        self.load(conn)
    }

    /// Returns the only row, or the first of several. Without any it fails.
    fn get_result<'a, U: Send + 'a>(self, conn: &'a mut C) -> BoxFuture<'a, QueryResult<U>>
    where
        Self: LoadQuery<'a, C, U> + 'a,
    {
        Box::pin(diesel_async::RunQueryDsl::get_result(self, conn))
    }

    /// Asks for one row, and returns it. Without any it fails.
    fn first<'a, U: Send + 'a>(self, conn: &'a mut C) -> BoxFuture<'a, QueryResult<U>>
    where
        Self: LimitDsl,
        Limit<Self>: LoadQuery<'a, C, U> + Send + 'a,
    {
        RunQueryDsl::get_result(self.limit(1), conn)
    }
}

impl<Q, C: AsyncConnectionCore + Send> RunQueryDsl<C> for Q {}
