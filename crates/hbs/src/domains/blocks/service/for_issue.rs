//! Blocks of rooms for what is wrong with them: made for an issue, and ended when that is solved.
use super::{check_request, lock_place, place_as_asked, release_block, seat_waiting};
use crate::Result;
use crate::domains::blocks::dto::{CreateRoomBlock, RoomBlockChanged};
use crate::domains::blocks::repository;
use crate::outbox::Cause;
use crate::security::permission::RoomBlocksWrite;
use crate::security::{Scope, Staff};
use crate::stores::postgres::Conn;
use uuid::Uuid;

/// Blocks a room for an issue, in its transaction, as a block is made by hand.
pub async fn block_for_issue(
    conn: &Conn,
    staff: &Staff<RoomBlocksWrite>,
    request: &CreateRoomBlock,
    cause: &Cause,
) -> Result<RoomBlockChanged> {
    check_request(staff, request)?;
    place_as_asked(conn, staff, request, cause).await
}

/// Ends the block of an issue that is solved, in its transaction. False if there is nothing to end: somebody has released it, or
/// its last night is past.
pub async fn release_for_issue(conn: &Conn, id: Uuid, cause: &Cause) -> Result<bool> {
    let Some((known, _)) = repository::find(conn, &Scope::All, id).await? else { return Ok(false) };
    let Some(place) = lock_place(conn, &Scope::All, known.room_id, cause).await? else { return Ok(false) };
    let locked = repository::lock(conn, known.property_id, id).await?;
    let Some(block) = locked.filter(|block| block.to_date > place.today) else { return Ok(false) };
    release_block(conn, &place, &block, cause).await?;
    if block.kind.takes_room() {
        seat_waiting(conn, &place, cause).await?;
    }
    Ok(true)
}
