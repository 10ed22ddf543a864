//! Random histories of a booking's folios: charges, allowances, moves, splits, payments and refunds, amendments, extras,
//! cancellations, what goes to an account, guests who leave to it, and closed dates. After each step every folio comes to what
//! its lines come to, all of them and the account to what the bookings cost, and what was moved is what was asked for; at the end
//! the books prove themselves.
use crate::support::{Hotel, HotelSpec, Reply, TestApp, act, book, day, eur, size};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use serde_json::{Value, json};

type Checked = Result<(), String>;

fn ensure(holds: bool, why: impl FnOnce() -> String) -> Checked {
    if holds { Ok(()) } else { Err(why()) }
}

/// Folio of the history, by its place.
type Place = usize;

#[derive(Debug, Clone, Copy)]
enum Step {
    Charge(Place, i64),
    Allow(Place, i64),
    Correct(Place),
    Move(Place, Place),
    /// Splits off so many hundredths of a percent.
    Split(Place, Place, i64),
    SplitAmount(Place, Place, i64),
    /// Pays so much of a folio, if so much is left to be paid.
    Pay(Place, i64),
    /// Pays so much of a payment back, by its place.
    Refund(usize, i64),
    /// Gives the stay so many nights.
    Amend(u64),
    /// Adds an extra to the stay: one of a few, so many times.
    Add(usize, i32),
    /// Removes one of the stay's extras, by its place.
    Remove(usize),
    /// Changes the number of guests.
    Guests(i32),
    Cancel,
    Reinstate,
    /// Sends so much of what is due to the account, or all of it.
    ToAccount(Place, Option<i64>),
    /// Takes back what went to the account last.
    Back,
    /// Guests in the house leave, and the account pays.
    Leave,
    Return,
    /// Closes the business date.
    Close,
}

const FOLIOS: usize = 3;
/// Place of the account, after the folios.
const ACCOUNT: usize = FOLIOS;

fn step() -> impl Strategy<Value = Step> {
    let (place, cents) = (0..FOLIOS, 1..20_000_i64);
    prop_oneof![
        3 => (place.clone(), cents.clone()).prop_map(|(folio, cents)| Step::Charge(folio, cents)),
        2 => (place.clone(), cents.clone()).prop_map(|(folio, cents)| Step::Allow(folio, cents)),
        1 => place.clone().prop_map(Step::Correct),
        3 => (place.clone(), place.clone()).prop_map(|(from, to)| Step::Move(from, to)),
        4 => (place.clone(), place.clone(), 1..10_000_i64).prop_map(|(from, to, part)| Step::Split(from, to, part)),
        2 => (place.clone(), place, cents).prop_map(|(from, to, cents)| Step::SplitAmount(from, to, cents)),
        3 => (0..FOLIOS, 1..20_000_i64).prop_map(|(folio, cents)| Step::Pay(folio, cents)),
        2 => (0..4_usize, 1..20_000_i64).prop_map(|(payment, cents)| Step::Refund(payment, cents)),
        3 => (1..6_u64).prop_map(Step::Amend),
        2 => (0..4_usize, 1..4_i32).prop_map(|(extra, quantity)| Step::Add(extra, quantity)),
        1 => (0..4_usize).prop_map(Step::Remove),
        1 => (1..3_i32).prop_map(Step::Guests),
        1 => Just(Step::Cancel),
        1 => Just(Step::Reinstate),
        3 => (0..FOLIOS, prop::option::of(1..20_000_i64)).prop_map(|(folio, cents)| Step::ToAccount(folio, cents)),
        1 => Just(Step::Back),
        1 => Just(Step::Leave),
        1 => Just(Step::Return),
        1 => Just(Step::Close),
    ]
}

struct History<'a> {
    app: &'a TestApp,
    hotel: Hotel,
    booking: Reply,
    folios: Vec<String>,
    account: String,
    /// Booking whose guests are in the house.
    guests: Reply,
    /// Amount that these guests left to the account, while they are away.
    left: Option<i64>,
    extras: Vec<String>,
    /// Payments, each with what the hotel has of it.
    payments: Vec<(String, i64)>,
    /// Days since the first one.
    today: u64,
}

fn cents(money: &Value) -> i64 {
    let amount = money["amount"].as_str().expect("an amount").replace('.', "");
    amount.parse().expect("cents")
}

fn money(cents: i64) -> Value {
    eur(&format!("{}.{:02}", cents / 100, cents % 100))
}

impl History<'_> {
    async fn deed(&self, folio: Place, deed: &str, body: Value) -> Reply {
        self.hotel.manager.post(&format!("/v1/folios/{}/{deed}", self.folios[folio]), &body).await
    }

    /// A folio with all of its entries, page by page.
    async fn details(&self, folio: Place) -> Value {
        let path = format!("/v1/folios/{}?limit=200", self.folios[folio]);
        let mut details = self.hotel.manager.get(&path).await.expect(200).body;
        while let Some(cursor) = details["next_cursor"].as_str() {
            let mut more = self.hotel.manager.get(&format!("{path}&cursor={cursor}")).await.expect(200).body;
            let mut entries = details["entries"].take();
            let next = more["entries"].as_array_mut().expect("entries");
            entries.as_array_mut().expect("entries").append(next);
            more["entries"] = entries;
            details = more;
        }
        details
    }

    async fn balances(&self) -> Vec<i64> {
        let mut balances = Vec::new();
        for folio in 0..FOLIOS {
            balances.push(cents(&self.details(folio).await["balance"]));
        }
        let ageing = self.hotel.manager.get(&format!("/v1/accounts/{}/ageing", self.account)).await.expect(200);
        balances.push(cents(&ageing.body["balance"]));
        balances
    }

    /// Returns what is due on a folio: its entries up to the business date.
    async fn due(&self, folio: Place) -> i64 {
        let details = self.details(folio).await;
        let today = json!(day(self.today));
        let is_due = |entry: &&Value| ["service_date", "posted_on"].iter().all(|date| entry[*date].as_str() <= today.as_str());
        details["entries"].as_array().expect("entries").iter().filter(is_due).map(|entry| cents(&entry["amount"])).sum()
    }

    /// Sends what is due on a folio to the account, and says how much that must have been.
    async fn to_account(&self, folio: Place, amount: Option<i64>) -> Result<i64, String> {
        let due = self.due(folio).await;
        let mut body = json!({"account_id": self.account});
        if let Some(amount) = amount {
            body["amount"] = money(amount);
        }
        let reply = self.deed(folio, "to-account", body).await;
        let expected = match amount {
            _ if due <= 0 => "folio.nothing_due",
            Some(amount) if amount > due => "folio.too_much",
            _ => "",
        };
        let code = if reply.status == 200 { "" } else { reply.code() };
        ensure(code == expected, || format!("{due} is due, and {amount:?} is {} {}", reply.status, reply.body))?;
        Ok(if code.is_empty() { amount.unwrap_or(due) } else { 0 })
    }

    /// Takes back what went to the account last, by its entry there; its amounts by folio.
    async fn back(&self) -> Result<Vec<(usize, i64)>, String> {
        let path = format!("/v1/accounts/{}/statement?from={}&to={}", self.account, day(0), day(30));
        let statement = self.hotel.manager.get(&path).await.expect(200).body;
        let entries = statement["entries"].as_array().expect("entries");
        // What guests left who are away now comes back with them.
        let is_theirs = |entry: &&Value| entry["booking_id"] == json!(self.guests.id());
        let is_open =
            |entry: &&Value| entry["reverses_id"].is_null() && entries.iter().all(|other| other["reverses_id"] != entry["id"]);
        let Some(entry) = entries.iter().rfind(|entry| is_open(entry) && !is_theirs(entry)) else {
            return Ok(Vec::new());
        };
        let wrong = json!({"kind": "correction", "entry_id": entry["id"], "reason": "Another account"});
        let folio = statement["folio_id"].as_str().expect("an id");
        let reply = self.hotel.manager.post(&format!("/v1/folios/{folio}/adjustments"), &wrong).await;
        ensure(reply.status == 200, || format!("{} {}", reply.status, reply.body))?;
        let place = |id: &Value| self.folios.iter().position(|folio| json!(folio) == *id).unwrap_or(ACCOUNT);
        let moved: Vec<(usize, i64)> = reply.body["entries"]
            .as_array()
            .expect("entries")
            .iter()
            .map(|entry| (place(&entry["folio_id"]), cents(&entry["amount"])))
            .collect();
        ensure(moved.iter().map(|(_, amount)| amount).sum::<i64>() == 0, || format!("{moved:?} leaves something"))?;
        Ok(moved)
    }

    /// Guests leave to the account; what they leave is what their booking costs.
    async fn leave(&mut self) -> Result<i64, String> {
        let early = json!({"to_account_id": self.account, "waive_fee": true, "reason": "Called home"});
        let reply = self.hotel.manager.post(&format!("/v1/bookings/{}/check-out", self.guests.id()), &early).await;
        if self.left.is_some() {
            ensure(reply.status == 409, || format!("they have left: {} {}", reply.status, reply.body))?;
            return Ok(0);
        }
        ensure(reply.status == 200 && cents(&reply.body["balance"]) == 0, || format!("{} {}", reply.status, reply.body))?;
        let total = cents(&reply.body["total"]);
        self.left = Some(total);
        Ok(total)
    }

    /// Guests come back, if it is still the day on which they left; what they left comes back too.
    async fn come_back(&mut self) -> Result<i64, String> {
        let path = format!("/v1/bookings/{}/undo-check-out", self.guests.id());
        let reply = self.hotel.manager.post(&path, &json!({})).await;
        match (self.left, reply.status) {
            (Some(left), 200) => {
                self.left = None;
                let (balance, total) = (cents(&reply.body["balance"]), cents(&reply.body["total"]));
                ensure(balance == total, || format!("{balance} of {total} is to be paid"))?;
                Ok(left)
            }
            (_, status) => {
                ensure(status == 409, || format!("{} {}", reply.status, reply.body))?;
                Ok(0)
            }
        }
    }

    /// The open entries of a folio that are prices: of a kind, or of any.
    async fn prices(&self, folio: Place, kind: Option<&str>) -> Vec<Value> {
        let details = self.details(folio).await;
        let entries = details["entries"].as_array().expect("entries");
        let is_open =
            |entry: &&Value| entry["reverses_id"].is_null() && entries.iter().all(|other| other["reverses_id"] != entry["id"]);
        let is_price = |entry: &&Value| match kind {
            // What is in the price of a night is not corrected by itself.
            Some(kind) => entry["kind"] == kind && entry["extra"]["in_price"] != true,
            None => entry["kind"] == "room" || entry["kind"] == "extra",
        };
        entries.iter().filter(is_open).filter(is_price).map(|entry| entry["id"].clone()).collect()
    }

    /// Does a step, and says what each folio is to come to afterwards; none if the step is about the stay.
    async fn step(&mut self, step: Step) -> Result<Option<Vec<i64>>, String> {
        let mut expected = self.balances().await;
        let refused = |reply: &Reply, codes: &[&str]| {
            ensure(reply.status == 200 || codes.contains(&reply.code()), || format!("{} {}", reply.status, reply.body))
        };
        match step {
            Step::Charge(folio, amount) => {
                let reply = self.deed(folio, "charges", json!({"description": "Bar", "amount": money(amount)})).await;
                // What comes when all is over has a folio of its own.
                if reply.body["folio"]["id"] == json!(self.folios[folio]) {
                    expected[folio] += amount;
                }
                refused(&reply, &[])?;
            }
            Step::Allow(folio, amount) => {
                let Some(price) = self.prices(folio, None).await.pop() else { return Ok(Some(expected)) };
                let less = json!({"kind": "allowance", "entry_id": price, "amount": money(amount), "reason": "Noise"});
                let reply = self.deed(folio, "adjustments", less).await;
                refused(&reply, &["folio.too_much"])?;
                expected[folio] -= if reply.status == 200 { amount } else { 0 };
            }
            Step::Correct(folio) => {
                let Some(price) = self.prices(folio, Some("extra")).await.pop() else { return Ok(Some(expected)) };
                let wrong = json!({"kind": "correction", "entry_id": price, "reason": "Another room"});
                let reply = self.deed(folio, "adjustments", wrong).await;
                refused(&reply, &[])?;
                let taken: i64 =
                    reply.body["entries"].as_array().expect("entries").iter().map(|line| cents(&line["amount"])).sum();
                expected[folio] += taken;
            }
            Step::Move(from, to) if from != to => {
                let reply = self.deed(from, "move", json!({"to_folio_id": self.folios[to]})).await;
                refused(&reply, &["folio.nothing_to_move"])?;
                expected[to] += expected[from];
                expected[from] = 0;
            }
            Step::Split(from, to, part) if from != to => {
                let percent = format!("{}.{:02}", part / 100, part % 100);
                let reply = self.deed(from, "split", json!({"to_folio_id": self.folios[to], "percent": percent})).await;
                refused(&reply, &["folio.nothing_to_move", "folio.not_divisible"])?;
                let share = if reply.status == 200 { (expected[from] * part + 5_000) / 10_000 } else { 0 };
                expected[from] -= share;
                expected[to] += share;
            }
            Step::SplitAmount(from, to, amount) if from != to => {
                let reply = self.deed(from, "split", json!({"to_folio_id": self.folios[to], "amount": money(amount)})).await;
                refused(&reply, &["folio.nothing_to_move", "folio.not_divisible", "folio.too_much"])?;
                let share = if reply.status == 200 { amount } else { 0 };
                expected[from] -= share;
                expected[to] += share;
            }
            Step::Pay(folio, amount) => {
                let cash = json!({"folio_id": self.folios[folio], "method": "cash", "amount": money(amount)});
                let reply = self.hotel.manager.post("/v1/payments", &cash).await;
                let is_too_much = amount > expected[folio];
                let code = if reply.status == 201 { "" } else { reply.code() };
                let is_right = code == if is_too_much { "payments.exceeds_balance" } else { "" } || code == "folio.closed";
                ensure(is_right, || format!("{amount} of {}: {} {}", expected[folio], reply.status, reply.body))?;
                if reply.status == 201 {
                    expected[folio] -= amount;
                    self.payments.push((reply.id().to_owned(), amount));
                }
            }
            Step::Refund(place, amount) => {
                let Some((payment, had)) = self.payments.get_mut(place) else { return Ok(Some(expected)) };
                let refund = json!({"payment_id": *payment, "amount": money(amount), "reason": "Noise"});
                let reply = self.hotel.manager.post("/v1/refunds", &refund).await;
                let code = if reply.status == 201 { "" } else { reply.code() };
                ensure(code == if amount > *had { "refunds.exceeds_refundable" } else { "" }, || {
                    format!("{amount} of {had}: {} {}", reply.status, reply.body)
                })?;
                if reply.status == 201 {
                    ensure(reply.body["status"] == "completed", || reply.body.to_string())?;
                    *had -= amount;
                    // It comes from where the money lies by now.
                    return Ok(None);
                }
            }
            Step::Amend(nights) => {
                let path = format!("/v1/bookings/{}/amend", self.booking.id());
                let reply = self.hotel.manager.post(&path, &json!({"check_out": day(20 + nights)})).await;
                ensure(matches!(reply.status, 200 | 409 | 422), || format!("{} {}", reply.status, reply.body))?;
                return Ok(None);
            }
            Step::Add(extra, quantity) => {
                let stay = self.booking.body["stays"][0]["id"].as_str().expect("a stay");
                let path = format!("/v1/bookings/{}/stays/{stay}/extras", self.booking.id());
                let wish = json!({"extra_id": self.extras[extra], "quantity": quantity});
                let reply = self.hotel.manager.post(&path, &wish).await;
                refused(&reply, &["booking.not_amendable", "extra.nothing_left"])?;
                return Ok(None);
            }
            Step::Remove(place) => {
                let path = format!("/v1/bookings/{}", self.booking.id());
                let booking = self.hotel.manager.get(&path).await.expect(200);
                let stay = &booking.body["stays"][0];
                let extras = stay["extras"].as_array().expect("extras");
                let there: Vec<&Value> =
                    extras.iter().filter(|extra| !extra["id"].is_null() && extra["removed_on"].is_null()).collect();
                let Some(extra) = there.get(place) else { return Ok(None) };
                let text = |value: &Value| value.as_str().expect("text").to_owned();
                let path = format!("{path}/stays/{}/extras/{}", text(&stay["id"]), text(&extra["id"]));
                let reply = self.hotel.manager.delete(&path, booking.header("etag")).await;
                refused(&reply, &["booking.not_amendable", "extra.served"])?;
                return Ok(None);
            }
            Step::Guests(adults) => {
                let path = format!("/v1/bookings/{}/amend", self.booking.id());
                let stays = json!([{"stay_id": self.booking.body["stays"][0]["id"], "adults": adults}]);
                let reply = self.hotel.manager.post(&path, &json!({"stays": stays})).await;
                ensure(matches!(reply.status, 200 | 409 | 422), || format!("{} {}", reply.status, reply.body))?;
                return Ok(None);
            }
            Step::Cancel | Step::Reinstate => {
                let action = if matches!(step, Step::Cancel) { "cancel" } else { "reinstate" };
                let reply = self.hotel.manager.post(&format!("/v1/bookings/{}/{action}", self.booking.id()), &json!({})).await;
                ensure(matches!(reply.status, 200 | 409), || format!("{} {}", reply.status, reply.body))?;
                return Ok(None);
            }
            Step::ToAccount(folio, amount) => {
                let sent = self.to_account(folio, amount).await?;
                expected[folio] -= sent;
                expected[ACCOUNT] += sent;
            }
            Step::Back => {
                for (place, amount) in self.back().await? {
                    expected[place] += amount;
                }
            }
            Step::Leave => expected[ACCOUNT] += self.leave().await?,
            Step::Return => expected[ACCOUNT] -= self.come_back().await?,
            Step::Close if self.today < 10 => {
                self.app.set_clock(&format!("{}T02:00:00Z", day(self.today + 1)));
                let path = format!("/v1/properties/{}/night-audit", self.hotel.id);
                let reply = self.hotel.manager.post(&path, &json!({"business_date": day(self.today)})).await;
                ensure(reply.status == 200, || format!("{} {}", reply.status, reply.body))?;
                self.today += 1;
            }
            Step::Move(..) | Step::Split(..) | Step::SplitAmount(..) | Step::Close => {}
        }
        Ok(Some(expected))
    }

    async fn check(&self, expected: Option<Vec<i64>>) -> Checked {
        let balances = self.balances().await;
        if let Some(expected) = expected {
            ensure(balances == expected, || format!("folios come to {balances:?}, and not to {expected:?}"))?;
        }
        for (place, balance) in balances.iter().take(FOLIOS).enumerate() {
            let details = self.details(place).await;
            let sum: i64 = details["entries"].as_array().expect("entries").iter().map(|entry| cents(&entry["amount"])).sum();
            ensure(sum == *balance, || format!("folio {place} comes to {balance}, and its lines to {sum}"))?;
        }
        let path = format!("/v1/bookings/{}", self.booking.id());
        let total = cents(&self.hotel.manager.get(&path).await.expect(200).body["total"]);
        let all = cents(&self.hotel.manager.get(&format!("{path}/folio")).await.expect(200).body["balance"]);
        let owed = balances[ACCOUNT] - self.left.unwrap_or(0);
        let paid: i64 = self.payments.iter().map(|(_, had)| had).sum();
        ensure(all + owed + paid == total, || {
            format!("the booking costs {total}, its folios come to {all}, {paid} is paid, and the account owes {owed}")
        })
    }
}

/// Extras of each kind, with a tax of their own.
async fn extras(hotel: &Hotel) -> Vec<String> {
    let rule = json!({"property_id": hotel.id, "name": "IVA 13 %", "percent": "13", "is_on_nights": false});
    let tax = hotel.manager.post("/v1/tax-rules", &rule).await.expect(201).id().to_owned();
    let mut extras = Vec::new();
    for (name, price, posted, day) in [
        ("Breakfast", "9.99", "per_person_night", "next_day"),
        ("Parking", "7.77", "per_night", "night"),
        ("Late departure", "20.01", "per_stay", "departure"),
        ("Welcome", "3.33", "per_person", "arrival"),
    ] {
        let extra = json!({"property_id": hotel.id, "name": name, "price": eur(price), "posted": posted, "day": day, "tax_rule_ids": [tax]});
        extras.push(hotel.manager.post("/v1/extras", &extra).await.expect(201).id().to_owned());
    }
    extras
}

/// A request for a double in a plan with breakfast in its price.
async fn with_package(hotel: &Hotel, extras: &[String]) -> Value {
    let policies = hotel.manager.get(&format!("/v1/cancellation-policies?property_id={}", hotel.id)).await.expect(200);
    let plan = json!({
        "property_id": hotel.id, "code": "BB", "name": "With breakfast", "board": "breakfast", "payment_policy": "pay_at_property",
        "cancellation_policy_id": policies.body["items"][0]["id"], "room_types": [{"room_type_id": hotel.double}],
        "included_extras": [{"extra_id": extras[0]}],
    });
    let plan = hotel.manager.post("/v1/rate-plans", &plan).await.expect(201);
    let mut request = hotel.request(day(20), day(23));
    request["rooms"][0]["rate_plan_id"] = json!(plan.id());
    request["rooms"][0]["extras"] = json!([{"extra_id": extras[1]}]);
    request
}

async fn play(steps: &[Step]) -> Checked {
    let app = &TestApp::new().await;
    let hotel = app.hotel(HotelSpec { taxes: &[("IVA 6 %", "6")], ..HotelSpec::default() }).await;
    let extras = extras(&hotel).await;
    let booking = book(&hotel.manager, &with_package(&hotel, &extras).await).await.expect(201);
    let mut folios = vec![booking.id().to_owned()];
    for kind in ["company", "guest"] {
        let folio = json!({"property_id": hotel.id, "booking_id": booking.id(), "kind": kind});
        folios.push(hotel.manager.post("/v1/folios", &folio).await.expect(201).id().to_owned());
    }
    let account = json!({"property_id": hotel.id, "kind": "company", "name": "Acme Ltd"});
    let account = hotel.manager.post("/v1/accounts", &account).await.expect(201).id().to_owned();
    let guests = hotel.book(&hotel.manager, day(0), day(30)).await;
    act(&hotel.manager, &guests, "check-in").await.expect(200);
    let settings = format!("/v1/properties/{}/payment-settings", hotel.id);
    let at_once = json!({"refund_approval_above": eur("1000000.00")});
    hotel.manager.patch(&settings, "\"1\"", &at_once).await.expect(200);
    let payments = Vec::new();
    let mut history = History { app, hotel, booking, folios, extras, account, guests, left: None, payments, today: 0 };
    for (place, step) in steps.iter().enumerate() {
        let at = |error| format!("step {place}, {step:?}: {error}");
        let expected = history.step(*step).await.map_err(at)?;
        history.check(expected).await.map_err(at)?;
    }
    app.assert_consistent().await;
    let verified = hbs::domains::folios::verify(&app.app).await.expect("verified");
    ensure(verified.faults.is_empty(), || format!("{:?}", verified.faults))
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_charged_moved_split_and_taken_back_every_folio_is_its_lines() {
    let cases = u32::try_from(size(6, 1_000)).expect("a number");
    let mut runner = TestRunner::new(Config { cases, max_shrink_iters: 60, failure_persistence: None, ..Config::default() });
    let handle = tokio::runtime::Handle::current();
    let played = tokio::task::block_in_place(|| {
        runner.run(&prop::collection::vec(step(), 1..14), |steps| handle.block_on(play(&steps)).map_err(TestCaseError::fail))
    });
    if let Err(error) = played {
        panic!("{error}");
    }
}
