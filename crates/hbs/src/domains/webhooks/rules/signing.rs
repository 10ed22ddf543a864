//! Signatures by the Standard Webhooks specification.
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Length of a new secret; the specification has 24 to 64.
pub const SECRET_BYTES: usize = 32;
const PREFIX: &str = "whsec_";

/// Writes a secret as whoever verifies is given it.
pub fn shown(secret: &[u8]) -> String {
    format!("{PREFIX}{}", BASE64_STANDARD.encode(secret))
}

/// Signs a message with each of some secrets: `v1,…`, separated by spaces.
pub fn signature(secrets: &[Vec<u8>], id: &str, timestamp: i64, body: &str) -> Option<String> {
    let signed = format!("{id}.{timestamp}.{body}");
    let by = |secret: &Vec<u8>| {
        let mac = <Hmac<Sha256> as KeyInit>::new_from_slice(secret).ok()?;
        let code = Mac::chain_update(mac, signed.as_bytes()).finalize().into_bytes();
        Some(format!("v1,{}", BASE64_STANDARD.encode(code)))
    };
    secrets.iter().map(by).collect::<Option<Vec<_>>>().map(|all| all.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification.
    #[test]
    fn messages_are_signed_as_the_specification_says() {
        let secret = BASE64_STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").expect("base64");
        assert_eq!(shown(&secret), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
        let one = signature(std::slice::from_ref(&secret), id, 1_614_265_330, "{\"test\": 2432232314}").expect("signed");
        assert_eq!(one, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        let both = signature(&[secret, vec![7; 32]], id, 1_614_265_330, "{\"test\": 2432232314}").expect("signed");
        assert!(both.starts_with(&format!("{one} v1,")) && both.len() > one.len() + 40, "{both}");
    }
}
