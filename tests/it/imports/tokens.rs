//! Rust as tokens, as far as imports need it: names, `::` and signs. Comments, literals and lifetimes are left out.

/// A token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    /// A name or a keyword; `r#type` is `type`.
    Word(String),
    /// `::`
    Path,
    /// Any other sign.
    Sign(char),
}

impl Token {
    /// The name or keyword, if it is one.
    pub fn word(&self) -> Option<&str> {
        match self {
            Self::Word(word) => Some(word),
            Self::Path | Self::Sign(_) => None,
        }
    }
}

/// The tokens of a text. What is in `quote!` is generated code, and is left out.
pub fn tokens(text: &str) -> Vec<Token> {
    let mut reader = Reader { chars: text.chars().collect(), at: 0 };
    let mut tokens = Vec::new();
    while let Some(c) = reader.peek(0) {
        match c {
            '/' if reader.peek(1) == Some('/') => reader.skip_while(|c| c != '\n'),
            '/' if reader.peek(1) == Some('*') => reader.skip_comment(),
            '"' => reader.skip_string(),
            '\'' => reader.skip_quoted(),
            ':' if reader.peek(1) == Some(':') => {
                reader.at += 2;
                tokens.push(Token::Path);
            }
            _ if c.is_alphanumeric() || c == '_' => tokens.extend(reader.word().map(Token::Word)),
            _ => {
                reader.at += 1;
                tokens.extend((!c.is_whitespace()).then_some(Token::Sign(c)));
            }
        }
    }
    without_quotes(tokens)
}

struct Reader {
    chars: Vec<char>,
    at: usize,
}

impl Reader {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    fn skip_while(&mut self, goes_on: impl Fn(char) -> bool) {
        while self.peek(0).is_some_and(&goes_on) {
            self.at += 1;
        }
    }

    /// Comments in `/* … */` nest.
    fn skip_comment(&mut self) {
        let mut depth = 0usize;
        while let Some(c) = self.peek(0) {
            match (c, self.peek(1)) {
                ('/', Some('*')) => depth += 1,
                ('*', Some('/')) => depth -= 1,
                _ => {
                    self.at += 1;
                    continue;
                }
            }
            self.at += 2;
            if depth == 0 {
                return;
            }
        }
    }

    fn skip_string(&mut self) {
        self.at += 1;
        while let Some(c) = self.peek(0) {
            self.at += if c == '\\' { 2 } else { 1 };
            if c == '"' {
                return;
            }
        }
    }

    /// A character, or a lifetime.
    fn skip_quoted(&mut self) {
        self.at += 1;
        if self.peek(0) == Some('\\') {
            self.at += 2;
            self.skip_while(|c| c != '\'');
            self.at += 1;
        } else if self.peek(1) == Some('\'') {
            self.at += 2;
        } else {
            self.skip_while(|c| c.is_alphanumeric() || c == '_');
        }
    }

    /// A name; none if it is a number, or only begins a literal.
    fn word(&mut self) -> Option<String> {
        let start = self.at;
        self.skip_while(|c| c.is_alphanumeric() || c == '_');
        let word: String = self.chars[start..self.at].iter().collect();
        match (word.as_str(), self.peek(0)) {
            ("r" | "br" | "cr", Some('"' | '#')) => {
                let hashes = self.chars[self.at..].iter().take_while(|c| **c == '#').count();
                if self.peek(hashes) == Some('"') {
                    self.skip_raw_string(hashes);
                    return None;
                }
                self.at += hashes;
                self.word()
            }
            ("b" | "c", Some('"')) | ("b", Some('\'')) => None,
            _ => (!word.starts_with(|c: char| c.is_ascii_digit())).then_some(word),
        }
    }

    fn skip_raw_string(&mut self, hashes: usize) {
        self.at += hashes + 1;
        while self.at < self.chars.len() {
            let ends = self.peek(0) == Some('"') && (1..=hashes).all(|ahead| self.peek(ahead) == Some('#'));
            self.at += 1;
            if ends {
                self.at += hashes;
                return;
            }
        }
    }
}

fn without_quotes(tokens: Vec<Token>) -> Vec<Token> {
    let mut kept = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let is_quote = token.word() == Some("quote") && tokens.get(at + 1) == Some(&Token::Sign('!'));
        at = if is_quote { after_group(&tokens, at + 2) } else { at + 1 };
        kept.extend((!is_quote).then(|| token.clone()));
    }
    kept
}

/// The place after the group of brackets that begins here.
pub fn after_group(tokens: &[Token], start: usize) -> usize {
    let mut depth = 0usize;
    for (at, token) in tokens.iter().enumerate().skip(start) {
        match token {
            Token::Sign('(' | '[' | '{') => depth += 1,
            Token::Sign(')' | ']' | '}') => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    tokens.len()
}
