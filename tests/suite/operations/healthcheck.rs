//! `rollcall healthcheck`, as a container runs it.

use std::process::Output;

use crate::support::raw::Raw;
use crate::support::{Binary, eventually, rollcall};

async fn healthcheck(arguments: &[&str], listen: Option<&str>) -> Output {
    let mut command = rollcall();
    command.arg("healthcheck").args(arguments);
    if let Some(listen) = listen {
        command.env("ROLLCALL_LISTEN", listen);
    }
    command.output().await.unwrap()
}

fn text(output: &[u8]) -> &str {
    std::str::from_utf8(output).unwrap()
}

#[tokio::test]
async fn healthcheck_asks_the_configured_address() {
    let server = Binary::start(&["--listen", "0.0.0.0:0", "--insecure-no-auth"]).await;
    let port = server.addr.port();
    for listen in [format!("0.0.0.0:{port}"), format!(":{port}"), format!("127.0.0.1:{port}")] {
        let output = healthcheck(&[], Some(&listen)).await;
        assert_eq!(text(&output.stdout), "ready\n", "{}", text(&output.stderr));
        assert!(output.status.success());
    }
    for url in ["", "/", "/api/v1/health"] {
        let output = healthcheck(&["--url", &format!("http://{}{url}", server.addr)], None).await;
        assert!(output.status.success(), "{}", text(&output.stderr));
    }
}

#[tokio::test]
async fn healthcheck_fails_with_the_reason() {
    let settings = ["--cleanup-interval", "off", "--body-timeout", "1h"];
    let server = Binary::start(&settings).await;
    let url = format!("http://{}", server.addr);
    // Connected before the stop, after which no connection is accepted.
    let output = healthcheck(&["--url", &format!("{url}/nowhere")], None).await;
    assert_eq!(output.status.code(), Some(1));
    let message = text(&output.stderr);
    assert!(
        message.starts_with("rollcall: not ready: ") && message.contains("404: There is no such")
    );
    assert_eq!(message.lines().count(), 1, "{message}");

    let mut client = Raw::connect(server.addr).await;
    let head = "POST /api/v1/sessions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n";
    client.send(&format!("{head}Expect: 100-continue\r\n\r\n")).await;
    client.answer().await;
    server.signal("TERM").await;
    eventually("it stops", || async { server.log().contains("shutting down") }).await;
    eventually("it is not ready", || async {
        healthcheck(&["--url", &url], None).await.status.code() == Some(1)
    })
    .await;
    for wrong in ["https://127.0.0.1", "127.0.0.1:5000", "http://127.0.0.1:1"] {
        let output = healthcheck(&["--url", wrong], None).await;
        assert_eq!(output.status.code(), Some(1), "{wrong}");
        assert_eq!(text(&output.stderr).lines().count(), 1, "{}", text(&output.stderr));
    }
}
