//! Failures of work on many things, one after the other: one holds up no other, and the last is told at the end.
use crate::{Error, Result};
use std::fmt::Display;

/// The last failure of a run. What cannot be done for one thing keeps nothing from being done for the others, but where the database
/// is away the run stops: each of them would wait as long for the same.
#[derive(Debug, Default)]
pub struct Failures(Option<Error>);

impl Failures {
    /// Notes what came of the work for one thing, and returns it; none if that failed. An error ends the run: the database is away.
    pub fn note<T>(&mut self, what: &'static str, id: impl Display, outcome: Result<T>) -> Result<Option<T>> {
        match outcome {
            Ok(done) => Ok(Some(done)),
            Err(error) if error.is_database_away() => Err(error),
            Err(error) => {
                tracing::warn!(%id, ?error, "{what}");
                self.0 = Some(error);
                Ok(None)
            }
        }
    }

    /// Notes what came of work that may be refused, or find somebody else at it: that is in the log, and fails no run. Faults do.
    pub fn note_fault<T>(&mut self, what: &'static str, id: impl Display, outcome: Result<T>) -> Result<Option<T>> {
        match outcome {
            Err(error @ Error::Client(_)) if !error.is_database_away() => {
                tracing::warn!(%id, ?error, "{what}");
                Ok(None)
            }
            outcome => self.note(what, id, outcome),
        }
    }

    /// Returns the last failure or, if there was none, what was done.
    pub fn result<T>(self, done: T) -> Result<T> {
        self.0.map_or(Ok(done), Err)
    }
}

/// Returns what came of work on all things together; none if that failed, and each is to be tried by itself. An error ends the run:
/// the database is away, for each of them as well.
pub fn together<T>(what: &'static str, outcome: Result<T>) -> Result<Option<T>> {
    match outcome {
        Ok(done) => Ok(Some(done)),
        Err(error) if error.is_database_away() => Err(error),
        Err(error) => {
            tracing::warn!(?error, "{what}");
            Ok(None)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use diesel::result::Error as DieselError;

    fn away() -> Error {
        DieselError::BrokenTransactionManager.into()
    }

    fn broken() -> Error {
        Error::internal("it is broken")
    }

    #[test]
    fn a_failure_is_told_at_the_end() {
        let mut failures = Failures::default();
        assert_eq!(failures.note("one", 1, Ok(7)).expect("the run goes on"), Some(7));
        assert_eq!(failures.note("two", 2, Err::<i32, _>(broken())).expect("the run goes on"), None);
        assert_eq!(failures.note("three", 3, Ok(9)).expect("the run goes on"), Some(9));
        assert!(failures.result(16).is_err());
        assert_eq!(Failures::default().result(16).expect("no failure"), 16);
    }

    #[test]
    fn a_run_stops_where_the_database_is_away() {
        let mut failures = Failures::default();
        assert!(failures.note("one", 1, Err::<(), _>(away())).expect_err("the end").is_database_away());
        assert!(failures.note_fault("one", 1, Err::<(), _>(away())).expect_err("the end").is_database_away());
        assert!(together("all", Err::<(), _>(away())).expect_err("the end").is_database_away());
        assert_eq!(together("all", Err::<i32, _>(broken())).expect("the run goes on"), None);
        assert_eq!(together("all", Ok(7)).expect("the run goes on"), Some(7));
    }

    /// Another store, a gateway, or somebody who is at it just now.
    #[test]
    fn whatever_else_is_not_available_stops_no_run() {
        let mut failures = Failures::default();
        assert_eq!(failures.note("one", 1, Err::<i32, _>(Error::unavailable("Later."))).expect("the run goes on"), None);
        assert!(failures.result(()).expect_err("the failure").is_unavailable());
    }

    #[test]
    fn a_refusal_fails_no_run_where_it_may_come() {
        let mut failures = Failures::default();
        let refused = || Err::<i32, _>(Error::invalid("/adults", "must be at least 1"));
        assert_eq!(failures.note_fault("one", 1, refused()).expect("the run goes on"), None);
        assert_eq!(failures.note_fault("two", 2, Ok(7)).expect("the run goes on"), Some(7));
        failures.result(()).expect("no failure");
        let mut failures = Failures::default();
        assert_eq!(failures.note_fault("one", 1, Err::<i32, _>(broken())).expect("the run goes on"), None);
        failures.result(()).expect_err("the fault");
    }
}
