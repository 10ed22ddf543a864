//! Importing the rooming list of a group: its rooms are picked up for guests with names.
use super::{Loaded, load, write};
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::contact::Contact;
use crate::domains::bookings::rules::import::rooming::{COLUMNS, List, counts};
use crate::domains::bookings::rules::import::{Draft, House, groups as rows_of_bookings, refuse_wholes};
use crate::domains::bookings::service::group::{GroupTerms, Left};
use crate::domains::groups::{self, Group, GroupError};
use crate::domains::inventory::Allotment;
use crate::error::Or404;
use crate::idempotency::IdempotencyKey;
use crate::security::Staff;
use crate::security::permission::BookingsWrite;
use crate::sheets::{self, Import, ImportOptions, Report, Row, SILENT};
use crate::stores::postgres::Conn;
use bytes::Bytes;
use chrono::NaiveDate;
use uuid::Uuid;

/// Books what a rooming list says: all rows or, with `partial`, those that are right.
pub async fn import_rooming_list(
    app: &App,
    staff: &Staff<BookingsWrite>,
    key: &IdempotencyKey,
    group_id: Uuid,
    options: ImportOptions,
    file: Bytes,
) -> Result<Answer> {
    let group = groups::find(&*app.db.conn().await?, &staff.scope, group_id).await?.or_404("group")?;
    let sheet = sheets::open(app, file, COLUMNS).await?;
    let cause = staff.caller.cause(app.clock.now());
    app.change(key, async |conn| {
        let import = Import { scope: &staff.scope, property_id: group.property_id, options, cause: &cause, progress: SILENT };
        book(app, conn, &import, &group, sheet.rows).await?.into_answer(&options)
    })
    .await
}

/// Books the rows in the transaction of `conn`, which holds the nights from the first arrival to the last departure.
async fn book(app: &App, conn: &Conn, import: &Import<'_>, group: &Group, mut rows: Vec<Row>) -> Result<Report> {
    let list = list(group);
    let references = list.references(&rows);
    let references: Vec<&str> = references.iter().map(String::as_str).collect();
    let Loaded { hotel, nights, gaps, occupied, lived_in, today } = load(app, conn, import, &rows, &references).await?;
    // Guarded by the inventory rows from now on.
    let group = groups::find_in(conn, group.property_id, group.id).await?.filter(|group| group.released_at.is_none());
    let terms = GroupTerms::of(conn, group.ok_or(GroupError::Released)?).await?;
    let set_aside = Allotment::read(conn, import.property_id, terms.group.id).await?;
    let mut nights_before = 0;
    let mut drafts: Vec<Option<Draft>> = rows.iter_mut().map(|row| hotel.rooming_draft(row, &list, &mut nights_before)).collect();
    let bookings = rows_of_bookings(&rows);
    list.join(&bookings, &mut rows, &mut drafts);
    let own = set_aside.seen_by_its_own(&nights, &counts(drafts.iter().flatten()));
    House::new(own, gaps, occupied, lived_in, today).place(&bookings, &mut rows, &mut drafts);
    let mut left = Left::of(&set_aside);
    for (row, draft) in rows.iter_mut().zip(&mut drafts).filter(|(row, _)| row.errors.is_empty()) {
        let Some(draft) = draft else { continue };
        let agreed: Vec<NaiveDate> = draft.nights.iter().filter(|night| left.take(*night, draft.kind)).collect();
        let is_covered = draft.nights.iter().all(|night| agreed.contains(&night));
        hotel.price_as_agreed(row, draft, &terms.at_its_rate(&agreed, draft.kind), is_covered);
    }
    refuse_wholes(&bookings, &mut rows);
    let checked = rows.into_iter().zip(drafts).map(|(row, draft)| {
        let draft = draft.filter(|_| row.errors.is_empty());
        (row.number, draft.ok_or(row.errors))
    });
    let (report, drafts) = sheets::decide(&import.options, checked.collect());
    if !import.options.dry_run {
        write::write(conn, import, &hotel.property, Some((terms.group.id, &set_aside)), drafts).await?;
    }
    Ok(report)
}

fn list(group: &Group) -> List<'_> {
    let Group { contact_name, contact_email, contact_phone, .. } = group;
    List {
        code: &group.code,
        rate_plan_id: group.rate_plan_id,
        contact: contact_name.clone().map(|full_name| Contact {
            full_name,
            email: contact_email.clone(),
            phone: contact_phone.clone(),
        }),
    }
}
