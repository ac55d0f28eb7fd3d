//! Displays and their control room: who is connected, signals, and frames under another action than the request's.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use dcrf_runtime::{Context, Db, Error, Event as _, Limits, Model as _, Result, Service, Signal as _, Uuid};
use signage::SignageHandler;
use signage::consumers::{
    DisplayConnectionsSignal, DisplayConnectionsSignalType, DisplayUpdatedInput, DisplayUpdatedSignal,
    GetCurrentPageInput, HelloInput, HelloOutput, RefreshEvent, SIGNAGE_DISPLAY_CONNECTIONS_SIGNAL,
    SIGNAGE_DISPLAY_UPDATED_SIGNAL, SIGNAGE_TAKE_SCREENSHOT_SIGNAL, ScreenshotInput, TakeScreenshotSignal,
};
use signage::models::{Page, Screen};
use signage::serializers::PAGE_SERIALIZER;
use signage::types::Connected;

/// Bytes of the largest message: a screenshot.
const FRAME: usize = 4 * 1024 * 1024;

/// The group of all displays.
const DISPLAYS: &str = "displays";

/// The application.
#[derive(Debug, Default)]
struct App {
    /// The displays that are connected, by the number of their connection.
    connected: Mutex<HashMap<u64, Connected>>,
}

/// Returns the service.
pub fn service() -> Service {
    let mut limits = Limits::default();
    limits.frame = FRAME;
    signage::service(App::default()).limits(limits)
}

impl App {
    fn connected(&self) -> MutexGuard<'_, HashMap<u64, Connected>> {
        // Every change leaves the map whole.
        self.connected.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn display(&self, ctx: &Context) -> Result<Connected> {
        self.connected()
            .get(&ctx.connection_id())
            .cloned()
            .ok_or_else(|| Error::non_field("Say hello first."))
    }
}

impl SignageHandler for App {
    async fn disconnected(&self, ctx: &Context) -> Result<()> {
        let gone = self.connected().remove(&ctx.connection_id());
        let Some(display) = gone else { return Ok(()) };
        tell(ctx, DisplayConnectionsSignalType::Disconnected, display, None).await
    }

    async fn display_updated_groups_for(
        &self,
        _ctx: &Context,
        input: DisplayUpdatedInput,
    ) -> Result<Vec<String>> {
        Ok(vec![input.code])
    }

    async fn ping(&self, _ctx: &Context) -> Result<()> {
        Ok(())
    }

    async fn hello(&self, ctx: &Context, input: HelloInput) -> Result<HelloOutput> {
        let device_id = input.device_id.flatten().unwrap_or_else(|| Uuid::random().to_string());
        let display = Connected { device_id: device_id.clone(), code: input.code.clone() };
        self.connected().insert(ctx.connection_id(), display.clone());
        SIGNAGE_DISPLAY_UPDATED_SIGNAL.subscribe(ctx, [input.code]).await?;
        SIGNAGE_TAKE_SCREENSHOT_SIGNAL.subscribe_to_all(ctx).await?;
        ctx.group(DISPLAYS).join().await?;
        tell(ctx, DisplayConnectionsSignalType::Connected, display, None).await?;
        Ok(HelloOutput { device_id })
    }

    async fn get_current_page(&self, ctx: &Context, input: GetCurrentPageInput) -> Result<()> {
        let screen = Screen::objects(ctx.db()).filter(Screen::CODE.eq(input.code)).first().await?;
        let screen = screen.ok_or(Error::NotFound)?;
        let page = match screen.page {
            Some(page) => vec![Page::objects(ctx.db()).get(page).await?],
            None => Vec::new(),
        };
        ctx.reply_as("page", 200, &ctx.show(&PAGE_SERIALIZER, page).await?.first())
    }

    async fn get_connected_displays(&self, ctx: &Context) -> Result<Vec<Connected>> {
        SIGNAGE_DISPLAY_CONNECTIONS_SIGNAL.subscribe_to_all(ctx).await?;
        let mut displays: Vec<Connected> = self.connected().values().cloned().collect();
        displays.sort_by(|a, b| (&a.code, &a.device_id).cmp(&(&b.code, &b.device_id)));
        Ok(displays)
    }

    async fn request_screenshots(&self, ctx: &Context) -> Result<()> {
        TakeScreenshotSignal {}.send(ctx).await
    }

    async fn request_refresh(&self, ctx: &Context) -> Result<()> {
        RefreshEvent {}.send(ctx, DISPLAYS).await;
        Ok(())
    }

    async fn screenshot(&self, ctx: &Context, input: ScreenshotInput) -> Result<()> {
        let display = self.display(ctx)?;
        tell(ctx, DisplayConnectionsSignalType::Screenshot, display, Some(input.data)).await
    }
}

/// Tells the displays of a code that their page has changed, as the site does.
pub async fn display_updated(db: &Db, code: &str) {
    DisplayUpdatedSignal { code: code.to_owned() }.send_to(db, [code]).await;
}

/// Tells the control rooms about a display.
async fn tell(
    ctx: &Context,
    r#type: DisplayConnectionsSignalType,
    display: Connected,
    data: Option<String>,
) -> Result<()> {
    DisplayConnectionsSignal { r#type, display, data }.send(ctx).await
}
