//! Columns of files: base64 in payloads, uploads over HTTP, URLs in answers and events, and the files themselves, on
//! every database.

mod gallery;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use dcrf_runtime::files::FileStore;
use dcrf_runtime::test::{PATIENCE, TestClient};
use dcrf_runtime::{Bytes, Db, LimitKind, Limits, Service, Stats};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use super::databases::on_each_with;
use gallery::{ALBUM, ALBUMS, Gallery, MIGRATIONS, PHOTO, PHOTOS, Users};

/// A server of a gallery, with a directory of its own.
struct Server {
    address: String,
    directory: TempDir,
    stats: Arc<Stats>,
    task: tokio::task::JoinHandle<()>,
}

impl Server {
    async fn start(db: &Db) -> Self {
        Self::limited(db, |_| ()).await
    }

    async fn limited(db: &Db, change: impl FnOnce(&mut Limits)) -> Self {
        let mut limits = Limits::default();
        change(&mut limits);
        let directory = tempfile::tempdir().expect("a directory");
        let store = FileStore::at(directory.path().to_str().expect("UTF-8")).expect("a store");
        let service = Service::new("gallery", MIGRATIONS)
            .consumer(Gallery(&PHOTOS))
            .consumer(Gallery(&ALBUMS))
            .authenticator(Users)
            .limits(limits)
            .allow_origin("https://gallery.example")
            .files(&[&PHOTO, &ALBUM])
            .files_in(store);
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address").to_string();
        let (served, stats) = (db.clone(), service.stats());
        let task = tokio::spawn(async move {
            service.serve(listener, served, std::future::pending()).await.expect("a service");
        });
        Self { address, directory, stats, task }
    }

    async fn open(&self, path: &str, user: &str) -> TestClient {
        let url = format!("ws://{}{path}", self.address);
        TestClient::try_connect(&url, &[("x-user", user)]).await.expect("a socket")
    }

    /// Sends a request over HTTP; returns the status, the head and the body.
    async fn http(&self, request: &str, headers: &[(&str, &str)], body: &[u8]) -> (u16, String, Vec<u8>) {
        let mut stream = TcpStream::connect(&self.address).await.expect("the server is there");
        let mut text = format!("{request} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", self.address);
        if !body.is_empty() {
            text += &format!("Content-Length: {}\r\n", body.len());
        }
        headers.iter().for_each(|(name, value)| text += &format!("{name}: {value}\r\n"));
        stream.write_all(format!("{text}\r\n").as_bytes()).await.expect("an open line");
        // The server may answer before it has read everything.
        let _ = stream.write_all(body).await;
        let mut answer = Vec::new();
        let read = timeout(PATIENCE, stream.read_to_end(&mut answer)).await.expect("an answer");
        assert!(read.is_ok() || !answer.is_empty());
        let end = answer.windows(4).position(|window| window == b"\r\n\r\n").expect("a head");
        let head = String::from_utf8_lossy(&answer[..end]).to_lowercase();
        let status = head[9..12].parse().expect("a status");
        (status, head, answer[end + 4..].to_vec())
    }

    async fn status(&self, url: &str, user: &str) -> u16 {
        self.http(&format!("GET {url}"), &[("x-user", user)], &[]).await.0
    }

    async fn upload(&self, path: &str, user: &str, body: &[u8]) -> (u16, Value) {
        let (status, _, answer) = self.http(&format!("POST {path}"), &[("x-user", user)], body).await;
        (status, serde_json::from_slice(&answer).unwrap_or(Value::Null))
    }

    /// The names of all files, with their folders.
    fn files(&self) -> BTreeSet<String> {
        fn walk(root: &Path, folder: &Path, found: &mut BTreeSet<String>) {
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                let path = entry.path();
                if path.is_dir() {
                    walk(root, &path, found);
                } else {
                    let name = path.strip_prefix(root).expect("inside").to_str().expect("UTF-8");
                    found.insert(name.to_owned());
                }
            }
        }
        let mut found = BTreeSet::new();
        walk(self.directory.path(), self.directory.path(), &mut found);
        found
    }

    /// Waits until there are exactly these files: they are deleted after the answer.
    async fn expect_files(&self, names: &[&str]) {
        let wanted: BTreeSet<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let there = async {
            while self.files() != wanted {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        };
        if timeout(PATIENCE, there).await.is_err() {
            assert_eq!(self.files(), wanted);
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A PNG of this size, as far as its header says it; `last` tells it from others.
fn png(width: u32, height: u32, last: u8) -> Vec<u8> {
    let mut content = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    content.extend(width.to_be_bytes());
    content.extend(height.to_be_bytes());
    content.push(last);
    content
}

fn base64(content: &[u8]) -> String {
    Bytes::new(content.to_vec()).to_string()
}

/// The name of the file that a URL names.
fn stored(url: &Value) -> String {
    url.as_str().and_then(|url| url.strip_prefix("/media/")).expect("a URL of a file").to_owned()
}

async fn album(client: &mut TestClient) -> Value {
    let answer = client.request(&json!({"action": "create", "request_id": "a", "data": {"name": "x"}})).await;
    assert_eq!(answer["response_status"], 201, "{answer}");
    answer["data"]["id"].clone()
}

async fn photo(client: &mut TestClient, album: &Value, title: &str, image: &[u8]) -> Value {
    let data = json!({"album": album, "title": title, "owner": "ann", "image": base64(image)});
    client.request(&json!({"action": "create", "request_id": title, "data": data})).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_is_stored_shown_and_served() {
    on_each_with(&MIGRATIONS, |db| async move {
        let server = Server::start(&db).await;
        let album = album(&mut server.open("/ws/albums/", "ann").await).await;
        let mut client = server.open("/ws/photos/", "ann").await;
        client.request(&json!({"action": "subscribe", "request_id": "live"})).await;
        let answer = photo(&mut client, &album, "one", &png(10, 10, 1)).await;
        assert_eq!(answer["response_status"], 201, "{answer}");
        let (row, url) = (&answer["data"], &answer["data"]["image"]);
        let name = stored(url);
        assert!(name.starts_with("photos/") && name.ends_with(".png"), "{name}");
        assert_eq!(row["note"], Value::Null);
        assert_eq!(std::fs::read(server.directory.path().join(&name)).expect("the file"), png(10, 10, 1));
        let event = client.expect_reply(&json!("live")).await;
        assert_eq!(event["data"]["image"], *url, "an event shows the URL: {event}");
        let list = client.request(&json!({"action": "list", "request_id": "l"})).await;
        assert_eq!(list["data"][0]["image"], *url, "{list}");
        let url = url.as_str().expect("a URL");
        let (status, head, body) = server.http(&format!("GET {url}"), &[("x-user", "ann")], &[]).await;
        assert_eq!((status, body), (200, png(10, 10, 1)), "{head}");
        for header in [
            "content-type: image/png",
            "x-content-type-options: nosniff",
            "content-disposition: inline",
            "cache-control: private, no-cache",
            "cross-origin-resource-policy: same-site",
        ] {
            assert!(head.contains(header), "{header}: {head}");
        }
        assert_eq!(server.status(url, "bob").await, 404, "the row belongs to ann");
        assert_eq!(server.status(url, "").await, 404);
        assert_eq!(server.status("/media/photos/other.png", "ann").await, 404);
        assert_eq!(server.status("/media/.uploads/x", "ann").await, 404);
        assert_eq!(server.status("/media/photos/../photos/x", "ann").await, 404);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_is_deleted_with_its_row_and_when_it_is_replaced() {
    on_each_with(&MIGRATIONS, |db| async move {
        let server = Server::start(&db).await;
        let mut albums = server.open("/ws/albums/", "ann").await;
        let album = album(&mut albums).await;
        let mut client = server.open("/ws/photos/", "ann").await;
        let first = photo(&mut client, &album, "one", &png(1, 1, 1)).await["data"].clone();
        let second = photo(&mut client, &album, "two", &png(1, 1, 2)).await["data"].clone();
        let third = photo(&mut client, &album, "three", &png(1, 1, 3)).await["data"].clone();
        let names = [&first, &second, &third].map(|row| stored(&row["image"]));
        server.expect_files(&[&names[0], &names[1], &names[2]]).await;
        let data = json!({"image": base64(&png(2, 2, 4))});
        let frame = json!({"action": "patch", "request_id": "p", "pk": first["id"], "data": data});
        let patched = client.request(&frame).await;
        assert_eq!(patched["response_status"], 200, "{patched}");
        let replaced = stored(&patched["data"]["image"]);
        server.expect_files(&[&replaced, &names[1], &names[2]]).await;
        let frame = json!({"action": "delete", "request_id": "d", "pk": second["id"]});
        assert_eq!(client.request(&frame).await["response_status"], 204);
        server.expect_files(&[&replaced, &names[2]]).await;
        let frame = json!({"action": "delete", "request_id": "d", "pk": album});
        assert_eq!(albums.request(&frame).await["response_status"], 204, "a cascade");
        server.expect_files(&[]).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_of_a_refused_row_is_deleted() {
    on_each_with(&MIGRATIONS, |db| async move {
        let server = Server::start(&db).await;
        let album = album(&mut server.open("/ws/albums/", "ann").await).await;
        let mut client = server.open("/ws/photos/", "ann").await;
        let kept = stored(&photo(&mut client, &album, "one", &png(1, 1, 1)).await["data"]["image"]);
        let again = photo(&mut client, &album, "one", &png(1, 1, 2)).await;
        assert_eq!(again["response_status"], 400, "the title is unique: {again}");
        server.expect_files(&[&kept]).await;
        let missing = photo(&mut client, &json!(999), "two", &png(1, 1, 2)).await;
        assert_eq!(missing["response_status"], 400, "there is no such album: {missing}");
        server.expect_files(&[&kept]).await;
        let data = json!({"album": album, "title": "lost", "owner": "ann", "image": base64(&png(1, 1, 3))});
        let failed = client.request(&json!({"action": "fail", "request_id": "f", "data": data})).await;
        assert_eq!(failed["response_status"], 409, "the transaction is rolled back: {failed}");
        server.expect_files(&[&kept]).await;
        let list = client.request(&json!({"action": "list", "request_id": "l"})).await;
        assert_eq!(list["data"].as_array().map(Vec::len), Some(1), "{list}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_file_is_answered_as_by_drf() {
    on_each_with(&MIGRATIONS, |db| async move {
        let server = Server::start(&db).await;
        let album = album(&mut server.open("/ws/albums/", "ann").await).await;
        let mut client = server.open("/ws/photos/", "ann").await;
        for (image, message) in [
            (Value::Null, "This field may not be null."),
            (json!(""), "The submitted file is empty."),
            (json!("photos/other.png"), "Please upload a valid image."),
            (json!(7), "Invalid type. This is not an base64 string: <class 'int'>"),
            (json!("PHN2Zy8+"), "The type of the image couldn't be determined."),
            (json!(base64(&png(101, 1, 0))), "Ensure this image is at most 100 pixels wide (it is 101)."),
            (
                json!(base64(b"\x89PNG\r\n\x1a\n")),
                "Upload a valid image. The file you uploaded was either not an image or a corrupted image.",
            ),
            (
                json!("upload:00000000000000000000000000000000"),
                "There is no such upload: it may have expired.",
            ),
            (json!("upload:../../etc/passwd"), "There is no such upload: it may have expired."),
        ] {
            let data = json!({"album": album, "title": "x", "owner": "ann", "image": image});
            let answer = client.request(&json!({"action": "create", "request_id": 1, "data": data})).await;
            assert_eq!(answer["errors"], json!([{"image": [message]}]), "{image}");
        }
        let data = json!({"album": album, "title": "x", "owner": "ann"});
        let answer = client.request(&json!({"action": "create", "request_id": 1, "data": data})).await;
        assert_eq!(answer["errors"], json!([{"image": ["No file was submitted."]}]));
        server.expect_files(&[]).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_becomes_the_file_of_a_row() {
    on_each_with(&MIGRATIONS, |db| async move {
        let server = Server::start(&db).await;
        let album = album(&mut server.open("/ws/albums/", "ann").await).await;
        let path = "/upload/photos/image?name=..%2fMy%20cat.html";
        let (status, answer) = server.upload(path, "ann", &png(3, 3, 1)).await;
        assert_eq!(status, 201, "{answer}");
        let upload = answer["upload"].clone();
        // The other framing, in which frames name their streams.
        let mut client = server.open("/ws/", "ann").await;
        let mut create = async |user: &str, title: &str| {
            let data = json!({"album": album, "title": title, "owner": "ann", "image": upload});
            let payload = json!({"action": "create", "request_id": title, "data": data});
            let frame = json!({"stream": "photos", "payload": payload});
            if user == "ann" {
                client.request(&frame).await
            } else {
                server.open("/ws/", user).await.request(&frame).await
            }
        };
        let refused = create("bob", "bob").await;
        assert_eq!(refused["payload"]["response_status"], 400, "the upload is ann's: {refused}");
        let created = create("ann", "one").await;
        assert_eq!(created["payload"]["response_status"], 201, "{created}");
        let name = stored(&created["payload"]["data"]["image"]);
        assert_eq!(name, "photos/My_cat.png", "the extension is that of the content");
        server.expect_files(&[&name]).await;
        let again = create("ann", "two").await;
        assert_eq!(again["payload"]["response_status"], 400, "an upload is used once: {again}");
        let key = &created["payload"]["data"]["id"];
        let (status, answer) =
            server.upload(&format!("/upload/photos/image?pk={key}"), "ann", &png(3, 3, 2)).await;
        assert_eq!(status, 201, "{answer}");
        let data = json!({"image": answer["upload"]});
        let payload = json!({"action": "patch", "request_id": "p", "pk": key, "data": data});
        let patched = client.request(&json!({"stream": "photos", "payload": payload})).await;
        let replaced = stored(&patched["payload"]["data"]["image"]);
        server.expect_files(&[&replaced]).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_needs_the_rights_of_its_action() {
    on_each_with(&MIGRATIONS, |db| async move {
        let server = Server::start(&db).await;
        let album = album(&mut server.open("/ws/albums/", "ann").await).await;
        let mut client = server.open("/ws/photos/", "ann").await;
        let key = photo(&mut client, &album, "one", &png(1, 1, 1)).await["data"]["id"].clone();
        for (path, user, expected) in [
            ("/upload/photos/image".to_owned(), "", 403),
            (format!("/upload/photos/image?pk={key}"), "bob", 403),
            ("/upload/photos/image?pk=999".to_owned(), "ann", 404),
            ("/upload/photos/title".to_owned(), "ann", 404),
            ("/upload/photos/nothing".to_owned(), "ann", 404),
            ("/upload/nothing/image".to_owned(), "ann", 404),
            ("/upload/photos/image?action=delete".to_owned(), "ann", 405),
            ("/upload/photos/image?action=update&pk=1".to_owned(), "ann", 405),
            ("/upload/photos/image?action=patch".to_owned(), "ann", 400),
        ] {
            let (status, answer) = server.upload(&path, user, &png(1, 1, 1)).await;
            assert_eq!(status, expected, "{path} {user}: {answer}");
        }
        let (status, answer) = server.upload("/upload/photos/image", "ann", b"<svg/>").await;
        assert_eq!(status, 400);
        assert_eq!(answer, json!({"image": ["The type of the image couldn't be determined."]}));
        let (status, answer) = server.upload("/upload/photos/image", "ann", &[0; 5000]).await;
        assert_eq!((status, answer), (413, json!({"image": ["Ensure this file has at most 4096 bytes."]})));
        for (origin, expected) in [("https://evil.example", 403), ("https://gallery.example", 201)] {
            let headers = [("x-user", "ann"), ("Origin", origin)];
            let (status, head, _) = server.http("POST /upload/photos/image", &headers, &png(1, 1, 1)).await;
            assert_eq!(status, expected, "{head}");
            let shared = head.contains("access-control-allow-origin: https://gallery.example");
            assert_eq!(shared, expected == 201, "{head}");
        }
        let headers = [("Origin", "https://gallery.example"), ("Access-Control-Request-Method", "POST")];
        let (status, head, _) = server.http("OPTIONS /upload/photos/image", &headers, &[]).await;
        assert!(status == 204 && head.contains("access-control-allow-methods: post"), "{head}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_public_file_is_served_to_everyone_and_never_as_a_page() {
    on_each_with(&MIGRATIONS, |db| async move {
        let server = Server::start(&db).await;
        let album = album(&mut server.open("/ws/albums/", "ann").await).await;
        let page = b"<script>alert(1)</script>";
        let (status, answer) = server.upload("/upload/photos/note?name=note.html", "ann", page).await;
        assert_eq!(status, 201, "{answer}");
        let mut client = server.open("/ws/photos/", "ann").await;
        let data = json!({"album": album, "title": "x", "owner": "ann", "image": base64(&png(1, 1, 1)),
            "note": answer["upload"]});
        let created = client.request(&json!({"action": "create", "request_id": 1, "data": data})).await;
        assert_eq!(created["response_status"], 201, "{created}");
        let url = created["data"]["note"].as_str().expect("a URL").to_owned();
        assert_eq!(url, "/texts/notes/note.html");
        assert_eq!(
            server.status("/media/notes/note.html", "ann").await,
            404,
            "the column has a path of its own"
        );
        let (status, head, body) = server.http(&format!("GET {url}"), &[], &[]).await;
        assert_eq!((status, body), (200, page.to_vec()));
        for header in [
            "content-type: text/html; charset=utf-8",
            "x-content-type-options: nosniff",
            "content-disposition: attachment; filename*=utf-8''note%2ehtml",
            "content-security-policy: default-src 'none'; sandbox",
            "cache-control: public, max-age=86400",
        ] {
            assert!(head.contains(header), "{header}: {head}");
        }
        let tag = head.lines().find_map(|line| line.strip_prefix("etag: ")).expect("a tag").to_owned();
        let (status, _, body) = server.http(&format!("GET {url}"), &[("If-None-Match", &tag)], &[]).await;
        assert_eq!((status, body.len()), (304, 0));
        let (status, head, body) = server.http(&format!("GET {url}"), &[("Range", "bytes=1-6")], &[]).await;
        assert_eq!((status, body), (206, b"script".to_vec()), "{head}");
        assert!(head.contains("content-range: bytes 1-6/25"), "{head}");
        let (status, head, _) = server.http(&format!("GET {url}"), &[("Range", "bytes=99-")], &[]).await;
        assert!(status == 416 && head.contains("content-range: bytes */25"), "{head}");
        let (status, head, body) = server.http(&format!("HEAD {url}"), &[], &[]).await;
        assert!(status == 200 && body.is_empty() && head.contains("content-length: 25"), "{head}");
        let frame =
            json!({"action": "patch", "request_id": 2, "pk": created["data"]["id"], "data": {"note": null}});
        assert_eq!(client.request(&frame).await["data"]["note"], Value::Null);
        let image = stored(&created["data"]["image"]);
        server.expect_files(&[&image]).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn too_many_uploads_at_the_same_time_are_refused() {
    on_each_with(&MIGRATIONS, |db| async move {
        let server = Server::limited(&db, |limits| limits.uploads = 0).await;
        let headers = [("x-user", "ann")];
        let (status, head, _) = server.http("POST /upload/photos/image", &headers, &png(1, 1, 1)).await;
        assert!(status == 503 && head.contains("retry-after: 5"), "{head}");
        assert_eq!(server.stats.crossed(LimitKind::Uploads), 1);
    })
    .await;
}
