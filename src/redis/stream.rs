//! Opening a stream of bytes to a server: TCP, a unix socket, or TLS over TCP.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use serde::Deserialize;
use socket2::{SockRef, TcpKeepalive};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// Where to, and how.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Target {
    /// A unix socket; wins over address and port.
    pub path: Option<String>,
    /// Names are looked up before, in JavaScript, so that a failure is Node's own error.
    pub address: Option<IpAddr>,
    #[serde(default)]
    pub port: u16,
    /// ms of silence before the first probe; `None` probes never.
    pub keep_alive: Option<u64>,
    pub tls: Option<Tls>,
}

/// What Node's `tls.connect` takes, as far as Redis servers need it. Certificates are PEM.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tls {
    pub server_name: String,
    pub ca: Option<String>,
    pub cert: Option<String>,
    pub key: Option<String>,
    pub reject_unauthorized: bool,
}

/// A stream to a server.
pub trait Stream: AsyncRead + AsyncWrite {}
impl<T: AsyncRead + AsyncWrite> Stream for T {}

/// Open a stream.
///
/// # Errors
/// That of the system where it is one (its number tells Node which), or a text.
pub async fn open(target: &Target) -> io::Result<Box<dyn Stream + Unpin>> {
    if let Some(path) = &target.path {
        #[cfg(unix)]
        return Ok(Box::new(tokio::net::UnixStream::connect(path).await?));
        #[cfg(not(unix))]
        return Err(io::Error::other(format!("no unix sockets here, so not {path:?}")));
    }
    let Some(address) = target.address else {
        return Err(io::Error::other("neither a path nor an address is given"));
    };
    let tcp = TcpStream::connect((address, target.port)).await?;
    // A batch is written at once; waiting for the acknowledgement of the one before only delays.
    tcp.set_nodelay(true)?;
    if let Some(ms) = target.keep_alive {
        let socket = SockRef::from(&tcp);
        socket.set_keepalive(true)?;
        if ms > 0 {
            socket.set_tcp_keepalive(&TcpKeepalive::new().with_time(Duration::from_millis(ms)))?;
        }
    }
    let Some(tls) = &target.tls else { return Ok(Box::new(tcp)) };
    let name = ServerName::try_from(tls.server_name.clone()).map_err(io::Error::other)?;
    let connector = TlsConnector::from(Arc::new(tls_config(tls).map_err(io::Error::other)?));
    Ok(Box::new(connector.connect(name, tcp).await?))
}

fn tls_config(tls: &Tls) -> Result<ClientConfig, Box<dyn std::error::Error + Send + Sync>> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()?;
    let builder = if tls.reject_unauthorized {
        let mut roots = RootCertStore::empty();
        match &tls.ca {
            Some(pem) => {
                for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
                    roots.add(certificate?)?;
                }
            }
            None => {
                roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            }
        }
        builder.with_root_certificates(roots)
    } else {
        builder.dangerous().with_custom_certificate_verifier(Arc::new(AnyCertificate(provider)))
    };
    Ok(match (&tls.cert, &tls.key) {
        (Some(cert), Some(key)) => builder.with_client_auth_cert(
            CertificateDer::pem_slice_iter(cert.as_bytes()).collect::<Result<Vec<_>, _>>()?,
            PrivateKeyDer::from_pem_slice(key.as_bytes())?,
        )?,
        _ => builder.with_no_client_auth(),
    })
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
