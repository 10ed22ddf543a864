//! Work that is due again and again. A job takes no input and finds out itself what there is to do,
//! so it can run at any time, twice, or after a long pause.
use crate::Result;
use crate::app::App;
use crate::failures::Failures;
use crate::stores::postgres::{try_lead, while_leading};
use diesel_async::AsyncConnection;
use futures_util::future::BoxFuture;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::MissedTickBehavior;

/// A job, as its domain registers it.
#[derive(Clone, Copy)]
pub struct Job {
    /// Name of the job, by which one process at a time runs it.
    pub name: &'static str,
    pub every: Duration,
    /// `true` if the job depends on business time, so that moving the test clock runs it.
    pub follows_clock: bool,
    pub run: fn(App) -> BoxFuture<'static, Result<()>>,
}

/// Numbers of runs of each job in this process, however they ended.
#[derive(Debug, Default)]
pub struct Runs(Mutex<BTreeMap<&'static str, u64>>);

impl Runs {
    /// Returns how often a job has begun.
    pub fn of(&self, name: &str) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(name).copied().unwrap_or(0)
    }

    fn count(&self, name: &'static str) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(name).or_default() += 1;
        metrics::counter!("hbs_job_runs_total", "job" => name).increment(1);
    }
}

/// Connections in the pool for each job that runs at a time: a job has one for its lock and one for its work.
const CONNECTIONS_PER_JOB: usize = 8;

/// Runs every job at its pace, for as long as the process runs. Of those that are due at once, few run at a time: each
/// asks for a second connection while it has one, and all together would wait for each other.
pub async fn run(app: App, jobs: Arc<[Job]>) {
    let turns = Semaphore::new((app.config.database_pool_size / CONNECTIONS_PER_JOB).max(1));
    let turns = &turns;
    let jobs = jobs.iter().map(|job| {
        let app = app.clone();
        async move {
            let mut ticks = tokio::time::interval(job.every);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                // It is never closed.
                let _turn = turns.acquire().await;
                run_once(&app, job).await;
            }
        }
    });
    futures_util::future::join_all(jobs).await;
}

/// Runs what business time makes due, one job after the other: for the test clock.
pub async fn run_due(app: &App, jobs: &[Job]) -> Result<()> {
    if app.quarantine.is_on() {
        return Ok(());
    }
    let mut failures = Failures::default();
    for job in jobs.iter().filter(|job| job.follows_clock) {
        app.memory.of::<Runs>().count(job.name);
        failures.note("a job failed", job.name, (job.run)(app.clone()).await)?;
    }
    failures.result(())
}

/// Runs a job unless another process is at it. The lock is held by a transaction that does nothing
/// else, so that it ends with the job however the job ends.
async fn run_once(app: &App, job: &Job) {
    let result = async {
        let mut conn = app.db.conn().await?;
        conn.transaction(async |conn| {
            if !try_lead(conn, job.name).await? {
                return Ok(());
            }
            app.memory.of::<Runs>().count(job.name);
            while_leading(conn, (job.run)(app.clone())).await
        })
        .await
    };
    if let Err(error) = result.await {
        tracing::warn!(job = job.name, ?error, "a job failed; it runs again in due course");
        metrics::counter!("hbs_job_failures_total", "job" => job.name).increment(1);
    }
}
