//! An advisory lock per card, so that two of our programs do not drive one.
//!
//! TinyGPU's server accepts a second connection and then ignores it, which would look like a stall;
//! the lock turns that into an error at once. It lies in the temporary folder, is held by an open
//! file, and so ends with the process however it ends. Where files cannot be locked it does nothing.

use crate::LinkError;

/// Held while a link is open.
#[derive(Debug)]
pub(crate) struct CardLock {
    #[cfg(unix)]
    file: std::fs::File,
}

/// Given up by name: closing the file is not enough while a child that another thread has just forked
/// still has it open, until that child executes its program.
#[cfg(unix)]
impl Drop for CardLock {
    fn drop(&mut self) {
        let _ = rustix::fs::flock(&self.file, rustix::fs::FlockOperation::Unlock);
    }
}

#[cfg(unix)]
impl CardLock {
    /// Takes the lock for a target (socket path or address), or says who seems to hold it.
    pub(crate) fn take(target: &str) -> Result<CardLock, LinkError> {
        use rustix::fs::{FlockOperation, OFlags};
        use std::io::{Read, Write};
        use std::os::unix::fs::OpenOptionsExt;

        let name: String = target
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
            .collect();
        // Long socket paths would exceed a file name; their ends differ, their beginnings do not.
        let tail = &name[name.len().saturating_sub(120)..];
        let path = std::env::temp_dir().join(format!("egpu-{tail}.lock"));
        let unreachable = |cause: String| LinkError::Unreachable {
            target: target.to_owned(),
            cause,
        };
        let mut file = std::fs::OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .custom_flags(OFlags::NOFOLLOW.bits() as i32)
            .open(&path)
            .map_err(|e| {
                unreachable(format!("its lock {} cannot be opened: {e}", path.display()))
            })?;
        if rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
            let mut holder = String::new();
            let _ = file.read_to_string(&mut holder);
            return Err(LinkError::Busy {
                target: target.to_owned(),
                holder: match holder.trim() {
                    "" => "another program".to_owned(),
                    pid => format!("process {pid}"),
                },
            });
        }
        let _ = file.set_len(0);
        let _ = write!(file, "{}", std::process::id());
        Ok(CardLock { file })
    }
}

#[cfg(not(unix))]
impl CardLock {
    pub(crate) fn take(_target: &str) -> Result<CardLock, LinkError> {
        Ok(CardLock {})
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn second_holder_is_told_who_the_first_is() {
        let target = format!("test-{}-{}", std::process::id(), line!());
        let first = CardLock::take(&target).unwrap();
        let error = CardLock::take(&target).unwrap_err().to_string();
        assert!(error.contains(&std::process::id().to_string()), "{error}");
        drop(first);
        CardLock::take(&target).unwrap();
    }

    #[test]
    fn a_child_that_has_the_file_open_does_not_keep_the_lock() {
        let target = format!("test-{}-{}", std::process::id(), line!());
        let first = CardLock::take(&target).unwrap();
        let inherited = first.file.try_clone().unwrap();
        drop(first);
        CardLock::take(&target).unwrap();
        drop(inherited);
    }
}
