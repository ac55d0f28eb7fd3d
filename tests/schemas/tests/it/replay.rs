//! Every value of the suite, sent as a frame.

use std::future::pending;

use dcrf_e2e::Socket;
use dcrf_runtime::Db;
use tokio::net::TcpListener;

use crate::suite::groups;

#[tokio::test(flavor = "multi_thread")]
async fn the_server_judges_as_the_suite_does() {
    let db = Db::connect("sqlite::memory:", &schemas::MIGRATIONS).await.expect("a database");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let server = tokio::spawn(async move {
        dcrf_schemas::service().serve(listener, db, pending()).await.expect("a service");
    });
    let (mut accepted, mut tests, mut wrong, mut refused) = (0, 0, Vec::new(), Vec::new());
    let groups = groups();
    let mut open: Option<(String, Socket)> = None;
    for group in &groups {
        if let Some(reason) = group.refused() {
            refused.push(format!("{}: {}: {reason}", group.file, group.description));
            continue;
        }
        accepted += 1;
        if open.as_ref().is_none_or(|(file, _)| *file != group.file) {
            let socket = Socket::connect(&format!("ws://{address}/ws/{}/", group.file)).await;
            open = Some((group.file.clone(), socket));
        }
        let Some((_, socket)) = &mut open else { continue };
        for (description, data, valid) in &group.tests {
            tests += 1;
            let frame = format!(
                "{{\"action\":\"{}\",\"request_id\":{tests},\"value\":{}}}",
                group.action(),
                data.compact()
            );
            socket.send_text(frame).await;
            let answer = socket.receive().await;
            if answer["response_status"] != if *valid { 200 } else { 400 } {
                wrong.push(format!("{}: {}: {description}: {answer}", group.file, group.description));
            }
        }
    }
    server.abort();
    println!(
        "{accepted} of {} groups are accepted; {} of their {tests} tests agree",
        groups.len(),
        tests - wrong.len()
    );
    refused.iter().for_each(|line| println!("refused: {line}"));
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
    assert!(accepted >= 378, "{accepted}");
}
