//! The Lua scripts: their texts, loaded once per connection, called by hash.

use std::sync::LazyLock;

use redis::{Cmd, Pipeline};

/// A script's text and the hash by which Redis knows it.
pub struct Script {
    text: &'static str,
    hash: String,
}

impl Script {
    fn new(text: &'static str) -> Self {
        Script { text, hash: redis::Script::new(text).get_hash().to_owned() }
    }
}

/// A script of its pieces, behind what all of them share.
macro_rules! script {
    ($($piece:literal),+) => {
        Script::new(concat!(
            include_str!("scripts/prelude/base.lua"),
            $(include_str!(concat!("scripts/", $piece, ".lua")),)+
        ))
    };
}

/// Every script of the store.
pub struct Scripts {
    pub add: Script,
    pub settle: Script,
    pub annotate: Script,
    pub promote: Script,
    pub overdue: Script,
    pub renew: Script,
    pub reclaim: Script,
    pub adopt: Script,
    pub update: Script,
    pub set_state: Script,
    pub remove: Script,
    pub repair: Script,
    pub census: Script,
    pub search: Script,
}

pub static SCRIPTS: LazyLock<Scripts> = LazyLock::new(|| Scripts {
    add: script!("prelude/members", "add-one", "prelude/words", "add"),
    settle: script!(
        "prelude/full",
        "prelude/scores",
        "prelude/active",
        "claim-one",
        "prelude/foreign",
        "prelude/members",
        "prelude/many",
        "prelude/tokens",
        "prelude/words",
        "prelude/unindex",
        "settle"
    ),
    annotate: script!("prelude/foreign", "prelude/members", "annotate"),
    promote: script!(
        "prelude/full",
        "prelude/kue",
        "prelude/foreign",
        "prelude/tokens",
        "prelude/scores",
        "promote"
    ),
    overdue: script!("prelude/kue", "prelude/foreign", "overdue"),
    renew: script!("prelude/full", "renew"),
    reclaim: script!(
        "prelude/full",
        "prelude/foreign",
        "prelude/members",
        "prelude/tokens",
        "prelude/scores",
        "reclaim"
    ),
    adopt: script!("prelude/foreign", "adopt"),
    update: script!(
        "prelude/members",
        "prelude/many",
        "prelude/scores",
        "prelude/active",
        "prelude/words",
        "prelude/unindex",
        "update"
    ),
    set_state: script!(
        "prelude/full",
        "prelude/members",
        "prelude/tokens",
        "prelude/scores",
        "prelude/active",
        "move"
    ),
    remove: script!(
        "prelude/foreign",
        "prelude/members",
        "prelude/words",
        "prelude/unindex",
        "remove"
    ),
    repair: script!(
        "prelude/foreign",
        "prelude/members",
        "prelude/tokens",
        "prelude/scores",
        "prelude/active",
        "prelude/words",
        "prelude/unindex",
        "repair"
    ),
    census: script!("prelude/foreign", "census"),
    search: script!("prelude/words", "prelude/unindex", "search"),
});

impl Scripts {
    fn all(&self) -> [&Script; 14] {
        [
            &self.add,
            &self.settle,
            &self.annotate,
            &self.promote,
            &self.overdue,
            &self.renew,
            &self.reclaim,
            &self.adopt,
            &self.update,
            &self.set_state,
            &self.remove,
            &self.repair,
            &self.census,
            &self.search,
        ]
    }
}

/// Loads all of them.
pub fn load() -> Pipeline {
    let mut pipeline = Pipeline::new();
    for script in SCRIPTS.all() {
        pipeline.cmd("SCRIPT").arg("LOAD").arg(script.text);
    }
    pipeline
}

/// A call of `script`; arguments after the prefix are to be added. `any_key` routes it, and a
/// `guard` is declared beside it.
pub fn call(script: &Script, any_key: &str, guard: Option<&str>, prefix: &str) -> Cmd {
    let mut command = redis::cmd("EVALSHA");
    command.arg(&script.hash).arg(1 + usize::from(guard.is_some())).arg(any_key).arg(guard);
    command.arg(prefix);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a part of the prelude defines that not every script uses.
    const SHARED: [&str; 13] = [
        "also_when_full",
        "kue_holds",
        "is_foreign",
        "heads",
        "member",
        "call_many",
        "add_tokens",
        "scores",
        "score",
        "active_score",
        "WORD",
        "WORDS_OF",
        "unindex",
    ];

    /// How often a name stands in a script, comments left out.
    fn uses(text: &str, name: &str) -> usize {
        let code = text.lines().filter(|line| !line.trim_start().starts_with("--"));
        let words = code.flat_map(|line| line.split(|c: char| !c.is_alphanumeric() && c != '_'));
        words.filter(|word| *word == name).count()
    }

    #[test]
    fn each_script_has_the_parts_that_it_uses_and_no_others() {
        for script in SCRIPTS.all() {
            for name in SHARED {
                let begins = [format!("local function {name}("), format!("local {name} =")];
                let defined = begins.iter().any(|begin| script.text.contains(begin.as_str()));
                let used = uses(script.text, name);
                assert_eq!(defined, used > 0, "{name} in:\n{}", script.text);
                // The words are of use together.
                if defined && name != "WORDS_OF" {
                    assert!(used > 1, "{name} is only defined in:\n{}", script.text);
                }
            }
        }
    }
}
