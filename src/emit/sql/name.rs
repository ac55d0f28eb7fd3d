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

/// `0001_initial`, `0002_post_subtitle`: the number and, of the later ones, what it changes first.
pub fn migration(number: usize, changes: &[Change<'_>]) -> String {
    let what = match changes.first() {
        _ if number == 1 => "initial".to_owned(),
        None => "nothing".to_owned(),
        Some(first) if changes.len() == 1 => first.slug(),
        Some(first) => format!("{}_and_more", first.slug()),
    };
    let what: String = what.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(48).collect();
    format!("{number:04}_{what}")
}
