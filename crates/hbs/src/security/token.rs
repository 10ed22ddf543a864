//! Access tokens: short-lived JWTs, signed with EdDSA. Refresh tokens: random, stored as hashes.
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey, EncodePrivateKey};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

const ISSUER: &str = "hbs";

/// What an access token says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Claims {
    /// The user.
    pub sub: Uuid,
    /// The session.
    pub sid: Uuid,
    /// When it ends, in seconds since 1970.
    pub exp: i64,
}

#[derive(Serialize)]
struct Issued {
    #[serde(flatten)]
    claims: Claims,
    iss: &'static str,
    iat: i64,
}

#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("jwt_key is not an Ed25519 private key in PEM (PKCS 8)")]
    NotEd25519,
}

/// The key that signs, and the one that others verify with.
pub struct Keys {
    kid: String,
    public: String,
    signing: EncodingKey,
    verifying: DecodingKey,
    validation: Validation,
}

impl Keys {
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        let key = SigningKey::from_pkcs8_pem(pem).map_err(|_| KeyError::NotEd25519)?;
        let der = key.to_pkcs8_der().map_err(|_| KeyError::NotEd25519)?;
        let public = BASE64_URL_SAFE_NO_PAD.encode(key.verifying_key().as_bytes());
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[ISSUER]);
        validation.set_required_spec_claims(&["exp", "iss", "sub"]);
        validation.leeway = 0;
        Ok(Self {
            kid: BASE64_URL_SAFE_NO_PAD.encode(&Sha256::digest(key.verifying_key().as_bytes())[..12]),
            signing: EncodingKey::from_ed_der(der.as_bytes()),
            verifying: DecodingKey::from_ed_components(&public).map_err(|_| KeyError::NotEd25519)?,
            public,
            validation,
        })
    }

    /// A signed access token for a session.
    pub fn issue(&self, user_id: Uuid, session_id: Uuid, now: i64, lifetime_seconds: u32) -> crate::Result<String> {
        let header = Header { kid: Some(self.kid.clone()), ..Header::new(Algorithm::EdDSA) };
        let claims = Claims { sub: user_id, sid: session_id, exp: now + i64::from(lifetime_seconds) };
        jsonwebtoken::encode(&header, &Issued { claims, iss: ISSUER, iat: now }, &self.signing).map_err(crate::Error::internal)
    }

    /// The claims of a token that we signed and that has not ended.
    pub(super) fn verify(&self, token: &str) -> Option<Claims> {
        let header = jsonwebtoken::decode_header(token).ok()?;
        if header.kid.as_deref() != Some(&self.kid) {
            return None;
        }
        jsonwebtoken::decode::<Claims>(token, &self.verifying, &self.validation).ok().map(|data| data.claims)
    }

    /// The public key as a JSON Web Key Set.
    pub fn jwks(&self) -> serde_json::Value {
        serde_json::json!({"keys": [
            {"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": self.kid, "x": self.public}
        ]})
    }
}

/// A new Ed25519 key in PEM.
pub fn new_key_pem() -> crate::Result<String> {
    let key = SigningKey::from_bytes(&rand::random());
    Ok(key.to_pkcs8_pem(LineEnding::LF).map_err(crate::Error::internal)?.to_string())
}

/// 256 random bits as text, for refresh tokens.
pub fn random_secret() -> String {
    BASE64_URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
}

/// What is stored of a secret that is random enough to need no salt.
pub fn secret_hash(secret: &str) -> Vec<u8> {
    Sha256::digest(secret.as_bytes()).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;

    fn keys() -> Keys {
        Keys::from_pem(&new_key_pem().expect("a key")).expect("valid")
    }

    #[test]
    fn a_token_is_good_for_its_key_and_its_time_only() {
        let keys = keys();
        let (user, session, now) = (Uuid::now_v7(), Uuid::now_v7(), Clock::real_now().timestamp());
        let token = keys.issue(user, session, now, 60).expect("a token");
        assert_eq!(keys.verify(&token), Some(Claims { sub: user, sid: session, exp: now + 60 }));
        assert_eq!(self::keys().verify(&token), None, "another key");
        assert_eq!(keys.verify(&keys.issue(user, session, now - 61, 60).expect("a token")), None, "expired");
        assert_eq!(keys.verify(&format!("{token}x")), None, "changed");
    }

    #[test]
    fn unsigned_and_foreign_algorithms_are_refused() {
        let keys = keys();
        let exp = Clock::real_now().timestamp() + 60;
        let claims = serde_json::json!({"sub": Uuid::now_v7(), "sid": Uuid::now_v7(), "exp": exp, "iss": ISSUER});
        let part = |value: serde_json::Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
        let none = format!("{}.{}.", part(serde_json::json!({"alg": "none", "kid": keys.kid})), part(claims.clone()));
        assert_eq!(keys.verify(&none), None);
        let mut header = Header::new(Algorithm::HS256);
        header.kid = Some(keys.kid.clone());
        let hmac = jsonwebtoken::encode(&header, &claims, &EncodingKey::from_secret(keys.public.as_bytes())).expect("a token");
        assert_eq!(keys.verify(&hmac), None, "the public key as an HMAC secret");
    }
}
