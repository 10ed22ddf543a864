use super::dto::{
    AttachmentQuery, BlockRoomOfIssue, CannedAnswerFilter, CannedAnswerOut, CreateCannedAnswer, CreateIssue, CreateIssueView,
    FilledAnswer, IssueAttachmentOut, IssueCounts, IssueFilter, IssueMessageOut, IssueMessagePosted, IssueOut, IssueReport,
    IssueReportQuery, IssueSettingsOut, IssueStepOut, IssueViewFilter, IssueViewOut, IssueViewersOut, OfPropertyQuery,
    OtherIssue, PostIssueMessage, ReadIssue, RoomOfIssueBlocked, SetIssueSettings, UpdateCannedAnswer, UpdateIssue, ViewIssue,
};
use super::error;
use super::model::{CannedAnswerId, IssueAttachmentId, IssueId, IssueMessageId, IssueViewId};
use super::rules::files::disposition;
use super::service;
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::blocks;
use crate::error::problems;
use crate::http::answer::Versioned;
use crate::http::upload::{AttachmentFile, UploadTurn, picture_limit};
use crate::http::{DryRun, OptionalBody, PathId, Query, Rehearsable, Valid, routes};
use crate::idempotency::{Keyed, NoBody};
use crate::media::{self, Received};
use crate::page::{Page, PageQuery};
use crate::security::permission::{IssuesRead, IssuesWrite, PropertiesUpdate};
use crate::security::{OwnOr, Staff};
use crate::version::{IfMatch, MustMatch};
use axum::Json;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header;
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

/// Rights that a browser gives an attachment, should it show one all the same: none.
const POLICY: &str = "default-src 'none'; sandbox; frame-ancestors 'none'";

/// Routes of issues.
pub fn router() -> OpenApiRouter<App> {
    let files = OpenApiRouter::new().routes(routes!(attach_to_issue_message));
    OpenApiRouter::new()
        .routes(routes!(list_issues, create_issue))
        .routes(routes!(get_issue_counts))
        .routes(routes!(get_issue_report))
        .routes(routes!(get_issue, update_issue))
        .routes(routes!(get_issue_messages, post_issue_message))
        .routes(routes!(get_issue_attachment))
        .routes(routes!(read_issue))
        .routes(routes!(view_issue))
        .routes(routes!(get_issue_history))
        .routes(routes!(block_room_of_issue))
        .routes(routes!(merge_issue))
        .routes(routes!(get_issue_links, link_issue))
        .routes(routes!(unlink_issue))
        .routes(routes!(get_filled_answer))
        .routes(routes!(get_issue_settings, set_issue_settings))
        .routes(routes!(list_canned_answers, create_canned_answer))
        .routes(routes!(get_canned_answer, update_canned_answer, delete_canned_answer))
        .routes(routes!(list_issue_views, create_issue_view))
        .routes(routes!(get_issue_view, delete_issue_view))
        .merge(files.layer(picture_limit()))
}

/// List issues.
///
/// The newest come first. Guests see the issues that they have raised and those of their bookings; with `issues:read`, staff see
/// all issues of their hotels, with more details. A search by words (`q`) looks into subjects and messages, and for staff also
/// into notes.
#[utoipa::path(get, path = "/v1/issues", tag = "issues", security(("bearer" = []), ("bearer" = ["issues:read"])),
    params(IssueFilter, PageQuery), responses((status = 200, body = Page<IssueOut>)))]
pub async fn list_issues(
    app: App,
    who: OwnOr<IssuesRead>,
    Query(filter): Query<IssueFilter>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<IssueOut>>> {
    Ok(Json(service::list(&app, &who, &filter, &page).await?))
}

/// Raise an issue.
///
/// Guests raise issues for their bookings and, with an account, also without one. With `issues:write`, staff raise issues for a
/// room, a stay or a booking: by default among themselves, with `"is_internal": false` as a message to the guest of the booking.
/// The priority of the issue and the service hours of the hotel decide by when the first answer and the solution are due.
#[utoipa::path(post, path = "/v1/issues", tag = "issues", security(("bearer" = []), ("bearer" = ["issues:write"])),
    request_body = CreateIssue, responses((status = 201, body = IssueOut)),
    extensions(("x-problems" = json!([error::TOO_MANY]))))]
pub async fn create_issue(
    app: App,
    who: OwnOr<IssuesWrite>,
    Keyed(key, Valid(body)): Keyed<Valid<CreateIssue>>,
) -> Result<Answer> {
    service::create(&app, &who, &key, body).await
}

/// Count the issues of a property.
///
/// Closed issues are not counted. The numbers are those of the queues that staff work through.
#[utoipa::path(get, path = "/v1/issues/counts", tag = "issues", security(("bearer" = ["issues:read"])),
    params(OfPropertyQuery), responses((status = 200, body = IssueCounts)))]
pub async fn get_issue_counts(
    app: App,
    staff: Staff<IssuesRead>,
    Query(query): Query<OfPropertyQuery>,
) -> Result<Json<IssueCounts>> {
    Ok(Json(service::counts(&app, &staff, query.property_id).await?))
}

/// Show how a property has met its targets.
///
/// The report counts the issues that were raised on the given days, by priority.
#[utoipa::path(get, path = "/v1/issues/report", tag = "issues", security(("bearer" = ["issues:read"])),
    params(IssueReportQuery), responses((status = 200, body = IssueReport)))]
pub async fn get_issue_report(
    app: App,
    staff: Staff<IssuesRead>,
    Query(query): Query<IssueReportQuery>,
) -> Result<Json<IssueReport>> {
    Ok(Json(service::report(&app, &staff, &query).await?))
}

/// Show an issue.
///
/// Its messages are at `/v1/issues/{id}/messages`. Guests are shown no `staff` part.
#[utoipa::path(get, path = "/v1/issues/{id}", tag = "issues", security(("bearer" = []), ("bearer" = ["issues:read"])),
    params(("id" = uuid::Uuid, Path)), responses((status = 200, body = IssueOut)))]
pub async fn get_issue(app: App, who: OwnOr<IssuesRead>, PathId(id): PathId<IssueId>) -> Result<Versioned<IssueOut>> {
    let body = service::get(&app, &who, id).await?;
    Ok(Versioned { version: body.version, body })
}

/// Change an issue (JSON merge patch).
///
/// `status` is one of `open`, `in_progress`, `waiting`, `resolved` and `closed`. An issue that is resolved or closed has to be
/// reopened (`open`) before it can be worked on. While an issue waits for the guest, and once it is resolved or closed, the clock
/// of its targets is stopped. Resolving or closing an issue ends the block of its room. If somebody has written since the version
/// in `If-Match`, the answer is 412 `issue.answered_meanwhile` with the messages.
#[utoipa::path(patch, path = "/v1/issues/{id}", tag = "issues", security(("bearer" = ["issues:write"])),
    params(("id" = uuid::Uuid, Path), MustMatch), request_body = UpdateIssue, responses((status = 200, body = IssueOut)),
    extensions(("x-problems" = json!([error::ILLEGAL_MOVE, error::ANSWERED_MEANWHILE, error::MERGED, blocks::ROOM_CHANGED]))))]
pub async fn update_issue(
    app: App,
    staff: Staff<IssuesWrite>,
    PathId(id): PathId<IssueId>,
    seen: MustMatch,
    Keyed(key, Valid(body)): Keyed<Valid<UpdateIssue>>,
) -> Result<Answer> {
    service::update(&app, &staff, &key, seen, id, body).await
}

/// Show the messages of an issue.
///
/// The oldest come first. Guests are not shown the notes of the staff.
#[utoipa::path(get, path = "/v1/issues/{id}/messages", tag = "issues", security(("bearer" = []), ("bearer" = ["issues:read"])),
    params(("id" = uuid::Uuid, Path), PageQuery), responses((status = 200, body = Page<IssueMessageOut>)))]
pub async fn get_issue_messages(
    app: App,
    who: OwnOr<IssuesRead>,
    PathId(id): PathId<IssueId>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<IssueMessageOut>>> {
    Ok(Json(service::messages(&app, &who, id, &page).await?))
}

/// Write in an issue.
///
/// A message of the guest reopens an issue that waits, is resolved or closed. An answer of the staff moves an open issue to
/// `in_progress` and reopens a closed one, or moves the issue to the given `status`; it is mailed to the guest. Guests are not
/// shown notes (`is_note`).
#[utoipa::path(post, path = "/v1/issues/{id}/messages", tag = "issues", security(("bearer" = []), ("bearer" = ["issues:write"])),
    params(("id" = uuid::Uuid, Path), IfMatch), request_body = PostIssueMessage,
    responses((status = 201, body = IssueMessagePosted)),
    extensions(("x-problems" = json!([error::ILLEGAL_MOVE, error::ANSWERED_MEANWHILE, error::MERGED, error::FULL, blocks::ROOM_CHANGED]))))]
pub async fn post_issue_message(
    app: App,
    who: OwnOr<IssuesWrite>,
    PathId(id): PathId<IssueId>,
    seen: IfMatch,
    Keyed(key, Valid(body)): Keyed<Valid<PostIssueMessage>>,
) -> Result<Answer> {
    service::post_message(&app, &who, &key, seen, id, body).await
}

/// Attach a file to a message.
///
/// The body is the file itself: JPEG, PNG, WebP or PDF by its content, at most 10 MiB. A message has at most ten files. Guests
/// attach files to messages of the guest, staff to messages of the staff. Pictures are stored upright, without their metadata, at
/// most 1600 pixels wide and high; PDF files are stored unchanged. A file of the guest reopens an issue that waits, is resolved
/// or closed; a file of the staff reopens a closed issue, unless it belongs to a note.
#[utoipa::path(post, path = "/v1/issues/{id}/messages/{message_id}/attachments", tag = "issues",
    security(("bearer" = []), ("bearer" = ["issues:write"])),
    params(("id" = uuid::Uuid, Path), ("message_id" = uuid::Uuid, Path, description = "Identifier of the message."), AttachmentQuery),
    request_body(content((AttachmentFile = "image/jpeg"), (AttachmentFile = "image/png"), (AttachmentFile = "image/webp"), (AttachmentFile = "application/pdf"), (AttachmentFile = "application/octet-stream"))),
    responses((status = 201, body = IssueAttachmentOut)),
    extensions(("x-problems" = json!([error::UNSUPPORTED_TYPE, error::NOT_AUTHOR, error::MERGED, error::FULL, media::PROBLEMS]))))]
pub async fn attach_to_issue_message(
    app: App,
    who: OwnOr<IssuesWrite>,
    PathId(ids): PathId<(IssueId, IssueMessageId)>,
    Query(query): Query<AttachmentQuery>,
    UploadTurn(turn): UploadTurn,
    Keyed(key, AttachmentFile(file)): Keyed<AttachmentFile>,
) -> Result<Answer> {
    service::attach(&app, &who, &key, ids, query, Received { turn, file }).await
}

/// Download an attachment.
///
/// The `Content-Disposition` of the response asks browsers to save the file under its name rather than to show it. The address
/// does not work without sign-in, so it is of no use as the `src` of an image.
#[utoipa::path(get, path = "/v1/issues/{id}/attachments/{attachment_id}", tag = "issues",
    security(("bearer" = []), ("bearer" = ["issues:read"])),
    params(("id" = uuid::Uuid, Path), ("attachment_id" = uuid::Uuid, Path, description = "Identifier of the attachment.")),
    responses((status = 200, content((AttachmentFile = "image/jpeg"), (AttachmentFile = "image/webp"), (AttachmentFile = "application/pdf")))))]
pub async fn get_issue_attachment(
    app: App,
    who: OwnOr<IssuesRead>,
    PathId(ids): PathId<(IssueId, IssueAttachmentId)>,
) -> Result<Response> {
    let (attachment, file) = service::download(&app, &who, ids).await?;
    let headers = [
        (header::CONTENT_TYPE, attachment.format.content_type().to_owned()),
        (header::CONTENT_LENGTH, file.size.to_string()),
        (header::CONTENT_DISPOSITION, disposition(&attachment.name)),
        (header::CONTENT_SECURITY_POLICY, POLICY.to_owned()),
    ];
    Ok((headers, Body::from_stream(file.content)).into_response())
}

/// Mark the messages of an issue as read.
///
/// `unread` counts the messages after the last one that was read. Staff are shown until when the guest has read
/// (`guest_read_at`).
#[utoipa::path(post, path = "/v1/issues/{id}/read", tag = "issues", security(("bearer" = []), ("bearer" = ["issues:read"])),
    params(("id" = uuid::Uuid, Path)), request_body = Option<ReadIssue>, responses((status = 200, body = IssueOut)))]
pub async fn read_issue(
    app: App,
    who: OwnOr<IssuesRead>,
    PathId(id): PathId<IssueId>,
    Keyed(key, OptionalBody(body)): Keyed<OptionalBody<ReadIssue>>,
) -> Result<Answer> {
    service::mark_read(&app, &who, &key, id, body).await
}

/// Report that you are looking at an issue.
///
/// The answer lists the other people who are. Report it again every 15 seconds: whoever has not done so for 30 seconds is no
/// longer listed.
#[utoipa::path(post, path = "/v1/issues/{id}/view", tag = "issues", security(("bearer" = ["issues:read"])),
    params(("id" = uuid::Uuid, Path)), request_body = Option<ViewIssue>, responses((status = 200, body = IssueViewersOut)),
    extensions(("x-problems" = json!([problems::PERSON_REQUIRED]))))]
pub async fn view_issue(
    app: App,
    staff: Staff<IssuesRead>,
    PathId(id): PathId<IssueId>,
    Keyed(key, OptionalBody(body)): Keyed<OptionalBody<ViewIssue>>,
) -> Result<Answer> {
    service::view(&app, &staff, &key, id, body).await
}

/// Show the history of an issue.
///
/// The steps say who did what and when. The oldest come first.
#[utoipa::path(get, path = "/v1/issues/{id}/history", tag = "issues", security(("bearer" = ["issues:read"])),
    params(("id" = uuid::Uuid, Path), PageQuery), responses((status = 200, body = Page<IssueStepOut>)))]
pub async fn get_issue_history(
    app: App,
    staff: Staff<IssuesRead>,
    PathId(id): PathId<IssueId>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<IssueStepOut>>> {
    Ok(Json(service::history(&app, &staff, id, &page).await?))
}

/// Block the room of an issue.
///
/// Needs `room_blocks:write` as well, and works like `POST /v1/room-blocks`. The block ends when the issue is resolved or closed.
/// If somebody ends it earlier, `room_block.state` of the issue says so.
#[utoipa::path(post, path = "/v1/issues/{id}/room-block", tag = "issues", security(("bearer" = ["issues:write"])),
    params(("id" = uuid::Uuid, Path), IfMatch, DryRun), request_body = BlockRoomOfIssue,
    responses((status = 201, body = RoomOfIssueBlocked)),
    extensions(("x-problems" = json!([error::NO_ROOM, error::BLOCKED_ALREADY, error::ILLEGAL_MOVE, error::ANSWERED_MEANWHILE, error::MERGED, blocks::NO_CAPACITY, blocks::STAYS_IN_THE_WAY, blocks::OVERLAP, blocks::ROOM_CHANGED]))))]
pub async fn block_room_of_issue(
    app: App,
    staff: Staff<IssuesWrite>,
    PathId(id): PathId<IssueId>,
    seen: IfMatch,
    Rehearsable(key, Valid(body)): Rehearsable<Valid<BlockRoomOfIssue>>,
) -> Result<Answer> {
    service::block_room(&app, &staff, &key, seen, id, body).await
}

/// Merge an issue into another one.
///
/// Its messages move to the other issue, which is returned; the issue itself is closed. Both must be of the same guest and
/// booking, or both must be internal. If one of them is open, the other issue is open afterwards. A block of the room that has
/// not ended moves along.
#[utoipa::path(post, path = "/v1/issues/{id}/merge", tag = "issues", security(("bearer" = ["issues:write"])),
    params(("id" = uuid::Uuid, Path), IfMatch), request_body = OtherIssue, responses((status = 200, body = IssueOut)),
    extensions(("x-problems" = json!([error::MERGED, error::NOT_MERGEABLE, error::BLOCKED_ALREADY, error::FULL]))))]
pub async fn merge_issue(
    app: App,
    staff: Staff<IssuesWrite>,
    PathId(id): PathId<IssueId>,
    seen: IfMatch,
    Keyed(key, Valid(body)): Keyed<Valid<OtherIssue>>,
) -> Result<Answer> {
    service::merge(&app, &staff, &key, seen, (id, body.issue_id)).await
}

/// List the issues that an issue is linked with.
///
/// Issues that were merged into it are included.
#[utoipa::path(get, path = "/v1/issues/{id}/links", tag = "issues", security(("bearer" = ["issues:read"])),
    params(("id" = uuid::Uuid, Path)), responses((status = 200, body = Page<IssueOut>)))]
pub async fn get_issue_links(app: App, staff: Staff<IssuesRead>, PathId(id): PathId<IssueId>) -> Result<Json<Page<IssueOut>>> {
    Ok(Json(service::links(&app, &staff, id).await?))
}

/// Link two issues of a property.
///
/// The answer lists all issues that the first one is linked with, which are at most 50. Guests are not shown links.
#[utoipa::path(post, path = "/v1/issues/{id}/links", tag = "issues", security(("bearer" = ["issues:write"])),
    params(("id" = uuid::Uuid, Path)), request_body = OtherIssue, responses((status = 200, body = Page<IssueOut>)),
    extensions(("x-problems" = json!([error::TOO_MANY_LINKS]))))]
pub async fn link_issue(
    app: App,
    staff: Staff<IssuesWrite>,
    PathId(id): PathId<IssueId>,
    Keyed(key, Valid(body)): Keyed<Valid<OtherIssue>>,
) -> Result<Answer> {
    service::link(&app, &staff, &key, (id, body.issue_id)).await
}

/// Remove the link of two issues.
#[utoipa::path(delete, path = "/v1/issues/{id}/links/{other_id}", tag = "issues", security(("bearer" = ["issues:write"])),
    params(("id" = uuid::Uuid, Path), ("other_id" = uuid::Uuid, Path, description = "Identifier of the other issue.")),
    responses((status = 204)))]
pub async fn unlink_issue(
    app: App,
    staff: Staff<IssuesWrite>,
    PathId(ids): PathId<(IssueId, IssueId)>,
    Keyed(key, _): Keyed<NoBody>,
) -> Result<Answer> {
    service::unlink(&app, &staff, &key, ids).await
}

/// Fill in a canned answer for an issue.
///
/// The text is in the language of the guest or, if there is none in that, in the language of the hotel. Read it through, then
/// send it as a message.
#[utoipa::path(get, path = "/v1/issues/{id}/canned-answers/{answer_id}", tag = "issues", security(("bearer" = ["issues:read"])),
    params(("id" = uuid::Uuid, Path), ("answer_id" = uuid::Uuid, Path, description = "Identifier of the canned answer.")),
    responses((status = 200, body = FilledAnswer)),
    extensions(("x-problems" = json!([error::NO_TEXT]))))]
pub async fn get_filled_answer(
    app: App,
    staff: Staff<IssuesRead>,
    PathId(ids): PathId<(IssueId, CannedAnswerId)>,
) -> Result<Json<FilledAnswer>> {
    Ok(Json(service::fill_canned_answer(&app, &staff, ids).await?))
}

/// Show the issue settings of a property.
///
/// They are its service hours, its targets, and the addresses that are told of new issues. A property without settings of its own
/// has service every day from 08:00 to 20:00.
#[utoipa::path(get, path = "/v1/properties/{id}/issue-settings", tag = "issues", security(("bearer" = ["issues:read"])),
    params(("id" = uuid::Uuid, Path)), responses((status = 200, body = IssueSettingsOut)))]
pub async fn get_issue_settings(
    app: App,
    staff: Staff<IssuesRead>,
    PathId(id): PathId<Uuid>,
) -> Result<Versioned<IssueSettingsOut>> {
    let body = service::get_settings(&app, &staff, id).await?;
    Ok(Versioned { version: body.version, body })
}

/// Set the issue settings of a property.
///
/// Existing issues keep their due times until their status or priority changes.
#[utoipa::path(put, path = "/v1/properties/{id}/issue-settings", tag = "issues", security(("bearer" = ["properties:update"])),
    params(("id" = uuid::Uuid, Path), MustMatch), request_body = SetIssueSettings,
    responses((status = 200, body = IssueSettingsOut)))]
pub async fn set_issue_settings(
    app: App,
    staff: Staff<PropertiesUpdate>,
    PathId(id): PathId<Uuid>,
    seen: MustMatch,
    Keyed(key, Valid(body)): Keyed<Valid<SetIssueSettings>>,
) -> Result<Answer> {
    service::set_settings(&app, &staff, &key, seen, id, body).await
}

/// List canned answers.
///
/// The oldest come first.
#[utoipa::path(get, path = "/v1/canned-answers", tag = "issues", security(("bearer" = ["issues:read"])),
    params(CannedAnswerFilter, PageQuery), responses((status = 200, body = Page<CannedAnswerOut>)))]
pub async fn list_canned_answers(
    app: App,
    staff: Staff<IssuesRead>,
    Query(filter): Query<CannedAnswerFilter>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<CannedAnswerOut>>> {
    Ok(Json(service::list_canned_answers(&app, &staff, &filter, &page).await?))
}

/// Show a canned answer.
#[utoipa::path(get, path = "/v1/canned-answers/{id}", tag = "issues", security(("bearer" = ["issues:read"])),
    params(("id" = uuid::Uuid, Path)), responses((status = 200, body = CannedAnswerOut)))]
pub async fn get_canned_answer(
    app: App,
    staff: Staff<IssuesRead>,
    PathId(id): PathId<CannedAnswerId>,
) -> Result<Versioned<CannedAnswerOut>> {
    let body = service::get_canned_answer(&app, &staff, id).await?;
    Ok(Versioned { version: body.version, body })
}

/// Add a canned answer.
///
/// Texts can have variables in double braces: `guest_name`, `hotel_name`, `subject`, `reference`, `check_in`, `check_out`,
/// `room_number`, `agent_name`. Others are refused.
#[utoipa::path(post, path = "/v1/canned-answers", tag = "issues", security(("bearer" = ["issues:write"])),
    request_body = CreateCannedAnswer, responses((status = 201, body = CannedAnswerOut)),
    extensions(("x-problems" = json!([error::TITLE_TAKEN, error::TOO_MANY_ANSWERS]))))]
pub async fn create_canned_answer(
    app: App,
    staff: Staff<IssuesWrite>,
    Keyed(key, Valid(body)): Keyed<Valid<CreateCannedAnswer>>,
) -> Result<Answer> {
    service::create_canned_answer(&app, &staff, &key, body).await
}

/// Change a canned answer (JSON merge patch).
#[utoipa::path(patch, path = "/v1/canned-answers/{id}", tag = "issues", security(("bearer" = ["issues:write"])),
    params(("id" = uuid::Uuid, Path), MustMatch), request_body = UpdateCannedAnswer,
    responses((status = 200, body = CannedAnswerOut)),
    extensions(("x-problems" = json!([error::TITLE_TAKEN]))))]
pub async fn update_canned_answer(
    app: App,
    staff: Staff<IssuesWrite>,
    PathId(id): PathId<CannedAnswerId>,
    seen: MustMatch,
    Keyed(key, Valid(body)): Keyed<Valid<UpdateCannedAnswer>>,
) -> Result<Answer> {
    service::update_canned_answer(&app, &staff, &key, seen, id, body).await
}

/// Remove a canned answer.
///
/// Messages that were written with it stay as they are.
#[utoipa::path(delete, path = "/v1/canned-answers/{id}", tag = "issues", security(("bearer" = ["issues:write"])),
    params(("id" = uuid::Uuid, Path), MustMatch), responses((status = 204)))]
pub async fn delete_canned_answer(
    app: App,
    staff: Staff<IssuesWrite>,
    PathId(id): PathId<CannedAnswerId>,
    seen: MustMatch,
    Keyed(key, _): Keyed<NoBody>,
) -> Result<Answer> {
    service::delete_canned_answer(&app, &staff, &key, seen, id).await
}

/// List saved filters of issues.
///
/// The list has your own filters, and those that others share at the property. The oldest come first.
#[utoipa::path(get, path = "/v1/issue-views", tag = "issues", security(("bearer" = ["issues:read"])),
    params(IssueViewFilter, PageQuery), responses((status = 200, body = Page<IssueViewOut>)),
    extensions(("x-problems" = json!([problems::PERSON_REQUIRED]))))]
pub async fn list_issue_views(
    app: App,
    staff: Staff<IssuesRead>,
    Query(filter): Query<IssueViewFilter>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<IssueViewOut>>> {
    Ok(Json(service::list_views(&app, &staff, &filter, &page).await?))
}

/// Show a saved filter of issues.
#[utoipa::path(get, path = "/v1/issue-views/{id}", tag = "issues", security(("bearer" = ["issues:read"])),
    params(("id" = uuid::Uuid, Path)), responses((status = 200, body = IssueViewOut)),
    extensions(("x-problems" = json!([problems::PERSON_REQUIRED]))))]
pub async fn get_issue_view(
    app: App,
    staff: Staff<IssuesRead>,
    PathId(id): PathId<IssueViewId>,
) -> Result<Versioned<IssueViewOut>> {
    let body = service::get_view(&app, &staff, id).await?;
    Ok(Versioned { version: body.version, body })
}

/// Save a filter of issues.
///
/// A saved filter is for yourself, or shared with all who see issues at the property. It cannot be changed: save another one, and
/// remove the old one.
#[utoipa::path(post, path = "/v1/issue-views", tag = "issues", security(("bearer" = ["issues:write"])),
    request_body = CreateIssueView, responses((status = 201, body = IssueViewOut)),
    extensions(("x-problems" = json!([error::VIEW_NAME_TAKEN, error::TOO_MANY_VIEWS, problems::PERSON_REQUIRED]))))]
pub async fn create_issue_view(
    app: App,
    staff: Staff<IssuesWrite>,
    Keyed(key, Valid(body)): Keyed<Valid<CreateIssueView>>,
) -> Result<Answer> {
    service::create_view(&app, &staff, &key, body).await
}

/// Remove a saved filter of issues.
///
/// You can remove your own filters, and those that are shared.
#[utoipa::path(delete, path = "/v1/issue-views/{id}", tag = "issues", security(("bearer" = ["issues:write"])),
    params(("id" = uuid::Uuid, Path), MustMatch), responses((status = 204)),
    extensions(("x-problems" = json!([problems::PERSON_REQUIRED]))))]
pub async fn delete_issue_view(
    app: App,
    staff: Staff<IssuesWrite>,
    PathId(id): PathId<IssueViewId>,
    seen: MustMatch,
    Keyed(key, _): Keyed<NoBody>,
) -> Result<Answer> {
    service::delete_view(&app, &staff, &key, seen, id).await
}
