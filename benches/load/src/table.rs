//! The figures, as a table in Markdown.

use crate::rows::{Logged, Row};
use crate::server::Program;

/// What was measured on one server, round by round.
pub struct Figures {
    pub program: Program,
    pub rounds: Vec<f64>,
}

/// A row of the table: our own figures first, then those of what stands for the limit, then those of the peer.
pub struct Measured {
    pub row: Row,
    pub servers: Vec<Figures>,
    pub notes: Vec<String>,
}

/// Prints the rows, and below them what has to be said of them.
pub fn print(rows: &[Measured]) {
    println!("| row | dcrf | limit | peer | ÷ limit | ÷ peer | goal | met |");
    println!("| --- | --- | --- | --- | --- | --- | --- | --- |");
    for row in rows {
        println!("{}", line(row));
    }
    println!();
    for row in rows {
        for note in &row.notes {
            println!("- `{}`: {note}.", row.row.name());
        }
    }
}

/// Prints the rows of two builds. A ratio above 1 is a gain: more per second, or less time or memory.
pub fn print_builds(rows: &[Measured]) {
    println!("| row | this build | the earlier one | ratio |");
    println!("| --- | --- | --- | --- |");
    for Measured { row, servers, .. } in rows {
        let figure = |figures: &Figures| format!("{}{}", number(median(figures.rounds.clone())), row.unit());
        let [own, before] = &servers[..] else { continue };
        let ratio = ratio(servers, 1).unwrap_or_default();
        let gain = if row.less_is_better() { ratio.recip() } else { ratio };
        println!("| `{}`: {} | {} | {} | {gain:.2} |", row.name(), row.title(), figure(own), figure(before));
    }
}

fn line(measured: &Measured) -> String {
    let Measured { row, servers, .. } = measured;
    let goal = row.goal();
    let figure = |index: usize| {
        let middle = servers.get(index).map(|figures| median(figures.rounds.clone()));
        middle.map(|middle| format!("{}{}", number(middle), row.unit())).unwrap_or_default()
    };
    let (to_limit, to_peer) = (ratio(servers, 1), ratio(servers, 2));
    // How many times as fast it is.
    let to_peer = to_peer.map(|ratio| if row.less_is_better() { ratio.recip() } else { ratio });
    let of_limit = match row {
        Row::Fanout(_) | Row::Logged(Logged::Fanout(_)) => " of the time",
        Row::Idle | Row::Subscribed | Row::Logged(Logged::Subscribed) => " of the memory",
        Row::TwoNodes => " of one server",
        _ => "",
    };
    let (mut promised, mut missed, mut open) = (Vec::new(), Vec::new(), Vec::new());
    let mut judge =
        |name: &'static str, sign, goal: Option<f64>, got: Option<f64>, met: fn(&f64, &f64) -> bool| {
            let Some(goal) = goal else { return };
            promised.push(format!("{name}{sign} {goal}"));
            match got {
                Some(got) if met(&got, &goal) => {}
                Some(_) => missed.push(name.trim()),
                None => open.push(name.trim()),
            }
        };
    if row.less_is_better() {
        judge("÷ limit ", "≤", goal.limit, to_limit, f64::le);
    } else {
        judge("÷ limit ", "≥", goal.limit, to_limit, f64::ge);
    }
    judge("÷ peer ", "≥", goal.peer, to_peer, f64::ge);
    judge("", "≤", goal.most, servers.first().map(|own| median(own.rounds.clone())), f64::le);
    let met = match (promised.len(), missed.len(), open.len()) {
        (0, ..) => String::new(),
        (_, 0, 0) => "yes".to_owned(),
        (_, 0, _) => format!("{} not measured", open.join(", ")),
        _ => format!("**no** {}", missed.join(", ")).trim_end().to_owned(),
    };
    format!(
        "| `{}`: {} | {} | {} | {} | {} | {} | {} | {met} |",
        row.name(),
        row.title(),
        figure(0),
        figure(1),
        figure(2),
        to_limit.map(|ratio| format!("{ratio:.2}{of_limit}")).unwrap_or_default(),
        to_peer.map(number).unwrap_or_default(),
        promised.join(", "),
    )
}

/// The median of the ratios, round by round, of our own figures to those of another server.
pub fn ratio(servers: &[Figures], other: usize) -> Option<f64> {
    let (own, other) = (servers.first()?, servers.get(other)?);
    Some(median(own.rounds.iter().zip(&other.rounds).map(|(own, other)| own / other).collect()))
}

/// The middle one.
pub fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// Three digits that count, and commas.
pub fn number(figure: f64) -> String {
    if figure < 9.995 {
        return format!("{figure:.2}");
    }
    if figure < 99.95 {
        return format!("{figure:.1}");
    }
    let mut step = 1.0;
    while figure / step >= 1_000.0 {
        step *= 10.0;
    }
    let digits = format!("{:.0}", (figure / step).round() * step);
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(row: Row, figures: &[&[f64]]) -> Measured {
        let programs = [Program::Dcrf, Program::Limit, Program::Peer].into_iter();
        let servers =
            programs.zip(figures).map(|(program, rounds)| Figures { program, rounds: rounds.to_vec() });
        Measured { row, servers: servers.collect(), notes: Vec::new() }
    }

    #[test]
    fn numbers_have_three_digits_that_count() {
        let figures = [0.867, 9.996, 56.72, 999.6, 21_249.0, 473_400.0].map(number);
        assert_eq!(figures, ["0.87", "10.0", "56.7", "1,000", "21,200", "473,000"]);
    }

    #[test]
    fn ratios_are_those_of_the_rounds() {
        // The machine was half as fast in the last round, for both.
        let row = measured(
            Row::Retrieve(crate::rows::Database::Sqlite),
            &[&[90.0, 92.0, 40.0], &[100.0, 100.0, 50.0]],
        );
        let line = line(&row);
        assert!(line.contains("| 90.0 | 100 |  | 0.90 |  |"), "{line}");
        assert!(line.ends_with("| ÷ peer not measured |"), "{line}");
    }

    #[test]
    fn of_times_the_less_is_the_better() {
        let line = line(&measured(Row::Fanout(1_000), &[&[8.0], &[10.0], &[1_600.0]]));
        assert!(
            line.ends_with("| 0.80 of the time | 200 | ÷ limit ≤ 1.2, ÷ peer ≥ 250 | **no** ÷ peer |"),
            "{line}"
        );
    }
}
