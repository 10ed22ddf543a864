//! The lines of a document, made of those of a folio: a price with its taxes and what was allowed on it is one line.
use super::words::Words;
use crate::domains::folios::{FolioEntry, FolioKind, TaxTerms, belongs_to, open, with_belongings};
use crate::domains::invoices::model::VatCategory;
use crate::domains::rates::VatTreatment;
use crate::money::{Currency, Money};
use chrono::NaiveDate;
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// A line of a document to come, before its tax is worked out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Lines of the folio that it tells of.
    pub entries: Vec<Uuid>,
    pub description: String,
    pub date: NaiveDate,
    pub category: VatCategory,
    pub rate_ppm: i32,
    pub exemption: Option<String>,
    /// Amount to be paid for the item, tax included.
    pub total_minor: i64,
    /// Value added tax that the folio has for it.
    pub folio_tax_minor: i64,
    /// Rule of that tax, with its terms.
    pub tax: Option<(Uuid, TaxTerms)>,
}

/// How an item is told apart from others, and in which words.
#[derive(Debug, Clone, Copy)]
pub struct Telling<'a> {
    pub treatments: &'a HashMap<Uuid, VatTreatment>,
    pub words: &'a Words,
    pub currency: Currency,
}

/// Returns the lines of a folio that can be invoiced: what was sold and not taken back, and is on no invoice. What was allowed on
/// something that is on one goes on a credit note.
pub fn billable(lines: &[FolioEntry], live: &HashSet<Uuid>) -> Vec<FolioEntry> {
    let open = open(lines);
    let is_sold = |line: &FolioEntry| !line.kind.is_money() && line.kind != FolioKind::Rounding;
    let invoiced: HashSet<Uuid> = open.iter().filter(|line| live.contains(&line.id)).map(FolioEntry::root).collect();
    let is_on_invoiced = |line: &FolioEntry| line.price_id.is_some_and(|price_id| invoiced.contains(&price_id));
    let allowed: HashSet<Uuid> = open.iter().filter(|line| is_on_invoiced(line)).map(FolioEntry::root).collect();
    let is_of_allowed = |line: &FolioEntry| line.price_id.is_some_and(|price_id| allowed.contains(&price_id));
    open.into_iter()
        .filter(|line| is_sold(line) && !live.contains(&line.id) && !is_on_invoiced(line) && !is_of_allowed(line))
        .collect()
}

/// Returns chosen lines among those that can be invoiced, each with what belongs to it; an error names those that cannot.
pub fn chosen(lines: &[FolioEntry], billable: &[FolioEntry], ids: &[Uuid]) -> Result<Vec<FolioEntry>, Vec<Uuid>> {
    let open = open(lines);
    let mut wanted: HashSet<Uuid> = ids.iter().copied().collect();
    // A tax or an allowance brings its price along, and an allowance's tax both.
    for _ in 0..2 {
        let named: Vec<&FolioEntry> = open.iter().filter(|line| wanted.contains(&line.id)).collect();
        let prices: Vec<Uuid> = open
            .iter()
            .filter(|price| named.iter().any(|line| line.id != price.id && belongs_to(line, price)))
            .map(|price| price.id)
            .collect();
        wanted.extend(prices);
    }
    let all = with_belongings(&open, &wanted);
    let is_billable = |id: &Uuid| billable.iter().any(|line| line.id == *id);
    let missing: HashSet<Uuid> =
        ids.iter().copied().chain(all.iter().map(|line| line.id)).filter(|id| !is_billable(id)).collect();
    if missing.is_empty() {
        return Ok(all);
    }
    let mut missing: Vec<Uuid> = missing.into_iter().collect();
    missing.sort_unstable();
    Err(missing)
}

/// Makes items of lines, in the order of their dates.
pub fn items(lines: &[FolioEntry], telling: Telling<'_>) -> Vec<Item> {
    let is_price = |line: &&FolioEntry| matches!(line.kind, FolioKind::Room | FolioKind::Extra | FolioKind::Fee);
    let mut items: Vec<(Vec<&FolioEntry>, Vec<&FolioEntry>)> = Vec::new();
    for price in lines.iter().filter(is_price) {
        // The parts of a price that was split are one.
        match items.iter_mut().find(|(parts, _)| parts.iter().any(|part| part.root() == price.root())) {
            Some((parts, _)) => parts.push(price),
            None => items.push((vec![price], Vec::new())),
        }
    }
    let mut alone = Vec::new();
    for line in lines.iter().filter(|line| !is_price(line)) {
        let is_levy = treatment(line, telling).is_some_and(|treatment| treatment != VatTreatment::Vat);
        match place(line, lines, &items) {
            Some(place) if !is_levy => items[place].1.push(line),
            place => alone.push((line, place)),
        }
    }
    let mut made: Vec<Item> = items.iter().map(|(parts, others)| item(parts, others, telling)).collect();
    let levies: Vec<Item> = alone.into_iter().map(|(line, place)| by_itself(line, place.map(|n| &made[n]), telling)).collect();
    made.extend(levies);
    made.sort_by_key(|item| item.date);
    made
}

fn treatment(line: &FolioEntry, telling: Telling<'_>) -> Option<VatTreatment> {
    if line.kind != FolioKind::Tax {
        return None;
    }
    // Rules are never removed from where they are looked up; a percentage is taken for value added tax.
    let known = line.tax_rule_id.and_then(|id| telling.treatments.get(&id)).copied();
    let by_rate = if line.tax_rate_ppm.is_some() { VatTreatment::Vat } else { VatTreatment::LevyOutside };
    Some(known.unwrap_or(by_rate))
}

/// Returns the place of the item to which a tax or an allowance belongs: of those that were posted with it, if there are some.
fn place(line: &FolioEntry, lines: &[FolioEntry], items: &[(Vec<&FolioEntry>, Vec<&FolioEntry>)]) -> Option<usize> {
    // The tax of an allowance names the allowance.
    let allowance = lines.iter().find(|other| other.kind == FolioKind::Adjustment && Some(other.root()) == line.price_id);
    let line = allowance.unwrap_or(line);
    let belongs = |(parts, _): &(Vec<&FolioEntry>, Vec<&FolioEntry>)| parts.iter().any(|part| belongs_to(line, part));
    let with_it = |(parts, _): &(Vec<&FolioEntry>, Vec<&FolioEntry>)| {
        parts.iter().any(|part| belongs_to(line, part) && part.posting_id == line.posting_id)
    };
    items.iter().position(with_it).or_else(|| items.iter().position(belongs))
}

fn item(parts: &[&FolioEntry], others: &[&FolioEntry], telling: Telling<'_>) -> Item {
    let of = |lines: &[&FolioEntry], kind: FolioKind| -> i64 {
        lines.iter().filter(|line| line.kind == kind).map(|line| line.amount_minor).sum()
    };
    let taxes: Vec<&&FolioEntry> = others.iter().filter(|line| line.kind == FolioKind::Tax).collect();
    let folio_tax_minor = of(others, FolioKind::Tax);
    let total_minor = parts.iter().chain(others).map(|line| line.amount_minor).sum();
    let rate_ppm = rate(&taxes);
    let category = match (taxes.is_empty(), rate_ppm) {
        (true, _) => VatCategory::Exempt,
        (false, 0) => VatCategory::Zero,
        (false, _) => VatCategory::Standard,
    };
    // The allowances with their taxes, of which each is posted with one.
    let is_allowed = |line: &&&FolioEntry| {
        let of_allowance = others.iter().any(|other| other.kind == FolioKind::Adjustment && Some(other.root()) == line.price_id);
        line.kind == FolioKind::Adjustment || of_allowance
    };
    let allowed: i64 = others.iter().filter(is_allowed).map(|line| line.amount_minor).sum();
    Item {
        entries: parts.iter().chain(others).map(|line| line.id).collect(),
        description: description(parts, allowed, telling),
        date: parts.iter().map(|part| part.service_date).min().unwrap_or_default(),
        category,
        rate_ppm,
        exemption: (category == VatCategory::Exempt).then(|| telling.words.untaxed.to_owned()),
        total_minor,
        folio_tax_minor,
        tax: taxes.iter().find_map(|line| Some((line.tax_rule_id?, line.tax_terms()?))),
    }
}

/// Returns the sum of the rates of taxes on a price, each rule once.
fn rate(taxes: &[&&FolioEntry]) -> i32 {
    let rates: HashMap<Option<Uuid>, i32> = taxes.iter().map(|line| (line.tax_rule_id, line.tax_rate_ppm.unwrap_or(0))).collect();
    rates.values().sum()
}

fn description(parts: &[&FolioEntry], allowed: i64, telling: Telling<'_>) -> String {
    let Some(price) = parts.first() else { return String::new() };
    let units = price.extra_units.filter(|units| *units > 1);
    let name = match units {
        Some(units) => format!("{units} × {}", price.description),
        None => price.description.clone(),
    };
    let Words { allowance, fee, .. } = telling.words;
    match (price.kind, allowed) {
        (FolioKind::Fee, 0) if name.is_empty() => (*fee).to_owned(),
        (_, 0) => name,
        (_, allowed) => format!("{name} ({allowance}: {})", telling.words.money(Money::new(allowed, telling.currency))),
    }
}

/// An item of a line that has no price on the document, or is a levy on one.
fn by_itself(line: &FolioEntry, price: Option<&Item>, telling: Telling<'_>) -> Item {
    let bare = Item {
        entries: vec![line.id],
        description: line.description.clone(),
        date: line.service_date,
        category: VatCategory::Exempt,
        rate_ppm: 0,
        exemption: Some(telling.words.untaxed.to_owned()),
        total_minor: line.amount_minor,
        folio_tax_minor: 0,
        tax: None,
    };
    match treatment(line, telling) {
        // Its price is elsewhere, such as on another folio that pays the rest.
        Some(VatTreatment::Vat) => Item {
            category: if line.tax_rate_ppm.unwrap_or(0) > 0 { VatCategory::Standard } else { VatCategory::Zero },
            rate_ppm: line.tax_rate_ppm.unwrap_or(0),
            exemption: None,
            folio_tax_minor: line.amount_minor,
            tax: line.tax_rule_id.zip(line.tax_terms()),
            ..bare
        },
        // It bears the tax of its price.
        Some(VatTreatment::LevyInBase) => match price {
            Some(price) if price.category != VatCategory::Exempt => {
                Item { category: price.category, rate_ppm: price.rate_ppm, exemption: None, tax: price.tax, ..bare }
            }
            _ => bare,
        },
        Some(VatTreatment::LevyExempt) => Item { exemption: Some(telling.words.exempt_levy.to_owned()), ..bare },
        Some(VatTreatment::LevyOutside) => {
            Item { category: VatCategory::Outside, exemption: Some(telling.words.outside.to_owned()), ..bare }
        }
        None => bare,
    }
}
