//! The sockets that new connections come from.

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use socket2::SockRef;
use tokio::net::{TcpListener, TcpSocket, TcpStream, lookup_host};
use tokio::time::sleep;

use super::ListenAddress;

/// Connections that the kernel keeps ready to be accepted.
const BACKLOG: u32 = 1024;
/// Bytes that the kernel keeps for a connection until the other end has taken them. Linux by itself goes
/// up to 4 MiB: 200 connections that took nothing held 774 MiB, and with this 131 MiB, those of the other
/// ends counted. A reader on the same machine is no slower for it (measured); a far one gets at most so
/// much in each round trip, which at 50 ms is 5 MB/s.
const SEND_BUFFER: u32 = 256 * 1024;
/// How long to wait after an accept has failed: what fails is most often the next accept too, since
/// the process has as many files open as it may.
const ACCEPT_BACKOFF: Duration = Duration::from_secs(1);

/// All sockets of one address.
pub struct Listeners {
    pub(super) sockets: Vec<TcpListener>,
    addresses: Vec<SocketAddr>,
}

impl Listeners {
    /// Listens on every address that `address` stands for.
    pub async fn bind(address: &ListenAddress) -> io::Result<Self> {
        let sockets = match address {
            ListenAddress::Address(address) => vec![listen(*address)?],
            ListenAddress::Name(name, port) => listen_on_name(name, *port).await?,
            ListenAddress::Everywhere(port) => vec![listen_everywhere(*port)?],
        };
        let addresses = sockets.iter().map(TcpListener::local_addr).collect::<Result<_, _>>()?;
        Ok(Self { sockets, addresses })
    }

    /// Where it listens: one address or more.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }
}

/// A name such as `localhost` has an IPv4 and an IPv6 address on most machines, and clients take either
/// one. On a machine without IPv6 the name may still have such an address, which is left out.
async fn listen_on_name(name: &str, port: u16) -> io::Result<Vec<TcpListener>> {
    let mut addresses: Vec<SocketAddr> = lookup_host((name, port)).await?.collect();
    addresses.sort_unstable();
    addresses.dedup();
    let mut sockets: Vec<TcpListener> = Vec::new();
    let mut left_out = io::Error::new(ErrorKind::NotFound, "the name has no address");
    for mut address in addresses {
        // Where the port is free to choose, it is the same one on all addresses.
        if let Some(first) = sockets.first() {
            address.set_port(first.local_addr()?.port());
        }
        match listen(address) {
            Ok(socket) => sockets.push(socket),
            Err(cause) if is_not_there(&cause) => left_out = cause,
            Err(cause) => return Err(cause),
        }
    }
    if sockets.is_empty() { Err(left_out) } else { Ok(sockets) }
}

/// One IPv6 socket takes IPv4 as well; a machine without IPv6 has only the other one.
fn listen_everywhere(port: u16) -> io::Result<TcpListener> {
    match listen((Ipv6Addr::UNSPECIFIED, port).into()) {
        Err(cause) if is_not_there(&cause) => listen((Ipv4Addr::UNSPECIFIED, port).into()),
        outcome => outcome,
    }
}

/// Whether the machine has no such address, or no addresses of this kind.
fn is_not_there(cause: &io::Error) -> bool {
    matches!(cause.kind(), ErrorKind::AddrNotAvailable | ErrorKind::Unsupported)
        || cause.raw_os_error() == Some(EAFNOSUPPORT)
}

/// "Address family not supported": std has no kind for it.
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
    // What is accepted has it from here. The system may have a lower bound of its own.
    socket.set_send_buffer_size(SEND_BUFFER)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// The next connection. What goes wrong with one of them is no reason to stop; what goes wrong
/// with all of them is logged and tried again.
pub async fn accept(socket: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match socket.accept().await {
            Ok(accepted) => return accepted,
            Err(cause) if is_of_one_connection(&cause) => {}
            Err(cause) => {
                tracing::error!(%cause, "cannot accept connections");
                sleep(ACCEPT_BACKOFF).await;
            }
        }
    }
}

fn is_of_one_connection(cause: &io::Error) -> bool {
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
    async fn what_is_accepted_has_a_bounded_send_buffer() {
        let listeners = Listeners::bind(&"127.0.0.1:0".parse().unwrap()).await.unwrap();
        let client = TcpStream::connect(listeners.addresses()[0]).await.unwrap();
        let (accepted, _) = accept(&listeners.sockets[0]).await;
        // Linux doubles what it is asked for, for its own needs.
        let size = SockRef::from(&accepted).send_buffer_size().unwrap();
        assert!(size <= 2 * SEND_BUFFER as usize, "{size}");
        // It is no longer fitted to the connection: it stays so while much is written.
        while accepted.try_write(&[0; 65536]).is_ok() {}
        assert_eq!(SockRef::from(&accepted).send_buffer_size().unwrap(), size);
        drop(client);
    }
}
