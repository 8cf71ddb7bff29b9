//! Positions in rows of siblings: their order, and how long they get.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::digits::MAX_DIGITS;
use super::*;

/// Where one more is put, and whether some are taken out first.
#[derive(Debug, Clone)]
enum Act {
    PutIn(usize),
    /// So many one behind the other, or one before the other.
    Run {
        at: usize,
        count: usize,
        is_downwards: bool,
    },
    /// So many, each beside the one before it, on the sides that the bits say.
    Nest {
        at: usize,
        count: usize,
        sides: u64,
    },
    TakeOut(usize, usize),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let run = (any::<usize>(), 1..300usize, any::<bool>());
    let act = prop_oneof![
        4 => any::<usize>().prop_map(Act::PutIn),
        3 => Just(Act::PutIn(usize::MAX)),
        1 => Just(Act::PutIn(0)),
        1 => run.prop_map(|(at, count, is_downwards)| Act::Run { at, count, is_downwards }),
        1 => (any::<usize>(), 1..64usize, any::<u64>())
            .prop_map(|(at, count, sides)| Act::Nest { at, count, sides }),
        1 => (any::<usize>(), 0..60usize).prop_map(|(at, count)| Act::TakeOut(at, count)),
    ];
    proptest::collection::vec(act, 1..200)
}

fn place(row: &[OrderKey], index: usize) -> Option<OrderKey> {
    match (index.checked_sub(1).and_then(|before| row.get(before)), row.get(index)) {
        (Some(before), Some(after)) => before.between(after),
        (None, Some(after)) => after.before(),
        (Some(before), None) => before.after(),
        (None, None) => Some(OrderKey::first()),
    }
}

/// A row into which nodes are put.
struct Row {
    row: Vec<OrderKey>,
    inserts: usize,
}

impl Row {
    fn new(length: usize) -> Self {
        let ends = std::iter::successors(Some(OrderKey::first()), OrderKey::after);
        Self { row: ends.take(length).collect(), inserts: 0 }
    }

    /// Puts one in, which must stand where it is to; answers whether there was room.
    fn put_in(&mut self, index: usize) -> bool {
        let Some(new) = place(&self.row, index) else { return false };
        let text = new.to_string();
        assert!(text.len() <= MAX_DIGITS);
        assert_eq!(text.parse::<OrderKey>(), Ok(new.clone()));
        assert!(index == 0 || self.row[index - 1] < new);
        assert!(index == self.row.len() || new < self.row[index]);
        self.row.insert(index, new);
        self.inserts += 1;
        true
    }

    /// Puts in as many as there are indices, and answers the digits behind the point of the longest.
    fn digits_after(mut self, indices: impl IntoIterator<Item = usize>) -> usize {
        for index in indices {
            assert!(self.put_in(index), "no room after {}", self.inserts);
        }
        self.row.iter().map(|position| position.0.len()).max().unwrap_or_default() - WHOLE
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..<_>::default() })]

    #[test]
    fn a_place_is_strictly_between_its_neighbours_and_can_be_read_again(
        length in 0..300usize, acts in acts()
    ) {
        let mut row = Row::new(length);
        for act in acts {
            match act {
                Act::PutIn(at) => {
                    let length = row.row.len();
                    let index = if at == usize::MAX { length } else { at % (length + 1) };
                    prop_assert!(row.put_in(index));
                }
                Act::Run { at, count, is_downwards } => {
                    let index = at % (row.row.len() + 1);
                    for n in 0..count {
                        let index = if is_downwards { index } else { index + n };
                        prop_assert!(row.put_in(index));
                    }
                }
                Act::Nest { at, count, sides } => {
                    let mut index = at % (row.row.len() + 1);
                    for n in 0..count {
                        prop_assert!(row.put_in(index));
                        index += usize::from(sides >> n & 1 == 1);
                    }
                }
                Act::TakeOut(at, count) => {
                    let from = at % (row.row.len() + 1);
                    let to = (from + count).min(row.row.len());
                    row.row.drain(from..to);
                }
            }
            prop_assert!(row.row.is_sorted_by(|one, other| one < other));
        }
    }

    // As a person may have written them.
    #[test]
    fn any_two_positions_have_a_place_between_them_or_none(
        one in "[0f]{6,11}[0-9a-f]{6,12}|[0-9a-f]{12,20}", zeros in 0..3usize, tail in "[0-9a-f]{0,4}",
        other in "[0-9a-f]{12,20}"
    ) {
        let near = format!("{one}{}{tail}", "0".repeat(zeros));
        for other in [near, other] {
            let one: OrderKey = one.parse().unwrap();
            let other: OrderKey = other.parse().unwrap();
            let (low, high) = if one < other { (one, other) } else { (other, one) };
            if let Some(middle) = low.between(&high) {
                prop_assert!(low < middle && middle < high);
            }
            prop_assert!(low.after().unwrap() > low);
            prop_assert!(high.before().is_none_or(|before| before < high));
        }
    }
}

#[test]
fn many_in_a_row_need_few_digits() {
    let behind_each_other = Row::new(2).digits_after((0..5_000).map(|n| 1 + n));
    let before_each_other = Row::new(2).digits_after(std::iter::repeat_n(1, 5_000));
    assert_eq!((behind_each_other, before_each_other), (7, 7));
    let (at_the_end, at_the_front) = (2..5_002, std::iter::repeat_n(0, 5_000));
    let ends = (Row::new(2).digits_after(at_the_end), Row::new(2).digits_after(at_the_front));
    assert_eq!(ends, (0, 0));
}

#[test]
fn each_between_the_last_two_needs_one_bit() {
    assert_eq!(Row::new(2).digits_after((0..4_000).map(|n| 1 + n / 2)), 1_000);
}

#[test]
fn who_chooses_the_longer_side_each_time_gets_two_bits_out_of_it() {
    let mut index = 1;
    let mut row = Row::new(2);
    for _ in 0..1_000 {
        assert!(row.put_in(index));
        let longer = |index: usize| place(&row.row, index).unwrap().0.len();
        index += usize::from(longer(index + 1) > longer(index));
    }
    let longest = row.row.iter().map(|position| position.0.len()).max().unwrap() - WHOLE;
    assert!(longest <= 500, "{longest} digits");
    // It is more worth to begin a longer block each time, and then to go back.
    let sides = (0..1_000).scan(1, |index, n| {
        let now = *index;
        *index += usize::from(n % 6 < 5);
        Some(now)
    });
    assert!(Row::new(2).digits_after(sides) <= 502);
}

#[test]
fn at_most_so_many_digits_and_then_there_is_no_room() {
    let mut row = Row::new(2);
    let mut count = 0;
    while row.put_in(1 + count / 2) {
        count += 1;
    }
    assert!(count > 4_000, "{count}");
    let longest = |row: &Row| row.row.iter().map(|position| position.0.len()).max();
    assert_eq!(longest(&row), Some(MAX_DIGITS));
    assert!(row.row.is_sorted_by(|one, other| one < other));
    // All else goes on.
    for index in [0, row.row.len() + 1, 1, row.row.len() - 1] {
        assert!(row.put_in(index));
    }
}

#[test]
fn a_neighbour_that_is_longer_than_allowed_leaves_the_room_beside_it() {
    let first = OrderKey::first();
    let long: OrderKey = format!("{first}{}", "7".repeat(5_000)).parse().unwrap();
    assert_eq!(first.between(&long).unwrap().to_string(), format!("{first}4"));
    assert_eq!(long.between(&first.after().unwrap()).unwrap().to_string(), format!("{first}8"));
    let longer: OrderKey = format!("{long}7").parse().unwrap();
    assert_eq!(long.between(&longer), None);
}

#[test]
fn the_ends_of_all_numbers_are_no_ends() {
    let position = |text: &str| text.parse::<OrderKey>().unwrap();
    let (mut first, mut last) = (position("0000000000008"), position("ffffffffffff"));
    for _ in 0..500 {
        let (before, after) = (first.before().unwrap(), last.after().unwrap());
        assert!(before < first && last < after);
        (first, last) = (before, after);
    }
    assert_eq!(position("000000000000").before(), None);
    assert_eq!(position("00000000000000").before(), None);
    // Nothing is between a number and the same with zeros behind it.
    assert_eq!(position("800000000000").between(&position("8000000000000")), None);
}
