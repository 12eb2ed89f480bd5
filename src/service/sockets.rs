//! Sockets to listen on: bound by this process, or inherited from systemd.

use std::fs;
use std::io::{self, ErrorKind};
use std::net::TcpListener;
use std::os::fd::{AsFd, AsRawFd as _, OwnedFd};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use listenfd::ListenFd;
use rustix::fs::{AtFlags, FileType, FlockOperation, Gid, Mode, OFlags, chownat, flock, fstat, open};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, connect, socket_with, sockopt};

use crate::domain::network::listen_address::ListenAddress;

/// Number of connections that the kernel queues until they are accepted. The kernel may have a lower limit. A client whose
/// connection attempt overflows the queue retries only after a second.
const BACKLOG: i32 = 4096;
/// Longest wait for another process that binds the same path.
const LOCK_WAIT: Duration = Duration::from_secs(2);
/// Time between two attempts to lock the path.
const LOCK_RETRY: Duration = Duration::from_millis(10);
/// Name of the inherited sockets that serve health and metrics. All others serve endpoints and pages.
const OPERATIONS: &str = "operations";

/// A socket that the service listens on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListenerKind {
    /// Serves endpoints and pages.
    Service,
    /// Serves health and metrics.
    Operations,
}

/// Access to the Unix sockets that the service binds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnixAccess {
    /// The permission bits of the file.
    pub mode: u32,
    /// The group of the file, if it is not that of the process.
    pub group: Option<u32>,
}

/// Origin of a socket.
#[derive(Debug)]
pub enum SocketSource {
    /// The service binds the address.
    Bind(ListenAddress),
    /// The parent process has bound the socket.
    Inherited(InheritedSocket),
}

impl SocketSource {
    /// Returns the address to listen on.
    #[must_use]
    pub const fn address(&self) -> &ListenAddress {
        match self {
            Self::Bind(address) | Self::Inherited(InheritedSocket { address, .. }) => address,
        }
    }

    /// Binds the socket, unless it is inherited.
    ///
    /// # Errors
    /// [`io::Error`] if the address is in use, is not one of this machine, or names a file that is not an unused socket.
    pub(crate) fn bind(self, access: UnixAccess) -> io::Result<BoundSocket> {
        match self {
            Self::Bind(address) => bind(address, access),
            Self::Inherited(InheritedSocket { listener, address, .. }) => {
                Ok(BoundSocket { file: None, listener, address })
            }
        }
    }
}

/// A listening socket of the standard library.
#[derive(Debug)]
pub(crate) enum RawListener {
    Tcp(TcpListener),
    Unix(UnixListener),
}

/// A socket that the parent process has bound (socket activation, `sd_listen_fds(3)`).
#[derive(Debug)]
pub struct InheritedSocket {
    pub kind: ListenerKind,
    listener: RawListener,
    address: ListenAddress,
}

impl InheritedSocket {
    /// Takes the sockets that were passed to this process. `names` has one name for each of them, as in `LISTEN_FDNAMES`. To
    /// be called once, before other threads run. The caller has compared `LISTEN_PID` with the number of this process.
    ///
    /// # Errors
    /// [`io::Error`] if a descriptor is not a listening TCP or Unix stream socket.
    pub fn take_all(names: &[String]) -> io::Result<Vec<Self>> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let mut descriptors = ListenFd::from_env();
        let mut take = |(index, name): (usize, &String)| {
            let listener = match descriptors.take_tcp_listener(index) {
                Ok(listener) => listener.map(RawListener::Tcp),
                Err(_) => descriptors.take_unix_listener(index)?.map(RawListener::Unix),
            };
            let listener = listener.ok_or(ErrorKind::NotFound)?;
            let address = match &listener {
                RawListener::Tcp(listener) => {
                    check_listens(listener)?;
                    ListenAddress::Tcp(listener.local_addr()?)
                }
                RawListener::Unix(listener) => {
                    check_listens(listener)?;
                    let address = listener.local_addr()?;
                    // An abstract address has no path.
                    ListenAddress::Unix(address.as_pathname().map_or_else(|| "@".into(), Path::to_path_buf))
                }
            };
            let kind = if name == OPERATIONS { ListenerKind::Operations } else { ListenerKind::Service };
            Ok(Self { kind, listener, address })
        };
        let in_words = |(index, name): (usize, &String), error: io::Error| {
            io::Error::new(error.kind(), format!("inherited socket {} ({name}): {error}", index + 1))
        };
        names.iter().enumerate().map(|socket| take(socket).map_err(|error| in_words(socket, error))).collect()
    }

    /// Returns the access to a Unix socket, or `None` if the socket is not a Unix socket or its path leads to no file, and
    /// so to no connection.
    pub(crate) fn unix_access(&self) -> Option<InheritedAccess> {
        let RawListener::Unix(listener) = &self.listener else { return None };
        match listener.local_addr().ok()?.as_pathname() {
            None => Some(InheritedAccess::Abstract),
            Some(path) => Some(InheritedAccess::Mode(fs::metadata(path).ok()?.mode() & 0o7777)),
        }
    }
}

/// Access to a Unix socket that the parent process has bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InheritedAccess {
    /// The address is abstract (unix(7)): there is no file whose mode could keep a user from connecting.
    Abstract,
    /// The permission bits of the file.
    Mode(u32),
}

/// Checks that a socket accepts connections. A unit with `Accept=yes` passes connections instead.
fn check_listens(socket: impl AsFd) -> io::Result<()> {
    if sockopt::socket_acceptconn(socket)? {
        Ok(())
    } else {
        Err(io::Error::new(ErrorKind::InvalidInput, "it is a connection, not a listening socket"))
    }
}

/// A socket that accepts connections. Its file, if this process made one, is removed before the socket is closed.
#[derive(Debug)]
pub(crate) struct BoundSocket {
    // Declared first, and so dropped first: while the socket is open, no other process replaces the file.
    pub file: Option<SocketFile>,
    pub listener: RawListener,
    pub address: ListenAddress,
}

fn bind(address: ListenAddress, access: UnixAccess) -> io::Result<BoundSocket> {
    match address {
        ListenAddress::Tcp(address) => {
            let listener = TcpListener::bind(address)?;
            // Replaces the short queue of the standard library.
            rustix::net::listen(&listener, BACKLOG)?;
            let address = ListenAddress::Tcp(listener.local_addr()?);
            Ok(BoundSocket { file: None, listener: RawListener::Tcp(listener), address })
        }
        ListenAddress::Unix(path) => {
            let (listener, file) = bind_unix(&path, access)?;
            Ok(BoundSocket {
                file: Some(file),
                listener: RawListener::Unix(listener),
                address: ListenAddress::Unix(path),
            })
        }
    }
}

fn bind_unix(path: &Path, access: UnixAccess) -> io::Result<(UnixListener, SocketFile)> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = fs::metadata(folder)?;
    if folder.mode() & 0o1002 == 0o002 {
        return Err(denied("every user can write its folder, and could replace the socket"));
    }
    let _lock = PathLock::acquire(path, folder.uid())?;
    remove_unused_socket(path)?;
    let listener = UnixListener::bind(path)?;
    rustix::net::listen(&listener, BACKLOG)?;
    let file = SocketFile::of(path)?;
    // The umask lets only the owner connect until then.
    file.set_access(access)?;
    Ok((listener, file))
}

fn denied(why: impl Into<String>) -> io::Error {
    io::Error::new(ErrorKind::PermissionDenied, why.into())
}

/// Lets one process at a time bind a path, until it is dropped. Two processes that find the same unused socket would
/// otherwise replace it one after the other, and the first one would listen on a socket that has no path.
///
/// The lock is on a file of its own beside the socket, because flock(2) needs no more than read access: every user who can
/// list the folder can lock the folder itself. The file is removed while it is locked.
struct PathLock {
    path: PathBuf,
    _file: fs::File,
}

impl PathLock {
    /// Waits for the lock. `folder_owner` can replace the socket anyway, so the file may be theirs.
    fn acquire(socket: &Path, folder_owner: u32) -> io::Result<Self> {
        let mut path = socket.as_os_str().to_owned();
        path.push(".lock");
        let path = PathBuf::from(path);
        let end = Instant::now() + LOCK_WAIT;
        loop {
            let file = Self::open(&path, folder_owner)?;
            match flock(&file, FlockOperation::NonBlockingLockExclusive) {
                // Another process may have removed the file since it was opened.
                Ok(()) if identity(&path).is_ok_and(|identity| is_identity_of(&file, identity)) => {
                    return Ok(Self { path, _file: file });
                }
                Ok(()) | Err(Errno::INTR) => {}
                Err(Errno::WOULDBLOCK) if Instant::now() < end => std::thread::park_timeout(LOCK_RETRY),
                Err(Errno::WOULDBLOCK) => {
                    let why = format!("another process has locked {}", path.display());
                    return Err(io::Error::new(ErrorKind::ResourceBusy, why));
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn open(path: &Path, folder_owner: u32) -> io::Result<fs::File> {
        let flags = OFlags::CREATE | OFlags::RDWR | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let foreign = || denied(format!("other users can lock {}; remove this file", path.display()));
        let file = match open(path, flags, Mode::RUSR | Mode::WUSR) {
            Ok(file) => fs::File::from(file),
            Err(_) if fs::symlink_metadata(path).is_ok() => return Err(foreign()),
            Err(error) => return Err(error.into()),
        };
        let metadata = file.metadata()?;
        let is_trusted = [rustix::process::geteuid().as_raw(), folder_owner].contains(&metadata.uid());
        if metadata.is_file() && is_trusted && metadata.mode() & 0o777 == 0o600 {
            Ok(file)
        } else {
            Err(foreign())
        }
    }
}

impl Drop for PathLock {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// Removes a socket on which no process listens, such as that of a killed process.
///
/// # Errors
/// [`io::Error`] if a process listens on it, or another kind of file has the path.
fn remove_unused_socket(path: &Path) -> io::Result<()> {
    let metadata = match fs::symlink_metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    if !metadata.file_type().is_socket() {
        return Err(io::Error::new(
            ErrorKind::AlreadyExists,
            "the path is that of a file that is not a socket",
        ));
    }
    // Not blocking: a process that accepts no connections has a full queue.
    let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
    let probe = socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)?;
    match connect(&probe, &SocketAddrUnix::new(path)?) {
        Err(Errno::CONNREFUSED) => fs::remove_file(path),
        Err(Errno::NOENT) => Ok(()),
        Ok(()) | Err(Errno::WOULDBLOCK | Errno::INPROGRESS) => {
            Err(io::Error::new(ErrorKind::AddrInUse, "another process listens on it"))
        }
        Err(error) => Err(error.into()),
    }
}

/// The file of a Unix socket, removed when dropped, unless another process has replaced it.
#[derive(Debug)]
pub(crate) struct SocketFile {
    path: PathBuf,
    /// Refers to the file itself (`O_PATH`), also if another file gets its path.
    handle: OwnedFd,
}

impl SocketFile {
    fn of(path: &Path) -> io::Result<Self> {
        let handle = open(path, OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())?;
        if FileType::from_raw_mode(fstat(&handle)?.st_mode) != FileType::Socket {
            return Err(denied("another process has replaced the socket"));
        }
        Ok(Self { path: path.to_path_buf(), handle })
    }

    /// Sets group and mode of the file, never those of a file to which its path was made to point.
    fn set_access(&self, access: UnixAccess) -> io::Result<()> {
        if let Some(group) = access.group {
            chownat(&self.handle, "", None, Some(Gid::from_raw(group)), AtFlags::EMPTY_PATH)?;
        }
        // fchmod(2) does not accept such a handle, and fchmodat2(2) is not in kernels before 6.6.
        let path = format!("/proc/self/fd/{}", self.handle.as_raw_fd());
        fs::set_permissions(path, fs::Permissions::from_mode(access.mode))
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if identity(&self.path).is_ok_and(|identity| is_identity_of(&self.handle, identity)) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Returns true if an open file has this device and inode.
fn is_identity_of(file: impl AsFd, identity: (u64, u64)) -> bool {
    fstat(file).is_ok_and(|stat| (stat.st_dev, stat.st_ino) == identity)
}

/// Returns device and inode of a file.
fn identity(path: &Path) -> io::Result<(u64, u64)> {
    fs::symlink_metadata(path).map(|metadata| (metadata.dev(), metadata.ino()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixStream;

    use super::*;

    const PRIVATE: UnixAccess = UnixAccess { mode: 0o600, group: None };

    fn unix(path: &Path) -> SocketSource {
        SocketSource::Bind(ListenAddress::Unix(path.to_path_buf()))
    }

    #[test]
    fn a_socket_has_its_mode_and_is_removed_at_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("http.sock");
        for mode in [0o600, 0o660, 0o666] {
            let bound = unix(&path).bind(UnixAccess { mode, group: None }).unwrap();
            assert_eq!(fs::symlink_metadata(&path).unwrap().mode() & 0o7777, mode);
            UnixStream::connect(&path).unwrap();
            drop(bound);
            assert!(!path.exists());
        }
    }

    #[test]
    fn an_unused_socket_is_replaced_and_a_used_one_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("http.sock");
        // The file of a process that was killed.
        drop(UnixListener::bind(&path).unwrap());
        let bound = unix(&path).bind(PRIVATE).unwrap();
        let error = unix(&path).bind(PRIVATE).unwrap_err();
        assert_eq!(
            (error.kind(), error.to_string().as_str()),
            (ErrorKind::AddrInUse, "another process listens on it")
        );
        UnixStream::connect(&path).unwrap();
        drop(bound);
        assert!(!path.exists());
    }

    #[test]
    fn a_process_that_accepts_nothing_still_uses_its_socket() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("http.sock");
        let stuck = UnixListener::bind(&path).unwrap();
        rustix::net::listen(&stuck, 0).unwrap();
        let _queued = UnixStream::connect(&path).unwrap();
        assert_eq!(unix(&path).bind(PRIVATE).unwrap_err().kind(), ErrorKind::AddrInUse);
    }

    #[test]
    fn a_file_that_is_not_a_socket_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        fs::write(&file, "text").unwrap();
        std::os::unix::fs::symlink(folder.path().join("nothing"), &link).unwrap();
        for path in [&file, &link, &folder.path().to_path_buf()] {
            let error = unix(path).bind(PRIVATE).unwrap_err();
            assert_eq!(error.to_string(), "the path is that of a file that is not a socket", "{path:?}");
        }
        assert_eq!(fs::read_to_string(&file).unwrap(), "text");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    }

    #[test]
    fn a_replaced_file_is_not_removed_at_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("http.sock");
        let bound = unix(&path).bind(PRIVATE).unwrap();
        fs::remove_file(&path).unwrap();
        let other = unix(&path).bind(PRIVATE).unwrap();
        drop(bound);
        assert!(path.exists());
        drop(other);
        assert!(!path.exists());
    }

    #[test]
    fn a_folder_that_every_user_can_write_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("http.sock");
        for (mode, is_refused) in [(0o777, true), (0o702, true), (0o1777, false), (0o770, false)] {
            fs::set_permissions(folder.path(), fs::Permissions::from_mode(mode)).unwrap();
            let error = unix(&path).bind(PRIVATE).err().map(|error| error.kind());
            assert_eq!(error == Some(ErrorKind::PermissionDenied), is_refused, "{mode:o}: {error:?}");
        }
    }

    #[test]
    fn a_locked_folder_does_not_keep_a_socket_from_being_bound() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("http.sock");
        // Read access to the folder is all that this needs.
        let locked = fs::File::open(folder.path()).unwrap();
        flock(&locked, FlockOperation::NonBlockingLockExclusive).unwrap();
        let began = Instant::now();
        let bound = unix(&path).bind(PRIVATE).unwrap();
        assert!(began.elapsed() < LOCK_WAIT);
        let names: Vec<_> =
            fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["http.sock"]);
        drop(bound);
    }

    #[test]
    fn a_lock_that_others_can_hold_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let [path, lock, file] = ["http.sock", "http.sock.lock", "file"].map(|name| folder.path().join(name));
        // The file of a process that was killed.
        fs::write(&lock, "").unwrap();
        fs::set_permissions(&lock, fs::Permissions::from_mode(0o600)).unwrap();
        drop(unix(&path).bind(PRIVATE).unwrap());
        assert!(!lock.exists());
        fs::write(&file, "").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        let makers: [&dyn Fn(); 4] = [
            &|| fs::hard_link(&file, &lock).unwrap(),
            &|| std::os::unix::fs::symlink(&file, &lock).unwrap(),
            &|| std::os::unix::fs::symlink(folder.path().join("new"), &lock).unwrap(),
            &|| rustix::fs::mkfifoat(rustix::fs::CWD, &lock, Mode::RUSR | Mode::WUSR).unwrap(),
        ];
        for make in makers {
            make();
            let error = unix(&path).bind(PRIVATE).unwrap_err().to_string();
            assert_eq!(error, format!("other users can lock {}; remove this file", lock.display()));
            fs::remove_file(&lock).unwrap();
        }
        assert!(file.exists() && !path.exists() && !folder.path().join("new").exists());
    }

    #[test]
    fn a_process_that_holds_the_lock_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("http.sock");
        let uid = rustix::process::geteuid().as_raw();
        let held = PathLock::acquire(&path, uid).unwrap();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| PathLock::acquire(&path, uid).map(drop));
            std::thread::park_timeout(LOCK_RETRY);
            drop(held);
            waiting.join().unwrap().unwrap();
        });
        let _held = PathLock::acquire(&path, uid).unwrap();
        let error = PathLock::acquire(&path, uid).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::ResourceBusy);
    }

    #[test]
    fn a_link_that_replaces_a_socket_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let [path, file] = ["http.sock", "file"].map(|name| folder.path().join(name));
        fs::write(&file, "").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        let _listener = UnixListener::bind(&path).unwrap();
        let socket = SocketFile::of(&path).unwrap();
        fs::rename(&path, folder.path().join("moved")).unwrap();
        std::os::unix::fs::symlink(&file, &path).unwrap();
        socket
            .set_access(UnixAccess { mode: 0o666, group: Some(rustix::process::getegid().as_raw()) })
            .unwrap();
        assert_eq!(fs::metadata(&file).unwrap().mode() & 0o7777, 0o600);
        assert_eq!(fs::metadata(folder.path().join("moved")).unwrap().mode() & 0o7777, 0o666);
        // The link is neither taken for the socket nor removed with it.
        assert_eq!(SocketFile::of(&path).unwrap_err().kind(), ErrorKind::PermissionDenied);
        drop(socket);
        assert!(fs::symlink_metadata(&path).unwrap().is_symlink());
    }

    #[test]
    fn of_many_processes_one_gets_the_path() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("http.sock");
        for _ in 0..20 {
            drop(UnixListener::bind(&path).unwrap());
            let bound: Vec<_> = std::thread::scope(|scope| {
                let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| unix(&path).bind(PRIVATE))).collect();
                threads.into_iter().map(|thread| thread.join().unwrap()).filter_map(Result::ok).collect()
            });
            assert_eq!(bound.len(), 1);
            UnixStream::connect(&path).unwrap();
        }
    }
}
