//! `hbs-bench backups`: how long a backup of a busy hotel takes, how large it is, and how long proving and restoring it take.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::time::Duration;

use age::secrecy::ExposeSecret;
use age::x25519::Identity;
use clap::Args;
use hbs_devstack::{DevStack, Options};

use crate::create::delivery;
use crate::database::Database;
use crate::error::{Context, Result};
use crate::folder::Folder;
use crate::screens;
use crate::server::{Measured, Needs, OwnArgs, Server};
use crate::table::Table;
use crate::verdict::Verdict;

/// Number of rooms: enough for the bookings of a year.
const ROOMS: u32 = 2000;
const PRIVATE_KEY: &str = "backup.key";
const ARCHIVES: &str = "archives";

/// Rows of the tables that grow with bookings; the same in what was restored.
const COUNTS: &str =
    "SELECT ARRAY[(SELECT count(*) FROM bookings), (SELECT count(*) FROM stays), (SELECT count(*) FROM room_nights),
    (SELECT count(*) FROM folio_entries), (SELECT coalesce(sum(amount_minor), 0)::bigint FROM folio_entries),
    (SELECT count(*) FROM outbox)]";

#[derive(Debug, Args)]
pub struct BackupsArgs {
    /// Number of bookings, spread over a year.
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    bookings: u32,
    #[command(flatten)]
    own: OwnArgs,
}

pub async fn run(args: BackupsArgs) -> Result<Verdict> {
    let folder = Folder::create()?;
    let settings = settings(folder.path())?;
    let server = Server::start(&args.own, Needs::default()).await?;
    screens::fill(&server.api, ROOMS, args.bookings).await?;
    let own = server.own.as_ref().context("the server is another's")?;
    delivery::drain(&Database::connect(own.database_url()).await?).await?;
    let before = counts(own.database_url()).await?;

    let mut table = Table::new(["command", "seconds", "memory at most"]);
    let mut measure = async |name: &str, line: &[&str], settings: &[(&str, OsString)]| -> Result<()> {
        let Measured { took, peak } = own.measure(line, settings).await?;
        table.row(&[name.to_owned(), seconds(took), format!("{} MB", peak / 1_000_000)]);
        Ok(())
    };
    measure("hbs backup", &["backup"], &settings).await?;
    let archive = newest(&folder.path().join(ARCHIVES))?;
    measure("hbs backup verify", &["backup", "verify", "--unsigned", &archive.name], &settings).await?;
    let scratch = DevStack::start(Options::throw_away()).await.context("cannot start stores for a drill")?;
    let files = format!("file://{}", folder.path().join("drill").display());
    // Of a drill's database the user may be more than that of HBS, who may remove nothing from the record.
    let mongodb = scratch.mongodb_url().replace("hbs:hbs@", "admin:admin@");
    let drill = ["backup", "drill", "--into", scratch.database_url(), &mongodb, &files];
    measure("hbs backup drill", &drill, &settings).await?;
    scratch.stop().await.context("cannot stop the stores of the drill")?;

    let empty = DevStack::start(Options::throw_away()).await.context("cannot start empty stores")?;
    let elsewhere = [
        settings.as_slice(),
        &[
            ("HBS_DATABASE_URL", empty.database_url().into()),
            ("HBS_MONGODB_URL", empty.mongodb_url().into()),
            ("HBS_REDIS_URL", empty.redis_url().into()),
            ("HBS_DEV_DIR", folder.path().join("restored").into()),
        ],
    ]
    .concat();
    measure("hbs restore", &["restore", "--unsigned", &archive.name], &elsewhere).await?;
    measure("hbs resume", &["resume"], &elsewhere).await?;
    let after = counts(empty.database_url()).await?;
    empty.stop().await.context("cannot stop the restored stores")?;

    let equal = before[..5] == after[..5] && after[5] >= before[5];
    println!("{} bookings, {} room nights, {} lines of folios, {} events", before[0], before[2], before[3], before[5]);
    println!("archive: {:.1} MB", archive.megabytes);
    print!("{table}");
    println!("restored: {}", if equal { "the same rows and the same money" } else { "NOT THE SAME" });
    server.stop().await?;
    Ok(Verdict::passed_if(equal))
}

/// Settings of backups: a place for the archives, and keys that protect nothing.
fn settings(folder: &Path) -> Result<Vec<(&'static str, OsString)>> {
    let identity = Identity::generate();
    let (private_key, archives) = (folder.join(PRIVATE_KEY), folder.join(ARCHIVES));
    fs::write(&private_key, identity.to_string().expose_secret()).context("cannot write the private key")?;
    for name in [ARCHIVES, "drill", "restored"] {
        fs::create_dir(folder.join(name)).context(format!("cannot create the folder {name}"))?;
    }
    Ok(vec![
        ("HBS_BACKUP_URL", format!("file://{}", archives.display()).into()),
        ("HBS_BACKUP_RECIPIENT", identity.to_public().to_string().into()),
        ("HBS_BACKUP_IDENTITY_FILE", private_key.into()),
    ])
}

struct Archive {
    name: String,
    megabytes: f64,
}

/// The largest file of the place of archives: beside it lies its manifest.
fn newest(archives: &Path) -> Result<Archive> {
    let mut largest: Option<(u64, String)> = None;
    for entry in fs::read_dir(archives).context("cannot list the archives")? {
        let entry = entry.context("cannot list the archives")?;
        let length = entry.metadata().context("cannot read the archive")?.len();
        largest = largest.max(Some((length, entry.file_name().to_string_lossy().into_owned())));
    }
    let (length, name) = largest.context("there is no archive")?;
    let kilobytes = u32::try_from(length / 1000).unwrap_or(u32::MAX);
    Ok(Archive { name, megabytes: f64::from(kilobytes) / 1000.0 })
}

async fn counts(url: &str) -> Result<Vec<i64>> {
    let database = Database::connect(url).await?;
    database.value::<Vec<i64>>(COUNTS).await
}

fn seconds(duration: Duration) -> String {
    format!("{:.1}", duration.as_secs_f64())
}
