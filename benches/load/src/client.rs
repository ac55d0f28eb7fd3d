//! One connection of the load generator: RFC 6455 by hand, with no more than is measured with.
//!
//! What the generator spends is taken from the servers, which run beside it: a frame is made once and sent many times,
//! its mask is zero (a mask all the same), and what comes is read into one buffer that is used again.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::ops::Range;
use std::os::fd::{AsRawFd as _, RawFd};
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use serde_json::Value;

/// How long a server may take for an answer that is waited for.
const PATIENCE: Duration = Duration::from_secs(60);
/// What a buffer has room for at first: there are thousands of them.
const ROOM: usize = 512;

/// An open socket. It waits for what it reads until it is made to `wait` no more.
pub struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
    /// Where in the buffer the next frame begins.
    next: usize,
    /// Where what was read ends.
    end: usize,
}

impl Client {
    /// Connects.
    pub fn connect(address: SocketAddr, path: &str) -> anyhow::Result<Self> {
        let mut stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        );
        stream.write_all(request.as_bytes())?;
        let mut client = Self { stream, buffer: vec![0; ROOM], next: 0, end: 0 };
        loop {
            client.wait_for_more()?;
            let head = &client.buffer[..client.end];
            if let Some(length) = head.windows(4).position(|four| four == b"\r\n\r\n") {
                ensure!(head.starts_with(b"HTTP/1.1 101 "), "no socket: {}", String::from_utf8_lossy(head));
                client.next = length + 4;
                return Ok(client);
            }
        }
    }

    /// Whether to wait for what is read.
    pub fn wait(&self, wait: bool) -> anyhow::Result<()> {
        Ok(self.stream.set_nonblocking(!wait)?)
    }

    /// What the system calls the socket.
    pub fn descriptor(&self) -> RawFd {
        self.stream.as_raw_fd()
    }

    /// Sends a frame that `frame` made.
    pub fn send(&mut self, frame: &[u8]) -> anyhow::Result<()> {
        // Those who do not wait have one small frame under way at most: there is room for it.
        Ok(self.stream.write_all(frame)?)
    }

    /// Reads once; whether there may be more to read at once.
    pub fn fill(&mut self) -> anyhow::Result<bool> {
        if self.end == self.buffer.len() {
            self.buffer.resize(self.end * 2, 0);
        }
        let read = match self.stream.read(&mut self.buffer[self.end..]) {
            Ok(0) => bail!("the server closed the socket"),
            Ok(read) => read,
            Err(error) if error.kind() == ErrorKind::Interrupted => return Ok(true),
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
            Err(error) => return Err(error.into()),
        };
        self.end += read;
        Ok(self.end == self.buffer.len())
    }

    /// Where the next text is that was read whole; answers pings.
    pub fn frame(&mut self) -> anyhow::Result<Option<Range<usize>>> {
        while let Some((opcode, text)) = frame_at(&self.buffer[..self.end], self.next)? {
            self.next = text.end;
            match opcode {
                0x1 => return Ok(Some(text)),
                0x8 => {
                    bail!("the server closed the socket: {:?}", String::from_utf8_lossy(&self.buffer[text]))
                }
                0x9 => {
                    let pong = masked(0xA, &self.buffer[text]);
                    self.send(&pong)?;
                }
                _ => {}
            }
        }
        Ok(None)
    }

    /// The bytes that `frame` found.
    pub fn text(&self, range: Range<usize>) -> &[u8] {
        &self.buffer[range]
    }

    /// Uses the buffer again from its start, if every frame in it was seen.
    pub fn reuse(&mut self) {
        if self.next == self.end {
            (self.next, self.end) = (0, 0);
        }
    }

    /// Makes room for so many bytes, so that it is not made while the clock runs.
    pub fn make_room(&mut self, bytes: usize) {
        if self.buffer.len() < bytes {
            self.buffer.resize(bytes, 0);
        }
    }

    /// Every text since the buffer was last used again.
    pub fn texts(&self) -> anyhow::Result<Vec<&[u8]>> {
        let (mut at, mut texts) = (0, Vec::new());
        while let Some((opcode, text)) = frame_at(&self.buffer[..self.end], at)? {
            at = text.end;
            if opcode == 0x1 {
                texts.push(&self.buffer[text]);
            }
        }
        Ok(texts)
    }

    /// Waits for the next text.
    pub fn receive(&mut self) -> anyhow::Result<&[u8]> {
        loop {
            self.reuse();
            if let Some(range) = self.frame()? {
                return Ok(&self.buffer[range]);
            }
            self.wait_for_more()?;
        }
    }

    fn wait_for_more(&mut self) -> anyhow::Result<()> {
        let before = self.end;
        self.fill()?;
        ensure!(self.end > before, "no answer came for {} s", PATIENCE.as_secs());
        Ok(())
    }

    /// Asks, and reads the answer, which must have this status.
    pub fn ask(&mut self, text: &str, status: u16) -> anyhow::Result<Value> {
        self.send(&frame(text))?;
        let mut answer: Value = serde_json::from_slice(self.receive()?)?;
        ensure!(answer["response_status"] == status, "expected {status}: {answer}");
        Ok(answer["data"].take())
    }
}

/// A text as it is sent.
pub fn frame(text: &str) -> Vec<u8> {
    masked(0x1, text.as_bytes())
}

fn masked(opcode: u8, bytes: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x80 | opcode];
    match u16::try_from(bytes.len()) {
        Ok(length @ ..=125) => frame.push(0x80 | length as u8),
        Ok(length) => {
            frame.push(0x80 | 126);
            frame.extend(length.to_be_bytes());
        }
        Err(_) => unreachable!("requests are short"),
    }
    frame.extend([0; 4]);
    frame.extend(bytes);
    frame
}

/// The opcode of the frame that begins there and where its content is; none if it is not all there.
fn frame_at(bytes: &[u8], at: usize) -> anyhow::Result<Option<(u8, Range<usize>)>> {
    let Some(&[first, second]) = bytes.get(at..at + 2) else { return Ok(None) };
    ensure!(first & 0xF0 == 0x80 && second & 0x80 == 0, "not a whole frame of a server");
    let extended = match second {
        126 => 2,
        127 => 8,
        _ => 0,
    };
    let Some(length) = bytes.get(at + 2..at + 2 + extended) else { return Ok(None) };
    let length = match length {
        [] => usize::from(second),
        length => length.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)),
    };
    let start = at + 2 + extended;
    let end = start.checked_add(length).context("the length of a frame")?;
    Ok((end <= bytes.len()).then_some((first & 0xF, start..end)))
}
