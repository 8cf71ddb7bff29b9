//! A file in WAL mode as a power cut leaves it: the log ends anywhere, or a byte in it is wrong.

use std::path::Path;

/// Of the log, and of each frame in it (<https://www.sqlite.org/fileformat2.html#walformat>).
const LOG_HEADER: usize = 32;
const FRAME_HEADER: usize = 24;

/// A database and its log, copied while nobody had them open.
pub struct Remains {
    database: Vec<u8>,
    log: Vec<u8>,
    frame: usize,
    /// Where commits end in the log.
    commits: Vec<usize>,
}

impl Remains {
    /// Of the database at this path. The log must not have begun anew meanwhile.
    pub fn of(database: &Path) -> Self {
        let log = std::fs::read(database.with_extension("db-wal")).unwrap();
        let number =
            |place: usize| u32::from_be_bytes(log[place..place + 4].try_into().unwrap()) as usize;
        let frame = FRAME_HEADER + number(8);
        let mut commits = Vec::new();
        let mut start = LOG_HEADER;
        while start + frame <= log.len() {
            assert_eq!(log[start + 8..start + 16], log[16..24], "a frame of an older log");
            // A frame that ends a commit says how many pages the database has after it.
            if number(start + 4) != 0 {
                commits.push(start + frame);
            }
            start += frame;
        }
        Self { database: std::fs::read(database).unwrap(), log, frame, commits }
    }

    /// Where commits end in the log.
    pub fn commits(&self) -> &[usize] {
        &self.commits
    }

    pub fn log_size(&self) -> usize {
        self.log.len()
    }

    /// How many commits a log has that ends here.
    pub fn commits_within(&self, end: usize) -> usize {
        self.commits.partition_point(|commit| *commit <= end)
    }

    /// Where the frame begins that has this byte.
    pub fn frame_of(&self, byte: usize) -> usize {
        byte - (byte - LOG_HEADER) % self.frame
    }

    /// Writes the database with its log up to `end`, one bit in it turned if so wished.
    pub fn write(&self, database: &Path, end: usize, turned: Option<usize>) {
        let mut log = self.log[..end].to_vec();
        if let Some(byte) = turned {
            log[byte] ^= 1 << (byte % 8);
        }
        let _ = std::fs::remove_file(database.with_extension("db-shm"));
        std::fs::write(database, &self.database).unwrap();
        std::fs::write(database.with_extension("db-wal"), log).unwrap();
    }
}
