//! Real servers, started, shared, killed and stopped.

use std::env;
use std::error::Error as StdError;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use diesel::sql_types::Integer;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use hbs_devstack::{DevStack, Error, Options, Server};
use mongodb::bson::{Document, doc};
use mongodb::error::ErrorKind;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

type Result<T = ()> = std::result::Result<T, Box<dyn StdError>>;

/// Tells the test [`owner`], in a process of its own, the directory of the stack it is to own.
const OWNED_DIR: &str = "HBS_DEVSTACK_OWNED_DIR";

/// A directory for a kept stack, removed at the end.
struct TestDir(PathBuf);

impl TestDir {
    fn new(name: &str) -> Self {
        let name = format!("hbs-devstack-{name}-{}", std::process::id());
        Self(env::temp_dir().join(name))
    }

    /// Returns the options of a kept stack, whose data is to survive the end of processes but not of the machine.
    fn options(&self) -> Options {
        Options { durable: false, ..Options::keep(&self.0) }
    }
}

impl Drop for TestDir {
    fn drop(&mut self) {
        if let Ok(postgres) = fs::read_link(self.0.join("postgres")) {
            let _ = fs::remove_dir_all(postgres);
        }
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn servers(stack: &DevStack) -> [&Server; 3] {
    [stack.postgres(), stack.redis(), stack.mongodb()]
}

fn pids(stack: &DevStack) -> Vec<u32> {
    servers(stack).iter().filter_map(|s| s.pid()).collect()
}

fn is_running(pid: u32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

async fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !condition() {
        assert!(Instant::now() < deadline, "not in time: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Writes a value to PostgreSQL and MongoDB.
async fn write(stack: &DevStack, value: i32) -> Result {
    let mut postgres = AsyncPgConnection::establish(stack.database_url()).await?;
    let insert = format!("CREATE TABLE kept (value int); INSERT INTO kept VALUES ({value})");
    postgres.batch_execute(&insert).await?;
    let uri = format!("{}&w=majority&journal=true", stack.mongodb_url());
    collection(&uri, "audit_logs").await?.insert_one(doc! { "value": value }).await?;
    Ok(())
}

/// Reads it back.
async fn read(stack: &DevStack) -> Result<(i32, i32)> {
    let mut postgres = AsyncPgConnection::establish(stack.database_url()).await?;
    let select = diesel::dsl::sql::<Integer>("SELECT value FROM kept");
    let from_postgres: i32 = select.get_result(&mut postgres).await?;
    let kept = collection(stack.mongodb_url(), "audit_logs").await?;
    let document = kept.find_one(doc! {}).await?.ok_or("no document")?;
    Ok((from_postgres, document.get_i32("value")?))
}

async fn collection(uri: &str, name: &str) -> Result<mongodb::Collection<Document>> {
    Ok(mongodb::Client::with_uri_str(uri).await?.database("test").collection(name))
}

async fn ping_redis(stack: &DevStack) -> Result {
    let client = redis::Client::open(stack.redis_url())?;
    let mut connection = client.get_multiplexed_async_connection().await?;
    let () = redis::cmd("PING").exec_async(&mut connection).await?;
    Ok(())
}

#[tokio::test]
async fn a_throw_away_stack_answers_and_leaves_nothing() -> Result {
    // As a task, which takes a future that can move between threads.
    let stack = tokio::spawn(DevStack::start(Options::throw_away())).await??;
    write(&stack, 1).await?;
    assert_eq!(read(&stack).await?, (1, 1));
    ping_redis(&stack).await?;

    let pids = pids(&stack);
    let dir = stack.dir().to_owned();
    let postgres = dir.join("postgres").canonicalize()?;
    assert_eq!(pids.len(), 3);
    stack.stop().await?;
    assert!(!pids.iter().any(|&pid| is_running(pid)));
    assert!(!dir.exists());
    assert!(!postgres.exists());
    Ok(())
}

#[tokio::test]
async fn mongodb_refuses_what_the_record_must_not_suffer() -> Result {
    fn refused<T>(result: mongodb::error::Result<T>) -> bool {
        matches!(result.err().map(|error| *error.kind), Some(ErrorKind::Command(error)) if error.code_name == "Unauthorized")
    }

    let stack = DevStack::start(Options::throw_away()).await?;
    for name in ["audit_logs", "booking_logs", "backup_data_collections", "content_docs"] {
        let rows = collection(stack.mongodb_url(), name).await?;
        rows.insert_one(doc! { "_id": 1, "value": 1 }).await?;
        assert_eq!(rows.find_one(doc! {}).await?, Some(doc! { "_id": 1, "value": 1 }), "{name}");

        let change = doc! { "$set": { "value": 2 } };
        assert!(refused(rows.update_one(doc! {}, change.clone()).await), "{name}");
        assert!(refused(rows.update_one(doc! { "_id": 2 }, change.clone()).upsert(true).await), "{name}");
        assert!(refused(rows.find_one_and_update(doc! {}, change).await), "{name}");
        assert!(refused(rows.replace_one(doc! {}, doc! { "value": 2 }).await), "{name}");
        assert!(refused(rows.aggregate([doc! { "$merge": name }]).await), "{name}");
        assert!(refused(rows.drop().await), "{name}");
        assert_eq!(refused(rows.delete_one(doc! {}).await), name != "content_docs", "{name}");
    }
    assert!(refused(collection(stack.mongodb_url(), "anything_else").await?.insert_one(doc! {}).await));
    stack.stop().await.map_err(Into::into)
}

#[tokio::test]
async fn a_dropped_stack_leaves_nothing() -> Result {
    let stack = DevStack::start(Options::throw_away()).await?;
    let pids = pids(&stack);
    let dir = stack.dir().to_owned();
    drop(stack);
    eventually("the directory is gone", || !dir.exists()).await;
    assert!(!pids.iter().any(|&pid| is_running(pid)));
    Ok(())
}

#[tokio::test]
async fn users_of_a_directory_share_its_servers_until_the_last_stops() -> Result {
    let dir = TestDir::new("shared");
    // At the same time: one of them starts the servers.
    let (first, second) = tokio::join!(DevStack::start(dir.options()), DevStack::start(dir.options()));
    let (first, second) = (first?, second?);
    let pids = pids(&first);
    assert_eq!(pids, self::pids(&second));
    assert_eq!(first.database_url(), second.database_url());
    assert_eq!(first.redis_url(), second.redis_url());
    assert_eq!(first.mongodb_url(), second.mongodb_url());

    first.stop().await?;
    write(&second, 2).await?;
    assert_eq!(read(&second).await?, (2, 2));
    second.stop().await?;
    assert!(!pids.iter().any(|&pid| is_running(pid)));
    Ok(())
}

#[tokio::test]
async fn removing_the_directory_under_the_servers_does_not_save_them() -> Result {
    let dir = TestDir::new("removed");
    let stack = DevStack::start(dir.options()).await?;
    let pids = pids(&stack);
    let postgres = stack.dir().join("postgres").canonicalize()?;
    fs::remove_dir_all(stack.dir())?;
    stack.stop().await?;
    if postgres.exists() {
        fs::remove_dir_all(postgres)?;
    }
    assert!(!pids.iter().any(|&pid| is_running(pid)));
    Ok(())
}

/// Not a test of its own, but the process that the next test kills.
#[tokio::test]
async fn owner() -> Result {
    let Some(dir) = env::var_os(OWNED_DIR) else {
        return Ok(());
    };
    let options = Options { durable: false, ..Options::keep(dir) };
    let stack = DevStack::start(options).await?;
    writeln!(std::io::stdout(), "\npids: {:?}", pids(&stack))?;
    std::future::pending().await
}

/// Starts such a process and returns it with the pids of its servers.
fn start_owner(dir: &TestDir) -> Result<(Child, Vec<u32>)> {
    let mut owner = Command::new(env::current_exe()?)
        .args(["owner", "--exact", "--nocapture"])
        .env(OWNED_DIR, &dir.0)
        .stdout(Stdio::piped())
        .spawn()?;
    let output = BufReader::new(owner.stdout.take().ok_or("no output")?);
    for line in output.lines() {
        if let Some(pids) = line?.strip_prefix("pids: ") {
            let pids = pids.trim_matches(['[', ']']).split(", ");
            return Ok((owner, pids.map(str::parse).collect::<std::result::Result<_, _>>()?));
        }
    }
    Err("the owner did not start".into())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_owner_leaves_its_data_and_no_servers() -> Result {
    let dir = TestDir::new("killed");
    let (mut owner, pids) = start_owner(&dir)?;
    let guest = DevStack::start(dir.options()).await?;
    assert_eq!(pids, self::pids(&guest));
    write(&guest, 3).await?;
    drop(guest);
    owner.kill()?;
    owner.wait()?;
    eventually("the servers are gone", || !pids.iter().any(|&pid| is_running(pid))).await;

    // Once more, and this time start again right away.
    let (mut owner, pids) = start_owner(&dir)?;
    owner.kill()?;
    owner.wait()?;
    let stack = DevStack::start(dir.options()).await?;
    assert_eq!(read(&stack).await?, (3, 3));
    stack.stop().await?;
    assert!(!pids.iter().any(|&pid| is_running(pid)));
    Ok(())
}

#[tokio::test]
async fn records_from_before_a_power_failure_do_not_matter() -> Result {
    let dir = TestDir::new("power");
    let stack = DevStack::start(dir.options()).await?;
    write(&stack, 5).await?;
    for server in servers(&stack) {
        server.kill().await?;
    }
    stack.stop().await?;

    // The process numbers have since been given to another program: this one.
    let own = std::process::id();
    for name in ["postgres", "redis", "mongodb"] {
        let record = dir.0.join("run").join(name).with_extension("pid");
        fs::write(record, format!("{own} 1 KILL KILL\n"))?;
    }
    let lock = dir.0.join("postgres/data/postmaster.pid");
    let old = fs::read_to_string(&lock)?;
    let (_, rest) = old.split_once('\n').ok_or("no pid")?;
    fs::write(&lock, format!("{own}\n{rest}"))?;

    let stack = DevStack::start(dir.options()).await?;
    assert_eq!(read(&stack).await?, (5, 5));
    stack.stop().await?;
    Ok(())
}

#[tokio::test]
async fn a_moved_directory_keeps_its_data() -> Result {
    let (old, new) = (TestDir::new("old"), TestDir::new("new"));
    let stack = DevStack::start(old.options()).await?;
    write(&stack, 6).await?;
    stack.stop().await?;

    fs::rename(&old.0, &new.0)?;
    let stack = DevStack::start(new.options()).await?;
    assert_eq!(read(&stack).await?, (6, 6));
    stack.stop().await?;
    Ok(())
}

/// Another program on a port, which hangs up on everybody.
async fn take(port: u16) -> Result<JoinHandle<()>> {
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    Ok(tokio::spawn(async move { while listener.accept().await.is_ok() {} }))
}

#[tokio::test]
async fn ports_stay_the_same_unless_they_are_taken() -> Result {
    let dir = TestDir::new("ports");
    let ports = |stack: &DevStack| servers(stack).map(Server::port);
    let stack = DevStack::start(dir.options()).await?;
    let [postgres, redis, mongodb] = ports(&stack);
    stack.stop().await?;

    let taken = [take(postgres).await?, take(mongodb).await?];
    let stack = DevStack::start(dir.options()).await?;
    let moved = ports(&stack);
    assert_ne!(moved[0], postgres);
    assert_eq!(moved[1], redis);
    assert_ne!(moved[2], mongodb);
    write(&stack, 7).await?;
    stack.stop().await?;

    for program in taken {
        program.abort();
    }
    let stack = DevStack::start(dir.options()).await?;
    assert_eq!(ports(&stack), moved);
    stack.stop().await?;
    Ok(())
}

#[tokio::test]
async fn a_server_comes_back_with_its_port_and_data() -> Result {
    let stack = DevStack::start(Options::throw_away()).await?;
    write(&stack, 4).await?;
    let before = pids(&stack);

    for server in servers(&stack) {
        server.kill().await?;
        assert_eq!(server.pid(), None);
        server.start().await?;
    }
    assert_eq!(read(&stack).await?, (4, 4));
    ping_redis(&stack).await?;

    for server in servers(&stack) {
        server.stop().await?;
        assert_eq!(server.pid(), None);
        server.start().await?;
    }
    assert_eq!(read(&stack).await?, (4, 4));
    ping_redis(&stack).await?;

    assert!(!before.iter().any(|&pid| is_running(pid)));
    stack.stop().await?;
    Ok(())
}

#[tokio::test]
async fn a_missing_program_is_named_with_what_to_do() -> Result {
    let dir = TestDir::new("programs");
    fs::create_dir_all(&dir.0)?;
    for name in ["initdb", "postgres"] {
        script(&dir.0.join(name), "exit 1")?;
    }
    for (search_path, missing) in [(Vec::new(), "postgres"), (vec![dir.0.clone()], "redis-server")] {
        let error = DevStack::start(Options { search_path, ..dir.options() }).await.err().ok_or("it started")?;
        assert!(matches!(&error, Error::Missing { program } if *program == missing), "{error}");
        assert!(error.to_string().contains("scripts/install-deps.sh"), "{error}");
    }
    Ok(())
}

#[tokio::test]
async fn a_failing_server_is_reported_with_its_log_and_the_others_stop() -> Result {
    let dir = TestDir::new("failing");
    let programs = dir.0.join("programs");
    fs::create_dir_all(&programs)?;
    script(&programs.join("redis-server"), "echo out of luck; exit 1")?;
    let mut options = dir.options();
    options.search_path.insert(0, programs);

    let error = DevStack::start(options).await.err().ok_or("it started")?;
    assert!(matches!(error, Error::Exited { name: "redis", .. }));
    assert!(error.to_string().contains("out of luck"), "{error}");
    assert!(error.to_string().contains("redis.log"), "{error}");
    for name in ["postgres", "mongodb"] {
        let record = fs::read_to_string(dir.0.join("run").join(name).with_extension("pid"))?;
        let pid = record.split(' ').next().ok_or("no pid")?.parse()?;
        assert!(!is_running(pid), "{name}");
    }
    Ok(())
}

fn script(path: &Path, text: &str) -> Result {
    fs::write(path, format!("#!/bin/sh\n{text}\n"))?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))?;
    Ok(())
}
