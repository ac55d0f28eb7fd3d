//! What the application does for `cards`.

use dcrf_runtime::{Context, Error, Event as _, Model as _, Result, Signal as _};
use kitchen::CardHandler;
use kitchen::consumers::{
    AlarmSignal, BellSignal, ChimeSignal, JoinInput, LeaveInput, LingerInput, MeasureInput, PlayersEvent,
    QuitInput, RingInput, ScoreEvent, ScoreInput, SeveralInput, TellInput, WhisperSignal, WhisperToInput,
    WordsInput,
};
use kitchen::models::{Card, CardChanges, NewCard};
use kitchen::types::{MarkedItem2, Side};
use serde_json::json;

use crate::kitchen::app::App;

impl CardHandler for App {
    async fn ring(&self, ctx: &Context, input: RingInput) -> Result<()> {
        BellSignal { text: input.text }.send(ctx).await
    }

    async fn raise_alarm(&self, ctx: &Context, input: Side) -> Result<()> {
        AlarmSignal(input).send(ctx).await
    }

    async fn score(&self, ctx: &Context, input: ScoreInput) -> Result<()> {
        ScoreEvent { points: input.points }.send(ctx, input.room).await;
        ChimeSignal { count: input.points }.send(ctx).await
    }

    async fn measure(&self, _: &Context, input: MeasureInput) -> Result<(f64, Option<MarkedItem2>)> {
        let (x, mark) = input.at;
        Ok((x - 1.0, mark))
    }

    async fn whisper_to(&self, ctx: &Context, input: WhisperToInput) -> Result<()> {
        WhisperSignal {}.send_to(ctx, input.who).await;
        Ok(())
    }

    async fn join(&self, ctx: &Context, input: JoinInput) -> Result<()> {
        ctx.group(input.room).join().await
    }

    async fn leave(&self, ctx: &Context, input: LeaveInput) -> Result<()> {
        ctx.group(input.room).leave().await
    }

    async fn tell(&self, ctx: &Context, input: TellInput) -> Result<()> {
        if input.raw {
            return ctx.group(input.room).send_json(&json!({"usuarios": input.names})).await;
        }
        PlayersEvent { names: input.names }.send(ctx, input.room).await;
        Ok(())
    }

    async fn several(&self, ctx: &Context, input: SeveralInput) -> Result<()> {
        let cards = Card::objects(ctx.db());
        for step in &input.steps {
            let parts: Vec<&str> = step.split(':').collect();
            let key = |text: &str| text.parse::<i64>().map_err(|_| Error::invalid("That is no key."));
            match *parts.as_slice() {
                ["create", text] => {
                    let (board, text) = (input.board, text.to_owned());
                    cards.create(NewCard { board, lane: None, owner: None, text }).await?;
                }
                ["update", pk, text] => {
                    let changes = CardChanges { text: Some(text.to_owned()), ..CardChanges::default() };
                    cards.update(key(pk)?, changes).await?;
                }
                ["move", pk, lane] => {
                    let changes = CardChanges { lane: Some(lane.to_owned()), ..CardChanges::default() };
                    cards.update(key(pk)?, changes).await?;
                }
                ["delete", pk] => cards.delete(key(pk)?).await?,
                ["ring", text] => BellSignal { text: text.to_owned() }.send(ctx).await?,
                _ => return Err(Error::invalid("Not like this.")),
            }
        }
        Ok(())
    }

    async fn twice(&self, ctx: &Context) -> Result<i64> {
        ctx.reply(206, &1)?;
        ctx.send_json(&json!({"no": "envelope"}))?;
        Ok(2)
    }

    async fn quit(&self, ctx: &Context, input: QuitInput) -> Result<()> {
        ctx.send_json(&"bye")?;
        ctx.close(u16::try_from(input.code).unwrap_or_default())
    }

    async fn linger(&self, ctx: &Context, input: LingerInput) -> Result<()> {
        let changes = CardChanges { text: Some("lingering".to_owned()), ..CardChanges::default() };
        Card::objects(ctx.db()).update(input.card, changes).await?;
        self.wait_for_test(input.ticket).await;
        Ok(())
    }

    async fn words_groups(&self, row: Card) -> Result<Vec<String>> {
        Ok(row.text.split(' ').map(str::to_owned).collect())
    }

    async fn words_groups_for(&self, _ctx: &Context, input: WordsInput) -> Result<Vec<String>> {
        if input.words.iter().any(|word| word == "secret") {
            return Err(Error::PermissionDenied);
        }
        Ok(input.words)
    }

    async fn whisper_groups_for(&self, ctx: &Context) -> Result<Vec<String>> {
        Ok(vec![ctx.user().id().unwrap_or("nobody").to_owned()])
    }
}
