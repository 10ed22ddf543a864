//! Load and replay programs for HBS: see README.md beside `src`.

mod api;
mod backups;
mod budget;
mod callgrind;
mod create;
mod database;
mod dates;
mod error;
mod folder;
mod holds;
mod hotel;
mod instructions;
mod load;
mod login;
mod money;
mod pages;
mod progress;
mod read;
mod replay;
mod screens;
mod search;
mod server;
mod solver;
mod stats;
mod storm;
mod streams;
mod table;
mod verdict;
mod webhooks;

use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use tokio::signal::unix::{SignalKind, signal};

use create::{CreateOptions, Outcome};
use error::{Context, Error, Result};
use login::LoginOptions;
use read::ReadOptions;
use search::SearchOptions;
use server::OwnArgs;
use verdict::Verdict;

/// The server's allocator, so that the bare handler has it too.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Debug, Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Play the reservations of a real hotel and compare the reports with the file.
    Replay(replay::ReplayArgs),
    /// Book and cancel at random in a full hotel, then check the books.
    Storm(storm::StormArgs),
    /// Measure bookings beside the same statements in one call inside of PostgreSQL.
    Create(create::CreateArgs),
    /// Measure an authenticated read beside a bare handler with the same bytes.
    Read(read::ReadArgs),
    /// Measure a public page of a site beside a bare handler with the same bytes.
    Pages(pages::PagesArgs),
    /// Measure what signing in tells about accounts, and what a storm of it costs others.
    Login(login::LoginArgs),
    /// Measure searches of one hotel, of a city, and of a year, among many hotels.
    Search(search::SearchArgs),
    /// Measure the answers that draw a console, at a large hotel.
    Screens(screens::ScreensArgs),
    /// Sell while thousands of holds end within a minute.
    Holds(holds::HoldsArgs),
    /// Measure when webhooks and readers of the feed know of events, beside bookings at a steady pace.
    Webhooks(webhooks::WebhooksArgs),
    /// Measure the memory of thousands of event streams on which nothing happens.
    Streams(streams::StreamsArgs),
    /// Measure backups of a hotel with many bookings: making, verifying, proving and restoring one.
    Backups(backups::BackupsArgs),
    /// Count the instructions of the server for a read, a search, a quote and a booking (needs Valgrind).
    Instructions(instructions::InstructionsArgs),
    /// Measure how stays are rearranged in a large hotel.
    Solver(solver::SolverArgs),
    /// Measure what `create`, `read`, `pages`, `login` and `search` measure, for a shorter time.
    All(AllArgs),
    #[command(hide = true)]
    Bare(read::bare::BareArgs),
}

#[derive(Debug, Args)]
struct AllArgs {
    /// Fail if a budget is not kept.
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    own: OwnArgs,
}

#[tokio::main]
async fn main() -> ExitCode {
    hbs::tls::use_ring();
    let command = Cli::parse().command;
    // Dropping the command stops whatever it started.
    let ended = tokio::select! {
        ended = run(command) => ended,
        stopped = stop_signal() => stopped,
    };
    match ended {
        Ok(verdict) => verdict.into(),
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> Result<Verdict> {
    match command {
        Command::Replay(args) => replay::run(args).await,
        Command::Storm(args) => storm::run(args).await,
        Command::Create(args) => create::run(args).await,
        Command::All(args) => measure_all(&args).await,
        Command::Read(args) => read::run(args).await,
        Command::Pages(args) => pages::run(args).await,
        Command::Login(args) => login::run(args).await,
        Command::Search(args) => search::run(args).await,
        Command::Screens(args) => screens::run(args).await,
        Command::Holds(args) => holds::run(args).await,
        Command::Webhooks(args) => webhooks::run(args).await,
        Command::Streams(args) => streams::run(args).await,
        Command::Backups(args) => backups::run(args).await,
        Command::Instructions(args) => instructions::run(args).await,
        Command::Solver(args) => solver::run(&args),
        Command::Bare(args) => read::bare::run(args).await,
    }
}

async fn measure_all(args: &AllArgs) -> Result<Verdict> {
    let create = CreateOptions { rounds: 2, seconds: 4, sustained: 8, connections: 16 };
    let read = ReadOptions { rounds: 3, seconds: 2, connections: 16 };
    let login = LoginOptions { pairs: 200, seconds: 5, reads: 400, connections: 8, clients: 32, pause_ms: 50 };
    let Outcome { budget, delivery } = create::measure(&args.own, &create).await?;
    let budgets = [budget, read::measure_own(&args.own, &read).await?, pages::measure_own(&args.own, &read).await?];
    let figures = login::measure(&args.own, &login).await?;
    let are_searches_fast = search::measure(&args.own, &SearchOptions { hotels: 1000, offers: 20, seconds: 4 }).await?;
    let searches = Verdict::passed_if(!args.strict || are_searches_fast);
    let verdicts = [
        budget::print_all(&budgets, args.strict),
        delivery.print(args.strict),
        login::print_all(&figures, args.strict),
        searches,
    ];
    Ok(Verdict::passed_if(verdicts.iter().all(|verdict| *verdict == Verdict::Passed)))
}

async fn stop_signal() -> Result<Verdict> {
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen for signals")?;
    tokio::select! {
        pressed = tokio::signal::ctrl_c() => pressed.context("cannot listen for signals")?,
        _ = terminate.recv() => {}
    }
    Err(Error::new("stopped"))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
