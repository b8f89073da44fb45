//! Telling of what was committed: this process at once, others through their bells.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::mpsc::UnboundedSender;

use super::bell::{self, Ring};
use super::step::{News, Peer};
use crate::queue::store::{Signal, Signals};

/// What this process wants to hear of, shared by its threads.
#[derive(Default)]
pub struct Wishes {
    /// Types whose workers have nothing to do.
    watched: Mutex<BTreeSet<String>>,
    listens: AtomicBool,
}

impl Wishes {
    fn watched(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Watch these types and no others; answers those that were not watched before.
    pub fn watch(&self, job_types: Vec<String>) -> Vec<String> {
        let wanted: BTreeSet<String> = job_types.into_iter().collect();
        let mut watched = self.watched();
        let new = wanted.difference(&watched).cloned().collect();
        *watched = wanted;
        new
    }

    pub fn watches(&self) -> Vec<String> {
        self.watched().iter().cloned().collect()
    }

    /// Whether the type is watched. It is not from now on: until the engine has looked, a second
    /// message would tell it nothing new.
    pub fn take(&self, job_type: &str) -> bool {
        self.watched().remove(job_type)
    }

    pub fn listen(&self) {
        self.listens.store(true, Ordering::Release);
    }

    pub fn listens(&self) -> bool {
        self.listens.load(Ordering::Acquire)
    }
}

/// Tells; whoever commits does so by this.
pub struct Teller {
    /// This store's name among the peers.
    name: Arc<str>,
    wishes: Arc<Wishes>,
    signals: Signals,
    /// Takes the events of this process's own changes.
    events: UnboundedSender<Vec<Signal>>,
    ring: Ring,
    /// Where the file is: bells lie beside it.
    folder: Option<PathBuf>,
    /// Takes the peers whose bell nobody answers any more.
    gone: UnboundedSender<Peer>,
}

impl Teller {
    pub fn new(
        name: Arc<str>,
        wishes: Arc<Wishes>,
        signals: Signals,
        events: UnboundedSender<Vec<Signal>>,
        folder: Option<&Path>,
        gone: UnboundedSender<Peer>,
    ) -> Self {
        let folder = folder.map(Path::to_owned);
        Teller { name, wishes, signals, events, ring: Ring::new(), folder, gone }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn listens(&self) -> bool {
        self.wishes.listens()
    }

    /// Tell this process of its own events: before anybody else can tell it of what came of them.
    pub fn tell_events(&self, news: &mut News) {
        let events = std::mem::take(&mut news.events);
        if !events.is_empty() {
            let _ = self.events.send(events);
        }
    }

    /// Tell that there are jobs, and others of their events.
    pub fn tell(&self, news: &News) {
        // Nobody hears any more where the engine is gone; the file is what counts.
        for job_type in &news.waiting {
            if self.wishes.take(job_type) {
                let wake = Signal::Wake { job_type: job_type.to_string(), tokens: 0 };
                let _ = self.signals.send(wake);
            }
        }
        if let Some(folder) = &self.folder {
            for peer in &news.peers {
                let wants = (peer.works && !news.waiting.is_empty())
                    || (peer.listens && news.events_outside);
                let Some(bell) = peer.bell.as_deref().filter(|_| wants) else { continue };
                if !self.ring.ring(&bell::place(folder, bell)) {
                    let _ = self.gone.send(peer.clone());
                }
            }
        }
    }
}
