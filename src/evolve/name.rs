//! Names in the database.

use sha2::{Digest, Sha256};

use crate::identifier::LONGEST;

/// Returns the name of an index: `post_author_id_index`, `post_slug_unique`. A name that is too long is cut and gets a
/// hash.
pub fn index(table: &str, columns: &[String], unique: bool) -> String {
    shortened(&format!("{table}_{}_{}", columns.join("_"), if unique { "unique" } else { "index" }))
}

/// Returns the name of a foreign key: `post_author_id_reference`.
pub fn reference(table: &str, column: &str) -> String {
    shortened(&format!("{table}_{column}_reference"))
}

/// Returns the name of an index if that of [`index`] is taken. As underscores do not show where the name of the table
/// ends, the hash is that of the separate parts. `attempt` distinguishes it from others whose hash is the same, which
/// practically never happens.
pub fn index_apart(table: &str, columns: &[String], unique: bool, attempt: usize) -> String {
    let told = format!("{table}\0{}\0{unique}\0{attempt}", columns.join("\0"));
    let name = format!("{table}_{}_{}", columns.join("_"), if unique { "unique" } else { "index" });
    hashed(&name, &told)
}

fn shortened(name: &str) -> String {
    if name.len() <= LONGEST { name.to_owned() } else { hashed(name, name) }
}

/// Returns the beginning of a name and a hash, in the length that is allowed.
fn hashed(name: &str, told: &str) -> String {
    let hash: String =
        Sha256::digest(told.as_bytes()).iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    let most = name.len().min(LONGEST - 9);
    let end = (0..=most).rev().find(|end| name.is_char_boundary(*end)).unwrap_or(0);
    format!("{}_{hash}", &name[..end])
}

/// Returns a name for something that is renamed temporarily, or until it is dropped; it is not `taken`.
pub fn aside(name: &str, taken: impl Fn(&str) -> bool) -> String {
    free(name, "was", taken)
}

/// Returns a name with a suffix, and a number if necessary; it is not `taken`.
pub fn free(name: &str, other: &str, taken: impl Fn(&str) -> bool) -> String {
    let numbered = (1..).map(|number| shortened(&format!("{name}__{other}{number}")));
    let mut names = std::iter::once(shortened(&format!("{name}__{other}"))).chain(numbered);
    names.find(|name| !taken(name)).expect("invariant: numbers do not end")
}

/// Returns a name for comparisons, because databases may ignore the case of names.
pub(super) fn folded(name: &str) -> String {
    name.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::{aside, index, index_apart};

    #[test]
    fn what_underscores_do_not_tell_apart_a_hash_does() {
        let columns = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let (one, other) = (columns(&["item_kin_id"]), columns(&["kin_id"]));
        assert_eq!(index("order", &one, false), index("order_item", &other, false));
        let apart = index_apart("order_item", &other, false, 0);
        assert_ne!(index_apart("order", &one, false, 0), apart);
        assert!(apart.starts_with("order_item_kin_id_index_"), "{apart}");
        assert!(index_apart(&"é".repeat(31), &one, true, 0).len() <= 63);
        assert_ne!(
            index_apart("order", &columns(&["a_b"]), false, 0),
            index_apart("order", &columns(&["a", "b"]), false, 0)
        );
    }

    #[test]
    fn what_is_aside_is_unlike_anything() {
        assert_eq!(aside("a", |name| name == "a__was"), "a__was1");
        assert!(aside(&"a".repeat(63), |_| false).len() <= 63);
    }
}
