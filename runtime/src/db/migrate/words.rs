//! Descriptions of steps that have none: the first words of their statements.

/// The longest description of a statement, in tokens.
const LONGEST: usize = 6;

/// The description of a statement.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Told {
    /// Its first words.
    pub(super) words: String,
    /// The table that it changes, if it can be recognised.
    pub(super) table: Option<String>,
}

/// Returns the descriptions of the statements of a text.
pub(super) fn statements(text: &str) -> Vec<Told> {
    let mut told = Vec::new();
    let mut statement: Vec<Token<'_>> = Vec::new();
    let mut blocks = 0_usize;
    for token in tokens(text) {
        // The body of a trigger contains statements of its own.
        let is_trigger = statement.iter().take(4).any(|token| token.is("TRIGGER"));
        if is_trigger && (token.is("BEGIN") || token.is("CASE")) {
            blocks += 1;
        } else if is_trigger && token.is("END") {
            blocks = blocks.saturating_sub(1);
        }
        if token.text == ";" && blocks == 0 {
            told.extend(tell(text, &std::mem::take(&mut statement)));
        } else {
            statement.push(token);
        }
    }
    told.extend(tell(text, &statement));
    told
}

/// A word, a name, a literal, or a sign.
#[derive(Debug, Clone, Copy)]
struct Token<'a> {
    begin: usize,
    text: &'a str,
}

impl Token<'_> {
    fn is(&self, word: &str) -> bool {
        self.text.eq_ignore_ascii_case(word)
    }

    fn name(&self) -> Option<String> {
        match self.text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
            Some(quoted) => Some(quoted.replace("\"\"", "\"")),
            None => {
                self.text.starts_with(|c: char| c.is_alphabetic() || c == '_').then(|| self.text.to_owned())
            }
        }
    }
}

/// Returns the tokens of a text, without comments.
fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut begin = 0;
    while let Some(first) = text[begin..].chars().next() {
        let rest = &text[begin..];
        let length = match first {
            '-' if rest.starts_with("--") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            '\'' | '"' => quoted(rest, first),
            '$' => dollars(rest),
            _ if is_word(first) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
            _ => first.len_utf8(),
        };
        let is_comment = rest.starts_with("--") || rest.starts_with("/*");
        if !is_comment && !first.is_whitespace() {
            tokens.push(Token { begin, text: &rest[..length] });
        }
        begin += length;
    }
    tokens
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Returns the length of a quoted literal or name; a doubled quote begins a second token.
fn quoted(rest: &str, quote: char) -> usize {
    let mut from = 1;
    loop {
        let Some(end) = rest[from..].find(quote) else { return rest.len() };
        from += end + 1;
        if !rest[from..].starts_with(quote) {
            return from;
        }
        from += 1;
    }
}

/// Returns the length of a PostgreSQL text between `$tag$` and the same tag.
fn dollars(rest: &str) -> usize {
    let Some(end) = rest[1..].find(|c| !is_word(c)).filter(|end| rest[1 + end..].starts_with('$')) else {
        return 1;
    };
    let tag = &rest[..end + 2];
    rest[tag.len()..].find(tag).map_or(rest.len(), |end| end + 2 * tag.len())
}

fn tell(text: &str, statement: &[Token<'_>]) -> Option<Told> {
    let first = statement.first()?;
    let told = statement.iter().take(LONGEST).take_while(|token| !["(", "="].contains(&token.text)).count();
    let last = &statement[told.max(1) - 1];
    let words: Vec<&str> = text[first.begin..last.begin + last.text.len()].split_whitespace().collect();
    let more = if told < statement.len() { " …" } else { "" };
    Some(Told { words: words.join(" ") + more, table: table(statement) })
}

/// Returns the table that a statement changes.
fn table(statement: &[Token<'_>]) -> Option<String> {
    let [first, rest @ ..] = statement else { return None };
    let head = &rest[..rest.len().min(8)];
    let after = |word: &str| head.iter().position(|token| token.is(word)).map(|at| at + 1);
    let is = |words: &[&str]| words.iter().any(|word| first.is(word));
    let mut at = if is(&["CREATE", "ALTER", "DROP", "TRUNCATE"]) {
        after("TABLE").or_else(|| if is(&["CREATE"]) { after("ON") } else { None })?
    } else if is(&["INSERT", "REPLACE"]) {
        after("INTO")?
    } else if is(&["DELETE"]) {
        after("FROM")?
    } else if is(&["UPDATE"]) {
        if head.first()?.is("OR") { 2 } else { 0 }
    } else {
        return None;
    };
    while rest.get(at).is_some_and(|token| ["IF", "NOT", "EXISTS", "ONLY"].iter().any(|word| token.is(word)))
    {
        at += 1;
    }
    if rest.get(at + 1).is_some_and(|token| token.text == ".") {
        at += 2;
    }
    rest.get(at)?.name()
}

#[cfg(test)]
mod tests {
    use super::statements;

    fn told(text: &str) -> Vec<(String, Option<String>)> {
        statements(text).into_iter().map(|told| (told.words, told.table)).collect()
    }

    #[test]
    fn statements_are_told_by_their_first_words() {
        let text = "-- Generated; not told.\n\nCREATE TABLE \"post\" (\n \"id\" INTEGER\n);\nALTER TABLE \"a;\"\"b\" ADD COLUMN\n \"x\" TEXT DEFAULT ';';\n\
            /* ; */ CREATE UNIQUE INDEX i ON public.post (id); insert INTO post SELECT 1; UPDATE OR IGNORE post SET a = 1;\n\
            DELETE FROM post; DROP INDEX i; DROP TABLE IF EXISTS post CASCADE; SELECT $a$;$b$ ; $a$";
        let some = |name: &str| Some(name.to_owned());
        assert_eq!(
            told(text),
            [
                ("CREATE TABLE \"post\" …".to_owned(), some("post")),
                ("ALTER TABLE \"a;\"\"b\" ADD COLUMN \"x\" …".to_owned(), some("a;\"b")),
                ("CREATE UNIQUE INDEX i ON public …".to_owned(), some("post")),
                ("insert INTO post SELECT 1".to_owned(), some("post")),
                ("UPDATE OR IGNORE post SET a …".to_owned(), some("post")),
                ("DELETE FROM post".to_owned(), some("post")),
                ("DROP INDEX i".to_owned(), None),
                ("DROP TABLE IF EXISTS post CASCADE".to_owned(), some("post")),
                ("SELECT $a$;$b$ ; $a$".to_owned(), None),
            ]
        );
        assert_eq!(told("-- nothing\n"), []);
        assert_eq!(told("'not closed"), [("'not closed".to_owned(), None)]);
    }

    #[test]
    fn a_trigger_is_one_statement() {
        let text = "CREATE TRIGGER t AFTER INSERT ON post BEGIN UPDATE a SET b = CASE WHEN 1 THEN 2 END; DELETE FROM c; END;\nDROP TABLE d;";
        let told = told(text);
        assert_eq!(told.len(), 2, "{told:?}");
        assert_eq!(told[0].1.as_deref(), Some("post"));
    }
}
