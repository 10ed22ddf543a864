//! Letters that somebody has ended by the address to which they go: the table `mail_opt_outs`. What ends them is in
//! [`crate::unsubscribe`].
use super::queue::Queued;
use crate::Result;
use crate::app::App;
use crate::clock::Clock;
use crate::stores::postgres::{Conn, RunQueryDsl};
use crate::words::text_enum;
use diesel::prelude::*;
use hbs_schema::mail_opt_outs;
use uuid::Uuid;

text_enum! {
    /// Class of letters that are ended by the address to which they go, whoever has it.
    pub enum OptOut {
        /// Messages of hotels to guests without an account.
        Broadcasts = "broadcasts",
        /// Invitations to write reviews, and answers to them.
        Reviews = "reviews",
    }
}

impl OptOut {
    /// Kinds of letters of the class. These, and what the preferences of an account can end, are all the mails that one may do
    /// without: the worker neither sends one that was ended, nor sends any without the address by which it is ended.
    pub const fn letters(self) -> &'static [&'static str] {
        match self {
            Self::Broadcasts => &["notification_broadcast"],
            Self::Reviews => &["review_invitation", "review_responded"],
        }
    }

    /// The class of a kind of letter; none if its mailbox cannot end it.
    pub fn of_letter(kind: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|class| class.letters().contains(&kind))
    }
}

/// Notes that a mailbox, in lower case, is to have no more letters of a class. Returns `false` if that was so before.
pub async fn opt_out(mut conn: &Conn, class: OptOut, mailbox: &str) -> QueryResult<bool> {
    let now = Clock::real_now();
    diesel::insert_into(mail_opt_outs::table)
        .values((
            mail_opt_outs::mailbox.eq(mailbox),
            mail_opt_outs::class.eq(class),
            mail_opt_outs::created_at.eq(now),
            mail_opt_outs::updated_at.eq(now),
        ))
        .on_conflict_do_nothing()
        .execute(&mut conn)
        .await
        .map(|new| new > 0)
}

/// Lets a mailbox, in lower case, have letters of a class again. Returns `false` if it had them before.
pub async fn opt_in(mut conn: &Conn, class: OptOut, mailbox: &str) -> QueryResult<bool> {
    diesel::delete(mail_opt_outs::table.find((mailbox, class))).execute(&mut conn).await.map(|gone| gone > 0)
}

/// Those of some mailboxes, in lower case, that are to have no more letters of a class.
pub async fn opted_out(mut conn: &Conn, class: OptOut, mailboxes: &[String]) -> QueryResult<Vec<String>> {
    mail_opt_outs::table
        .filter(mail_opt_outs::mailbox.eq_any(mailboxes))
        .filter(mail_opt_outs::class.eq(class))
        .select(mail_opt_outs::mailbox)
        .load(&mut conn)
        .await
}

/// Returns `true` if an address is to have no more letters of a class.
pub async fn has_opted_out(conn: &Conn, class: OptOut, address: &str) -> QueryResult<bool> {
    Ok(!opted_out(conn, class, &[address.to_lowercase()]).await?.is_empty())
}

/// Those of some mails whose mailbox has ended letters of their kind since they were queued.
pub(super) async fn ended(app: &App, mails: &[Queued]) -> Result<Vec<Uuid>> {
    let mut ended = Vec::new();
    for class in OptOut::ALL.iter().copied() {
        let of_class: Vec<(Uuid, String)> = mails
            .iter()
            .filter(|mail| OptOut::of_letter(&mail.kind) == Some(class))
            .map(|mail| (mail.id, mail.address.to_lowercase()))
            .collect();
        if of_class.is_empty() {
            continue;
        }
        let mailboxes: Vec<String> = of_class.iter().map(|(_, mailbox)| mailbox.clone()).collect();
        let without = opted_out(&*app.db.conn().await?, class, &mailboxes).await?;
        ended.extend(of_class.into_iter().filter(|(_, mailbox)| without.contains(mailbox)).map(|(id, _)| id));
    }
    Ok(ended)
}
