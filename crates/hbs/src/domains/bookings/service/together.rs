//! Actions on all of a group: each stay that can take it, with a result of each.
use super::bulk::Bulk;
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::bookings::dto::{ActionBody, BulkItem};
use crate::domains::bookings::repository::{self, OfGroup};
use crate::domains::bookings::rules;
use crate::domains::groups;
use crate::domains::properties;
use crate::domains::stays::{self, Action};
use crate::error::Or404;
use crate::idempotency::IdempotencyKey;
use crate::security::{Permission, Staff};
use uuid::Uuid;

/// Maximum number of stays of one request; the answer says how many are left.
const MAX_STAYS: usize = 300;

/// Acts on each stay of a group that can take the action today: guests who come another day are not meant.
pub async fn act_on_group<P: Permission>(
    app: &App,
    staff: &Staff<P>,
    key: &IdempotencyKey,
    action: Action,
    group_id: Uuid,
    options: &ActionBody,
) -> Result<Answer> {
    let conn = app.db.conn().await?;
    let group = groups::find(&conn, &staff.scope, group_id).await?.or_404("group")?;
    let property = properties::find(&conn, group.property_id).await?.or_404("group")?;
    let of_group = repository::stays_of_group(&conn, group.property_id, group.id).await?;
    drop(conn);
    let today = property.business_date(app.clock.now());
    // Those that have taken it may have by this very request, which broke off: then they are answered again.
    let is_meant = |stay: &&OfGroup| {
        let can_take = stays::next(stay.status, action).is_some() && rules::check_date(action, stay.dates(), today).is_ok();
        can_take || (key.is_kept() && stay.status == action.target())
    };
    let mut meant: Vec<&OfGroup> = of_group.iter().filter(is_meant).collect();
    meant.sort_by_key(|stay| stay.status != action.target());
    let item = |stay: &&OfGroup| BulkItem { booking_id: stay.booking_id, stay_id: Some(stay.id), version: None };
    let items: Vec<BulkItem> = meant.iter().map(item).collect();
    let bulk = Bulk { caller: &staff.caller, property_id: group.property_id, action, options };
    bulk.act_where_possible(app, key, &items, MAX_STAYS).await
}
