//! Looks into PostgreSQL, past the server: what must hold after any load.

use std::time::{Duration, Instant};

use tokio::task::JoinHandle;
use tokio::time::sleep;
use tokio_postgres::types::FromSql;
use tokio_postgres::{Client, NoTls};

use crate::error::{Context, Error, Result};

const DISCONNECT_LIMIT: Duration = Duration::from_secs(10);
const DISCONNECT_POLL: Duration = Duration::from_millis(20);

/// The nights that stays hold, with the room occupied and its type: until they moved, guests were in others. A no-show keeps its
/// first night.
const STAY_NIGHTS: &str = "
    WITH stay_nights AS (
        SELECT s.property_id, s.id AS stay_id, night::date AS night,
            CASE WHEN m.stay_id IS NULL THEN s.room_id ELSE m.room_id END AS room_id,
            coalesce(m.room_type_id, r.room_type_id, s.room_type_id) AS room_type_id
        FROM stays s
        LEFT JOIN rooms r ON r.property_id = s.property_id AND r.id = s.room_id
        CROSS JOIN generate_series(
            s.check_in::timestamp,
            CASE s.status WHEN 'no_show' THEN s.check_in ELSE s.check_out - 1 END,
            interval '1 day') AS night
        LEFT JOIN LATERAL (
            SELECT * FROM stay_moves m WHERE m.property_id = s.property_id AND m.stay_id = s.id AND m.moved_on > night::date
            ORDER BY m.moved_on LIMIT 1) m ON true
        WHERE s.status IN ('held', 'confirmed', 'checked_in', 'checked_out', 'no_show'))";

/// Offers of which more is counted, or live, than there is.
const OFFERS_BEYOND_LIMITS: &str = "
    SELECT count(*) FROM offers o JOIN offer_counters c ON c.property_id = o.property_id AND c.offer_id = o.id
    CROSS JOIN LATERAL (
        SELECT count(*) AS used, coalesce(sum(r.discount_minor), 0) AS spent FROM offer_redemptions r
        WHERE r.property_id = o.property_id AND r.offer_id = o.id AND r.is_live) live
    WHERE greatest(c.used, live.used) > o.max_redemptions
        OR greatest(c.spent_minor, live.spent) > o.budget_minor
        OR c.used_on_day > o.max_per_day
        OR EXISTS (
            SELECT FROM offer_redemptions r WHERE r.property_id = o.property_id AND r.offer_id = o.id AND r.is_live
            GROUP BY r.sold_on HAVING count(*) > o.max_per_day)
        OR EXISTS (
            SELECT FROM offer_redemptions r WHERE r.property_id = o.property_id AND r.offer_id = o.id AND r.is_live
            GROUP BY r.mailbox HAVING count(*) > o.max_per_guest)";

/// A query that counts what must not be.
struct Check {
    promise: &'static str,
    violations: &'static str,
}

const CHECKS: [Check; 10] = [
    Check {
        promise: "no night is sold above its capacity",
        violations: "SELECT count(*) FROM inventory WHERE sold < 0 OR sold + allotted > capacity + overbooking",
    },
    Check {
        promise: "`sold` is the number of stays, per night and type",
        violations: "SELECT count(*) FROM inventory i
            FULL JOIN (SELECT property_id, night, room_type_id, count(*) AS stays FROM stay_nights GROUP BY 1, 2, 3) c
                USING (property_id, night, room_type_id)
            WHERE coalesce(i.sold, 0) <> coalesce(c.stays, 0)",
    },
    Check {
        promise: "no room is given to two stays for one night",
        violations: "SELECT count(*) FROM (
            SELECT FROM stay_nights WHERE room_id IS NOT NULL
            GROUP BY property_id, room_id, night HAVING count(*) > 1) AS twice",
    },
    Check {
        promise: "the rooms' calendar is that of the stays",
        violations: "SELECT count(*) FROM (SELECT * FROM room_nights WHERE block_id IS NULL) n
            FULL JOIN (SELECT * FROM stay_nights WHERE room_id IS NOT NULL) s
                USING (property_id, room_id, night, stay_id)
            WHERE n.created_at IS NULL OR s.room_type_id IS NULL",
    },
    Check {
        promise: "the capacity of a night is the number of rooms that are not blocked",
        violations: "SELECT count(*) FROM inventory i
            WHERE i.capacity <> (
                SELECT count(*) FROM rooms r WHERE r.property_id = i.property_id AND r.room_type_id = i.room_type_id
                    AND NOT r.is_deleted AND NOT EXISTS (
                        SELECT FROM room_nights n WHERE n.property_id = r.property_id AND n.room_id = r.id
                            AND n.night = i.night AND n.block_id IS NOT NULL))",
    },
    Check {
        promise: "stays and bookings cost what their folios say",
        violations: ", of_stays AS (SELECT property_id, booking_id, stay_id, sum(amount_minor) AS total FROM folio_entries GROUP BY 1, 2, 3)
            SELECT (SELECT count(*) FROM stays s LEFT JOIN of_stays f ON f.property_id = s.property_id AND f.stay_id = s.id
                    WHERE s.total_minor <> coalesce(f.total, 0))
                + (SELECT count(*) FROM bookings b LEFT JOIN
                    (SELECT property_id, booking_id, sum(total) AS total FROM of_stays GROUP BY 1, 2) f
                    ON f.property_id = b.property_id AND f.booking_id = b.id WHERE b.total_minor <> coalesce(f.total, 0))",
    },
    Check {
        promise: "the books of each closed date come to nothing, and say what its lines say",
        violations: "SELECT (SELECT count(*) FROM (SELECT FROM ledger_days GROUP BY property_id, business_date
                             HAVING sum(opening_minor) <> 0 OR sum(movement_minor) <> 0 OR sum(closing_minor) <> 0) AS dates)
                + (SELECT count(*) FROM ledger_days d
                   LEFT JOIN (SELECT p.id AS property_id, e.ledger, greatest(e.service_date, e.posted_on) AS date, sum(e.amount_minor) AS amount
                              FROM properties p CROSS JOIN LATERAL ledger_entries(p.id) AS e GROUP BY 1, 2, 3) AS lines
                       ON lines.property_id = d.property_id AND lines.ledger = d.ledger AND lines.date = d.business_date
                   WHERE d.movement_minor <> coalesce(lines.amount, 0))",
    },
    Check {
        promise: "what is counted of each offer with a limit is what is live",
        violations: "SELECT count(*) FROM offers o JOIN offer_counters c ON c.property_id = o.property_id AND c.offer_id = o.id
            CROSS JOIN LATERAL (
                SELECT count(*) AS used, coalesce(sum(r.discount_minor), 0) AS spent,
                    count(*) FILTER (WHERE r.sold_on = c.day) AS on_day
                FROM offer_redemptions r
                WHERE r.property_id = o.property_id AND r.offer_id = o.id AND r.is_live) live
            WHERE num_nonnulls(o.max_redemptions, o.max_per_guest, o.max_per_day, o.budget_minor) > 0
                AND (c.used <> live.used OR c.spent_minor <> live.spent OR c.used_on_day <> live.on_day)",
    },
    Check {
        promise: "an offer of a booking is live while a stay has it that is neither cancelled nor expired, and takes off what its stays do",
        violations: "SELECT count(*) FROM offer_redemptions r
            CROSS JOIN LATERAL (
                SELECT count(*) > 0 AS is_live, coalesce(sum(h.discount_minor), 0) AS off
                FROM stay_offers h JOIN stays s ON s.property_id = h.property_id AND s.id = h.stay_id
                WHERE h.property_id = r.property_id AND h.booking_id = r.booking_id AND h.offer_id = r.offer_id
                    AND (h.lost_on IS NULL OR h.discount_minor > 0) AND s.status NOT IN ('cancelled', 'expired')) had
            WHERE r.is_live <> had.is_live OR (r.is_live AND r.discount_minor <> had.off)",
    },
    Check {
        promise: "each booking was created once on the record",
        violations: "SELECT count(*) FROM bookings b FULL JOIN
                (SELECT entity_id, count(*) AS events FROM outbox WHERE kind = 'booking.created' GROUP BY 1) o ON o.entity_id = b.id
            WHERE b.id IS NULL OR o.events IS DISTINCT FROM 1",
    },
];

pub struct Database {
    client: Client,
    connection: JoinHandle<()>,
}

impl Drop for Database {
    fn drop(&mut self) {
        self.connection.abort();
    }
}

impl Database {
    /// Ends the time of all holds, and says how many there are.
    pub async fn end_holds(&self) -> Result<u64> {
        let sql = "UPDATE bookings SET hold_expires_at = now() WHERE status = 'held'";
        self.client.execute(sql, &[]).await.context("cannot end the holds")
    }

    /// Returns the number of holds.
    pub async fn holds(&self) -> Result<i64> {
        self.value("SELECT count(*) FROM bookings WHERE status = 'held'").await
    }

    /// Returns the number of offers of which more is counted, or live, than there is.
    pub async fn offers_beyond_limits(&self) -> Result<i64> {
        self.value(OFFERS_BEYOND_LIMITS).await
    }

    pub async fn connect(url: &str) -> Result<Self> {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await.context("cannot connect to PostgreSQL")?;
        // Its errors come out of the queries too.
        let connection = tokio::spawn(async move { drop(connection.await) });
        Ok(Self { client, connection })
    }

    /// The value of a query with one row and one column.
    pub async fn value<T: for<'a> FromSql<'a>>(&self, query: &str) -> Result<T> {
        let row = self.client.query_one(query, &[]).await.context(format!("a query failed ({query})"))?;
        row.try_get(0).context(format!("a query gave something else ({query})"))
    }

    pub async fn execute(&self, statements: &str) -> Result<()> {
        self.client.batch_execute(statements).await.context("a statement failed")
    }

    pub async fn deadlocks(&self) -> Result<i64> {
        self.value("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()").await
    }

    /// Waits until nobody else is connected: the last figures of a connection's statistics, such as
    /// its deadlocks, are added up when it ends.
    pub async fn wait_until_alone(&self) -> Result<()> {
        let others = "SELECT count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'";
        let began = Instant::now();
        while self.value::<i64>(others).await? > 0 {
            if began.elapsed() > DISCONNECT_LIMIT {
                return Err(Error::new("connections to PostgreSQL are left over from the server"));
            }
            sleep(DISCONNECT_POLL).await;
        }
        Ok(())
    }

    /// Prints each promise and whether it holds; returns the number of violations.
    pub async fn check(&self) -> Result<i64> {
        let moves: i64 = self.value("SELECT count(*) FROM outbox WHERE kind = 'stay.moved'").await?;
        println!("stays that got another room to make room for somebody: {moves}");
        let mut total = 0;
        for Check { promise, violations } in CHECKS {
            let found: i64 = self.value(&format!("{STAY_NIGHTS} {violations}")).await?;
            print_check(promise, found);
            total += found;
        }
        Ok(total)
    }
}

pub fn print_check(promise: &str, violations: i64) {
    match violations {
        0 => println!("ok        {promise}"),
        _ => println!("VIOLATED  {promise}: {violations} times"),
    }
}
