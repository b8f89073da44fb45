//! The I/O thread: one per process, started with the first queue and gone after the last.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::runtime::Builder;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::LocalSet;

use crate::error::{Error, Result};

type Task = Box<dyn FnOnce() -> Pin<Box<dyn Future<Output = ()>>> + Send>;

/// A hold on the I/O thread; the thread ends after the last hold is dropped and the tasks that
/// were spawned on it have ended.
#[derive(Clone)]
pub struct Runtime {
    tasks: Arc<UnboundedSender<Task>>,
}

static CURRENT: Mutex<Option<Weak<UnboundedSender<Task>>>> = Mutex::new(None);

impl Runtime {
    /// The process's I/O thread, started if there is none.
    ///
    /// # Errors
    /// `ERR_INTERNAL` where the system gives no thread.
    pub fn hold() -> Result<Runtime> {
        let mut current = CURRENT.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tasks) = current.as_ref().and_then(Weak::upgrade) {
            return Ok(Runtime { tasks });
        }
        let (sender, receiver) = unbounded_channel();
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| Error::Internal(format!("no I/O runtime: {}", error.kind())))?;
        std::thread::Builder::new()
            .name("rekue-io".to_owned())
            .spawn(move || LocalSet::new().block_on(&runtime, serve(receiver)))
            .map_err(|error| Error::Internal(format!("no I/O thread: {}", error.kind())))?;
        let tasks = Arc::new(sender);
        *current = Some(Arc::downgrade(&tasks));
        Ok(Runtime { tasks })
    }

    /// Run a future on the I/O thread. `make` is called there, so the future need not be `Send`.
    pub fn spawn<F>(&self, make: impl FnOnce() -> F + Send + 'static)
    where
        F: Future<Output = ()> + 'static,
    {
        // The receiver lives as long as any hold, so this cannot fail.
        let _ = self.tasks.send(Box::new(move || Box::pin(make())));
    }
}

async fn serve(mut tasks: UnboundedReceiver<Task>) {
    let mut running = tokio::task::JoinSet::new();
    loop {
        tokio::select! {
            task = tasks.recv() => match task {
                Some(task) => { running.spawn_local(task()); }
                None => break,
            },
            Some(_) = running.join_next(), if !running.is_empty() => {}
        }
    }
    while running.join_next().await.is_some() {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[test]
    fn holds_share_one_thread() {
        let first = Runtime::hold().unwrap();
        let second = Runtime::hold().unwrap();
        let (sender, receiver) = mpsc::channel();
        for runtime in [&first, &second] {
            let sender = sender.clone();
            runtime.spawn(move || async move {
                sender.send(std::thread::current().id()).unwrap();
            });
        }
        assert_eq!(receiver.recv().unwrap(), receiver.recv().unwrap());
    }

    #[test]
    fn a_task_outlives_the_hold_that_spawned_it() {
        let (sender, receiver) = mpsc::channel();
        let runtime = Runtime::hold().unwrap();
        runtime.spawn(move || async move {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            sender.send(()).unwrap();
        });
        drop(runtime);
        receiver.recv().unwrap();
    }
}
