//! Bulk actions: one action on many bookings and stays, each in a transaction of its own, and a result of each.
use super::change::lifecycle::{ActionRequest, act};
use crate::answer::Answer;
use crate::app::App;
use crate::domains::bookings::dto::{ActionBody, BulkAction, BulkDone, BulkItem, BulkResult};
use crate::domains::bookings::error::ILLEGAL_MOVE;
use crate::domains::stays::Action;
use crate::error::{FieldError, ProblemBody};
use crate::idempotency::IdempotencyKey;
use crate::security::{Caller, Permission, Reach, Scope, Staff};
use crate::version::IfMatch;
use crate::{Error, Result};
use serde_json::value::RawValue;
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// Acts on each item as the action on it alone would. What is refused keeps no other from being done.
pub async fn act_on_each<P: Permission>(
    app: &App,
    staff: &Staff<P>,
    key: &IdempotencyKey,
    action: Action,
    request: &BulkAction,
) -> Result<Answer> {
    let BulkAction { property_id, items, options } = request;
    staff.at(*property_id)?;
    check_items(items)?;
    let bulk = Bulk { caller: &staff.caller, property_id: *property_id, action, options };
    bulk.act(app, key, items).await
}

/// An action on many items of a property that is within the scope of the caller.
pub(super) struct Bulk<'a> {
    pub caller: &'a Caller,
    pub property_id: Uuid,
    pub action: Action,
    pub options: &'a ActionBody,
}

impl Bulk<'_> {
    /// Acts on items that somebody named: each has a result.
    pub async fn act(&self, app: &App, key: &IdempotencyKey, items: &[BulkItem]) -> Result<Answer> {
        self.run(app, key, items, items.len(), |_| false).await
    }

    /// Acts on items that seemed able to take the action, `most` of them. Those that cannot after all are left out.
    pub async fn act_where_possible(&self, app: &App, key: &IdempotencyKey, items: &[BulkItem], most: usize) -> Result<Answer> {
        self.run(app, key, items, most, |error| error.is(&ILLEGAL_MOVE)).await
    }

    async fn run(
        &self,
        app: &App,
        key: &IdempotencyKey,
        items: &[BulkItem],
        most: usize,
        is_left_out: fn(&Error) -> bool,
    ) -> Result<Answer> {
        if let Some(earlier) = app.begin_parts(key).await? {
            return Ok(earlier);
        }
        let mut versions = Versions::default();
        let (mut results, mut remaining) = (Vec::with_capacity(items.len()), 0);
        for item in items {
            if results.len() == most {
                remaining += 1;
                continue;
            }
            let part = key.of_part(&[item.booking_id, item.stay_id.unwrap_or_default()]);
            let outcome = self.act_on(app, &part, item, versions.expected(item)).await;
            match &outcome {
                // Of a dry run nothing is there for the next item.
                Ok(answer) if !key.is_dry_run() => versions.note(item, answer),
                Err(error) if is_left_out(error) => continue,
                Ok(_) | Err(_) => {}
            }
            results.push(result(item, outcome, self.caller.request_id())?);
        }
        let is_over = results.iter().all(|result| result.status < 500);
        let done = results.iter().filter(|result| result.problem.is_none()).count();
        let refused = results.len() - done;
        let answer = Answer::done(&BulkDone { property_id: self.property_id, done, refused, remaining, results })?;
        // What failed only for now is tried when the request is sent again.
        if is_over { app.end_parts(key, answer).await } else { Ok(answer) }
    }

    async fn act_on(&self, app: &App, key: &IdempotencyKey, item: &BulkItem, seen: IfMatch) -> Result<Answer> {
        let Self { caller, property_id, action, options } = *self;
        let cause = caller.cause(app.clock.now());
        let reach = Reach::of_scope(Scope::Properties([property_id].into()));
        let one = ActionRequest {
            stay_id: item.stay_id,
            reason: options.reason.as_deref(),
            fee_waived_by: options.waive_fee.then_some(caller),
            housekeeping_ignored_by: options.ignore_housekeeping.then_some(caller),
            balance_ignored_by: options.ignore_balance.then_some(caller),
            to_account: options.to_account_id.map(|account_id| (account_id, caller)),
            seen,
            ..ActionRequest::new(item.booking_id, action, &reach, &cause)
        };
        act(app, key, &one).await
    }
}

/// Checks that nothing is named twice.
fn check_items(items: &[BulkItem]) -> Result<()> {
    let mut named = HashSet::new();
    let twice = items.iter().enumerate().filter(|(_, item)| !named.insert((item.booking_id, item.stay_id)));
    let errors: Vec<FieldError> =
        twice.map(|(n, _)| FieldError::body(format!("/items/{n}"), "is named before; name each booking and stay once")).collect();
    if errors.is_empty() { Ok(()) } else { Err(Error::invalid_fields(errors)) }
}

fn result(item: &BulkItem, outcome: Result<Answer>, request_id: &str) -> Result<BulkResult> {
    let BulkItem { booking_id, stay_id, .. } = *item;
    match outcome {
        Ok(Answer { status, etag, body, .. }) => {
            let booking = body.map(RawValue::from_string).transpose().map_err(Error::internal)?;
            Ok(BulkResult { booking_id, stay_id, status, etag, booking, problem: None })
        }
        Err(error) => {
            let problem = ProblemBody::of(&error, request_id);
            Ok(BulkResult { booking_id, stay_id, status: problem.status, etag: None, booking: None, problem: Some(problem) })
        }
    }
}

/// Versions of bookings that the caller saw, with those that this request has made of them: of two stays of a booking the
/// second is not refused because of the first.
#[derive(Default)]
struct Versions(HashMap<(Uuid, i64), i64>);

impl Versions {
    fn expected(&self, item: &BulkItem) -> IfMatch {
        IfMatch(item.version.map(|seen| self.0.get(&(item.booking_id, seen)).copied().unwrap_or(seen)))
    }

    fn note(&mut self, item: &BulkItem, answer: &Answer) {
        let version = answer.etag.as_ref().and_then(|etag| etag.trim_matches('"').parse().ok());
        if let Some((seen, version)) = item.version.zip(version) {
            self.0.insert((item.booking_id, seen), version);
        }
    }
}
