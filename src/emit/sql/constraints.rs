//! Foreign keys of PostgreSQL whose names may differ from the description of the tables: earlier versions of the
//! generator renamed tables and columns, but did not rename their foreign keys.

use super::statements::quoted;
use crate::escape::postgres as literal;

/// Drops the foreign key of a column, which may have any name.
pub fn drop_reference(table: &str, column: &str) -> String {
    let (name, column) = (literal(&quoted(table)), literal(column));
    block(&format!(
        "DECLARE
    reference name;
BEGIN
    FOR reference IN
        SELECT conname
        FROM pg_catalog.pg_constraint
        JOIN pg_catalog.pg_attribute ON attrelid = conrelid AND conkey = ARRAY[attnum]
        WHERE contype = 'f' AND conrelid = {name}::regclass AND attname = {column}
    LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', {name}::regclass, reference);
    END LOOP;
END;"
    ))
}

/// Drops the constraint of the primary key, which may have any name.
pub fn drop_key(table: &str) -> String {
    let name = literal(&quoted(table));
    block(&format!(
        "DECLARE
    key name;
BEGIN
    FOR key IN SELECT conname FROM pg_catalog.pg_constraint WHERE contype = 'p' AND conrelid = {name}::regclass
    LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', {name}::regclass, key);
    END LOOP;
END;"
    ))
}

/// Renames a foreign key if it has the expected name.
pub fn rename(table: &str, from: &str, to: &str) -> String {
    let name = literal(&quoted(table));
    block(&format!(
        "BEGIN
    IF EXISTS (
        SELECT FROM pg_catalog.pg_constraint WHERE conrelid = {name}::regclass AND conname = {}
    ) THEN
        ALTER TABLE {} RENAME CONSTRAINT {} TO {};
    END IF;
END;",
        literal(from),
        quoted(table),
        quoted(from),
        quoted(to)
    ))
}

/// Returns a block of statements that PostgreSQL runs at once. Names may contain dollars, so the quotes of the block
/// are chosen to differ from them.
fn block(body: &str) -> String {
    let mut tag = String::from("$$");
    for number in 0.. {
        if !body.contains(&tag) {
            break;
        }
        tag = format!("$dcrf{number}$");
    }
    format!("DO {tag}\n{body}\n{tag};")
}

#[cfg(test)]
mod tests {
    use super::{drop_reference, rename};

    #[test]
    fn names_with_dollars_do_not_end_the_block() {
        let text = rename("a$$b", "$dcrf0$", "$");
        assert!(text.starts_with("DO $dcrf1$\n") && text.ends_with("\n$dcrf1$;"), "{text}");
        assert!(drop_reference("post", "author_id").starts_with("DO $$\n"));
    }
}
