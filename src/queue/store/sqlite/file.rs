//! SQLite's own way to its file, for what it has no statement for. The file must not be opened a second
//! time: closing that would give up the locks that SQLite has on it.

use std::ffi::{c_int, c_void};
use std::ptr::{self, NonNull};

use rusqlite::{Connection, Error, Result, ffi};

/// Who folds the log back holds this one of the locks that lie in the log's index: `WAL_CKPT_LOCK` of
/// SQLite's WAL-mode file format.
const CHECKPOINT_LOCK: c_int = 1;

/// The file of a connection, for as long as that is borrowed. In memory there is none.
pub struct File<'a> {
    file: NonNull<ffi::sqlite3_file>,
    methods: &'a ffi::sqlite3_io_methods,
}

impl<'a> File<'a> {
    /// The file of this connection, where it has one.
    pub fn of(db: &'a Connection) -> Result<Option<Self>> {
        let mut file: *mut ffi::sqlite3_file = ptr::null_mut();
        control(db, ffi::SQLITE_FCNTL_FILE_POINTER, (&raw mut file).cast())?;
        // SAFETY: SQLite gave the pointer, and the connection is open while it is borrowed; a file that
        // is not open has a null for its methods.
        let methods = NonNull::new(file).and_then(|file| unsafe {
            file.as_ref().pMethods.as_ref().map(|methods| File { file, methods })
        });
        Ok(methods)
    }

    /// How long it is, in bytes.
    pub fn length(&self) -> Result<i64> {
        let mut bytes = 0;
        // SAFETY: the method is this file's, as below.
        let code = self.methods.xFileSize.map_or(ffi::SQLITE_IOERR, |length| unsafe {
            length(self.file.as_ptr(), &raw mut bytes)
        });
        checked(code).map(|()| bytes)
    }

    /// Have the disk take what was written.
    pub fn sync(&self) -> Result<()> {
        let code = self.methods.xSync.map_or(ffi::SQLITE_IOERR, |sync| unsafe {
            // SAFETY: as above.
            sync(self.file.as_ptr(), ffi::SQLITE_SYNC_NORMAL)
        });
        checked(code)
    }

    /// Keep everybody from folding the log back. `None` where somebody is at it, or where there is no
    /// log.
    pub fn unfolded(&self) -> Option<Unfolded<'_>> {
        let taken = self.lock(ffi::SQLITE_SHM_LOCK) == ffi::SQLITE_OK;
        taken.then_some(Unfolded(self))
    }

    fn lock(&self, how: c_int) -> c_int {
        let methods = Some(self.methods).filter(|methods| methods.iVersion >= 2);
        let lock = methods.and_then(|methods| methods.xShmLock);
        lock.map_or(ffi::SQLITE_BUSY, |lock| unsafe {
            // SAFETY: as above. Before the connection's first look at its file there is no index of the
            // log, which the method says.
            lock(self.file.as_ptr(), CHECKPOINT_LOCK, 1, how | ffi::SQLITE_SHM_EXCLUSIVE)
        })
    }
}

/// While this is there, the log is not folded back.
pub struct Unfolded<'a>(&'a File<'a>);

impl Drop for Unfolded<'_> {
    fn drop(&mut self) {
        self.0.lock(ffi::SQLITE_SHM_UNLOCK);
    }
}

/// Ask or tell SQLite something about the connection's file.
pub fn control(db: &Connection, what: c_int, value: *mut c_void) -> Result<()> {
    // SAFETY: the connection is open and this thread's; the name is a C string, and the controls used
    // here take a pointer to a number or a pointer of the size that their callers give.
    let code = unsafe { ffi::sqlite3_file_control(db.handle(), c"main".as_ptr(), what, value) };
    match code {
        // In memory there is no file to ask.
        ffi::SQLITE_NOTFOUND => Ok(()),
        code => checked(code),
    }
}

fn checked(code: c_int) -> Result<()> {
    match code {
        ffi::SQLITE_OK => Ok(()),
        code => Err(Error::SqliteFailure(ffi::Error::new(code), None)),
    }
}
