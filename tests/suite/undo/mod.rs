//! Undo and redo.

mod steps;
