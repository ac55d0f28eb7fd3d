//! RFC 6455, case by case, as bytes on the line: what Autobahn's suite asks of a server, but for compression, which is
//! not offered, and without an echo, which the protocol does not have. Each case has a socket of its own, and is sent
//! at once and then byte by byte.

use std::fmt::Write as _;

use dcrf_runtime::test::PATIENCE;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::Server;

const TEXT: u8 = 0x1;
const BINARY: u8 = 0x2;
const MORE: u8 = 0x0;
const CLOSE: u8 = 0x8;
const PING: u8 = 0x9;
const PONG: u8 = 0xa;
/// The last frame of a message.
const FIN: u8 = 0x80;

/// What the server is to send.
#[derive(Debug, Clone, PartialEq)]
enum Sent {
    /// An answer with this status.
    Answer(u64),
    Pong(Vec<u8>),
    /// A close frame with this code; 1005 if it has none. Nothing comes after it.
    Close(u16),
}
use Sent::{Answer, Close, Pong};

/// A frame as a client sends it: masked.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];
    let mut frame = vec![first];
    match payload.len() {
        short @ 0..126 => frame.push(0x80 | u8::try_from(short).expect("it is short")),
        middle @ 126..0x1_0000 => {
            frame.push(0x80 | 126);
            frame.extend(u16::try_from(middle).expect("it is short").to_be_bytes());
        }
        long => {
            frame.push(0x80 | 127);
            frame.extend((long as u64).to_be_bytes());
        }
    }
    frame.extend(MASK);
    frame.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    frame
}

fn text(payload: &[u8]) -> Vec<u8> {
    frame(FIN | TEXT, payload)
}

fn ping(payload: &[u8]) -> Vec<u8> {
    frame(FIN | PING, payload)
}

fn close(payload: &[u8]) -> Vec<u8> {
    frame(FIN | CLOSE, payload)
}

fn close_with(code: u16, reason: &[u8]) -> Vec<u8> {
    close(&[&code.to_be_bytes(), reason].concat())
}

/// A good request of so many bytes.
fn request(size: usize) -> Vec<u8> {
    let (head, tail) = (br#"{"action":"echo","request_id":1,"x":""#, br#""}"#);
    let filling = vec![b'x'; size - head.len() - tail.len()];
    [&head[..], &filling, &tail[..]].concat()
}

/// A request with these bytes inside of a text.
fn request_with(bytes: &[u8]) -> Vec<u8> {
    [br#"{"action":"echo","x":""#, bytes, br#""}"#].concat()
}

async fn open(server: &Server) -> TcpStream {
    let mut line = TcpStream::connect(server.address).await.expect("the server is there");
    line.set_nodelay(true).expect("a line");
    let handshake = "GET /ws/probe/ HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    line.write_all(handshake.as_bytes()).await.expect("an open line");
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(timeout(PATIENCE, line.read_u8()).await.expect("an answer").expect("an open line"));
    }
    let head = String::from_utf8(head).expect("text").to_lowercase();
    assert!(head.starts_with("http/1.1 101 "), "{head}");
    // RFC 6455, 1.3: the answer to this key.
    assert!(head.contains("sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo="), "{head}");
    assert!(!head.contains("sec-websocket-extensions"), "{head}");
    line
}

/// Reads what the server sends until it has sent so much, or has closed.
async fn receive(line: &mut TcpStream, expected: usize) -> Vec<Sent> {
    let mut sent = Vec::new();
    while sent.len() < expected && !matches!(sent.last(), Some(Close(_))) {
        let mut head = [0; 2];
        if timeout(PATIENCE, line.read_exact(&mut head)).await.expect("a frame").is_err() {
            break;
        }
        assert_eq!(head[1] & 0x80, 0, "servers do not mask (5.1)");
        let length = match head[1] {
            126 => usize::from(line.read_u16().await.expect("a length")),
            127 => usize::try_from(line.read_u64().await.expect("a length")).expect("it fits"),
            short => usize::from(short),
        };
        let mut payload = vec![0; length];
        line.read_exact(&mut payload).await.expect("a whole frame");
        sent.push(match head[0] {
            0x81 => {
                let answer: Value = serde_json::from_slice(&payload).expect("JSON");
                Answer(answer["response_status"].as_u64().expect("a status"))
            }
            0x8a => Pong(payload),
            0x88 if payload.is_empty() => Close(1005),
            0x88 => {
                assert!(std::str::from_utf8(&payload[2..]).is_ok(), "a reason is text (5.5.1)");
                Close(u16::from_be_bytes([payload[0], payload[1]]))
            }
            first => panic!("a frame that no server sends: {first:#x}"),
        });
    }
    if matches!(sent.last(), Some(Close(_))) {
        let mut rest = Vec::new();
        // An end, or a reset: what the client has still sent is not read any more.
        let _ = timeout(PATIENCE, line.read_to_end(&mut rest)).await.expect("the line ends");
        assert!(rest.is_empty(), "nothing comes after a close frame (5.5.1)");
    }
    sent
}

/// Runs cases: a name, what is sent, and what comes.
async fn run(cases: Vec<(String, Vec<Vec<u8>>, Vec<Sent>)>) {
    let server = Server::start().await;
    let mut wrong = String::new();
    for (name, frames, expected) in cases {
        let bytes = frames.concat();
        for piece in [bytes.len().max(1), 1] {
            // What is large says no more byte by byte.
            if piece == 1 && bytes.len() > 1_000 {
                continue;
            }
            let mut line = open(&server).await;
            for piece in bytes.chunks(piece) {
                // The server may have closed already.
                if line.write_all(piece).await.is_err() {
                    break;
                }
            }
            let sent = receive(&mut line, expected.len()).await;
            if sent != expected {
                writeln!(wrong, "{name}, {piece} at once: expected {expected:?}, came {sent:?}")
                    .expect("a text");
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

fn case(
    name: impl Into<String>,
    frames: Vec<Vec<u8>>,
    expected: Vec<Sent>,
) -> (String, Vec<Vec<u8>>, Vec<Sent>) {
    (name.into(), frames, expected)
}

#[tokio::test]
async fn messages_of_every_length() {
    let mut cases = vec![
        case("empty text", vec![text(b"")], vec![Answer(400)]),
        case(
            "empty binary",
            vec![frame(FIN | BINARY, b""), text(&request(60))],
            vec![Answer(400), Answer(200)],
        ),
        case(
            "binary",
            vec![frame(FIN | BINARY, &[0xfe; 300]), text(&request(60))],
            vec![Answer(400), Answer(200)],
        ),
    ];
    for size in [124, 125, 126, 127, 128, 1_000, 65_535, 65_536] {
        cases.push(case(format!("{size} bytes"), vec![text(&request(size))], vec![Answer(200)]));
    }
    cases.push(case("65537 bytes", vec![text(&request(65_537))], vec![Close(1009)]));
    let halves = request(70_000);
    let halves = vec![frame(TEXT, &halves[..35_000]), frame(FIN | MORE, &halves[35_000..])];
    cases.push(case("70000 bytes in two frames", halves, vec![Close(1009)]));
    // A length that nobody has sent yet, and one whose highest bit is set (5.2).
    let announced = |length: u64| [&[FIN | TEXT, 0xff][..], &length.to_be_bytes(), &[0; 4]].concat();
    cases.push(case("a gigabyte is announced", vec![announced(1 << 30)], vec![Close(1009)]));
    cases.push(case("2^63 bytes are announced", vec![announced(1 << 63)], vec![Close(1009)]));
    run(cases).await;
}

#[tokio::test]
async fn pings_and_pongs() {
    let longest = [0xff; 125];
    let ten: Vec<Vec<u8>> = (0..10).map(|number| ping(&[number])).collect();
    let ten_pongs: Vec<Sent> = (0..10).map(|number| Pong(vec![number])).collect();
    run(vec![
        case("empty", vec![ping(b"")], vec![Pong(vec![])]),
        case("text", vec![ping(b"hello")], vec![Pong(b"hello".to_vec())]),
        case("125 bytes that are no text", vec![ping(&longest)], vec![Pong(longest.to_vec())]),
        case("126 bytes", vec![ping(&[1; 126])], vec![Close(1002)]),
        case("pong unasked", vec![frame(FIN | PONG, b"x"), ping(b"y")], vec![Pong(b"y".to_vec())]),
        case("pong of 126 bytes", vec![frame(FIN | PONG, &[1; 126])], vec![Close(1002)]),
        case("ten at once", ten, ten_pongs),
    ])
    .await;
}

#[tokio::test]
async fn reserved_bits_and_opcodes() {
    let mut cases = Vec::new();
    for bits in 1..8_u8 {
        for opcode in [TEXT, PING, CLOSE] {
            let bad = frame(FIN | bits << 4 | opcode, b"");
            cases.push(case(format!("RSV {bits}, opcode {opcode}"), vec![bad], vec![Close(1002)]));
        }
    }
    for opcode in (3..8).chain(11..16) {
        for payload in [&b""[..], b"x"] {
            let bad = frame(FIN | opcode, payload);
            let after = vec![text(&request(60)), bad, ping(b"")];
            cases.push(case(format!("opcode {opcode}"), after, vec![Answer(200), Close(1002)]));
        }
    }
    cases.push(case("not masked (5.1)", vec![vec![FIN | TEXT, 2, b'{', b'}']], vec![Close(1002)]));
    // What was asked before may be answered or not once the protocol is broken: only the close is sure.
    for (_, _, expected) in &mut cases {
        expected.sort_by_key(|sent| matches!(sent, Close(_)));
    }
    let server = Server::start().await;
    for (name, frames, _) in cases {
        let mut line = open(&server).await;
        line.write_all(&frames.concat()).await.expect("an open line");
        let sent = receive(&mut line, frames.len() + 1).await;
        assert_eq!(sent.last(), Some(&Close(1002)), "{name}: {sent:?}");
        assert!(sent.iter().all(|sent| matches!(sent, Answer(200) | Close(_))), "{name}: {sent:?}");
    }
}

#[tokio::test]
async fn fragments() {
    let request = request(60);
    let (first, rest) = request.split_at(7);
    let mut bytes: Vec<Vec<u8>> = request.iter().map(|byte| frame(MORE, &[*byte])).collect();
    bytes[0][0] = TEXT;
    bytes[59][0] = FIN | MORE;
    run(vec![
        case("two", vec![frame(TEXT, first), frame(FIN | MORE, rest)], vec![Answer(200)]),
        case("a frame for each byte", bytes, vec![Answer(200)]),
        case(
            "empty ones",
            vec![frame(TEXT, b""), frame(MORE, &request), frame(MORE, b""), frame(FIN | MORE, b"")],
            vec![Answer(200)],
        ),
        case(
            "a ping between",
            vec![frame(TEXT, first), ping(b"p"), frame(FIN | MORE, rest)],
            vec![Pong(b"p".to_vec()), Answer(200)],
        ),
        case("a ping in parts", vec![frame(PING, b"p"), frame(FIN | MORE, b"q")], vec![Close(1002)]),
        case("a pong in parts", vec![frame(PONG, b"p"), frame(FIN | MORE, b"q")], vec![Close(1002)]),
        case("a close in parts", vec![frame(CLOSE, &[3, 232])], vec![Close(1002)]),
        case("a rest of nothing, the last", vec![frame(FIN | MORE, &request)], vec![Close(1002)]),
        case("a rest of nothing", vec![frame(MORE, &request)], vec![Close(1002)]),
        case("a second begins", vec![frame(TEXT, first), text(&request)], vec![Close(1002)]),
        case("a binary one begins", vec![frame(TEXT, first), frame(FIN | BINARY, rest)], vec![Close(1002)]),
        case("a close between", vec![frame(TEXT, first), close_with(1000, b"")], vec![Close(1000)]),
    ])
    .await;
}

#[tokio::test]
async fn texts_are_utf_8() {
    let mut cases = Vec::new();
    let good: &[&[u8]] = &[
        "κόσμε".as_bytes(),
        b"\xf4\x8f\xbf\xbf",
        b"\xed\x9f\xbf",
        b"\xee\x80\x80",
        b"\xef\xbf\xbf",
        b"\xf0\x90\x80\x80",
        b"\xc2\x80",
    ];
    for bytes in good {
        let request = request_with(bytes);
        cases.push(case(format!("{bytes:x?}"), vec![text(&request)], vec![Answer(200)]));
        let (first, rest) = request.split_at(23);
        let parts = vec![frame(TEXT, first), frame(FIN | MORE, rest)];
        cases.push(case(format!("{bytes:x?} in two frames"), parts, vec![Answer(200)]));
    }
    let bad: &[&[u8]] = &[
        b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80",
        b"\xc0\x80",
        b"\xc1\xbf",
        b"\xe0\x80\xaf",
        b"\xf0\x80\x80\xaf",
        b"\xed\xa0\x80",
        b"\xed\xbf\xbf",
        b"\xf4\x90\x80\x80",
        b"\xf8\x88\x80\x80\x80",
        b"\xfe",
        b"\xff",
        b"\x80",
        b"\xce",
        b"\xe1\xbd",
        b"\xf0\x90\x80",
    ];
    for bytes in bad {
        let request = request_with(bytes);
        cases.push(case(format!("{bytes:x?}"), vec![text(&request)], vec![Close(1007)]));
        let (first, rest) = request.split_at(23);
        let parts = vec![frame(TEXT, first), frame(FIN | MORE, rest)];
        cases.push(case(format!("{bytes:x?} in two frames"), parts, vec![Close(1007)]));
    }
    run(cases).await;
}

#[tokio::test]
async fn closing() {
    let mut cases = vec![
        case("without a code", vec![close(b"")], vec![Close(1005)]),
        case("with one byte", vec![close(&[3])], vec![Close(1002)]),
        case("with a reason", vec![close_with(1000, b"bye")], vec![Close(1000)]),
        case("with the longest reason", vec![close_with(1000, &[b'x'; 123])], vec![Close(1000)]),
        case("with 126 bytes", vec![close_with(1000, &[b'x'; 124])], vec![Close(1002)]),
        case("with a reason that is no text", vec![close_with(1000, &[0xce, 0xba, 0xe1])], vec![Close(1007)]),
        case("and then a ping", vec![close_with(1000, b""), ping(b"x")], vec![Close(1000)]),
        case("and then a request", vec![close_with(1000, b""), text(&request(60))], vec![Close(1000)]),
        case("twice", vec![close_with(1000, b""), close_with(1001, b"")], vec![Close(1000)]),
    ];
    for code in [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999] {
        cases.push(case(format!("with {code}"), vec![close_with(code, b"")], vec![Close(code)]));
    }
    for code in [0, 1, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999, 5000, 65_535] {
        cases.push(case(
            format!("with {code}, which is none"),
            vec![close_with(code, b"")],
            vec![Close(1002)],
        ));
    }
    run(cases).await;
}

#[tokio::test]
async fn handshakes() {
    let server = Server::start().await;
    let good = [
        ("Host", "x"),
        ("Connection", "Upgrade"),
        ("Upgrade", "websocket"),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ];
    let mut cases = vec![("nothing", "", "", 101)];
    cases.extend(good[1..].iter().map(|(name, _)| (*name, "", "without", 426)));
    cases.extend([
        ("Sec-WebSocket-Version", "12", "with an old", 426),
        ("Upgrade", "h2c", "with another", 426),
        ("Connection", "close", "with another", 426),
    ]);
    for (name, value, what, expected) in cases {
        let mut head = "GET /ws/probe/ HTTP/1.1\r\n".to_owned();
        for (key, usual) in good {
            match value {
                "" if key == name => {}
                value if key == name => write!(head, "{key}: {value}\r\n").expect("a text"),
                _ => write!(head, "{key}: {usual}\r\n").expect("a text"),
            }
        }
        head.push_str("\r\n");
        let mut line = TcpStream::connect(server.address).await.expect("the server is there");
        line.write_all(head.as_bytes()).await.expect("an open line");
        let mut answer = [0; 12];
        timeout(PATIENCE, line.read_exact(&mut answer)).await.expect("an answer").expect("an open line");
        assert_eq!(answer[9..], expected.to_string().as_bytes()[..], "{what} {name}");
    }
}

#[tokio::test]
async fn a_peer_that_breaks_the_protocol_harms_nobody_else() {
    let server = Server::start().await;
    let mut bystander = server.client().await;
    for _ in 0..20 {
        let mut line = open(&server).await;
        line.write_all(&[0xff; 64]).await.expect("an open line");
        assert_eq!(receive(&mut line, 1).await, [Close(1002)]);
        let echo = serde_json::json!({"action": "echo", "request_id": 1});
        assert_eq!(bystander.request(&echo).await["response_status"], 200);
    }
    timeout(PATIENCE, bystander.close()).await.expect("it closes");
    server.none_open().await;
}
