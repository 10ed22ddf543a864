//! Work that takes a core for milliseconds: on threads of its own, which give way to those that answer requests.
use crate::{Error, Result};
use rayon::{ThreadPool, ThreadPoolBuilder};
use rustix::process::nice;
use std::any::Any;
use tokio::sync::oneshot;

/// Added to the niceness of the process: a tenth of the weight of a thread that answers requests. With less, nobody
/// could sign in while other work takes all cores.
const NICENESS: i32 = 10;

/// Threads of a lower priority. More work than there are threads waits in order.
pub struct Workers(ThreadPool);

impl Workers {
    pub fn new(name: &'static str, threads: usize) -> Result<Self> {
        let builder = ThreadPoolBuilder::new()
            .num_threads(threads)
            .thread_name(move |number| format!("{name}-{number}"))
            .start_handler(|_| give_way())
            .panic_handler(|panic| log_panic(&*panic));
        builder.build().map(Self).map_err(Error::internal)
    }

    /// Does the work and waits for it. A panic in it is an error here, and its thread goes on.
    pub async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let (sender, result) = oneshot::channel();
        // Whoever waited may be gone.
        self.0.spawn(move || drop(sender.send(work())));
        result.await.map_err(Error::internal)
    }
}

/// A request that needs a millisecond must not wait for a time slice of work that needs a hundred.
fn give_way() {
    // Linux does this for the calling thread alone.
    if let Err(error) = nice(NICENESS) {
        tracing::warn!(%error, "cannot lower the priority of a thread");
    }
}

fn log_panic(panic: &(dyn Any + Send)) {
    let message = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    tracing::error!(message, "work has panicked");
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::process::getpriority_process;

    #[tokio::test]
    async fn a_panic_is_an_error_and_the_thread_goes_on() {
        let workers = Workers::new("test", 1).expect("a thread");
        workers.run(|| panic!("on purpose")).await.map(|(): ()| ()).expect_err("it panicked");
        assert_eq!(workers.run(|| 7).await.expect("a result"), 7);
    }

    #[tokio::test]
    async fn threads_give_way() {
        let workers = Workers::new("test", 1).expect("a thread");
        let own = getpriority_process(None).expect("a niceness");
        let theirs = workers.run(|| getpriority_process(None)).await.expect("an answer").expect("a niceness");
        assert_eq!((theirs, getpriority_process(None).expect("as before")), ((own + NICENESS).min(19), own));
    }
}
