//! Being one of several processes on a file: being found, being rung, seeing what others did.

use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::sleep;

use super::bell::{self, Bell, Ring};
use super::step::Peer;
use super::threads::{Size, now_ms};
use super::{Inner, peers, settle};
use crate::error::Result;
use crate::queue::store::Signal;

/// A look without having been rung: bounds how late anything is that no bell told of.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// The same where the system has no bells: half of it is what a job waits there.
const LOOK_EVERY_WITHOUT_BELL: Duration = Duration::from_millis(10);
/// A process without a bell says that it lives once in so many looks, and is gone after three.
const LOOKS_PER_SIGN: u32 = 2000;
const GONE_AFTER_MS: i64 = 60_000;
const PAUSE_AFTER_TROUBLE: Duration = Duration::from_secs(1);

impl Inner {
    /// Pass events on to the engine, none before the ids of added jobs are known.
    pub(super) async fn pass_events_on(self: Rc<Self>, mut heard: UnboundedReceiver<Vec<Signal>>) {
        while !self.closed.get() {
            let events = tokio::select! {
                events = heard.recv() => events,
                () = self.closing.notified() => None,
            };
            let Some(events) = events else { return };
            self.adds.over().await;
            for event in events {
                let _ = self.signals.send(event);
            }
        }
    }

    /// Let the other processes know what this one waits for.
    async fn enroll(self: &Rc<Self>) -> Result<()> {
        let Some(file) = &self.file else { return Ok(()) };
        if self.bell.borrow().is_none() {
            *self.bell.borrow_mut() = Bell::hang(file, &self.holder.name).map(Rc::new);
        }
        let bell = self.bell.borrow().as_ref().map(|bell| bell.name.clone());
        let (name, works, listens) =
            (self.holder.name.clone(), self.works.get(), self.listens.get());
        let last = self
            .write(Size::Any, move |step| {
                peers::enroll(step, &name, bell.as_deref(), works, listens)
            })
            .await?;
        if !self.attended.replace(true) {
            self.last_event.set(last);
            tokio::task::spawn_local(self.clone().attend());
            self.dismiss_the_dead().await?;
        }
        Ok(())
    }

    /// Those who ended without notice hear no bell.
    async fn dismiss_the_dead(&self) -> Result<()> {
        let Some(file) = self.file.as_deref() else { return Ok(()) };
        let Some(folder) = file.parent() else { return Ok(()) };
        let name = self.holder.name.clone();
        let ring = Ring::new();
        let mut dead = Vec::new();
        for (name, bell) in self.read(Size::Any, move |db, _| peers::bells(db, &name)).await? {
            let place = bell::place(folder, &bell);
            if !ring.ring(&place) {
                bell::sweep(&place);
                dead.push(name);
            }
        }
        bell::sweep_silent(file, &ring);
        self.dismiss(dead).await
    }

    async fn dismiss(&self, names: Vec<String>) -> Result<()> {
        if names.is_empty() {
            return Ok(());
        }
        self.write(Size::Any, move |step| peers::dismiss(step, &names)).await
    }

    /// Watch the bell until the store is closed.
    async fn attend(self: Rc<Self>) {
        let bell = self.bell.borrow().clone();
        let mut seen_change = 0;
        let mut looks = 0;
        while !self.closed.get() {
            let rung = async {
                match &bell {
                    Some(bell) => bell.rung().await,
                    None => std::future::pending().await,
                }
            };
            let every = if bell.is_some() { LOOK_EVERY } else { LOOK_EVERY_WITHOUT_BELL };
            let done = tokio::select! {
                () = rung => self.look().await,
                () = sleep(every) => {
                    looks += 1;
                    match &bell {
                        Some(_) => self.look().await,
                        None => self.look_for_changes(&mut seen_change, looks).await,
                    }
                }
                () = self.closing.notified() => return,
            };
            if let Err(error) = done
                && !self.closed.get()
            {
                let _ = self.signals.send(Signal::Trouble(error));
                sleep(PAUSE_AFTER_TROUBLE).await;
            }
        }
    }

    /// Forget those whose bell nobody answered. From the start: a worker that never waits for jobs
    /// asks for no bell, and would write events for a dead process as long as it works.
    pub(super) async fn bury_the_dead(self: Rc<Self>, mut gone: UnboundedReceiver<Peer>) {
        while !self.closed.get() {
            let peer = tokio::select! {
                peer = gone.recv() => peer,
                () = self.closing.notified() => None,
            };
            let Some(Peer { name, bell, .. }) = peer else { return };
            if let (Some(folder), Some(bell)) = (self.file.as_deref().and_then(Path::parent), bell)
            {
                bell::sweep(&bell::place(folder, &bell));
            }
            // Where that fails, the next event finds it dead again.
            let _ = self.dismiss(vec![name]).await;
        }
    }

    async fn look_for_changes(&self, seen: &mut i64, looks: u32) -> Result<()> {
        if looks.is_multiple_of(LOOKS_PER_SIGN) {
            let name = self.holder.name.clone();
            let expires = now_ms() - GONE_AFTER_MS;
            self.write(Size::Any, move |step| peers::sign_of_life(step, &name, expires)).await?;
        }
        let counter = self.read(Size::Small, |db, _| peers::change_counter(db)).await?;
        if counter == std::mem::replace(seen, counter) {
            return Ok(());
        }
        self.look().await
    }

    /// See what others did.
    async fn look(&self) -> Result<()> {
        if self.listens.get() {
            let (name, last) = (self.holder.name.clone(), self.last_event.get());
            let arrived =
                self.read(Size::Small, move |db, _| peers::arrived(db, &name, last)).await?;
            self.last_event.set(arrived.last);
            if arrived.missed {
                let _ = self.signals.send(Signal::Listening);
            }
            if !arrived.messages.is_empty() {
                let events = arrived.messages.into_iter().map(Signal::Event).collect();
                let _ = self.events.send(events);
            }
        }
        self.look_for_jobs(self.wishes.watches()).await
    }

    async fn look_for_jobs(&self, job_types: Vec<String>) -> Result<()> {
        if job_types.is_empty() {
            return Ok(());
        }
        let waiting = self
            .read(Size::Small, move |db, types| {
                let mut waiting = Vec::new();
                for job_type in &job_types {
                    if settle::waiting(db, types, job_type)? {
                        waiting.push(job_type.clone());
                    }
                }
                Ok(waiting)
            })
            .await?;
        for job_type in waiting {
            if self.wishes.take(&job_type) {
                let _ = self.signals.send(Signal::Wake { job_type, tokens: 0 });
            }
        }
        Ok(())
    }

    /// Begin to listen; what fails is tried again.
    pub(super) async fn begin_to_listen(self: Rc<Self>) {
        while !self.closed.get() {
            match self.enroll().await {
                Ok(()) => {
                    let _ = self.signals.send(Signal::Listening);
                    return;
                }
                Err(error) => {
                    let _ = self.signals.send(Signal::Trouble(error));
                    sleep(PAUSE_AFTER_TROUBLE).await;
                }
            }
        }
    }

    /// Look for jobs of types that are watched from now on.
    pub(super) async fn begin_to_watch(self: Rc<Self>, job_types: Vec<String>) {
        let done = async {
            if !self.works.replace(true) {
                self.enroll().await.inspect_err(|_| self.works.set(false))?;
            }
            self.look_for_jobs(job_types).await
        };
        if let Err(error) = done.await
            && !self.closed.get()
        {
            let _ = self.signals.send(Signal::Trouble(error));
        }
    }
}
