//! Access tokens: short-lived JWTs, signed with EdDSA. Refresh tokens: random, stored as hashes.
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey, EncodePrivateKey};
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

const ISSUER: &str = "hbs";
const ALGORITHM: Algorithm = Algorithm::EdDSA;
pub(super) const ALGORITHM_NAME: &str = "EdDSA";
/// The `typ` of access tokens (RFC 9068), so that no other JWT of ours passes for one.
const ACCESS_TOKEN: &str = "at+jwt";
const SECRET_BYTES: usize = 32;

/// Claims of an access token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Claims {
    /// Id of the user.
    pub sub: Uuid,
    /// Id of the session.
    pub sid: Uuid,
    /// Time at which the token expires, in seconds since 1970.
    pub exp: i64,
}

#[derive(Serialize)]
struct Issued {
    #[serde(flatten)]
    claims: Claims,
    iss: &'static str,
    iat: i64,
}

/// Reason why a token was not taken: the label of `hbs_token_rejections_total`. Callers are not told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rejection {
    /// The token has no known form.
    Malformed,
    /// The token is ours, but not for this: a refresh token, or a JWT that is no access token.
    WrongKind,
    WrongAlgorithm,
    UnknownKid,
    BadSignature,
    Expired,
    /// The session was revoked or has ended, or its person may no longer act.
    NoSession,
    /// The API key was revoked or has ended, or there is none with this id.
    NoKey,
    /// The token has the id of an API key with another secret.
    WrongSecret,
}

impl Rejection {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::WrongKind => "wrong_kind",
            Self::WrongAlgorithm => "wrong_algorithm",
            Self::UnknownKid => "unknown_kid",
            Self::BadSignature => "bad_signature",
            Self::Expired => "expired",
            Self::NoSession => "revoked_or_unknown_session",
            Self::NoKey => "revoked_or_unknown_key",
            Self::WrongSecret => "wrong_secret",
        }
    }
}

/// Header of an access token, to be believed only once its signature is good.
#[derive(Deserialize)]
pub(super) struct TokenHeader {
    pub alg: String,
    #[serde(default)]
    pub kid: String,
    #[serde(default)]
    pub typ: String,
}

impl TokenHeader {
    pub(super) fn read(token: &str) -> Result<Self, Rejection> {
        if is_like_a_secret(token) {
            return Err(Rejection::WrongKind);
        }
        let (header, _) = token.split_once('.').ok_or(Rejection::Malformed)?;
        let json = BASE64_URL_SAFE_NO_PAD.decode(header).map_err(|_| Rejection::Malformed)?;
        serde_json::from_slice(&json).map_err(|_| Rejection::Malformed)
    }
}

/// Returns `true` if this has the form of what [`random_secret`] makes: a refresh token, most likely.
fn is_like_a_secret(token: &str) -> bool {
    BASE64_URL_SAFE_NO_PAD.decode(token).is_ok_and(|bytes| bytes.len() == SECRET_BYTES)
}

#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("this is not an Ed25519 private key in PEM (PKCS 8)")]
    NotEd25519,
}

/// A key that signs, and the half of it that others verify with.
pub(super) struct Key {
    /// Id of the key: the same for the same key, whoever computes it.
    pub kid: String,
    public: String,
    signing: EncodingKey,
    verifying: DecodingKey,
    validation: Validation,
}

impl Key {
    pub(super) fn from_pem(pem: &str) -> Result<Self, KeyError> {
        let key = SigningKey::from_pkcs8_pem(pem).map_err(|_| KeyError::NotEd25519)?;
        let der = key.to_pkcs8_der().map_err(|_| KeyError::NotEd25519)?;
        let public = BASE64_URL_SAFE_NO_PAD.encode(key.verifying_key().as_bytes());
        let mut validation = Validation::new(ALGORITHM);
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
    pub(super) fn issue(&self, user_id: Uuid, session_id: Uuid, now: i64, lifetime_seconds: u32) -> crate::Result<String> {
        let header = Header { kid: Some(self.kid.clone()), typ: Some(ACCESS_TOKEN.into()), ..Header::new(ALGORITHM) };
        let claims = Claims { sub: user_id, sid: session_id, exp: now + i64::from(lifetime_seconds) };
        jsonwebtoken::encode(&header, &Issued { claims, iss: ISSUER, iat: now }, &self.signing).map_err(crate::Error::internal)
    }

    /// The claims of an access token that this key signed and that has not ended.
    pub(super) fn verify(&self, token: &str, header: &TokenHeader) -> Result<Claims, Rejection> {
        if !header.typ.eq_ignore_ascii_case(ACCESS_TOKEN) {
            return Err(Rejection::WrongKind);
        }
        let verified = jsonwebtoken::decode::<Claims>(token, &self.verifying, &self.validation);
        verified.map(|data| data.claims).map_err(|error| match error.kind() {
            ErrorKind::InvalidSignature => Rejection::BadSignature,
            ErrorKind::ExpiredSignature => Rejection::Expired,
            ErrorKind::InvalidAlgorithm => Rejection::WrongAlgorithm,
            _ => Rejection::Malformed,
        })
    }

    /// The public half as a JSON Web Key.
    pub(super) fn jwk(&self) -> Jwk {
        Jwk { kty: "OKP", crv: "Ed25519", alg: ALGORITHM_NAME, usage: "sig", kid: self.kid.clone(), x: self.public.clone() }
    }
}

/// A public key of Ed25519 as a JSON Web Key (RFC 8037).
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Jwk {
    /// Type of the key: an octet key pair.
    #[schema(example = "OKP")]
    pub kty: &'static str,
    /// Curve of the key.
    #[schema(example = "Ed25519")]
    pub crv: &'static str,
    /// Algorithm of the signatures.
    #[schema(example = "EdDSA")]
    pub alg: &'static str,
    /// Use of the key: signatures.
    #[serde(rename = "use")]
    #[schema(example = "sig")]
    pub usage: &'static str,
    /// Identifier of the key, as in the header of tokens.
    pub kid: String,
    /// Public key in base64url.
    pub x: String,
}

/// A new Ed25519 key in PEM.
pub fn new_key_pem() -> crate::Result<String> {
    let key = SigningKey::from_bytes(&rand::random());
    Ok(key.to_pkcs8_pem(LineEnding::LF).map_err(crate::Error::internal)?.to_string())
}

/// 256 random bits as text, for refresh tokens.
pub fn random_secret() -> String {
    BASE64_URL_SAFE_NO_PAD.encode(rand::random::<[u8; SECRET_BYTES]>())
}

/// Returns the hash that is stored of a secret that is random enough to need no salt.
pub fn secret_hash(secret: &str) -> Vec<u8> {
    Sha256::digest(secret.as_bytes()).to_vec()
}
