//! Prices of amended stays.
use super::AmendRequest;
use crate::app::App;
use crate::domains::bookings::error::BookingError;
use crate::domains::bookings::model::{Booking, Stay, TaxExemption, Terms};
use crate::domains::bookings::repository;
use crate::domains::bookings::rules;
use crate::domains::bookings::rules::amendment::{Pricing, Sale, Wanted};
use crate::domains::bookings::rules::exemption::without_exempt;
use crate::domains::bookings::rules::extras::Following;
use crate::domains::bookings::rules::fees::{self, Leaving};
use crate::domains::bookings::rules::selling::{self, Asking, Resellable, Restricted, Sold};
use crate::domains::bookings::service::desk::Desk;
use crate::domains::bookings::service::group::{GroupTerms, Left};
use crate::domains::bookings::service::people::{self, Payer};
use crate::domains::bookings::service::rooms::occupancy;
use crate::domains::catalogue::{Catalogue, Catalogues};
use crate::domains::extras::{self, StayExtra};
use crate::domains::folios::{self, FolioEntry, NewFolioEntry};
use crate::domains::inventory::{Allotment, Nights};
use crate::domains::offers::{self, Buyer, HeldOffer, OnSale};
use crate::domains::rates::engine::{Asked, Party};
use crate::domains::rates::{DatedTax, HotelRates, Rate, pricing};
use crate::domains::stays::{Action, Status};
use crate::error::Or404;
use crate::money::Money;
use crate::outbox::Event;
use crate::{Error, Result, stamps};
use chrono::NaiveDate;
use futures_util::try_join;
use std::collections::BTreeMap;
use std::sync::Arc;
use uuid::Uuid;

/// Inputs for the prices of an amendment. Read after the rows are locked: values that were changed before are not used.
pub struct Pricer<'a> {
    desk: &'a Desk<'a>,
    request: &'a AmendRequest<'a>,
    booking: &'a Booking,
    catalogue: Arc<Catalogue>,
    rates: HotelRates,
    /// Taxes that the hotel has and had.
    taxes: Vec<DatedTax>,
    folio: Vec<FolioEntry>,
    /// Extras that were sold with the stays.
    extras: Vec<StayExtra>,
    /// Exemptions of the stays from taxes.
    exemptions: Vec<TaxExemption>,
    /// Exemption that rooms get which are added: that of whoever pays.
    payer: Option<TaxExemption>,
    /// Offers that the stays were sold with.
    held: Vec<HeldOffer>,
    /// Offers that rooms get which are added: those that everybody gets, without limits, so that nothing is counted.
    on_sale: Vec<OnSale>,
    group: Option<GroupTerms>,
    /// Rooms set aside for the group.
    set_aside: Option<Allotment>,
}

/// Amended stays with their prices.
pub struct Priced {
    pub stays: Vec<Amended>,
    /// Total of the booking.
    pub total: Money,
}

/// A stay before and after, with the lines between.
pub struct Amended {
    pub wanted: Wanted,
    pub after: Stay,
    /// Lines of the stay's price.
    pub lines: Vec<NewFolioEntry>,
    /// Lines of its extras, which follow it, and of what was allowed on nights that go.
    pub extras: Vec<NewFolioEntry>,
    /// The restrictions against which staff sold.
    pub ignored: Vec<Restricted>,
    /// The price of a night, as listed and as set by staff.
    pub set_price: Option<(Money, Money)>,
    /// New price and terms; none if the price stays.
    pub sold: Option<Sold>,
    /// Offers that it was sold with.
    pub offers: Vec<HeldAfter>,
    /// Exemption from taxes that a room gets which is added.
    pub exemption: Option<TaxExemption>,
}

/// An offer of a stay as it is to be.
pub struct HeldAfter {
    pub held: HeldOffer,
    /// Amounts that it takes off the nights then, as entered.
    pub nights: BTreeMap<NaiveDate, i64>,
    /// `true` if the stay meets its conditions no more.
    pub is_lost: bool,
}

impl HeldAfter {
    /// Returns what was taken off the nights that the stay goes on having, and is so no more.
    pub fn cost(&self, nights: Nights) -> i64 {
        let before = self.held.nights.iter().filter(|(night, _)| nights.contains(**night));
        before.map(|(night, off)| (off - self.nights.get(night).copied().unwrap_or(0)).max(0)).sum()
    }
}

impl Priced {
    /// Returns `true` if any stay becomes another one, or is added.
    pub fn changes(&self) -> bool {
        self.stays.iter().any(Amended::changes)
    }
}

impl Amended {
    /// Returns `true` for a stay that is added, has other lines, or is not what it was.
    pub fn changes(&self) -> bool {
        self.wanted.is_new() || self.all_lines().next().is_some() || !Event::changed(&self.wanted.stay, &self.after).is_empty()
    }

    /// A stay of which no more than the name of the guest is another one.
    fn at_its_price(wanted: Wanted) -> Self {
        let after = Stay { guest_name: wanted.guest_name.clone(), ..wanted.stay.clone() };
        let (lines, extras, ignored, offers) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { wanted, after, lines, extras, ignored, set_price: None, sold: None, offers, exemption: None }
    }

    pub fn all_lines(&self) -> impl Iterator<Item = &NewFolioEntry> {
        self.lines.iter().chain(&self.extras)
    }

    fn difference(&self) -> i64 {
        self.all_lines().map(|line| line.amount_minor).sum()
    }
}

impl<'a> Pricer<'a> {
    pub async fn load(
        app: &App,
        desk: &'a Desk<'a>,
        request: &'a AmendRequest<'a>,
        booking: &'a Booking,
        wanted: &[Wanted],
    ) -> Result<Self> {
        let (conn, property_id) = (desk.conn, desk.property_id());
        let version = stamps::version(conn, property_id).await?;
        let catalogue = Catalogues::of(app).get(conn, property_id, version).await?.or_404("booking")?;
        let rates = catalogue.rates.at(load_rates(desk, wanted).await?);
        // What is hidden stays on sale to whoever was sold it, and staff sell it to anybody.
        let sold_in: Vec<Uuid> = wanted.iter().filter_map(|one| one.stay.rate_plan_id).collect();
        let rates = if request.is_by_staff(property_id) { rates.all_opened() } else { rates.opened(sold_in) };
        let is_for_added = wanted.iter().any(Wanted::is_new);
        let payer = Payer { account_id: booking.account_id, guest_id: booking.guest_id };
        let payer = if is_for_added { payer } else { Payer::default() };
        let (held, folio, extras, exemptions, payer) = try_join!(
            offers::held(conn, property_id, booking.id),
            folios::entries(conn, property_id, booking.id),
            extras::sold_of(conn, property_id, booking.id),
            repository::exemptions_in(conn, property_id, booking.id),
            people::exemption(conn, property_id, payer, desk.now()),
        )?;
        // A guest pays who was named as such: the stays that are there have the exemption.
        let is_payers = |own: &TaxExemption, payer: &TaxExemption| own.reference == payer.reference;
        let payer = payer.map(|(_, payer)| payer);
        let payer = payer.filter(|payer| booking.account_id.is_some() || exemptions.iter().any(|own| is_payers(own, payer)));
        let taxes = pricing::load_dated_taxes(conn, property_id).await?;
        let group = GroupTerms::of_booking(conn, property_id, booking.group_id).await?;
        let set_aside = occupancy::set_aside(conn, property_id, booking.group_id).await?;
        let is_free = |on_sale: &&OnSale| !on_sale.offer.is_limited();
        let on_sale = catalogue.offers.iter().filter(|_| booking.group_id.is_none()).filter(is_free).cloned().collect();
        Ok(Self {
            desk,
            request,
            booking,
            catalogue,
            rates,
            taxes,
            folio,
            extras,
            exemptions,
            payer,
            held,
            on_sale,
            group,
            set_aside,
        })
    }

    /// Prices the stays, and fails if guests may not amend them or were shown another total.
    pub fn price(&self, wanted: Vec<Wanted>) -> Result<Priced> {
        if !self.request.is_by_staff(self.booking.property_id) {
            self.check_is_free(&wanted)?;
        }
        let stays = self.price_all(wanted)?;
        let total = self.money(self.booking.total_minor + stays.iter().map(Amended::difference).sum::<i64>());
        match self.request.amend.expected_total.filter(|expected| *expected != total) {
            Some(expected) => Err(BookingError::PriceChanged { expected, actual: total }.into()),
            None => Ok(Priced { stays, total }),
        }
    }

    /// Checks that guests could cancel for free, and have not come yet: only then they can amend.
    fn check_is_free(&self, wanted: &[Wanted]) -> Result<()> {
        for one in wanted.iter().filter(|one| !one.is_new() && !one.costs_the_same()) {
            let stay = &one.stay;
            if stay.status == Status::CheckedIn {
                return Err(BookingError::NotAmendable(stay.status).into());
            }
            rules::check_to_come(Action::Cancel, stay.check_in, self.desk.today)?;
            let leaving = Leaving {
                action: Action::Cancel,
                now: self.desk.now(),
                today: self.desk.today,
                check_in: self.catalogue.property.check_in_instant(stay.check_in),
                from: stay.check_in,
                is_waived: false,
            };
            let fee = fees::settle(stay, &self.open(stay), leaving).fee_minor;
            if fee > 0 {
                return Err(BookingError::AmendmentNotFree(self.money(fee)).into());
            }
        }
        Ok(())
    }

    fn price_all(&self, wanted: Vec<Wanted>) -> Result<Vec<Amended>> {
        let mut left = self.set_aside.as_ref().map(|allotment| Left::after(allotment, &wanted));
        let amended: Vec<Amended> = wanted.into_iter().map(|one| self.price_one(one, left.as_mut())).collect::<Result<_>>()?;
        let restricted: Vec<Restricted> = amended.iter().flat_map(|amended| amended.ignored.iter().copied()).collect();
        if restricted.is_empty() || self.request.amend.ignore_restrictions {
            Ok(amended)
        } else {
            Err(BookingError::Restricted(restricted).into())
        }
    }

    /// Prices a stay. `left` is what remains of the rooms set aside for the group after the stays before it.
    fn price_one(&self, wanted: Wanted, left: Option<&mut Left<'_>>) -> Result<Amended> {
        let wanted = match self.group.as_ref().filter(|_| wanted.is_new()) {
            Some(group) => Wanted { rate_plan_id: group.plan(wanted.rate_plan_id), ..wanted },
            None => wanted,
        };
        if wanted.costs_the_same() && !self.request.amend.reprice {
            return Ok(Amended::at_its_price(wanted));
        }
        if wanted.stays_overnight() && wanted.nightly_price_minor.is_none() && self.exemption(&wanted).is_some() {
            // Its lines do not tell the price with the taxes from which it is exempt.
            return Err(
                BookingError::DayUse("it is exempt from taxes; set its nightly_price to let the guests stay the night").into()
            );
        }
        let agreed = self.request.agreed.map(|agreed| agreed.agreement.sold(&wanted)).transpose()?;
        let resellable = self.resellable(&wanted, agreed)?;
        let lines = folios::of_stay(&self.folio, wanted.stay.id);
        let open = folios::open(&lines);
        let held: Vec<HeldOffer> = self.held.iter().filter(|held| held.stay_id == wanted.stay.id).cloned().collect();
        let mut pricing = Pricing { open: &open, lines: &lines, held: &held, ..self.pricing(&wanted, &resellable) };
        let covered = match (&self.group, left) {
            (Some(group), Some(left)) => group.covered(&wanted, &pricing.charged(), left),
            _ => Vec::new(),
        };
        pricing.agreed = self.group.as_ref().map(|group| group.at_its_rate(&covered, wanted.room_type_id)).unwrap_or_default();
        // Neither of what was agreed on with the guest, nor of what was agreed on with the group.
        let is_agreed = agreed.is_some() || wanted.nights.iter().eq(covered);
        let ignored = if is_agreed { Vec::new() } else { self.restrictions(&wanted, &pricing) };
        let (sold, off) = self.sold(&wanted, &pricing, agreed)?;
        let is_lost = |held: &HeldOffer| !pricing.keeps(&wanted, held);
        let after = |(held, nights): (&HeldOffer, BTreeMap<NaiveDate, i64>)| HeldAfter {
            is_lost: held.lost_on.is_none() && is_lost(held),
            held: held.clone(),
            nights,
        };
        let offers: Vec<HeldAfter> = held.iter().zip(off).map(after).collect();
        let set_price = wanted.nightly_price_minor.map(|set| (self.money(pricing.listed(&wanted)), self.money(set)));
        let mut extras = self.follow(&wanted, &pricing);
        // What was allowed on nights that go, goes with them.
        extras.extend(fees::allowances_gone(&pricing.given_up(&wanted), &self.folio));
        let charges = sold.charges(wanted.stay.id, resellable.name);
        let charges = match self.exemption(&wanted) {
            Some(exemption) => exemption.nights_without(charges, &self.taxes),
            None => charges,
        };
        let lines = pricing.difference(&wanted, charges);
        let priced_at = pricing.is_priced_under_others(&wanted).then(|| self.desk.now());
        let after = Stay { priced_at: priced_at.or(wanted.stay.priced_at), ..after_amendment(&wanted, &lines, &sold) };
        let payer = self.exemption(&wanted).filter(|_| wanted.is_new());
        let exemption = payer.map(|payer| TaxExemption { stay_id: wanted.stay.id, ..payer.clone() });
        Ok(Amended { wanted, after, lines, extras, ignored, set_price, sold: Some(sold), offers, exemption })
    }

    /// The lines by which the extras of a stay follow it.
    fn follow(&self, wanted: &Wanted, pricing: &Pricing<'_>) -> Vec<NewFolioEntry> {
        let stay = &wanted.stay;
        let is_frozen = |day| pricing.is_frozen(day);
        let children_before = wanted.children_before();
        let party_before = Party { adults: stay.adults, children_ages: &children_before };
        let tariff = &self.rates.tariff;
        let (heads_before, heads_after) = (tariff.heads(party_before), tariff.heads(wanted.party()));
        let following = Following {
            stay_id: stay.id,
            before: stay.nights(),
            after: wanted.nights,
            heads_before: &heads_before,
            heads_after: &heads_after,
            reprice: self.request.amend.reprice,
            is_frozen: &is_frozen,
            open: &folios::open(&self.folio),
        };
        let own = self.extras.iter().filter(|sold| sold.stay_id == stay.id && sold.removed_on.is_none());
        let offered = |sold: &StayExtra| self.catalogue.extras.iter().find(|offered| offered.extra.id == sold.extra_id);
        let lines = own.filter_map(|sold| Some(following.lines(sold, offered(sold)?))).flatten().collect();
        without_exempt(self.exemption(wanted), lines)
    }

    fn exemption(&self, wanted: &Wanted) -> Option<&TaxExemption> {
        match wanted.is_new() {
            true => self.payer.as_ref().filter(|payer| payer.concerns(wanted.nights)),
            false => self.exemptions.iter().find(|exemption| exemption.stay_id == wanted.stay.id),
        }
    }

    fn resellable(&self, wanted: &Wanted, agreed: Option<&Sold>) -> Result<Resellable<'_>> {
        let resellable = match agreed {
            Some(sold) => selling::resellable_as_agreed(wanted, sold, &self.catalogue),
            None => selling::resellable(wanted, &self.catalogue, &self.rates),
        };
        resellable.map_err(|(field, detail)| Error::invalid(wanted.mention.pointer(field), detail))
    }

    /// Returns the inputs for a stay's price, without its lines and agreed prices of a group.
    fn pricing<'p>(&'p self, wanted: &Wanted, resellable: &Resellable<'_>) -> Pricing<'p> {
        Pricing {
            rates: &self.rates,
            room: resellable.basis,
            rate_plan_id: resellable.rate_plan_id,
            agreed: BTreeMap::new(),
            open: &[],
            lines: &[],
            open_from: self.catalogue.property.open_from(),
            stayed: self.stayed(&wanted.stay),
            reprice: self.request.amend.reprice,
            taxes: &self.taxes,
            exemption: self.exemption(wanted),
            held: &[],
            asking: Some(Asking { on_sale: &self.on_sale, buyer: self.buyer() }),
        }
    }

    /// Who amends, as offers ask: whoever booked.
    fn buyer(&self) -> Buyer<'_> {
        Buyer {
            local_date: self.catalogue.property.local_time(self.desk.now()).date(),
            today: self.desk.today,
            channel: &self.booking.channel,
            is_member: self.booking.user_id.is_some(),
            code: None,
            without: &[],
        }
    }

    fn restrictions(&self, wanted: &Wanted, pricing: &Pricing<'_>) -> Vec<Restricted> {
        let asked = Asked { today: self.desk.today, channel: &self.booking.channel };
        let room = usize::try_from(wanted.stay.position).unwrap_or(0);
        let (room_type_id, rate_plan_id) = (pricing.room.room_type_id, pricing.rate_plan_id);
        let found = pricing.restrictions(wanted, asked).into_iter();
        found.map(|restriction| Restricted { room, room_type_id, rate_plan_id, restriction }).collect()
    }

    /// Returns the price and terms of a stay, and what each offer that it was sold with takes off its nights.
    fn sold(
        &self,
        wanted: &Wanted,
        pricing: &Pricing<'_>,
        agreed: Option<&Sold>,
    ) -> Result<(Sold, Vec<BTreeMap<NaiveDate, i64>>)> {
        let rate_plan_id = pricing.rate_plan_id;
        if let Some(sold) = agreed {
            let off = pricing.held.iter().map(|held| sold.off(held.offer_id)).collect();
            return Ok((sold.clone(), off));
        }
        let terms = match &wanted.stay.cancellation_terms {
            Some(Terms(terms)) if wanted.sells_the_same() => terms.clone(),
            _ => self.rates.terms(rate_plan_id)?.clone(),
        };
        let Sale { nights, offers, off } = pricing.sale(wanted);
        Ok((Sold { rate_plan_id, terms, nights, offers }, off))
    }

    /// Returns the nights before today of guests in the house.
    fn stayed(&self, stay: &Stay) -> Option<Nights> {
        let stayed = Nights::new(stay.check_in, self.desk.today.clamp(stay.check_in, stay.check_out));
        Some(stayed).filter(|_| stay.status == Status::CheckedIn)
    }

    fn open(&self, stay: &Stay) -> Vec<FolioEntry> {
        folios::open(&folios::of_stay(&self.folio, stay.id))
    }

    fn money(&self, minor: i64) -> Money {
        Money::new(minor, self.booking.currency)
    }
}

/// Loads the rates of the nights, with the days of departure.
async fn load_rates(desk: &Desk<'_>, wanted: &[Wanted]) -> Result<Vec<Rate>> {
    let types: Vec<Uuid> = wanted.iter().map(|one| one.room_type_id).collect();
    let Some(nights) = Nights::around(wanted.iter().map(|one| one.nights)) else { return Ok(Vec::new()) };
    Ok(pricing::load_nights(desk.conn, desk.property_id(), Some(&types), nights).await?)
}

/// Returns the stay as amended; its room is chosen later.
fn after_amendment(wanted: &Wanted, lines: &[NewFolioEntry], sold: &Sold) -> Stay {
    Stay {
        room_type_id: wanted.occupied_type(),
        booked_room_type_id: wanted.room_type_id,
        check_in: wanted.nights.from,
        check_out: wanted.nights.to,
        is_day_use: wanted.is_day_use,
        adults: wanted.adults,
        children_ages: wanted.children_ages.iter().copied().map(Some).collect(),
        guest_name: wanted.guest_name.clone(),
        total_minor: wanted.stay.total_minor + lines.iter().map(|line| line.amount_minor).sum::<i64>(),
        rate_plan_id: Some(sold.rate_plan_id),
        cancellation_terms: Some(Terms(sold.terms.clone())),
        ..wanted.stay.clone()
    }
}
