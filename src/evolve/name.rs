//! Names in the database and of migrations.

use sha2::{Digest, Sha256};

use super::diff::Change;

/// The longest identifier of PostgreSQL, in bytes.
const LONGEST: usize = 63;

/// `post_author_id_index`, `post_slug_unique`; shortened with a hash where it would be too long.
pub fn index(table: &str, columns: &[String], unique: bool) -> String {
    shortened(&format!("{table}_{}_{}", columns.join("_"), if unique { "unique" } else { "index" }))
}

/// `post_author_id_reference`
pub fn reference(table: &str, column: &str) -> String {
    shortened(&format!("{table}_{column}_reference"))
}

fn shortened(name: &str) -> String {
    if name.len() <= LONGEST {
        return name.to_owned();
    }
    let hash: String =
        Sha256::digest(name.as_bytes()).iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    let mut end = LONGEST - 9;
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}_{hash}", &name[..end])
}

/// The index of a key, as PostgreSQL calls it: `post_pkey`.
pub fn key(table: &str) -> String {
    chosen(table, None, "pkey")
}

/// The sequence that numbers a column, as PostgreSQL calls it: `post_id_seq`.
pub fn sequence(table: &str, column: &str) -> String {
    chosen(table, Some(column), "seq")
}

/// A name that PostgreSQL chooses (`makeObjectName` in its `indexcmds.c`): the longer of two names is cut first.
fn chosen(first: &str, second: Option<&str>, label: &str) -> String {
    let room = LONGEST - label.len() - 1 - usize::from(second.is_some());
    let (mut one, mut two) = (first.len(), second.map_or(0, str::len));
    while one + two > room {
        if one > two { one -= 1 } else { two -= 1 }
    }
    let cut = |name: &str, most: usize| {
        let most = (0..=most).rev().find(|at| name.is_char_boundary(*at)).unwrap_or(0);
        name[..most].to_owned()
    };
    match second {
        Some(second) => format!("{}_{}_{label}", cut(first, one), cut(second, two)),
        None => format!("{}_{label}", cut(first, one)),
    }
}

/// A name for something that is in the way for a moment, or until it is dropped: unlike any that is `taken`.
pub fn aside(name: &str, taken: impl Fn(&str) -> bool) -> String {
    free(name, "was", taken)
}

/// A name with another behind it, which is numbered if it has to be: unlike any that is `taken`.
pub fn free(name: &str, other: &str, taken: impl Fn(&str) -> bool) -> String {
    let numbered = (1..).map(|number| shortened(&format!("{name}__{other}{number}")));
    let mut names = std::iter::once(shortened(&format!("{name}__{other}"))).chain(numbered);
    names.find(|name| !taken(name)).expect("invariant: numbers do not end")
}

/// `0001_initial`, `0002_post_subtitle`: the number and, of the later ones, what it changes first, or what it drops.
pub fn migration(number: usize, changes: &[Change<'_>]) -> String {
    let what = match changes.iter().find(|change| change.drops()).or(changes.first()) {
        _ if number == 1 => "initial".to_owned(),
        None => "nothing".to_owned(),
        Some(first) if changes.len() == 1 => first.slug(),
        Some(first) => format!("{}_and_more", first.slug()),
    };
    let what: String = what.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(48).collect();
    format!("{number:04}_{what}")
}

#[cfg(test)]
mod tests {
    use super::{aside, key, sequence};

    #[test]
    fn postgresql_cuts_the_longer_name() {
        assert_eq!((key("post"), sequence("post", "id")), ("post_pkey".into(), "post_id_seq".into()));
        let long = "a".repeat(60);
        assert_eq!(sequence(&long, "id"), format!("{}_id_seq", "a".repeat(56)));
        assert_eq!(sequence(&long, &"b".repeat(60)), format!("{}_{}_seq", "a".repeat(29), "b".repeat(29)));
        assert_eq!(key(&"é".repeat(31)), format!("{}_pkey", "é".repeat(29)), "58 bytes are left");
    }

    #[test]
    fn what_is_aside_is_unlike_anything() {
        assert_eq!(aside("a", |name| name == "a__was"), "a__was1");
        assert!(aside(&"a".repeat(63), |_| false).len() <= 63);
    }
}
