//! Identity documents of profiles.
use crate::domains::guests::model::{DocumentRow, Guest};
use crate::stores::postgres::{Conn, RunQueryDsl};
use diesel::prelude::*;
use hbs_schema::guest_documents;

pub async fn documents_of(mut conn: &Conn, guest: &Guest) -> QueryResult<Vec<DocumentRow>> {
    guest_documents::table
        .filter(guest_documents::property_id.eq(guest.property_id))
        .filter(guest_documents::guest_id.eq(guest.id))
        .order(guest_documents::position)
        .select(DocumentRow::as_select())
        .load(&mut conn)
        .await
}

/// Records the documents of a profile, in place of those on record.
pub async fn set_documents(mut conn: &Conn, guest: &Guest, documents: &[DocumentRow]) -> QueryResult<()> {
    let known = guest_documents::table
        .filter(guest_documents::property_id.eq(guest.property_id))
        .filter(guest_documents::guest_id.eq(guest.id));
    diesel::delete(known).execute(&mut conn).await?;
    if !documents.is_empty() {
        diesel::insert_into(guest_documents::table).values(documents).execute(&mut conn).await?;
    }
    Ok(())
}
