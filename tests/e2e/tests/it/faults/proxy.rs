//! A network between a server and what it needs: it can be slow, or cut without a word.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::sleep;

/// How the network is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    Good,
    /// Whatever is sent takes this long.
    Slow(Duration),
    /// Nothing comes through, and nobody is told: neither now nor later, on connections that there were.
    Cut,
}

pub(super) struct Proxy {
    pub(super) port: u16,
    /// How it is, and how often it has been cut.
    line: watch::Sender<(Line, u64)>,
}

impl Proxy {
    pub(super) async fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let own = listener.local_addr().expect("an address").port();
        let (line, state) = watch::channel((Line::Good, 0));
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                tokio::spawn(connect(near, port, state.clone()));
            }
        });
        Self { port: own, line }
    }

    /// Is slow for a while.
    pub(super) async fn is_slow_for(&self, while_: Duration) {
        self.is_for(Line::Slow(while_ / 10), while_).await;
    }

    /// Is cut for a while.
    pub(super) async fn is_cut_for(&self, while_: Duration) {
        self.is_for(Line::Cut, while_).await;
    }

    async fn is_for(&self, line: Line, while_: Duration) {
        self.become_(line);
        sleep(while_).await;
        self.become_(Line::Good);
    }

    pub(super) fn become_(&self, line: Line) {
        self.line.send_modify(|(now, cuts)| {
            *cuts += u64::from(line == Line::Cut);
            *now = line;
        });
    }
}

async fn connect(near: TcpStream, port: u16, mut state: watch::Receiver<(Line, u64)>) {
    let (line, cuts) = *state.borrow_and_update();
    if line == Line::Cut {
        return forever(near).await;
    }
    // Nobody listens: whoever has connected is told.
    let Ok(far) = TcpStream::connect(("127.0.0.1", port)).await else { return };
    let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
    tokio::select! {
        () = carry(near_in, far_out, state.clone(), cuts) => {}
        () = carry(far_in, near_out, state, cuts) => {}
    }
}

/// Nothing comes, and nothing ends.
async fn forever<T>(kept: T) {
    std::future::pending::<()>().await;
    drop(kept);
}

/// Ready when it has been cut since.
async fn is_cut(state: &mut watch::Receiver<(Line, u64)>, cuts: u64) {
    // Should the proxy have ended, so has the test.
    let _ = state.wait_for(|(_, now)| *now != cuts).await;
}

async fn carry(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut state: watch::Receiver<(Line, u64)>,
    cuts: u64,
) {
    let mut buffer = vec![0; 64 << 10];
    loop {
        let read = tokio::select! {
            read = from.read(&mut buffer) => Some(read),
            () = is_cut(&mut state, cuts) => None,
        };
        let Some(read) = read else { return forever((from, to)).await };
        let Ok(length @ 1..) = read else { return };
        let (line, now) = *state.borrow();
        if now != cuts {
            return forever((from, to)).await;
        }
        if let Line::Slow(time) = line {
            sleep(time).await;
        }
        if to.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}
