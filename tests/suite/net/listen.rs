//! The addresses to listen on: one, all those of a name, or every one of the machine.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use rollcall::app::App;
use rollcall::telemetry::LogFilter;
use tempfile::TempDir;
use tokio::sync::oneshot;

use crate::support::raw::Raw;
use crate::support::{Binary, config};

#[tokio::test]
async fn every_address_of_the_listen_name_is_served() {
    for (listen, is_loopback) in
        [("localhost:0", true), ("127.0.0.1:0", true), (":0", false), ("0.0.0.0:0", false)]
    {
        let folder = TempDir::new().unwrap();
        let settings = ["--listen", listen, "--insecure-no-auth"].map(str::to_owned);
        let app = App::build(&config(&folder, &settings), LogFilter::default()).await.unwrap();
        let addresses = app.addresses().to_vec();
        assert!(!addresses.is_empty());
        let (stop, stopped) = oneshot::channel::<()>();
        let running = tokio::spawn(app.run(async {
            let _ = stopped.await;
        }));
        for mut address in addresses.clone() {
            assert_eq!(address.ip().is_loopback(), is_loopback, "{listen}: {address}");
            assert_eq!(address.port(), addresses[0].port(), "{listen}: {addresses:?}");
            match address.ip() {
                IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
                IpAddr::V6(ip) if ip.is_unspecified() => {
                    address.set_ip(Ipv6Addr::LOCALHOST.into());
                    let by_v4 = (Ipv4Addr::LOCALHOST, address.port()).into();
                    assert_eq!(Raw::connect(by_v4).await.get("/api/v1/health").await.status, 200);
                }
                _ => {}
            }
            let answer = Raw::connect(address).await.get("/api/v1/health").await;
            assert_eq!(answer.status, 200, "{listen}: {address}");
        }
        drop(stop);
        running.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn public_listener_without_tokens_is_warned_about_in_the_log() {
    for (listen, warns) in [(":0", true), ("0.0.0.0:0", true), ("localhost:0", false)] {
        let settings = ["--cleanup-interval", "off", "--listen", listen, "--insecure-no-auth"];
        let mut server = Binary::start(&settings).await;
        server.terminate().await;
        let log = server.log();
        assert_eq!(log.contains("there are no tokens"), warns, "{listen}: {log}");
    }
}
