//! Output of a replay: rows read, failures, and the months side by side.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::fs::File;
use std::io;
use std::path::Path;

use crate::error::{Context, Result};
use crate::hotel::Hotel;
use crate::money::format_cents;
use crate::replay::figures::{Figures, Months};
use crate::replay::file::Rows;
use crate::replay::play::Played;
use crate::replay::reservation::Reject;
use crate::table::Table;

/// Maximum number of row numbers in a line.
const EXAMPLES: usize = 8;

pub fn print_rows(rows: &Rows) {
    println!(
        "{} rows: {} reservations, {} that the model does not hold and that no figure below has",
        rows.count(),
        rows.reservations.len(),
        rows.rejects.len()
    );
    print_groups(rows.rejects.iter().map(|reject| (reject.reason, reject.row)));
    let odd = rows.reservations.iter().filter_map(|read| Some((read.oddity?, read.row)));
    if odd.clone().next().is_some() {
        println!("odd, but played:");
        print_groups(odd);
    }
}

fn print_groups<K: Ord + Display>(items: impl Iterator<Item = (K, usize)>) {
    let mut groups: BTreeMap<K, Vec<usize>> = BTreeMap::new();
    for (key, row) in items {
        groups.entry(key).or_default().push(row);
    }
    for (key, rows) in groups {
        println!("  {:>6}  {key}: {}", rows.len(), row_list(&rows));
    }
}

fn row_list(rows: &[usize]) -> String {
    let shown: Vec<_> = rows.iter().take(EXAMPLES).map(usize::to_string).collect();
    let noun = if rows.len() == 1 { "row" } else { "rows" };
    let more = if rows.len() > EXAMPLES { ", …" } else { "" };
    format!("{noun} {}{more}", shown.join(", "))
}

/// The full list, as CSV.
pub fn write_rejects(path: &Path, rejects: &[Reject]) -> Result<()> {
    let file = File::create(path).context(format!("cannot create {}", path.display()))?;
    write_reject_rows(file, rejects).context(format!("cannot write {}", path.display()))
}

fn write_reject_rows(file: impl io::Write, rejects: &[Reject]) -> Result<()> {
    let mut csv = csv::Writer::from_writer(file);
    csv.write_record(["row", "reason", "detail"])?;
    for reject in rejects {
        csv.write_record([&reject.row.to_string(), &reject.reason.to_string(), &reject.detail])?;
    }
    csv.flush().context("flush")
}

pub fn print_hotel(hotel: &Hotel) {
    let rooms: Vec<_> = hotel.room_types.iter().map(|(code, room_type)| format!("{code} {}", room_type.rooms)).collect();
    println!("hotel: {} rooms ({}), horizon {} nights", hotel.rooms(), rooms.join(", "), hotel.horizon_nights);
}

pub fn print_played(played: &Played) {
    if played.failures.is_empty() {
        return;
    }
    println!("failed steps: {}; later steps of the same rows, left out: {}", played.failures.len(), played.left_out);
    print_groups(played.failures.iter().map(|failure| (failure.kind(), failure.row)));
}

/// Prints the months of both and returns how many differ.
pub fn compare(file: &Months, hbs: &Months) -> usize {
    let (table, differing) = comparison(file, hbs);
    print!("{table}");
    match differing {
        0 => println!("HBS and the file agree in every month."),
        1 => println!("1 month differs."),
        _ => println!("{differing} months differ."),
    }
    differing
}

fn comparison(file: &Months, hbs: &Months) -> (Table, usize) {
    let mut table = Table::new([
        "arrival",
        "bookings HBS",
        "file",
        "nights HBS",
        "file",
        "room revenue HBS",
        "file",
        "cancelled HBS",
        "file",
        "no-shows HBS",
        "file",
        "",
    ]);
    let mut totals = (Figures::default(), Figures::default());
    let mut differing = 0;
    for month in file.keys().chain(hbs.keys()).collect::<BTreeSet<_>>() {
        let of_file = file.get(month).copied().unwrap_or_default();
        let of_hbs = hbs.get(month).copied().unwrap_or_default();
        differing += usize::from(of_hbs != of_file);
        table.row(&line(month, of_hbs, of_file));
        totals = (totals.0 + of_hbs, totals.1 + of_file);
    }
    table.row(&line("total", totals.0, totals.1));
    (table, differing)
}

fn line(label: &str, hbs: Figures, file: Figures) -> [String; 12] {
    [
        label.to_owned(),
        hbs.reservations.to_string(),
        file.reservations.to_string(),
        hbs.nights_sold.to_string(),
        file.nights_sold.to_string(),
        format_cents(hbs.room_revenue),
        format_cents(file.room_revenue),
        hbs.cancellations.to_string(),
        file.cancellations.to_string(),
        hbs.no_shows.to_string(),
        file.no_shows.to_string(),
        if hbs == file { "ok" } else { "DIFFERS" }.to_owned(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::replay::reservation::Reason;

    fn month(nights_sold: i64) -> Figures {
        Figures { nights_sold, ..Figures::default() }
    }

    #[test]
    fn months_that_differ_or_are_missing_on_one_side_are_counted() {
        let months =
            |nights: [i64; 2]| Months::from([("2015-07".to_owned(), month(nights[0])), ("2015-08".to_owned(), month(nights[1]))]);
        let file = months([1, 2]);
        assert_eq!(comparison(&file, &file).1, 0);
        assert_eq!(comparison(&file, &months([1, 3])).1, 1);
        assert_eq!(comparison(&file, &Months::new()).1, 2);
        assert_eq!(comparison(&Months::new(), &file).1, 2);
    }

    #[test]
    fn the_list_of_rejects_is_csv() {
        let reject = Reject { row: 7, reason: Reason::NegativePrice, detail: "-6,38".to_owned() };
        let mut text = Vec::new();
        write_reject_rows(&mut text, &[reject]).expect("written");
        assert_eq!(String::from_utf8_lossy(&text), "row,reason,detail\n7,negative adr,\"-6,38\"\n");
    }

    #[test]
    fn long_lists_of_rows_are_cut() {
        assert_eq!(row_list(&[4]), "row 4");
        assert_eq!(row_list(&[2, 3, 4, 5, 6, 7, 8, 9, 10]), "rows 2, 3, 4, 5, 6, 7, 8, 9, …");
    }
}
