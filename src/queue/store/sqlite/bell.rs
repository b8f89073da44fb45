//! The bell between processes that share a file.
//!
//! Each process that waits for something has a datagram socket beside the file; who commits what
//! others may want sends an empty datagram. It carries nothing, so none can be lost that matters:
//! a full queue means that the one who is rung has not looked yet, and it will see everything.
//! Against watching the file (inotify): a ring reaches only those who asked, not its sender, and
//! an idle process sleeps. Where there are no such sockets the file's change counter is looked at
//! every few milliseconds instead.

use std::path::{Path, PathBuf};

/// Beside the file; the path of a socket is limited to about 100 bytes.
#[cfg(unix)]
const LONGEST_PATH: usize = 100;

/// Between the file's name and the holder's, in a bell's.
#[cfg(unix)]
const INFIX: &str = "-bell-";

/// The path of a bell: a name is beside the file, a path stands for itself.
pub fn place(folder: &Path, bell: &str) -> PathBuf {
    folder.join(bell)
}

/// Remove what a process left behind that ended without notice.
pub fn sweep(path: &Path) {
    // Somebody else may have been quicker.
    let _ = std::fs::remove_file(path);
}

#[cfg(unix)]
pub use unix::{Bell, Ring, sweep_silent};

#[cfg(unix)]
mod unix {
    use std::ffi::OsStr;
    use std::io::ErrorKind;
    use std::os::unix::fs::FileTypeExt;
    use std::os::unix::net::UnixDatagram;
    use std::path::{Path, PathBuf};

    use super::{INFIX, LONGEST_PATH, place, sweep};

    /// Rings the bells of others.
    pub struct Ring {
        socket: Option<UnixDatagram>,
    }

    impl Ring {
        pub fn new() -> Self {
            let socket = UnixDatagram::unbound().ok();
            // Whoever is slow to answer must not hold a commit.
            let socket = socket.filter(|socket| socket.set_nonblocking(true).is_ok());
            Ring { socket }
        }

        /// `false` where nobody is there to hear it, ever.
        pub fn ring(&self, bell: &Path) -> bool {
            let Some(socket) = &self.socket else { return true };
            match socket.send_to(&[0], bell) {
                Ok(_) => true,
                Err(error) => {
                    !matches!(error.kind(), ErrorKind::ConnectionRefused | ErrorKind::NotFound)
                }
            }
        }
    }

    /// Remove the bells beside a file that nobody hears any more: one whose process was killed before
    /// it could say that it has one is known to nobody.
    pub fn sweep_silent(file: &Path, ring: &Ring) {
        let (Some(folder), Some(name)) = (file.parent(), file.file_name().and_then(OsStr::to_str))
        else {
            return;
        };
        let stem = format!("{name}{INFIX}");
        let Ok(entries) = folder.read_dir() else { return };
        for entry in entries.flatten() {
            let is_named = entry.file_name().to_str().is_some_and(|name| name.starts_with(&stem));
            let is_socket = entry.file_type().is_ok_and(|kind| kind.is_socket());
            if is_named && is_socket && !ring.ring(&entry.path()) {
                sweep(&entry.path());
            }
        }
    }

    /// This process's bell.
    pub struct Bell {
        socket: tokio::net::UnixDatagram,
        path: PathBuf,
        /// What others find it by.
        pub name: String,
    }

    impl Bell {
        /// Make one beside the file, or among the temporary files where its path would be too
        /// long. `None` where the system has none.
        pub fn hang(file: &Path, holder: &str) -> Option<Bell> {
            let folder = file.parent()?;
            let short: String = holder.chars().take(12).collect();
            let beside = format!("{}{INFIX}{short}", file.file_name()?.to_str()?);
            let name = if folder.join(&beside).as_os_str().len() <= LONGEST_PATH {
                beside
            } else {
                std::env::temp_dir().join(format!("rekue-bell-{short}")).to_str()?.to_owned()
            };
            let path = place(folder, &name);
            let socket = tokio::net::UnixDatagram::bind(&path).ok()?;
            Some(Bell { socket, path, name })
        }

        /// Waits until it was rung; several rings count as one.
        pub async fn rung(&self) {
            let mut nothing = [0; 1];
            // An error would come at once again and again; a pause keeps that harmless.
            if self.socket.recv(&mut nothing).await.is_err() {
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            }
            while self.socket.try_recv(&mut nothing).is_ok() {}
        }
    }

    impl Drop for Bell {
        fn drop(&mut self) {
            sweep(&self.path);
        }
    }
}

#[cfg(not(unix))]
pub use nowhere::{Bell, Ring, sweep_silent};

#[cfg(not(unix))]
mod nowhere {
    use std::path::Path;

    /// Rings nothing.
    pub struct Ring;

    impl Ring {
        pub fn new() -> Self {
            Ring
        }

        pub fn ring(&self, _bell: &Path) -> bool {
            true
        }
    }

    /// There are none on this system.
    pub fn sweep_silent(_file: &Path, _ring: &Ring) {}

    /// There are none on this system.
    pub struct Bell {
        pub name: String,
    }

    impl Bell {
        pub fn hang(_file: &Path, _holder: &str) -> Option<Bell> {
            None
        }

        pub async fn rung(&self) {
            std::future::pending::<()>().await;
        }
    }
}
