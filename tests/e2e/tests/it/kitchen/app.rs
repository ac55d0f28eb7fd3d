//! What the application of `tests/kitchen` does: little, and what a test can watch and hold up.

use dcrf_runtime::{Context, Detail, Error, FromObject as _, Model as _, Result, decode};
use kitchen::consumers::{
    AddAllInput, AddAllInputThen, CountInput, HoldInput, LabelInput, RefuseInput, RefuseInputHow,
    SimmerInput, StarInput, TablesInput, WaitInput,
};
use kitchen::models::{Account, NewNote, Note, NoteChanges};
use kitchen::serializers::{AccountPatch, DRF_TABLES, DrfTables, LABEL_SERIALIZER, LabelSerializer};
use kitchen::types::{Fixed, Order};
use kitchen::{AccountHandler, NoteHandler, StoveHandler};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use dcrf_e2e::LIMIT;

/// The application: it tells the test what happens in it.
#[derive(Debug)]
pub(crate) struct App {
    arrivals: mpsc::UnboundedSender<Arrival>,
    cancelled: mpsc::UnboundedSender<String>,
    told: mpsc::UnboundedSender<String>,
}

/// An action that waits for the test.
#[derive(Debug)]
pub(crate) struct Arrival {
    /// What it was given to be known by.
    pub(crate) ticket: String,
    go: oneshot::Sender<()>,
}

impl Arrival {
    /// Lets it go on.
    pub(crate) fn go(self) {
        self.go.send(()).unwrap_or_else(|()| panic!("{} does not wait any more", self.ticket));
    }
}

/// What the application tells the test.
#[derive(Debug)]
pub(crate) struct Signals {
    arrivals: mpsc::UnboundedReceiver<Arrival>,
    cancelled: mpsc::UnboundedReceiver<String>,
    told: mpsc::UnboundedReceiver<String>,
}

impl Signals {
    /// The next action that waits.
    pub(crate) async fn arrival(&mut self) -> Arrival {
        let arrival = timeout(LIMIT, self.arrivals.recv()).await.expect("an action comes to wait");
        arrival.expect("the application is there")
    }

    /// What the application tells next.
    pub(crate) async fn told(&mut self) -> String {
        let told = timeout(LIMIT, self.told.recv()).await.expect("the application tells something");
        told.expect("the application is there")
    }

    /// What the application has told that nobody asked for.
    pub(crate) fn untold(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.told.try_recv().ok()).collect()
    }

    /// The ticket of the next action that was dropped while it waited.
    pub(crate) async fn cancelled(&mut self) -> String {
        let ticket = timeout(LIMIT, self.cancelled.recv()).await.expect("an action is cancelled");
        ticket.expect("the application is there")
    }
}

/// Tells the test if it is dropped before its time.
struct Guard<'a> {
    app: &'a App,
    ticket: Option<String>,
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket.take() {
            // A test that is over does not want to know.
            let _ = self.app.cancelled.send(ticket);
        }
    }
}

/// Tells the test something.
pub(super) struct Teller(mpsc::UnboundedSender<String>);

impl Teller {
    pub(super) fn tell(&self, text: String) {
        // A test that is over does not want to know.
        let _ = self.0.send(text);
    }
}

impl App {
    pub(crate) fn new() -> (Self, Signals) {
        let ((arrivals, come), (cancelled, gone)) = (mpsc::unbounded_channel(), mpsc::unbounded_channel());
        let (tell, told) = mpsc::unbounded_channel();
        (Self { arrivals, cancelled, told: tell }, Signals { arrivals: come, cancelled: gone, told })
    }

    /// Tells the test something.
    pub(super) fn tell(&self, text: String) {
        // A test that is over does not want to know.
        let _ = self.told.send(text);
    }

    /// What tells the test something from anywhere.
    pub(super) fn teller(&self) -> Teller {
        Teller(self.told.clone())
    }

    /// Waits until the test says so.
    pub(super) async fn wait_for_test(&self, ticket: String) {
        let mut guard = Guard { app: self, ticket: Some(ticket.clone()) };
        let (go, gone) = oneshot::channel();
        self.arrivals.send(Arrival { ticket, go }).expect("the test listens");
        // A test that ends lets everything go.
        let _ = gone.await;
        guard.ticket = None;
    }
}

impl AccountHandler for App {
    async fn validate_name(&self, _ctx: &Context, value: String) -> Result<String> {
        match value.as_str() {
            "root" => Err(Error::invalid("Nobody is called that.")),
            "banned" => Err(Error::PermissionDenied),
            _ => Ok(value.to_lowercase()),
        }
    }

    async fn validate(
        &self,
        _ctx: &Context,
        row: Option<Account>,
        mut data: AccountPatch,
    ) -> Result<AccountPatch> {
        match data.bio.as_deref() {
            Some("text") => return Err(Error::Validation(Detail::text("A text."))),
            Some("list") => return Err(Error::invalid("A list.")),
            Some("object") => {
                let entries = vec![("secret".to_owned(), Detail::text("An object."))];
                return Err(Error::Validation(Detail::Map(entries)));
            }
            Some("who") => {
                data.bio = Some(row.map_or("nobody yet".to_owned(), |row| format!("was {}", row.name)))
            }
            _ => {}
        }
        Ok(data)
    }
}

impl NoteHandler for App {
    async fn star(&self, ctx: &Context, row: Note, input: StarInput) -> Result<Note> {
        let changes = NoteChanges { stars: Some(row.stars + input.stars), ..NoteChanges::default() };
        Note::objects(ctx.db()).update(row.id, changes).await
    }

    async fn best(&self, ctx: &Context) -> Result<Option<Note>> {
        Ok(Note::objects(ctx.db()).list().await?.into_iter().max_by_key(|note| note.stars))
    }

    async fn starred(&self, ctx: &Context) -> Result<Vec<Note>> {
        let mut notes = Note::objects(ctx.db()).list().await?;
        notes.retain(|note| note.stars > 0);
        Ok(notes)
    }

    async fn add_all(&self, ctx: &Context, input: AddAllInput) -> Result<Vec<Note>> {
        let mut notes = Vec::new();
        for text in input.texts {
            notes.push(Note::objects(ctx.db()).create(NewNote { text, stars: None }).await?);
        }
        match input.then {
            AddAllInputThen::Commit => Ok(notes),
            AddAllInputThen::Fail => Err(Error::invalid("Not like this.")),
            AddAllInputThen::Panic => panic!("a test wants it so"),
        }
    }

    async fn hold(&self, ctx: &Context, input: HoldInput) -> Result<()> {
        let text = input.text.clone();
        Note::objects(ctx.db()).create(NewNote { text, stars: None }).await?;
        self.wait_for_test(input.text).await;
        Ok(())
    }
}

impl StoveHandler for App {
    async fn cook(&self, _ctx: &Context, input: Order) -> Result<Order> {
        Ok(input)
    }

    async fn fix(&self, _ctx: &Context, input: Fixed) -> Result<Fixed> {
        Ok(input)
    }

    async fn tables(&self, _ctx: &Context, input: TablesInput) -> Result<DrfTables> {
        DrfTables::from_object(decode::data(&DRF_TABLES, input.data.flatten().as_ref())?)
    }

    async fn label(&self, _ctx: &Context, input: LabelInput) -> Result<LabelSerializer> {
        LabelSerializer::from_object(decode::data(&LABEL_SERIALIZER, input.data.flatten().as_ref())?)
    }

    async fn count(&self, _ctx: &Context, input: CountInput) -> Result<i64> {
        Ok(input.of.iter().sum())
    }

    async fn clean(&self, _ctx: &Context) -> Result<()> {
        Ok(())
    }

    async fn refuse(&self, _ctx: &Context, input: RefuseInput) -> Result<()> {
        Err(match input.how {
            RefuseInputHow::Text => Error::Validation(Detail::text("A text.")),
            RefuseInputHow::Field => Error::field("dish", "Not that."),
            RefuseInputHow::Whole => Error::non_field("None of it."),
            RefuseInputHow::Missing => Error::NotFound,
            RefuseInputHow::Forbidden => Error::PermissionDenied,
            RefuseInputHow::Teapot => Error::Api { status: 418, detail: Detail::text("Short and stout.") },
            RefuseInputHow::Internal => Error::internal("a secret of the server"),
            RefuseInputHow::Panic => panic!("a test wants it so"),
        })
    }

    async fn wait(&self, _ctx: &Context, input: WaitInput) -> Result<String> {
        self.wait_for_test(input.ticket.clone()).await;
        Ok(input.ticket)
    }

    async fn simmer(&self, _ctx: &Context, input: SimmerInput) -> Result<String> {
        self.wait_for_test(input.ticket.clone()).await;
        Ok(input.ticket)
    }

    async fn burn(&self, _ctx: &Context) -> Result<()> {
        panic!("a test wants it so")
    }
}
