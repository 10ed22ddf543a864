//! The one cryptography under every TLS connection: ring.
//!
//! The HTTP client and the object store bring none of their own (`rustls-no-provider`, `ring`): a second one would be
//! half a million lines of C in every build.

/// Makes ring the process's provider, unless one is installed already, which is as good.
pub fn use_ring() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}
