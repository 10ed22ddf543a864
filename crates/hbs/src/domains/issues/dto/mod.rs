//! Requests and answers of the API, by subject.
mod around;
mod canned;
mod figures;
mod issues;
mod messages;
mod settings;
mod views;

pub use around::{IssueStepOut, IssueViewerOut, IssueViewersOut, ReadIssue, ViewIssue};
pub use canned::{CannedAnswerFilter, CannedAnswerOut, CreateCannedAnswer, FilledAnswer, UpdateCannedAnswer};
pub use figures::{IssueCounts, IssueReport, IssueReportQuery, IssueReportRow, OfPropertyQuery};
pub use issues::{
    BlockRoomOfIssue, CreateIssue, IssueBlockState, IssueFilter, IssueOut, IssueRoomBlock, IssueStaffSide, OtherIssue,
    RoomOfIssueBlocked, UpdateIssue,
};
pub use messages::{AttachmentQuery, IssueAttachmentOut, IssueAuthor, IssueMessageOut, IssueMessagePosted, PostIssueMessage};
pub use settings::{IssueSettingsOut, SetIssueSettings};
pub use views::{CreateIssueView, IssueViewFilter, IssueViewOut};
