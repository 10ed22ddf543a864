//! Orders: the rooms asked for, and the permissions to ask for them.
use crate::app::App;
use crate::contact::Contact;
use crate::domains::bookings::dto::Viewer;
use crate::domains::bookings::model::Guest;
use crate::domains::bookings::model::commands::{Sell, SellRoom};
use crate::domains::bookings::rules;
use crate::domains::bookings::rules::quote::Quote;
use crate::domains::bookings::rules::selling::{DIRECT, Wish};
use crate::domains::bookings::service::also::Also;
use crate::domains::bookings::service::group::GroupTerms;
use crate::domains::bookings::service::guests::{check_born, check_unmasked};
use crate::domains::groups;
use crate::domains::guests::Person;
use crate::domains::inventory::{Counts, Nights};
use crate::domains::offers::{self, Buyer, GivenCode};
use crate::domains::properties::Property;
use crate::domains::rates::engine::Party;
use crate::domains::stays::Status;
use crate::error::{FieldError, Or404, Place};
use crate::guesses::Guesser;
use crate::outbox::Cause;
use crate::security::OwnOr;
use crate::security::permission::{BookingsOverride, BookingsPrice, BookingsWrite, StaysCheckIn};
use crate::{Error, Result};
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;
use uuid::Uuid;

/// A sale with what is known of it before the transaction.
pub struct Order<'a> {
    pub sell: &'a Sell,
    pub channel: &'a str,
    /// The rooms asked for, in their order.
    pub wishes: Vec<Wish<'a>>,
    /// Quote of the rooms.
    pub quote: Option<Quote>,
    /// The group whose rooms are taken first.
    pub group: Option<GroupTerms>,
    /// Code of an offer that was given.
    pub code: Option<GivenCode>,
    pub types: Vec<Uuid>,
    /// Rooms asked for, per type.
    pub wanted: BTreeMap<Uuid, i32>,
    pub guest_user_id: Option<Uuid>,
    pub viewer: Viewer,
    /// `true` for somebody without an account: the rooms are held until they have proved their address.
    pub is_by_visitor: bool,
    /// The status that its stays begin with.
    pub status: Status,
    pub ending: Ending<'a>,
    pub cause: Cause,
}

/// Ending of an attempt that found rooms.
#[derive(Clone, Copy)]
pub enum Ending<'a> {
    Sell,
    /// Sale with a further write, which can keep it from being made.
    With(&'a Also),
    /// Rollback, since the possibility alone was asked for.
    Rehearse,
}

impl<'a> Order<'a> {
    /// Makes an order by the rules for guests, at the listed price.
    pub fn of_guest(sell: &'a Sell, cause: Cause) -> Result<Self> {
        rules::check_order(sell.nights).map_err(Error::invalid_fields)?;
        let mut wanted = BTreeMap::new();
        for room in &sell.rooms {
            *wanted.entry(room.room_type_id).or_insert(0) += 1;
        }
        Ok(Self {
            sell,
            channel: sell.channel.as_deref().unwrap_or(DIRECT),
            wishes: sell.rooms.iter().map(wish).collect(),
            quote: None,
            group: None,
            code: None,
            types: wanted.keys().copied().collect(),
            wanted,
            guest_user_id: sell.guest_user_id,
            viewer: Viewer::Guest,
            is_by_visitor: false,
            status: if sell.hold_minutes.is_some() { Status::Held } else { Status::Confirmed },
            ending: Ending::Sell,
            cause,
        })
    }

    /// Makes an order of a caller. Staff book for others; guests for themselves, at the listed price.
    pub async fn of_caller(app: &App, who: &OwnOr<BookingsWrite>, sell: &'a Sell) -> Result<Self> {
        let now = app.clock.now();
        let order = Self::of_guest(sell, who.caller.cause(now))?;
        let is_staff = who.reach.scope.covers(sell.property_id);
        check_day_use(sell, is_staff)?;
        let guesser = Guesser::Caller(who.caller.id());
        let group = find_group(app, guesser, sell).await?;
        let code = find_code(app, guesser, sell).await?;
        let guest_user_id = guest_user_id(who, sell, is_staff)?;
        check_contact(sell, is_staff)?;
        check_origin(sell, is_staff)?;
        check_desk_notes(sell, is_staff)?;
        check_prices(who, sell, is_staff)?;
        check_guests(who, sell, is_staff, now)?;
        check_override(who, sell, is_staff)?;
        check_named_rooms(sell, is_staff)?;
        check_profiles(sell, is_staff)?;
        let quote = sell.quote.as_deref().map(|token| Quote::from_token(token, &app.security.data_key)).transpose()?;
        let viewer = if is_staff { Viewer::Staff } else { Viewer::Guest };
        let order = Order { guest_user_id, viewer, code, ..order.of_group(group) };
        order.with_quote(quote)
    }

    /// Makes an order of somebody without an account, by the rules for guests.
    pub async fn of_visitor(app: &App, guesser: Guesser, sell: &'a Sell, cause: Cause) -> Result<Self> {
        let order = Self::of_guest(sell, cause)?;
        sell.contact.needed_email()?;
        let group = find_group(app, guesser, sell).await?;
        let code = find_code(app, guesser, sell).await?;
        let quote = sell.quote.as_deref().map(|token| Quote::from_token(token, &app.security.data_key)).transpose()?;
        Order { is_by_visitor: true, code, ..order.of_group(group) }.with_quote(quote)
    }

    /// Adds a group's terms: a room that names no plan is sold in the group's.
    fn of_group(self, group: Option<GroupTerms>) -> Self {
        let Some(terms) = &group else { return self };
        let wishes = self.wishes.iter().map(|wish| Wish { rate_plan_id: terms.plan(wish.rate_plan_id), ..*wish }).collect();
        Self { wishes, group, ..self }
    }

    fn with_quote(self, quote: Option<Quote>) -> Result<Self> {
        if let Some(quote) = &quote {
            let mut differences = quote.differences(self.sell.property_id, self.sell.nights, self.channel, &self.wishes);
            // Without a code, the quoted one is meant.
            let is_other =
                |code: &String| offers::rules::codes::key(code) != quote.code.as_deref().and_then(offers::rules::codes::key);
            if self.sell.code.as_ref().is_some_and(is_other) {
                differences.push(FieldError::body("/code", "is not what the quote is for"));
            }
            if !differences.is_empty() {
                return Err(Error::invalid_fields(differences));
            }
        }
        Ok(Self { quote, ..self })
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.cause.at
    }

    /// Who books, as offers ask. `without` are those of which nothing is left.
    pub fn buyer<'b>(&'b self, property: &Property, without: &'b [Uuid]) -> Buyer<'b> {
        Buyer {
            local_date: property.local_time(self.now()).date(),
            today: property.business_date(self.now()),
            channel: self.channel,
            is_member: self.guest_user_id.is_some(),
            code: self.code.as_ref(),
            without,
        }
    }

    /// Who books, as offers count it. `guest_id` is the profile of the contact, where it is known.
    pub fn person(&self, guest_id: Option<Uuid>) -> offers::Person<'_> {
        let Contact { email, phone, .. } = &self.sell.contact;
        offers::Person { user_id: self.guest_user_id, email: email.as_deref(), phone: phone.as_deref(), guest_id }
    }

    /// The code that is good for one booking with which the rooms were quoted.
    pub fn quoted_code(&self) -> Option<Uuid> {
        let sold = self.quote.as_ref()?.sold();
        let codes = sold.iter().flat_map(|sold| sold.offers.iter().filter_map(|offer| offer.code.as_ref()));
        codes.filter(|code| code.is_single_use).map(|code| code.id).next()
    }

    pub fn is_by_staff(&self) -> bool {
        self.viewer == Viewer::Staff
    }

    /// Returns `true` if the guests are at the desk.
    pub fn is_walk_in(&self) -> bool {
        self.status == Status::CheckedIn
    }

    /// Everybody whom the order names: the contact, then who stays, then who is registered, each in the order of the rooms.
    pub fn people(&self) -> Vec<Person<'_>> {
        let Sell { contact, guest_id, locale, rooms, .. } = self.sell;
        let contact =
            Person { id: *guest_id, locale: locale.as_ref(), user_id: self.guest_user_id, ..Person::of_contact(contact) };
        let named = rooms.iter().filter_map(|room| room.guest_name.as_deref()).map(Person::named);
        let registered = rooms.iter().flat_map(|room| &room.guests).map(Guest::person);
        [contact].into_iter().chain(named).chain(registered).collect()
    }

    /// The rooms asked for, night by night.
    pub fn counts(&self) -> Counts {
        let of_type = |(kind, rooms): (&Uuid, &i32)| {
            let (kind, rooms) = (*kind, *rooms);
            self.sell.nights.iter().map(move |night| ((night, kind), rooms))
        };
        self.wanted.iter().flat_map(of_type).collect()
    }
}

fn wish(room: &SellRoom) -> Wish<'_> {
    Wish {
        room_type_id: room.room_type_id,
        rate_plan_id: room.rate_plan_id,
        party: Party { adults: room.adults, children_ages: &room.children_ages },
        nightly_price: room.nightly_price,
        extras: &room.extras,
    }
}

async fn find_group(app: &App, guesser: Guesser, sell: &Sell) -> Result<Option<GroupTerms>> {
    let Some(code) = &sell.group_code else { return Ok(None) };
    if sell.quote.is_some() {
        return Err(Error::invalid("/quote", "is not for rooms of a group, which have rates of their own"));
    }
    let group = groups::by_code(app, guesser, sell.property_id, code).await?;
    let group = group.ok_or_else(|| Error::invalid("/group_code", "is not the code of a group of the hotel"))?;
    let conn = app.db.conn().await?;
    Ok(Some(GroupTerms::of(&conn, group).await?))
}

/// The code of an offer, where there is no quote: that has its own.
async fn find_code(app: &App, guesser: Guesser, sell: &Sell) -> Result<Option<GivenCode>> {
    let Some(code) = sell.code.as_ref().filter(|_| sell.quote.is_none()) else { return Ok(None) };
    if sell.group_code.is_some() {
        return Err(Error::invalid("/code", "is not for rooms of a group, which have rates of their own"));
    }
    if let Some(line) = sell.rooms.iter().position(|room| room.nightly_price.is_some()) {
        return Err(Error::invalid(format!("/rooms/{line}/nightly_price"), "is the price: it is not set beside a code"));
    }
    Ok(Some(offers::given_to(app, guesser, sell.property_id, code, Place::Body).await?))
}

fn guest_user_id(who: &OwnOr<BookingsWrite>, sell: &Sell, is_staff: bool) -> Result<Option<Uuid>> {
    match sell.guest_user_id {
        Some(id) if !is_staff && who.caller.user_id() != Some(id) => {
            Err(Error::invalid("/guest_user_id", "only staff of the hotel can book for somebody else"))
        }
        Some(id) => Ok(Some(id)),
        None if is_staff => Ok(None),
        // A link to a booking is no account to book by, whatever the hotel.
        None if who.reach.guest.is_some() => who.caller.require::<BookingsWrite>(sell.property_id).map(|()| None),
        None => Ok(Some(who.caller.user_id().or_404("property")?)),
    }
}

fn check_contact(sell: &Sell, is_staff: bool) -> Result<()> {
    if is_staff { Ok(()) } else { sell.contact.needed_email().map(drop) }
}

fn check_origin(sell: &Sell, is_staff: bool) -> Result<()> {
    if !is_staff && (sell.channel.is_some() || sell.external_reference.is_some()) {
        let pointer = if sell.channel.is_some() { "/channel" } else { "/external_reference" };
        return Err(Error::invalid(pointer, "is for staff of the hotel"));
    }
    if sell.external_reference.is_some() && sell.channel.is_none() {
        return Err(Error::invalid("/channel", "is needed with an external_reference"));
    }
    Ok(())
}

/// Checks what is sold by day: one room, by staff, at a price of its own.
fn check_day_use(sell: &Sell, is_staff: bool) -> Result<()> {
    if !sell.is_day_use {
        return Ok(());
    }
    if !is_staff {
        let day = sell.nights.from;
        return Err(Error::invalid("/check_out", rules::order_of(Nights::new(day, day))));
    }
    let other_prices = "is not for day use, which has a price of its own";
    let wrong = [
        (sell.rooms.len() != 1, "/rooms", "a booking of day use has one room"),
        (sell.hold_minutes.is_some(), "/hold_minutes", "is not for day use, which is confirmed at once"),
        (sell.quote.is_some(), "/quote", other_prices),
        (sell.group_code.is_some(), "/group_code", other_prices),
        (sell.code.is_some(), "/code", other_prices),
    ];
    let errors: Vec<FieldError> = wrong
        .into_iter()
        .filter(|(is_wrong, ..)| *is_wrong)
        .map(|(_, pointer, detail)| FieldError::body(pointer, detail))
        .collect();
    if errors.is_empty() { Ok(()) } else { Err(Error::invalid_fields(errors)) }
}

fn check_desk_notes(sell: &Sell, is_staff: bool) -> Result<()> {
    if !is_staff && (sell.notes.is_some() || !sell.tags.is_empty()) {
        let pointer = if sell.notes.is_some() { "/notes" } else { "/tags" };
        return Err(Error::invalid(pointer, "is for staff of the hotel"));
    }
    Ok(())
}

fn check_prices(who: &OwnOr<BookingsWrite>, sell: &Sell, is_staff: bool) -> Result<()> {
    let Some(line) = sell.rooms.iter().position(|room| room.nightly_price.is_some()) else { return Ok(()) };
    who.caller.require::<BookingsPrice>(sell.property_id)?;
    if !is_staff {
        return Err(Error::invalid(format!("/rooms/{line}/nightly_price"), "only staff of the hotel can set a price"));
    }
    Ok(())
}

fn check_guests(who: &OwnOr<BookingsWrite>, sell: &Sell, is_staff: bool, now: DateTime<Utc>) -> Result<()> {
    if let Some(line) = sell.rooms.iter().position(|room| !room.guests.is_empty()) {
        if !is_staff {
            return Err(Error::invalid(format!("/rooms/{line}/guests"), "is for staff of the hotel"));
        }
        who.caller.require::<StaysCheckIn>(sell.property_id)?;
    }
    for (line, room) in sell.rooms.iter().enumerate() {
        let wrong = |place| Error::invalid(format!("/rooms/{line}/guests/{place}/birth_date"), "is not past");
        check_born(&room.guests, now).map_err(wrong)?;
        let hidden = |place| Error::invalid(format!("/rooms/{line}/guests/{place}/document/number"), "is masked");
        check_unmasked(&room.guests).map_err(hidden)?;
    }
    Ok(())
}

fn check_override(who: &OwnOr<BookingsWrite>, sell: &Sell, is_staff: bool) -> Result<()> {
    if sell.ignore_restrictions {
        who.caller.require::<BookingsOverride>(sell.property_id)?;
        if !is_staff {
            return Err(Error::invalid("/ignore_restrictions", "only staff of the hotel can sell despite restrictions"));
        }
    }
    Ok(())
}

fn check_named_rooms(sell: &Sell, is_staff: bool) -> Result<()> {
    let named = sell.rooms.iter().position(|room| room.room_id.is_some());
    match named.filter(|_| !is_staff) {
        Some(line) => {
            Err(Error::invalid(format!("/rooms/{line}/room_id"), "only staff of the hotel can choose a particular room"))
        }
        None => Ok(()),
    }
}

fn check_profiles(sell: &Sell, is_staff: bool) -> Result<()> {
    let named = [("/guest_id", sell.guest_id), ("/account_id", sell.account_id)].into_iter().find(|(_, id)| id.is_some());
    match named.filter(|_| !is_staff) {
        Some((pointer, _)) => Err(Error::invalid(pointer, "is for staff of the hotel")),
        None => Ok(()),
    }
}
