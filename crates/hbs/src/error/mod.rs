//! Errors: a domain's own enum names the failure, a [`Problem`] describes it over HTTP.
mod body;
mod problem;
pub mod problems;

pub use body::ProblemBody;
pub use problem::{Member, Problem};

use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel_async::pooled_connection::deadpool::PoolError;
use serde::Serialize;
use serde_json::value::RawValue;
use std::panic::Location;

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// One bad value in a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FieldError {
    /// JSON pointer to the value, also for values outside the body: `/check_in`. Empty, it points to the whole (RFC 6901).
    #[schema(example = "/rooms/0/adults")]
    pub pointer: String,
    /// Part of the request that holds the value.
    #[serde(rename = "in")]
    pub place: Place,
    /// Reason why the value is refused, as a sentence without subject.
    #[schema(example = "must be at least 1")]
    pub detail: String,
}

/// Part of a request that holds a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    Body,
    Query,
    Header,
}

impl Place {
    /// Returns what stands for the whole part, where no pointer leads into it.
    const fn whole(self) -> &'static str {
        match self {
            Self::Body => "The body",
            Self::Query => "The query",
            Self::Header => "The headers",
        }
    }
}

impl FieldError {
    pub fn body(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), place: Place::Body, detail: detail.into() }
    }
    pub fn query(name: &str, detail: impl Into<String>) -> Self {
        Self { pointer: format!("/{name}"), place: Place::Query, detail: detail.into() }
    }
    pub fn header(name: &str, detail: impl Into<String>) -> Self {
        Self { pointer: format!("/{name}"), place: Place::Header, detail: detail.into() }
    }
}

/// Error of a handler or service.
#[derive(Debug)]
pub enum Error {
    /// A fault of the caller, worded for the caller.
    Client(Box<ClientError>),
    /// A fault of the server: logged with its place, never shown.
    Internal { source: Box<dyn std::error::Error + Send + Sync>, at: &'static Location<'static> },
}

#[derive(Debug)]
pub struct ClientError {
    pub problem: &'static Problem,
    pub detail: String,
    pub errors: Vec<FieldError>,
    /// Further members of the error body, such as the nights that are full.
    pub extra: serde_json::Map<String, serde_json::Value>,
    /// Further members that are JSON already: as a tree, the report on thousands of rows would take many times its size.
    pub texts: Vec<(&'static str, Box<RawValue>)>,
    /// Seconds after which the same request may succeed.
    pub retry_after: Option<u32>,
    /// `true` if the database is away, for whoever has more to do with it; clients are told that something is.
    pub is_database_away: bool,
}

/// An error enum of a domain: one `match` gives the problem of each variant over HTTP.
pub trait DomainError: std::error::Error {
    fn problem(&self) -> &'static Problem;
    /// Returns the values at fault, if any.
    fn fields(&self) -> Vec<FieldError> {
        Vec::new()
    }
    /// Returns further members of the error body.
    fn extra(&self) -> serde_json::Map<String, serde_json::Value> {
        serde_json::Map::new()
    }
}

impl<E: DomainError> From<E> for Error {
    fn from(error: E) -> Self {
        Self::Client(Box::new(ClientError {
            problem: error.problem(),
            detail: error.to_string(),
            errors: error.fields(),
            extra: error.extra(),
            texts: Vec::new(),
            retry_after: None,
            is_database_away: false,
        }))
    }
}

impl Error {
    #[track_caller]
    pub fn internal(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal { source: source.into(), at: Location::caller() }
    }

    pub fn client(problem: &'static Problem, detail: impl Into<String>) -> Self {
        Self::with_fields(problem, detail, Vec::new())
    }

    pub fn with_fields(problem: &'static Problem, detail: impl Into<String>, errors: Vec<FieldError>) -> Self {
        Self::Client(Box::new(ClientError {
            problem,
            detail: detail.into(),
            errors,
            extra: serde_json::Map::new(),
            texts: Vec::new(),
            retry_after: None,
            is_database_away: false,
        }))
    }

    /// Makes a 422 error about one value of the body.
    pub fn invalid(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::invalid_fields(vec![FieldError::body(pointer, detail)])
    }

    /// Makes a 422 error about values of the query that were checked by code which also checks bodies.
    pub fn invalid_query(errors: Vec<FieldError>) -> Self {
        Self::invalid_fields(errors.into_iter().map(|error| FieldError { place: Place::Query, ..error }).collect())
    }

    /// Makes a 422 error about some values. A value without a pointer is the whole part of the request.
    pub fn invalid_fields(errors: Vec<FieldError>) -> Self {
        let detail = match errors.as_slice() {
            [one] if one.pointer.is_empty() => format!("{}: {}", one.place.whole(), one.detail),
            [one] => format!("{}: {}", one.pointer, one.detail),
            many => format!("{} values are not valid; see errors", many.len()),
        };
        Self::with_fields(&problems::INVALID, detail, errors)
    }

    /// Makes a 404 error for a row that does not exist or that the caller may not know of.
    pub fn not_found(what: &str) -> Self {
        Self::client(&problems::NOT_FOUND, format!("There is no such {what}, or it is not yours to see."))
    }

    /// Makes a 503 error for a store that is away.
    pub fn unavailable(detail: impl Into<String>) -> Self {
        Self::Client(Box::new(ClientError {
            problem: &problems::UNAVAILABLE,
            detail: detail.into(),
            errors: Vec::new(),
            extra: serde_json::Map::new(),
            texts: Vec::new(),
            retry_after: Some(1),
            is_database_away: false,
        }))
    }

    /// Makes the 503 error of the database, without which nothing else of a run can be done either.
    fn database_away() -> Self {
        let mut error = Self::unavailable("The database is not available.");
        if let Self::Client(client) = &mut error {
            client.is_database_away = true;
        }
        error
    }

    /// Adds the number of seconds after which the same request may succeed.
    #[must_use]
    pub fn with_retry_after(mut self, seconds: u32) -> Self {
        if let Self::Client(client) = &mut self {
            client.retry_after = Some(seconds);
        }
        self
    }

    /// Adds a member to the error body, as JSON that is written already.
    #[must_use]
    pub fn with_text(mut self, name: &'static str, json: Box<RawValue>) -> Self {
        if let Self::Client(client) = &mut self {
            client.texts.push((name, json));
        }
        self
    }

    /// Returns `true` if a row violated this constraint and no service has turned that into a client error.
    pub fn violates(&self, constraint: &str) -> bool {
        match self {
            Self::Internal { source, .. } => matches!(
                source.downcast_ref(),
                Some(DieselError::DatabaseError(_, info)) if info.constraint_name() == Some(constraint)
            ),
            Self::Client(_) => false,
        }
    }

    /// Returns `true` if something that was needed was not available: a store, a gateway, or what somebody else was at.
    pub fn is_unavailable(&self) -> bool {
        self.is(&problems::UNAVAILABLE)
    }

    /// Returns `true` if the database is away: whatever needs it fails likewise, one thing after the other.
    pub fn is_database_away(&self) -> bool {
        matches!(self, Self::Client(client) if client.is_database_away)
    }

    /// Returns `true` if this is the given problem, for services that handle one case themselves.
    pub fn is(&self, problem: &Problem) -> bool {
        matches!(self, Self::Client(client) if client.problem.code == problem.code)
    }
}

/// Turns a missing row into an internal error with its place in the log: rows that may be missing are read with
/// `.optional()`.
impl From<DieselError> for Error {
    #[track_caller]
    fn from(error: DieselError) -> Self {
        match error {
            DieselError::RollbackErrorOnCommit { commit_error, .. } => Self::from(*commit_error),
            error if is_of_erased(&error) => {
                Self::client(&problems::ERASED, "The person was erased. Nothing of them is written again.")
            }
            error if is_lost_connection(&error) => {
                tracing::warn!(%error, at = %Location::caller(), "lost a database connection");
                Self::database_away()
            }
            error => Self::internal(error),
        }
    }
}

/// Constraints by which nothing is written of people who were erased, whichever use case would.
const OF_ERASED: &[&str] = &["person_erased", "users_erased", "guests_erased", "bookings_erased"];

fn is_of_erased(error: &DieselError) -> bool {
    let DieselError::DatabaseError(DatabaseErrorKind::CheckViolation, info) = error else { return false };
    info.constraint_name().is_some_and(|name| OF_ERASED.contains(&name))
}

/// Beginnings of the messages with which a server ends connections. Diesel withholds the codes (57P01 to 57P03) that
/// would tell them apart.
const LAST_WORDS: &[&str] = &["terminating connection ", "the database system is "];

fn is_lost_connection(error: &DieselError) -> bool {
    use diesel::result::DatabaseErrorKind::{ClosedConnection, ReadOnlyTransaction, UnableToSendCommand, Unknown};
    match error {
        DieselError::BrokenTransactionManager => true,
        DieselError::DatabaseError(ClosedConnection | ReadOnlyTransaction | UnableToSendCommand, _) => true,
        DieselError::DatabaseError(Unknown, info) => LAST_WORDS.iter().any(|words| info.message().starts_with(words)),
        _ => false,
    }
}

impl From<PoolError> for Error {
    fn from(error: PoolError) -> Self {
        tracing::warn!(%error, "no database connection");
        Self::database_away()
    }
}

/// Turns a named constraint's violation into a domain error: the database is the last judge.
pub trait OnConstraint<T> {
    fn on_constraint<E: Into<Error>>(self, name: &str, error: impl FnOnce() -> E) -> Result<T>;
}

impl<T> OnConstraint<T> for diesel::QueryResult<T> {
    #[track_caller]
    fn on_constraint<E: Into<Error>>(self, name: &str, error: impl FnOnce() -> E) -> Result<T> {
        match self {
            Err(DieselError::DatabaseError(_, info)) if info.constraint_name() == Some(name) => Err(error().into()),
            other => Ok(other?),
        }
    }
}

/// Turns the violation of any foreign key into a domain error: what others refer to is not removed.
pub trait OnForeignKey<T> {
    fn on_foreign_key<E: Into<Error>>(self, error: impl FnOnce() -> E) -> Result<T>;
}

impl<T> OnForeignKey<T> for diesel::QueryResult<T> {
    #[track_caller]
    fn on_foreign_key<E: Into<Error>>(self, error: impl FnOnce() -> E) -> Result<T> {
        match self {
            Err(DieselError::DatabaseError(DatabaseErrorKind::ForeignKeyViolation, _)) => Err(error().into()),
            other => Ok(other?),
        }
    }
}

/// Turns a row that is not there, or not the caller's to see, into a 404 that names it.
pub trait Or404<T> {
    fn or_404(self, what: &str) -> Result<T>;
}

impl<T> Or404<T> for Option<T> {
    fn or_404(self, what: &str) -> Result<T> {
        self.ok_or_else(|| Error::not_found(what))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_that_must_be_there_is_a_fault_and_one_that_may_be_missing_a_404() {
        let here = Location::caller();
        match Error::from(DieselError::NotFound) {
            Error::Internal { at, .. } => assert_eq!((at.file(), at.line()), (here.file(), here.line() + 1)),
            Error::Client(client) => panic!("the client is told {:?}", client.detail),
        }
        let missing = None::<i64>.or_404("booking").expect_err("nothing is there");
        assert!(missing.is(&problems::NOT_FOUND));
    }

    #[test]
    fn what_is_wrong_with_the_whole_body_says_so() {
        let told = |error: Error| match error {
            Error::Client(client) => (client.errors[0].pointer.clone(), client.detail),
            Error::Internal { .. } => panic!("a fault of the server"),
        };
        let of_all = told(Error::invalid("", "must name one person"));
        assert_eq!(of_all, (String::new(), "The body: must name one person".into()));
        let of_one = told(Error::invalid("/adults", "must be at least 1"));
        assert_eq!(of_one, ("/adults".into(), "/adults: must be at least 1".into()));
        let of_query = told(Error::invalid_query(vec![FieldError::body("", "is too long")]));
        assert_eq!(of_query.1, "The query: is too long");
    }
}
