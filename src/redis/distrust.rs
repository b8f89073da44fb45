//! Why one end does not trust the other over TLS, and what its user can do about it.

use std::io;

use rustls::pki_types::UnixTime;
use rustls::{CertificateError, Error};

/// Hints where a connection fails as it does when one end speaks TLS and the other does not.
pub const MAYBE_TLS: &str =
    "if its port is one for TLS, the URL begins with rediss, not with redis";
pub const MAYBE_PLAIN: &str =
    "if its port is one without TLS, the URL begins with redis, not with rediss";

/// How rustls tells of what the other end objects to.
const ALERT: &str = "received fatal alert: ";
const CLOCK: &str = "give the server another, or set the clock of this machine, where it is";

/// What a handshake failed for, with the way out where there is one.
pub fn explain(error: &io::Error) -> String {
    let text = match error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
        Some(Error::InvalidCertificate(why)) => of_certificate(why),
        Some(Error::PeerIncompatible(_)) => Some(format!(
            "the server speaks neither TLS 1.2 nor 1.3, or no cipher that is spoken here ({error})"
        )),
        Some(Error::InvalidMessage(_)) => {
            Some(format!("the answer is no TLS ({error}): {MAYBE_PLAIN}"))
        }
        _ => of_alert(&error.to_string()),
    };
    format!("TLS failed: {}", text.unwrap_or_else(|| error.to_string()))
}

/// The same for what was said later: with TLS 1.3 a server looks at our certificate when the
/// handshake is over for us. `None` where it tells of nothing like that.
pub fn explain_later(said: &str) -> Option<String> {
    let text = said.contains(ALERT).then(|| of_alert(said).unwrap_or_else(|| said.to_owned()));
    text.map(|text| format!("TLS failed: {text}"))
}

fn of_certificate(why: &CertificateError) -> Option<String> {
    let says = |what: &str| Some(format!("the server's certificate {what}"));
    match why {
        CertificateError::UnknownIssuer => says(
            "is signed by nobody who is trusted (UnknownIssuer): give the authority that signed it, \
             or this very certificate, as tls.ca, or the authority in the file that SSL_CERT_FILE names",
        ),
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            Some(format!("{why}: connect by a name that it is for, or give one as tls.servername"))
        }
        CertificateError::ExpiredContext { time, not_after } => says(&format!(
            "expired at {}, and it is {} here: {CLOCK} wrong",
            date(*not_after),
            date(*time)
        )),
        CertificateError::NotValidYetContext { time, not_before } => says(&format!(
            "is not valid yet, but from {} on, and it is {} here: {CLOCK} late",
            date(*not_before),
            date(*time)
        )),
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => says(
            &format!("is none for servers ({why}): make one with serverAuth as extendedKeyUsage"),
        ),
        CertificateError::Other(_) => {
            // The type behind it is none of those that rustls passes on.
            let why = format!("{why:?}");
            if why.contains("CaUsedAsEndEntity") {
                says(
                    "is one that an authority made for itself (CaUsedAsEndEntity): give it as tls.ca, \
                     by which this very one is trusted",
                )
            } else if why.contains("UnsupportedCertVersion") {
                says(
                    "is X.509 of version 1 (UnsupportedCertVersion): make one of version 3, with the \
                     host as its subjectAltName",
                )
            } else {
                None
            }
        }
        _ => None,
    }
}

fn of_alert(said: &str) -> Option<String> {
    let (_, alert) = said.split_once(ALERT)?;
    let way_out = if alert.starts_with("UnknownCA") {
        "the server does not know the authority of tls.cert: add it to those that it trusts \
         (tls-ca-cert-file)"
    } else if alert.starts_with("CertificateRequired") {
        "the server wants a certificate, tls.cert and tls.key"
    } else if alert.starts_with("CertificateExpired") {
        "tls.cert has expired, or the server's clock is wrong"
    } else if alert.starts_with("ProtocolVersion") {
        "the server speaks neither TLS 1.2 nor 1.3"
    } else if alert.contains("Certificate") {
        "the server does not take tls.cert: its log says why"
    } else {
        return None;
    };
    Some(format!("{way_out} ({said})"))
}

/// As ISO 8601 has it. Days become a date as in Howard Hinnant's `civil_from_days`.
fn date(time: UnixTime) -> String {
    let seconds = time.as_secs();
    let (days, second) = (seconds / 86_400 + 719_468, seconds % 86_400);
    // Years begin with March here, so that the day that may be missing is the last one.
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = era * 400 + year + u64::from(month <= 2);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} UTC")
}

#[cfg(test)]
mod tests {
    use std::fmt;
    use std::sync::Arc;
    use std::time::Duration;

    use rustls::OtherError;

    use super::*;

    /// As that of webpki, which rustls wraps.
    #[derive(Debug)]
    enum Why {
        CaUsedAsEndEntity,
        UnsupportedCertVersion,
    }

    impl fmt::Display for Why {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            fmt::Debug::fmt(self, f)
        }
    }

    impl std::error::Error for Why {}

    fn at(seconds: u64) -> UnixTime {
        UnixTime::since_unix_epoch(Duration::from_secs(seconds))
    }

    #[test]
    fn dates_are_for_people() {
        for (seconds, says) in [
            (0, "1970-01-01 00:00:00 UTC"),
            (951_782_399, "2000-02-28 23:59:59 UTC"),
            (951_782_400, "2000-02-29 00:00:00 UTC"),
            (1_709_251_200, "2024-03-01 00:00:00 UTC"),
            (1_798_761_599, "2026-12-31 23:59:59 UTC"),
            (4_107_542_400, "2100-03-01 00:00:00 UTC"),
        ] {
            assert_eq!(date(at(seconds)), says);
        }
    }

    #[test]
    fn every_distrust_says_what_to_do() {
        let io = |error| io::Error::new(io::ErrorKind::InvalidData, error);
        let expired = CertificateError::ExpiredContext { time: at(86_400), not_after: at(0) };
        let later = CertificateError::NotValidYetContext { time: at(0), not_before: at(86_400) };
        for (error, says) in [
            (CertificateError::UnknownIssuer.into(), "tls.ca"),
            (CertificateError::NotValidForName.into(), "tls.servername"),
            (expired.into(), "expired at 1970-01-01 00:00:00 UTC, and it is 1970-01-02"),
            (later.into(), "not valid yet, but from 1970-01-02"),
            (CertificateError::InvalidPurpose.into(), "serverAuth"),
            (Error::AlertReceived(rustls::AlertDescription::UnknownCA), "tls-ca-cert-file"),
            (Error::AlertReceived(rustls::AlertDescription::ProtocolVersion), "neither TLS 1.2"),
            (Error::AlertReceived(rustls::AlertDescription::InternalError), "InternalError"),
            (Error::InvalidMessage(rustls::InvalidMessage::InvalidContentType), MAYBE_PLAIN),
        ] {
            let text = explain(&io(error));
            assert!(text.starts_with("TLS failed: ") && text.contains(says), "{text}");
        }
        for (why, says) in
            [(Why::CaUsedAsEndEntity, "tls.ca"), (Why::UnsupportedCertVersion, "version 3")]
        {
            let text = explain(&io(CertificateError::Other(OtherError(Arc::new(why))).into()));
            assert!(text.contains(says), "{text}");
        }
        let later = explain_later("received fatal alert: CertificateRequired").unwrap();
        assert!(later.contains("tls.cert and tls.key"), "{later}");
        assert_eq!(explain_later("broken pipe"), None);
    }
}
