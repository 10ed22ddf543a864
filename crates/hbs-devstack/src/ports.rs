use std::fs;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::net::{Ipv4Addr, TcpListener};
use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::Error;
use crate::layout::Layout;
use crate::process;
use crate::server::Kind;

/// Below the range from which the kernel usually takes the ports of outgoing connections: those
/// come and go too fast for a port in it to stay free until a server has started.
const RANGE: Range<u16> = 20_000..32_000;

/// The ports of a stack, the same at every start as far as possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Ports {
    pub postgres: u16,
    pub redis: u16,
    pub mongodb: u16,
}

impl Ports {
    /// The stored ports, with new ones for servers of ours that do not run and whose port another
    /// program has. Only for the holder of the starting lock.
    pub fn settle(layout: &Layout) -> Result<Self, Error> {
        let stored = Self::load(layout);
        let mut taken = Vec::new();
        let mut settle = |kind: Kind, stored: Option<u16>| {
            let port =
                stored.filter(|&port| is_running(layout, kind) || is_free(port, &taken)).unwrap_or_else(|| free_port(&taken));
            taken.push(port);
            port
        };
        let ports = Self {
            postgres: settle(Kind::Postgres, stored.map(|ports| ports.postgres)),
            redis: settle(Kind::Redis, stored.map(|ports| ports.redis)),
            mongodb: settle(Kind::MongoDb, stored.map(|ports| ports.mongodb)),
        };
        if stored != Some(ports) {
            ports.store(layout)?;
        }
        Ok(ports)
    }

    /// None at the first start, and when the file is damaged: then new ports do as well.
    fn load(layout: &Layout) -> Option<Self> {
        serde_json::from_slice(&fs::read(layout.ports()).ok()?).ok()
    }

    fn store(self, layout: &Layout) -> Result<(), Error> {
        let path = layout.ports();
        let new = path.with_extension("new");
        let text = serde_json::json!(self).to_string();
        fs::write(&new, text).map_err(Error::io("write", &new))?;
        fs::rename(&new, &path).map_err(Error::io("write", &path))
    }
}

fn is_running(layout: &Layout, kind: Kind) -> bool {
    process::recorded(&layout.pid_file(kind.name())).is_some()
}

fn is_free(port: u16, taken: &[u16]) -> bool {
    !taken.contains(&port) && TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

/// A free port, found from a random place on, so that stacks started at the same time differ.
fn free_port(taken: &[u16]) -> u16 {
    let random = RandomState::new().build_hasher().finish();
    let start = random % u64::from(RANGE.end - RANGE.start);
    RANGE
        .cycle()
        .skip(usize::try_from(start).unwrap_or(0))
        .take(RANGE.len())
        .find(|&port| is_free(port, taken))
        .unwrap_or(RANGE.start)
}
