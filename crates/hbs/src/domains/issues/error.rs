use super::dto::IssueMessageOut;
use super::model::{IssueId, IssueStatus};
use crate::answer::etag;
use crate::error::{DomainError, Member, Problem};
use serde_json::{Map, Value, json};
use utoipa::schema;

#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    #[error("An issue that is {from} cannot become {to}.")]
    IllegalMove { from: IssueStatus, to: IssueStatus },
    #[error("Somebody has written meanwhile. The current ETag is {}.", etag(*.version))]
    AnsweredMeanwhile { version: i64, messages: Vec<IssueMessageOut> },
    #[error("The issue was merged into another one.")]
    Merged { into: IssueId },
    #[error("The issues are not of the same guest.")]
    NotMergeable,
    #[error("The issue has no room.")]
    NoRoom,
    #[error("A block of the room was made for the issue before.")]
    BlockedAlready,
    #[error("The issue is full: {0}.")]
    Full(&'static str),
    #[error("There are {0} open issues already.")]
    TooMany(i64),
    #[error("Guests attach files to what the guest said, and the staff to what the staff said.")]
    NotAuthor,
    #[error("The file is neither a picture (JPEG, PNG, WebP) nor a PDF by its content.")]
    UnsupportedType,
    #[error("There is another canned answer with this title.")]
    TitleTaken,
    #[error("You have another filter of this name.")]
    ViewNameTaken,
    #[error("The canned answer has no text.")]
    NoText,
    #[error("One of the issues is linked with {0} others already.")]
    TooManyLinks(i64),
    #[error("You have saved {0} filters at this property already.")]
    TooManyViews(i64),
    #[error("The property has {0} canned answers already.")]
    TooManyAnswers(i64),
}

pub const ILLEGAL_MOVE: Problem = Problem {
    code: "issue.illegal_move",
    status: 409,
    title: "Not possible in this state",
    about: "An issue that is over is reopened (`open`) before it is worked on again. `from` and `to` name the states.",
    members: &[
        Member::object::<IssueStatus>("from", "Current status of the issue."),
        Member::object::<IssueStatus>("to", "Status that was asked for."),
    ],
};
pub const ANSWERED_MEANWHILE: Problem = Problem {
    code: "issue.answered_meanwhile",
    status: 412,
    title: "Somebody has written meanwhile",
    about: "Since the version in `If-Match`, messages were written in the issue. `messages` has them, the oldest first. Read them, and decide again with the current version.",
    members: &[Member::list::<IssueMessageOut>("messages", "Messages since then, the oldest first.")],
};
pub const MERGED: Problem = Problem {
    code: "issue.merged",
    status: 409,
    title: "Merged into another issue",
    about: "The messages of an issue that was merged are in the other one (`into`). Write there.",
    members: &[Member::value("into", "Identifier of the issue into which it was merged.", || schema!(Uuid).into())],
};
pub const NOT_MERGEABLE: Problem = Problem {
    code: "issue.not_mergeable",
    status: 409,
    title: "Not the same guest's",
    about: "Issues are merged only where both are of the same guest or the same booking, and both are internal or neither is: else somebody would read what is not theirs. Link them instead.",
    members: &[],
};
pub const NO_ROOM: Problem = Problem {
    code: "issue.no_room",
    status: 409,
    title: "No room",
    about: "The room of an issue is blocked only where the issue has a room. Set `room_id` first.",
    members: &[],
};
pub const BLOCKED_ALREADY: Problem = Problem {
    code: "issue.blocked_already",
    status: 409,
    title: "Blocked already",
    about: "An issue has one block of its room while that lasts. Change the block at `/v1/room-blocks/{id}`.",
    members: &[],
};
pub const FULL: Problem = Problem {
    code: "issue.full",
    status: 409,
    title: "Full",
    about: "An issue has at most 1,000 messages and 100 attachments, a message at most 10 attachments. Raise another issue.",
    members: &[],
};
pub const TOO_MANY: Problem = Problem {
    code: "issue.too_many",
    status: 409,
    title: "Many open issues",
    about: "A guest can have 20 issues at a time that are neither resolved nor closed. Write in one of those.",
    members: &[],
};
pub const NOT_AUTHOR: Problem = Problem {
    code: "issue.not_author",
    status: 409,
    title: "Another person's message",
    about: "Guests attach files to messages of the guest, the staff to messages and notes of the staff. Write a message of your own.",
    members: &[],
};
pub const UNSUPPORTED_TYPE: Problem = Problem {
    code: "issue.unsupported_type",
    status: 415,
    title: "Neither picture nor PDF",
    about: "Attachments are JPEG, PNG, WebP or PDF. That is decided by what is in the file; its name and its `Content-Type` do not matter.",
    members: &[],
};
pub const TITLE_TAKEN: Problem = Problem {
    code: "canned_answer.title_taken",
    status: 409,
    title: "Title taken",
    about: "Canned answers of a hotel have different titles; case and accents do not matter.",
    members: &[],
};
pub const NO_TEXT: Problem = Problem {
    code: "canned_answer.no_text",
    status: 409,
    title: "No text",
    about: "The canned answer has a text in no language that the guest or the hotel reads.",
    members: &[],
};

pub const VIEW_NAME_TAKEN: Problem = Problem {
    code: "issue_view.name_taken",
    status: 409,
    title: "Name taken",
    about: "Saved filters of a person at a hotel have different names; case and accents do not matter.",
    members: &[],
};

pub const TOO_MANY_LINKS: Problem = Problem {
    code: "issue.too_many_links",
    status: 409,
    title: "Too many links",
    about: "An issue can be linked with at most 50 other issues. Take back those that nobody needs.",
    members: &[],
};
pub const TOO_MANY_ANSWERS: Problem = Problem {
    code: "canned_answer.too_many",
    status: 409,
    title: "Too many canned answers",
    about: "A property has at most 500 canned answers. Remove those that nobody uses.",
    members: &[],
};
pub const TOO_MANY_VIEWS: Problem = Problem {
    code: "issue_view.too_many",
    status: 409,
    title: "Too many saved filters",
    about: "A person can save at most 100 filters at a property. Remove those that you do not use.",
    members: &[],
};

pub const PROBLEMS: &[&Problem] = &[
    &ILLEGAL_MOVE,
    &ANSWERED_MEANWHILE,
    &MERGED,
    &NOT_MERGEABLE,
    &NO_ROOM,
    &BLOCKED_ALREADY,
    &FULL,
    &TOO_MANY,
    &NOT_AUTHOR,
    &UNSUPPORTED_TYPE,
    &TITLE_TAKEN,
    &NO_TEXT,
    &VIEW_NAME_TAKEN,
    &TOO_MANY_LINKS,
    &TOO_MANY_ANSWERS,
    &TOO_MANY_VIEWS,
];

impl DomainError for IssueError {
    fn problem(&self) -> &'static Problem {
        match self {
            Self::IllegalMove { .. } => &ILLEGAL_MOVE,
            Self::AnsweredMeanwhile { .. } => &ANSWERED_MEANWHILE,
            Self::Merged { .. } => &MERGED,
            Self::NotMergeable => &NOT_MERGEABLE,
            Self::NoRoom => &NO_ROOM,
            Self::BlockedAlready => &BLOCKED_ALREADY,
            Self::Full(_) => &FULL,
            Self::TooMany(_) => &TOO_MANY,
            Self::NotAuthor => &NOT_AUTHOR,
            Self::UnsupportedType => &UNSUPPORTED_TYPE,
            Self::TitleTaken => &TITLE_TAKEN,
            Self::NoText => &NO_TEXT,
            Self::ViewNameTaken => &VIEW_NAME_TAKEN,
            Self::TooManyLinks(_) => &TOO_MANY_LINKS,
            Self::TooManyAnswers(_) => &TOO_MANY_ANSWERS,
            Self::TooManyViews(_) => &TOO_MANY_VIEWS,
        }
    }

    fn extra(&self) -> Map<String, Value> {
        match self {
            Self::IllegalMove { from, to } => Map::from_iter([("from".into(), json!(from)), ("to".into(), json!(to))]),
            Self::AnsweredMeanwhile { messages, .. } => Map::from_iter([("messages".into(), json!(messages))]),
            Self::Merged { into } => Map::from_iter([("into".into(), json!(into))]),
            _ => Map::new(),
        }
    }
}
