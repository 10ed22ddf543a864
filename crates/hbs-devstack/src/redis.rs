use std::ffi::OsString;
use std::io;
use std::net::Ipv4Addr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::Server;
use crate::layout::Layout;
use crate::process::Launch;
use crate::programs::Programs;
use crate::server::Kind;

pub(crate) fn url(port: u16) -> String {
    format!("redis://127.0.0.1:{port}")
}

pub(crate) fn server(programs: &Programs, layout: &Layout, port: u16) -> Server {
    let name = Kind::Redis.name();
    let dir = layout.data(name);
    let mut arguments: Vec<OsString> = vec!["--port".into(), port.to_string().into()];
    arguments.extend(["--dir".into(), dir.clone().into()]);
    arguments.extend(["--bind", "127.0.0.1", "--daemonize", "no"].map(OsString::from));
    arguments.extend(["--save", "", "--appendonly", "no"].map(OsString::from));
    Server {
        kind: Kind::Redis,
        port,
        launch: Launch {
            program: programs.redis.clone(),
            arguments,
            user: None,
            dir,
            log: layout.log(name),
            pid_file: layout.pid_file(name),
            signals: Kind::Redis.signals(),
        },
    }
}

/// Returns `true` if the server answers a `PING`.
pub(crate) async fn answers(port: u16) -> io::Result<bool> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
    stream.write_all(b"PING\r\n").await?;
    let mut reply = [0; 7];
    stream.read_exact(&mut reply).await?;
    Ok(&reply == b"+PONG\r\n")
}
