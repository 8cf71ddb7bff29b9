//! What is drawn over and over on a terminal.

use std::io::stdout;

use rustix::termios::tcgetwinsize;

use super::output::print;

/// The number of lines of a terminal that does not say how many it has.
const DEFAULT_ROWS: usize = 24;

/// How many lines fit.
pub fn rows() -> usize {
    let size = tcgetwinsize(stdout()).map_or(0, |size| size.ws_row.into());
    // The cursor is on a line of its own.
    if size == 0 { DEFAULT_ROWS } else { size }.saturating_sub(1)
}

/// Draws the lines in place of what is on the screen. Those that are too long are cut by the terminal.
pub fn draw(lines: &[String]) -> anyhow::Result<()> {
    // Home, and no line wrapping; the rest of each line, and what is below, is cleared.
    let mut text = "\x1b[H\x1b[?7l".to_owned();
    for line in lines.iter().take(rows()) {
        text += line;
        text += "\x1b[K\r\n";
    }
    print((text + "\x1b[?7h\x1b[J").as_bytes())
}
