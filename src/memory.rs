//! Giving memory back after work that needed much of it for a moment.
//!
//! Both allocators keep what is free, for the next one who asks: mimalloc until the thread does something
//! again, and that of the system, which SQLite has, for ever.
#![allow(unsafe_code)]

/// Gives back what this thread has freed, and all that SQLite has. It takes some milliseconds.
pub fn give_back() {
    // SAFETY: it takes no pointers, and may be called by any thread at any time.
    unsafe { libmimalloc_sys::mi_collect(true) };
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: as above.
    unsafe {
        libc::malloc_trim(0)
    };
}
