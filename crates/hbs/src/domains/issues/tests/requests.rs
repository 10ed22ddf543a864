use crate::every_route::{
    Call,
    Exception::{AsksToo, ForPeopleOnly, NotVersioned, OwnOtherwise},
    Request, World,
};
use serde_json::{Value, json};

/// An issue of the owner's booking. Those of other bookings are nobody's any more, since a guest has few open at a time.
async fn an_issue(w: &World) -> String {
    w.app.sql(&format!("UPDATE issues SET guest_user_id = NULL WHERE booking_id <> '{}'", w.booking().await)).await;
    let issue = json!({"property_id": w.property().await, "category": "room_defect", "subject": "The shower is cold",
                       "text": "Since this morning", "booking_id": w.booking().await});
    w.owner.post("/v1/issues", &issue).await.expect(201).id().to_owned()
}

/// An issue of the staff among themselves, about the first room.
async fn an_internal_issue(w: &World) -> String {
    let issue = json!({"property_id": w.property().await, "category": "room_defect", "subject": "Window does not close",
                       "text": "Seen on the round", "room_id": w.room().await});
    w.admin.post("/v1/issues", &issue).await.expect(201).id().to_owned()
}

async fn an_answer(w: &World) -> String {
    let answer =
        json!({"property_id": w.property().await, "title": "On the way", "texts": {"en": "Dear {{guest_name}}, we come."}});
    w.admin.post("/v1/canned-answers", &answer).await.expect(201).id().to_owned()
}

/// A message of the staff in an issue.
async fn a_message(w: &World, issue: &str) -> String {
    let posted = w.admin.post(&format!("/v1/issues/{issue}/messages"), &json!({"text": "See the picture"})).await.expect(201);
    posted.body["message"]["id"].as_str().expect("an id").to_owned()
}

async fn a_view(w: &World) -> String {
    let name = "Late defects";
    let filter = json!({"category": "room_defect", "is_overdue": true});
    let view = json!({"property_id": w.property().await, "name": name, "is_shared": true, "filter": filter});
    w.admin.post("/v1/issue-views", &view).await.expect(201).id().to_owned()
}

const OF_PEOPLE: &str = "filters are saved by people";
const OF_STAFF: &str = "guests attach to messages of the guest, and files do not say whose they are; see the tests of files";

fn settings() -> Value {
    let day = json!([{"from": "09:00", "to": "17:00"}]);
    let target = json!({"answer_minutes": 60, "solution_minutes": 480});
    json!({
        "hours": {"monday": day, "tuesday": day, "wednesday": day, "thursday": day, "friday": day, "saturday": [], "sunday": []},
        "holidays": ["2026-12-25"],
        "targets": {"low": target, "normal": target, "high": target, "urgent": target},
        "recipients": ["desk@example.com"],
    })
}

pub fn requests() -> Vec<Request> {
    vec![
        Request::new("list_issues", async |w| {
            an_issue(w).await;
            Call::about(w.property().await)
        }),
        Request::new("create_issue", async |w| {
            let issue = json!({"property_id": w.property().await, "category": "noise", "subject": "Loud music",
                               "text": "Until two", "booking_id": w.booking().await});
            Call::plain().json(&issue)
        }),
        Request::new("get_issue_counts", async |w| {
            an_issue(w).await;
            Call::about(w.property().await)
        }),
        Request::new("get_issue_report", async |w| {
            an_issue(w).await;
            Call::about(w.property().await).query("from", "2026-12-01").query("to", "2026-12-31")
        }),
        Request::new("get_issue", async |w| Call::to(&an_issue(w).await)),
        Request::new("update_issue", async |w| Call::to(&an_issue(w).await).json(&json!({"priority": "high"}))),
        Request::new("get_issue_messages", async |w| Call::to(&an_issue(w).await)),
        Request::new("post_issue_message", async |w| Call::to(&an_issue(w).await).json(&json!({"text": "Still cold"}))),
        Request::new("attach_to_issue_message", async |w| {
            let issue = an_issue(w).await;
            Call::to(&issue).and(&a_message(w, &issue).await).query("name", "shower.png").picture()
        })
        .but(OwnOtherwise, OF_STAFF),
        Request::new("get_issue_attachment", async |w| {
            let issue = an_issue(w).await;
            let path = format!("/v1/issues/{issue}/messages/{}/attachments", a_message(w, &issue).await);
            let document = b"%PDF-1.4\n1 0 obj\nendobj\n%%EOF\n";
            let attached = w.admin.upload(http::Method::POST, &path, "application/pdf", document).await.expect(201);
            Call::to(&issue).and(attached.id())
        })
        .but(OwnOtherwise, OF_STAFF),
        Request::new("read_issue", async |w| Call::to(&an_issue(w).await)),
        Request::new("view_issue", async |w| Call::to(&an_issue(w).await).json(&json!({"is_writing": true})))
            .but(ForPeopleOnly, "only people look at a screen"),
        Request::new("get_issue_history", async |w| Call::to(&an_issue(w).await)),
        Request::new("block_room_of_issue", async |w| {
            let block = json!({"kind": "out_of_order", "from": "2026-12-05", "to": "2026-12-07"});
            Call::to(&an_internal_issue(w).await).json(&block)
        })
        .but(AsksToo("room_blocks:write"), "a room is taken off sale"),
        Request::new("merge_issue", async |w| {
            let (one, other) = (an_issue(w).await, an_issue(w).await);
            Call::to(&one).json(&json!({"issue_id": other}))
        }),
        Request::new("get_issue_links", async |w| {
            let (one, other) = (an_issue(w).await, an_issue(w).await);
            w.admin.post(&format!("/v1/issues/{one}/links"), &json!({"issue_id": other})).await.expect(200);
            Call::to(&one)
        }),
        Request::new("link_issue", async |w| {
            let (one, other) = (an_issue(w).await, an_issue(w).await);
            Call::to(&one).json(&json!({"issue_id": other}))
        }),
        Request::new("unlink_issue", async |w| {
            let (one, other) = (an_issue(w).await, an_issue(w).await);
            w.admin.post(&format!("/v1/issues/{one}/links"), &json!({"issue_id": other})).await.expect(200);
            Call::to(&one).and(&other)
        })
        .but(NotVersioned, "a link is made and taken back, never changed"),
        Request::new("get_filled_answer", async |w| Call::to(&an_issue(w).await).and(&an_answer(w).await)),
        Request::new("get_issue_settings", async |w| Call::to(w.property().await)),
        Request::new("set_issue_settings", async |w| {
            let path = format!("/v1/properties/{}/issue-settings", w.property().await);
            let mut before = settings();
            before["holidays"] = json!([]);
            w.admin.with("if-match", "\"0\"").put(&path, &before).await.expect(200);
            Call::to(w.property().await).json(&settings())
        }),
        Request::new("list_issue_views", async |w| {
            a_view(w).await;
            Call::about(w.property().await)
        })
        .but(ForPeopleOnly, OF_PEOPLE),
        Request::new("get_issue_view", async |w| Call::to(&a_view(w).await)).but(ForPeopleOnly, OF_PEOPLE),
        Request::new("create_issue_view", async |w| {
            Call::plain().json(&json!({"property_id": w.property().await, "name": "Mine", "filter": {"is_open": true}}))
        })
        .but(ForPeopleOnly, OF_PEOPLE),
        Request::new("delete_issue_view", async |w| Call::to(&a_view(w).await)).but(ForPeopleOnly, OF_PEOPLE),
        Request::new("list_canned_answers", async |w| {
            an_answer(w).await;
            Call::about(w.property().await)
        }),
        Request::new("get_canned_answer", async |w| Call::to(&an_answer(w).await)),
        Request::new("create_canned_answer", async |w| {
            Call::plain().json(&json!({"property_id": w.property().await, "title": "Thank you", "texts": {"en": "Thanks."}}))
        }),
        Request::new("update_canned_answer", async |w| Call::to(&an_answer(w).await).json(&json!({"title": "We come"}))),
        Request::new("delete_canned_answer", async |w| Call::to(&an_answer(w).await)),
    ]
}
