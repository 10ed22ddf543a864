//! Reads a hotel-demand file: plain or gzipped, columns in any order, dirty rows set aside.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::Path;

use csv::{ByteRecord, Position, StringRecord};
use flate2::read::MultiGzDecoder;

use crate::error::{Context, Error, Result};
use crate::replay::reservation::{Column, Oddity, Reason, Reject, Reservation, read_reservation};

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
/// The header is row 1 of a spreadsheet.
const FIRST_ROW: usize = 2;

#[derive(Debug, Default)]
pub struct Rows {
    pub reservations: Vec<Reservation>,
    pub rejects: Vec<Reject>,
}

impl Rows {
    pub fn count(&self) -> usize {
        self.reservations.len() + self.rejects.len()
    }
}

pub fn read_file(path: &Path, limit: Option<usize>) -> Result<Rows> {
    let name = path.display();
    let file = File::open(path).context(format!("cannot open {name}"))?;
    let text = uncompressed(file).context(format!("cannot read {name}"))?;
    read_rows(text, limit).context(format!("cannot read {name}"))
}

/// Unpacks the file if needed. The content decides, not the name: browsers unpack `.gz` files without renaming them.
fn uncompressed(file: File) -> io::Result<Box<dyn Read>> {
    let mut file = BufReader::new(file);
    if file.fill_buf()?.starts_with(&GZIP_MAGIC) {
        return Ok(Box::new(MultiGzDecoder::new(file)));
    }
    Ok(Box::new(file))
}

fn read_rows(mut text: impl Read, limit: Option<usize>) -> Result<Rows> {
    let mut bytes = Vec::new();
    text.read_to_end(&mut bytes).context("the file is damaged")?;
    let mut csv = csv::ReaderBuilder::new().flexible(true).from_reader(Cursor::new(&bytes));
    let header = Header::read(csv.byte_headers()?)?;
    let mut rows = Rows::default();
    let mut record = ByteRecord::new();
    while rows.count() < limit.unwrap_or(usize::MAX) && csv.read_byte_record(&mut record)? {
        match header.reservation(FIRST_ROW + rows.count(), &record) {
            Ok(reservation) => rows.reservations.push(reservation),
            Err(reject) => {
                rows.rejects.push(reject);
                if let Some(next_line) = second_line(&record, &bytes) {
                    csv.seek(next_line)?;
                }
            }
        }
    }
    Ok(rows)
}

/// Returns the position at which a rejected row goes on if it runs over several lines. A quote that is not closed
/// swallows the rows after it: only its own line is given up.
fn second_line(record: &ByteRecord, bytes: &[u8]) -> Option<Position> {
    if !runs_over_lines(record) {
        return None;
    }
    let mut position = record.position()?.clone();
    let start = usize::try_from(position.byte()).ok()?;
    // The record can begin with the end of the line before.
    let line = start + bytes.get(start..)?.iter().position(|byte| !b"\r\n".contains(byte))?;
    let next_line = line + bytes.get(line..)?.iter().position(|byte| *byte == b'\n')? + 1;
    position.set_byte(u64::try_from(next_line).ok()?);
    Some(position)
}

fn runs_over_lines(record: &ByteRecord) -> bool {
    record.iter().any(|field| field.contains(&b'\n'))
}

impl From<csv::Error> for Error {
    fn from(error: csv::Error) -> Self {
        Self::new(error)
    }
}

/// Place of each column.
struct Header {
    width: usize,
    places: BTreeMap<Column, usize>,
}

impl Header {
    fn read(names: &ByteRecord) -> Result<Self> {
        let names: Vec<String> = names.iter().map(|name| plain_name(&String::from_utf8_lossy(name))).collect();
        let place = |column: Column| names.iter().position(|name| *name == plain_name(column.name()));
        let missing: Vec<_> = Column::ALL.into_iter().filter(|column| place(*column).is_none()).map(Column::name).collect();
        if !missing.is_empty() {
            return Err(Error::new(format!("missing columns: {}", missing.join(", "))));
        }
        let places = Column::ALL.into_iter().filter_map(|column| Some((column, place(column)?))).collect();
        Ok(Self { width: names.len(), places })
    }

    fn reservation(&self, row: usize, record: &ByteRecord) -> Result<Reservation, Reject> {
        if record.len() != self.width {
            let quote = if runs_over_lines(record) { "; perhaps a quote is not closed" } else { "" };
            let detail = format!("{} fields, the header has {}{quote}", record.len(), self.width);
            return Err(Reject { row, reason: Reason::FieldCount, detail });
        }
        let text = StringRecord::from_byte_record_lossy(record.clone());
        let field = |column: Column| self.places.get(&column).and_then(|place| text.get(*place));
        let mut reservation = read_reservation(row, |column| field(column).unwrap_or_default().trim())?;
        if runs_over_lines(record) {
            reservation.oddity = reservation.oddity.or(Some(Oddity::SeveralLines));
        }
        Ok(reservation)
    }
}

/// Normalizes the name of a column: `LeadTime`, `lead_time` and `Lead Time` are one, since the article and the later
/// copies differ.
fn plain_name(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use chrono::NaiveDate;
    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;
    use crate::replay::reservation::Outcome;

    const HEADER: &str = "hotel,lead_time,arrival_date_year,arrival_date_month,arrival_date_day_of_month,\
        stays_in_weekend_nights,stays_in_week_nights,adults,children,babies,distribution_channel,\
        reserved_room_type,adr,reservation_status,reservation_status_date";
    const STAYED: &str = "Resort,14,2015,July,1,2,3,2,1,1,TA/TO,A,107.42,Check-Out,2015-07-06";

    fn date(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    fn read(text: &str) -> Rows {
        read_rows(text.as_bytes(), None).expect("readable")
    }

    /// A row like `STAYED` with one field replaced.
    fn row_with(column: &str, value: &str) -> String {
        let place = HEADER.split(',').position(|name| name == column).expect("a column");
        let mut fields: Vec<_> = STAYED.split(',').collect();
        fields[place] = value;
        format!("{HEADER}\n{}\n", fields.join(","))
    }

    fn reason(column: &str, value: &str) -> Reason {
        let rows = read(&row_with(column, value));
        assert_eq!(rows.reservations, []);
        rows.rejects[0].reason
    }

    #[test]
    fn a_row_becomes_a_reservation() {
        let rows = read(&format!("{HEADER}\n{STAYED}\n"));
        let expected = Reservation {
            row: 2,
            booked_on: date("2015-06-17"),
            arrival: date("2015-07-01"),
            departure: date("2015-07-06"),
            nights: 5,
            adults: 2,
            children: 1,
            babies: 1,
            room_type: "A".to_owned(),
            nightly_price: 10742,
            channel: "ta/to".to_owned(),
            outcome: Outcome::CheckedOut { on: date("2015-07-06") },
            oddity: None,
        };
        assert_eq!(rows.reservations, [expected]);
        assert_eq!(rows.rejects, []);
    }

    #[test]
    fn files_with_other_line_ends_order_quotes_and_padding_read_the_same() {
        let plain = read(&format!("{HEADER}\n{STAYED}\n")).reservations;
        let crlf = format!("\u{feff}{HEADER}\r\n{STAYED}\r\n");
        let quoted = |line: &str| line.split(',').map(|field| format!("\" {field} \"")).collect::<Vec<_>>().join(",");
        let reversed = |line: &str| line.split(',').rev().collect::<Vec<_>>().join(",");
        let upper = HEADER.replace("lead_time", "LeadTime").replace("adr", "ADR");
        for text in [
            crlf,
            format!("\u{feff}{}\n{}\n", quoted(HEADER), quoted(STAYED)),
            format!("{}\n{}", reversed(HEADER), reversed(STAYED)),
            format!("{HEADER},extra\n{STAYED},\"a, b\"\n"),
            format!("{upper}\n{}\n", STAYED.replace(",2,1,1,", ",2.0,1.0,1,").replace("July", "JULY")),
        ] {
            assert_eq!(read(&text).reservations, plain, "{text}");
        }
    }

    #[test]
    fn gzip_is_recognised_by_its_content() {
        let folder = std::env::temp_dir();
        let text = format!("{HEADER}\n{STAYED}\n");
        for gzipped in [true, false] {
            let path = folder.join(format!("hbs-bench-{}.csv", uuid::Uuid::now_v7()));
            let mut file = File::create(&path).expect("a file");
            if gzipped {
                let mut encoder = GzEncoder::new(&mut file, Compression::fast());
                encoder.write_all(text.as_bytes()).expect("written");
                encoder.finish().expect("finished");
            } else {
                file.write_all(text.as_bytes()).expect("written");
            }
            let rows = read_file(&path, None).expect("readable");
            std::fs::remove_file(&path).expect("removed");
            assert_eq!(rows.reservations.len(), 1);
        }
    }

    #[test]
    fn missing_columns_are_named() {
        let text = format!("{}\n{STAYED}\n", HEADER.replace("adr", "price").replace("babies", "pets"));
        let error = read_rows(text.as_bytes(), None).expect_err("columns are missing");
        assert_eq!(error.to_string(), "missing columns: babies, adr");
    }

    #[test]
    fn what_cannot_be_read_is_rejected_by_column() {
        for (column, value) in [
            ("children", "NA"),
            ("adults", "two"),
            ("adults", "-1"),
            ("babies", ""),
            ("lead_time", "NULL"),
            ("lead_time", "4294967295"),
            ("lead_time", "99999999999"),
            ("arrival_date_year", "15"),
            ("arrival_date_month", "Brumaire"),
            ("arrival_date_day_of_month", "32"),
            ("stays_in_week_nights", "1.5"),
            ("reserved_room_type", "NULL"),
            ("reserved_room_type", "a name that is far too long"),
            ("adr", "1e3"),
            ("adr", "10000000.01"),
            ("adr", "9999999999999999999999"),
            ("reservation_status_date", "07/06/2015"),
        ] {
            let Reason::Unreadable(found) = reason(column, value) else {
                panic!("{column} {value:?} was read");
            };
            assert_eq!(found.name(), column);
        }
    }

    #[test]
    fn what_the_model_does_not_hold_is_rejected_by_reason() {
        assert_eq!(reason("adults", "0"), Reason::NoAdult);
        assert_eq!(reason("adults", "9"), Reason::TooManyGuests);
        assert_eq!(reason("adults", "4294967295"), Reason::TooManyGuests);
        assert_eq!(reason("stays_in_week_nights", "364"), Reason::TooManyNights);
        assert_eq!(reason("stays_in_week_nights", "4294967295"), Reason::TooManyNights);
        assert_eq!(reason("lead_time", "1495"), Reason::TooFarAhead);
        assert_eq!(reason("adr", "-6.38"), Reason::NegativePrice);
        assert_eq!(reason("reservation_status", "Waiting"), Reason::UnknownStatus);
        assert_eq!(reason("reservation_status_date", "2015-06-16"), Reason::StatusBeforeBooking);
        assert_eq!(reason("reservation_status_date", "2051-07-06"), Reason::StatusTooLate);
        let no_night = row_with("stays_in_week_nights", "0").replace(",2,0,2,1,1,", ",0,0,2,1,1,");
        assert_eq!(read(&no_night).rejects[0].reason, Reason::NoNight);
        let short = format!("{HEADER}\nResort,14,2015\n");
        assert_eq!(read(&short).rejects[0].reason, Reason::FieldCount);
    }

    #[test]
    fn an_unclosed_quote_costs_its_own_row_only() {
        for end in ["\n", "\r\n"] {
            let lines = [HEADER, "\"Resort,14", STAYED, "Resort,\"14", "\"Resort,15", STAYED, "\"", STAYED];
            let rows = read(&lines.join(end));
            let read: Vec<_> = rows.reservations.iter().map(|read| (read.row, read.oddity)).collect();
            assert_eq!(read, [(3, None), (6, None), (8, None)]);
            let details: Vec<_> = rows.rejects.iter().map(|reject| reject.detail.as_str()).collect();
            assert_eq!(details[0], "1 fields, the header has 15; perhaps a quote is not closed");
            assert_eq!(details.len(), 4);
        }
    }

    #[test]
    fn line_breaks_inside_of_quotes_are_read_and_told() {
        let text = format!("{HEADER},note\n{STAYED},\"first\nsecond\"\n{STAYED},none\n");
        let rows = read(&text);
        let read: Vec<_> = rows.reservations.iter().map(|read| (read.row, read.oddity)).collect();
        assert_eq!(read, [(2, Some(Oddity::SeveralLines)), (3, None)]);
    }

    #[test]
    fn bytes_that_are_not_text_do_not_stop_the_reading() {
        let mut bytes = format!("{HEADER}\n").into_bytes();
        bytes.extend(STAYED.replace("July", "J\u{7f}ly").bytes().map(|byte| if byte == 0x7f { 0xff } else { byte }));
        bytes.extend(format!("\n{STAYED}\n").bytes());
        let rows = read_rows(bytes.as_slice(), None).expect("readable");
        assert_eq!(rows.rejects[0].reason, Reason::Unreadable(Column::ArrivalMonth));
        assert_eq!(rows.reservations[0].row, 3);
    }

    #[test]
    fn a_status_before_the_arrival_moves_to_it_unless_it_is_a_cancellation() {
        let on = |status: &str| {
            let text = row_with("reservation_status_date", "2015-06-20").replace("Check-Out", status);
            let reservation = read(&text).reservations.remove(0);
            (reservation.outcome, reservation.oddity)
        };
        let arrival = date("2015-07-01");
        assert_eq!(on("Canceled"), (Outcome::Cancelled { on: date("2015-06-20") }, None));
        assert_eq!(on("No-Show"), (Outcome::NoShow { on: arrival }, Some(Oddity::NoShowBeforeArrival)));
        assert_eq!(on("Check-Out"), (Outcome::CheckedOut { on: arrival }, Some(Oddity::CheckOutBeforeArrival)));
    }

    #[test]
    fn the_limit_counts_rows_of_both_kinds() {
        let text = format!("{HEADER}\nshort\n{STAYED}\n{STAYED}\n");
        let rows = read_rows(text.as_bytes(), Some(2)).expect("readable");
        assert_eq!((rows.reservations.len(), rows.rejects.len(), rows.count()), (1, 1, 2));
    }
}
