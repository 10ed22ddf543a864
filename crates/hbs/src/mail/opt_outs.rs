//! Letters that somebody has ended by the address to which they go: the table `mail_opt_outs`. What ends them is in
//! [`crate::unsubscribe`].
use crate::clock::Clock;
use crate::stores::postgres::{Conn, RunQueryDsl};
use crate::words::text_enum;
use diesel::prelude::*;
use hbs_schema::mail_opt_outs;

text_enum! {
    /// Class of letters that are ended by the address to which they go, whoever has it.
    pub enum OptOut {
        /// Messages of hotels to guests without an account.
        Broadcasts = "broadcasts",
        /// Invitations to write reviews, and answers to them.
        Reviews = "reviews",
    }
}

/// Notes that a mailbox, in lower case, is to have no more letters of a class.
pub async fn opt_out(mut conn: &Conn, class: OptOut, mailbox: &str) -> QueryResult<()> {
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
        .map(drop)
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
