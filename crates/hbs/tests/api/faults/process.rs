//! HBS itself is killed, asked to end, and interrupted at a terminal.
use super::installed::{Sent, Server, TempDir, free_address, http_client, program};
use super::record::assert_record_is_whole;
use super::{Installed, READY, delivered, eventually, send_signal, signal};
use crate::support::{Client, Hotel, HotelSpec, TestApp, day, is_full_size, size, unique};
use diesel_async::SimpleAsyncConnection;
use hbs_devstack::Options;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio::process::Command;
use tokio::task::JoinHandle;

/// Clients that book one room after the other for as long as they are answered.
struct Load {
    answered: Arc<AtomicUsize>,
    clients: Vec<JoinHandle<Vec<Sent>>>,
}

impl Load {
    fn start(server: &Server, hotel: &Hotel, guest: &Client) -> Self {
        let answered = Arc::new(AtomicUsize::new(0));
        let clients = (0..8_u64).map(|client| {
            let (answered, server, token) = (Arc::clone(&answered), server.remote.clone(), guest.access_token().to_owned());
            // Ten rooms on these nights: most find one, some do not.
            let requests: Vec<Value> = (0..50).map(|n| hotel.request(day(2 * n + client % 2), day(2 * n + 3))).collect();
            tokio::spawn(async move {
                let mut sent = Vec::new();
                for request in requests.iter().cycle() {
                    let key = unique(&format!("client{client}"));
                    sent.push(server.book(&token, key, request.clone()).await);
                    if sent.last().is_none_or(|sent| sent.answer.is_none()) {
                        break;
                    }
                    answered.fetch_add(1, Ordering::SeqCst);
                }
                sent
            })
        });
        Self { clients: clients.collect(), answered }
    }

    async fn until(&self, answers: usize) {
        eventually("answers", async || self.answered.load(Ordering::SeqCst) >= answers).await;
    }

    /// Ends the load, and returns all that was sent once nobody is answered any more.
    async fn end(self) -> Vec<Sent> {
        let mut sent = Vec::new();
        for client in self.clients {
            sent.extend(client.await.expect("a task that does not panic"));
        }
        sent
    }
}

/// The ids of the bookings that were answered, all of which must be on record, and nothing else.
async fn assert_all_on_record(inside: &TestApp, sent: &[Sent]) {
    let mut ids = BTreeSet::new();
    for sent in sent {
        match &sent.answer {
            Some((201, body)) => assert!(ids.insert(body["id"].as_str().expect("an id").to_owned()), "two answers, one booking"),
            Some((409, body)) => assert_eq!(body["code"], "booking.no_availability"),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(inside.number("SELECT count(*) FROM bookings").await, i64::try_from(ids.len()).expect("a count"));
    for id in &ids {
        let path = format!("SELECT count(*) FROM bookings WHERE id = '{id}'");
        assert_eq!(inside.number(&path).await, 1, "{id} was answered and is not there");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hbs_killed_under_load_leaves_nothing_half_done() {
    let installed = Installed::new().await;
    let inside = &installed.inside;
    let hotel = inside.hotel(HotelSpec { rooms: 10, ..HotelSpec::default() }).await;
    let guest = inside.guest().await;
    let mut all = Vec::new();
    for round in 0..size(2, 10) {
        let mut server = installed.serve().await;
        let load = Load::start(&server, &hotel, &guest);
        load.until(size(40, 200) + 7 * round).await;
        server.child.kill().await.expect("killed");
        all.extend(load.end().await);

        // Whatever was open when it died holds up nobody.
        let server = installed.serve().await;
        let (answered, unanswered): (Vec<Sent>, Vec<Sent>) = all.into_iter().partition(|sent| sent.answer.is_some());
        all = answered;
        assert!(!unanswered.is_empty(), "it did not die in the middle of anything");
        for sent in unanswered {
            let began = Instant::now();
            let sent = server.book(guest.access_token(), sent.key, sent.request).await;
            assert!(began.elapsed() < Duration::from_secs(3), "something is still locked");
            all.push(sent);
        }
        assert_all_on_record(inside, &all).await;
        inside.assert_consistent().await;
        delivered(inside).await;
    }
    assert_record_is_whole(inside).await;
    installed.run(&["audit", "verify"]).await;
    installed.run(&["inventory", "verify"]).await;
    installed.stack.stop().await.expect("stopped");
}

#[tokio::test(flavor = "multi_thread")]
async fn hbs_asked_to_end_answers_what_it_has_begun() {
    const WAITING: usize = 10;
    let installed = Installed::new().await;
    let inside = &installed.inside;
    let hotel = inside.hotel(HotelSpec { rooms: 10, ..HotelSpec::default() }).await;
    let guest = inside.guest().await;

    // With requests that cannot go on for now, so that they are surely in flight.
    let mut server = installed.serve().await;
    let mut holder = inside.connect().await;
    holder.batch_execute("BEGIN; LOCK TABLE inventory IN ACCESS EXCLUSIVE MODE").await.expect("locked");
    let in_flight: Vec<_> = (0..WAITING)
        .map(|n| tokio::spawn(server.book(guest.access_token(), format!("in flight {n}"), hotel.request(day(300), day(302)))))
        .collect();
    // The first for the table, the others for the guest, whose bookings are counted one after the other.
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
    eventually("all of them wait", async || inside.number(waiting).await >= i64::try_from(WAITING).expect("a count")).await;
    signal("TERM", server.pid()).await;
    eventually("it takes no more", async || TcpStream::connect(&server.address).await.is_err()).await;
    assert!(matches!(server.child.try_wait(), Ok(None)), "it did not wait for them");
    holder.batch_execute("COMMIT").await.expect("unlocked");
    let mut all = Vec::new();
    for sent in in_flight {
        let sent = sent.await.expect("a task that does not panic");
        assert!(matches!(sent.answer, Some((201, _))), "{:?}", sent.answer);
        all.push(sent);
    }
    let began = Instant::now();
    assert_eq!(server.child.wait().await.expect("an end").code(), Some(0), "{}", installed.output());
    assert!(began.elapsed() < Duration::from_secs(10), "it waited for nobody");

    // Under load: what was not answered was not begun.
    for round in 0..size(2, 10) {
        let mut server = installed.serve().await;
        let load = Load::start(&server, &hotel, &guest);
        load.until(size(40, 200) + 7 * round).await;
        signal("TERM", server.pid()).await;
        assert_eq!(server.child.wait().await.expect("an end").code(), Some(0), "{}", installed.output());
        all.extend(load.end().await.into_iter().filter(|sent| sent.answer.is_some()));
        assert_all_on_record(inside, &all).await;
    }
    inside.assert_consistent().await;
    inside.deliver().await;
    assert_record_is_whole(inside).await;
    installed.stack.stop().await.expect("stopped");
}

fn is_running(pid: &str) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

/// Processes that work in a directory or were started with its name.
fn processes_of(dir: &Path) -> Vec<String> {
    let name = dir.to_str().expect("a name");
    let processes = fs::read_dir("/proc").expect("processes").flatten().map(|entry| entry.path());
    let about_it = |process: &PathBuf| {
        let cmdline = fs::read(process.join("cmdline")).unwrap_or_default();
        let cwd = fs::read_link(process.join("cwd")).unwrap_or_default();
        String::from_utf8_lossy(&cmdline).contains(name) || cwd.starts_with(dir)
    };
    let shown = |process: PathBuf| {
        let cmdline = fs::read(process.join("cmdline")).unwrap_or_default();
        format!("{} {}", process.display(), String::from_utf8_lossy(&cmdline).replace('\0', " "))
    };
    processes.filter(about_it).map(shown).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn hbs_dev_lets_the_tour_and_generated_clients_through_and_leaves_no_process_behind() {
    let dir = TempDir::new();
    let dev_dir = dir.0.join("dev");
    fs::create_dir_all(&dev_dir).expect("a directory");
    // Servers that the machine does not have are installed once, into the development directory.
    let _ = std::os::unix::fs::symlink(Options::throw_away().venv, dev_dir.join("venv"));
    let address = free_address();
    let settings = [("HBS_DEV_DIR", dev_dir.to_str().expect("a name")), ("HBS_LISTEN", address.as_str())];
    // As a terminal does it: a group of its own, all of which gets the signal.
    let mut child = program(&dir.0, &settings).arg("dev").process_group(0).spawn().expect("the program");
    let output = || fs::read_to_string(dir.0.join("output")).unwrap_or_default();
    let http = http_client();
    eventually("it serves", async || {
        assert!(matches!(child.try_wait(), Ok(None)), "it ended: {}", output());
        http.get(format!("http://{address}{READY}")).send().await.is_ok_and(|answer| answer.status() == 200)
    })
    .await;
    let records = ["postgres", "redis", "mongodb"].map(|server| dev_dir.join("run").join(server).with_extension("pid"));
    let records = records.iter().map(|record| fs::read_to_string(record).expect("a record"));
    let pids: Vec<String> = records.filter_map(|record| record.split(' ').next().map(str::to_owned)).collect();
    assert_eq!(pids.len(), 3);
    assert!(pids.iter().all(|pid| is_running(pid)));

    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts");
    let extent: &[&str] = if is_full_size() { &[] } else { &["--quick"] };
    for (script, options) in [("tour.sh", &[][..]), ("clients.sh", extent)] {
        let mut command = Command::new(scripts.join(script));
        let played = command.args(options).env("HBS_LISTEN", &address).output().await.expect("a script");
        let (output, errors) = (String::from_utf8_lossy(&played.stdout), String::from_utf8_lossy(&played.stderr));
        assert!(played.status.success(), "{script}: {output}{errors}");
    }

    send_signal("INT", &format!("-{}", child.id().expect("a process"))).await;
    let began = Instant::now();
    assert_eq!(child.wait().await.expect("an end").code(), Some(0), "{}", output());
    assert!(began.elapsed() < Duration::from_secs(5), "Ctrl-C took {:?}", began.elapsed());
    eventually("its servers are gone", async || !pids.iter().any(|pid| is_running(pid))).await;
    let mut left = Vec::new();
    eventually("nothing is left", async || {
        left = processes_of(&dir.0);
        left.is_empty()
    })
    .await;
}
