//! A job, as it is written and as it is read.

use std::borrow::Cow;
use std::ops::Deref;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::search::Words;

/// A job to be added.
#[derive(Debug, Clone)]
pub struct NewJob {
    pub spec: Arc<Spec>,
    /// JSON text.
    pub data: Box<RawValue>,
}

/// What a job is, but for its data: jobs that are added together mostly share it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Spec {
    #[serde(rename = "type")]
    pub job_type: String,
    /// Smaller runs first.
    pub priority: f64,
    pub attempts: Option<f64>,
    pub delay: Option<f64>,
    pub ttl: Option<f64>,
    /// As stored: JSON of an object, `true`, or a function's source.
    pub backoff: Option<String>,
    pub remove_on_complete: Option<String>,
    /// What search is to find it by; `None` keeps it out of the index.
    #[serde(rename = "search")]
    pub words: Option<Words>,
}

impl Deref for NewJob {
    type Target = Spec;

    fn deref(&self) -> &Spec {
        &self.spec
    }
}

/// What adding a job gives back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Added {
    pub id: u64,
    /// Milliseconds since 1970 by the store's clock.
    pub created_at: u64,
}

/// A job as read: its id and the fields that it has, by Kue's names, values as text.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct JobRecord {
    pub id: String,
    pub fields: Vec<(Cow<'static, str>, String)>,
}

impl JobRecord {
    pub fn get(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    pub fn number(&self, name: &str) -> Option<f64> {
        number(self.get(name)?)
    }

    pub fn terms(&self) -> Terms {
        let mut terms = Terms::default();
        self.fields.iter().for_each(|(name, value)| terms.read(name, value));
        terms
    }

    /// Write `{"id":1,"field":"value",…}`. `data` goes in as the JSON it is, or, where it is no
    /// JSON, as text under `badData`.
    pub fn write_json(&self, out: &mut String) {
        out.push_str("{\"id\":");
        write_id(&self.id, out);
        for (name, value) in &self.fields {
            write_field(name, value, out);
        }
        out.push('}');
    }
}

/// What a worker must know of a job in hand to judge how it ends.
#[derive(Debug, Clone, PartialEq)]
pub struct Terms {
    pub attempts_made: u64,
    /// At least 1.
    pub attempts_allowed: u64,
    pub backoff: Option<String>,
    pub delay_ms: Option<f64>,
    /// Whether the job goes when it is complete.
    pub removes: bool,
    pub ttl_ms: Option<u64>,
}

impl Default for Terms {
    fn default() -> Self {
        Terms {
            attempts_made: 0,
            attempts_allowed: 1,
            backoff: None,
            delay_ms: None,
            removes: false,
            ttl_ms: None,
        }
    }
}

impl Terms {
    /// A job has this field.
    pub fn read(&mut self, name: &str, value: &str) {
        match name {
            "attempts" => self.attempts_made = number(value).map_or(0, |made| made.max(0.0) as u64),
            // `Infinity` too: Kue stores what it was given.
            "max_attempts" => {
                self.attempts_allowed = value.parse().map_or(1, |max: f64| max.max(1.0) as u64);
            }
            "backoff" => self.backoff = Some(value.to_owned()),
            "delay" => self.delay_ms = number(value),
            // Kue takes any text but an empty one for true: it stores `true` or nothing.
            "removeOnComplete" => self.removes = !value.is_empty() && value != "false",
            "ttl" => self.ttl_ms = number(value).filter(|ttl| *ttl > 0.0).map(|ttl| ttl as u64),
            _ => {}
        }
    }

    /// Its processor has changed them.
    pub fn heed(&mut self, own: OwnTerms) {
        let OwnTerms { attempts, delay, backoff, removes } = own;
        if let Some(allowed) = attempts {
            self.attempts_allowed = allowed.max(1.0) as u64;
        }
        self.delay_ms = delay.or(self.delay_ms);
        self.backoff = backoff.or(self.backoff.take());
        self.removes = removes.unwrap_or(self.removes);
    }
}

/// What a processor changed of its job's terms, as they count for its outcome.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct OwnTerms {
    attempts: Option<f64>,
    delay: Option<f64>,
    /// As it is stored; empty for none.
    backoff: Option<String>,
    removes: Option<bool>,
}

fn number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// Append a field and its value to the JSON of a job that has its id already.
pub fn write_field(name: &str, value: &str, out: &mut String) {
    // A field of ours by name, but written by somebody else, must not pass for ours.
    if name == "id" || name == "badData" {
        return;
    }
    out.push(',');
    let json = name == "data" && is_json(value);
    write_string(if name == "data" && !json { "badData" } else { name }, out);
    out.push(':');
    if json {
        out.push_str(value);
    } else {
        write_string(value, out);
    }
}

/// Ids are numbers; one that is none (foreign data) is passed on as text.
pub fn write_id(id: &str, out: &mut String) {
    if id.parse::<u64>().is_ok_and(|number| number.to_string() == id) {
        out.push_str(id);
    } else {
        write_string(id, out);
    }
}

/// Append `text` as a JSON string.
pub fn write_string(text: &str, out: &mut String) {
    let plain = |byte: u8| byte >= b' ' && byte != b'"' && byte != b'\\';
    if text.bytes().all(plain) {
        out.push('"');
        out.push_str(text);
        out.push('"');
    } else {
        out.push_str(&serde_json::Value::from(text).to_string());
    }
}

/// A number as JavaScript writes it: whole ones without a point.
pub fn number_text(number: f64) -> String {
    // Rust writes the shortest text that reads back the same, and no point in whole numbers; only
    // a negative zero differs.
    if number == 0.0 { "0".to_owned() } else { number.to_string() }
}

fn is_json(text: &str) -> bool {
    serde_json::from_str::<&RawValue>(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(fields: &[(&str, &str)]) -> JobRecord {
        let own = |text: &&str| (*text).to_owned();
        JobRecord {
            id: "7".to_owned(),
            fields: fields.iter().map(|(name, value)| (own(name).into(), own(value))).collect(),
        }
    }

    fn json(fields: &[(&str, &str)]) -> String {
        let mut out = String::new();
        record(fields).write_json(&mut out);
        out
    }

    #[test]
    fn attempts_without_end_are_what_kue_stores_of_them() {
        let allowed = |text| record(&[("max_attempts", text)]).terms().attempts_allowed;
        assert_eq!([allowed("3"), allowed("0"), allowed("x"), allowed("NaN")], [3, 1, 1, 1]);
        assert_eq!(allowed("Infinity"), u64::MAX);
    }

    #[test]
    fn what_a_processor_changed_counts_and_the_rest_stays() {
        let fields = [("max_attempts", "3"), ("delay", "5"), ("removeOnComplete", "true")];
        let mut terms = record(&fields).terms();
        terms.heed(OwnTerms::default());
        assert_eq!(terms, record(&fields).terms());
        terms.heed(serde_json::from_str(r#"{"attempts":1,"backoff":"true"}"#).unwrap());
        assert_eq!((terms.attempts_allowed, terms.backoff.as_deref()), (1, Some("true")));
        assert_eq!((terms.delay_ms, terms.removes), (Some(5.0), true));
        terms.heed(serde_json::from_str(r#"{"delay":7,"backoff":"","removes":false}"#).unwrap());
        assert_eq!((terms.delay_ms, terms.backoff.as_deref()), (Some(7.0), Some("")));
        assert!(!terms.removes);
    }

    #[test]
    fn numbers_are_written_as_javascript_does() {
        let texts = [0.0, -0.0, 10.0, -15.0, 1.5, 1e15].map(number_text);
        assert_eq!(texts, ["0", "0", "10", "-15", "1.5", "1000000000000000"]);
    }

    #[test]
    fn data_is_passed_on_as_it_is() {
        assert_eq!(
            json(&[("type", "a\"b"), ("data", r#"{"__proto__":{"x":1}}"#)]),
            r#"{"id":7,"type":"a\"b","data":{"__proto__":{"x":1}}}"#
        );
    }

    #[test]
    fn fields_that_would_pass_for_ours_are_left_out() {
        assert_eq!(json(&[("id", "9"), ("badData", "{"), ("type", "a")]), r#"{"id":7,"type":"a"}"#);
    }

    #[test]
    fn broken_data_is_passed_on_as_text() {
        assert_eq!(json(&[("data", "{oops")]), r#"{"id":7,"badData":"{oops"}"#);
        assert_eq!(json(&[("data", "1,2")]), r#"{"id":7,"badData":"1,2"}"#);
    }

    #[test]
    fn missing_and_broken_counts_have_kues_defaults() {
        assert_eq!(record(&[]).terms(), Terms::default());
        let bad = [("attempts", "-3"), ("max_attempts", "NaN"), ("ttl", "x"), ("delay", "inf")];
        assert_eq!(record(&bad).terms(), Terms::default());
        let low = record(&[("max_attempts", "-1"), ("ttl", "0"), ("removeOnComplete", "")]);
        assert_eq!(low.terms(), Terms::default());
    }
}
