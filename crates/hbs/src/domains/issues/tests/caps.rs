//! What grows by itself has a cap.
use super::{ISSUES, raise};
use crate::support::{HotelSpec, TestApp};
use http::Method;
use serde_json::json;

#[tokio::test]
async fn an_issue_has_so_many_links_and_no_more() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let one = raise(&hotel.manager, &hotel, json!({})).await.id().to_owned();
    let mut others = Vec::new();
    for _ in 0..51 {
        others.push(raise(&hotel.manager, &hotel, json!({})).await.id().to_owned());
    }
    app.sql(&format!(
        "INSERT INTO issue_links (property_id, issue_id, other_id, created_at, updated_at)
         SELECT property_id, '{one}', id, now(), now() FROM issues WHERE id NOT IN ('{one}', '{}')",
        others[50]
    ))
    .await;
    let (path, last) = (format!("{ISSUES}/{one}/links"), json!({"issue_id": others[50]}));
    assert_eq!(hotel.manager.post(&path, &last).await.expect(409).code(), "issue.too_many_links");
    let backwards = format!("{ISSUES}/{}/links", others[50]);
    assert_eq!(hotel.manager.post(&backwards, &json!({"issue_id": one})).await.expect(409).code(), "issue.too_many_links");
    assert_eq!(app.number("SELECT count(*) FROM issue_links").await, 50);
    hotel.manager.post(&path, &json!({"issue_id": others[0]})).await.expect(200);
    hotel.manager.send(Method::DELETE, &format!("{path}/{}", others[0]), None).await.expect(204);
    hotel.manager.post(&path, &last).await.expect(200);
}

#[tokio::test]
async fn a_hotel_has_so_many_canned_answers_and_no_more() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let new = |title: &str| json!({"property_id": hotel.id, "title": title, "texts": {"en": "We come."}});
    let first = hotel.manager.post("/v1/canned-answers", &new("First")).await.expect(201);
    app.sql(
        "INSERT INTO canned_answers (property_id, id, title, texts, created_at, updated_at)
         SELECT property_id, gen_random_uuid(), title || n, texts, now(), now() FROM canned_answers, generate_series(1, 499) n",
    )
    .await;
    let refused = hotel.manager.post("/v1/canned-answers", &new("Another")).await.expect(409);
    assert_eq!(refused.code(), "canned_answer.too_many");
    hotel.manager.delete(&format!("/v1/canned-answers/{}", first.id()), "\"1\"").await.expect(204);
    hotel.manager.post("/v1/canned-answers", &new("Another")).await.expect(201);
}

#[tokio::test]
async fn a_person_saves_so_many_filters_and_no_more() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let agent = app.staff(&["issues:read", "issues:write"], Some(&hotel.id)).await;
    let new = |name: &str| json!({"property_id": hotel.id, "name": name, "filter": {"is_open": true}});
    let first = agent.post("/v1/issue-views", &new("First")).await.expect(201);
    app.sql(
        "INSERT INTO issue_views (property_id, id, user_id, name, is_shared, filter, created_at, updated_at)
         SELECT property_id, gen_random_uuid(), user_id, name || n, is_shared, filter, now(), now()
         FROM issue_views, generate_series(1, 99) n",
    )
    .await;
    assert_eq!(agent.post("/v1/issue-views", &new("Another")).await.expect(409).code(), "issue_view.too_many");
    hotel.manager.post("/v1/issue-views", &new("Another")).await.expect(201);
    agent.delete(&format!("/v1/issue-views/{}", first.id()), "\"1\"").await.expect(204);
    agent.post("/v1/issue-views", &new("Another")).await.expect(201);
}
