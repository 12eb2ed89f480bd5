//! Connections and the limits on them, client addresses and host names.

pub(crate) mod allowed_hosts;
pub(crate) mod head_rejections;
pub(crate) mod io_timeouts;
pub(crate) mod limits;
pub(crate) mod listener;
pub(crate) mod proxy;
pub(crate) mod request_limits;
pub(crate) mod slots;
