//! The sockets that accept connections.

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use socket2::SockRef;
use tokio::net::{TcpListener, TcpSocket, TcpStream, lookup_host};
use tokio::time::sleep;

use super::address::ListenAddress;

/// The maximum number of connections that the kernel keeps ready to be accepted.
const BACKLOG: u32 = 1024;
/// The size of the kernel's send buffer for a connection.
///
/// By default Linux grows it up to 4 MiB. 200 connections that read nothing then held 774 MiB, and with
/// this size 131 MiB, including the receive buffers of the clients on the same machine. Clients on the
/// same machine are not slower with it (measured). A remote client gets at most one buffer in each round
/// trip, which is 5 MB/s at 50 ms.
const SEND_BUFFER_BYTES: u32 = 256 * 1024;
/// The pause after a failed accept. The most frequent cause is that too many files are open, and then the
/// next accept would fail as well.
const ACCEPT_BACKOFF: Duration = Duration::from_secs(1);

/// The listening sockets: one or more, since a name can have several addresses.
pub struct Listeners {
    pub(super) sockets: Vec<TcpListener>,
    addresses: Vec<SocketAddr>,
}

impl Listeners {
    /// Binds a socket to every address that `address` stands for. Fails if the name can't be resolved, or
    /// if an address is in use.
    pub async fn bind(address: &ListenAddress) -> io::Result<Self> {
        let sockets = match address {
            ListenAddress::Address(address) => vec![listen(*address)?],
            ListenAddress::Name(name, port) => listen_on_name(name, *port).await?,
            ListenAddress::Everywhere(port) => vec![listen_everywhere(*port)?],
        };
        let addresses = sockets.iter().map(TcpListener::local_addr).collect::<Result<_, _>>()?;
        Ok(Self { sockets, addresses })
    }

    /// The bound addresses, with the actual ports.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }
}

/// A name such as `localhost` has an IPv4 and an IPv6 address on most machines, and clients may use either of
/// them. Addresses that the machine does not have are skipped: without IPv6 the name may still have one.
async fn listen_on_name(name: &str, port: u16) -> io::Result<Vec<TcpListener>> {
    let mut addresses: Vec<SocketAddr> = lookup_host((name, port)).await?.collect();
    addresses.sort_unstable();
    addresses.dedup();
    let mut sockets: Vec<TcpListener> = Vec::new();
    let mut last_error = io::Error::new(ErrorKind::NotFound, "the name has no address");
    for mut address in addresses {
        // With port 0 the first socket gets a free port, and all others use the same one.
        if let Some(first) = sockets.first() {
            address.set_port(first.local_addr()?.port());
        }
        match listen(address) {
            Ok(socket) => sockets.push(socket),
            Err(cause) if is_unavailable(&cause) => last_error = cause,
            Err(cause) => return Err(cause),
        }
    }
    if sockets.is_empty() { Err(last_error) } else { Ok(sockets) }
}

/// An IPv6 socket accepts IPv4 connections as well. A machine without IPv6 gets an IPv4 socket.
fn listen_everywhere(port: u16) -> io::Result<TcpListener> {
    match listen((Ipv6Addr::UNSPECIFIED, port).into()) {
        Err(cause) if is_unavailable(&cause) => listen((Ipv4Addr::UNSPECIFIED, port).into()),
        outcome => outcome,
    }
}

/// Whether the machine does not have the address, or does not support its family.
fn is_unavailable(cause: &io::Error) -> bool {
    matches!(cause.kind(), ErrorKind::AddrNotAvailable | ErrorKind::Unsupported)
        || cause.raw_os_error() == Some(EAFNOSUPPORT)
}

/// "Address family not supported", for which std has no `ErrorKind`.
#[cfg(any(target_os = "linux", target_os = "android"))]
const EAFNOSUPPORT: i32 = 97;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const EAFNOSUPPORT: i32 = 47;

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    if address == SocketAddr::from((Ipv6Addr::UNSPECIFIED, address.port())) {
        SockRef::from(&socket).set_only_v6(false)?;
    }
    socket.set_reuseaddr(true)?;
    // Accepted connections inherit the size. The system may have a lower limit.
    socket.set_send_buffer_size(SEND_BUFFER_BYTES)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Accepts the next connection. An error of one connection is ignored; any other error is logged, and the
/// accept is retried after [`ACCEPT_BACKOFF`].
pub async fn accept(socket: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match socket.accept().await {
            Ok(accepted) => return accepted,
            Err(cause) if affects_one_connection(&cause) => {}
            Err(cause) => {
                tracing::error!(%cause, "cannot accept connections");
                sleep(ACCEPT_BACKOFF).await;
            }
        }
    }
}

fn affects_one_connection(cause: &io::Error) -> bool {
    matches!(
        cause.kind(),
        ErrorKind::ConnectionRefused | ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn send_buffer_of_an_accepted_connection_is_bounded() {
        let listeners = Listeners::bind(&"127.0.0.1:0".parse().unwrap()).await.unwrap();
        let client = TcpStream::connect(listeners.addresses()[0]).await.unwrap();
        let (accepted, _) = accept(&listeners.sockets[0]).await;
        // Linux doubles the size that is set, for its own bookkeeping.
        let size = SockRef::from(&accepted).send_buffer_size().unwrap();
        assert!(size <= 2 * SEND_BUFFER_BYTES as usize, "{size}");
        // The size is not adapted to the connection: it stays the same however much is written.
        while accepted.try_write(&[0; 65536]).is_ok() {}
        assert_eq!(SockRef::from(&accepted).send_buffer_size().unwrap(), size);
        drop(client);
    }
}
