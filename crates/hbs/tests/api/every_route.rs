//! What must hold for every operation in the OpenAPI document, also for those written tomorrow.
//!
//! `World::request` knows one valid request for each operation, on a hotel made for it. What is then
//! asked of the operation follows from the document alone.
use crate::support::{Client, PASSWORD, Reply, TestApp, unique};
use hbs::config::Config;
use hbs::domains::authorization::DEFAULT_ROLES;
use hbs::security::permission::CATALOGUE;
use hbs::server;
use http::Method;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Operations that need no sign-in. This list may only shrink, but for reading what anybody may see.
const PUBLIC: &[&str] = &[
    "accept_invitation",
    "forgot_password",
    "mailbox",
    "reset_password",
    "verify_email",
    "create_quote",
    "download_image",
    "get_age_bands",
    "get_group_offer",
    "get_amenity",
    "get_cancellation_policy",
    "get_property",
    "get_property_image",
    "get_rate_plan",
    "get_room_type",
    "get_room_type_image",
    "get_tax_rule",
    "jwks",
    "list_amenities",
    "list_cancellation_policies",
    "list_properties",
    "list_property_images",
    "list_rate_plans",
    "list_room_type_images",
    "list_room_types",
    "list_tax_rules",
    "live",
    "login",
    "metrics",
    "read_feed",
    "ready",
    "refresh",
    "register",
    "search",
    "search_hotels",
    "price_calendar",
    // Only where the settings have a test clock.
    "set_clock",
    "verify_mfa",
];

/// Permissions that no operation asks for outright, with what asks for them.
const ASKED_FOR_BY_VALUES: &[(&str, &str)] = &[
    ("bookings:override", "`ignore_restrictions` in the body of create_booking"),
    ("bookings:price", "`nightly_price` in the body of create_booking"),
    (
        "bookings:waive_fee",
        "`waive_fee` in the bodies of cancel_booking, no_show_booking, check_out_booking and those of their stays",
    ),
    (
        "stays:override",
        "`ignore_housekeeping` and `ignore_balance` in the bodies of checking in and out, of bookings and of stays",
    ),
    ("inventory:override", "`force` in the bodies of create_room_block and update_room_block"),
];

/// Operations that a permission at another property does not reach at all, but not by 404.
const REFUSED_ELSEWHERE: &[(&str, u16, &str)] = &[
    ("create_property", 403, "a new property is within nobody's scope but that of all"),
    ("create_role", 403, "roles are the same at all properties"),
    ("update_role", 403, "roles are the same at all properties"),
    ("delete_role", 403, "roles are the same at all properties"),
    ("create_booking", 422, "anybody books for themselves; for somebody else only staff of the hotel do"),
    ("join_waitlist", 422, "anybody waits for themselves; somebody else is entered by staff of the hotel only"),
];

/// Operations on what belongs to no property.
const OF_NO_PROPERTY: &[&str] = &["list_roles", "get_role"];

/// Operations that need their permission for all properties.
const FOR_ALL_PROPERTIES: &[&str] = &["create_property", "create_role", "update_role", "delete_role"];

/// Operations whose request here asks for a permission more, by what stands in it.
const ASKS_FOR_MORE: &[(&str, &str)] = &[("invite_user", "roles:assign"), ("create_walk_in", "stays:check_in")];

/// Operations for whoever is signed in that integrations may call too. All others are for people.
pub const FOR_KEYS_TOO: &[&str] =
    &["bookings_template", "list_permissions", "my_permissions", "rates_template", "rooms_template"];

/// Operations that take a permission and are for people all the same.
pub const FOR_PEOPLE_ONLY: &[(&str, &str)] = &[("create_api_key", "a key makes no keys")];

/// PUT, PATCH and DELETE of what has no version.
const WITHOUT_VERSION: &[(&str, &str)] = &[
    ("assign_amenities", "the room types are versioned, each for itself: `version` in the body"),
    ("delete_avatar", "a picture of one's own is replaced and removed, never edited"),
    ("set_avatar", "a picture of one's own is replaced and removed, never edited"),
    ("delete_assignment", "an assignment is made and taken away, never changed"),
    ("remove_from_wishlist", "a wish is made and taken back, never changed"),
    ("remove_totp", "the password and a code say more than a version"),
    ("revoke_session", "a session is begun and ended, never changed"),
    ("set_clock", "the clock is not a thing with a history"),
    ("update_rates", "nights have no version each; who changed them when is in their history"),
];

/// Operations whose valid request, sent by the right person, is not answered with success here.
const NOT_OK: &[(&str, u16, &str)] = &[
    ("metrics", 404, "only for loopback addresses and bearers of the token; see platform.rs"),
    ("verify_mfa", 401, "the token comes from a sign-in just before; this and the next four: authentication/tests.rs"),
    ("confirm_totp", 409, "the right person has begun to set up an authenticator"),
    ("remove_totp", 409, "the right person has an authenticator"),
    ("replace_recovery_codes", 409, "the right person has an authenticator"),
    ("revoke_session", 404, "sessions are one's own, and those of a new guest are not known here"),
];

/// Operations on what is the caller's own alone: the world has made it for `Cast::owner`.
const OF_OWNER: &[&str] = &["remove_from_wishlist"];

/// Unsafe operations that take no Idempotency-Key.
const WITHOUT_KEY: &[(&str, &str)] = &[
    ("change_password", "again, the current password is another"),
    ("logout", "signing out twice is signing out"),
    ("resend_verification", "asked again at once, no second mail goes out"),
    ("set_clock", "setting it twice is setting it"),
    ("logout_all", "signing out twice is signing out"),
    ("revoke_session", "a session ends once"),
    ("set_up_totp", "the answer holds a secret, which is not stored"),
    ("confirm_totp", "the answer holds secrets, which are not stored; each code is good once"),
    ("remove_totp", "each code is good once"),
    ("replace_recovery_codes", "the answer holds secrets, which are not stored; each code is good once"),
];

/// Who may call an operation, as documented.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    Public,
    SignedIn,
    /// On one's own things anybody, on others' who holds the permission.
    OwnOr(String),
    Staff(String),
}

#[derive(Debug)]
pub struct Operation {
    pub id: String,
    pub method: Method,
    pub path: String,
    pub access: Access,
    /// The statuses that it documents.
    answers: BTreeSet<u16>,
    /// Its headers, with whether they are required.
    headers: BTreeMap<String, bool>,
    document: Value,
}

impl Operation {
    pub fn permission(&self) -> Option<&str> {
        match &self.access {
            Access::OwnOr(permission) | Access::Staff(permission) => Some(permission),
            Access::Public | Access::SignedIn => None,
        }
    }

    pub fn is_listed<T>(&self, list: &[(&str, T)]) -> bool {
        list.iter().any(|(id, _)| *id == self.id)
    }

    fn is_unsafe(&self) -> bool {
        self.method != Method::GET
    }

    /// Whether its body is a picture.
    fn takes_picture(&self) -> bool {
        self.document["requestBody"]["content"]["image/png"].is_object()
    }

    fn is_list(&self) -> bool {
        self.id.starts_with("list_") && !self.path.contains('{')
    }
}

/// Every operation of the document, with what it must say of itself.
fn operations(app: &TestApp) -> Vec<Operation> {
    operations_with(&app.app.config)
}

/// The same for an app with these settings.
pub fn operations_with(config: &Config) -> Vec<Operation> {
    let document = serde_json::to_value(server::document(config)).expect("JSON");
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            let id = operation["operationId"].as_str().unwrap_or_else(|| panic!("{method} {path} has no operationId")).to_owned();
            let headers =
                operation["parameters"].as_array().into_iter().flatten().filter(|parameter| parameter["in"] == "header");
            operations.push(Operation {
                access: access(&id, &operation["security"]),
                method: Method::from_bytes(method.to_uppercase().as_bytes()).expect("a method"),
                path: path.clone(),
                answers: operation["responses"]
                    .as_object()
                    .expect("responses")
                    .keys()
                    .filter_map(|key| key.parse().ok())
                    .collect(),
                headers: headers
                    .map(|header| (header["name"].as_str().expect("text").to_owned(), header["required"] == true))
                    .collect(),
                document: operation.clone(),
                id,
            });
        }
    }
    assert!(operations.len() > 40, "{} operations", operations.len());
    operations
}

fn access(id: &str, security: &Value) -> Access {
    let alternatives = security.as_array().unwrap_or_else(|| panic!("{id} documents no security"));
    let scopes: Vec<Option<Vec<&str>>> = alternatives
        .iter()
        .map(|need| {
            need.get("bearer")
                .map(|scopes| scopes.as_array().expect("a list").iter().map(|scope| scope.as_str().expect("text")).collect())
        })
        .collect();
    match scopes.iter().map(|scopes| scopes.as_deref()).collect::<Vec<_>>()[..] {
        [] | [None] => Access::Public,
        [Some([])] => Access::SignedIn,
        [Some([permission])] => Access::Staff((*permission).into()),
        [Some([]), Some([permission])] => Access::OwnOr((*permission).into()),
        _ => panic!("{id} documents a security that means nothing here: {security}"),
    }
}

/// A hotel with one of everything, made for one operation.
struct World {
    property: String,
    room_type: String,
    spare_type: String,
    spare_room: String,
    amenity: String,
    tax_rule: String,
    policy: String,
    rate_plan: String,
    booking: String,
    stay: String,
    /// In another room of the same type.
    other_stay: String,
    assignment: String,
    wish: String,
    /// Somebody who was invited to work there, or is whom the operation needs.
    colleague: String,
    /// A role that nobody has.
    spare_role: String,
    api_key: String,
    group: String,
    block: String,
    waiting: String,
    change: String,
    /// A calendar export, import, or a conflict of one.
    feed: String,
    /// The secret address of an export.
    feed_file: String,
    /// A picture of the property, or of the room type.
    image: String,
    /// Its file.
    image_file: String,
}

/// Those who are there in every world.
struct Cast {
    admin: Client,
    /// Whose booking it is, and who has a role.
    owner: Client,
    /// A role of `owner`, and another one.
    role: String,
    other_role: String,
    /// A role that permits nothing.
    idle_role: String,
    /// Somebody with a second factor, for the one operation that takes it away.
    with_factor: Client,
    /// A hotel that has nothing to do with it.
    elsewhere: String,
}

const TODAY: &str = "2026-12-01";
const CALENDAR: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:a\r\nDTSTART;VALUE=DATE:20261205\r\nDTEND;VALUE=DATE:20261207\r\n\
                        SUMMARY:Taken\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
const OTHER_PASSWORD: &str = "violet kettle orbit";

impl Cast {
    async fn new(app: &TestApp) -> Self {
        app.set_clock(&format!("{TODAY}T12:00:00Z"));
        let (admin, owner) = (app.admin().await, app.guest().await);
        let [role, other_role] = [role(app).await, role(app).await];
        let idle_role = admin.post("/v1/roles", &role_body(&[])).await.expect(201).id().to_owned();
        let with_factor = app.guest().await;
        app.sql(&format!("UPDATE users SET second_factor_since = now() WHERE id = '{}'", with_factor.user_id())).await;
        let elsewhere = property(&admin).await;
        mailed_tokens(app).await;
        Self { admin, owner, role, other_role, idle_role, with_factor, elsewhere }
    }
}

/// What links in mails hold, each to somebody of its own: the token is called like its purpose.
async fn mailed_tokens(app: &TestApp) {
    for purpose in ["verify_email", "reset_password", "invitation"] {
        let status = if purpose == "invitation" { "invited" } else { "active" };
        app.sql(&format!(
            "INSERT INTO users (id, email, full_name, password_hash, status, created_at, updated_at)
             VALUES (gen_random_uuid(), '{purpose}@example.com', 'Test', '-', '{status}', now(), now());
             INSERT INTO user_tokens (token_hash, user_id, purpose, email, expires_at, created_at, updated_at)
             SELECT sha256('{purpose}'), id, '{purpose}', email, now() + interval '1 hour', now(), now()
             FROM users WHERE email = '{purpose}@example.com'"
        ))
        .await;
    }
}

/// A role that permits to assign roles, and nothing else.
async fn role(app: &TestApp) -> String {
    let id = uuid::Uuid::now_v7().to_string();
    app.sql(&format!(
        "INSERT INTO roles (id, code, name, description, created_at, updated_at) VALUES ('{id}', '{}', 'Test', '', now(), now());
         INSERT INTO role_permissions (role_id, permission, created_at, updated_at) VALUES ('{id}', 'roles:assign', now(), now())",
        unique("role")
    ))
    .await;
    id
}

fn role_body(permissions: &[&str]) -> Value {
    json!({"code": unique("role"), "name": "Test", "permissions": permissions})
}

fn invitation(role: &str, property: &str) -> Value {
    json!({"email": format!("{}@example.com", unique("new")), "full_name": "New Colleague",
           "assignments": [{"role_id": role, "property_id": property}]})
}

fn property_body() -> Value {
    json!({"name": unique("hotel"), "time_zone": "Europe/Lisbon", "currency": "EUR", "prices": "gross",
           "address": {"street": "Rua 1", "city": "Lisboa", "postal_code": "1000-001", "country": "PT"},
           "settings": {"horizon_nights": 10}})
}

async fn property(admin: &Client) -> String {
    admin.post("/v1/properties", &property_body()).await.expect(201).id().to_owned()
}

impl World {
    async fn new(cast: &Cast, operation: &Operation) -> Self {
        let Cast { admin, owner, role, .. } = cast;
        let property = property(admin).await;
        let add =
            async |path: &str, body: Value| admin.post(path, &with_property(body, &property)).await.expect(201).id().to_owned();
        // What others have nothing to do with is made only where the operation is about it.
        let if_about = async |what: &str, client: &Client, path: &str, body: Value| match operation.path.contains(what) {
            true => client.post(path, &body).await.expect(201).id().to_owned(),
            false => String::new(),
        };
        let amenity = with_property(json!({"code": "wifi", "name": "Wi-Fi"}), &property);
        let amenity = if_about("amenities", admin, "/v1/amenities", amenity).await;
        let tax_rule = with_property(json!({"name": "VAT", "percent": "6"}), &property);
        let tax_rule = if_about("tax-rules", admin, "/v1/tax-rules", tax_rule).await;
        let room_type = add("/v1/room-types", type_body("DBL")).await;
        let spare_type = add("/v1/room-types", type_body("STE")).await;
        add("/v1/rooms", json!({"room_type_id": room_type, "number": "101"})).await;
        let spare_room = add("/v1/rooms", json!({"room_type_id": room_type, "number": "102"})).await;
        let assignment = json!({"role_id": role, "property_id": property});
        let assignment = if_about("/users", admin, &assignments_of(owner), assignment).await;
        let wish = if_about("wishlist", owner, "/v1/me/wishlist", json!({"room_type_id": room_type})).await;
        let colleague = match operation.path.contains("/users") {
            true => colleague(cast, operation, &property).await,
            false => String::new(),
        };
        let spare_role = if_about("/roles", admin, "/v1/roles", role_body(&["roles:write"])).await;
        let api_key = json!({"name": "Test", "grants": [{"permission": "api_keys:write", "property_id": property}]});
        let api_key = if_about("api-keys", admin, "/v1/api-keys", api_key).await;
        let policy = add("/v1/cancellation-policies", json!({"code": "SPARE", "name": "Spare"})).await;
        let plan =
            plan_body("SPARE", &add("/v1/cancellation-policies", json!({"code": "FLEX", "name": "Flex"})).await, &room_type);
        let rate_plan = add("/v1/rate-plans", plan).await;
        let mut world = Self {
            property,
            room_type,
            spare_type,
            spare_room,
            amenity,
            tax_rule,
            booking: String::new(),
            stay: String::new(),
            other_stay: String::new(),
            assignment,
            wish,
            colleague,
            spare_role,
            api_key,
            policy,
            rate_plan,
            group: String::new(),
            block: String::new(),
            waiting: String::new(),
            change: String::new(),
            feed: String::new(),
            feed_file: String::new(),
            image: String::new(),
            image_file: String::new(),
        };
        world.add_image(admin, &operation.id).await;
        if operation.id != "delete_property" {
            let mut body = world.booking_body(owner);
            if ["confirm_booking", "extend_hold"].contains(&operation.id.as_str()) {
                body["hold_minutes"] = json!(30);
            }
            let booked = admin.post("/v1/bookings", &body).await.expect(201);
            world.booking = booked.id().to_owned();
            world.stay = booked.body["stays"][0]["id"].as_str().expect("a stay").to_owned();
        }
        if operation.id == "swap_rooms" {
            let booked = admin.post("/v1/bookings", &world.booking_body(owner)).await.expect(201);
            world.other_stay = booked.body["stays"][0]["id"].as_str().expect("a stay").to_owned();
        }
        if operation.id == "list_night_audits" {
            let path = format!("/v1/properties/{}/night-audit", world.property);
            admin.post(&path, &json!({"business_date": "2026-11-30"})).await.expect(200);
        }
        let before: &[&str] = match operation.id.as_str() {
            "check_out_booking" | "check_out_stay" | "undo_check_in_booking" | "undo_check_in_stay" => &["check-in"],
            "undo_check_out_booking" | "undo_check_out_stay" => &["check-in", "check-out"],
            "reinstate_booking" | "reinstate_stay" => &["cancel"],
            _ => &[],
        };
        for action in before {
            admin.post(&format!("/v1/bookings/{}/{action}", world.booking), &json!({})).await.expect(200);
        }
        if operation.path.starts_with("/v1/room-blocks") && operation.id != "create_room_block" {
            world.block = admin.post("/v1/room-blocks", &world.block_body()).await.expect(201).id().to_owned();
        }
        if operation.path.contains("/groups") && operation.id != "create_group" {
            world.group = admin.post("/v1/groups", &world.group_body()).await.expect(201).id().to_owned();
        }
        if operation.path.starts_with("/v1/waitlist") {
            world.waiting = admin.post("/v1/waitlist", &world.wait_body(owner, "2026-12-02")).await.expect(201).id().to_owned();
        }
        if operation.path.starts_with("/v1/change-requests") {
            let wanted = json!({"amendment": {"check_out": "2026-12-04"}, "message": "Longer, please"});
            let path = format!("/v1/bookings/{}/change-requests", world.booking);
            world.change = admin.post(&path, &wanted).await.expect(201).id().to_owned();
            if ["accept_change", "decline_change"].contains(&operation.id.as_str()) {
                let path = format!("/v1/change-requests/{}/propose", world.change);
                admin.post(&path, &json!({"amendment": {"check_out": "2026-12-04"}})).await.expect(200);
            }
        }
        world.add_feed(admin, operation).await;
        world
    }

    fn group_body(&self) -> Value {
        json!({"property_id": self.property, "name": "Wedding", "code": "WEDDING", "cut_off": "2026-12-03", "block": self.group_block()})
    }

    fn group_block(&self) -> Value {
        json!([{"room_type_id": self.room_type, "from": "2026-12-04", "to": "2026-12-06", "rooms": 1}])
    }

    /// What guests cannot do by themselves: there are no rooms of the spare type.
    fn change_body(&self) -> Value {
        let stay = json!({"stay_id": self.stay, "room_type_id": self.spare_type});
        json!({"amendment": {"stays": [stay]}, "message": "A suite, please"})
    }

    /// There are no rooms of the spare type.
    fn wait_body(&self, guest: &Client, check_out: &str) -> Value {
        json!({"property_id": self.property, "room_type_id": self.spare_type, "check_in": TODAY, "check_out": check_out,
               "adults": 1, "guest_user_id": guest.user_id(), "contact": {"full_name": "Ana Sousa", "email": "ana@example.com"}})
    }

    fn export_body(&self) -> Value {
        json!({"property_id": self.property, "room_type_id": self.room_type, "name": "Test"})
    }

    fn import_body(&self, url: Option<&str>) -> Value {
        json!({"property_id": self.property, "room_id": self.spare_room, "name": "Test", "url": url})
    }

    async fn add_feed(&mut self, admin: &Client, operation: &Operation) {
        if operation.path.starts_with("/v1/feeds") || operation.path.starts_with("/v1/feed-exports") {
            let made = admin.post("/v1/feed-exports", &self.export_body()).await.expect(201);
            self.feed = made.id().to_owned();
            self.feed_file = made.body["path"].as_str().and_then(|path| path.rsplit('/').next()).expect("a file").to_owned();
        } else if operation.path.starts_with("/v1/feed-imports") {
            let url = Some("https://example.com/a.ics").filter(|_| operation.id == "poll_feed_import");
            self.feed = admin.post("/v1/feed-imports", &self.import_body(url)).await.expect(201).id().to_owned();
        } else if operation.path.starts_with("/v1/feed-conflicts") {
            let feed = admin.post("/v1/feed-imports", &self.import_body(None)).await.expect(201);
            let path = format!("/v1/feed-imports/{}/file", feed.id());
            let file = CALENDAR.replace("SUMMARY", "RRULE:FREQ=DAILY\r\nSUMMARY");
            admin.with("content-type", "text/calendar").send(Method::POST, &path, Some(file)).await.expect(200);
            let found = admin.get(&format!("/v1/feed-conflicts?feed_id={}", feed.id())).await.expect(200);
            self.feed = found.body["items"][0]["id"].as_str().expect("a conflict").to_owned();
        }
    }

    fn block_body(&self) -> Value {
        json!({"property_id": self.property, "room_id": self.spare_room, "kind": "out_of_order", "reason": "Burst pipe",
               "from": TODAY, "to": "2026-12-04"})
    }

    /// A picture, where it takes one; it makes a new version of what it is of.
    async fn add_image(&mut self, admin: &Client, operation: &str) {
        let owner = match operation {
            "list_property_images" | "get_property_image" | "update_property_image" | "delete_property_image" => {
                format!("/v1/properties/{}", self.property)
            }
            "list_room_type_images"
            | "get_room_type_image"
            | "update_room_type_image"
            | "delete_room_type_image"
            | "download_image" => format!("/v1/room-types/{}", self.room_type),
            _ => return,
        };
        let made = admin.upload(Method::POST, &format!("{owner}/images"), "image/png", &picture()).await.expect(201);
        self.image = made.id().to_owned();
        self.image_file = made.body["url"].as_str().and_then(|url| url.rsplit('/').next()).expect("a file").to_owned();
    }

    fn booking_body(&self, guest: &Client) -> Value {
        json!({"property_id": self.property, "check_in": TODAY, "check_out": "2026-12-03",
               "rooms": [{"room_type_id": self.room_type, "adults": 1}], "guest_user_id": guest.user_id(),
               "contact": {"full_name": "Ana Sousa", "email": "ana@example.com"}})
    }

    /// A valid request: its path with the query, and its body.
    fn request(&self, cast: &Cast, operation: &Operation) -> (String, Option<Value>) {
        let Self { property, room_type, spare_type, spare_room, amenity, tax_rule, policy, rate_plan, booking, .. } = self;
        let Self { assignment, wish, colleague, spare_role, api_key, block, feed, image, image_file, group, .. } = self;
        let Cast { owner, other_role, idle_role, .. } = cast;
        let of_property = format!("?property_id={property}");
        let (id, query, body) = match operation.id.as_str() {
            "register" => {
                let email = format!("{}@example.com", unique("new"));
                ("", "", Some(json!({"email": email, "password": PASSWORD, "full_name": "New Person"})))
            }
            "login" => ("", "", Some(json!({"login": "login@example.com", "password": PASSWORD}))),
            "verify_email" => ("", "", Some(json!({"token": "verify_email"}))),
            "reset_password" => ("", "", Some(json!({"token": "reset_password", "password": OTHER_PASSWORD}))),
            "accept_invitation" => ("", "", Some(json!({"token": "invitation", "password": OTHER_PASSWORD}))),
            "forgot_password" => ("", "", Some(json!({"email": "login@example.com"}))),
            "change_password" => ("", "", Some(json!({"current_password": PASSWORD, "new_password": OTHER_PASSWORD}))),
            "resend_verification" | "mailbox" => ("", "", None),
            "refresh" => ("", "", Some(json!({"refresh_token": owner.refresh_token()}))),
            "verify_mfa" => ("", "", Some(json!({"mfa_token": "unknown", "code": "000000"}))),
            "set_up_totp" => ("", "", Some(json!({"current_password": PASSWORD}))),
            "confirm_totp" | "replace_recovery_codes" => ("", "", Some(json!({"code": "000000"}))),
            "remove_totp" => ("", "", Some(json!({"current_password": PASSWORD, "code": "000000"}))),
            "get_mfa" | "list_sessions" | "logout_all" => ("", "", None),
            "revoke_session" => (property.as_str(), "", None),
            "update_me" => ("", "", Some(json!({"full_name": "Another Name", "locale": "pt-PT"}))),
            "logout" | "get_me" | "my_permissions" | "jwks" | "live" | "ready" | "metrics" => ("", "", None),
            "set_clock" => ("", "", Some(json!({"now": format!("{TODAY}T12:00:00Z")}))),
            "list_permissions" | "list_roles" | "list_properties" | "list_rooms" | "list_bookings" | "list_audit_logs"
            | "list_users" | "list_api_keys" => ("", "", None),
            "verify_audit_logs"
            | "list_room_types"
            | "list_amenities"
            | "list_tax_rules"
            | "list_rate_plans"
            | "list_cancellation_policies"
            | "rate_history" => ("", of_property.as_str(), None),
            "get_rates" => {
                let query = format!("{of_property}&from={TODAY}&to={TODAY}");
                return (format!("{}{query}", operation.path), None);
            }
            "stays_report" => {
                let query = format!("{of_property}&group=arrival_month&from=2026-01-01&to=2026-12-31");
                return (format!("{}{query}", operation.path), None);
            }
            "price_calendar" => ("", of_property.as_str(), None),
            "search_hotels" => {
                let query = format!("?city=Lisboa&check_in={TODAY}&check_out=2026-12-02");
                return (format!("{}{query}", operation.path), None);
            }
            "search" => {
                let query = format!("{of_property}&check_in={TODAY}&check_out=2026-12-02");
                return (format!("{}{query}", operation.path), None);
            }
            "list_wishlist" | "list_waitlist" | "list_change_requests" => ("", "", None),
            "join_waitlist" => ("", "", Some(self.wait_body(owner, "2026-12-03"))),
            "get_waitlist_entry" | "leave_waitlist" => (self.waiting.as_str(), "", None),
            "request_change" => (booking.as_str(), "", Some(self.change_body())),
            "get_change_request" | "withdraw_change_request" | "accept_change" | "decline_change" => {
                (self.change.as_str(), "", None)
            }
            "grant_change_request" => (self.change.as_str(), "", Some(json!({}))),
            "refuse_change_request" => (self.change.as_str(), "", Some(json!({"answer": "We are full"}))),
            "propose_change" => (self.change.as_str(), "", Some(json!({"amendment": {"check_out": "2026-12-05"}}))),
            "list_night_audits" => return (format!("{}{of_property}", operation.path), None),
            "add_to_wishlist" => ("", "", Some(json!({"room_type_id": spare_type}))),
            "remove_from_wishlist" => (wish.as_str(), "", None),
            "rooms_template" | "rates_template" | "bookings_template" => ("", "", None),
            "import_rooms" => {
                return (format!("{}{of_property}", operation.path), Some(Value::String("number,room_type\n103,DBL\n".into())));
            }
            "import_rates" => {
                let text = format!("rate_plan,room_type,from,price\nSTD,DBL,{TODAY},99.00\n");
                return (format!("{}{of_property}", operation.path), Some(Value::String(text)));
            }
            "import_bookings" => {
                let text = format!(
                    "reference,room_type,check_in,check_out,adults,contact_name,contact_email\n\
                     4711,DBL,{TODAY},2026-12-03,2,Ana Sousa,ana@example.com\n"
                );
                return (format!("{}{of_property}", operation.path), Some(Value::String(text)));
            }
            "create_role" => ("", "", Some(role_body(&["roles:write"]))),
            "get_role" | "delete_role" => (spare_role.as_str(), "", None),
            "update_role" => (spare_role.as_str(), "", Some(json!({"name": "Another name", "permissions": []}))),
            "invite_user" => ("", "", Some(invitation(idle_role, property))),
            "suspend_user" => (colleague.as_str(), "", Some(json!({"reason": "test"}))),
            "get_user" | "delete_user" | "resend_invitation" | "reactivate_user" | "unlock_user" | "reset_second_factor" => {
                (colleague.as_str(), "", None)
            }
            "create_api_key" => {
                let grants = json!([{"permission": "api_keys:write", "property_id": property}]);
                ("", "", Some(json!({"name": "Test", "grants": grants})))
            }
            "get_api_key" | "revoke_api_key" => (api_key.as_str(), "", None),
            "get_calendar" => {
                let query = format!("{of_property}&from={TODAY}&to=2026-12-05");
                return (format!("{}{query}", operation.path), None);
            }
            "get_front_desk" | "get_housekeeping" | "export_bookings" => {
                return (format!("{}{of_property}", operation.path), None);
            }
            "get_stay_guests" => (booking.as_str(), "", None),
            "set_stay_guests" => (booking.as_str(), "", Some(json!({"guests": [{"full_name": "Ana Sousa"}]}))),
            "list_groups" | "list_room_blocks" => ("", "", None),
            "create_group" => ("", "", Some(self.group_body())),
            "get_group" | "release_group" => (group.as_str(), "", None),
            "update_group" => (group.as_str(), "", Some(json!({"name": "Another name"}))),
            "set_group_block" => (group.as_str(), "", Some(json!({"block": self.group_block()}))),
            "get_group_offer" => return (operation.path.replace("{id}", property).replace("{code}", "WEDDING"), None),
            "read_feed" => return (operation.path.replace("{file}", &self.feed_file), None),
            "list_feed_exports" | "list_feed_imports" | "list_feed_conflicts" => ("", "", None),
            "create_feed_export" => ("", "", Some(self.export_body())),
            "get_feed_export" | "rotate_feed_export" | "revoke_feed_export" => (feed.as_str(), "", None),
            "create_feed_import" => ("", "", Some(self.import_body(Some("https://example.com/a.ics")))),
            "get_feed_import" | "delete_feed_import" | "poll_feed_import" => (feed.as_str(), "", None),
            "update_feed_import" => (feed.as_str(), "", Some(json!({"name": "Another name"}))),
            "upload_feed" => (feed.as_str(), "", Some(Value::String(CALENDAR.into()))),
            "dismiss_feed_conflict" => (feed.as_str(), "", Some(json!({"note": "Done by hand"}))),
            "create_room_block" => ("", "", Some(self.block_body())),
            "get_room_block" | "delete_room_block" => (block.as_str(), "", None),
            "update_room_block" => (block.as_str(), "", Some(json!({"to": "2026-12-06"}))),
            "set_housekeeping" => (spare_room.as_str(), "", Some(json!({"state": "dirty"}))),
            "set_housekeeping_of_rooms" => {
                ("", "", Some(with_property(json!({"state": "dirty", "room_ids": [spare_room]}), property)))
            }
            "list_assignments" => (owner.user_id(), "", None),
            "create_assignment" => (owner.user_id(), "", Some(json!({"role_id": other_role, "property_id": property}))),
            "delete_assignment" => (owner.user_id(), "", None),
            "create_property" => ("", "", Some(property_body())),
            "get_property" | "delete_property" => (property.as_str(), "", None),
            "update_property" => (property.as_str(), "", Some(json!({"name": "Another name"}))),
            "create_room_type" => ("", "", Some(with_property(type_body("NEW"), property))),
            "get_room_type" | "delete_room_type" => (spare_type.as_str(), "", None),
            "update_room_type" => (spare_type.as_str(), "", Some(json!({"name": "Another name"}))),
            "set_room_type_amenities" => (spare_type.as_str(), "", Some(json!({"amenities": ["wifi"]}))),
            "assign_amenities" => {
                let assignments = json!([{"room_type_id": spare_type, "amenities": ["wifi"], "version": 1}]);
                ("", "", Some(json!({"property_id": property, "assignments": assignments})))
            }
            "list_property_images" | "add_property_image" | "get_property_image" | "delete_property_image" => {
                (property.as_str(), "", None)
            }
            "list_room_type_images" | "add_room_type_image" | "get_room_type_image" | "delete_room_type_image" => {
                (room_type.as_str(), "", None)
            }
            "update_property_image" => (property.as_str(), "", Some(json!({"alt": "The house"}))),
            "update_room_type_image" => (room_type.as_str(), "", Some(json!({"alt": "The bed"}))),
            "order_property_images" => (property.as_str(), "", Some(json!({"image_ids": []}))),
            "order_room_type_images" => (room_type.as_str(), "", Some(json!({"image_ids": []}))),
            "download_image" | "set_avatar" | "delete_avatar" => ("", "", None),
            "create_room" => ("", "", Some(with_property(json!({"room_type_id": room_type, "number": "103"}), property))),
            "get_room" | "delete_room" => (spare_room.as_str(), "", None),
            "update_room" => (spare_room.as_str(), "", Some(json!({"floor": "1"}))),
            "create_amenity" => ("", "", Some(with_property(json!({"code": "pool", "name": "Pool"}), property))),
            "get_amenity" | "delete_amenity" => (amenity.as_str(), "", None),
            "update_amenity" => (amenity.as_str(), "", Some(json!({"name": "Another name"}))),
            "create_tax_rule" => ("", "", Some(with_property(json!({"name": "City tax", "percent": "1"}), property))),
            "create_quote" => {
                let rooms = json!([{"room_type_id": room_type, "adults": 2}]);
                ("", "", Some(json!({"property_id": property, "check_in": TODAY, "check_out": "2026-12-03", "rooms": rooms})))
            }
            "get_tax_rule" | "delete_tax_rule" => (tax_rule.as_str(), "", None),
            "update_tax_rule" => (tax_rule.as_str(), "", Some(json!({"percent": "13"}))),
            "create_cancellation_policy" => ("", "", Some(with_property(json!({"code": "NEW", "name": "New"}), property))),
            "get_cancellation_policy" | "delete_cancellation_policy" => (policy.as_str(), "", None),
            "update_cancellation_policy" => (policy.as_str(), "", Some(json!({"name": "Another name"}))),
            "create_rate_plan" => ("", "", Some(with_property(plan_body("NEW", policy, room_type), property))),
            "get_rate_plan" | "delete_rate_plan" => (rate_plan.as_str(), "", None),
            "update_rate_plan" => (rate_plan.as_str(), "", Some(json!({"name": "Another name"}))),
            "update_rates" => {
                let update = json!({"rate_plan_ids": [rate_plan], "room_type_ids": [room_type], "from": TODAY, "to": TODAY,
                                    "set": {"min_stay": 2}});
                ("", "", Some(json!({"property_id": property, "updates": [update]})))
            }
            "get_age_bands" => (property.as_str(), "", None),
            "set_age_bands" => {
                let bands = json!({"bands": [{"code": "child", "min_age": 0, "max_age": 11}]});
                (property.as_str(), "", Some(bands))
            }
            "create_booking" => ("", "", Some(self.booking_body(owner))),
            "get_booking" | "get_folio" | "booking_timeline" | "preview_cancellation" => (booking.as_str(), "", None),
            "create_walk_in" => {
                let mut body = self.booking_body(owner);
                for field in ["check_in", "guest_user_id"] {
                    body.as_object_mut().expect("an object").remove(field);
                }
                ("", "", Some(body))
            }
            "preview_night_audit" => (property.as_str(), "", None),
            "run_night_audit" => (property.as_str(), "", Some(json!({"business_date": TODAY}))),
            "swap_rooms" => (booking.as_str(), "", Some(json!({"with_stay_id": self.other_stay}))),
            "extend_hold" => (booking.as_str(), "", Some(json!({"hold_minutes": 60}))),
            "amend_booking" => (booking.as_str(), "", Some(json!({"check_out": "2026-12-04"}))),
            "assign_room" => (booking.as_str(), "", Some(json!({"is_pinned": true}))),
            "update_booking" => (booking.as_str(), "", Some(json!({"special_requests": "A quiet room"}))),
            "confirm_booking"
            | "cancel_booking"
            | "check_in_booking"
            | "check_out_booking"
            | "no_show_booking"
            | "cancel_stay"
            | "check_in_stay"
            | "check_out_stay"
            | "no_show_stay"
            | "reinstate_booking"
            | "reinstate_stay"
            | "undo_check_in_booking"
            | "undo_check_in_stay"
            | "undo_check_out_booking"
            | "undo_check_out_stay" => (booking.as_str(), "", Some(json!({"reason": "test"}))),
            other => panic!("say in `World::request` what a valid request for {other} is"),
        };
        let path = operation.path.replace("{id}", id).replace("{assignment_id}", assignment);
        let path = path.replace("{image_id}", image).replace("{name}", image_file).replace("{stay_id}", &self.stay);
        (format!("{path}{query}"), body)
    }

    /// The request of the operation by somebody, with the ETag that it asks for.
    async fn call(&self, app: &TestApp, cast: &Cast, operation: &Operation, client: &Client) -> Reply {
        let client =
            if operation.headers.get("If-Match") == Some(&true) { client.with("if-match", "\"1\"") } else { client.clone() };
        self.send(app, cast, operation, &client).await
    }

    async fn send(&self, app: &TestApp, cast: &Cast, operation: &Operation, client: &Client) -> Reply {
        if operation.path.contains("audit") || operation.path.contains("timeline") {
            app.deliver().await;
        }
        let (path, body) = self.request(cast, operation);
        let reply = transmit(operation, client, &path, body).await;
        let Operation { id, answers, .. } = operation;
        assert!(answers.contains(&reply.status), "{id} answers {}, which it does not document: {}", reply.status, reply.body);
        if reply.status >= 400 {
            assert_eq!(reply.header("content-type"), "application/problem+json", "{id}: {}", reply.body);
            assert_eq!(reply.body["status"], reply.status, "{id}");
            assert_eq!(reply.body["type"], format!("/problems/{}", reply.code()), "{id}");
            assert_eq!(reply.body["request_id"], reply.header("x-request-id"), "{id}");
        }
        reply
    }

    /// Whether an answer speaks of this hotel.
    fn is_in(&self, reply: &Reply) -> bool {
        reply.body.to_string().contains(&self.property)
    }
}

/// Somebody who works at the property, with a role that permits nothing, in the state that the operation needs.
async fn colleague(cast: &Cast, operation: &Operation, property: &str) -> String {
    let Cast { admin, idle_role, with_factor, .. } = cast;
    if operation.id == "reset_second_factor" {
        admin.post(&assignments_of(with_factor), &json!({"role_id": idle_role, "property_id": property})).await.expect(201);
        return with_factor.user_id().to_owned();
    }
    let id = admin.post("/v1/users", &invitation(idle_role, property)).await.expect(201).id().to_owned();
    if operation.id == "reactivate_user" {
        admin.post(&format!("/v1/users/{id}/suspend"), &json!({"reason": "test"})).await.expect(200);
    }
    id
}

/// A picture where the operation takes one; a text is a spreadsheet, everything else JSON.
async fn transmit(operation: &Operation, client: &Client, path: &str, body: Option<Value>) -> Reply {
    if operation.takes_picture() {
        return client.upload(operation.method.clone(), path, "image/png", &picture()).await;
    }
    match body {
        Some(Value::String(text)) => {
            let kind = if operation.id == "upload_feed" { "text/calendar" } else { "text/csv" };
            client.with("content-type", kind).send(operation.method.clone(), path, Some(text)).await
        }
        body => client.send(operation.method.clone(), path, body.map(|body| body.to_string())).await,
    }
}

/// A small PNG.
fn picture() -> Vec<u8> {
    let mut file = std::io::Cursor::new(Vec::new());
    image::DynamicImage::new_rgb8(40, 30).write_to(&mut file, image::ImageFormat::Png).expect("a picture");
    file.into_inner()
}

fn type_body(code: &str) -> Value {
    json!({"code": code, "name": code, "max_adults": 2, "max_children": 0, "max_guests": 2,
           "base_price": {"amount": "100.00", "currency": "EUR"}})
}

fn plan_body(code: &str, policy: &str, room_type: &str) -> Value {
    json!({"code": code, "name": code, "board": "room_only", "payment_policy": "pay_now", "cancellation_policy_id": policy,
           "room_types": [{"room_type_id": room_type}]})
}

fn with_property(mut body: Value, property: &str) -> Value {
    body["property_id"] = json!(property);
    body
}

fn assignments_of(user: &Client) -> String {
    format!("/v1/users/{}/role-assignments", user.user_id())
}

/// Somebody who holds just what the operation documents, where it is needed.
async fn right_person(app: &TestApp, cast: &Cast, operation: &Operation, world: &World) -> Client {
    match operation.permission() {
        _ if operation.access == Access::Public => app.anonymous(),
        None if OF_OWNER.contains(&operation.id.as_str()) => cast.owner.clone(),
        None => app.guest().await,
        Some(permission) => {
            let more = ASKS_FOR_MORE.iter().filter(|(id, _)| *id == operation.id).map(|(_, permission)| *permission);
            let permissions: Vec<&str> = more.chain([permission]).collect();
            let place = Some(world.property.as_str()).filter(|_| !FOR_ALL_PROPERTIES.contains(&operation.id.as_str()));
            app.staff(&permissions, place).await
        }
    }
}

#[track_caller]
fn assert_done(operation: &Operation, reply: &Reply) {
    let expected = NOT_OK.iter().find(|(id, ..)| *id == operation.id).map(|(_, status, _)| *status);
    let is_expected = expected.map_or((200..300).contains(&reply.status), |status| status == reply.status);
    assert!(is_expected, "{} by somebody with just what it documents: {} {}", operation.id, reply.status, reply.body);
}

#[tokio::test]
async fn each_is_documented() {
    let app = TestApp::new().await;
    let operations = operations(&app);
    let ids: BTreeSet<&str> = operations.iter().map(|operation| operation.id.as_str()).collect();
    assert_eq!(ids.len(), operations.len(), "each operationId is there once");
    for operation in &operations {
        let Operation { id, document, answers, headers, .. } = operation;
        let is_text = |name: &str| document[name].as_str().is_some_and(|text| !text.trim().is_empty());
        assert!(is_text("summary"), "{id} has no summary");
        assert_eq!(document["tags"].as_array().map(Vec::len), Some(1), "{id} has one tag");
        assert!(answers.iter().any(|status| (200..300).contains(status)), "{id} documents no success");
        for (status, answer) in document["responses"].as_object().expect("an object") {
            assert!(answer["description"].is_string(), "{id}: {status}");
            if status.starts_with('4') {
                assert!(answer["content"]["application/problem+json"].is_object(), "{id}: {status} documents no body");
            }
        }
        assert_eq!(
            answers.contains(&401),
            operation.access != Access::Public || operation.path.starts_with("/v1/auth/"),
            "{id}: 401"
        );
        assert_eq!(answers.contains(&403), operation.access != Access::Public, "{id}: 403");
        if let Some(permission) = operation.permission() {
            assert!(
                document["description"].as_str().is_some_and(|text| text.contains(permission)),
                "{id} does not describe {permission}"
            );
        }
        let takes_key = operation.is_unsafe() && operation.access != Access::Public && !operation.is_listed(WITHOUT_KEY);
        assert_eq!(headers.contains_key("Idempotency-Key"), takes_key, "{id}: Idempotency-Key");
        let changes = [Method::PUT, Method::PATCH, Method::DELETE].contains(&operation.method);
        assert_eq!(headers.get("If-Match") == Some(&true), changes && !operation.is_listed(WITHOUT_VERSION), "{id}: If-Match");
        assert_eq!(answers.contains(&428), headers.get("If-Match") == Some(&true), "{id}: 428");
        assert_eq!(answers.contains(&412), headers.contains_key("If-Match"), "{id}: 412");
    }
    let public: Vec<&str> =
        operations.iter().filter(|operation| operation.access == Access::Public).map(|operation| operation.id.as_str()).collect();
    assert_eq!(BTreeSet::from_iter(public), PUBLIC.iter().copied().collect(), "what is public, and what may be");
    let listed = REFUSED_ELSEWHERE.iter().chain(NOT_OK).map(|(id, ..)| *id).chain(OF_NO_PROPERTY.iter().copied());
    let listed = listed.chain(FOR_ALL_PROPERTIES.iter().chain(FOR_KEYS_TOO).copied());
    let listed = listed.chain(ASKS_FOR_MORE.iter().chain(FOR_PEOPLE_ONLY).map(|(id, _)| *id));
    for id in listed.chain(WITHOUT_VERSION.iter().chain(WITHOUT_KEY).map(|(id, _)| *id)) {
        assert!(ids.contains(id), "{id} is an exception here and no operation");
    }
}

#[tokio::test]
async fn every_permission_is_asked_for() {
    let app = TestApp::new().await;
    let operations = operations(&app);
    let by_operations = operations.iter().filter_map(Operation::permission);
    let asked_for: BTreeSet<&str> = by_operations.chain(ASKED_FOR_BY_VALUES.iter().map(|(permission, _)| *permission)).collect();
    assert_eq!(asked_for, CATALOGUE.iter().map(|entry| entry.name).collect());
}

/// Hotel A's people do not learn of hotel B what is not public, nor change anything there.
#[tokio::test]
async fn each_asks_for_the_permission_it_documents_where_it_is_needed() {
    let app = TestApp::new().await;
    let cast = Cast::new(&app).await;
    app.register("login@example.com").await;
    for operation in &operations(&app) {
        let id = operation.id.as_str();
        let world = World::new(&cast, operation).await;
        if operation.access != Access::Public {
            let reply = world.call(&app, &cast, operation, &app.anonymous()).await;
            assert_eq!((reply.status, reply.code()), (401, "auth.unauthenticated"), "{id} by a stranger");
            assert_eq!(reply.header("www-authenticate"), "Bearer", "{id}");
        }
        if let Access::Staff(permission) = &operation.access {
            let others: Vec<&str> = CATALOGUE.iter().map(|entry| entry.name).filter(|name| name != permission).collect();
            let reply = world.call(&app, &cast, operation, &app.staff(&others, None).await).await;
            assert_eq!((reply.status, reply.code()), (403, "auth.forbidden"), "{id} without {permission}: {}", reply.body);
            assert_eq!(reply.body["permission"], json!(permission), "{id}");
        }
        let of_property = operation.permission().filter(|_| !OF_NO_PROPERTY.contains(&id));
        if let Some(permission) = of_property {
            let foreign = app.staff(&[permission], Some(&cast.elsewhere)).await;
            let reply = world.call(&app, &cast, operation, &foreign).await;
            let exception = REFUSED_ELSEWHERE.iter().find(|(exception, ..)| *exception == id).map(|(_, status, _)| *status);
            let expected = if operation.is_list() { 200 } else { exception.unwrap_or(404) };
            assert_eq!(reply.status, expected, "{id} with {permission} at another property: {}", reply.body);
            assert!(!world.is_in(&reply), "{id} shows another property's: {}", reply.body);
        }
        // The same request by the right person is answered: it was the person that was wrong.
        let reply = world.call(&app, &cast, operation, &right_person(&app, &cast, operation, &world).await).await;
        assert_done(operation, &reply);
        if operation.is_list() && of_property.is_some() {
            assert!(world.is_in(&reply), "{id} does not list what it should: {}", reply.body);
        }
    }
}

/// With all that the role of a property manager permits there, hotel A's manager is nobody at hotel B.
#[tokio::test]
async fn hotel_as_manager_is_nobody_at_hotel_b() {
    let app = TestApp::new().await;
    let cast = Cast::new(&app).await;
    let role = DEFAULT_ROLES.iter().find(|role| role.code == "property_manager").expect("the role");
    let held = role.permission_names();
    let manager = app.staff(&held, Some(&cast.elsewhere)).await;
    for operation in &operations(&app) {
        let id = operation.id.as_str();
        let Some(permission) = operation.permission() else { continue };
        let world = World::new(&cast, operation).await;
        let events = app.number("SELECT count(*) FROM outbox").await;
        let reply = world.call(&app, &cast, operation, &manager).await;
        let exception = REFUSED_ELSEWHERE.iter().find(|(exception, ..)| *exception == id).map(|(_, status, _)| *status);
        let expected = match exception {
            Some(status) => status,
            None if !held.contains(&permission) && matches!(operation.access, Access::Staff(_)) => 403,
            None if operation.is_list() || OF_NO_PROPERTY.contains(&id) => 200,
            None => 404,
        };
        assert_eq!(reply.status, expected, "{id} by the manager of another hotel: {}", reply.body);
        assert!(!world.is_in(&reply), "{id} shows another hotel's: {}", reply.body);
        assert_eq!(app.number("SELECT count(*) FROM outbox").await, events, "{id} changed something at another hotel");
    }
}

/// A key acts for an integration: what is about a person is not for it.
#[tokio::test]
async fn keys_are_no_people() {
    let app = TestApp::new().await;
    let cast = Cast::new(&app).await;
    let grants: Vec<Value> = CATALOGUE.iter().map(|entry| json!({"permission": entry.name, "property_id": null})).collect();
    let made = cast.admin.post("/v1/api-keys", &json!({"name": "Everything", "grants": grants})).await.expect(201);
    let key = app.anonymous().with("authorization", format!("Bearer {}", made.body["key"].as_str().expect("a key")));
    for operation in &operations(&app) {
        let id = operation.id.as_str();
        if operation.access != Access::SignedIn && !operation.is_listed(FOR_PEOPLE_ONLY) {
            continue;
        }
        let world = World::new(&cast, operation).await;
        let reply = world.call(&app, &cast, operation, &key).await;
        if FOR_KEYS_TOO.contains(&id) {
            assert_done(operation, &reply);
        } else {
            assert_eq!((reply.status, reply.code()), (403, "auth.person_required"), "{id} by a key: {}", reply.body);
        }
    }
}

#[tokio::test]
async fn what_is_ones_own_needs_no_permission() {
    let app = TestApp::new().await;
    let cast = Cast::new(&app).await;
    let operations = operations(&app);
    for operation in operations.iter().filter(|operation| matches!(operation.access, Access::OwnOr(_))) {
        let world = World::new(&cast, operation).await;
        let reply = world.call(&app, &cast, operation, &cast.owner).await;
        assert_done(operation, &reply);
        assert!(world.is_in(&reply) || reply.body.to_string().contains(&world.booking), "{}: {}", operation.id, reply.body);
    }
}

#[tokio::test]
async fn nobody_overwrites_what_they_have_not_seen() {
    let app = TestApp::new().await;
    let cast = Cast::new(&app).await;
    let operations = operations(&app);
    for operation in operations.iter().filter(|operation| operation.headers.contains_key("If-Match")) {
        let (id, world) = (&operation.id, World::new(&cast, operation).await);
        let person = right_person(&app, &cast, operation, &world).await;
        if operation.headers["If-Match"] {
            let reply = world.send(&app, &cast, operation, &person).await;
            assert_eq!((reply.status, reply.code()), (428, "request.precondition_required"), "{id} without If-Match");
        }
        let reply = world.send(&app, &cast, operation, &person.with("if-match", "\"999\"")).await;
        assert_eq!(
            (reply.status, reply.code()),
            (412, "request.precondition_failed"),
            "{id} with a version that is not the current one"
        );
        for broken in ["999", "W/\"1\"", "\"one\"", "\"1\", \"2\""] {
            let reply = world.send(&app, &cast, operation, &person.with("if-match", broken)).await;
            assert_eq!(
                (reply.status, reply.code(), reply.pointers()),
                (400, "request.malformed", vec!["/If-Match"]),
                "{id}: {broken}"
            );
        }
        let reply = world.call(&app, &cast, operation, &person).await;
        assert_done(operation, &reply);
    }
}

#[tokio::test]
async fn what_is_sent_again_has_no_second_effect() {
    let app = TestApp::new().await;
    let cast = Cast::new(&app).await;
    let operations = operations(&app);
    for operation in operations.iter().filter(|operation| operation.headers.contains_key("Idempotency-Key")) {
        let (id, world) = (&operation.id, World::new(&cast, operation).await);
        let person = right_person(&app, &cast, operation, &world).await.with("idempotency-key", "once");
        let (path, body) = world.request(&cast, operation);
        let sender =
            if operation.headers.get("If-Match") == Some(&true) { person.with("if-match", "\"1\"") } else { person.clone() };
        let first = transmit(operation, &sender, &path, body.clone()).await;
        assert_done(operation, &first);
        let events = app.number("SELECT count(*) FROM outbox").await;
        let again = transmit(operation, &sender, &path, body).await;
        assert_eq!((again.status, &again.body), (first.status, &first.body), "{id} sent again");
        assert_eq!(again.header("idempotency-replayed"), "true", "{id}");
        assert_eq!(first.header("idempotency-replayed"), "", "{id}");
        for name in ["etag", "location", "content-type"] {
            assert_eq!(again.header(name), first.header(name), "{id}: {name}");
        }
        assert_eq!(app.number("SELECT count(*) FROM outbox").await, events, "{id} had a second effect");
    }
}
