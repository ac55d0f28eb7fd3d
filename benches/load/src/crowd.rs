//! Many connections, served by one thread that waits for all of them.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use memchr::memmem::Finder;
use mio::unix::SourceFd;
use mio::{Events, Interest, Poll, Token};

use crate::client::{Client, frame};

/// What the digits are that `Template` counts with.
pub const NUMBER: &str = "1000000";

/// Connections that are waited for together.
pub struct Crowd {
    poll: Poll,
    events: Events,
    pub clients: Vec<Client>,
}

impl Crowd {
    /// Waits for these from now on.
    pub fn new(clients: Vec<Client>) -> anyhow::Result<Self> {
        let poll = Poll::new()?;
        for (index, client) in clients.iter().enumerate() {
            client.wait(false)?;
            let source = &mut SourceFd(&client.descriptor());
            poll.registry().register(source, Token(index), Interest::READABLE)?;
        }
        Ok(Self { poll, events: Events::with_capacity(1024), clients })
    }

    /// Waits until something can be read, and reads it all; `heard` is told who has something, and the connection.
    /// Whether there was anything.
    pub fn read(
        &mut self,
        patience: Duration,
        mut heard: impl FnMut(usize, &mut Client) -> anyhow::Result<()>,
    ) -> anyhow::Result<bool> {
        match self.poll.poll(&mut self.events, Some(patience)) {
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => return Ok(true),
            polled => polled?,
        }
        for event in &self.events {
            let index = event.token().0;
            let client = &mut self.clients[index];
            // It is told once of what there is, so all of it has to be read.
            while client.fill()? {}
            heard(index, client)?;
        }
        Ok(!self.events.is_empty())
    }

    /// Forgets whatever came, until nothing does for so long; how many texts there were.
    pub fn forget(&mut self, silence: Duration) -> anyhow::Result<usize> {
        let mut texts = 0;
        let mut forget = |client: &mut Client| {
            while client.frame()?.is_some() {
                texts += 1;
            }
            client.reuse();
            anyhow::Ok(())
        };
        self.clients.iter_mut().try_for_each(&mut forget)?;
        while self.read(silence, |_, client| forget(client))? {}
        Ok(texts)
    }
}

/// A request that is sent many times, with another number each time: it is counted up where it stands.
pub struct Template {
    frame: Vec<u8>,
    numbers: Vec<usize>,
}

impl Template {
    /// Counts up every `NUMBER` of the text.
    pub fn new(text: &str) -> Self {
        let frame = frame(text);
        let start = frame.len() - text.len();
        let numbers = text.match_indices(NUMBER).map(|(at, number)| start + at + number.len() - 1).collect();
        Self { frame, numbers }
    }

    /// The next one.
    pub fn next(&mut self) -> &[u8] {
        for last in &self.numbers {
            for digit in self.frame[..=*last].iter_mut().rev() {
                if *digit < b'9' {
                    *digit += 1;
                    break;
                }
                *digit = b'0';
            }
        }
        &self.frame
    }
}

/// What came of requests.
pub struct Answered {
    /// Those sent; all were answered.
    pub sent: usize,
    /// The answers that count: those that came while all connections asked.
    pub counted: usize,
    /// Until the last of them.
    pub time: Duration,
    /// Texts that the connections heard which did not ask.
    pub events: usize,
}

/// Sends requests, one under way on each connection, as long as `go_on` says so of the number of those sent and of the
/// time, and reads all answers, which must have this status. There is a template for each of the first connections;
/// the others only listen.
pub fn drive(
    crowd: &mut Crowd,
    templates: &mut [Template],
    status: u16,
    go_on: impl Fn(usize, Duration) -> bool,
) -> anyhow::Result<Answered> {
    let label = Finder::new("\"response_status\":");
    let digits = status.to_string();
    let mut answered = Answered { sent: 0, counted: 0, time: Duration::ZERO, events: 0 };
    let mut under_way = 0;
    let start = Instant::now();
    for (client, template) in crowd.clients.iter_mut().zip(templates.iter_mut()) {
        if go_on(answered.sent, start.elapsed()) {
            client.send(template.next())?;
            (answered.sent, under_way) = (answered.sent + 1, under_way + 1);
        }
    }
    let mut busy = true;
    while under_way > 0 {
        let came = crowd.read(Duration::from_secs(60), |index, client| {
            while let Some(range) = client.frame()? {
                let Some(template) = templates.get_mut(index) else {
                    answered.events += 1;
                    continue;
                };
                // Not parsed, for the server's sake.
                let text = client.text(range);
                let said = label.find(text).map(|at| text[at + label.needle().len()..].trim_ascii_start());
                let right = said.is_some_and(|said| said.starts_with(digits.as_bytes()));
                ensure!(right, "not {status}: {}", String::from_utf8_lossy(text));
                under_way -= 1;
                let now = start.elapsed();
                busy = busy && go_on(answered.sent, now);
                if busy {
                    (answered.counted, answered.time) = (answered.counted + 1, now);
                    client.send(template.next())?;
                    (answered.sent, under_way) = (answered.sent + 1, under_way + 1);
                }
            }
            client.reuse();
            Ok(())
        });
        ensure!(came.context("under load")?, "no answer came for 60 s");
    }
    Ok(answered)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_counted_up_in_place() {
        let mut template = Template::new(r#"{"request_id":1000000,"data":{"counter":1000000}}"#);
        for _ in 0..10 {
            template.next();
        }
        assert!(template.frame.ends_with(br#"{"request_id":1000010,"data":{"counter":1000010}}"#));
    }
}
