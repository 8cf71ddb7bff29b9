//! Cuts a text into statements.

/// Text of statements, of which the last may be incomplete.
#[derive(Default)]
pub struct Statements {
    text: String,
    /// What the end of the text is within.
    within: Within,
}

#[derive(Default, Clone, Copy, PartialEq)]
enum Within {
    #[default]
    Nothing,
    /// A string or a name, up to this character.
    Quotes(char),
    LineComment,
    BlockComment,
}

impl Statements {
    /// Adds text; returns the statements that are complete now, each with its semicolon.
    pub fn push(&mut self, text: &str) -> Vec<String> {
        let mut complete = Vec::new();
        for c in text.chars() {
            self.text.push(c);
            self.within = match (self.within, c) {
                (Within::Nothing, '\'' | '"' | '`') => Within::Quotes(c),
                (Within::Nothing, '[') => Within::Quotes(']'),
                (Within::Nothing, '-') if self.text.ends_with("--") => Within::LineComment,
                (Within::Nothing, '*') if self.text.ends_with("/*") => Within::BlockComment,
                (Within::Nothing, ';') => {
                    complete.extend(self.take());
                    Within::Nothing
                }
                // A doubled quote ends a string and begins the next.
                (Within::Quotes(end), c) if c == end => Within::Nothing,
                (Within::LineComment, '\n') => Within::Nothing,
                (Within::BlockComment, '/') if self.text.ends_with("*/") => Within::Nothing,
                (within, _) => within,
            };
        }
        if self.text.trim().is_empty() {
            self.text.clear();
        }
        complete
    }

    /// Whether no statement has begun.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// The last statement, which has no semicolon.
    pub fn rest(mut self) -> Option<String> {
        self.take()
    }

    fn take(&mut self) -> Option<String> {
        let text = std::mem::take(&mut self.text).trim().to_owned();
        (!text.is_empty() && text != ";").then_some(text)
    }
}
