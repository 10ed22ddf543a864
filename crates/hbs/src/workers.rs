//! Work that takes a core for milliseconds: on threads of its own, which give way to those that answer requests.
use crate::{Error, Result};
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::any::Any;
use thread_priority::{NormalThreadSchedulePolicy, ThreadPriority, ThreadSchedulePolicy, set_current_thread_priority};
use thread_priority::{set_thread_priority_and_policy, thread_native_id};
use tokio::sync::oneshot;

/// Low priority, of 99. For Linux this is a niceness of 9, an eighth of the usual weight.
const LOW: u8 = 25;

/// Modest priority, of 99. For Linux this is a niceness of about 4, two fifths of the usual weight.
const MODEST: u8 = 38;

/// Priority of threads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Priority {
    /// Threads give way, but get on where others take all cores for long.
    Modest,
    /// Threads get a small share of cores that others want, too.
    Low,
    /// Threads get what nobody else wants, and make room at once: next to nothing where others take all cores.
    Idle,
}

/// Threads that give way. More work than there are threads waits in order.
pub struct Workers(ThreadPool);

impl Workers {
    pub fn new(name: &'static str, threads: usize, priority: Priority) -> Result<Self> {
        let builder = ThreadPoolBuilder::new()
            .num_threads(threads)
            .thread_name(move |number| format!("{name}-{number}"))
            .start_handler(move |_| give_way(priority))
            .panic_handler(|panic| log_panic(&*panic));
        builder.build().map(Self).map_err(Error::internal)
    }

    /// Runs work and waits for it. A panic in it is an error here, and its thread goes on.
    pub async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let (sender, result) = oneshot::channel();
        // Whoever waited may be gone.
        self.0.spawn(move || drop(sender.send(work())));
        result.await.map_err(Error::internal)
    }
}

/// Lowers the priority of the thread: a request that needs a millisecond must not wait for a time slice of work that
/// needs a hundred.
fn give_way(priority: Priority) {
    let given = match priority {
        Priority::Modest => set_current_thread_priority(of_99(MODEST)),
        Priority::Low => set_current_thread_priority(of_99(LOW)),
        Priority::Idle => {
            let policy = ThreadSchedulePolicy::Normal(NormalThreadSchedulePolicy::Idle);
            set_thread_priority_and_policy(thread_native_id(), ThreadPriority::Min, policy)
        }
    };
    if let Err(error) = given {
        tracing::warn!(?error, "cannot lower the priority of a thread");
    }
}

fn of_99(priority: u8) -> ThreadPriority {
    priority.try_into().map_or(ThreadPriority::Min, ThreadPriority::Crossplatform)
}

fn log_panic(panic: &(dyn Any + Send)) {
    let message = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    tracing::error!(message, "work has panicked");
}

#[cfg(test)]
mod tests {
    use super::*;
    use thread_priority::thread_schedule_policy;

    #[tokio::test]
    async fn a_panic_is_an_error_and_the_thread_goes_on() {
        let workers = Workers::new("test", 1, Priority::Low).expect("a thread");
        workers.run(|| panic!("on purpose")).await.map(|(): ()| ()).expect_err("it panicked");
        assert_eq!(workers.run(|| 7).await.expect("a result"), 7);
    }

    /// Returns the niceness of the calling thread, as the kernel knows it.
    fn niceness() -> String {
        let stat = std::fs::read_to_string("/proc/thread-self/stat").expect("Linux");
        let (_, fields) = stat.rsplit_once(')').expect("a name in brackets");
        fields.split_whitespace().nth(16).expect("a niceness").to_owned()
    }

    #[tokio::test]
    async fn threads_give_way() {
        let low = Workers::new("test", 1, Priority::Low).expect("a thread");
        assert_eq!(low.run(niceness).await.expect("an answer"), "9");
        let modest = Workers::new("test", 1, Priority::Modest).expect("a thread");
        let niceness_of_modest: i32 = modest.run(niceness).await.expect("an answer").parse().expect("a number");
        assert!((1..9).contains(&niceness_of_modest), "{niceness_of_modest}");
        let idle = Workers::new("test", 1, Priority::Idle).expect("a thread");
        let policy = idle.run(thread_schedule_policy).await.expect("an answer").expect("a policy");
        assert_eq!(policy, ThreadSchedulePolicy::Normal(NormalThreadSchedulePolicy::Idle));
        assert_ne!(niceness(), "9", "others stay as they were");
    }
}
