//! What the server says to plain HTTP: the page of the example, and no more.

use dcrf_e2e::{App, Database, Server};

#[tokio::test]
async fn serves_the_page_of_the_example() {
    let database = Database::sqlite();
    let server = Server::start(App::Users, &database).await;
    let page = server.get("/").await;
    assert!(page.starts_with("HTTP/1.1 200"), "{page}");
    let (head, body) = page.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{page} has no body"));
    assert!(head.to_ascii_lowercase().contains("content-type: text/html; charset=utf-8"), "{head}");
    assert!(body.starts_with("<!doctype html>"), "{body}");
    assert!(!body.contains("//cdn") && !body.contains("https://"), "the page stands on its own");
}

#[tokio::test]
async fn refuses_what_is_not_there() {
    let database = Database::sqlite();
    let server = Server::start(App::Users, &database).await;
    for path in ["/nowhere", "/ws/nowhere/", "/users"] {
        let answer = server.get(path).await;
        assert!(answer.starts_with("HTTP/1.1 404"), "{path}: {answer}");
    }
    let answer = server.get("/ws/users/").await;
    assert!(answer.starts_with("HTTP/1.1 426"), "{answer}");
}
