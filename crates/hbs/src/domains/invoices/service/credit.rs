//! Credit notes: what takes back a document, or a part of it, at the rates that stand there.
use super::issue::held;
use super::numbering::{Draft, issue};
use super::settings::known_settings;
use super::{content, shown};
use crate::answer::Answer;
use crate::app::App;
use crate::domains::folios::{self, Folio, FolioEntry, FolioKind, LateFolios, Rounding, TaxTerms, ToInvoice, open};
use crate::domains::invoices::dto::{CreditInvoice, CreditedLine};
use crate::domains::invoices::error::InvoiceError;
use crate::domains::invoices::model::{
    Content, Corrected, EntryRow, Invoice, InvoiceId, InvoiceKind, InvoiceLineId, InvoiceState, VatCategory,
};
use crate::domains::invoices::repository;
use crate::domains::invoices::rules::credit::{self, Credited, Part, Refusal, Standing};
use crate::domains::properties::{self, Property};
use crate::domains::rates;
use crate::domains::rates::VatTreatment;
use crate::error::{OnConstraint, Or404};
use crate::idempotency::IdempotencyKey;
use crate::money::Money;
use crate::outbox::{self, Cause, Event};
use crate::security::Staff;
use crate::security::permission::{AdjustmentsWrite, InvoicesIssue};
use crate::stores::postgres::Conn;
use crate::version::IfMatch;
use crate::{Error, Result};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// Credits a document, or a part of it.
pub async fn credit(
    app: &App,
    staff: &Staff<InvoicesIssue>,
    key: &IdempotencyKey,
    seen: IfMatch,
    id: InvoiceId,
    request: CreditInvoice,
) -> Result<Answer> {
    let cause = staff.caller.cause(app.clock.now());
    if request.as_on_folio && request.lines.is_some() {
        return Err(Error::invalid("/as_on_folio", "is not together with `lines`"));
    }
    let has_amounts = request.lines.iter().flatten().any(|line| line.amount.is_some());
    app.change(key, async |conn| {
        let (found, _) = repository::find(conn, &staff.reach(), id).await?.or_404("invoice")?;
        if !found.kind.bills() {
            return Err(InvoiceError::NotCreditable.into());
        }
        if has_amounts {
            staff.caller.require::<AdjustmentsWrite>(found.property_id)?;
        }
        let property = properties::hold(conn, found.property_id).await?.or_404("invoice")?;
        let said = content(&found)?;
        let holdings = repository::entries_of(conn, property.id, id).await?;
        let allowed_on = prices_of(&holdings, request.lines.as_deref().unwrap_or_default());
        let folio = folios::find(conn, &staff.scope, found.folio_id).await?.or_404("invoice")?;
        let ToInvoice { folio, lines, late } = folios::lock_to_invoice(conn, &folio, &allowed_on).await?;
        let state = repository::lock_state(conn, property.id, id).await?;
        seen.check(state.version)?;
        if let Some(name) = repository::settled_by(conn, property.id, id).await? {
            return Err(InvoiceError::SettledBy(name).into());
        }
        // Others may have credited it until the locks were there.
        let holdings = repository::entries_of(conn, property.id, id).await?;
        let credits = repository::credits_of(conn, property.id, id).await?;
        let standing = Standing { lines: &said.lines, credits: &credits };
        let desk =
            Desk { conn, property: &property, folio: &folio, late: &late, lines: &lines, holdings: &holdings, cause: &cause };
        let wanted = desk.wanted(&standing, &request).await?;
        let credited = credit::credit(&standing, &wanted.parts).map_err(|refusal| refused(refusal, folio.currency, &request))?;
        let (note, note_state) = desk.write(app, &found, &said, &credited, &wanted, &standing, &request.reason).await?;
        let after = repository::note_credit(conn, &state, note.total_minor, cause.at).await?;
        if after.credited_minor == found.total_minor {
            repository::release_paid(conn, (property.id, id), note.id, cause.at).await?;
        }
        let told = Event::of("invoice.credited", &found).and("credited_minor", state.credited_minor, after.credited_minor);
        outbox::publish(conn, &cause, [Event::created(&note).named("invoice.issued"), told]).await?;
        Answer::created(format!("/v1/invoices/{}", note.id), note_state.version, &shown(conn, &note, &note_state).await?)
    })
    .await
}

/// The lines of the folio on which something may be allowed: all that are in lines of which an amount is credited.
fn prices_of(holdings: &[EntryRow], lines: &[CreditedLine]) -> Vec<Uuid> {
    let has_amount = |id: InvoiceLineId| lines.iter().any(|line| line.line_id == id && line.amount.is_some());
    holdings.iter().filter(|row| row.line_id.is_some_and(has_amount)).map(|row| row.entry_id).collect()
}

fn refused(refusal: Refusal, currency: crate::money::Currency, request: &CreditInvoice) -> Error {
    match refusal {
        Refusal::Nothing => InvoiceError::NothingToCredit.into(),
        Refusal::TooMuch { left_minor } => InvoiceError::ExceedsLine(Money::new(left_minor, currency)).into(),
        Refusal::Unknown(id) => {
            let place = request.lines.iter().flatten().position(|line| line.line_id == id).unwrap_or(0);
            Error::invalid(format!("/lines/{place}/line_id"), "is not a line of the document")
        }
    }
}

/// Subject of a credit note.
#[derive(Default)]
struct Wanted {
    parts: Vec<Part>,
    /// Lines of the folio that it tells of, each with the line that it credits.
    entries: Vec<(FolioEntry, InvoiceLineId)>,
}

impl Wanted {
    /// The lines that the credit note gives back to the folio, with what was credited of them before.
    fn released(&self, standing: &Standing<'_>) -> Vec<InvoiceLineId> {
        // A line of which an allowance is credited stays on the document; any other of which nothing is left is free again.
        let is_followed = |id: InvoiceLineId| self.entries.iter().any(|(_, line_id)| *line_id == id);
        let is_over = |part: &&Part| {
            let left = standing.line(part.line_id).map_or(0, |line| standing.left(line));
            left == part.amount_minor && !is_followed(part.line_id)
        };
        let over: Vec<InvoiceLineId> = self.parts.iter().filter(is_over).map(|part| part.line_id).collect();
        // What was credited of such a line before is free with it: what was allowed goes along with its price.
        let before = standing.credits.iter().filter(|row| row.credits_id.is_some_and(|id| over.contains(&id)));
        over.iter().copied().chain(before.map(|row| row.id)).collect()
    }
}

/// Returns the content of a credit note.
fn note_on(found: &Invoice, said: &Content, credited: &Credited, reason: &str) -> Content {
    let (net_minor, tax_minor) = credited.taxes.iter().fold((0, 0), |(net, tax), sum| (net + sum.net_minor, tax + sum.tax_minor));
    let corrected =
        Corrected { invoice_id: found.id, name: found.name.clone().unwrap_or_default(), issue_date: found.issue_date };
    Content {
        kind: InvoiceKind::CreditNote,
        name: None,
        due_date: None,
        from: credited.lines.iter().map(|line| line.date).min(),
        to: credited.lines.iter().map(|line| line.date).max(),
        lines: credited.lines.clone(),
        taxes: credited.taxes.clone(),
        net_minor,
        tax_minor,
        total_minor: net_minor + tax_minor,
        settles: Vec::new(),
        payments: Vec::new(),
        prepaid_minor: 0,
        corrects: Some(corrected),
        reason: Some(reason.to_owned()),
        ..said.clone()
    }
}

/// Desk of a use case: what it knows once everything is locked but the counter.
struct Desk<'a> {
    conn: &'a Conn,
    property: &'a Property,
    folio: &'a Folio,
    /// Folios that are locked with it.
    late: &'a LateFolios,
    /// All lines of the folio.
    lines: &'a [FolioEntry],
    /// Lines of the folio that the document holds.
    holdings: &'a [EntryRow],
    cause: &'a Cause,
}

impl Desk<'_> {
    async fn wanted(&self, standing: &Standing<'_>, request: &CreditInvoice) -> Result<Wanted> {
        match &request.lines {
            None if request.as_on_folio => self.as_on_folio(standing).await,
            None => Ok(Wanted { parts: standing.rest(), entries: Vec::new() }),
            Some(lines) => self.named(standing, lines, &request.reason).await,
        }
    }

    /// Lines that are named: all that is left of them, or an amount, which is allowed on the folio.
    async fn named(&self, standing: &Standing<'_>, lines: &[CreditedLine], reason: &str) -> Result<Wanted> {
        let mut wanted = Wanted::default();
        for (place, CreditedLine { line_id, amount }) in lines.iter().enumerate() {
            let pointer = |name: &str| format!("/lines/{place}/{name}");
            if lines[..place].iter().any(|other| other.line_id == *line_id) {
                return Err(Error::invalid(pointer("line_id"), "is named before"));
            }
            let line = standing.line(*line_id);
            let line = line.ok_or_else(|| Error::invalid(pointer("line_id"), "is not a line of the document"))?;
            let left = standing.left(line);
            let Some(amount) = amount else {
                wanted.parts.push(Part { line_id: *line_id, amount_minor: left });
                continue;
            };
            if amount.currency != self.folio.currency {
                return Err(Error::invalid(pointer("amount/currency"), format!("must be {}", self.folio.currency)));
            }
            if amount.minor <= 0 {
                return Err(Error::invalid(pointer("amount/amount"), "must be more than nothing"));
            }
            if amount.minor >= left {
                return Err(InvoiceError::ExceedsLine(Money::new(left, self.folio.currency)).into());
            }
            let price = self.price_of(*line_id);
            let price = price.ok_or_else(|| Error::invalid(pointer("amount"), "is for lines with a price of their own"))?;
            let folio = (self.folio, self.lines);
            let posted = folios::allow(self.conn, self.property, folio, price.id, (amount.minor, reason), self.cause).await?;
            wanted.parts.push(Part { line_id: *line_id, amount_minor: amount.minor });
            wanted.entries.extend(posted.into_iter().map(|entry| (entry, *line_id)));
        }
        Ok(wanted)
    }

    /// The price in a line of the document.
    fn price_of(&self, line_id: InvoiceLineId) -> Option<&FolioEntry> {
        let is_price = |kind| matches!(kind, FolioKind::Room | FolioKind::Extra | FolioKind::Fee);
        let in_line = |id: Uuid| self.holdings.iter().any(|row| row.line_id == Some(line_id) && row.entry_id == id);
        self.lines.iter().find(|entry| is_price(entry.kind) && in_line(entry.id))
    }

    /// Returns what the folio has taken back and allowed since the document was issued.
    async fn as_on_folio(&self, standing: &Standing<'_>) -> Result<Wanted> {
        let open = open(self.lines);
        let is_open = |id: Uuid| open.iter().any(|entry| entry.id == id);
        let ids: Vec<Uuid> = open.iter().map(|entry| entry.id).collect();
        let live = repository::live_entries(self.conn, self.property.id, &ids).await?;
        let live: HashSet<Uuid> = live.into_iter().map(|row| row.entry_id).collect();
        let mut taken_back = Vec::new();
        let mut allowed: HashMap<InvoiceLineId, i64> = HashMap::new();
        let mut entries = Vec::new();
        for line in standing.lines {
            let mut of_line = self.holdings.iter().filter(|row| row.line_id == Some(line.id)).peekable();
            if of_line.peek().is_some() && of_line.all(|row| !is_open(row.entry_id)) {
                taken_back.push(line.id);
                continue;
            }
            let roots: HashSet<Uuid> = self.roots_of(line.id);
            let is_free_on = |entry: &&FolioEntry, roots: &HashSet<Uuid>| {
                !live.contains(&entry.id) && entry.price_id.is_some_and(|price_id| roots.contains(&price_id))
            };
            let allowances: Vec<&FolioEntry> =
                open.iter().filter(|entry| entry.kind == FolioKind::Adjustment && is_free_on(entry, &roots)).collect();
            let of_allowances: HashSet<Uuid> = allowances.iter().map(|entry| entry.root()).collect();
            let taxes = open.iter().filter(|entry| entry.kind == FolioKind::Tax && is_free_on(entry, &of_allowances));
            for entry in allowances.iter().copied().chain(taxes) {
                *allowed.entry(line.id).or_default() += entry.amount_minor;
                entries.push((entry.clone(), line.id));
            }
        }
        let parts = credit::following(standing, &taken_back, &allowed);
        Ok(Wanted { parts, entries })
    }

    fn roots_of(&self, line_id: InvoiceLineId) -> HashSet<Uuid> {
        let in_line = |id: Uuid| self.holdings.iter().any(|row| row.line_id == Some(line_id) && row.entry_id == id);
        self.lines.iter().filter(|entry| in_line(entry.id)).map(FolioEntry::root).collect()
    }

    /// Issues the credit note, with the cents of rounding, and gives back or holds what it tells of.
    async fn write(
        &self,
        app: &App,
        found: &Invoice,
        said: &Content,
        credited: &Credited,
        wanted: &Wanted,
        standing: &Standing<'_>,
        reason: &str,
    ) -> Result<(Invoice, InvoiceState)> {
        let settings = known_settings(self.conn, self.property).await?;
        let released = wanted.released(standing);
        let back = repository::entries_in(self.conn, self.property.id, &released).await?;
        let roundings = self.roundings(credited, wanted, standing, &back).await?;
        let rounded = folios::round(self.conn, self.property, (self.folio, self.late), &roundings, self.cause).await?;
        let draft = Draft {
            id: InvoiceId::now_v7(),
            folio_id: found.folio_id,
            booking_id: found.booking_id,
            content: note_on(found, said, credited, reason),
            payment_days: None,
            corrects_id: Some(found.id),
            issued_with_id: None,
            payment_id: None,
        };
        let (note, state) = issue(app, self.conn, self.property, &settings, draft).await?;
        let of = (self.property.id, note.id);
        let line_of = |id: InvoiceLineId| credited.lines.iter().find(|line| line.credits_id == Some(id)).map(|line| line.id);
        let followed = wanted.entries.iter().map(|(entry, line_id)| held(of, entry.id, line_of(*line_id), note.issued_at));
        let entries: Vec<EntryRow> = followed.chain(rounded.into_iter().map(|id| held(of, id, None, note.issued_at))).collect();
        let held = repository::hold(self.conn, &entries).await;
        held.on_constraint("invoice_entries_live", || InvoiceError::NothingToCredit)?;
        repository::release(self.conn, self.property.id, &released, note.id, note.issued_at).await?;
        Ok((note, state))
    }

    /// The cents by which the taxes of the credit note differ from those of the lines that it gives back or tells of.
    async fn roundings(
        &self,
        credited: &Credited,
        wanted: &Wanted,
        standing: &Standing<'_>,
        back: &[EntryRow],
    ) -> Result<Vec<Rounding>> {
        let treatments = rates::treatments(self.conn, self.property.id).await?;
        let is_vat = |entry: &FolioEntry| {
            let treatment = entry.tax_rule_id.and_then(|id| treatments.get(&id));
            entry.kind == FolioKind::Tax && treatment.is_none_or(|treatment| *treatment == VatTreatment::Vat)
        };
        let mut roundings = Vec::new();
        for tax in credited.taxes.iter().filter(|tax| tax.category == VatCategory::Standard) {
            let is_of = |id: InvoiceLineId| standing.rate(id) == Some((tax.category, tax.rate_ppm));
            let back = back.iter().filter(|row| row.line_id.is_some_and(is_of));
            let back: Vec<&FolioEntry> =
                back.filter_map(|row| self.lines.iter().find(|entry| entry.id == row.entry_id && is_vat(entry))).collect();
            let told: Vec<&FolioEntry> =
                wanted.entries.iter().filter(|(entry, id)| is_of(*id) && is_vat(entry)).map(|(entry, _)| entry).collect();
            let terms: Option<(Uuid, TaxTerms)> =
                back.iter().chain(&told).find_map(|entry| Some((entry.tax_rule_id?, entry.tax_terms()?)));
            let on_folio = told.iter().map(|entry| entry.amount_minor).sum::<i64>()
                - back.iter().map(|entry| entry.amount_minor).sum::<i64>();
            if let Some((tax_rule_id, terms)) = terms {
                roundings.push(Rounding { amount_minor: -tax.tax_minor - on_folio, tax_rule_id, terms });
            }
        }
        Ok(roundings)
    }
}
