//! Displays and their control room: who is connected, signals, and frames under another action than the request's.

use dcrf_runtime::{
    Context, Db, Error, Event as _, Limits, Model as _, Presence as _, Result, Service, Signal as _, Uuid,
};
use signage::SignageHandler;
use signage::consumers::{
    DisplayConnectionsSignal, DisplayConnectionsSignalType, DisplayUpdatedSignal, DisplaysSignal,
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
#[derive(Debug)]
struct App;

/// The display that a connection is.
#[derive(Clone)]
struct Greeted(Connected);

/// Returns the service.
pub fn service() -> Service {
    let mut limits = Limits::default();
    limits.frame = FRAME;
    signage::service(App).limits(limits)
}

impl SignageHandler for App {
    async fn disconnected(&self, ctx: &Context) -> Result<()> {
        let Some(Greeted(display)) = ctx.state() else { return Ok(()) };
        tell(ctx, DisplayConnectionsSignalType::Disconnected, display, None).await
    }

    async fn ping(&self, _ctx: &Context) -> Result<()> {
        Ok(())
    }

    async fn hello(&self, ctx: &Context, input: HelloInput) -> Result<HelloOutput> {
        let device_id = input.device_id.flatten().unwrap_or_else(|| Uuid::random().to_string());
        let display = Connected { device_id: device_id.clone(), code: input.code.clone() };
        ctx.set_state(Greeted(display.clone()));
        DisplaysSignal(display.clone()).join(ctx).await?;
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
        // The signal has one group, to which every payload belongs.
        let any = Connected { device_id: String::new(), code: String::new() };
        let members = DisplaysSignal(any).members(ctx).await?;
        let mut displays: Vec<Connected> = members.into_iter().map(|member| member.payload.0).collect();
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
        let Some(Greeted(display)) = ctx.state() else { return Err(Error::non_field("Say hello first.")) };
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
