//! Transactions: what waits for the writing thread is written in one of them, or fails by itself.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::{Duration, Instant};

use super::database::{Database, without_waiting};
use super::faults::{fault, is_busy};
use super::fold::Fold;
use super::news::Teller;
use super::room::Room;
use super::step::{Memory, News, Step};
use super::threads::{Handed, Place, Task, broken, now_ms};
use crate::error::{Error, Result};

const PAUSE_WHILE_BUSY: Duration = Duration::from_micros(200);

/// Serves tasks, a group in one transaction.
pub struct Serving {
    /// Ends before the writer's connection does.
    fold: Fold,
    db: Database,
    place: Place,
    teller: Teller,
    memory: Memory,
    room: Room,
}

impl Serving {
    pub fn new(db: Database, place: Place, teller: Teller) -> Self {
        let fold = Fold::new(&db, place.file.clone());
        Serving { fold, db, place, teller, memory: Memory::default(), room: Room::default() }
    }

    pub fn serve(&mut self, mut group: Vec<Handed>) {
        if let [Handed { task, .. }] = group.as_mut_slice() {
            let done =
                catch_unwind(AssertUnwindSafe(|| task.peek(&self.db, &mut self.memory.types)));
            if let Ok(Ok(true)) = done {
                return settle(group, &Ok(()));
            }
        }
        match self.transact(&mut group) {
            Ok(mut news) => {
                self.teller.tell_events(&mut news);
                settle(group, &Ok(()));
                self.teller.tell(&news);
                self.fold.look(&self.db, &mut self.room);
            }
            // One of them may be at fault, or too large for a full disk: each by itself, so that
            // only that one fails.
            Err(Fault::Work) if group.len() > 1 => {
                for task in group {
                    self.serve(vec![task]);
                }
            }
            Err(Fault::Work) => settle(group, &Err(broken())),
            // Each hears of it when it has waited for as long as it may, also for its turn.
            Err(Fault::Busy(error)) => {
                let now = Instant::now();
                let (over, left): (Vec<_>, Vec<_>) =
                    group.into_iter().partition(|handed| handed.until <= now);
                settle(over, &Err(error));
                if !left.is_empty() {
                    self.serve(left);
                }
            }
            Err(Fault::Store(Error::Internal(_) | Error::StoreFull(_))) if group.len() > 1 => {
                for task in group {
                    self.serve(vec![task]);
                }
            }
            Err(Fault::Store(error)) => settle(group, &Err(error)),
        }
    }

    /// Serve one task, on a thread that has other things to do: it is given back where this one would
    /// have to wait for the disk or for others who write, and where anything is not as it should be.
    pub fn serve_at_once(&mut self, mut task: Box<dyn Task>) -> Option<Box<dyn Task>> {
        if self.place.full_sync || !self.fold.rests() {
            return Some(task);
        }
        let news = without_waiting(|| {
            let peek = AssertUnwindSafe(|| task.peek(&self.db, &mut self.memory.types));
            match catch_unwind(peek) {
                Ok(Ok(true)) => Ok(None),
                _ => self.try_transact(&mut [&mut task], Instant::now()).map(Some),
            }
        });
        let Ok(news) = news else { return Some(task) };
        task.settle(Ok(()));
        if let Some(mut news) = news {
            // It is committed: a defect must not let anybody believe that it was not.
            let _ = catch_unwind(AssertUnwindSafe(|| {
                self.teller.tell_events(&mut news);
                self.teller.tell(&news);
                self.fold.look(&self.db, &mut self.room);
            }));
        }
        None
    }

    fn transact(&mut self, group: &mut [Handed]) -> std::result::Result<News, Fault> {
        let until = group.iter().map(|handed| handed.until).min().unwrap_or_else(Instant::now);
        let mut tasks: Vec<_> = group.iter_mut().map(|handed| &mut handed.task).collect();
        match self.try_transact(&mut tasks, until) {
            Err(Fault::Store(Error::StoreFull(_))) if self.make_room() => {
                self.try_transact(&mut tasks, until)
            }
            outcome => outcome,
        }
    }

    fn make_room(&mut self) -> bool {
        let _still = self.fold.still();
        self.room.make(&self.db)
    }

    fn try_transact(
        &mut self,
        group: &mut [&mut Box<dyn Task>],
        until: Instant,
    ) -> std::result::Result<News, Fault> {
        if let Err(error) = begin(&self.db, until) {
            let busy = is_busy(&error);
            let error = fault(&self.place.name, &error);
            return Err(if busy { Fault::Busy(error) } else { Fault::Store(error) });
        }
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            let listens = self.teller.listens();
            let me = self.teller.name().to_owned();
            let mut step = Step::new(&self.db, &mut self.memory, now_ms(), &me, listens)?;
            for task in group.iter_mut() {
                task.run(&mut step)?;
            }
            let adds = step.adds();
            let news = step.finish()?;
            self.room.take(&self.db, adds)?;
            self.db.prepare("COMMIT")?.execute([])?;
            Ok(news)
        }));
        if let Ok(Ok(news)) = outcome {
            return Ok(news);
        }
        if !self.db.connection.is_autocommit() {
            // SQLite has often rolled back by itself then, and there is nobody to tell.
            let _ = self.db.connection.execute_batch("ROLLBACK");
        }
        self.memory.forget();
        Err(match outcome {
            Ok(Err(error)) => Fault::Store(fault(&self.place.name, &error)),
            _ => Fault::Work,
        })
    }
}

enum Fault {
    Store(Error),
    /// Others had the file until now, so nothing was begun.
    Busy(Error),
    /// A panic: a defect of ours.
    Work,
}

fn settle(group: Vec<Handed>, outcome: &Result<()>) {
    for Handed { task, .. } in group {
        task.settle(outcome.clone());
    }
}

fn begin(db: &Database, until: Instant) -> rusqlite::Result<()> {
    loop {
        match db.prepare("BEGIN IMMEDIATE")?.execute([]) {
            Ok(_) => return Ok(()),
            Err(error) if is_busy(&error) => {
                if Instant::now() >= until {
                    return Err(error);
                }
                thread::sleep(PAUSE_WHILE_BUSY);
            }
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::sync::mpsc::unbounded_channel;
    use tokio::sync::oneshot::Receiver;

    use super::super::address::Address;
    use super::super::news::Wishes;
    use super::super::threads::Work;
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(5);

    /// A file of its own, and one who writes to it.
    struct Desk {
        address: Address,
        serving: Serving,
        _folder: tempfile::TempDir,
    }

    fn desk(full_sync: bool) -> Desk {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("jobs.db");
        let address = Address::parse(&format!("sqlite:{}", file.display())).unwrap();
        let db = Database::open(&address, "q", PATIENCE).unwrap();
        let place = Place {
            name: address.name.as_str().into(),
            file: Some(file),
            patience: PATIENCE,
            full_sync,
        };
        let teller = Teller::new(
            "me".into(),
            Arc::new(Wishes::default()),
            unbounded_channel().0,
            unbounded_channel().0,
            None,
            unbounded_channel().0,
        );
        Desk { address, serving: Serving::new(db, place, teller), _folder: folder }
    }

    /// The same, after the first commit.
    fn begun() -> Desk {
        let mut desk = desk(false);
        desk.serving.serve(vec![handed(task(0).0)]);
        desk
    }

    fn handed(task: Box<dyn Task>) -> Handed {
        Handed::new(task, PATIENCE)
    }

    /// Takes so many ids, and tells the first.
    fn task(ids: usize) -> (Box<dyn Task>, Receiver<Result<i64>>) {
        Work::task(None, move |step| step.next_ids(ids))
    }

    #[test]
    fn a_small_task_is_done_on_the_spot() {
        let mut desk = begun();
        for first in [1, 3, 5] {
            let (task, mut answer) = task(2);
            assert!(desk.serving.serve_at_once(task).is_none());
            assert_eq!(answer.try_recv().unwrap().unwrap(), first);
        }
    }

    #[test]
    fn the_first_commit_of_all_makes_the_log_and_is_nobodys_on_the_spot() {
        let mut desk = desk(false);
        let (first, _) = task(2);
        let first = desk.serving.serve_at_once(first).unwrap();
        desk.serving.serve(vec![handed(first)]);
        let (second, mut answer) = task(2);
        assert!(desk.serving.serve_at_once(second).is_none());
        assert_eq!(answer.try_recv().unwrap().unwrap(), 3);
    }

    #[test]
    fn where_a_commit_waits_for_the_disk_a_task_is_given_back() {
        let mut desk = desk(true);
        let (task, mut answer) = task(2);
        let task = desk.serving.serve_at_once(task).unwrap();
        assert!(answer.try_recv().is_err(), "nobody has answered yet");
        desk.serving.serve(vec![handed(task)]);
        assert_eq!(answer.try_recv().unwrap().unwrap(), 1);
    }

    #[test]
    fn while_another_has_the_file_a_task_is_given_back_at_once() {
        let mut desk = begun();
        let other = Database::open(&desk.address, "q", PATIENCE).unwrap();
        other.connection.execute_batch("BEGIN IMMEDIATE").unwrap();
        let (task, mut answer) = task(2);
        let task = desk.serving.serve_at_once(task).unwrap();
        assert!(answer.try_recv().is_err(), "nobody has answered yet");
        other.connection.execute_batch("COMMIT").unwrap();
        assert!(desk.serving.serve_at_once(task).is_none());
        assert_eq!(answer.try_recv().unwrap().unwrap(), 1);
    }

    #[test]
    fn while_another_has_the_file_each_waits_for_as_long_as_it_may() {
        let mut desk = begun();
        let other = Database::open(&desk.address, "q", PATIENCE).unwrap();
        other.connection.execute_batch("BEGIN IMMEDIATE").unwrap();
        let waits = [0, 30, 60].map(Duration::from_millis);
        let (tasks, mut answers): (Vec<_>, Vec<_>) = waits
            .map(|patience| {
                let (task, answer) = task(1);
                (Handed::new(task, patience), answer)
            })
            .into_iter()
            .unzip();
        let start = Instant::now();
        desk.serving.serve(tasks);
        assert!(start.elapsed() >= waits[2], "the last one would have waited");
        for answer in &mut answers {
            assert_eq!(answer.try_recv().unwrap().unwrap_err().code(), "ERR_STORE_UNAVAILABLE");
        }
        // Whose time was over while it waited for its turn is not kept waiting.
        let (late, mut answer) = task(1);
        let until = Instant::now();
        desk.serving.serve(vec![Handed { task: late, until }]);
        assert!(answer.try_recv().unwrap().is_err() && until.elapsed() < PATIENCE);
        other.connection.execute_batch("COMMIT").unwrap();
        let (last, mut answer) = task(1);
        desk.serving.serve(vec![Handed { task: last, until }]);
        assert_eq!(answer.try_recv().unwrap().unwrap(), 1);
    }

    #[test]
    fn a_task_that_fails_or_panics_is_given_back_and_leaves_nothing_behind() {
        let mut desk = begun();
        let (failing, _) = Work::<i64, _>::task(None, |step| {
            step.next_ids(7)?;
            Err(rusqlite::Error::InvalidQuery)
        });
        assert!(desk.serving.serve_at_once(failing).is_some());
        let (panicking, _) = Work::<i64, _>::task(None, |step| {
            step.next_ids(7)?;
            panic!("a defect")
        });
        assert!(desk.serving.serve_at_once(panicking).is_some());
        let (task, mut answer) = task(1);
        assert!(desk.serving.serve_at_once(task).is_none());
        assert_eq!(answer.try_recv().unwrap().unwrap(), 1);
    }
}
