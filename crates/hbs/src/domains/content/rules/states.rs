//! Moves of content in a language. Each returns the head as it is after the move; none if it may not move so.
use super::super::error::ContentError;
use super::super::model::{ContentKind, ContentStatus, Head, VersionId};
use chrono::{DateTime, NaiveDateTime, Utc};

/// A local time with its instant.
pub type Moment = (NaiveDateTime, DateTime<Utc>);

/// Times that are set together.
#[derive(Debug, Clone)]
pub struct Plan {
    pub publish: Option<Moment>,
    pub unpublish: Option<Moment>,
    pub zone: String,
}

/// A new version is a draft. What is public stays, as does what is scheduled.
pub fn saved(head: &Head, version_id: VersionId) -> Head {
    let working_number = head.working_number + 1;
    Head { working_id: version_id, working_number, status: ContentStatus::Draft, review_comment: None, ..head.clone() }
}

pub fn submitted(head: &Head) -> Result<Head, ContentError> {
    match head.status {
        ContentStatus::Draft => Ok(Head { status: ContentStatus::InReview, review_comment: None, ..head.clone() }),
        status => Err(ContentError::IllegalMove { status, deed: "submitting", allowed: "draft" }),
    }
}

/// A version goes back to its author, perhaps with a comment.
pub fn returned(head: &Head, review_comment: Option<String>) -> Result<Head, ContentError> {
    match head.status {
        ContentStatus::InReview => Ok(Head { status: ContentStatus::Draft, review_comment, ..head.clone() }),
        status => Err(ContentError::IllegalMove { status, deed: "returning", allowed: "in_review" }),
    }
}

/// Makes the version that is worked on public at once. A publication that was scheduled is off: it would bring back an older
/// version.
pub fn published(head: &Head, kind: ContentKind, now: DateTime<Utc>) -> Result<Head, ContentError> {
    check_slug(kind, head.slug.as_deref())?;
    if head.status == ContentStatus::Published {
        return Ok(head.clone());
    }
    let live = live(head, (head.working_id, head.working_number), now);
    Ok(without_idle_zone(Head { publish_id: None, publish_number: None, publish_at: None, publish_local: None, ..live }))
}

fn live(head: &Head, (id, number): (VersionId, i32), now: DateTime<Utc>) -> Head {
    let is_working = id == head.working_id;
    let status = match head.status {
        _ if is_working => ContentStatus::Published,
        ContentStatus::InReview => ContentStatus::InReview,
        ContentStatus::Draft | ContentStatus::Published | ContentStatus::Archived => ContentStatus::Draft,
    };
    Head {
        status,
        published_id: Some(id),
        published_number: Some(number),
        published_at: Some(now),
        was_published: true,
        review_comment: head.review_comment.clone().filter(|_| !is_working),
        ..head.clone()
    }
}

/// Withdraws what is public, and whatever is scheduled.
pub fn archived(head: &Head) -> Result<Head, ContentError> {
    if head.status == ContentStatus::Archived && !head.is_scheduled() {
        return Err(ContentError::IllegalMove {
            status: head.status,
            deed: "archiving",
            allowed: "draft, in_review or published",
        });
    }
    Ok(unscheduled(&Head {
        status: ContentStatus::Archived,
        published_id: None,
        published_number: None,
        published_at: None,
        ..head.clone()
    }))
}

/// Sets the times. The version that is worked on now is the one that goes live.
pub fn scheduled(head: &Head, kind: ContentKind, plan: Plan) -> Result<Head, ContentError> {
    let Plan { publish, unpublish, zone } = plan;
    if publish.is_some() {
        check_slug(kind, head.slug.as_deref())?;
        if head.status == ContentStatus::Published {
            let (status, allowed) = (head.status, "draft, in_review or archived");
            return Err(ContentError::IllegalMove { status, deed: "scheduling their publication", allowed });
        }
    }
    Ok(Head {
        publish_id: publish.map(|_| head.working_id),
        publish_number: publish.map(|_| head.working_number),
        publish_at: publish.map(|(_, instant)| instant),
        publish_local: publish.map(|(local, _)| local),
        unpublish_at: unpublish.map(|(_, instant)| instant),
        unpublish_local: unpublish.map(|(local, _)| local),
        schedule_zone: Some(zone),
        ..head.clone()
    })
}

pub fn unscheduled(head: &Head) -> Head {
    Head {
        publish_id: None,
        publish_number: None,
        publish_at: None,
        publish_local: None,
        unpublish_at: None,
        unpublish_local: None,
        schedule_zone: None,
        ..head.clone()
    }
}

/// Makes the scheduled version public, if its time has come: that one, whatever has been written since.
pub fn gone_live(head: &Head, now: DateTime<Utc>) -> Option<Head> {
    head.publish_at.filter(|at| *at <= now)?;
    let live = live(head, (head.publish_id?, head.publish_number?), now);
    Some(without_idle_zone(Head { publish_id: None, publish_number: None, publish_at: None, publish_local: None, ..live }))
}

/// Withdraws what is public, if the time for that has come. A draft stays a draft.
pub fn withdrawn(head: &Head, now: DateTime<Utc>) -> Option<Head> {
    head.unpublish_at.filter(|at| *at <= now)?;
    let status = if head.status == ContentStatus::Published { ContentStatus::Archived } else { head.status };
    Some(without_idle_zone(Head {
        status,
        published_id: None,
        published_number: None,
        published_at: None,
        unpublish_at: None,
        unpublish_local: None,
        ..head.clone()
    }))
}

fn without_idle_zone(head: Head) -> Head {
    let schedule_zone = head.schedule_zone.clone().filter(|_| head.is_scheduled());
    Head { schedule_zone, ..head }
}

/// Pages are read at their address.
pub fn check_slug(kind: ContentKind, slug: Option<&str>) -> Result<(), ContentError> {
    if kind == ContentKind::Page && slug.is_none() { Err(ContentError::NoSlug) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::super::super::model::{ContentId, Item};
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("an instant")
    }

    fn draft() -> Head {
        let now = at("2026-12-01T12:00:00Z");
        let (id, kind, name) = (ContentId::now_v7(), ContentKind::Page, "Breakfast".to_owned());
        let item = Item { property_id: None, id, kind, name, position: 0, version: 1, created_at: now, updated_at: now };
        Head::draft(&item, "en".parse().expect("a locale"), Some("breakfast".into()), VersionId::now_v7(), now)
    }

    fn moment(text: &str) -> Moment {
        (at(text).naive_utc(), at(text))
    }

    fn plan(publish: Option<&str>, unpublish: Option<&str>) -> Plan {
        Plan { publish: publish.map(moment), unpublish: unpublish.map(moment), zone: "UTC".into() }
    }

    #[test]
    fn a_version_goes_its_way() {
        let (draft, now) = (draft(), at("2026-12-01T12:00:00Z"));
        let review = submitted(&draft).expect("a review");
        assert!(submitted(&review).is_err() && returned(&draft, None).is_err());
        let back = returned(&review, Some("Too long".into())).expect("a draft");
        assert_eq!((back.status, back.review_comment.as_deref()), (ContentStatus::Draft, Some("Too long")));
        assert_eq!(submitted(&back).expect("a review").review_comment, None);
        let live = published(&review, ContentKind::Page, now).expect("public");
        assert_eq!((live.status, live.published_number), (ContentStatus::Published, Some(1)));
        let edited = saved(&live, VersionId::now_v7());
        assert_eq!((edited.status, edited.working_number, edited.published_number), (ContentStatus::Draft, 2, Some(1)));
        let gone = archived(&edited).expect("archived");
        assert_eq!((gone.status, gone.published_id), (ContentStatus::Archived, None));
        assert!(archived(&gone).is_err());
        assert_eq!(published(&gone, ContentKind::Page, now).expect("public").published_number, Some(2));
        let nowhere = Head { slug: None, ..draft };
        assert!(published(&nowhere, ContentKind::Page, now).is_err() && published(&nowhere, ContentKind::Banner, now).is_ok());
    }

    /// T-cms-late: what was scheduled goes live, not what was written since, and once.
    #[test]
    fn the_scheduled_version_goes_live_however_late() {
        let first = draft();
        let planned = scheduled(&first, ContentKind::Page, plan(Some("2026-12-24T18:00:00Z"), Some("2027-01-07T00:00:00Z")));
        let planned = planned.expect("planned");
        let edited = saved(&planned, VersionId::now_v7());
        assert_eq!(gone_live(&edited, at("2026-12-24T17:59:59Z")), None);
        let live = gone_live(&edited, at("2026-12-26T00:00:00Z")).expect("public");
        assert_eq!((live.published_id, live.status), (Some(first.working_id), ContentStatus::Draft));
        assert_eq!((live.publish_at, live.schedule_zone.as_deref()), (None, Some("UTC")));
        assert_eq!(gone_live(&live, at("2026-12-27T00:00:00Z")), None, "once");
        let over = withdrawn(&live, at("2027-01-08T00:00:00Z")).expect("withdrawn");
        assert_eq!((over.published_id, over.status, over.schedule_zone), (None, ContentStatus::Draft, None));
        let alone = gone_live(&planned, at("2026-12-26T00:00:00Z")).expect("public");
        assert_eq!(alone.status, ContentStatus::Published);
        assert_eq!(withdrawn(&alone, at("2027-01-08T00:00:00Z")).expect("withdrawn").status, ContentStatus::Archived);
    }

    #[test]
    fn publishing_by_hand_takes_the_place_of_a_schedule() {
        let planned = scheduled(&draft(), ContentKind::Page, plan(Some("2026-12-24T18:00:00Z"), None)).expect("planned");
        let live = published(&saved(&planned, VersionId::now_v7()), ContentKind::Page, at("2026-12-02T00:00:00Z"));
        let live = live.expect("public");
        assert_eq!((live.published_number, live.publish_at, live.schedule_zone.clone()), (Some(2), None, None));
        assert!(scheduled(&live, ContentKind::Page, plan(Some("2026-12-24T18:00:00Z"), None)).is_err());
        assert!(scheduled(&live, ContentKind::Page, plan(None, Some("2026-12-24T18:00:00Z"))).is_ok());
    }
}
