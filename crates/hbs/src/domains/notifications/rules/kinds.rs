//! The catalogue of kinds: who has them, by which channels, and what their words may name. A further kind is a word in
//! `NotificationKind`, an entry here, its words in `builtin.rs`, and the events that tell of it in `telling.rs`.
use crate::domains::notifications::model::{Channel, NotificationKind, Preference};
use crate::mail::OptOut;

/// Mails of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByMail {
    /// The domain that the event is of writes to the person itself. It is part of the deal, unless such mails can be ended by
    /// their address.
    ByDomain,
    /// As the person likes it; this is the default.
    Optional(bool),
}

/// Properties of a kind.
#[derive(Debug, Clone, Copy)]
pub struct Spec {
    /// Permission at the hotel by which staff are told; none where people are told as owners, or by a broadcast.
    pub permission: Option<&'static str>,
    /// `true` if it is shown in HBS by default.
    pub in_app: bool,
    /// `true` if nobody can do without it in HBS: something waits for them.
    pub is_mandatory: bool,
    pub by_mail: ByMail,
    /// Class of letters in which a mailbox can end such mails, whoever has it.
    pub ended_as: Option<OptOut>,
    /// `true` if several are told as one, while nobody has read it.
    pub is_together: bool,
    /// `true` if who did it is told, too.
    pub tells_actor: bool,
    /// Variables of its words, beside those of all kinds.
    pub variables: &'static [&'static str],
}

const STAY: &[&str] = &["reference", "check_in", "check_out"];

/// What most kinds of staff are.
const STAFF: Spec = Spec {
    permission: None,
    in_app: true,
    is_mandatory: false,
    by_mail: ByMail::Optional(false),
    ended_as: None,
    is_together: false,
    tells_actor: false,
    variables: STAY,
};

/// What kinds of guests are: the domains write to them.
const OWNER: Spec = Spec { by_mail: ByMail::ByDomain, tells_actor: true, ..STAFF };

impl NotificationKind {
    pub const fn spec(self) -> Spec {
        match self {
            // A desk that takes bookings all day asks for these.
            Self::BookingCreated => Spec { permission: Some("bookings:read"), in_app: false, is_together: true, ..STAFF },
            Self::BookingCancelled => Spec { permission: Some("bookings:read"), in_app: false, is_together: true, ..STAFF },
            Self::BookingsImported => {
                Spec { permission: Some("bookings:write"), is_together: true, tells_actor: true, variables: &[], ..STAFF }
            }
            Self::ChangeRequestMade => Spec { permission: Some("bookings:write"), ..STAFF },
            Self::FeedConflictOpened => {
                Spec { permission: Some("feeds:read"), is_together: true, variables: &["check_in", "check_out"], ..STAFF }
            }
            Self::FeedStale => Spec { permission: Some("feeds:write"), is_together: true, variables: &[], ..STAFF },
            Self::RefundToApprove => {
                Spec { permission: Some("refunds:approve"), is_mandatory: true, variables: &["reference", "amount"], ..STAFF }
            }
            Self::RefundFailed => Spec {
                permission: Some("payments:write"),
                is_mandatory: true,
                tells_actor: true,
                variables: &["reference", "amount"],
                ..STAFF
            },
            Self::PaymentAttention => Spec {
                permission: Some("payments:write"),
                is_mandatory: true,
                tells_actor: true,
                variables: &["reference"],
                ..STAFF
            },
            Self::ReviewReceived => Spec { permission: Some("reviews:respond"), is_together: true, ..STAFF },
            Self::NightAuditDone => Spec { permission: Some("night_audit:read"), variables: &["date"], ..STAFF },
            Self::IssueRaised => Spec { permission: Some("issues:read"), is_together: true, variables: &[], ..STAFF },
            Self::IssueReplied => Spec { permission: Some("issues:write"), is_together: true, variables: &[], ..STAFF },
            Self::IssueAssigned => Spec { permission: Some("issues:write"), is_together: true, variables: &[], ..STAFF },
            Self::IssueOverdue => Spec { permission: Some("issues:write"), is_together: true, variables: &[], ..STAFF },
            Self::MyIssueAnswered => Spec { variables: &[], ..OWNER },
            Self::MyReviewAnswered => Spec { ended_as: Some(OptOut::Reviews), variables: &["reference"], ..OWNER },
            Self::MyBookingConfirmed | Self::MyBookingChanged | Self::MyBookingCancelled | Self::MyRequestAnswered => OWNER,
            Self::MyRefund => Spec { variables: &["reference", "amount"], ..OWNER },
            Self::WaitlistOffered => Spec { variables: &["check_in", "check_out"], ..OWNER },
            Self::Broadcast => Spec {
                by_mail: ByMail::Optional(true),
                ended_as: Some(OptOut::Broadcasts),
                tells_actor: true,
                variables: &["subject", "message"],
                ..STAFF
            },
        }
    }

    /// Sentence about the kind, for whoever sets preferences.
    pub const fn about(self) -> &'static str {
        match self {
            Self::BookingCreated => "A hotel where you work has a new booking.",
            Self::BookingCancelled => "A booking of a hotel where you work was cancelled.",
            Self::BookingsImported => "Bookings were imported into a hotel where you work.",
            Self::ChangeRequestMade => "A guest asks for a change of a booking.",
            Self::FeedConflictOpened => "An imported calendar has dates that are taken.",
            Self::FeedStale => "An imported calendar could not be read for long.",
            Self::RefundToApprove => "A refund waits for somebody's approval.",
            Self::RefundFailed => "A refund has not gone through.",
            Self::PaymentAttention => "A payment needs somebody's attention.",
            Self::ReviewReceived => "A guest has reviewed a hotel where you work.",
            Self::NightAuditDone => "The business date of a hotel where you work was closed.",
            Self::IssueRaised => "Somebody has raised an issue at a hotel where you work.",
            Self::IssueReplied => "A guest has written again in an issue that you see to, or that nobody sees to.",
            Self::IssueAssigned => "Somebody has given you an issue to see to.",
            Self::IssueOverdue => "An issue has not been answered or solved in time.",
            Self::MyBookingConfirmed => "A booking of yours is confirmed.",
            Self::MyBookingChanged => "A booking of yours was changed.",
            Self::MyBookingCancelled => "A booking of yours was cancelled.",
            Self::MyRequestAnswered => "A hotel has answered your request for a change.",
            Self::MyRefund => "A refund to you was decided, paid or delayed.",
            Self::MyIssueAnswered => "A hotel has written to you in an issue, or has resolved it.",
            Self::MyReviewAnswered => "A hotel has answered your review; by e-mail, it may also ask for one.",
            Self::WaitlistOffered => "Rooms that you wait for are held for you.",
            Self::Broadcast => "A message of a hotel where you work or stay.",
        }
    }

    /// Returns `true` if a person cannot turn a channel off for this kind.
    pub fn is_fixed(self, channel: Channel) -> bool {
        let spec = self.spec();
        match channel {
            Channel::InApp => spec.is_mandatory,
            Channel::Email => self.is_by_domain() && spec.ended_as.is_none(),
            Channel::Push => false,
        }
    }

    /// Returns `true` if the domain that the event is of writes the mails itself.
    pub fn is_by_domain(self) -> bool {
        self.spec().by_mail == ByMail::ByDomain
    }
}

/// Returns `true` if a person is told of a kind by a channel, as they wish where they may.
pub fn is_enabled(kind: NotificationKind, channel: Channel, wishes: &[Preference]) -> bool {
    if kind.is_fixed(channel) {
        return true;
    }
    let wish = wishes.iter().find(|wish| wish.kind == kind && wish.channel == channel);
    wish.map_or_else(
        || match channel {
            Channel::InApp => kind.spec().in_app,
            Channel::Email => kind.spec().by_mail != ByMail::Optional(false),
            Channel::Push => false,
        },
        |wish| wish.is_enabled,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::security::permission::is_known;
    use uuid::Uuid;

    #[test]
    fn staff_are_told_by_permissions_that_there_are() {
        for kind in NotificationKind::ALL {
            assert!(kind.spec().permission.is_none_or(is_known), "{kind}");
            assert!(kind.about().ends_with('.'), "{kind}");
        }
    }

    #[test]
    fn mails_are_mandatory_that_nobody_can_end() {
        for kind in NotificationKind::ALL {
            let can_be_ended = !kind.is_by_domain() || kind.spec().ended_as.is_some();
            assert_eq!(kind.is_fixed(Channel::Email), !can_be_ended, "{kind}");
        }
        for class in OptOut::ALL {
            let of_class = |kind: &&NotificationKind| kind.spec().ended_as == Some(*class);
            assert_eq!(NotificationKind::ALL.iter().filter(of_class).count(), 1, "{class}: preferences show it once");
        }
        assert!(is_enabled(NotificationKind::MyReviewAnswered, Channel::Email, &[]), "until somebody ends it");
    }

    #[test]
    fn wishes_count_where_there_is_a_choice() {
        let wish = |kind, channel, is_enabled| Preference { user_id: Uuid::nil(), kind, channel, is_enabled };
        let (created, refund) = (NotificationKind::BookingCreated, NotificationKind::RefundToApprove);
        let none = [wish(refund, Channel::InApp, false), wish(created, Channel::InApp, true)];
        assert!(is_enabled(refund, Channel::InApp, &none), "it is mandatory");
        assert!(is_enabled(created, Channel::InApp, &none) && !is_enabled(created, Channel::InApp, &[]));
        assert!(!is_enabled(created, Channel::Email, &none));
        assert!(is_enabled(
            NotificationKind::MyRefund,
            Channel::Email,
            &[wish(NotificationKind::MyRefund, Channel::Email, false)]
        ));
    }
}
