use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::bookings::import;
use crate::idempotency::IdempotencyKey;
use crate::security::Staff;
use crate::security::permission::{BookingsPrice, BookingsWrite};
use crate::sheets::{Import, ImportQuery, SILENT, Sheet};

/// Books the reservations of a spreadsheet.
pub async fn import(
    app: &App,
    staff: &Staff<BookingsWrite>,
    key: &IdempotencyKey,
    query: &ImportQuery,
    file: &[u8],
) -> Result<Answer> {
    let property_id = query.property_id;
    staff.at(property_id)?;
    let sheet = Sheet::read(file, import::COLUMNS)?;
    if import::sets_prices(&sheet.rows) {
        staff.caller.require::<BookingsPrice>(property_id)?;
    }
    let (options, cause) = (query.options(), staff.caller.cause(app.clock.now()));
    app.change(key, async |conn| {
        let wanted = Import { scope: &staff.scope, property_id, options, cause: &cause, progress: SILENT };
        import::import(app, conn, &wanted, sheet.rows).await?.into_answer(&options)
    })
    .await
}
