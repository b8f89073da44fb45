//! Transactions: what waits for the writing thread is written in one of them, or fails by itself.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::{Duration, Instant};

use super::database::Database;
use super::faults::{fault, is_busy};
use super::fold::Fold;
use super::news::Teller;
use super::room::Room;
use super::step::{Memory, News, Step};
use super::threads::{Place, Task, broken, now_ms};
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

    pub fn serve(&mut self, mut group: Vec<Box<dyn Task>>) {
        if let [task] = group.as_mut_slice() {
            let done =
                catch_unwind(AssertUnwindSafe(|| task.peek(&self.db, &mut self.memory.types)));
            if let Ok(Ok(true)) = done {
                return settle(group, &Ok(()));
            }
        }
        match self.transact(&mut group) {
            Ok(news) => {
                settle(group, &Ok(()));
                self.teller.tell(news);
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
            Err(Fault::Store(Error::Internal(_) | Error::StoreFull(_))) if group.len() > 1 => {
                for task in group {
                    self.serve(vec![task]);
                }
            }
            Err(Fault::Store(error)) => settle(group, &Err(error)),
        }
    }

    fn transact(&mut self, group: &mut [Box<dyn Task>]) -> std::result::Result<News, Fault> {
        match self.try_transact(group) {
            Err(Fault::Store(Error::StoreFull(_))) if self.make_room() => self.try_transact(group),
            outcome => outcome,
        }
    }

    fn make_room(&mut self) -> bool {
        let _still = self.fold.still();
        self.room.make(&self.db)
    }

    fn try_transact(&mut self, group: &mut [Box<dyn Task>]) -> std::result::Result<News, Fault> {
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            begin(&self.db, self.place.patience)?;
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
    /// A panic: a defect of ours.
    Work,
}

fn settle(group: Vec<Box<dyn Task>>, outcome: &Result<()>) {
    for task in group {
        task.settle(outcome.clone());
    }
}

fn begin(db: &Database, patience: Duration) -> rusqlite::Result<()> {
    let mut deadline = None;
    loop {
        match db.prepare("BEGIN IMMEDIATE")?.execute([]) {
            Ok(_) => return Ok(()),
            Err(error) if is_busy(&error) => {
                let now = Instant::now();
                if now >= *deadline.get_or_insert(now + patience) {
                    return Err(error);
                }
                thread::sleep(PAUSE_WHILE_BUSY);
            }
            Err(error) => return Err(error),
        }
    }
}
