//! Work that is due again and again. A job takes no input and finds out itself what there is to do,
//! so it can run at any time, twice, or after a long pause.
use crate::app::App;
use crate::domains;
use crate::stores::postgres::Conn;
use crate::{Error, Result};
use diesel::sql_types::BigInt;
use diesel_async::{AsyncConnection, RunQueryDsl};
use futures_util::future::BoxFuture;
use std::time::Duration;
use tokio::time::MissedTickBehavior;

/// A job, as its domain registers it.
pub struct Job {
    pub name: &'static str,
    pub every: Duration,
    pub run: fn(App) -> BoxFuture<'static, Result<()>>,
}

/// Advisory locks of jobs: "HBS", then 0x1000 and the job's place in the list.
const LOCKS: i64 = 0x4842_5300_1000;

#[diesel::declare_sql_function]
extern "SQL" {
    fn pg_try_advisory_xact_lock(key: BigInt) -> Bool;
}

/// Runs every job at its pace, for as long as the process runs.
pub async fn run(app: App) {
    let jobs = domains::jobs().into_iter().zip(LOCKS..).map(|(job, lock)| {
        let app = app.clone();
        async move {
            let mut ticks = tokio::time::interval(job.every);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                run_once(&app, &job, lock).await;
            }
        }
    });
    futures_util::future::join_all(jobs).await;
}

/// Runs every job now, one after the other: for the test clock.
pub async fn run_all(app: &App) -> Result<()> {
    for job in domains::jobs() {
        (job.run)(app.clone()).await?;
    }
    Ok(())
}

/// Runs a job unless another process is at it. The lock is held by a transaction that does nothing
/// else, so that it ends with the job however the job ends.
async fn run_once(app: &App, job: &Job, lock: i64) {
    let result = async {
        let mut conn = app.db.conn().await?;
        conn.transaction(async |conn| {
            if !try_lock(conn, lock).await? {
                return Ok(());
            }
            (job.run)(app.clone()).await
        })
        .await
    };
    if let Err(error) = result.await {
        tracing::warn!(job = job.name, ?error, "a job failed; it runs again in due course");
        metrics::counter!("hbs_job_failures_total", "job" => job.name).increment(1);
    }
}

async fn try_lock(mut conn: &Conn, lock: i64) -> Result<bool> {
    diesel::select(pg_try_advisory_xact_lock(lock)).get_result(&mut conn).await.map_err(Error::from)
}
