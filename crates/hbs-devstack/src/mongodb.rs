use std::ffi::OsString;
use std::fs;
use std::io;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::layout::Layout;
use crate::process::Launch;
use crate::programs::{MongoDb, Programs};
use crate::server::Kind;
use crate::{Error, Server};

/// The command `{hello: 1, $db: "admin"}` as an `OP_MSG`.
const HELLO: &[u8] = b"\
    \x34\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\xdd\x07\x00\x00\
    \x00\x00\x00\x00\x00\
    \x1f\x00\x00\x00\x10hello\0\x01\x00\x00\x00\x02$db\0\x06\x00\x00\x00admin\0\x00";
const HEADER_LENGTH: u32 = 16;
/// What a reply contains if the server is ready for writing: a boolean with its name and value.
const WRITABLE: &[u8] = b"\x08isWritablePrimary\0\x01";

pub(crate) fn url(port: u16) -> String {
    format!("mongodb://127.0.0.1:{port}/?directConnection=true")
}

pub(crate) fn server(programs: &Programs, layout: &Layout, port: u16) -> Server {
    let name = Kind::MongoDb.name();
    let dir = layout.data(name);
    let (program, arguments) = match &programs.mongodb {
        MongoDb::Mongod(program) => (program, mongod_arguments(&dir, port)),
        MongoDb::Secantus(program) => (program, secantus_arguments(layout, &dir, port)),
    };
    Server {
        kind: Kind::MongoDb,
        port,
        launch: Launch {
            program: program.clone(),
            arguments,
            user: None,
            dir,
            log: layout.log(name),
            pid_file: layout.pid_file(name),
            signals: Kind::MongoDb.signals(),
        },
    }
}

fn mongod_arguments(dir: &Path, port: u16) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = vec!["--port".into(), port.to_string().into()];
    arguments.extend(["--dbpath".into(), dir.into()]);
    arguments.extend(["--bind_ip", "127.0.0.1", "--nounixsocket", "--quiet"].map(OsString::from));
    arguments.extend(["--wiredTigerCacheSizeGB", "0.25"].map(OsString::from));
    arguments
}

fn secantus_arguments(layout: &Layout, dir: &Path, port: u16) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = vec!["--port".into(), port.to_string().into()];
    arguments.extend(["--storage-path".into(), dir.into()]);
    arguments.extend(["--config".into(), secantus_config(layout).into()]);
    arguments.extend(["--host", "127.0.0.1"].map(OsString::from));
    arguments.extend(["--cache-size", "256M", "--log-level", "WARNING"].map(OsString::from));
    arguments
}

/// An empty file. Without one, settings of the user and the system would apply.
fn secantus_config(layout: &Layout) -> PathBuf {
    layout.dir.join("secantusd.toml")
}

/// Makes what the server does not make itself.
pub(crate) fn prepare(layout: &Layout) -> Result<(), Error> {
    let config = secantus_config(layout);
    fs::write(&config, "").map_err(Error::io("write", &config))
}

/// Whether the server calls itself ready for writing.
pub(crate) async fn answers(port: u16) -> io::Result<bool> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
    stream.write_all(HELLO).await?;
    let length = stream.read_u32_le().await?;
    let mut reply = Vec::new();
    stream.take(u64::from(length.clamp(HEADER_LENGTH, 65_536) - 4)).read_to_end(&mut reply).await?;
    Ok(reply.windows(WRITABLE.len()).any(|part| part == WRITABLE))
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
