//! Issuing documents of what is on a folio, and receipts.
use super::numbering::{Draft, issue};
use super::parties::{self, Buyer};
use super::settings::known_settings;
use super::{content, shown, unallocated};
use crate::answer::Answer;
use crate::app::App;
use crate::domains::folios::{self, Folio, FolioEntry, LateFolios, ToInvoice};
use crate::domains::invoices::dto::CreateInvoice;
use crate::domains::invoices::error::InvoiceError;
use crate::domains::invoices::model::{
    Content, Corrected, EntryRow, Invoice, InvoiceId, InvoiceKind, InvoiceLineId, InvoiceSettings, InvoiceState, Line, Paid,
    Settled, VatCategory, WantedKind,
};
use crate::domains::invoices::repository::{self, Unallocated};
use crate::domains::invoices::rules::items::{self, Item, Telling};
use crate::domains::invoices::rules::vat::{self, Derived};
use crate::domains::invoices::rules::words::Words;
use crate::domains::payments::{self, PaymentMethod};
use crate::domains::properties::{self, Property};
use crate::domains::rates;
use crate::error::{OnConstraint, Or404};
use crate::idempotency::IdempotencyKey;
use crate::money::Money;
use crate::numbers::in_proportion;
use crate::outbox::{self, Cause, Event};
use crate::security::permission::InvoicesIssue;
use crate::security::{Scope, Staff};
use crate::stores::postgres::Conn;
use crate::texts::Reading;
use crate::{Error, Result};
use chrono::{DateTime, NaiveDate, Utc};
use std::collections::HashSet;
use uuid::Uuid;

/// Highest number of lines of a document.
const MAX_LINES: usize = 1_000;

/// Issues a document.
pub async fn create(app: &App, staff: &Staff<InvoicesIssue>, key: &IdempotencyKey, request: CreateInvoice) -> Result<Answer> {
    check(&request)?;
    let cause = staff.caller.cause(app.clock.now());
    app.change(key, async |conn| {
        let issued = match (request.kind, request.folio_id, request.payment_id) {
            (WantedKind::Receipt, None, Some(_)) => receipt(app, conn, staff, &request, &cause).await?,
            (WantedKind::Receipt, _, _) => {
                return Err(Error::invalid("/payment_id", "is needed for a receipt, and no `folio_id`"));
            }
            (_, Some(folio_id), None) => of_folio(app, conn, &staff.scope, folio_id, &request, &cause).await?,
            (_, _, Some(_)) => return Err(Error::invalid("/payment_id", "is for receipts only")),
            (_, None, None) => return Err(Error::invalid("/folio_id", "is needed")),
        };
        let Issued { main, state, events } = issued;
        outbox::publish_many(conn, &cause, events).await?;
        Answer::created(format!("/v1/invoices/{}", main.id), state.version, &shown(conn, &main, &state).await?)
    })
    .await
}

fn check(request: &CreateInvoice) -> Result<()> {
    let CreateInvoice { kind, entry_ids, served_to, amount, corrects_id, .. } = request;
    let is_of_lines = matches!(kind, WantedKind::Invoice | WantedKind::ProForma);
    for (pointer, is_given, is_fitting) in [
        ("/entry_ids", entry_ids.is_some(), is_of_lines),
        ("/served_to", served_to.is_some(), is_of_lines),
        ("/amount", amount.is_some(), *kind == WantedKind::Advance),
        ("/corrects_id", corrects_id.is_some(), *kind == WantedKind::Invoice),
    ] {
        if is_given && !is_fitting {
            return Err(Error::invalid(pointer, format!("is not for documents of kind {kind}")));
        }
    }
    Ok(())
}

/// Issues the invoice of all that is on a folio of a demo hotel.
pub async fn issue_for_demo(app: &App, conn: &Conn, folio_id: Uuid, cause: &Cause) -> Result<()> {
    let request = CreateInvoice {
        kind: WantedKind::Invoice,
        folio_id: Some(folio_id),
        payment_id: None,
        entry_ids: None,
        served_to: None,
        amount: None,
        payer: None,
        language: None,
        buyer_reference: None,
        corrects_id: None,
    };
    let issued = of_folio(app, conn, &Scope::All, folio_id, &request, cause).await?;
    outbox::publish_many(conn, cause, issued.events).await?;
    Ok(())
}

/// Result of issuing: the document that was asked for, and what is told of all.
struct Issued {
    main: Invoice,
    state: InvoiceState,
    events: Vec<Event>,
}

/// Desk of a use case: what it knows before anything is issued.
struct Desk<'a> {
    app: &'a App,
    conn: &'a Conn,
    property: Property,
    settings: InvoiceSettings,
    folio: Folio,
    /// Folios that are locked with it.
    late: LateFolios,
    buyer: Buyer,
    request: &'a CreateInvoice,
    cause: &'a Cause,
}

impl Desk<'_> {
    fn words(&self) -> &'static Words {
        Words::of([&self.buyer.language])
    }

    fn money(&self, minor: i64) -> Money {
        Money::new(minor, self.folio.currency)
    }

    /// A document without lines.
    fn empty(&self, kind: InvoiceKind) -> Content {
        let settings = &self.settings;
        Content {
            property_id: self.property.id,
            kind,
            name: None,
            issued_at: DateTime::UNIX_EPOCH,
            issue_date: NaiveDate::default(),
            due_date: None,
            language: self.buyer.language.clone(),
            currency: self.folio.currency,
            seller: parties::seller(&self.property, settings),
            buyer: self.buyer.party.clone(),
            hotel: self.property.name.clone(),
            reference: self.buyer.reference.clone(),
            buyer_reference: self.request.buyer_reference.clone(),
            from: None,
            to: None,
            lines: Vec::new(),
            taxes: Vec::new(),
            net_minor: 0,
            tax_minor: 0,
            total_minor: 0,
            settles: Vec::new(),
            payments: Vec::new(),
            prepaid_minor: 0,
            corrects: None,
            reason: None,
            iban: settings.iban.clone(),
            bic: settings.bic.clone(),
            note: settings.note.clone(),
        }
    }

    /// A document of items, whose taxes are worked out.
    fn filled(&self, kind: InvoiceKind, items: &[Item], derived: &Derived) -> Content {
        let line = |(item, net_minor): (&Item, &i64)| Line {
            id: InvoiceLineId::now_v7(),
            description: item.description.clone(),
            date: item.date,
            quantity: if item.total_minor < 0 { -1 } else { 1 },
            category: item.category,
            rate_ppm: item.rate_ppm,
            net_minor: *net_minor,
            tax_minor: item.total_minor - net_minor,
            total_minor: item.total_minor,
            exemption: item.exemption.clone(),
            credits_id: None,
        };
        Content {
            from: items.iter().map(|item| item.date).min(),
            to: items.iter().map(|item| item.date).max(),
            lines: items.iter().zip(&derived.nets).map(line).collect(),
            taxes: derived.taxes.clone(),
            net_minor: derived.net_minor(),
            tax_minor: derived.tax_minor(),
            total_minor: derived.net_minor() + derived.tax_minor(),
            ..self.empty(kind)
        }
    }

    fn draft(&self, content: Content) -> Draft {
        Draft {
            id: InvoiceId::now_v7(),
            folio_id: self.folio.id,
            booking_id: self.folio.booking_id,
            payment_days: (content.kind.bills() || content.kind == InvoiceKind::ProForma).then_some(self.buyer.payment_days),
            content,
            corrects_id: None,
            issued_with_id: None,
            payment_id: None,
        }
    }

    async fn issue(&self, draft: Draft) -> Result<(Invoice, InvoiceState)> {
        issue(self.app, self.conn, &self.property, &self.settings, draft).await
    }
}

/// Issues a document of what is on a folio.
async fn of_folio(
    app: &App,
    conn: &Conn,
    scope: &Scope,
    folio_id: Uuid,
    request: &CreateInvoice,
    cause: &Cause,
) -> Result<Issued> {
    let found = folios::find(conn, scope, folio_id).await?.or_404("folio")?;
    let property = properties::hold(conn, found.property_id).await?.or_404("folio")?;
    let ToInvoice { folio, lines, late } = folios::lock_to_invoice(conn, &found, &[]).await?;
    let settings = known_settings(conn, &property).await?;
    let buyer = parties::buyer(conn, &property, &folio, request.payer.as_ref(), request.language.as_ref()).await?;
    let desk = Desk { app, conn, property, settings, folio, late, buyer, request, cause };
    let items = desk_items(&desk, &lines).await?;
    match request.kind {
        WantedKind::Advance => advance(&desk, &items).await,
        WantedKind::ProForma => pro_forma(&desk, &items).await,
        WantedKind::Invoice | WantedKind::Receipt => invoice(&desk, items).await,
    }
}

/// The items that a request asks for.
async fn desk_items(desk: &Desk<'_>, lines: &[FolioEntry]) -> Result<Vec<Item>> {
    let ids: Vec<Uuid> = lines.iter().map(|line| line.id).collect();
    let live = repository::live_entries(desk.conn, desk.property.id, &ids).await?;
    let live: HashSet<Uuid> = live.into_iter().map(|row| row.entry_id).collect();
    let billable = items::billable(lines, &live);
    let mut chosen = match &desk.request.entry_ids {
        Some(wanted) => {
            if let Some(place) = wanted.iter().position(|id| !ids.contains(id)) {
                return Err(Error::invalid(format!("/entry_ids/{place}"), "is not an entry of the folio"));
            }
            items::chosen(lines, &billable, wanted).map_err(InvoiceError::NotOpen)?
        }
        None => billable,
    };
    let reading = Reading::new(vec![desk.buyer.language.clone()]);
    folios::translate(desk.conn, desk.property.id, &mut chosen, &reading).await?;
    let treatments = rates::treatments(desk.conn, desk.property.id).await?;
    let telling = Telling { treatments: &treatments, words: desk.words(), currency: desk.folio.currency };
    let mut items = items::items(&chosen, telling);
    if let Some(to) = desk.request.served_to {
        items.retain(|item| item.date <= to);
    }
    if items.len() > MAX_LINES {
        return Err(InvoiceError::TooManyLines { found: items.len(), most: MAX_LINES }.into());
    }
    Ok(items)
}

/// A preview: it has no number, and what is on it can be invoiced.
async fn pro_forma(desk: &Desk<'_>, items: &[Item]) -> Result<Issued> {
    if items.is_empty() {
        return Err(InvoiceError::NothingToInvoice.into());
    }
    let content = desk.filled(InvoiceKind::ProForma, items, &vat::derive(items));
    let (main, state) = desk.issue(desk.draft(content)).await?;
    Ok(Issued { events: vec![Event::created(&main)], main, state })
}

/// An invoice and, where there are levies outside of value added tax, a document of theirs.
async fn invoice(desk: &Desk<'_>, items: Vec<Item>) -> Result<Issued> {
    let (levies, mut sold): (Vec<Item>, Vec<Item>) = items.into_iter().partition(|item| item.category == VatCategory::Outside);
    let total = |items: &[Item]| items.iter().map(|item| item.total_minor).sum::<i64>();
    // Guests who stay for nothing owe the levies all the same: there is no invoice to issue theirs with.
    if total(&sold) <= 0 && total(&levies) > 0 {
        sold.clear();
    }
    let mut paid = unallocated(desk.conn, desk.property.id, desk.folio.id).await?;
    let corrects = corrected(desk).await?;
    let parts = [(InvoiceKind::Invoice, sold), (InvoiceKind::Levy, levies)];
    let mut issued: Option<Issued> = None;
    for (kind, items) in parts.into_iter().filter(|(_, items)| !items.is_empty()) {
        // What an allowance took off levies that are on a document already is for a credit note of that document.
        if kind == InvoiceKind::Levy && issued.is_some() && total(&items) <= 0 {
            continue;
        }
        let with = issued.as_ref().map(|issued| issued.main.id);
        let (one, state) = bill(desk, kind, &items, with, corrects.clone(), &mut paid).await?;
        let event = Event::created(&one).named("invoice.issued");
        match &mut issued {
            Some(issued) => issued.events.push(event),
            None => issued = Some(Issued { main: one, state, events: vec![event] }),
        }
    }
    issued.ok_or_else(|| InvoiceError::NothingToInvoice.into())
}

/// Issues a document of items, which nobody else bills from then on.
async fn bill(
    desk: &Desk<'_>,
    kind: InvoiceKind,
    items: &[Item],
    issued_with_id: Option<InvoiceId>,
    corrects: Option<Corrected>,
    paid: &mut Vec<Unallocated>,
) -> Result<(Invoice, InvoiceState)> {
    let Desk { conn, property, folio, late, cause, .. } = desk;
    let derived = vat::derive(items);
    let mut content = desk.filled(kind, items, &derived);
    if content.total_minor <= 0 {
        return Err(InvoiceError::NotPositive(desk.money(content.total_minor)).into());
    }
    let rounded = folios::round(conn, property, (folio, late), &derived.roundings, cause).await?;
    if kind == InvoiceKind::Invoice {
        content.settles = settled(desk, content.total_minor).await?;
    }
    let settled: i64 = content.settles.iter().map(|other| other.total_minor).sum();
    content.payments = take(paid, content.total_minor - settled);
    content.prepaid_minor = settled + content.payments.iter().map(|paid| paid.amount_minor).sum::<i64>();
    let corrects_id = corrects.as_ref().map(|other| other.invoice_id);
    content.corrects = corrects;
    let advances: Vec<InvoiceId> = content.settles.iter().map(|other| other.invoice_id).collect();
    let amounts: Vec<(Uuid, i64)> = content.payments.iter().map(|paid| (paid.payment_id, paid.amount_minor)).collect();
    let line_ids: Vec<InvoiceLineId> = content.lines.iter().map(|line| line.id).collect();
    let draft = Draft { corrects_id, issued_with_id, ..desk.draft(content) };
    let (invoice, state) = desk.issue(draft).await?;
    let of = (property.id, invoice.id);
    let at = invoice.issued_at;
    let in_lines = items.iter().zip(&line_ids).flat_map(|(item, line)| item.entries.iter().map(|id| (*id, Some(*line))));
    let entries: Vec<EntryRow> =
        in_lines.chain(rounded.into_iter().map(|id| (id, None))).map(|(id, line)| held(of, id, line, at)).collect();
    // Whoever else invoices the folio waits for its lock; the constraint is the last judge.
    let held = repository::hold(conn, &entries).await;
    held.on_constraint("invoice_entries_live", || InvoiceError::NothingToInvoice)?;
    repository::allocate(conn, of, &amounts, at).await?;
    repository::settle(conn, of, &advances, at).await?;
    Ok((invoice, state))
}

/// A row that says that a document holds a line of a folio.
pub fn held(
    (property_id, invoice_id): (Uuid, InvoiceId),
    entry_id: Uuid,
    line_id: Option<InvoiceLineId>,
    at: DateTime<Utc>,
) -> EntryRow {
    EntryRow { property_id, invoice_id, entry_id, line_id, released_by: None, created_at: at, updated_at: at }
}

/// The advance invoices of the folio that an invoice settles: as many as fit into its total, the oldest first.
async fn settled(desk: &Desk<'_>, total_minor: i64) -> Result<Vec<Settled>> {
    let mut left = total_minor;
    let mut settled = Vec::new();
    for advance in repository::open_advances(desk.conn, desk.property.id, desk.folio.id).await? {
        if advance.total_minor > left {
            continue;
        }
        left -= advance.total_minor;
        let Invoice { id, name, issue_date, net_minor, tax_minor, total_minor, .. } = advance;
        settled.push(Settled { invoice_id: id, name: name.unwrap_or_default(), issue_date, net_minor, tax_minor, total_minor });
    }
    Ok(settled)
}

/// Takes as much of what was paid as a document comes to.
fn take(paid: &mut Vec<Unallocated>, total_minor: i64) -> Vec<Paid> {
    let mut left = total_minor;
    let mut taken = Vec::new();
    for payment in paid.iter_mut() {
        let amount_minor = payment.amount_minor.min(left);
        if amount_minor > 0 {
            left -= amount_minor;
            payment.amount_minor -= amount_minor;
            taken.push(told(payment, amount_minor));
        }
    }
    paid.retain(|payment| payment.amount_minor > 0);
    taken
}

fn told(payment: &Unallocated, amount_minor: i64) -> Paid {
    let method =
        payment.method.parse().map_or_else(|_| payment.method.clone(), |method: PaymentMethod| method.title().to_owned());
    Paid { payment_id: payment.payment_id, method, date: payment.date, amount_minor }
}

/// The invoice whose place this one takes, if it takes that of one.
async fn corrected(desk: &Desk<'_>) -> Result<Option<Corrected>> {
    let Some(id) = desk.request.corrects_id else { return Ok(None) };
    let unknown = || Error::invalid("/corrects_id", "is not an invoice of the folio");
    let other = repository::find_in(desk.conn, desk.property.id, id).await?.filter(|other| other.folio_id == desk.folio.id);
    let other = other.ok_or_else(unknown)?;
    let state = repository::lock_state(desk.conn, desk.property.id, id).await?;
    if other.kind != InvoiceKind::Invoice || state.credited_minor != other.total_minor {
        return Err(InvoiceError::NotReplaceable.into());
    }
    let said = content(&other)?;
    Ok(Some(Corrected { invoice_id: id, name: said.name.unwrap_or_default(), issue_date: said.issue_date }))
}

/// An invoice for what is paid in advance: at the rates of what is on the folio, in proportion.
async fn advance(desk: &Desk<'_>, items: &[Item]) -> Result<Issued> {
    let sold: Vec<&Item> = items.iter().filter(|item| item.category != VatCategory::Outside).collect();
    let mut paid = unallocated(desk.conn, desk.property.id, desk.folio.id).await?;
    let advances = repository::open_advances(desk.conn, desk.property.id, desk.folio.id).await?;
    let sold_minor: i64 = sold.iter().map(|item| item.total_minor).sum();
    let left = sold_minor - advances.iter().map(|advance| advance.total_minor).sum::<i64>();
    let most = paid.iter().map(|payment| payment.amount_minor).sum::<i64>().min(left).max(0);
    let amount_minor = match desk.request.amount {
        Some(amount) if amount.currency != desk.folio.currency => {
            return Err(Error::invalid("/amount/currency", format!("must be {}", desk.folio.currency)));
        }
        Some(amount) if amount.minor <= 0 => return Err(Error::invalid("/amount/amount", "must be more than nothing")),
        Some(amount) => amount.minor,
        None => most,
    };
    if amount_minor > most || most == 0 {
        return Err(InvoiceError::AdvanceTooHigh(desk.money(most)).into());
    }
    let parts = in_advance(desk, &sold, amount_minor);
    let mut content = desk.filled(InvoiceKind::Advance, &parts, &vat::derive(&parts));
    content.payments = take(&mut paid, amount_minor);
    content.prepaid_minor = content.payments.iter().map(|paid| paid.amount_minor).sum();
    let amounts: Vec<(Uuid, i64)> = content.payments.iter().map(|paid| (paid.payment_id, paid.amount_minor)).collect();
    let (main, state) = desk.issue(desk.draft(content)).await?;
    repository::allocate(desk.conn, (desk.property.id, main.id), &amounts, main.issued_at).await?;
    Ok(Issued { events: vec![Event::created(&main).named("invoice.issued")], main, state })
}

/// The items of an advance: one for each rate of what is sold.
fn in_advance(desk: &Desk<'_>, sold: &[&Item], amount_minor: i64) -> Vec<Item> {
    let today = desk.property.business_date(desk.cause.at);
    let mut rates: Vec<Item> = Vec::new();
    for item in sold {
        let is_alike = |other: &&mut Item| (other.category, other.rate_ppm) == (item.category, item.rate_ppm);
        match rates.iter_mut().find(is_alike) {
            Some(rate) => rate.total_minor += item.total_minor,
            None => rates.push(Item {
                entries: Vec::new(),
                description: desk.words().advance_for.to_owned(),
                date: today,
                folio_tax_minor: 0,
                tax: None,
                ..(*item).clone()
            }),
        }
    }
    let totals: Vec<i64> = rates.iter().map(|rate| rate.total_minor).collect();
    for (rate, part) in rates.iter_mut().zip(in_proportion(&totals, amount_minor)) {
        rate.total_minor = part;
    }
    rates.retain(|rate| rate.total_minor != 0);
    rates
}

/// A receipt for a payment.
async fn receipt(app: &App, conn: &Conn, staff: &Staff<InvoicesIssue>, request: &CreateInvoice, cause: &Cause) -> Result<Issued> {
    let id = request.payment_id.or_404("payment")?;
    let payment = payments::find(conn, &staff.reach(), id).await?.or_404("payment")?;
    let found = folios::find(conn, &staff.scope, payment.folio_id).await?.or_404("payment")?;
    let property = properties::hold(conn, payment.property_id).await?.or_404("payment")?;
    let ToInvoice { folio, late, .. } = folios::lock_to_invoice(conn, &found, &[]).await?;
    let payment = payments::lock(conn, property.id, id).await?.or_404("payment")?;
    let amount_minor = payment.had_minor();
    if amount_minor <= 0 {
        return Err(InvoiceError::NotPaid.into());
    }
    if let Some(receipt) = repository::receipt_of(conn, property.id, id.into()).await? {
        return Err(InvoiceError::ReceiptExists(receipt.into()).into());
    }
    let settings = known_settings(conn, &property).await?;
    let buyer = parties::buyer(conn, &property, &folio, request.payer.as_ref(), request.language.as_ref()).await?;
    let desk = Desk { app, conn, property, settings, folio, late, buyer, request, cause };
    let paid =
        Paid { payment_id: id.into(), method: payment.method.title().to_owned(), date: payment.business_date, amount_minor };
    let content = Content {
        net_minor: amount_minor,
        total_minor: amount_minor,
        prepaid_minor: amount_minor,
        payments: vec![paid],
        ..desk.empty(InvoiceKind::Receipt)
    };
    let draft = Draft { payment_id: Some(id.into()), ..desk.draft(content) };
    let (main, state) = desk.issue(draft).await?;
    Ok(Issued { events: vec![Event::created(&main).named("invoice.issued")], main, state })
}
