//! How moments are written and read, and where moving them by a span ends.

#![allow(clippy::unwrap_used)]

use chrono::SecondsFormat;
use proptest::prelude::*;

use super::*;

/// The first moment of the year 0 and the last of the year 9999, in microseconds.
const FIRST: i64 = -62_167_219_200_000_000;
const LAST: i64 = 253_402_300_799_999_999;

fn at(micros: i64) -> Timestamp {
    Timestamp::from_micros(micros).unwrap()
}

fn parse(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn timestamp_has_six_digits_and_the_offset_of_utc() {
    assert_eq!(at(0).to_string(), "1970-01-01T00:00:00.000000+00:00");
    assert_eq!(at(-1).to_string(), "1969-12-31T23:59:59.999999+00:00");
    assert_eq!(at(1_705_314_600_000_001).to_string(), "2024-01-15T10:30:00.000001+00:00");
    assert_eq!(at(FIRST).to_string(), "0000-01-01T00:00:00.000000+00:00");
    assert_eq!(at(LAST).to_string(), "9999-12-31T23:59:59.999999+00:00");
}

#[test]
fn timestamp_of_another_spelling_is_the_same_moment() {
    let moment = parse("2024-01-15T10:30:00.250000+00:00");
    for spelling in [
        "2024-01-15T10:30:00.25Z",
        "2024-01-15T10:30:00.250000Z",
        "2024-01-15t10:30:00.2500009z",
        "2024-01-15T12:00:00.25+01:30",
        "2024-01-14T23:30:00.25-11:00",
        "2024-01-15 10:30:00.250+00:00",
    ] {
        assert_eq!(parse(spelling), moment, "{spelling}");
    }
}

#[test]
fn text_that_is_no_moment_is_refused() {
    for text in [
        "",
        "now",
        "2024-01-15",
        "2024-01-15T10:30:00",
        "2024-01-15T10:30:00.000000",
        "2024-02-30T10:30:00.000000+00:00",
        "2024-01-15T24:00:00.000000+00:00",
        "2024-01-15T10:60:00.000000+00:00",
        "2024-01-15T10:30:00.00000x+00:00",
        "2024-01-15T10:30:00.000000+00:00 ",
        "+024-01-15T10:30:00.000000+00:00",
    ] {
        assert!(text.parse::<Timestamp>().is_err(), "{text}");
    }
}

#[test]
fn span_out_of_reach_ends_at_a_bound() {
    let year_2000 = parse("2000-01-01T00:00:00Z");
    assert_eq!(year_2000.before(Duration::from_secs(1)), parse("1999-12-31T23:59:59Z"));
    assert_eq!(year_2000.after(Duration::from_micros(1)), parse("2000-01-01T00:00:00.000001Z"));
    assert_eq!(year_2000.before(Duration::MAX), at(0));
    assert_eq!(year_2000.after(Duration::MAX), year_2000);
    let century: Hours = Hours::MOST.try_into().unwrap();
    assert_eq!(parse("0050-01-01T00:00:00Z").hours_before(century), at(FIRST));
    assert_eq!(parse("9950-01-01T00:00:00Z").hours_after(century), parse("9999-12-31T23:59:59Z"));
    let minutes: Hours = 0.25.try_into().unwrap();
    assert_eq!(year_2000.hours_before(minutes), parse("1999-12-31T23:45:00Z"));
    assert_eq!(year_2000.hours_after(minutes), parse("2000-01-01T00:15:00Z"));
}

#[test]
fn hours_are_from_none_to_a_century() {
    for text in ["0", "0.5", "876000"] {
        assert_eq!(text.parse::<Hours>().unwrap().get(), text.parse::<f64>().unwrap());
    }
    for text in ["", "-1", "-0.001", "876000.1", "NaN", "inf", "one"] {
        assert!(text.parse::<Hours>().is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn timestamp_is_written_as_chrono_writes_it_and_read_again(micros in FIRST..=LAST) {
        let moment = at(micros);
        let text = moment.to_string();
        let chrono = moment.0.to_rfc3339_opts(SecondsFormat::Micros, false);
        prop_assert_eq!(&text, &chrono);
        prop_assert_eq!(parse_canonical(text.as_bytes()), Some(moment), "it is read without chrono");
        prop_assert_eq!(moment.as_micros(), micros);
    }

    #[test]
    fn timestamps_sort_as_their_texts_do(one in FIRST..=LAST, other in FIRST..=LAST) {
        let (one, other) = (at(one), at(other));
        prop_assert_eq!(one.cmp(&other), one.to_string().cmp(&other.to_string()));
    }
}
