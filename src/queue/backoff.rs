//! How long a failed job waits before its next attempt, as Kue 0.11.6 reckons it.

use serde_json::Value;

/// The pause before a retry.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Retry {
    AtOnce,
    /// Milliseconds, at least 1.
    After(u64),
}

/// The longest delay, about 285,000 years: the largest whole number that every store and
/// JavaScript can hold.
const LONGEST_MS: f64 = 9_007_199_254_740_991.0;

/// Reckon the pause from what is stored with a job.
///
/// `backoff` is the field as stored: `None` or empty for a retry at once; `true` for the job's own
/// delay; an object `{"type":"fixed"|"exponential","delay":ms,"maxDelay":ms}`. The exponential
/// kind waits `delay / 2 * (2^attempts - 1)`, at most `maxDelay - delay / 2`. Any other text, such
/// as the source of a function, is never run: the job's own delay serves.
pub fn retry(backoff: Option<&str>, delay_ms: Option<f64>, attempts: u64) -> Retry {
    let Some(backoff) = backoff.filter(|text| !text.is_empty()) else { return Retry::AtOnce };
    let own_delay = delay_ms.unwrap_or(0.0);
    let pause = match serde_json::from_str::<Value>(backoff) {
        Ok(Value::Object(spec)) => {
            let number = |name: &str| spec.get(name).and_then(number).filter(|n| *n != 0.0);
            let delay = number("delay").unwrap_or(own_delay);
            match spec.get("type").and_then(Value::as_str) {
                Some("exponential") => {
                    let limit = number("maxDelay").unwrap_or(f64::INFINITY) - delay * 0.5;
                    let factor = 2f64.powi(i32::try_from(attempts).unwrap_or(i32::MAX)) - 1.0;
                    (delay * 0.5 * factor).min(limit).round()
                }
                Some("fixed") => delay,
                _ => own_delay,
            }
        }
        _ => own_delay,
    };
    // Kue ignores a delay that is not above 0 and keeps the one the job has.
    [pause, own_delay]
        .into_iter()
        .find(|ms| *ms >= 1.0)
        .map_or(Retry::AtOnce, |ms| Retry::After(ms.min(LONGEST_MS) as u64))
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_backoff_the_retry_is_at_once() {
        assert_eq!(retry(None, Some(500.0), 1), Retry::AtOnce);
        assert_eq!(retry(Some(""), Some(500.0), 1), Retry::AtOnce);
    }

    #[test]
    fn true_takes_the_jobs_own_delay() {
        assert_eq!(retry(Some("true"), Some(500.0), 3), Retry::After(500));
        assert_eq!(retry(Some("true"), None, 3), Retry::AtOnce);
    }

    #[test]
    fn fixed_takes_its_delay_or_the_jobs() {
        assert_eq!(retry(Some(r#"{"type":"fixed","delay":70}"#), Some(5.0), 9), Retry::After(70));
        assert_eq!(retry(Some(r#"{"type":"fixed"}"#), Some(5.0), 9), Retry::After(5));
        assert_eq!(retry(Some(r#"{"type":"fixed","delay":"70"}"#), None, 1), Retry::After(70));
    }

    #[test]
    fn exponential_doubles_from_half_the_delay() {
        let pause =
            |attempts| retry(Some(r#"{"type":"exponential","delay":1000}"#), None, attempts);
        assert_eq!([1, 2, 3, 4].map(pause), [500, 1500, 3500, 7500].map(Retry::After));
    }

    #[test]
    fn exponential_stops_half_a_delay_below_its_limit() {
        let spec = r#"{"type":"exponential","delay":1000,"maxDelay":5000}"#;
        assert_eq!(retry(Some(spec), None, 10), Retry::After(4500));
    }

    #[test]
    fn exponential_stays_finite_for_any_number_of_attempts() {
        let spec = r#"{"type":"exponential","delay":1000}"#;
        assert_eq!(retry(Some(spec), None, u64::MAX), Retry::After(LONGEST_MS as u64));
    }

    #[test]
    fn stored_source_text_is_not_run() {
        let source = "function (attempts, delay) { return 1 }";
        assert_eq!(retry(Some(source), Some(250.0), 1), Retry::After(250));
    }
}
