//! While events may be lost, those who wait for an outcome look again at intervals.
//!
//! A subscription that breaks is made anew, and whoever waits looks then. But one that the server
//! refuses may never stand, and of a user who may not publish nobody hears.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use super::Core;
use crate::queue::protocol;

/// The first pause, also for who begins to wait later; it doubles up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// What keeps events from this process.
#[derive(Default)]
pub struct Silence {
    /// The subscription does not stand.
    deaf: Cell<bool>,
    /// ... as the server refuses it: it is not about to.
    refused: Cell<bool>,
    /// What is published here gets lost.
    mute: Cell<bool>,
    looking: Cell<bool>,
    /// Rings when somebody begins to wait.
    awaited: Notify,
}

impl Silence {
    /// Whether the subscription is not worth waiting for.
    pub fn is_refused(&self) -> bool {
        self.refused.get()
    }

    pub fn hears(&self) {
        self.deaf.set(false);
        self.refused.set(false);
    }

    pub fn is_awaited(&self) {
        self.awaited.notify_one();
    }

    fn lasts(&self) -> bool {
        self.deaf.get() || self.mute.get()
    }
}

/// The subscription failed.
pub fn deafen(core: &Rc<Core>, refused: bool) {
    if !core.silence.deaf.replace(true) {
        core.silence.is_awaited();
    }
    core.silence.refused.set(refused);
    look(core);
}

/// What is published here gets lost, or does so no more.
pub fn mute(core: &Rc<Core>, mute: bool) {
    core.silence.mute.set(mute);
    look(core);
}

fn look(core: &Rc<Core>) {
    if !core.silence.lasts() || core.silence.looking.replace(true) {
        return;
    }
    let this = core.clone();
    core.watch_over(async move { look_until_over(&this).await });
}

async fn look_until_over(core: &Core) {
    let silence = &core.silence;
    let mut pause = FIRST_PAUSE;
    let mut next = Instant::now() + pause;
    while silence.lasts() {
        tokio::select! {
            () = core.ended() => return,
            () = silence.awaited.notified() => {
                pause = FIRST_PAUSE;
                next = next.min(Instant::now() + pause);
            }
            () = sleep_until(next) => {
                if silence.lasts() && core.listeners.borrow().are_there() {
                    core.bridge.push(&protocol::look_again());
                }
                pause = (pause * 2).min(LONGEST_PAUSE);
                next = Instant::now() + pause;
            }
        }
    }
    silence.looking.set(false);
}
