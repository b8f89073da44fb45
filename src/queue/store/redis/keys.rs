//! The names of Kue's keys.

/// Makes key names under one prefix.
#[derive(Debug, Clone)]
pub struct Keys {
    prefix: String,
}

impl Keys {
    /// `hash_tag` writes `{prefix}:key`, as Kue does over ioredis: all keys in one cluster slot.
    pub fn new(prefix: &str, hash_tag: bool) -> Self {
        let prefix = if hash_tag { format!("{{{prefix}}}:") } else { format!("{prefix}:") };
        Keys { prefix }
    }

    /// The prefix with its colon.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    pub fn key(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    pub fn job(&self, id: &str) -> String {
        format!("{}job:{id}", self.prefix)
    }

    pub fn log(&self, id: &str) -> String {
        format!("{}job:{id}:log", self.prefix)
    }

    /// The sorted set of all jobs, of a state, or of a type and a state.
    pub fn jobs(&self, job_type: Option<&str>, state: Option<&str>) -> String {
        let mut key = format!("{}jobs", self.prefix);
        for part in [job_type, state].into_iter().flatten() {
            key.push(':');
            key.push_str(part);
        }
        key
    }

    /// The list of wake-up tokens of a type.
    pub fn tokens(&self, job_type: &str) -> String {
        format!("{}{job_type}:jobs", self.prefix)
    }

    /// The jobs that have a word, for search.
    pub fn word(&self, word: &str) -> String {
        format!("{}rekue:search:word:{word}", self.prefix)
    }

    /// The words that search finds a job by.
    pub fn words_of(&self, id: &str) -> String {
        format!("{}rekue:search:job:{id}", self.prefix)
    }

    /// The type whose token list this key is.
    pub fn type_of_tokens<'a>(&self, key: &'a str) -> Option<&'a str> {
        key.strip_prefix(&self.prefix)?.strip_suffix(":jobs")
    }
}

/// Kue's sorted-set member: two digits for the id's length, so that ids of one score sort by
/// number.
pub fn member(id: &str) -> String {
    format!("{:02}|{id}", id.len())
}

/// The id in a member; a member that is none of Kue's is its own id.
pub fn id_of(member: &str) -> &str {
    member.split_once('|').map_or(member, |(_, id)| id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_kues() {
        let keys = Keys::new("q", false);
        assert_eq!(keys.job("12"), "q:job:12");
        assert_eq!(keys.log("12"), "q:job:12:log");
        assert_eq!(keys.jobs(None, None), "q:jobs");
        assert_eq!(keys.jobs(None, Some("active")), "q:jobs:active");
        assert_eq!(keys.jobs(Some("a b"), Some("active")), "q:jobs:a b:active");
        assert_eq!(keys.tokens("mail"), "q:mail:jobs");
        assert_eq!(keys.type_of_tokens("q:mail:jobs"), Some("mail"));
        assert_eq!(Keys::new("q", true).job("12"), "{q}:job:12");
    }

    #[test]
    fn members_sort_ids_by_number() {
        assert_eq!((member("9").as_str(), member("10").as_str()), ("01|9", "02|10"));
        assert!(member("9") < member("10"));
        assert_eq!(id_of("02|10"), "10");
        assert_eq!(id_of("odd"), "odd");
    }
}
