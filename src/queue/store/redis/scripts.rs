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

/// A script behind the parts of the prelude that it uses.
macro_rules! script {
    ($name:literal $(, $part:literal)*) => {
        Script::new(concat!(
            include_str!("scripts/prelude/base.lua"),
            $(include_str!(concat!("scripts/prelude/", $part, ".lua")),)*
            include_str!(concat!("scripts/", $name, ".lua"))
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
    add: script!("add", "members", "words"),
    settle: script!(
        "settle", "full", "members", "many", "tokens", "scores", "active", "words", "unindex"
    ),
    annotate: script!("annotate", "members"),
    promote: script!("promote", "full", "kue", "tokens", "scores"),
    overdue: script!("overdue", "kue"),
    renew: script!("renew", "full"),
    reclaim: script!("reclaim", "full", "members", "tokens", "scores"),
    adopt: script!("adopt"),
    update: script!("update", "members", "many", "scores", "active", "words", "unindex"),
    set_state: script!("move", "full", "members", "tokens", "scores", "active"),
    remove: script!("remove", "members", "words", "unindex"),
    repair: script!("repair", "members", "tokens", "scores", "active", "words", "unindex"),
    census: script!("census"),
    search: script!("search", "words", "unindex"),
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
    const SHARED: [&str; 12] = [
        "also_when_full",
        "kue_holds",
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
