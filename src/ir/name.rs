//! Names as words. Every case is derived from the words, and never parsed again.

/// The words of a name, in lower case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name {
    words: Vec<String>,
}

impl Name {
    /// Splits a name at `_`, `-`, other separators and changes of case: `HTTPServer2`, `http_server2` and
    /// `http-server2` all become `http server2`.
    pub fn parse(text: &str) -> Self {
        Self::of_words(Self::split(text).into_iter().map(|word| word.to_lowercase()))
    }

    /// Returns the name of some words in lower case, without empty ones.
    pub fn of_words(words: impl IntoIterator<Item = String>) -> Self {
        Self { words: words.into_iter().filter(|word| !word.is_empty()).collect() }
    }

    /// Returns the words of a text, as they are written.
    pub fn split(text: &str) -> Vec<String> {
        let mut words = Vec::new();
        let mut word = String::new();
        let chars: Vec<char> = text.chars().collect();
        for (index, &c) in chars.iter().enumerate() {
            // Marks that belong to a letter do not separate words.
            if c == '_' || !(c.is_alphanumeric() || unicode_ident::is_xid_continue(c)) {
                push_word(&mut words, &mut word);
                continue;
            }
            let before = index.checked_sub(1).map(|i| chars[i]);
            let after = chars.get(index + 1).copied();
            let starts_word = c.is_uppercase()
                && (before.is_some_and(|b| b.is_lowercase() || b.is_ascii_digit())
                    || (before.is_some_and(char::is_uppercase) && after.is_some_and(char::is_lowercase)));
            if starts_word {
                push_word(&mut words, &mut word);
            }
            word.push(c);
        }
        push_word(&mut words, &mut word);
        words
    }

    /// Returns the name followed by the words of another text: `User` and `create` become `UserCreate`.
    pub fn join(&self, suffix: &str) -> Self {
        let mut words = self.words.clone();
        words.extend(Self::parse(suffix).words);
        Self { words }
    }

    /// Returns the name without its last word, if that is `suffix` and other words are left: `UserSerializer` becomes
    /// `User`.
    pub fn strip_suffix(&self, suffix: &str) -> Self {
        match self.words.split_last() {
            Some((last, rest)) if last == suffix && !rest.is_empty() => Self { words: rest.to_vec() },
            _ => self.clone(),
        }
    }

    /// Tells whether the text had no letter and no digit.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Returns the name in snake_case: `created_at`.
    pub fn snake(&self) -> String {
        self.words.join("_")
    }

    /// Returns the name in upper case: `CREATED_AT`.
    pub fn shouting(&self) -> String {
        self.snake().to_uppercase()
    }

    /// Returns the name in kebab-case: `created-at`.
    pub fn kebab(&self) -> String {
        self.words.join("-")
    }

    /// Returns the words with spaces between them: `created at`.
    pub fn spaced(&self) -> String {
        self.words.join(" ")
    }

    /// Returns the name in PascalCase: `CreatedAt`. Numbers are separated by `_`: `Version1_0`.
    pub fn pascal(&self) -> String {
        self.words.iter().fold(String::new(), |text, word| joined(text, &capitalized(word)))
    }

    /// Returns the name in camelCase: `createdAt`.
    pub fn camel(&self) -> String {
        let mut words = self.words.iter();
        let first = words.next().cloned().unwrap_or_default();
        words.fold(first, |text, word| joined(text, &capitalized(word)))
    }
}

fn push_word(words: &mut Vec<String>, word: &mut String) {
    if !word.is_empty() {
        words.push(std::mem::take(word));
    }
}

fn joined(mut text: String, word: &str) -> String {
    let digit = |c: char| c.is_ascii_digit();
    if text.ends_with(digit) && word.starts_with(digit) {
        text.push('_');
    }
    text + word
}

fn capitalized(word: &str) -> String {
    let mut chars = word.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().collect::<String>() + chars.as_str(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::Name;

    #[test]
    fn words_are_found_in_every_case() {
        for text in ["HTTPServer2", "http_server2", "http-server2", "httpServer2"] {
            assert_eq!(Name::parse(text).pascal(), "HttpServer2", "{text}");
            assert_eq!(Name::parse(text).snake(), "http_server2", "{text}");
            assert_eq!(Name::parse(text).camel(), "httpServer2", "{text}");
        }
    }

    #[test]
    fn numbers_stay_apart() {
        assert_eq!(Name::parse("version_1_0").pascal(), "Version1_0");
        assert_eq!(Name::parse("version_10").pascal(), "Version10");
    }

    #[test]
    fn a_suffix_is_a_whole_word() {
        assert_eq!(Name::parse("UserSerializer").strip_suffix("serializer").pascal(), "User");
        assert_eq!(Name::parse("Serializer").strip_suffix("serializer").pascal(), "Serializer");
        assert_eq!(Name::parse("User").join("create").pascal(), "UserCreate");
    }
}
