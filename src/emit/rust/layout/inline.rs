//! Tokens in one line: types, patterns, paths, literals.

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};
use quote::ToTokens;

/// Returns the tokens in one line, with the spaces that rustfmt gives them.
pub(super) fn inline(tokens: &impl ToTokens) -> String {
    let mut line = Line::default();
    line.stream(tokens.to_token_stream());
    line.text
}

#[derive(Default)]
struct Line {
    text: String,
    /// The token that was written last.
    last: String,
    /// Whether a space follows it, unless the next token does not allow one.
    open: bool,
}

impl Line {
    fn stream(&mut self, tokens: TokenStream) {
        let mut punctuation = String::new();
        for token in tokens {
            match token {
                TokenTree::Punct(punct) => {
                    punctuation.push(punct.as_char());
                    // `<`, `>` and `&` are single tokens: `Vec<Option<T>>`, `&&str`.
                    let whole = punct.spacing() == Spacing::Alone
                        || matches!(punct.as_char(), '<' | '>' | '&' | '*')
                            && !(punctuation == "->" || punctuation == "=>");
                    if whole && punct.as_char() != '\'' {
                        self.punctuation(&std::mem::take(&mut punctuation));
                    }
                }
                TokenTree::Ident(ident) => {
                    let text = std::mem::take(&mut punctuation) + &ident.to_string();
                    self.word(&text);
                }
                TokenTree::Literal(literal) => self.word(&literal.to_string()),
                TokenTree::Group(group) => self.group(group.delimiter(), group.stream()),
            }
        }
    }

    fn word(&mut self, text: &str) {
        let tight =
            matches!(self.last.as_str(), "" | "::" | "." | "&" | "*" | "(" | "[" | "<" | "-" | "#" | "..");
        if !tight || self.open {
            self.text.push(' ');
        }
        self.write(text, false);
    }

    fn punctuation(&mut self, text: &str) {
        match text {
            "," | ";" | ":" => self.write(text, true),
            "::" if self.open => {
                self.text.push(' ');
                self.write(text, false);
            }
            "::" | "." | "?" | "<" | ">" | "!" | ".." | ";;" => {
                if self.open {
                    self.text.push(' ');
                }
                self.write(text, false);
            }
            "&" | "*" | "-" | "#" => {
                let spaced = self.open || self.last.chars().last().is_some_and(|c| c.is_alphanumeric());
                if spaced {
                    self.text.push(' ');
                }
                self.write(text, false);
            }
            _ => {
                self.text.push(' ');
                self.write(text, true);
            }
        }
    }

    fn group(&mut self, delimiter: Delimiter, inner: TokenStream) {
        let (open, close) = match delimiter {
            Delimiter::Parenthesis => ("(", ")"),
            Delimiter::Bracket => ("[", "]"),
            Delimiter::Brace => ("{", "}"),
            Delimiter::None => return self.stream(inner),
        };
        if self.open || delimiter == Delimiter::Brace || self.last.starts_with('\'') {
            self.text.push(' ');
        }
        let empty = inner.is_empty();
        let spaced = delimiter == Delimiter::Brace && !empty;
        self.write(open, spaced);
        self.stream(inner);
        if spaced {
            self.text.push(' ');
        }
        // Only lists in several lines end with a comma; a tuple of one item keeps it.
        self.open = false;
        self.text.push_str(close);
        self.last = close.to_owned();
    }

    fn write(&mut self, text: &str, open: bool) {
        self.text.push_str(text);
        self.last = text.to_owned();
        self.open = open;
    }
}
