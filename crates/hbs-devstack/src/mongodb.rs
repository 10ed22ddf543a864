//! A replica set of one, as production has it, with the user `hbs`, who may do what `mongodb-role.json` says.
use std::convert::Infallible;
use std::ffi::OsString;
use std::fs::{self, Permissions};
use std::io;
use std::net::Ipv4Addr;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use ::mongodb::Client;
use ::mongodb::bson::{Document, doc};
use ::mongodb::error::{Error as MongoDbError, ErrorKind};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::sleep;

use crate::layout::Layout;
use crate::process::{Launch, POLL};
use crate::programs::Programs;
use crate::server::Kind;
use crate::{Error, Server};

/// The command `{hello: 1, $db: "admin"}` as an `OP_MSG`.
const HELLO: &[u8] = b"\
    \x34\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\xdd\x07\x00\x00\
    \x00\x00\x00\x00\x00\
    \x1f\x00\x00\x00\x10hello\0\x01\x00\x00\x00\x02$db\0\x06\x00\x00\x00admin\0\x00";
const HEADER_LENGTH: u32 = 16;
/// Bytes in the reply of a server that is ready for writing: a boolean with its name and value.
const WRITABLE: &[u8] = b"\x08isWritablePrimary\0\x01";
/// Bytes in the reply of a server that waits to be told of its replica set.
const WITHOUT_SET: &[u8] = b"\x08isreplicaset\0\x01";

/// The settings of a server that is small and starts quickly.
const SETTINGS: [&str; 8] = [
    "--replSet=hbs",
    "--bind_ip=127.0.0.1",
    "--nounixsocket",
    "--quiet",
    "--wiredTigerCacheSizeGB=0.25",
    "--oplogSize=64",
    "--setParameter=diagnosticDataCollectionEnabled=false",
    // The least. What a sign-in costs a client, who is not optimized in tests.
    "--setParameter=scramSHA256IterationCount=5000",
];

const SET: &str = "hbs";
/// The name of the role, and of the user who has it.
const ROLE: &str = "hbs";
const ADMIN: &str = "admin";

/// The role's rights, for production too (docs/operations.md).
const RIGHTS: &str = include_str!("mongodb-role.json");

/// Key by which the members of a replica set trust each other; a set with users must have one. The servers listen
/// on 127.0.0.1 only, where neither this key nor the users' passwords, which are their names, keep anybody out.
const MEMBERS_KEY: &str = "hbsdevelopment";

/// The codes of errors that are no failures here.
const UNAUTHORIZED: i32 = 13;
const NOT_A_MEMBER: i32 = 93;
const ROLE_EXISTS: i32 = 51002;
const USER_EXISTS: i32 = 51003;

pub(crate) fn url(port: u16) -> String {
    url_of(ROLE, port)
}

fn url_of(user: &str, port: u16) -> String {
    format!("mongodb://{user}:{user}@127.0.0.1:{port}/?directConnection=true&authSource=admin")
}

/// The address of nobody in particular.
fn address(port: u16) -> String {
    format!("mongodb://127.0.0.1:{port}/?directConnection=true")
}

pub(crate) fn server(programs: &Programs, layout: &Layout, port: u16) -> Server {
    let name = Kind::MongoDb.name();
    let dir = layout.data(name);
    let mut arguments: Vec<OsString> = vec!["--port".into(), port.to_string().into()];
    arguments.extend(["--dbpath".into(), dir.clone().into()]);
    arguments.extend(["--keyFile".into(), members_key(layout).into()]);
    arguments.extend(SETTINGS.map(OsString::from));
    Server {
        kind: Kind::MongoDb,
        port,
        launch: Launch {
            program: programs.mongodb.clone(),
            arguments,
            user: None,
            dir,
            log: layout.log(name),
            pid_file: layout.pid_file(name),
            signals: Kind::MongoDb.signals(),
        },
    }
}

fn members_key(layout: &Layout) -> PathBuf {
    layout.dir.join("mongodb-key")
}

/// Makes what the server does not make itself: the key, for the owner's eyes only or it is refused.
pub(crate) fn prepare(layout: &Layout) -> Result<(), Error> {
    let path = members_key(layout);
    fs::write(&path, MEMBERS_KEY).map_err(Error::io("write", &path))?;
    fs::set_permissions(&path, Permissions::from_mode(0o600)).map_err(Error::io("change the mode of", &path))
}

/// Returns `true` if the server is ready for writing.
pub(crate) async fn answers(port: u16) -> io::Result<bool> {
    Ok(contains(&hello(port).await?, WRITABLE))
}

async fn hello(port: u16) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
    stream.write_all(HELLO).await?;
    let length = stream.read_u32_le().await?;
    let mut reply = Vec::new();
    stream.take(u64::from(length.clamp(HEADER_LENGTH, 65_536) - 4)).read_to_end(&mut reply).await?;
    Ok(reply)
}

fn contains(reply: &[u8], part: &[u8]) -> bool {
    reply.windows(part.len()).any(|window| window == part)
}

/// Makes the server a replica set of one whenever it asks for that, until it is dropped. Only for the holder of the
/// starting lock.
pub(crate) async fn initiate(port: u16) -> Result<Infallible, Error> {
    let (nobody, admin) = (connect(&address(port)).await?, connect(&url_of(ADMIN, port)).await?);
    let set = doc! {"_id": SET, "version": 1, "members": [{"_id": 0, "host": format!("127.0.0.1:{port}")}]};
    loop {
        sleep(POLL).await;
        if !hello(port).await.is_ok_and(|reply| contains(&reply, WITHOUT_SET)) {
            continue;
        }
        // Whoever has not signed in may do this and create a user until there is one. From then on the server has a
        // set, in which it does not find itself when its port has changed.
        let initiated = run(&nobody, doc! {"replSetInitiate": &set}).await;
        if has_code(&initiated, UNAUTHORIZED) && has_code(&run(&admin, doc! {"replSetGetStatus": 1}).await, NOT_A_MEMBER) {
            run(&admin, doc! {"replSetReconfig": &set, "force": true}).await?;
        }
    }
}

/// Creates the users and the role, and brings the role to what it is now.
pub(crate) async fn create_users(port: u16) -> Result<(), Error> {
    let (nobody, admin) = (connect(&address(port)).await?, connect(&url_of(ADMIN, port)).await?);
    let with_rights = |mut command: Document| -> Result<_, Error> {
        command.extend(serde_json::from_str::<Document>(RIGHTS).map_err(MongoDbError::custom)?);
        Ok(command)
    };
    without(UNAUTHORIZED, run(&nobody, doc! {"createUser": ADMIN, "pwd": ADMIN, "roles": ["root"]}).await)?;
    without(ROLE_EXISTS, run(&admin, with_rights(doc! {"createRole": ROLE, "roles": []})?).await)?;
    run(&admin, with_rights(doc! {"updateRole": ROLE})?).await?;
    without(USER_EXISTS, run(&admin, doc! {"createUser": ROLE, "pwd": ROLE, "roles": [ROLE]}).await)
}

async fn connect(url: &str) -> Result<Client, Error> {
    Ok(Client::with_uri_str(url).await?)
}

async fn run(client: &Client, command: Document) -> Result<(), MongoDbError> {
    client.database("admin").run_command(command).await.map(|_| ())
}

/// The result without an error that has the code.
fn without(code: i32, result: Result<(), MongoDbError>) -> Result<(), Error> {
    if has_code(&result, code) { Ok(()) } else { Ok(result?) }
}

fn has_code(result: &Result<(), MongoDbError>, code: i32) -> bool {
    result.as_ref().is_err_and(|error| matches!(error.kind.as_ref(), ErrorKind::Command(failed) if failed.code == code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lengths_in_the_message_are_right() {
        let length = |at: usize| HELLO[at..].first().copied().map(usize::from);
        let document = 21;
        assert_eq!(length(0), Some(HELLO.len()));
        assert_eq!(length(document), Some(HELLO.len() - document));
    }
}
