//! Where a node stands among its siblings.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A text of lower-case hexadecimal digits by which siblings are ordered.
///
/// It begins with a number of twelve digits that goes up at the end and down at the beginning;
/// between two neighbours without room digits are added, as behind a decimal point. So there is always
/// room, no node ever moves because of another, and what was deleted comes back to its old place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Position(String);

/// Digits in front of the point: 48 bits, from the middle of which both ends are out of reach.
const WHOLE: usize = 12;

/// The middle of what comes between two numbers without another between them: room for two thousand
/// on each side. With more digits, nodes put in at random would need longer texts.
const MORE_DIGITS: [u32; 3] = [8, 0, 0];

impl Position {
    /// A place for a node without siblings.
    pub fn first() -> Self {
        Self::whole(1 << 47)
    }

    /// A place behind this one, where nobody is.
    pub fn after(&self) -> Self {
        Self::whole(self.number() + 1)
    }

    /// A place before this one, where nobody is.
    pub fn before(&self) -> Self {
        Self::whole(self.number().saturating_sub(1))
    }

    /// A place between this one and a later one: right beside that with more digits, which came to stand
    /// here last. So nodes that are put in one after the other, in either direction, share their digits.
    pub fn between(&self, later: &Self) -> Self {
        let length = self.0.len().max(later.0.len());
        let (low, high) = (self.digits(length), later.digits(length));
        let is_low_longer = self.0.len() >= later.0.len();
        let mut place = if is_low_longer { next(&low) } else { previous(&high) };
        if place <= low || place >= high {
            place = low;
            place.extend(MORE_DIGITS);
        }
        Self(place.into_iter().filter_map(|digit| char::from_digit(digit, 16)).collect())
    }

    /// So many digits, those behind the last one being 0.
    fn digits(&self, length: usize) -> Vec<u32> {
        let digits = self.0.chars().map(|digit| digit.to_digit(16).unwrap_or_default());
        digits.chain(std::iter::repeat(0)).take(length).collect()
    }

    fn whole(number: u64) -> Self {
        Self(format!("{number:0WHOLE$x}"))
    }

    fn number(&self) -> u64 {
        let whole = self.0.get(..WHOLE).unwrap_or_default();
        u64::from_str_radix(whole, 16).unwrap_or_default()
    }
}

/// The number after this one; the first one after the last.
fn next(digits: &[u32]) -> Vec<u32> {
    let mut next = digits.to_vec();
    for digit in next.iter_mut().rev() {
        *digit = (*digit + 1) % 16;
        if *digit != 0 {
            break;
        }
    }
    next
}

/// The number before this one; the last one before the first.
fn previous(digits: &[u32]) -> Vec<u32> {
    let mut previous = digits.to_vec();
    for digit in previous.iter_mut().rev() {
        *digit = (*digit + 15) % 16;
        if *digit != 15 {
            break;
        }
    }
    previous
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Position {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let is_digits = text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        if text.len() < WHOLE || !is_digits {
            return Err(format!("'{text}' is not a position"));
        }
        Ok(Self(text))
    }
}

impl FromStr for Position {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.to_owned().try_into()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Where one more is put, and whether some are taken out first.
    #[derive(Debug, Clone)]
    enum Act {
        PutIn(usize),
        TakeOut(usize, usize),
    }

    fn acts() -> impl Strategy<Value = Vec<Act>> {
        let act = prop_oneof![
            4 => any::<usize>().prop_map(Act::PutIn),
            3 => Just(Act::PutIn(usize::MAX)),
            1 => Just(Act::PutIn(0)),
            1 => (any::<usize>(), 0..60usize).prop_map(|(at, count)| Act::TakeOut(at, count)),
        ];
        proptest::collection::vec(act, 1..800)
    }

    fn place(row: &[Position], index: usize) -> Position {
        match (index.checked_sub(1).and_then(|before| row.get(before)), row.get(index)) {
            (Some(before), Some(after)) => before.between(after),
            (None, Some(after)) => after.before(),
            (Some(before), None) => before.after(),
            (None, None) => Position::first(),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..<_>::default() })]

        #[test]
        fn a_place_is_strictly_between_its_neighbours_and_can_be_read_again(
            length in 0..300usize, acts in acts()
        ) {
            let ends = std::iter::successors(Some(Position::first()), |end| Some(end.after()));
            let mut row: Vec<Position> = ends.take(length).collect();
            for act in acts {
                match act {
                    Act::PutIn(at) => {
                        let index = if at == usize::MAX { row.len() } else { at % (row.len() + 1) };
                        let new = place(&row, index);
                        prop_assert_eq!(new.to_string().parse::<Position>(), Ok(new.clone()));
                        row.insert(index, new);
                    }
                    Act::TakeOut(at, count) => {
                        let from = at % (row.len() + 1);
                        let to = (from + count).min(row.len());
                        row.drain(from..to);
                    }
                }
                prop_assert!(row.is_sorted_by(|one, other| one < other));
            }
        }
    }

    #[test]
    fn between_the_same_two_there_is_always_room() {
        let (first, last) = (Position::first(), Position::first().after());
        let (mut low, mut high) = (first.clone(), last.clone());
        for _ in 0..500 {
            let middle = low.between(&last);
            assert!(low < middle && middle < last);
            low = middle;
            let middle = first.between(&high);
            assert!(first < middle && middle < high);
            high = middle;
        }
    }

    #[test]
    fn many_in_a_row_need_few_digits() {
        let (first, last) = (Position::first(), Position::first().after());
        let (mut low, mut high) = (first.clone(), last.clone());
        for _ in 0..10_000 {
            low = low.between(&last);
            high = first.between(&high);
        }
        let lengths = (low.to_string().len(), high.to_string().len());
        assert!(lengths.0.max(lengths.1) <= 27, "{lengths:?} digits");
    }

    #[test]
    fn a_wide_gap_keeps_all_digits_in_front_of_the_point() {
        let first = Position::first();
        let far = (0..40).fold(first.clone(), |last, _| last.after());
        let middle = first.between(&far);
        assert_eq!(middle.to_string().parse(), Ok(middle.clone()));
        assert!(middle.after() > middle && middle.before() < middle);
    }
}
