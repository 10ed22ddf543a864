//! Making the database of keys where there is none.
use crate::{Error, Result};
use tokio_postgres::error::SqlState;
use tokio_postgres::{Config, NoTls};

/// Database that every server has, from which another one is made.
const MAINTENANCE: &str = "postgres";

/// Makes the database that an address leads to, unless it is there.
pub async fn ensure(url: &str) -> Result<()> {
    let place: Config = url.parse().map_err(|_| Error::internal("it is not an address"))?;
    let missing = match place.connect(NoTls).await {
        Ok(_) => return Ok(()),
        Err(error) => error,
    };
    let Some(name) = place.get_dbname().filter(|_| missing.code() == Some(&SqlState::UNDEFINED_DATABASE)) else {
        return Err(Error::internal(missing));
    };
    create(&place, name).await.map_err(|error| {
        Error::internal(format!(
            "there is no database {name}, and it could not be made ({error}): make it, owned by the user of HBS"
        ))
    })
}

async fn create(place: &Config, name: &str) -> Result<(), tokio_postgres::Error> {
    let (client, connection) = place.clone().dbname(MAINTENANCE).connect(NoTls).await?;
    let statement = format!("CREATE DATABASE \"{}\"", name.replace('"', "\"\""));
    let work = async {
        let made = client.batch_execute(&statement).await;
        drop(client);
        made
    };
    let (made, served) = tokio::join!(work, connection);
    match made {
        // Another process was faster.
        Err(error) if error.code() == Some(&SqlState::DUPLICATE_DATABASE) => Ok(()),
        made => made.and(served),
    }
}
