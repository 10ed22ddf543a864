//! The server that a command works against: one that runs somewhere, or its own with private stores.

use std::env;
use std::ffi::OsString;
use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::{Duration, Instant};

use clap::Args;
use hbs_devstack::{DevStack, Options};
use tokio::process::{Child, Command};
use tokio::time::sleep;
use uuid::Uuid;

use crate::api::{Api, Credentials};
use crate::callgrind;
use crate::error::{Context, Error, Result};
use crate::folder::Folder;

const ADMIN: &str = "admin@bench.test";
const START_LIMIT: Duration = Duration::from_secs(120);
/// The files of Valgrind, in the folder of the server: this name, and a number for each count.
const CALLGRIND_OUT: &str = "callgrind.out";
const START_POLL: Duration = Duration::from_millis(10);
const START_BUDGET_SECONDS: u32 = 1;
const MEMORY_BUDGET_MB: u32 = 150;
/// Number of lines of a log that an error message quotes.
const LOG_TAIL_LINES: usize = 15;

#[derive(Debug, Args)]
pub struct ServerArgs {
    /// A running server; without it, the command starts its own with private stores.
    #[arg(long, requires = "login", requires = "password", conflicts_with = "hbs")]
    url: Option<String>,
    /// A super admin of the running server, by e-mail or phone.
    #[arg(long, requires = "url")]
    login: Option<String>,
    /// The password of that super admin.
    #[arg(long, env = "HBS_ADMIN_PASSWORD", hide_env_values = true)]
    password: Option<String>,
    #[command(flatten)]
    own: OwnArgs,
}

#[derive(Debug, Args)]
pub struct OwnArgs {
    /// The `hbs` program to start; by default the one beside this program.
    #[arg(long, value_name = "PATH")]
    hbs: Option<PathBuf>,
    /// Appends the log of that server to this file; otherwise it is lost with its stores.
    #[arg(long, value_name = "FILE")]
    server_log: Option<PathBuf>,
}

/// Needs of a command for the server that it starts for itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct Needs {
    /// `true` if PostgreSQL must write to disk at every commit.
    pub durable: bool,
    /// Settings of the server beside those for its stores.
    pub settings: &'static [(&'static str, &'static str)],
    /// `true` if Valgrind must count the server's instructions: it is some fifty times slower then.
    pub counts_instructions: bool,
}

/// A server to work against.
pub struct Server {
    pub api: Api,
    pub own: Option<OwnServer>,
}

impl ServerArgs {
    pub async fn open(self, needs: Needs) -> Result<Server> {
        match (self.url, self.login, self.password) {
            (Some(url), Some(login), Some(password)) => {
                let api = Api::connect(&url, Credentials { login, password }).await?;
                Ok(Server { api, own: None })
            }
            _ => Server::start(&self.own, needs).await,
        }
    }
}

impl Server {
    pub async fn start(args: &OwnArgs, needs: Needs) -> Result<Self> {
        let own = OwnServer::start(args, needs).await?;
        Ok(Self { api: own.sign_in().await?, own: Some(own) })
    }

    /// Prints the footprint of a server of the command's own; of others nothing is known.
    pub fn print_footprint(&self) {
        if let Some(own) = &self.own {
            own.print_footprint();
        }
    }

    pub async fn stop(self) -> Result<()> {
        match self.own {
            Some(own) => own.stop().await,
            None => Ok(()),
        }
    }
}

/// An `hbs serve` process with its own stores, all of which end with it.
pub struct OwnServer {
    process: Child,
    url: String,
    started_in: Duration,
    program: Program,
    stack: DevStack,
    folder: Folder,
}

impl OwnServer {
    pub async fn start(args: &OwnArgs, needs: Needs) -> Result<Self> {
        let hbs = find_hbs(args.hbs.as_deref())?;
        let folder = Folder::create()?;
        eprintln!("starting private PostgreSQL, Redis and MongoDB servers");
        let options = Options { durable: needs.durable, ..Options::throw_away() };
        let stack = DevStack::start(options).await.context("cannot start the private stores")?;
        let mut program = Program::new(hbs, &stack, folder.path(), args.server_log.clone());
        program.counts_instructions = needs.counts_instructions;
        program.run(&["migrate"]).await?;
        program.create_admin().await?;
        let (process, url, started_in) = program.serve(needs.settings).await?;
        Ok(Self { process, url, started_in, program, stack, folder })
    }

    /// Starts the server again on the same stores, with other settings.
    pub async fn restart(&mut self, settings: &[(&str, &str)]) -> Result<()> {
        self.stop_serving().await?;
        (self.process, self.url, self.started_in) = self.program.serve(settings).await?;
        Ok(())
    }

    /// Loads demo hotels.
    pub async fn seed(&self, hotels: u32) -> Result<()> {
        self.program.run(&["seed", "--hotels", &hotels.to_string()]).await
    }

    /// Ends the server and leaves the stores running.
    pub async fn stop_serving(&mut self) -> Result<()> {
        self.process.kill().await.context("cannot stop the server")
    }

    /// Returns the number of instructions that the server has executed since it was asked before, if it counts them.
    pub async fn instructions(&self) -> Result<u64> {
        let process = self.process.id().context("the server has ended")?;
        let mut control = Command::new("callgrind_control");
        let told = control.arg("--dump").arg(process.to_string()).output().await.context("cannot run callgrind_control")?;
        if !told.status.success() {
            return Err(Error::new(format!("callgrind_control: {}", String::from_utf8_lossy(&told.stdout))));
        }
        callgrind::newest_total(self.folder.path(), CALLGRIND_OUT)
    }

    /// Runs a command of `hbs` with further settings, and says how long it took and how much memory it had.
    pub async fn measure(&self, args: &[&str], settings: &[(&str, OsString)]) -> Result<Measured> {
        self.program.measure(args, settings).await
    }

    pub fn database_url(&self) -> &str {
        self.stack.database_url()
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    pub async fn sign_in(&self) -> Result<Api> {
        let credentials = Credentials { login: ADMIN.to_owned(), password: self.program.password.clone() };
        Api::connect(&self.url, credentials).await
    }

    /// Prints how long the server took to start and how much memory it has, beside the budgets.
    pub fn print_footprint(&self) {
        let started = self.started_in.as_secs_f64();
        print!("server: answered {started:.2} s after its start (budget {START_BUDGET_SECONDS} s)");
        match self.process.id().and_then(Memory::of) {
            Some(memory) => {
                let (resident, peak) = (memory.resident / 1_000_000, memory.peak / 1_000_000);
                println!(", resident {resident} MB, at most {peak} MB (budget {MEMORY_BUDGET_MB} MB)");
            }
            None => println!(),
        }
    }

    /// Returns the resident memory of the server, in bytes.
    pub fn resident_bytes(&self) -> Result<u64> {
        let process = self.process.id().context("the server has ended")?;
        let memory = Memory::of(process).context("the system does not tell how much memory the server has")?;
        Ok(memory.resident)
    }

    pub async fn stop(mut self) -> Result<()> {
        self.stop_serving().await?;
        self.stack.stop().await.context("cannot stop the private stores")?;
        drop(self.folder);
        Ok(())
    }
}

/// What a command took.
pub struct Measured {
    pub took: Duration,
    /// Resident memory at most, in bytes.
    pub peak: u64,
}

/// Memory of a process, in bytes.
struct Memory {
    resident: u64,
    peak: u64,
}

impl Memory {
    fn of(process: u32) -> Option<Self> {
        let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
        let bytes = |key: &str| {
            let value = status.lines().find_map(|line| line.strip_prefix(key))?;
            let kib: u64 = value.trim().strip_suffix(" kB")?.parse().ok()?;
            Some(kib * 1024)
        };
        Some(Self { resident: bytes("VmRSS:")?, peak: bytes("VmHWM:")? })
    }
}

/// The `hbs` program with the settings for the private stores.
struct Program {
    path: PathBuf,
    folder: PathBuf,
    log: PathBuf,
    settings: Vec<(&'static str, OsString)>,
    password: String,
    counts_instructions: bool,
}

impl Program {
    fn new(path: PathBuf, stack: &DevStack, folder: &Path, log: Option<PathBuf>) -> Self {
        let settings = vec![
            ("HBS_ENVIRONMENT", "development".into()),
            ("HBS_DATABASE_URL", stack.database_url().into()),
            ("HBS_MONGODB_URL", stack.mongodb_url().into()),
            ("HBS_REDIS_URL", stack.redis_url().into()),
            ("HBS_DEV_DIR", folder.into()),
            ("HBS_DATA_KEY", DATA_KEY.into()),
            // One client asks as often as it can.
            ("HBS_RATE_LIMITS", "off".into()),
            // Guests of benchmarks read no mail: it is queued, as always, and waits.
            ("HBS_MAIL_DELIVERY", "off".into()),
        ];
        let password = format!("Bench-{}", Uuid::now_v7());
        let log = log.unwrap_or_else(|| folder.join("server.log"));
        Self { path, folder: folder.to_owned(), log, settings, password, counts_instructions: false }
    }

    /// Makes a command in which only our settings count: neither the caller's variables nor an `hbs.toml` in the
    /// working directory.
    fn command(&self) -> Command {
        self.with_settings(Command::new(&self.path))
    }

    /// The server under Valgrind, whose counts go to files beside [`CALLGRIND_OUT`].
    fn counted(&self) -> Command {
        let mut command = Command::new("valgrind");
        command.arg("--tool=callgrind").arg(format!("--callgrind-out-file={CALLGRIND_OUT}")).arg(&self.path);
        self.with_settings(command)
    }

    fn with_settings(&self, mut command: Command) -> Command {
        for (name, _) in env::vars_os().filter(|(name, _)| name.as_encoded_bytes().starts_with(b"HBS_")) {
            command.env_remove(name);
        }
        command.envs(self.settings.iter().map(|(name, value)| (name, value)));
        command.current_dir(&self.folder).stdin(Stdio::null()).kill_on_drop(true);
        command
    }

    async fn create_admin(&self) -> Result<()> {
        self.run(&["admin", "create", "--email", ADMIN, "--password", &self.password]).await
    }

    async fn run(&self, args: &[&str]) -> Result<()> {
        let output = self.command().args(args).output().await.context(format!("cannot run {}", self.path.display()))?;
        succeeded(args, &output)
    }

    async fn measure(&self, args: &[&str], settings: &[(&str, OsString)]) -> Result<Measured> {
        let mut command = self.command();
        command.args(args).envs(settings.iter().map(|(name, value)| (name, value)));
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let began = Instant::now();
        let process = command.spawn().context(format!("cannot run {}", self.path.display()))?;
        let id = process.id();
        let mut peak = 0;
        let ended = process.wait_with_output();
        tokio::pin!(ended);
        let output = loop {
            tokio::select! {
                output = &mut ended => break output.context("cannot wait for a command")?,
                () = sleep(START_POLL) => peak = id.and_then(Memory::of).map_or(peak, |memory| memory.peak),
            }
        };
        succeeded(args, &output)?;
        Ok(Measured { took: began.elapsed(), peak })
    }

    /// Starts the server on a free port, waits until it answers and says how long that took.
    async fn serve(&self, settings: &[(&str, &str)]) -> Result<(Child, String, Duration)> {
        let port = free_port()?;
        let log = &self.log;
        let log_file = File::options().create(true).append(true).open(log).context(format!("cannot write {}", log.display()))?;
        let began = Instant::now();
        let mut command = if self.counts_instructions { self.counted() } else { self.command() };
        let mut process = command
            .arg("serve")
            .envs(settings.iter().copied())
            .env("HBS_LISTEN", format!("127.0.0.1:{port}"))
            .stderr(log_file.try_clone().context("cannot share the server's log")?)
            .stdout(log_file)
            .spawn()
            .context(format!("cannot start {}", self.path.display()))?;
        let url = format!("http://127.0.0.1:{port}");
        wait_until_live(&mut process, &url, log).await?;
        Ok((process, url, began.elapsed()))
    }
}

fn succeeded(args: &[&str], output: &Output) -> Result<()> {
    if output.status.success() {
        return Ok(());
    }
    let command = args.first().copied().unwrap_or_default();
    let said = [output.stdout.as_slice(), &output.stderr].concat();
    Err(Error::new(format!("`hbs {command}` ended with {}:\n{}", output.status, tail(&String::from_utf8_lossy(&said)))))
}

async fn wait_until_live(process: &mut Child, url: &str, log: &Path) -> Result<()> {
    let http = reqwest::Client::builder().no_proxy().build().context("cannot make an HTTP client")?;
    let live = format!("{url}/health/live");
    let began = Instant::now();
    loop {
        if let Some(status) = process.try_wait().context("cannot watch the server")? {
            return Err(with_log(&format!("the server ended with {status}"), log));
        }
        if http.get(&live).send().await.is_ok_and(|response| response.status().is_success()) {
            return Ok(());
        }
        if began.elapsed() > START_LIMIT {
            return Err(with_log(&format!("the server does not answer at {live}"), log));
        }
        sleep(START_POLL).await;
    }
}

/// Data key of throw-away servers: it protects nothing.
const DATA_KEY: &str = "YmVuY2ggYmVuY2ggYmVuY2ggYmVuY2ggYmVuY2ghISE=";

fn with_log(what: &str, log: &Path) -> Error {
    let text = fs::read_to_string(log).unwrap_or_default();
    Error::new(format!("{what}; its log ends with:\n{}", tail(&text)))
}

fn tail(text: &str) -> String {
    let lines: Vec<_> = text.lines().collect();
    lines[lines.len().saturating_sub(LOG_TAIL_LINES)..].join("\n")
}

fn free_port() -> Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).context("cannot find a free port")?;
    Ok(listener.local_addr().context("cannot find a free port")?.port())
}

fn find_hbs(given: Option<&Path>) -> Result<PathBuf> {
    let path = match given {
        Some(path) => path.to_owned(),
        None => env::current_exe().context("cannot find this program")?.with_file_name("hbs"),
    };
    // Absolute, since the server runs in a folder of its own.
    path.canonicalize().context(format!("no server program at {}: build it with `cargo build --release -p hbs`", path.display()))
}
