//! Files, bodies and requests that become more than they are.
use super::{BOOKINGS, Installed, READY, Server};
use crate::support::workbook::{XLSX, workbook};
use crate::support::{HotelSpec, size};
use serde_json::json;
use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Peak of a process's memory since it was last asked for, and what it has now, in MB.
fn memory(pid: u32) -> (u64, u64) {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("a process");
    let megabytes = |key: &str| {
        let value = status.lines().find_map(|line| line.strip_prefix(key)).expect(key);
        value.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") / 1000
    };
    let found = (megabytes("VmHWM:"), megabytes("VmRSS:"));
    fs::write(format!("/proc/{pid}/clear_refs"), "5").expect("the peak is forgotten");
    found
}

/// Spreadsheets that are small and could become large, with the status that they are answered with.
///
/// The small ones go little beyond the bounds, which decide how long they are read. The full ones show that more is not read.
fn hostile_sheets() -> Vec<(&'static str, &'static str, Vec<u8>, u16)> {
    const TEXTS: &str = "<si><t>number</t></si><si><t>room_type</t></si>";
    let header = "<row r=\"1\"><c t=\"s\"><v>0</v></c><c t=\"s\"><v>1</v></c></row>";
    let book = |texts: &str, rows: &str| {
        let texts = format!("<sst uniqueCount=\"4000000000\">{TEXTS}{texts}</sst>");
        let sheet = format!("<worksheet><dimension ref=\"A1:XFD1048576\"/><sheetData>{header}{rows}</sheetData></worksheet>");
        workbook(&texts, &sheet)
    };
    let shared = "<row><c t=\"s\"><v>2</v></c></row>".repeat(1_000);
    let wrong = "<row><c t=\"s\"><v>2</v></c><c t=\"s\"><v>2</v></c></row>".repeat(size(12_000, 49_000));
    let lines = |line: &str, count: usize| format!("number,room_type\n{}", line.repeat(count)).into_bytes();
    vec![
        ("a far corner", XLSX, book("", "<row r=\"1048576\"><c r=\"XFD1048576\"><v>1</v></c></row>"), 413),
        ("a far row", XLSX, book("", "<row r=\"1048576\"><c r=\"AX1048576\"><v>1</v></c></row>"), 413),
        ("a long text, often", XLSX, book(&format!("<si><t>{}</t></si>", "x".repeat(2_000_000)), &shared), 413),
        ("long texts, often", XLSX, book(&format!("<si><t>{}</t></si>", "x".repeat(32_000)), &shared), 413),
        ("many texts", XLSX, book(&"<si><t/></si>".repeat(size(1_100_000, 3_000_000)), ""), 413),
        ("empty cells", XLSX, book("", &format!("<row>{}</row>", "<c s=\"1\"/>".repeat(size(1_100_000, 3_000_000)))), 413),
        ("much of nothing", XLSX, book("", &" ".repeat(size(140_000_000, 300_000_000))), 413),
        ("nothing between", XLSX, book("", &"<a/>".repeat(size(4_100_000, 30_000_000))), 413),
        ("a deep tree", XLSX, book("", &"<a>".repeat(size(100_000, 10_000_000))), 413),
        (
            "a formula far away",
            XLSX,
            book("", "<row><c><f t=\"shared\" si=\"4000000000\" ref=\"A1:B2\">A1</f></c><c/></row>"),
            200,
        ),
        ("wrong rows", XLSX, book(&format!("<si><t>{}</t></si>", "\u{1f600}".repeat(30)), &wrong), 200),
        ("wrong lines", "text/csv", lines(&format!("{},{}\n", "y".repeat(97), "z".repeat(97)), size(12_000, 49_999)), 200),
        ("commas", "text/csv", lines(",", size(1_000_000, 10_000_000)), 413),
        ("line breaks", "text/csv", lines("\n", size(1_000_000, 10_000_000)), 422),
    ]
}

/// Does something hostile while others ask, and returns the status that it is answered with. It takes little memory, and others
/// are answered meanwhile.
async fn bounded(server: &Server, name: &str, hostile: impl Future<Output = u16>) -> u16 {
    const MOST_MB: u64 = 100;
    let (_, before) = memory(server.pid());
    let is_over = AtomicBool::new(false);
    let answered = async {
        let mut slowest = Duration::ZERO;
        while !is_over.load(Ordering::SeqCst) {
            let began = Instant::now();
            assert_eq!(server.get(READY).await.expect("an answer").status(), 200);
            slowest = slowest.max(began.elapsed());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        slowest
    };
    let done = async {
        let status = hostile.await;
        is_over.store(true, Ordering::SeqCst);
        status
    };
    let began = Instant::now();
    let (status, slowest) = tokio::join!(done, answered);
    let (peak, _) = memory(server.pid());
    println!("{name}: {status}, {:?}; {before} MB, at most {peak} MB; others waited {slowest:?}", began.elapsed());
    assert!(peak.saturating_sub(before) < MOST_MB, "{name}: {before} MB before, {peak} MB at most");
    assert!(slowest < Duration::from_secs(5), "{name}: others waited {slowest:?}");
    status
}

/// S1: small files that unpack to gigabytes, or claim to, take little memory, and others are answered meanwhile.
#[tokio::test(flavor = "multi_thread")]
async fn a_hostile_spreadsheet_takes_little_memory_and_others_are_answered() {
    let installed = Installed::new().await;
    let hotel = installed.inside.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
    let server = installed.serve().await;
    let send = async |kind: &'static str, file: Vec<u8>| {
        let path = format!("/v1/rooms/import?dry_run=true&property_id={}", hotel.id);
        let sent = server.http.post(server.url(&path)).bearer_auth(hotel.manager.access_token()).header("content-type", kind);
        let answer = sent.body(file).send().await.expect("an answer");
        let status = answer.status().as_u16();
        answer.bytes().await.expect("a body");
        status
    };
    // What a server has once it has done all this.
    let sheets = hostile_sheets();
    for (_, kind, file, _) in sheets.iter().rev().take(1) {
        send(kind, file.clone()).await;
    }
    memory(server.pid());
    for (name, kind, file, expected) in sheets {
        assert_eq!(bounded(&server, name, send(kind, file)).await, expected, "{name}");
    }
    installed.stack.stop().await.expect("stopped");
}

/// Calendars of up to 1 MiB that could take long or become large.
fn hostile_calendars() -> Vec<(&'static str, String)> {
    let event = |n: usize, more: &str| {
        format!("BEGIN:VEVENT\r\nUID:e{n}\r\nDTSTART;VALUE=DATE:20261{:03}\r\n{more}END:VEVENT\r\n", 201 + n % 28)
    };
    let events = |count: usize, more: &dyn Fn(usize) -> String| (0..count).map(|n| event(n, &more(n))).collect::<String>();
    let of_one_name = |more: &dyn Fn(usize) -> String| events(9_000, more).replace("UID:e", "UID:same\r\nCOMMENT:e");
    vec![
        ("many events", events(12_000, &|_| String::new())),
        ("one name, often", of_one_name(&|n| format!("SEQUENCE:{n}\r\n"))),
        ("one series, often", of_one_name(&|n| format!("RECURRENCE-ID;VALUE=DATE:20261{:03}\r\n", 201 + n % 28))),
        ("rules without end", events(10_000, &|_| "RRULE:FREQ=DAILY\r\n".into())),
        ("rules by the second", events(50, &|_| "RRULE:FREQ=SECONDLY\r\n".into())),
        ("dates without end", event(1, &format!("RDATE;VALUE=DATE:{}20261224\r\n", "20261224,".repeat(110_000)))),
        ("folds without end", event(1, &format!("SUMMARY:x{}\r\n", "\r\n x".repeat(250_000)))),
        ("a long line", event(1, &format!("SUMMARY:{}\r\n", "x".repeat(1_000_000)))),
        ("a deep tree", "BEGIN:VEVENT\r\n".repeat(70_000)),
        ("many parameters", event(1, &format!("SUMMARY{}:x\r\n", ";X-A=b".repeat(170_000)))),
    ]
}

/// S1: calendars, bodies and headers that could take long or become large take little memory, and others are answered meanwhile.
#[tokio::test(flavor = "multi_thread")]
async fn hostile_calendars_bodies_and_headers_take_little_memory_and_others_are_answered() {
    let installed = Installed::new().await;
    let hotel = installed.inside.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
    let import = json!({"property_id": hotel.id, "room_id": hotel.rooms[0], "name": "Elsewhere"});
    let import = hotel.manager.post("/v1/feed-imports", &import).await.expect(201);
    let server = installed.serve().await;
    let token = hotel.manager.access_token();
    // A connection may be closed on whoever sends too much: that is an answer, too.
    let status = async |request: reqwest::RequestBuilder| match request.bearer_auth(token).send().await {
        Ok(answer) => {
            let status = answer.status().as_u16();
            let _ = answer.bytes().await;
            status
        }
        Err(_) => 0,
    };
    let calendar = |content: &str| {
        let path = server.url(&format!("/v1/feed-imports/{}/file", import.id()));
        let file = format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{content}END:VCALENDAR\r\n");
        assert!(file.len() <= 1024 * 1024, "{} bytes", file.len());
        server.http.post(path).header("content-type", "text/calendar").body(file)
    };
    status(calendar("")).await;
    memory(server.pid());
    for (name, content) in hostile_calendars() {
        let answer = bounded(&server, name, status(calendar(&content))).await;
        assert!([200, 409, 422].contains(&answer), "{name}: {answer}");
    }

    let booking = |body: String| server.http.post(server.url(BOOKINGS)).header("content-type", "application/json").body(body);
    let room = format!("{{\"room_type_id\": \"{}\", \"adults\": 1}},", hotel.double);
    let ages = "7,".repeat(400_000);
    for (name, body) in [
        ("deep lists", "[".repeat(1_000_000)),
        ("deep objects", "{\"a\":".repeat(200_000)),
        ("unknown members", format!("{{{}\"z\": 1}}", "\"a\": 1,".repeat(120_000))),
        ("many rooms", format!("{{\"rooms\": [{}null]}}", room.repeat(10_000))),
        ("many ages", format!("{{\"rooms\": [{{\"room_type_id\": \"{}\", \"children_ages\": [{ages}7]}}]}}", hotel.double)),
        ("many escapes", format!("{{\"special_requests\": \"{}\"}}", "\\u00e9".repeat(170_000))),
        ("a long number", format!("{{\"property_id\": {}}}", "9".repeat(1_000_000))),
    ] {
        let answer = bounded(&server, name, status(booking(body))).await;
        assert!([400, 422].contains(&answer), "{name}: {answer}");
    }
    let answer = bounded(&server, "too much", status(booking(" ".repeat(50_000_000)))).await;
    assert!([0, 413].contains(&answer), "too much: {answer}");

    let get = |path: &str| server.http.get(server.url(path));
    let many = (0..1_000).fold(get(READY), |request, n| request.header(format!("x-{n}"), "x".repeat(100)));
    let query = format!("{BOOKINGS}?{}", "a=b&".repeat(15_000));
    for (name, request) in [
        ("many headers", many),
        ("a long header", get(READY).header("x-long", "x".repeat(2_000_000))),
        ("a long address", get(&format!("/v1/{}", "x".repeat(60_000)))),
        ("a long query", get(&query)),
        ("many languages", get("/v1/properties").header("accept-language", "pt-PT,".repeat(2_000))),
        ("many encodings", get("/v1/properties").header("accept-encoding", "gzip,".repeat(2_000))),
        ("many versions", get("/v1/properties").header("if-none-match", "\"1\",".repeat(2_000))),
    ] {
        let answer = bounded(&server, name, status(request)).await;
        assert!(answer < 500, "{name}: {answer}");
    }
    installed.stack.stop().await.expect("stopped");
}
