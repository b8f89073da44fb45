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

macro_rules! script {
    ($name:literal) => {
        Script::new(concat!(
            include_str!("scripts/prelude.lua"),
            include_str!(concat!("scripts/", $name))
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
    add: script!("add.lua"),
    settle: script!("settle.lua"),
    annotate: script!("annotate.lua"),
    promote: script!("promote.lua"),
    overdue: script!("overdue.lua"),
    renew: script!("renew.lua"),
    reclaim: script!("reclaim.lua"),
    adopt: script!("adopt.lua"),
    update: script!("update.lua"),
    set_state: script!("move.lua"),
    remove: script!("remove.lua"),
    repair: script!("repair.lua"),
    census: script!("census.lua"),
    search: script!("search.lua"),
});

/// Loads all of them.
pub fn load() -> Pipeline {
    let scripts = &*SCRIPTS;
    let all = [
        &scripts.add,
        &scripts.settle,
        &scripts.annotate,
        &scripts.promote,
        &scripts.overdue,
        &scripts.renew,
        &scripts.reclaim,
        &scripts.adopt,
        &scripts.update,
        &scripts.set_state,
        &scripts.remove,
        &scripts.repair,
        &scripts.census,
        &scripts.search,
    ];
    let mut pipeline = Pipeline::with_capacity(all.len());
    for script in all {
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
