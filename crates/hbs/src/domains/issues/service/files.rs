//! Attachments: pictures are made anew, documents are kept as they came, and both are given out to be saved and not to be shown.
use super::changing::check_not_merged;
use super::desk::{Desk, ISSUE, find, is_staff};
use super::steps::{Step, note, note_overdue, save};
use super::talking::write_to_staff;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::issues::dto::{AttachmentQuery, IssueAttachmentOut};
use crate::domains::issues::error::IssueError;
use crate::domains::issues::model::{
    AttachmentFormat, Issue, IssueAttachment, IssueAttachmentId, IssueId, IssueMessage, IssueMessageId, IssueOrigin, IssueStatus,
    IssueStepKind,
};
use crate::domains::issues::repository;
use crate::domains::issues::rules::files::{FileKind, kind_of, safe_name};
use crate::domains::issues::rules::moves;
use crate::error::Or404;
use crate::forgetting::{Forgotten, Past};
use crate::idempotency::IdempotencyKey;
use crate::media::{self, Document, Picture, PictureFormat, Purpose, Received};
use crate::outbox::{self, Cause, Event};
use crate::security::OwnOr;
use crate::security::permission::{IssuesRead, IssuesWrite};
use crate::stores::objects::{Object, Objects};
use crate::stores::postgres::Conn;
use crate::{Error, Result};
use serde_json::{Map, json};
use uuid::Uuid;

/// Number of attachments of a message, and of an issue.
const MOST_OF_MESSAGE: i64 = 10;
pub(super) const MOST_OF_ISSUE: i32 = 100;

/// A file in the form in which it is kept.
enum Kept {
    Picture(Picture),
    Document(Document),
}

impl Kept {
    async fn of(app: &App, received: Received) -> Result<Self> {
        match kind_of(&received.file) {
            Some(FileKind::Picture) => {
                let picture = app.media.prepare(Uuid::now_v7(), received, Purpose::Private).await?;
                Ok(Self::Picture(picture))
            }
            Some(FileKind::Pdf) => Ok(Self::Document(Document::new(Uuid::now_v7(), received.file))),
            None => Err(IssueError::UnsupportedType.into()),
        }
    }

    fn key(&self) -> &str {
        match self {
            Self::Picture(picture) => &picture.key,
            Self::Document(document) => &document.key,
        }
    }

    fn format(&self) -> AttachmentFormat {
        match self {
            Self::Picture(picture) => picture.format.into(),
            Self::Document(_) => AttachmentFormat::Pdf,
        }
    }

    fn size(&self) -> Result<i64> {
        let bytes = match self {
            Self::Picture(picture) => picture.files.iter().map(|(_, content)| content.len()).sum(),
            Self::Document(document) => document.content.len(),
        };
        i64::try_from(bytes).map_err(Error::internal)
    }

    async fn store(&self, objects: &Objects) -> Result<()> {
        match self {
            Self::Picture(picture) => picture.store(objects).await,
            Self::Document(document) => document.store(objects).await,
        }
    }

    async fn kept_if_made(&self, objects: &Objects, made: Result<Answer>) -> Result<Answer> {
        match self {
            Self::Picture(picture) => picture.kept_if_made(objects, made).await,
            Self::Document(document) => document.kept_if_made(objects, made).await,
        }
    }
}

/// Attaches a file to a message of the caller's side. The file is written first: one without a row does no harm, and is swept.
pub async fn attach(
    app: &App,
    who: &OwnOr<IssuesWrite>,
    key: &IdempotencyKey,
    (id, message_id): (IssueId, IssueMessageId),
    query: AttachmentQuery,
    received: Received,
) -> Result<Answer> {
    let cause = who.caller.cause(app.clock.now());
    let conn = app.db.conn().await?;
    let known = find(&conn, &who.reach, id).await?;
    own_message(&conn, who, &known, message_id).await?;
    drop(conn);
    let kept = Kept::of(app, received).await?;
    kept.store(&app.objects).await?;
    let name = safe_name(query.name.as_deref().unwrap_or_default(), kept.format());
    let size = kept.size()?;
    let attached = app.change(key, async |conn| {
        let issue = repository::lock(conn, known.property_id, id).await?.or_404(ISSUE)?;
        check_not_merged(&issue)?;
        let message = own_message(conn, who, &issue, message_id).await?;
        check_space(conn, &issue, &message).await?;
        let attachment = IssueAttachment {
            property_id: issue.property_id,
            id: IssueAttachmentId::now_v7(),
            message_id,
            name: name.clone(),
            format: kept.format(),
            size,
            key: kept.key().to_owned(),
            created_at: cause.at,
            updated_at: cause.at,
        };
        repository::attach(conn, &attachment).await?;
        let after = Issue { attachment_count: issue.attachment_count + 1, ..issue.clone() };
        let status = moves::after_file(issue.status, !message.is_from_guest, message.is_note);
        if status == issue.status {
            // It belongs to a message that is there: the issue itself is as it was.
            repository::update(conn, &after).await?;
            tell(conn, &after, &attachment, &cause).await?;
        } else {
            open(conn, (&issue, after), status, (&message, &attachment), &cause).await?;
        }
        let shown = IssueAttachmentOut::new(attachment, id);
        // It never changes.
        Answer::created(shown.url.clone(), 1, &shown)
    });
    kept.kept_if_made(&app.objects, attached.await).await
}

/// A message of the caller's side: of the guest, or of the staff.
async fn own_message(conn: &Conn, who: &OwnOr<IssuesWrite>, issue: &Issue, id: IssueMessageId) -> Result<IssueMessage> {
    let by_staff = is_staff(&who.reach, issue);
    let message = repository::find_message(conn, issue, id, by_staff).await?.or_404("message")?;
    match message.is_from_guest == by_staff {
        true => Err(IssueError::NotAuthor.into()),
        false => Ok(message),
    }
}

async fn check_space(conn: &Conn, issue: &Issue, message: &IssueMessage) -> Result<()> {
    if issue.attachment_count >= MOST_OF_ISSUE {
        return Err(IssueError::Full("it has 100 attachments").into());
    }
    if repository::attachments_of(conn, message).await? >= MOST_OF_MESSAGE {
        return Err(IssueError::Full("the message has 10 attachments").into());
    }
    Ok(())
}

/// Opens an issue that waits or is over, since a file came: nobody would look at it there.
async fn open(
    conn: &Conn,
    (before, mut after): (&Issue, Issue),
    status: IssueStatus,
    (message, attachment): (&IssueMessage, &IssueAttachment),
    cause: &Cause,
) -> Result<()> {
    note_overdue(conn, &mut after, cause).await?;
    let desk = Desk::read(conn, before.property_id, cause.at).await?;
    after.move_to(status, &desk.hours, cause.at);
    if message.is_from_guest {
        write_to_staff(before, &mut after, cause);
    }
    let by = if message.is_from_guest { IssueOrigin::Guest } else { IssueOrigin::Staff };
    let step = Step::new(IssueStepKind::Attached, "issue.attached");
    let step = step.with("message_id", attachment.message_id).with("attachment_id", attachment.id).with("opened_by", by);
    save(conn, before, &mut after, step, cause).await
}

async fn tell(conn: &Conn, issue: &Issue, attachment: &IssueAttachment, cause: &Cause) -> Result<()> {
    let facts = Map::from_iter([
        ("message_id".to_owned(), json!(attachment.message_id)),
        ("attachment_id".to_owned(), json!(attachment.id)),
    ]);
    note(conn, issue, IssueStepKind::Attached, facts, cause).await?;
    let event = Event::of("issue.attached", issue);
    let event = event.with("message_id", attachment.message_id).with("attachment_id", attachment.id);
    outbox::publish(conn, cause, [event]).await?;
    Ok(())
}

/// An attachment, and its content. Those of notes are for the staff alone.
pub async fn download(
    app: &App,
    who: &OwnOr<IssuesRead>,
    (id, attachment_id): (IssueId, IssueAttachmentId),
) -> Result<(IssueAttachment, Object)> {
    let conn = app.db.conn().await?;
    let issue = find(&conn, &who.reach, id).await?;
    let with_notes = is_staff(&who.reach, &issue);
    let found = repository::attachment(&conn, (issue.property_id, id), attachment_id, with_notes).await?;
    let attachment = found.or_404("attachment")?;
    drop(conn);
    let object = app.objects.get(&file_of(&attachment)).await?.or_404("attachment")?;
    Ok((attachment, object))
}

/// Name of the file of an attachment.
fn file_of(attachment: &IssueAttachment) -> String {
    match attachment.format {
        AttachmentFormat::Jpeg => media::private_file(&attachment.key, PictureFormat::Jpeg),
        AttachmentFormat::Webp => media::private_file(&attachment.key, PictureFormat::Webp),
        AttachmentFormat::Pdf => media::private_document(&attachment.key),
    }
}

/// Forgets the attachments of issues that are due: they were closed long ago. What was said stays. Whoever opens one again at the
/// same time is waited for. It counts issues.
pub async fn forget_attachments(conn: &Conn, past: Past, limit: i64) -> Result<Forgotten> {
    let due = repository::due_attachments(conn, past, limit).await?;
    repository::lock_each(conn, past.property_id, &due.ids).await?;
    let still = due.still(&repository::due_attachments(conn, past, limit).await?);
    let gone = repository::forget_attachments(conn, past.property_id, &still).await?;
    Ok(Forgotten { count: still.len(), files: gone.iter().map(file_of).collect() })
}
