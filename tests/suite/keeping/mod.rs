//! Keeping the data: the epoch, backups and their restore, the check of a file.

mod epoch;
