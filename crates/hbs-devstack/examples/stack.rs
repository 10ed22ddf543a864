//! Runs the servers until Ctrl-C: `stack DIR`, or `stack` for throw-away data.

use std::env;
use std::error::Error;

use hbs_devstack::{DevStack, Options};
use tokio::signal::ctrl_c;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let options = match env::args_os().nth(1) {
        Some(dir) => Options::keep(dir),
        None => Options::throw_away(),
    };
    let stack = DevStack::start(options).await?;
    for url in [stack.database_url(), stack.redis_url(), stack.mongodb_url()] {
        println!("{url}");
    }
    ctrl_c().await?;
    stack.stop().await?;
    Ok(())
}
