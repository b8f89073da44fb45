//! TLS as Node's `tls.connect` is asked for it, as far as Redis servers need it.

use std::fmt;
use std::io;
use std::sync::{Arc, OnceLock};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{VerifierBuilderError, WebPkiServerVerifier, verify_server_name};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
};
use serde::Deserialize;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// The options; certificates and keys are PEM.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tls {
    /// The name that the certificate must be for; `None` asks for the one that was connected to.
    pub server_name: Option<String>,
    /// Those to trust; `None` trusts those that the system trusts.
    pub ca: Option<String>,
    pub cert: Option<String>,
    pub key: Option<String>,
    pub reject_unauthorized: bool,
}

impl Default for Tls {
    fn default() -> Self {
        Tls { server_name: None, ca: None, cert: None, key: None, reject_unauthorized: true }
    }
}

/// Without the key.
impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").field("server_name", &self.server_name).finish_non_exhaustive()
    }
}

/// What is wrong with the options. The texts are our own: those of the PEM reader repeat lines of
/// what it read, which may be a key.
#[derive(Debug, thiserror::Error)]
#[error("tls.{option} {why}")]
pub struct Fault {
    /// Its name.
    pub option: &'static str,
    /// How to go on behind the name.
    pub why: String,
}

fn fault(option: &'static str, why: impl Into<String>) -> Fault {
    Fault { option, why: why.into() }
}

/// Encrypts connections, all in the same way. Clones share what was made of the options.
#[derive(Debug, Clone)]
pub struct Secure(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    tls: Tls,
    config: OnceLock<Arc<ClientConfig>>,
}

impl Secure {
    /// Check the options. The certificates that the system trusts are not read before the first
    /// connection: there are many, and here the caller waits.
    ///
    /// # Errors
    /// For certificates or keys that cannot be used.
    pub fn new(tls: Tls) -> Result<Secure, Fault> {
        if let Some(name) = &tls.server_name {
            ServerName::try_from(name.as_str())
                .map_err(|_| fault("servername", "must be the name of a host, or its address"))?;
        }
        let config = OnceLock::new();
        if tls.ca.is_some() || !tls.reject_unauthorized {
            let _ = config.set(Arc::new(make(&tls)?));
        } else if tls.cert.is_some() || tls.key.is_some() {
            make(&Tls { reject_unauthorized: false, ..tls.clone() })?;
        }
        Ok(Secure(Arc::new(Inner { tls, config })))
    }

    /// As the system does it.
    pub fn by_default() -> Secure {
        Secure(Arc::new(Inner { tls: Tls::default(), config: OnceLock::new() }))
    }

    /// Shake hands with the server that was reached at `host`.
    ///
    /// # Errors
    /// Where it is not to be trusted, or does not trust us.
    pub async fn encrypt(&self, host: &str, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        let name = self.0.tls.server_name.as_deref().unwrap_or(host);
        let name = ServerName::try_from(name.to_owned()).map_err(io::Error::other)?;
        let config = match self.0.config.get() {
            Some(config) => config.clone(),
            None => {
                let made = Arc::new(make(&self.0.tls).map_err(io::Error::other)?);
                self.0.config.get_or_init(|| made).clone()
            }
        };
        TlsConnector::from(config).connect(name, stream).await
    }
}

fn make(tls: &Tls) -> Result<ClientConfig, Fault> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let given = tls.ca.as_deref().map(|pem| certificates("ca", pem)).transpose()?;
    let verifier: Arc<dyn ServerCertVerifier> = if tls.reject_unauthorized {
        Arc::new(Trusted::new(given, provider.clone())?)
    } else {
        Arc::new(AnyCertificate(provider.clone()))
    };
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| fault("ca", format!("is of no use: {error}")))?
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    let (cert, key) = match (&tls.cert, &tls.key) {
        (None, None) => return Ok(builder.with_no_client_auth()),
        (Some(cert), Some(key)) => (cert, key),
        (Some(_), None) => return Err(fault("key", "is missing: it goes with tls.cert")),
        (None, Some(_)) => return Err(fault("cert", "is missing: it goes with tls.key")),
    };
    let chain = certificates("cert", cert)?;
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).map_err(|_| {
        fault("key", "must be a private key in PEM, not encrypted, but none could be read in it")
    })?;
    builder.with_client_auth_cert(chain, key).map_err(|error| match error {
        rustls::Error::InconsistentKeys(_) => fault("key", "is not the key of tls.cert"),
        error => fault("key", format!("is of no use with tls.cert: {error}")),
    })
}

fn certificates(option: &'static str, pem: &str) -> Result<Vec<CertificateDer<'static>>, Fault> {
    let read = CertificateDer::pem_slice_iter(pem.as_bytes()).collect::<Result<Vec<_>, _>>();
    read.ok()
        .filter(|found| !found.is_empty())
        .ok_or_else(|| fault(option, "must be certificates in PEM, but none could be read in it"))
}

/// Certificates signed by those we trust, and, as with OpenSSL, the very ones that were given:
/// small set-ups give the server's own certificate, made by itself, as `ca`.
#[derive(Debug)]
struct Trusted {
    chains: Arc<WebPkiServerVerifier>,
    given: Vec<CertificateDer<'static>>,
}

impl Trusted {
    /// Without any given, trust those of the system.
    fn new(
        given: Option<Vec<CertificateDer<'static>>>,
        provider: Arc<CryptoProvider>,
    ) -> Result<Self, Fault> {
        let mut roots = RootCertStore::empty();
        match &given {
            Some(given) => roots.add_parsable_certificates(given.iter().cloned()),
            None => roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs),
        };
        // It stands for what the system trusts.
        let named = std::env::var_os("SSL_CERT_FILE").filter(|_| given.is_none());
        let chains = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build();
        let chains = chains.map_err(|error| match error {
            VerifierBuilderError::NoRootAnchors if given.is_none() => match &named {
                Some(file) => fault(
                    "ca",
                    format!(
                        "is needed here: SSL_CERT_FILE names {file:?}, in which no certificates in \
                         PEM could be read; name a file of them, or unset it to trust those of the \
                         system"
                    ),
                ),
                None => fault("ca", "is needed here: the system names no certificates to trust"),
            },
            error => fault("ca", format!("is of no use: {error}")),
        })?;
        Ok(Trusted { chains, given: given.unwrap_or_default() })
    }
}

impl ServerCertVerifier for Trusted {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let chained = self.chains.verify_server_cert(
            end_entity,
            intermediates,
            server_name,
            ocsp_response,
            now,
        );
        match chained {
            Err(rustls::Error::InvalidCertificate(why))
                if lacks_chain_only(&why) && self.given.iter().any(|given| given == end_entity) =>
            {
                verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
                Ok(ServerCertVerified::assertion())
            }
            chained => chained,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.chains.verify_tls12_signature(message, cert, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.chains.verify_tls13_signature(message, cert, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.chains.supported_verify_schemes()
    }
}

/// Whether a certificate is refused for who signed it alone. Its own time and purpose are looked at
/// before that, so that they are good then: also one that was given may have expired.
fn lacks_chain_only(why: &CertificateError) -> bool {
    // `Other`: made by itself, it is an authority by its own word, and serves as a server.
    matches!(why, CertificateError::UnknownIssuer | CertificateError::Other(_))
}

/// What `rejectUnauthorized: false` asks for: whoever answers is believed, the talk is encrypted.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, cert, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, cert, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
