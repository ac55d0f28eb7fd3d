//! `dcrf explain`

use super::{exit::Exit, stages, terminal::Terminal};

/// Prints the page of a code, or all codes.
pub(super) fn run(code: Option<&str>, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let Some(code) = code else {
        let list: String = stages::codes().iter().map(|code| format!("{code}\n")).collect();
        terminal.out(&list)?;
        return Ok(Exit::Done);
    };
    // The code may be given as it is in the message, with the brackets: `error[unknown-key]`.
    let code = code.trim_start_matches("error").trim_start_matches("warning");
    let code = code.trim_matches(['[', ']']);
    if let Some(page) = stages::explanation(code) {
        terminal.out(page)?;
        return Ok(Exit::Done);
    }
    let help = match stages::nearest(code, &stages::codes()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`dcrf explain` lists all codes".to_owned(),
    };
    terminal.error(&format!("no diagnostic has the code `{}`; {help}", code.escape_default()));
    Ok(Exit::Refused)
}
