//! How long the random tests search.

/// The number of random cases of a property test: `default` times the whole number in the environment
/// variable `TEST_CASES`, which is 1 where it is not set. `.ci/run` sets it for a longer search.
pub fn cases(default: u32) -> u32 {
    let factor = std::env::var("TEST_CASES")
        .map_or(1, |text| text.parse().expect("TEST_CASES is a whole number"));
    default * factor
}
