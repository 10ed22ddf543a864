//! Mails to guests about their bookings: that they are confirmed, changed or cancelled.
//!
//! A use case queues a mail in its own transaction; its content is looked up when it is sent. So where several wait,
//! one is sent that tells how things are by then, and none that things have overtaken.
use crate::Result;
use crate::app::App;
use crate::domains::bookings::model::{Booking, LINK_LASTS, MailKind, Owner, Stay};
use crate::domains::bookings::repository;
use crate::domains::catalogue::{Catalogue, Catalogues};
use crate::domains::content::{InMail, Information};
use crate::domains::extras::Offered;
use crate::domains::folios::{self, FolioEntry, FolioKind};
use crate::domains::properties::Property;
use crate::domains::stays::{Action, Status};
use crate::error::Error;
use crate::ical::{self, Details, Entry};
use crate::language::Language;
use crate::mail::{self, Attachment, Letter, Link, Mail, Queued, Waiting, one_line};
use crate::money::Money;
use crate::security::GuestLink;
use crate::stamps;
use crate::stores::postgres::Conn;
use crate::texts::{Locale, Reading};
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use diesel::QueryResult;
use diesel_async::AsyncConnection;
use futures_util::try_join;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use uuid::Uuid;

/// Returns the kind of mail about a sale. A hold is nobody's booking yet.
pub(super) fn of_sale(status: Status) -> Option<MailKind> {
    (status != Status::Held).then_some(MailKind::Confirmed)
}

/// Returns the kind of mail about stays that move. `before` and `after` are the booking's. Guests with a hold have been
/// told nothing, and guests who do not come, come or leave, know.
pub(super) fn of_action(action: Action, before: Status, after: Status) -> Option<MailKind> {
    match action {
        Action::Confirm => Some(MailKind::Confirmed),
        Action::Reinstate if matches!(before, Status::Cancelled | Status::NoShow) => Some(MailKind::Confirmed),
        Action::Cancel if before == Status::Held => None,
        Action::Cancel if after == Status::Cancelled => Some(MailKind::Cancelled),
        Action::Cancel | Action::Reinstate => Some(MailKind::Changed),
        _ => None,
    }
}

pub(super) fn of_amendment(status: Status) -> Option<MailKind> {
    (status != Status::Held).then_some(MailKind::Changed)
}

/// Returns the kind of mail about a change of contact. A new address has been told nothing yet.
pub(super) fn of_update(before: &Booking, after: &Booking) -> Option<MailKind> {
    match after.status {
        Status::Confirmed | Status::CheckedIn if before.contact_email != after.contact_email => Some(MailKind::Confirmed),
        Status::Confirmed | Status::CheckedIn if before.contact_name != after.contact_name => Some(MailKind::Changed),
        _ => None,
    }
}

/// Returns the kind of mail to the old address, if the contact has another one: whoever proved that the old one is theirs is
/// told, since somebody else may have their link.
pub(super) fn to_old_address(before: &Booking, after: &Booking) -> Option<MailKind> {
    let is_another = before.contact_proved_at.is_some() && before.contact_email != after.contact_email;
    is_another.then_some(MailKind::AddressChanged)
}

/// Queues a mail about a booking (property, id), if there is something to tell and an address. Ring `app.mailer.wake()` after
/// the commit.
pub(super) async fn queue(conn: &Conn, kind: Option<MailKind>, booking: (Uuid, Uuid), address: Option<&str>) -> QueryResult<()> {
    match kind.zip(address) {
        Some((kind, address)) => mail::enqueue(conn, &[Mail::of_booking(kind.as_str(), booking.0, booking.1, address)]).await,
        None => Ok(()),
    }
}

/// Letters of queued mails, in their order. None: another one tells it, or there is nothing to tell any more.
pub async fn prepare_mails(app: &App, mails: &[Queued]) -> Result<Vec<Option<Letter>>> {
    let bookings: Vec<(Uuid, Uuid)> = mails.iter().filter_map(|mail| mail.property_id.zip(mail.booking_id)).collect();
    let mut conn = app.db.conn().await?;
    let kinds = conn.transaction(async |conn| what_they_tell(conn, mails, &bookings).await).await?;
    let mut known = Known::read(app, &conn, &bookings).await?;
    drop(conn);
    known.information.read_texts(app).await?;
    let letter = |mail: &Queued| match (kinds.get(&mail.id), mail.booking_id) {
        (Some(kind), Some(booking_id)) => known.letter(app, *kind, booking_id, &mail.address),
        _ => Ok(None),
    };
    let mut letters: Vec<Option<Letter>> = mails.iter().map(letter).collect::<Result<_>>()?;
    let looked_up = |mail: &Queued| mail.kind == MailKind::LookUp.as_str();
    for (mail, letter) in mails.iter().zip(&mut letters).filter(|(mail, _)| looked_up(mail)) {
        *letter = look_up(app, mail).await?;
    }
    Ok(letters)
}

/// The kind of letter that each mail has become, by its id. Of the mails about a booking that wait the last one is written, and
/// tells what those before it were to tell; those are in it no more.
async fn what_they_tell(conn: &Conn, mails: &[Queued], bookings: &[(Uuid, Uuid)]) -> Result<HashMap<Uuid, MailKind>, Error> {
    let waiting = mail::lock_waiting(conn, bookings).await?;
    let mut to_same: BTreeMap<(Option<Uuid>, &str), Vec<&Waiting>> = BTreeMap::new();
    for one in &waiting {
        to_same.entry((one.booking_id, &one.address)).or_default().push(one);
    }
    let claimed: HashSet<Uuid> = mails.iter().map(|mail| mail.id).collect();
    let mut kinds = HashMap::new();
    for same in to_same.values() {
        let mut earlier: Option<MailKind> = None;
        for (place, one) in same.iter().enumerate() {
            let own = kind_of(&one.kind)?;
            let kind = earlier.take().map_or(own, |earlier| together(earlier, own));
            match same.get(place + 1) {
                Some(later) if claimed.contains(&one.id) => {
                    mail::fold(conn, one.id, later.id, together(kind, kind_of(&later.kind)?).as_str()).await?;
                    earlier = Some(kind);
                }
                _ => {
                    kinds.insert(one.id, kind);
                }
            }
        }
    }
    Ok(kinds)
}

/// The letter to whoever looked a booking up, by its reference and an address. None: there is no such booking, or an account
/// has it.
async fn look_up(app: &App, mail: &Queued) -> Result<Option<Letter>> {
    let reference = mail.params["reference"].as_str().unwrap_or_default();
    let conn = app.db.conn().await?;
    let found = repository::find_by_address(&conn, reference, &mail.address).await?;
    let Some(booking) = found.filter(|booking| booking.guest_at(app.clock.now()).is_some()) else { return Ok(None) };
    Known::read(app, &conn, &[(booking.property_id, booking.id)]).await?.letter(app, MailKind::Access, booking.id, &mail.address)
}

/// All that is known of the bookings that a batch of mails is about.
struct Known {
    /// By id.
    bookings: HashMap<Uuid, Booking>,
    /// By booking, in their order.
    stays: HashMap<Uuid, Vec<Stay>>,
    /// By booking, as they were written.
    folios: HashMap<Uuid, Vec<FolioEntry>>,
    /// By user.
    owners: HashMap<Uuid, Owner>,
    /// By property.
    catalogues: HashMap<Uuid, Arc<Catalogue>>,
    /// What the hotels tell their guests.
    information: Information,
}

impl Known {
    async fn read(app: &App, conn: &Conn, bookings: &[(Uuid, Uuid)]) -> Result<Self> {
        let found = repository::find_all(conn, bookings).await?;
        let all: Vec<&Booking> = found.iter().collect();
        let users: Vec<Uuid> = found.iter().filter_map(|booking| booking.user_id).collect();
        let properties: Vec<Uuid> =
            found.iter().map(|booking| booking.property_id).collect::<BTreeSet<_>>().into_iter().collect();
        let (all_stays, entries, owners, versions, information) = try_join!(
            repository::stays_of(conn, &all),
            folios::entries_of(conn, bookings),
            repository::owners(conn, &users),
            stamps::versions(conn, &properties),
            Information::find(conn, &properties),
        )?;
        let catalogues = Catalogues::of(app).get_all(conn, &versions).await?;
        let mut folios: HashMap<Uuid, Vec<FolioEntry>> = HashMap::new();
        for entry in entries {
            // A letter is about what was booked, and not about what guests have at the bar.
            if let Some(booking_id) = entry.booking_id.filter(|_| entry.is_of_price()) {
                folios.entry(booking_id).or_default().push(entry);
            }
        }
        let mut stays: HashMap<Uuid, Vec<Stay>> = HashMap::new();
        for stay in all_stays {
            stays.entry(stay.booking_id).or_default().push(stay);
        }
        Ok(Self {
            bookings: found.into_iter().map(|booking| (booking.id, booking)).collect(),
            stays,
            folios,
            owners: owners.into_iter().map(|owner| (owner.id, owner)).collect(),
            catalogues: catalogues.into_iter().map(|catalogue| (catalogue.property.id, catalogue)).collect(),
            information,
        })
    }

    fn letter(&self, app: &App, kind: MailKind, booking_id: Uuid, address: &str) -> Result<Option<Letter>> {
        let Some(booking) = self.bookings.get(&booking_id) else { return Ok(None) };
        let is_to_contact = Some(address) == booking.contact_email.as_deref();
        if is_to_contact == (kind == MailKind::AddressChanged) || !still_makes_sense(kind, booking.status) {
            return Ok(None);
        }
        if kind == MailKind::Access && booking.guest().is_none() {
            return Ok(None);
        }
        let Some(catalogue) = self.catalogues.get(&booking.property_id) else { return Ok(None) };
        let owner = booking.user_id.and_then(|id| self.owners.get(&id));
        let language = language(booking, owner, &catalogue.property);
        let about = About { booking, catalogue, information: &self.information, language };
        let stays = self.stays.get(&booking_id).map(Vec::as_slice).unwrap_or_default();
        let folio = self.folios.get(&booking_id).map(Vec::as_slice).unwrap_or_default();
        about.letter(app, kind, stays, folio, owner).map(Some)
    }
}

fn kind_of(text: &str) -> Result<MailKind> {
    text.parse().map_err(|error: String| Error::internal(error))
}

/// Merges the kinds of two mails: confirmed and then changed is confirmed, a link besides is in any; else the later one.
fn together(earlier: MailKind, later: MailKind) -> MailKind {
    match (earlier, later) {
        // Every mail to a guest without an account has the link.
        (_, MailKind::Access) | (MailKind::Confirmed, MailKind::Changed) => earlier,
        _ => later,
    }
}

fn still_makes_sense(kind: MailKind, status: Status) -> bool {
    match kind {
        MailKind::Confirmed => matches!(status, Status::Confirmed | Status::CheckedIn),
        MailKind::Cancelled => status == Status::Cancelled,
        MailKind::Access | MailKind::LookUp | MailKind::AddressChanged => true,
        _ => !matches!(status, Status::Held | Status::Expired | Status::Cancelled),
    }
}

fn language(booking: &Booking, owner: Option<&Owner>, property: &Property) -> Language {
    let wanted = booking.locale.iter().chain(owner.map(|owner| &owner.locale)).chain([&property.default_locale]);
    Language::first_of(wanted)
}

/// Returns `true` if names may be used: whoever has yet to prove an address could write anything into another person's
/// mail.
fn are_names_known(booking: &Booking, owner: Option<&Owner>) -> bool {
    let is_by_staff = booking.created_by_key.is_some() || booking.created_by.is_some_and(|by| Some(by) != booking.user_id);
    is_by_staff
        || booking.contact_proved_at.is_some()
        || owner.is_some_and(|owner| owner.email_verified_at.is_some() && Some(&owner.email) == booking.contact_email.as_ref())
}

/// The link by which a guest without an account reaches a booking.
fn link(app: &App, guest: &GuestLink) -> Result<Link> {
    Ok(Link { page: "booking", token: app.security.guest_link(guest)?, lifetime: LINK_LASTS })
}

/// Parameters of the texts.
#[derive(Serialize)]
struct Params {
    /// Time at the hotel until which rooms are held for a guest who has yet to prove the address.
    held_until: Option<String>,
    hotel: Hotel,
    reference: String,
    check_in: String,
    check_out: String,
    check_in_time: String,
    check_out_time: String,
    nights: i64,
    stays: Vec<StayParams>,
    /// Price of the rooms, without taxes and fees.
    rooms: String,
    /// Taxes, one line each.
    lines: Vec<Line>,
    /// Fee, if there is one.
    fee: Option<String>,
    total: String,
    /// What the hotel tells its guests, as the editors wrote it.
    information: Option<InMail>,
}

#[derive(Serialize)]
struct Hotel {
    name: String,
    address: String,
    phone: Option<String>,
    email: Option<String>,
}

#[derive(Serialize)]
struct StayParams {
    room_type: String,
    guest_name: Option<String>,
    adults: i32,
    children: usize,
    /// Ages of the children.
    ages: String,
    /// Check-in, if it differs from that of the booking.
    check_in: Option<String>,
    check_out: Option<String>,
    total: String,
    /// Cancellation terms of stays to come.
    terms: Option<String>,
    is_cancelled: bool,
}

#[derive(Serialize)]
struct Line {
    name: String,
    amount: String,
}

/// Subject of a mail, and its language.
struct About<'a> {
    booking: &'a Booking,
    catalogue: &'a Catalogue,
    information: &'a Information,
    language: Language,
}

impl About<'_> {
    fn letter(&self, app: &App, kind: MailKind, stays: &[Stay], folio: &[FolioEntry], owner: Option<&Owner>) -> Result<Letter> {
        let booking = self.booking;
        let names_known = are_names_known(booking, owner);
        let params = self.params(stays, folio, names_known);
        let organizer = params.hotel.email.clone().unwrap_or_else(|| app.mailer.sender());
        let content = self.calendar(&params, stays, folio, &app.config.host(), &organizer).into_bytes();
        let filename = format!("{}.ics", booking.reference);
        // A hold, or what is looked up, is not for the calendar. An address that is the contact's no more is told nothing else.
        let is_of_contact = kind != MailKind::AddressChanged;
        let has_calendar = is_of_contact && kind != MailKind::Access;
        Ok(Letter {
            kind: kind.as_str(),
            locale: self.language.code().into(),
            name: (is_of_contact && names_known).then(|| booking.contact_name.clone()),
            link: booking.guest().filter(|_| is_of_contact).map(|guest| link(app, &guest)).transpose()?,
            params: serde_json::to_value(params).map_err(Error::internal)?,
            attachment: has_calendar.then_some(Attachment { filename, content_type: ical::PUBLICATION_TYPE, content }),
        })
    }

    fn params(&self, stays: &[Stay], folio: &[FolioEntry], names_known: bool) -> Params {
        let (booking, property) = (self.booking, &self.catalogue.property);
        let open = folios::open(folio);
        let sum = |kind| open.iter().filter(|line| line.kind == kind).map(|line| line.amount_minor).sum::<i64>();
        let mut taxes: BTreeMap<String, i64> = BTreeMap::new();
        for tax in open.iter().filter(|line| line.kind == FolioKind::Tax) {
            *taxes.entry(self.tax(tax)).or_default() += tax.amount_minor;
        }
        let mut discounts: BTreeMap<String, i64> = BTreeMap::new();
        for discount in open.iter().filter(|line| line.kind == FolioKind::Discount) {
            *discounts.entry(discount.description.clone()).or_default() += discount.amount_minor;
        }
        let mut extras: BTreeMap<String, i64> = BTreeMap::new();
        for extra in open.iter().filter(|line| line.kind == FolioKind::Extra) {
            *extras.entry(self.extra(extra)).or_default() += extra.amount_minor;
        }
        let fee = sum(FolioKind::Fee);
        let line = |(name, minor): (String, i64)| Line { name: one_line(&name), amount: self.money(minor) };
        Params {
            held_until: booking.hold_expires_at.filter(|_| booking.awaits_proof).map(|until| self.time_of(until)),
            hotel: self.hotel(),
            reference: booking.reference.clone(),
            check_in: self.language.date(booking.check_in),
            check_out: self.language.date(booking.check_out),
            check_in_time: time(property.check_in_time),
            check_out_time: time(property.check_out_time),
            nights: booking.nights().count(),
            stays: stays.iter().map(|stay| self.stay(stay, folio, names_known)).collect(),
            rooms: self.money(sum(FolioKind::Room)),
            lines: discounts.into_iter().chain(extras).chain(taxes).map(line).collect(),
            fee: (fee != 0).then(|| self.money(fee)),
            total: self.money(folio.iter().map(|line| line.amount_minor).sum()),
            information: self.information.of(property, &self.locales()),
        }
    }

    /// An instant as a clock at the hotel shows it.
    fn time_of(&self, instant: DateTime<Utc>) -> String {
        let local = self.catalogue.property.local_time(instant);
        format!("{}, {}", self.language.date(local.date()), time(local.time()))
    }

    fn hotel(&self) -> Hotel {
        let property = &self.catalogue.property;
        let town = format!("{} {}", property.postal_code, property.city);
        let parts = [property.street.as_str(), town.trim(), property.country.as_str()];
        let parts: Vec<String> = parts.into_iter().map(one_line).filter(|part| !part.is_empty()).collect();
        let (mut name, mut description) = (property.name.clone(), String::new());
        property.texts().localise(&self.locales(), property.default_locale.clone(), &mut name, &mut description);
        Hotel { name: one_line(&name), address: parts.join(", "), phone: property.phone.clone(), email: property.email.clone() }
    }

    fn stay(&self, stay: &Stay, folio: &[FolioEntry], names_known: bool) -> StayParams {
        let booking = self.booking;
        let other = |own: NaiveDate, whole: NaiveDate| (own != whole).then(|| self.language.date(own));
        let ages: Vec<String> = stay.children_ages.iter().flatten().map(ToString::to_string).collect();
        let is_to_come = matches!(stay.status, Status::Held | Status::Confirmed);
        let terms = stay.cancellation_terms.as_ref().filter(|_| is_to_come);
        StayParams {
            room_type: self.room_type(stay, folio),
            guest_name: stay.guest_name.as_deref().filter(|_| names_known).map(one_line),
            adults: stay.adults,
            children: stay.children_ages.len(),
            ages: ages.join(", "),
            check_in: other(stay.check_in, booking.check_in),
            check_out: other(stay.departure(), booking.check_out),
            total: self.money(stay.total_minor),
            terms: terms.map(|terms| terms.0.text_in(self.language, booking.currency)),
            is_cancelled: matches!(stay.status, Status::Cancelled | Status::Expired),
        }
    }

    /// A tax as it is called; one that is gone or is called otherwise by now, as it was.
    fn tax(&self, line: &FolioEntry) -> String {
        let Catalogue { property, rates, .. } = self.catalogue;
        match line.tax_rule_id.filter(|id| rates.tax_name(*id) == line.description) {
            Some(id) => rates.tax_name_for(id, &Reading::new(self.locales()), &property.default_locale),
            None => line.description.clone(),
        }
    }

    /// An extra as it is called; one that is gone or is called otherwise by now, as it was.
    fn extra(&self, line: &FolioEntry) -> String {
        let Catalogue { property, extras, .. } = self.catalogue;
        let offered = extras.iter().find(|offered| Some(offered.extra.id) == line.extra_id);
        match offered.filter(|offered| offered.extra.name == line.description) {
            Some(Offered { extra, .. }) => Reading::new(self.locales()).name(&extra.name, &extra.texts, &property.default_locale),
            None => line.description.clone(),
        }
    }

    /// The type that was sold, as it is called; one that is gone, as it was.
    fn room_type(&self, stay: &Stay, folio: &[FolioEntry]) -> String {
        let sold_as = || folio.iter().find(|line| line.stay_id == Some(stay.id) && line.kind == FolioKind::Room);
        let name = match self.catalogue.room_type(stay.booked_room_type_id) {
            Some(kind) => {
                let (mut name, mut description) = (kind.name.clone(), String::new());
                let base = self.catalogue.property.default_locale.clone();
                kind.texts().localise(&self.locales(), base, &mut name, &mut description);
                name
            }
            None => sold_as().map(|line| line.description.clone()).unwrap_or_default(),
        };
        one_line(&name)
    }

    /// An event for each stay, which takes the place of what was sent of it before.
    fn calendar(&self, params: &Params, stays: &[Stay], folio: &[FolioEntry], host: &str, organizer: &str) -> String {
        let hotel = &params.hotel;
        let contact = [Some(&params.reference), hotel.phone.as_ref(), hotel.email.as_ref()];
        let description = contact.into_iter().flatten().cloned().collect::<Vec<_>>().join("\n");
        let details = Details { description: &description, location: &hotel.address, organizer };
        let entry = |stay: &Stay| Entry {
            uid: ical::uid(stay.id, host),
            sequence: self.booking.version - 1,
            changed_at: self.booking.updated_at,
            from: stay.check_in,
            // An entry of a calendar has a day at least.
            to: stay.check_out.max(stay.nights().first().to),
            is_cancelled: matches!(stay.status, Status::Cancelled | Status::Expired | Status::NoShow),
            summary: format!("{}: {}", hotel.name, self.room_type(stay, folio)),
            details: Some(details),
        };
        ical::publication(&stays.iter().map(entry).collect::<Vec<_>>())
    }

    fn locales(&self) -> Vec<Locale> {
        let own = self.booking.locale.iter().filter(|locale| Language::of(locale) == Some(self.language)).cloned();
        own.chain([self.language.locale()]).collect()
    }

    fn money(&self, minor: i64) -> String {
        self.language.money(Money::new(minor, self.booking.currency))
    }
}

fn time(time: NaiveTime) -> String {
    time.format("%H:%M").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guests_are_told_what_they_would_want_to_know() {
        use Status::{Cancelled, CheckedIn, Confirmed, Expired, Held, NoShow};
        for (action, before, after, kind) in [
            (Action::Confirm, Held, Confirmed, Some(MailKind::Confirmed)),
            (Action::Confirm, Expired, Confirmed, Some(MailKind::Confirmed)),
            (Action::Cancel, Held, Cancelled, None),
            (Action::Cancel, Confirmed, Cancelled, Some(MailKind::Cancelled)),
            (Action::Cancel, Confirmed, Confirmed, Some(MailKind::Changed)),
            (Action::Cancel, CheckedIn, CheckedIn, Some(MailKind::Changed)),
            (Action::Reinstate, Cancelled, Confirmed, Some(MailKind::Confirmed)),
            (Action::Reinstate, NoShow, Confirmed, Some(MailKind::Confirmed)),
            (Action::Reinstate, Confirmed, Confirmed, Some(MailKind::Changed)),
            (Action::Expire, Held, Expired, None),
            (Action::NoShow, Confirmed, NoShow, None),
            (Action::CheckIn, Confirmed, CheckedIn, None),
        ] {
            assert_eq!(of_action(action, before, after), kind, "{action}: {before} to {after}");
        }
        assert_eq!((of_sale(Held), of_sale(CheckedIn)), (None, Some(MailKind::Confirmed)));
    }

    #[test]
    fn one_mail_tells_what_several_would_have() {
        for (earlier, later, one) in [
            (MailKind::Confirmed, MailKind::Changed, MailKind::Confirmed),
            (MailKind::Confirmed, MailKind::Cancelled, MailKind::Cancelled),
            (MailKind::Changed, MailKind::Changed, MailKind::Changed),
            (MailKind::Cancelled, MailKind::Confirmed, MailKind::Confirmed),
        ] {
            assert_eq!(together(earlier, later), one);
        }
    }
}
