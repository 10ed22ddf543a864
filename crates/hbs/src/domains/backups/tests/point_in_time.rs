//! PostgreSQL's own log, as `scripts/postgresql-wal.sh` keeps it, leads to any moment between two base backups.
use super::own_stack;
use crate::faults::TempDir;
use diesel::QueryableByName;
use diesel::sql_types::Text;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use hbs_devstack::{DevStack, Options};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Output;
use tokio::process::Command;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scripts/postgresql-wal.sh");

/// The folder of the server that a stack runs, if it has what a base backup takes: some packages have the server alone.
fn programs() -> Option<PathBuf> {
    let path = Options::throw_away().search_path;
    let dir = path.iter().find(|dir| ["initdb", "postgres"].iter().all(|name| dir.join(name).exists()))?;
    let dir = fs::canonicalize(dir.join("postgres")).ok()?.parent()?.to_owned();
    ["pg_basebackup", "pg_verifybackup", "pg_waldump"].iter().all(|name| dir.join(name).exists()).then_some(dir)
}

fn script(arguments: &[&Path]) -> Command {
    let mut command = Command::new("sh");
    command.arg(SCRIPT).args(arguments);
    command
}

fn told(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Makes whoever runs PostgreSQL the owner of files that the test has made.
async fn give(to_owner_of: &Path, path: &Path) {
    let reference = format!("--reference={}", to_owner_of.display());
    let output = Command::new("chown").arg("-R").arg(reference).arg(path).output().await.expect("chown");
    assert!(output.status.success(), "{}", told(&output));
}

async fn connect(stack: &DevStack) -> AsyncPgConnection {
    AsyncPgConnection::establish(stack.database_url()).await.expect("a connection")
}

async fn run(db: &mut AsyncPgConnection, sql: &str) {
    db.batch_execute(sql).await.expect(sql);
}

/// The one text that SQL finds as `value`.
async fn text(db: &mut AsyncPgConnection, sql: &str) -> String {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        value: String,
    }
    #[expect(clippy::disallowed_methods, reason = "a test asks whatever it likes")]
    let query = diesel::sql_query(sql);
    let row: Row = query.get_result(db).await.expect(sql);
    row.value
}

/// A segment lasts under its name: PostgreSQL may send it again, and nobody else's takes its place.
#[tokio::test]
async fn a_segment_is_kept_once_under_its_name() {
    let dir = TempDir::new();
    let file = |name: &str| dir.0.join(name);
    for (name, content) in [("one", "content"), ("other", "other content")] {
        fs::write(file(name), content).expect("a file");
    }
    let (folder, name) = (file("wal"), "000000010000000000000001");
    fs::create_dir(&folder).expect("a folder");
    let archive = async |from: &str| {
        let arguments = [Path::new("archive"), &folder, &file(from), Path::new(name)];
        script(&arguments).output().await.expect("the script")
    };
    for time in ["first", "second"] {
        let output = archive("one").await;
        assert!(output.status.success(), "the {time} time: {}", told(&output));
    }
    let output = archive("other").await;
    assert!(!output.status.success() && told(&output).contains("is there with another content"), "{}", told(&output));
    assert_eq!(fs::read_to_string(folder.join(name)).expect("a segment"), "content");
    assert_eq!(fs::read_dir(&folder).expect("a folder").count(), 1, "nothing is left of attempts");

    let fetch = async |name: &str| {
        let arguments = [Path::new("fetch"), &folder, Path::new(name), &file("fetched")];
        script(&arguments).output().await.expect("the script").status.success()
    };
    assert!(!fetch("00000002.history").await, "what is not there is told, and not made");
    assert!(!file("fetched").exists());
    assert!(fetch(name).await);
    assert_eq!(fs::read_to_string(file("fetched")).expect("a segment"), "content");
}

/// A base backup and the log after it, put together as documented, are what was committed until a moment: no less, and
/// nothing of what came then. The server goes on from there.
#[tokio::test]
async fn postgresql_is_brought_back_to_a_moment() {
    let Some(programs) = programs() else {
        println!("not done: pg_basebackup, pg_verifybackup or pg_waldump is not installed");
        return;
    };
    let stack = own_stack().await;
    let server = stack.postgres();
    // A place that whoever runs PostgreSQL can reach, as the source tree need not be.
    let place = fs::canonicalize(stack.dir().join("postgres")).expect("a folder");
    let (data, wal, script) = (place.join("data"), place.join("wal"), place.join("postgresql-wal.sh"));
    fs::create_dir(&wal).expect("a folder");
    fs::copy(SCRIPT, &script).expect("a script");
    give(&data, &wal).await;
    give(&data, &script).await;
    let (script, wal_name) = (script.display(), wal.display());

    let mut db = connect(&stack).await;
    run(&mut db, "ALTER SYSTEM SET archive_mode = on").await;
    run(&mut db, &format!("ALTER SYSTEM SET archive_command = 'sh {script} archive {wal_name} %p %f'")).await;
    drop(db);
    server.stop().await.expect("stopped");
    server.start().await.expect("started");

    let mut db = connect(&stack).await;
    run(&mut db, "CREATE TABLE told (what text NOT NULL); INSERT INTO told VALUES ('1: before the base backup')").await;
    let made = base_backup(&programs, server.port(), &place.join("base")).await;
    run(&mut db, "INSERT INTO told VALUES ('2: after the base backup')").await;
    let moment = text(&mut db, "SELECT clock_timestamp()::text AS value").await;
    run(&mut db, "INSERT INTO told VALUES ('3: after the moment'); DELETE FROM told WHERE what LIKE '1%'").await;
    let segment = text(&mut db, "SELECT pg_walfile_name(pg_current_wal_lsn()) AS value").await;
    drop(db);
    // At its end the server archives what it has begun.
    server.stop().await.expect("stopped");
    let log = fs::read_to_string(stack.dir().join("log/postgres.log")).unwrap_or_default();
    assert!(wal.join(&segment).exists(), "{segment} is not archived: {log}");

    let lost = place.join("lost");
    fs::rename(&data, &lost).expect("moved away");
    fs::rename(&made, &data).expect("put into its place");
    let mut settings = fs::OpenOptions::new().append(true).open(data.join("postgresql.auto.conf")).expect("settings");
    // Nobody is let in before the moment is reached, so who is answered sees all of it.
    writeln!(
        settings,
        "restore_command = 'sh {script} fetch {wal_name} %f %p'\nrecovery_target_time = '{moment}'\n\
         recovery_target_action = 'promote'\nhot_standby = off"
    )
    .expect("written");
    fs::write(data.join("recovery.signal"), "").expect("a file");
    give(&lost, &data).await;
    server.start().await.unwrap_or_else(|error| panic!("not brought back: {error}"));

    let mut db = connect(&stack).await;
    let all = "SELECT string_agg(what, ', ' ORDER BY what) AS value FROM told";
    assert_eq!(text(&mut db, all).await, "1: before the base backup, 2: after the base backup");
    run(&mut db, "INSERT INTO told VALUES ('4: from here on')").await;
    assert!(text(&mut db, all).await.ends_with("4: from here on"));
    drop(db);
    stack.stop().await.expect("stopped");
}

/// Makes a base backup by the script, and returns its folder.
async fn base_backup(programs: &Path, port: u16, folder: &Path) -> PathBuf {
    let others = std::env::var_os("PATH").unwrap_or_default();
    let path = [programs.to_owned()].into_iter().chain(std::env::split_paths(&others));
    let mut command = script(&[Path::new("base"), folder]);
    command.env("PATH", std::env::join_paths(path).expect("a path"));
    command.env("PGHOST", "127.0.0.1").env("PGPORT", port.to_string()).env("PGUSER", "hbs");
    let output = command.output().await.expect("the script");
    assert!(output.status.success(), "{}", told(&output));
    let made = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    assert!(made.starts_with(folder) && made.join("backup_manifest").exists(), "{}", told(&output));
    made
}
