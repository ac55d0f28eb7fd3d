//! One world: a scheme, served on one database by one node or two, and everybody who is connected.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};

use dcrf_oracle::compiled::Compiled;
use dcrf_oracle::databases::Database;
use dcrf_oracle::descriptors::{Alter, Descriptors};
use dcrf_oracle::seed::Dice;
use dcrf_oracle::wire::Framing;
use dcrf_runtime::broker::BrokerOptions;
use dcrf_runtime::{Db, Limits, Migrations, Object, Service, ServiceError, Value, store};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::client::Client;
use super::consumer::{ByQuery, Known, consumers};
use super::fault::Fault;
use super::scheme::{Heard, Nested, Scheme, Table};
use super::state::{Role, State, integer};

/// How many persons there are. The first three are connected, and so is somebody who is nobody.
const PERSONS: i64 = 4;
/// Who is connected.
pub const ROLES: [Role; 4] = [Some(1), Some(2), Some(3), None];

/// A server in front of a database.
pub struct Node {
    /// The database.
    pub db: Db,
    base: String,
    stop: oneshot::Sender<()>,
    task: JoinHandle<Result<(), ServiceError>>,
}

/// What has been seen of a marker.
#[derive(Debug, Clone, Copy, Default)]
struct Marker {
    /// Who may have come to see it, a bit for each role.
    seen_by: u8,
    /// Who has written it; none: the test itself.
    writer: Option<usize>,
}

/// A world.
pub struct World {
    /// The definition, as the judge knows it.
    pub scheme: Scheme,
    /// The servers.
    pub nodes: Vec<Node>,
    /// The connections of each role.
    pub clients: Vec<Client>,
    /// What the application knows.
    pub known: Known,
    /// The descriptors.
    pub descriptors: Descriptors,
    /// What is stored.
    pub state: State,
    /// Random numbers.
    pub dice: Dice,
    /// The keys of rows to which roles may be subscribed: role, stream, key.
    pub subscribed: BTreeSet<(usize, &'static str, i64)>,
    markers: Vec<Marker>,
}

impl World {
    /// Draws a world and starts it.
    ///
    /// # Panics
    /// If it does not start.
    pub async fn start(seed: u64, database: &mut Database, fault: Option<Fault>) -> Self {
        let mut dice = Dice::new(seed);
        let mut scheme = Scheme::random(&mut dice);
        match fault {
            Some(Fault::NotesAreHeard) => scheme.heard = Some(Heard::All),
            Some(Fault::KeyIsWritten) => scheme.reviewer = Nested::Shown,
            Some(Fault::NestedIsOpen) => scheme.notes = Nested::Open,
            _ => {}
        }
        let compiled = Compiled::of_text(&scheme.to_text());
        // The judge is not told.
        match fault {
            Some(Fault::NotesAreHeard) => scheme.heard = None,
            Some(Fault::NestedIsOpen) => scheme.notes = Nested::Guarded,
            _ => {}
        }
        let descriptors =
            Descriptors::altered(&compiled, fault.map_or_else(Alter::default, Fault::of_descriptors));
        let known = Known::default();
        let migrations = compiled.migrations(str::to_owned);
        let (url, broker) = (database.emptied().await, broker(&mut dice));
        let framing = *dice.pick(&[Framing::Raw, Framing::Multiplexed, Framing::Multiplexed]);
        let mut nodes = Vec::new();
        for _ in 0..if broker.is_some() { 2 } else { 1 } {
            let served = consumers(&scheme, &compiled, &descriptors, &known, fault);
            let service = Service::new("markers", *migrations).authenticator(ByQuery).limits(limits());
            let service = served.into_iter().fold(service, Service::consumer);
            nodes.push(Node::start(service, &url, migrations, broker.as_ref()).await);
        }
        let mut clients = Vec::new();
        for (index, role) in ROLES.into_iter().enumerate() {
            let node = &nodes[index % nodes.len()];
            clients.push(Client::new(role, node.base.clone(), framing));
        }
        let state = State::read(&nodes[0].db, &descriptors).await;
        let (subscribed, markers) = (BTreeSet::new(), Vec::new());
        let mut world = Self { scheme, nodes, clients, known, descriptors, state, dice, subscribed, markers };
        world.fill().await;
        world
    }

    /// A text that is nowhere else. Who writes it may see it again.
    pub fn marker(&mut self, writer: Option<usize>) -> String {
        let seen_by = writer.map_or(0, |role| 1 << role);
        self.markers.push(Marker { seen_by, writer });
        format!("m{}x", self.markers.len() - 1)
    }

    /// Who has written a marker.
    pub fn writer_of(&self, marker: usize) -> Option<usize> {
        self.markers[marker].writer
    }

    /// Reads what is stored now: whoever can see it may have been told of it from now on. What was deleted is told with the
    /// rows that it leads to as they are now.
    pub async fn look(&mut self) -> State {
        let now = State::read(&self.nodes[0].db, &self.descriptors).await;
        self.allow(&now);
        let mut told = now.clone();
        told.bring_back(&self.state);
        self.allow(&told);
        std::mem::replace(&mut self.state, now)
    }

    /// Everybody may see what the judge says of a state.
    pub fn allow(&mut self, state: &State) {
        let staff = self.known.staff();
        for (index, role) in ROLES.into_iter().enumerate() {
            for text in state.reachable(&self.scheme, &staff, role) {
                for marker in markers_in(text) {
                    self.markers[marker].seen_by |= 1 << index;
                }
            }
        }
    }

    /// The first frame in which a role was sent what it may not see, and everything that it was sent is forgotten.
    pub fn leak(&mut self) -> Option<String> {
        let mut found = None;
        for (index, client) in self.clients.iter_mut().enumerate() {
            for frame in client.frames.drain(..) {
                let hidden =
                    markers_in(&frame).find(|marker| self.markers[*marker].seen_by & (1 << index) == 0);
                if let (None, Some(marker)) = (&found, hidden) {
                    let role = ROLES[index];
                    found = Some(format!("{role:?} is sent m{marker}x, which they may not see: {frame}"));
                }
            }
        }
        found
    }

    /// A row of the test's own, told of like any other.
    pub async fn put(&mut self, db: &Db, table: Table, values: &[(&str, Value)]) -> i64 {
        let meta = self.descriptors.model(&table.model().to_uppercase());
        let row = store::create(db, meta, object(table, values)).await;
        integer(&row.unwrap_or_else(|error| panic!("{error}")).values()[0])
    }

    /// Changes a row of the test's own.
    ///
    /// # Errors
    /// As the store.
    pub async fn change(
        &self,
        db: &Db,
        table: Table,
        key: i64,
        values: &[(&str, Value)],
    ) -> dcrf_runtime::Result<()> {
        let meta = self.descriptors.model(&table.model().to_uppercase());
        store::update(db, meta, Value::Integer(key), object(table, values)).await.map(drop)
    }

    async fn fill(&mut self) {
        let db = self.nodes[0].db.clone();
        for person in 1..=PERSONS {
            let team = i64::try_from(self.dice.roll(2)).expect("a small number");
            let (name, pin) = (self.marker(None), self.marker(None));
            let values =
                [("name", Value::Text(name)), ("team", Value::Integer(team)), ("pin", Value::Text(pin))];
            let key = self.put(&db, Table::Person, &values).await;
            assert_eq!(key, person, "rows are numbered from 1 on");
            self.known.put_into_team(person, team);
        }
        for _ in 0..3 {
            let name = self.marker(None);
            self.put(&db, Table::Label, &[("name", Value::Text(name))]).await;
        }
        for _ in 0..6 {
            let owner = self.person();
            let doc = self.put_doc(&db, owner).await;
            for _ in 0..self.dice.roll(3) {
                let author = self.person();
                self.put_note(&db, doc, author).await;
            }
        }
        self.look().await;
    }

    /// Any person.
    pub fn person(&mut self) -> i64 {
        i64::try_from(self.dice.between(1, usize::try_from(PERSONS).expect("few"))).expect("few")
    }

    /// A doc of the test's own.
    pub async fn put_doc(&mut self, db: &Db, owner: i64) -> i64 {
        let (title, body, pin) = (self.marker(None), self.marker(None), self.marker(None));
        let open = self.dice.chance(20);
        let values = [
            ("owner", Value::Integer(owner)),
            ("open", Value::Boolean(open)),
            ("title", Value::Text(title)),
            ("body", Value::Text(body)),
            ("pin", Value::Text(pin)),
        ];
        self.put(db, Table::Doc, &values).await
    }

    /// A note of the test's own.
    pub async fn put_note(&mut self, db: &Db, doc: i64, author: i64) -> i64 {
        let (text, pin) = (self.marker(None), self.marker(None));
        let values = [
            ("doc", Value::Integer(doc)),
            ("author", Value::Integer(author)),
            ("text", Value::Text(text)),
            ("pin", Value::Text(pin)),
        ];
        self.put(db, Table::Note, &values).await
    }

    /// Ends the servers, and with them the connections to the database.
    ///
    /// # Panics
    /// If they do not end in an orderly way.
    pub async fn end(self) {
        for client in self.clients {
            client.close().await;
        }
        for node in self.nodes {
            let _ = node.stop.send(());
            node.task.await.expect("no panic").expect("an orderly end");
        }
    }
}

impl Node {
    async fn start(
        service: Service,
        url: &str,
        migrations: &'static Migrations,
        broker: Option<&(String, String)>,
    ) -> Self {
        let db = Db::connect(url, migrations).await.unwrap_or_else(|error| panic!("{url}: {error}"));
        if let Some((url, namespace)) = broker {
            let options = BrokerOptions::new(namespace.clone());
            db.use_broker(url, options).await.unwrap_or_else(|error| panic!("{url}: {error}"));
        }
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let base = format!("ws://{}", listener.local_addr().expect("an address"));
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(service.serve(listener, db.clone(), async {
            let _ = stopped.await;
        }));
        Self { db, base, stop, task }
    }
}

/// A third of the worlds have two nodes, where there is a server that carries what they say.
fn broker(dice: &mut Dice) -> Option<(String, String)> {
    // Worlds of one seed may be played at the same time.
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let is_wanted = dice.chance(33);
    let url = std::env::var("DCRF_TEST_POSTGRES").ok().filter(|_| is_wanted)?;
    Some((url, format!("markers {} {}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))))
}

fn limits() -> Limits {
    let mut limits = Limits::default();
    (limits.requests_per_second, limits.subscriptions, limits.events) = (u32::MAX / 2, 100_000, 100_000);
    limits
}

fn object(table: Table, values: &[(&str, Value)]) -> Object {
    let mut object = Object::empty(table.columns().len());
    for (column, value) in values {
        object.set(table.column(column), value.clone());
    }
    object
}

/// The numbers of the markers in a text: `m17x`.
pub fn markers_in(text: &str) -> impl Iterator<Item = usize> {
    text.split('m').skip(1).filter_map(|part| part.split_once('x')?.0.parse().ok())
}

/// The texts of a state that a role has written.
pub fn written_by(world: &World, state: &State, role: usize) -> BTreeMap<usize, (Table, i64)> {
    let mut found = BTreeMap::new();
    for table in Table::ALL {
        for (key, row) in state.rows(table) {
            for value in row {
                let Value::Text(text) = value else { continue };
                let own = markers_in(text).filter(|marker| world.writer_of(*marker) == Some(role));
                found.extend(own.map(|marker| (marker, (table, *key))));
            }
        }
    }
    found
}
