//! The command line: one binary for everything.
mod backup;
mod check;
mod checkpoints;
mod demo_gateway;
mod dev;
mod import;
mod json_lines;
mod logging;
mod maintain;
mod progress;
mod serve;

use crate::app::App;
use crate::config::Config;
use crate::domains::authorization;
use crate::{Error, Result};
use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Parser)]
#[command(name = "hbs", version, about = "HBS: the backend of hotels that sell their rooms")]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the API from the stores named in the settings
    Serve,
    /// Start private stores, load the demo hotels and serve: for trying and developing
    Dev,
    /// Run the demo gateway: takes payments as a real one does, but no money moves
    DemoGateway(demo_gateway::DemoGateway),
    /// Bring the database to the newest schema and write the default roles
    Migrate,
    /// Load demo data; existing data is left alone
    Seed {
        /// Number of further hotels, the same ones every time
        #[arg(long, default_value_t = 0)]
        hotels: u32,
    },
    /// Import a spreadsheet
    Import(import::Import),
    /// Administer accounts
    #[command(subcommand)]
    Admin(Admin),
    /// Manage the keys that sign access tokens
    #[command(subcommand)]
    Keys(Keys),
    /// Look for what is dangerous or missing in the settings and in what they lead to
    Check,
    /// Print the OpenAPI document
    Openapi,
    /// Back up all stores into one archive, encrypted to the key of the settings
    Backup {
        #[command(subcommand)]
        command: Option<backup::Backup>,
    },
    /// Restore an archive into empty stores; HBS is in quarantine then
    Restore {
        /// File of the archive, or its name in the place of the archives
        file: PathBuf,
        /// Take it whoever has signed it: the public keys are lost
        #[arg(long)]
        unsigned: bool,
    },
    /// End the quarantine of what was restored: ask the gateways, and let HBS send and change things again
    Resume,
    /// Check the audit trail
    #[command(subcommand)]
    Audit(Audit),
    /// Check the inventory
    #[command(subcommand)]
    Inventory(Inventory),
    /// Check the books
    #[command(subcommand)]
    Ledger(Books),
}

#[derive(Subcommand)]
enum Admin {
    /// Make a super administrator
    Create {
        #[arg(long)]
        email: String,
        /// Password of at least 8 characters. Better given as HBS_ADMIN_PASSWORD, which does not show in process lists
        #[arg(long, env = "HBS_ADMIN_PASSWORD", hide_env_values = true)]
        password: String,
        #[arg(long, default_value = "Administrator")]
        name: String,
    },
}

#[derive(Subcommand)]
enum Keys {
    /// Make a new key, which signs after a minute. The old ones verify until their last token has expired
    Rotate {
        /// Use after a key was stolen: the new one signs at once, and tokens of all others are refused
        #[arg(long)]
        now: bool,
    },
    /// List the keys that verify now or will verify later
    List,
}

#[derive(Subcommand)]
enum Audit {
    /// Recompute every hash chain and name the first broken link of each
    Verify {
        /// File of checkpoints that was kept elsewhere, which are compared with the record
        #[arg(long)]
        against: Option<PathBuf>,
    },
    /// Print the newest checkpoint, to be kept elsewhere
    Checkpoint {
        /// File that it is added to instead
        #[arg(long)]
        to: Option<PathBuf>,
    },
    /// Make a new key, which signs checkpoints from now on. Those that were signed before verify as they did
    RotateKey,
}

#[derive(Subcommand)]
enum Inventory {
    /// Compare the counters of sold rooms with the stays, night by night
    Verify {
        /// Correct the counters, one hotel after the other, while HBS serves
        #[arg(long)]
        repair: bool,
    },
}

#[derive(Subcommand)]
enum Books {
    /// Compare every line of a folio with its event, and every closed date with its lines
    Verify,
}

/// Runs the command and says how it went.
pub async fn run(cli: Cli) -> ExitCode {
    if let Command::Check = cli.command {
        return check::run().await;
    }
    let config = match Config::load() {
        Ok(config) => config,
        Err(error) => return fail(&error),
    };
    let result = match cli.command {
        Command::Serve => serve::run(config).await,
        Command::Dev => Box::pin(dev::run(config)).await,
        Command::DemoGateway(command) => demo_gateway::run(&config, command).await,
        Command::Migrate => maintain::migrate(config).await,
        Command::Seed { hotels } => maintain::seed(config, hotels).await,
        Command::Import(import) => import::run(config, import).await,
        Command::Admin(Admin::Create { email, password, name }) => maintain::create_admin(config, email, password, name).await,
        Command::Keys(Keys::Rotate { now }) => maintain::rotate_keys(config, now).await,
        Command::Keys(Keys::List) => maintain::list_keys(config).await,
        Command::Check => Ok(check::run().await),
        Command::Openapi => maintain::print_openapi(&config),
        Command::Backup { command } => backup::run(config, command).await,
        Command::Restore { file, unsigned } => backup::restore(config, &file, unsigned).await,
        Command::Resume => backup::resume(config).await,
        Command::Audit(Audit::Verify { against }) => maintain::verify_audit(config, against.as_deref()).await,
        Command::Audit(Audit::Checkpoint { to }) => checkpoints::tell(config, to.as_deref()).await,
        Command::Audit(Audit::RotateKey) => checkpoints::rotate_key(config).await,
        Command::Inventory(Inventory::Verify { repair }) => maintain::verify_inventory(config, repair).await,
        Command::Ledger(Books::Verify) => maintain::verify_ledger(config).await,
    };
    match result {
        Ok(code) => code,
        Err(Error::Internal { source, .. }) => fail(&*source),
        Err(Error::Client(client)) => fail(&client.detail),
    }
}

fn fail(error: &(impl std::fmt::Display + ?Sized)) -> ExitCode {
    eprintln!("hbs: {error}");
    ExitCode::FAILURE
}

/// The newest schema of both databases, and the default roles.
async fn prepare(app: &App) -> Result<Vec<String>> {
    let mut migrations = app.db.migrate().await?;
    migrations.extend(app.person_keys.migrate().await?);
    let conn = app.db.conn().await?;
    authorization::ensure_default_roles(app, &conn).await?;
    Ok(migrations)
}
