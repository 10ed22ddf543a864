//! A valid request for each operation, for `every_route`.
use crate::every_route::Exception::{AsksToo, ForKeysToo, KeyedForAll, MayAsk, NotKeyed, OfOwner, Public, RefusedElsewhere};
use crate::every_route::{Call, Request, TO_LOOK, TODAY, World};
use crate::support::{Reply, unique};
use serde_json::json;

pub fn requests() -> Vec<Request> {
    let all = [of_sales(), of_guests(), of_bookings(), of_many(), of_stays(), of_rooms_and_guests(), of_files()];
    all.into_iter().flatten().collect()
}

fn of_sales() -> Vec<Request> {
    vec![
        Request::new("create_quote", async |w| {
            let hotel = w.hotel().await;
            let rooms = json!([{"room_type_id": hotel.double, "adults": 2}]);
            Call::plain().json(&json!({"property_id": hotel.id, "check_in": TODAY, "check_out": "2026-12-03", "rooms": rooms}))
        })
        .but(Public, TO_LOOK),
        Request::new("create_booking", async |w| Call::plain().json(&w.booking_request().await))
            .but(RefusedElsewhere(422), "anybody books for themselves; for somebody else only staff of the hotel do")
            .but(MayAsk("bookings:override"), "`ignore_restrictions`")
            .but(MayAsk("bookings:price"), "`nightly_price`"),
        Request::new("create_walk_in", async |w| {
            let mut request = w.booking_request().await;
            for field in ["check_in", "guest_user_id"] {
                request.as_object_mut().expect("an object").remove(field);
            }
            Call::plain().json(&request)
        })
        .but(AsksToo("stays:check_in"), "whoever walks in is checked in"),
    ]
}

fn of_guests() -> Vec<Request> {
    const NO_ACCOUNT: &str = "it is for people who have no account";
    vec![
        Request::new("create_guest_booking", async |w| {
            let mut request = w.booking_request().await;
            request.as_object_mut().expect("an object").remove("guest_user_id");
            request["contact"]["email"] = json!(format!("{}@example.com", unique("guest")));
            Call::plain().json(&request)
        })
        .but(Public, NO_ACCOUNT)
        .but(KeyedForAll, "nobody is to book twice by sending a form twice"),
        Request::new("open_booking_link", async |w| {
            let email = format!("{}@example.com", unique("guest"));
            let mut request = w.booking_request().await;
            request.as_object_mut().expect("an object").remove("guest_user_id");
            request["contact"]["email"] = json!(email);
            w.app.anonymous().post("/v1/bookings/guest", &request).await.expect(201);
            Call::plain().json(&json!({"token": w.app.token_for(&email).await}))
        })
        .but(Public, "the link in the mail is the proof"),
        Request::new("look_up_booking", async |_| {
            Call::plain().json(&json!({"reference": "HBS-00000000", "email": "ana@example.com"}))
        })
        .but(Public, NO_ACCOUNT),
        Request::new("claim_bookings", async |w| {
            let owner = w.owner.user_id();
            w.app.sql(&format!("UPDATE users SET email_verified_at = now() WHERE id = '{owner}'")).await;
            Call::plain()
        })
        .but(OfOwner, "it is about the bookings with one's own address"),
    ]
}

fn of_bookings() -> Vec<Request> {
    vec![
        Request::new("list_bookings", async |w| {
            w.booking().await;
            Call::plain()
        }),
        Request::new("get_booking", async |w| Call::to(w.booking().await)),
        Request::new("update_booking", async |w| Call::to(w.booking().await).json(&json!({"special_requests": "A quiet room"}))),
        Request::new("amend_booking", async |w| Call::to(w.booking().await).json(&json!({"check_out": "2026-12-04"}))),
        Request::new("confirm_booking", async |w| because(Call::to(held(w).await.id()))),
        Request::new("extend_hold", async |w| Call::to(held(w).await.id()).json(&json!({"hold_minutes": 60}))),
        Request::new("preview_cancellation", async |w| Call::to(w.booking().await)),
        Request::new("cancel_booking", async |w| because(Call::to(w.booking().await)))
            .but(MayAsk("bookings:waive_fee"), "`waive_fee`"),
        Request::new("check_in_booking", async |w| because(Call::to(w.booking().await)))
            .but(MayAsk("stays:override"), "`ignore_housekeeping`"),
        Request::new("check_out_booking", async |w| because(Call::to(after(w, &["check-in"]).await)))
            .but(MayAsk("bookings:waive_fee"), "`waive_fee`")
            .but(MayAsk("stays:override"), "`ignore_balance`"),
        Request::new("no_show_booking", async |w| because(Call::to(w.booking().await)))
            .but(MayAsk("bookings:waive_fee"), "`waive_fee`"),
        Request::new("reinstate_booking", async |w| because(Call::to(after(w, &["cancel"]).await)))
            .but(MayAsk("bookings:waive_fee"), "`first_night`"),
        Request::new("undo_check_in_booking", async |w| because(Call::to(after(w, &["check-in"]).await))),
        Request::new("undo_check_out_booking", async |w| because(Call::to(after(w, &["check-in", "check-out"]).await))),
    ]
}

fn of_many() -> Vec<Request> {
    vec![
        Request::new("check_in_many", async |w| many(w, w.booking().await).await),
        Request::new("check_out_many", async |w| many(w, after(w, &["check-in"]).await).await),
        Request::new("cancel_many", async |w| many(w, w.booking().await).await),
        Request::new("check_in_group", async |w| because(Call::to(&a_group_with_guests(w).await))),
        Request::new("cancel_group", async |w| because(Call::to(&a_group_with_guests(w).await))),
    ]
}

fn of_stays() -> Vec<Request> {
    vec![
        Request::new("cancel_stay", async |w| because(stay_after(w, &[]).await)).but(MayAsk("bookings:waive_fee"), "`waive_fee`"),
        Request::new("check_in_stay", async |w| because(stay_after(w, &[]).await))
            .but(MayAsk("stays:override"), "`ignore_housekeeping`"),
        Request::new("check_out_stay", async |w| because(stay_after(w, &["check-in"]).await))
            .but(MayAsk("bookings:waive_fee"), "`waive_fee`")
            .but(MayAsk("stays:override"), "`ignore_balance`"),
        Request::new("no_show_stay", async |w| because(stay_after(w, &[]).await))
            .but(MayAsk("bookings:waive_fee"), "`waive_fee`"),
        Request::new("reinstate_stay", async |w| because(stay_after(w, &["cancel"]).await))
            .but(MayAsk("bookings:waive_fee"), "`first_night`"),
        Request::new("undo_check_in_stay", async |w| because(stay_after(w, &["check-in"]).await)),
        Request::new("undo_check_out_stay", async |w| because(stay_after(w, &["check-in", "check-out"]).await)),
    ]
}

fn of_rooms_and_guests() -> Vec<Request> {
    vec![
        Request::new("assign_room", async |w| stay_after(w, &[]).await.json(&json!({"is_pinned": true}))),
        Request::new("get_stay_rooms", async |w| stay_after(w, &[]).await),
        Request::new("swap_rooms", async |w| {
            let other = w.book(&w.booking_request().await).await;
            stay_after(w, &[]).await.json(&json!({"with_stay_id": other.body["stays"][0]["id"]}))
        }),
        Request::new("exempt_stay", async |w| {
            let body = json!({"from": TODAY, "reason": "Diplomat", "reference": "MNE-1"});
            stay_after(w, &[]).await.json(&body)
        }),
        Request::new("withdraw_tax_exemption", async |w| {
            let exemption = format!("/v1/bookings/{}/stays/{}/tax-exemption", w.booking().await, w.stay().await);
            let body = json!({"from": TODAY, "reason": "Diplomat", "reference": "MNE-1"});
            w.admin.post(&exemption, &body).await.expect(200);
            stay_after(w, &[]).await.json(&json!({"from": TODAY, "reason": "Of another person"}))
        }),
        Request::new("split_stay", async |w| stay_after(w, &[]).await.json(&json!({"night": "2026-12-02"}))),
        Request::new("get_stay_guests", async |w| stay_after(w, &[]).await),
        Request::new("set_stay_guests", async |w| {
            stay_after(w, &[]).await.json(&json!({"guests": [{"full_name": "Ana Sousa"}]}))
        }),
        Request::new("reveal_stay_document", async |w| {
            let guests = format!("/v1/bookings/{}/stays/{}/guests", w.booking().await, w.stay().await);
            let document = json!({"kind": "passport", "number": "CA123456", "country": "PT"});
            let body = json!({"guests": [{"full_name": "Ana Sousa", "document": document}]});
            let etag = w.admin.get(&guests).await.expect(200).header("etag").to_owned();
            w.admin.with("if-match", etag).put(&guests, &body).await.expect(200);
            stay_after(w, &[]).await.json(&json!({"position": 0}))
        })
        .but(NotKeyed, "each reveal is on the record, and a kept answer would outlive the document"),
    ]
}

fn of_files() -> Vec<Request> {
    vec![
        Request::new("export_bookings", async |w| {
            w.booking().await;
            Call::about(w.property().await)
        }),
        Request::new("import_bookings", async |w| {
            let bookings = format!(
                "reference,room_type,check_in,check_out,adults,contact_name,contact_email\n\
                 4711,DBL,{TODAY},2026-12-03,2,Ana Sousa,ana@example.com\n"
            );
            Call::about(w.property().await).file("text/csv", bookings)
        }),
        Request::new("import_rooming_list", async |w| {
            let list =
                format!("reference,guest_name,room_type,check_in,check_out,adults\n1,Ana Sousa,DBL,{TODAY},2026-12-03,2\n");
            Call::to(&a_group(w).await).file("text/csv", list)
        }),
        Request::new("rooming_list_template", async |_| Call::plain()).but(ForKeysToo, "an integration imports rooming lists"),
        Request::new("bookings_template", async |_| Call::plain()).but(ForKeysToo, "an integration imports bookings"),
    ]
}

fn because(call: Call) -> Call {
    call.json(&json!({"reason": "test"}))
}

/// Makes a call that acts on this booking alone.
async fn many(w: &World, booking: &str) -> Call {
    Call::plain().json(&json!({"property_id": w.property().await, "items": [{"booking_id": booking}]}))
}

async fn a_group(w: &World) -> String {
    let hotel = w.hotel().await;
    let block = json!([{"room_type_id": hotel.double, "from": "2026-12-02", "to": "2026-12-03", "rooms": 1}]);
    let group = json!({"property_id": hotel.id, "name": "Tour", "code": "TOUR", "cut_off": "2026-12-02", "block": block,
                       "contact": {"full_name": "Ana Sousa", "email": "ana@example.com"}});
    w.admin.post("/v1/groups", &group).await.expect(201).id().to_owned()
}

/// A group with a booking from today on.
async fn a_group_with_guests(w: &World) -> String {
    let group = a_group(w).await;
    let mut request = w.booking_request().await;
    request["group_code"] = json!("TOUR");
    w.book(&request).await;
    group
}

async fn held(w: &World) -> Reply {
    let mut request = w.booking_request().await;
    request["hold_minutes"] = json!(30);
    w.book(&request).await
}

/// The booking to which this has happened already.
async fn after<'w>(w: &'w World, actions: &[&str]) -> &'w str {
    let booking = w.booking().await;
    for action in actions {
        w.admin.post(&format!("/v1/bookings/{booking}/{action}"), &json!({})).await.expect(200);
    }
    booking
}

/// Makes a call to the stay of a booking to which this has happened already.
async fn stay_after(w: &World, actions: &[&str]) -> Call {
    Call::to(after(w, actions).await).and(w.stay().await)
}
