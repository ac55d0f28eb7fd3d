//! What a client may be answered while something is away, and what has to be there afterwards.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// What a request came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It was done.
    Done,
    /// It was not done, and nothing was stored; with the reason.
    Refused(String),
    /// Nobody knows whether it was stored.
    Unknown,
    /// This must not be.
    Wrong(String),
}

/// What is said of the reason.
const REASONS: [&str; 5] = [
    "The database is busy.",
    "The database is full.",
    "The database can only be read.",
    "The database cannot use its storage.",
    "The database is not reachable.",
];
const NOT_STORED: &str = " Nothing was stored: try again.";
const STORED: &str = "This was stored, but cannot be shown now: ";
const UNKNOWN: &str = "The connection to the database was lost: it is not known whether this was stored.";
const BROKER: &str = "The broker does not answer.";

/// Judges the answer to a request.
pub(super) fn judge(answer: &Value) -> Verdict {
    let wrong = || Verdict::Wrong(answer.to_string());
    let errors = answer["errors"].as_array().map_or(&[][..], Vec::as_slice);
    match (answer["response_status"].as_u64(), errors) {
        (Some(200 | 201), []) => Verdict::Done,
        (Some(503), [Value::String(sentence)]) => {
            let given_up =
                sentence.starts_with("This took longer than ") && sentence.ends_with(" and was given up.");
            if sentence == UNKNOWN || given_up {
                return Verdict::Unknown;
            }
            if sentence.strip_prefix(STORED).is_some_and(|reason| REASONS.contains(&reason)) {
                return Verdict::Done;
            }
            let reason = sentence.strip_suffix(NOT_STORED).filter(|reason| REASONS.contains(reason));
            let reason = reason.or_else(|| (sentence == BROKER).then_some(BROKER));
            reason.map_or_else(wrong, |reason| Verdict::Refused(reason.to_owned()))
        }
        _ => wrong(),
    }
}

/// Everything that was answered.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// What each text that was written came to.
    pub(super) writes: BTreeMap<String, Verdict>,
    pub(super) reads: BTreeMap<String, usize>,
    pub(super) wrong: Vec<String>,
}

impl Tally {
    /// Notes a write.
    pub(super) fn write(&mut self, text: String, verdict: Verdict) {
        if let Verdict::Wrong(answer) = &verdict {
            self.wrong.push(format!("{text} was answered with {answer}"));
        }
        self.writes.insert(text, verdict);
    }

    /// Notes what was not stored anywhere.
    pub(super) fn read(&mut self, what: &str, verdict: &Verdict) {
        match verdict {
            Verdict::Wrong(answer) => self.wrong.push(format!("{what} was answered with {answer}")),
            Verdict::Done => *self.reads.entry("done".to_owned()).or_default() += 1,
            Verdict::Refused(reason) => *self.reads.entry(reason.clone()).or_default() += 1,
            Verdict::Unknown => *self.reads.entry("given up".to_owned()).or_default() += 1,
        }
    }

    /// How many writes came to this.
    pub(super) fn count(&self, is: impl Fn(&Verdict) -> bool) -> usize {
        self.writes.values().filter(|verdict| is(verdict)).count()
    }

    /// What is wrong with what is stored.
    pub(super) fn missed(&self, stored: &BTreeSet<String>) -> Vec<String> {
        let mut found = self.wrong.clone();
        for (text, verdict) in &self.writes {
            match (verdict, stored.contains(text)) {
                (Verdict::Done, false) => found.push(format!("{text} was acknowledged, and is lost")),
                (Verdict::Refused(reason), true) => {
                    found.push(format!("{text} is stored, and was refused: {reason}"));
                }
                _ => {}
            }
        }
        found.extend(
            stored
                .iter()
                .filter(|text| !self.writes.contains_key(*text))
                .map(|text| format!("{text} is nobody's")),
        );
        found
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::{Value, json};

    use super::{Tally, Verdict, judge};

    fn refused(status: u16, sentence: &str) -> Value {
        json!({"errors": [sentence], "data": null, "action": "create", "response_status": status, "request_id": 1})
    }

    #[test]
    fn the_judge_finds_what_must_not_be() {
        let full = "The database is full. Nothing was stored: try again.";
        assert_eq!(judge(&refused(503, full)), Verdict::Refused("The database is full.".to_owned()));
        // The same as a failure; without a reason; with a path.
        for (status, sentence) in [
            (500, full),
            (500, "A server error occurred."),
            (503, "A server error occurred."),
            (503, "The database is full."),
            (503, "/var/lib/x.sqlite3 is full. Nothing was stored: try again."),
            (400, full),
        ] {
            assert!(matches!(judge(&refused(status, sentence)), Verdict::Wrong(_)), "{status} {sentence}");
        }
        let mut tally = Tally::default();
        tally.write("a".to_owned(), Verdict::Done);
        tally.write("b".to_owned(), Verdict::Refused("The database is full.".to_owned()));
        tally.write("c".to_owned(), Verdict::Unknown);
        let stored =
            |texts: &[&str]| -> BTreeSet<String> { texts.iter().map(|text| (*text).to_owned()).collect() };
        for good in [stored(&["a"]), stored(&["a", "c"])] {
            assert_eq!(tally.missed(&good), [] as [String; 0]);
        }
        for (bad, word) in
            [(stored(&[]), "lost"), (stored(&["a", "b"]), "refused"), (stored(&["a", "d"]), "nobody")]
        {
            assert!(matches!(tally.missed(&bad).as_slice(), [one] if one.contains(word)), "{bad:?}");
        }
        tally.read("retrieve", &judge(&refused(500, full)));
        assert_eq!(tally.missed(&stored(&["a"])).len(), 1);
    }
}
