//! Speech to text: a connection sends pieces of a voice, and the server keeps what it has heard.

use dcrf_runtime::{Context, Error, Result, Service};
use serde_json::json;
use transcription::TranscriptionHandler;
use transcription::consumers::{TranscribeInput, TranscribeOutput};

use crate::users::tokens;

/// The providers of speech recognition; the first one is the default.
const PROVIDERS: [&str; 2] = ["local", "cloud"];

/// Closes a connection that asks for a provider which does not exist.
const UNKNOWN_PROVIDER: u16 = 4400;

/// The application.
#[derive(Debug)]
struct App;

/// What a connection has said, and in which language.
#[derive(Clone)]
struct Speech {
    language: Option<String>,
    provider: &'static str,
    heard: String,
}

/// Returns the service.
pub fn service() -> Service {
    transcription::service(App).authenticator(tokens())
}

impl TranscriptionHandler for App {
    async fn connected(&self, ctx: &Context) -> Result<()> {
        let wanted = ctx.handshake().query_parameter("provider");
        let wanted = wanted.as_deref().unwrap_or(PROVIDERS[0]);
        let Some(provider) = PROVIDERS.into_iter().find(|name| *name == wanted) else {
            ctx.send_json(&json!({"error": format!("There is no provider {wanted}.")}))?;
            return ctx.close(UNKNOWN_PROVIDER);
        };
        let language = ctx.handshake().query_parameter("language").map(Into::into);
        ctx.set_state(Speech { language, provider, heard: String::new() });
        Ok(())
    }

    async fn transcribe(&self, ctx: &Context, input: TranscribeInput) -> Result<TranscribeOutput> {
        let Some(mut speech) = ctx.state::<Speech>() else {
            return Err(Error::internal("a connection has no speech"));
        };
        speech.heard += &recognize(input.voice_stream.as_slice())?;
        ctx.set_state(speech.clone());
        Ok(TranscribeOutput {
            language: speech.language,
            stt_provider: speech.provider.to_owned(),
            transcript: speech.heard,
        })
    }
}

/// Stands for a recogniser: it understands a voice that is text.
fn recognize(voice: &[u8]) -> Result<String> {
    let text = std::str::from_utf8(voice);
    text.map(str::to_owned).map_err(|_| Error::field("voice_stream", "This is not speech."))
}
