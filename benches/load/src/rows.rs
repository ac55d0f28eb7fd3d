//! What is measured, a row of the table each, and what was promised of it.

use anyhow::{Context as _, ensure};

use crate::server::{Program, Server};

/// A row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Row {
    /// Rows read, on 32 connections.
    Retrieve(Database),
    /// Rows made, on 32 connections.
    Create(Database),
    /// Rows changed, on 32 connections, each with a subscriber that hears of it.
    Patch(Database),
    /// Lists of 100 rows, each with a nested one, on 32 connections.
    List,
    /// From one update until the last of so many subscribers has it.
    Fanout(usize),
    /// Events received by 1,000 subscribers, 20 updates in flight.
    Deliveries,
    /// The same, half of the subscribers on each of two servers, which hear each other by Redis.
    TwoNodes,
    /// Memory resident for one of 10,000 open connections.
    Idle,
    /// Memory resident for one of 10,000 open connections with a subscription.
    Subscribed,
    /// As the row of that name, with a log of changes, beside the same server without one.
    Logged(Logged),
    /// From the first connection of 10,000 clients that come back until the last of them has what it has missed.
    Resume(Database),
}

/// What is measured with a log of changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Logged {
    Create(Database),
    Fanout(Database),
    Subscribed,
}

/// Where the rows are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Database {
    Sqlite,
    Postgres,
}

use Database::{Postgres, Sqlite};

/// What asks a server for the log of changes.
const LOGGED: (&str, &str) = ("LOAD_LOGGED", "1");

/// What was promised.
#[derive(Debug, Default)]
pub struct Goal {
    /// Beside the limit: at least so much of its figure, or at most of its time.
    pub limit: Option<f64>,
    /// So many times as fast as the peer, at least.
    pub peer: Option<f64>,
    /// No more than this.
    pub most: Option<f64>,
}

/// What is started to measure with.
pub struct Surroundings {
    /// The port of a Redis.
    pub redis: Option<String>,
    /// The URL of a database of PostgreSQL.
    pub postgres: Option<String>,
    /// A Python with the peer's packages; without one the peer is left out.
    pub python: Option<String>,
    /// Whether an earlier build is measured in the place of the limit and the peer.
    pub before: bool,
}

impl Row {
    /// Every row.
    pub const ALL: [Self; 20] = [
        Self::Retrieve(Sqlite),
        Self::Retrieve(Postgres),
        Self::Create(Sqlite),
        Self::Create(Postgres),
        Self::Patch(Sqlite),
        Self::Patch(Postgres),
        Self::List,
        Self::Fanout(1_000),
        Self::Fanout(10_000),
        Self::Deliveries,
        Self::TwoNodes,
        Self::Idle,
        Self::Subscribed,
        Self::Logged(Logged::Create(Sqlite)),
        Self::Logged(Logged::Create(Postgres)),
        Self::Logged(Logged::Fanout(Sqlite)),
        Self::Logged(Logged::Fanout(Postgres)),
        Self::Logged(Logged::Subscribed),
        Self::Resume(Sqlite),
        Self::Resume(Postgres),
    ];

    /// The row of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|row| row.name() == name)
    }

    /// Its name, and what the table says of it.
    fn described(self) -> (&'static str, &'static str) {
        match self {
            Self::Retrieve(Sqlite) => ("retrieve", "32 connections, SQLite, per second"),
            Self::Retrieve(Postgres) => ("retrieve-postgres", "32 connections, PostgreSQL, per second"),
            Self::Create(Sqlite) => ("create", "32 connections, SQLite, per second"),
            Self::Create(Postgres) => ("create-postgres", "32 connections, PostgreSQL, per second"),
            Self::Patch(Sqlite) => ("patch", "with its event, 32 connections, SQLite, per second"),
            Self::Patch(Postgres) => {
                ("patch-postgres", "with its event, 32 connections, PostgreSQL, per second")
            }
            Self::List => ("list", "100 rows, each with a nested one, per second"),
            Self::Fanout(1_000) => ("fanout", "one update to the last of 1,000 subscribers"),
            Self::Fanout(_) => ("fanout-10k", "one update to the last of 10,000 subscribers"),
            Self::Deliveries => ("deliveries", "to 1,000 subscribers, 20 updates in flight, per second"),
            Self::TwoNodes => {
                ("two-nodes", "the same, half of them on each of two servers, beside one server")
            }
            Self::Idle => ("idle", "memory of one of 10,000 connections"),
            Self::Subscribed => ("subscribed", "memory of one of 10,000 with a subscription"),
            Self::Logged(Logged::Create(Sqlite)) => ("logged-create", "`create` with a log of changes"),
            Self::Logged(Logged::Create(Postgres)) => {
                ("logged-create-postgres", "`create-postgres` with a log of changes")
            }
            Self::Logged(Logged::Fanout(Sqlite)) => ("logged-fanout", "`fanout` with a log of changes"),
            Self::Logged(Logged::Fanout(Postgres)) => {
                ("logged-fanout-postgres", "`fanout` on PostgreSQL with a log of changes")
            }
            Self::Logged(Logged::Subscribed) => {
                ("logged-subscribed", "`subscribed` with a position of each client")
            }
            Self::Resume(Sqlite) => {
                ("resume", "10,000 clients come back and resume, until the last has what it missed")
            }
            Self::Resume(Postgres) => ("resume-postgres", "the same on PostgreSQL"),
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        self.described().0
    }

    /// What the table says of it.
    pub fn title(self) -> &'static str {
        self.described().1
    }

    /// What its figures count; nothing: they are numbers per second.
    pub fn unit(self) -> &'static str {
        match self {
            Self::Fanout(_) | Self::Logged(Logged::Fanout(_)) => " ms",
            Self::Idle | Self::Subscribed | Self::Logged(Logged::Subscribed) => " KiB",
            Self::Resume(_) => " s",
            _ => "",
        }
    }

    /// Whether less is better.
    pub fn less_is_better(self) -> bool {
        !self.unit().is_empty()
    }

    /// What was promised of it.
    pub fn goal(self) -> Goal {
        let beside = |limit, peer| Goal { limit: Some(limit), peer, most: None };
        match self {
            Self::Retrieve(Sqlite) => beside(0.9, Some(60.0)),
            Self::Create(Sqlite) => Goal { peer: Some(60.0), ..Goal::default() },
            Self::Create(Postgres) => beside(0.9, None),
            Self::Patch(Sqlite) => beside(0.85, Some(60.0)),
            Self::Retrieve(Postgres) | Self::Patch(Postgres) => Goal::default(),
            Self::List => Goal { peer: Some(60.0), ..Goal::default() },
            Self::Fanout(1_000) => beside(1.2, Some(250.0)),
            Self::Fanout(_) => beside(1.2, None),
            Self::Deliveries => beside(0.8, Some(500.0)),
            Self::TwoNodes => beside(0.5, None),
            Self::Idle => Goal { most: Some(8.0), ..Goal::default() },
            Self::Subscribed => Goal { most: Some(9.0), ..Goal::default() },
            Self::Logged(Logged::Create(Sqlite)) => Goal::default(),
            Self::Logged(Logged::Create(Postgres)) => beside(0.65, None),
            Self::Logged(Logged::Fanout(Sqlite)) => beside(1.3, None),
            Self::Logged(Logged::Fanout(Postgres)) => beside(2.0, None),
            // 0.2 KiB of 9.
            Self::Logged(Logged::Subscribed) => beside(1.02, None),
            Self::Resume(_) => Goal { most: Some(5.0), ..Goal::default() },
        }
    }

    /// How often each server is measured. A process's memory does not come back, so it is weighed once; the peer takes
    /// half a minute for each round of many deliveries.
    pub fn rounds(self, rounds: usize) -> usize {
        match self {
            Self::Idle | Self::Subscribed | Self::Logged(Logged::Subscribed) => 1,
            Self::Deliveries | Self::Resume(_) => rounds.min(3),
            _ => rounds,
        }
    }

    /// Why the peer is not measured, if it is not.
    pub fn without_peer(self) -> Option<&'static str> {
        match self {
            Self::Fanout(10_000) => Some("the peer is left out: its 10,000 connections take minutes a round"),
            Self::Idle | Self::Subscribed => {
                Some("the peer is left out: its 10,000 connections take minutes")
            }
            Self::TwoNodes => Some("the limit is one server without Redis, the peer is left out"),
            Self::Retrieve(Postgres) | Self::Create(Postgres) | Self::Patch(Postgres) => {
                Some("the peer is left out: it is measured on SQLite")
            }
            Self::Logged(_) => Some("the limit is the same server without the log"),
            Self::Resume(_) => Some("there is nothing to resume from without the log"),
            _ => None,
        }
    }

    /// What the first, the second and the third of its servers are called.
    pub fn called(self, index: usize) -> &'static str {
        match (self, index) {
            (Self::TwoNodes, 0) => "two nodes",
            (Self::TwoNodes, _) => "one node",
            (Self::Logged(_), 0) => "with the log",
            (Self::Logged(_), _) => "without the log",
            (_, 0) => "dcrf",
            (_, 1) => "limit",
            _ => "peer",
        }
    }

    /// Starts all servers that it is measured on: our own, what stands for the limit, and the peer if there is one.
    pub fn servers(self, around: &Surroundings) -> anyhow::Result<Vec<Server>> {
        if around.before {
            return self.both_builds(around);
        }
        let postgres = || around.postgres.as_deref().context("LOAD_POSTGRES is the URL of a database");
        let redis = || around.redis.as_deref().context("LOAD_REDIS is the port of a Redis");
        let mut servers = match self {
            Self::TwoNodes => vec![Server::pair(redis()?)?, Server::start(Program::Dcrf, &[])?],
            Self::Retrieve(Postgres) | Self::Create(Postgres) | Self::Patch(Postgres) => {
                let url = postgres()?;
                vec![
                    Server::start(Program::Dcrf, &[("DATABASE_URL", url)])?,
                    Server::start(Program::Limit, &[("LIMIT_POSTGRES", url)])?,
                ]
            }
            Self::Logged(Logged::Create(Postgres) | Logged::Fanout(Postgres)) => {
                let url = postgres()?;
                let other = format!("{url}_logged");
                vec![
                    Server::start(Program::Dcrf, &[LOGGED, ("DATABASE_URL", &other)])?,
                    Server::start(Program::Dcrf, &[("DATABASE_URL", url)])?,
                ]
            }
            Self::Logged(_) => {
                vec![Server::start(Program::Dcrf, &[LOGGED])?, Server::start(Program::Dcrf, &[])?]
            }
            Self::Resume(Sqlite) => vec![Server::start(Program::Dcrf, &[LOGGED])?],
            Self::Resume(Postgres) => {
                let other = format!("{}_logged", postgres()?);
                vec![Server::start(Program::Dcrf, &[LOGGED, ("DATABASE_URL", &other)])?]
            }
            _ => vec![Server::start(Program::Dcrf, &[])?, Server::start(Program::Limit, &[])?],
        };
        if let (None, Some(python)) = (self.without_peer(), &around.python) {
            servers.push(Server::peer(python, redis()?)?);
        }
        Ok(servers)
    }

    /// Starts this build and the earlier one, with the same settings.
    fn both_builds(self, around: &Surroundings) -> anyhow::Result<Vec<Server>> {
        let alone = matches!(self, Self::TwoNodes | Self::Logged(_) | Self::Resume(_));
        ensure!(!alone, "this row is not compared with an earlier build");
        let settings = match (self, around.postgres.as_deref()) {
            (Self::Retrieve(Postgres) | Self::Create(Postgres) | Self::Patch(Postgres), url) => {
                vec![("DATABASE_URL", url.context("LOAD_POSTGRES is the URL of a database")?)]
            }
            _ => Vec::new(),
        };
        [Program::Dcrf, Program::Before]
            .into_iter()
            .map(|program| Server::start(program, &settings))
            .collect()
    }
}
