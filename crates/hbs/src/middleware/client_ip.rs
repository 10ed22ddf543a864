use crate::app::App;
use crate::config::Config;
use axum::extract::{ConnectInfo, FromRequestParts};
use http::request::Parts;
use http::{Extensions, HeaderMap};
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};

/// Address that a request comes from: the peer, or the client that a trusted proxy names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientIp(pub Option<IpAddr>);

impl ClientIp {
    pub(super) fn of(config: &Config, headers: &HeaderMap, extensions: &Extensions) -> Self {
        let Some(ConnectInfo(peer)) = extensions.get::<ConnectInfo<SocketAddr>>() else { return Self(None) };
        Self(Some(believed(config, headers, peer.ip().to_canonical())))
    }
}

/// The rightmost address in X-Forwarded-For that is not one of our proxies, if the peer is one.
fn believed(config: &Config, headers: &HeaderMap, peer: IpAddr) -> IpAddr {
    if !config.trusts_proxy(peer) {
        return peer;
    }
    let forwarded = headers.get_all("x-forwarded-for");
    let lines = forwarded.iter().rev().filter_map(|line| line.to_str().ok());
    for hop in lines.flat_map(|line| line.rsplit(',')) {
        match hop.trim().parse::<IpAddr>() {
            Ok(address) if config.trusts_proxy(address.to_canonical()) => {}
            Ok(address) => return address.to_canonical(),
            Err(_) => break,
        }
    }
    peer
}

impl FromRequestParts<App> for ClientIp {
    type Rejection = Infallible;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        Ok(Self::of(&app.config, &parts.headers, &parts.extensions))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(peer: &str, forwarded: &[&str]) -> String {
        let mut config = Config::defaults().expect("defaults");
        config.trusted_proxies = vec!["10.0.0.0/8".parse().expect("a network")];
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", line.parse().expect("a header"));
        }
        believed(&config, &headers, peer.parse().expect("an address")).to_string()
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        assert_eq!(from("192.0.2.1", &["198.51.100.7"]), "192.0.2.1", "a stranger claims to be a proxy");
        assert_eq!(from("10.0.0.1", &["198.51.100.7"]), "198.51.100.7");
        assert_eq!(
            from("10.0.0.1", &["6.6.6.6, 198.51.100.7, 10.0.0.2"]),
            "198.51.100.7",
            "what the client sent itself does not count"
        );
        assert_eq!(from("10.0.0.1", &["6.6.6.6", "198.51.100.7"]), "198.51.100.7");
        assert_eq!(from("10.0.0.1", &["nonsense"]), "10.0.0.1");
        assert_eq!(from("10.0.0.1", &[]), "10.0.0.1");
    }
}
